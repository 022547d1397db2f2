"""What the sender counts (`eoc_outbox_*`). Never by person, and by code only where codes are few."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dispatch.delivery import Settlement

_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class OutboxMetrics:
    """Prometheus series of one sender; `registry` is the application's own, so tests may have many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._settled = Counter(
            "eoc_outbox_settled_total",
            "Outcomes written back, by the state the message then has",
            ["state"],
            registry=registry,
        )
        self.lookups = Counter(
            "eoc_outbox_lookups_total", "Messages of unknown fate asked about at the provider", registry=registry
        )
        self.in_flight = Gauge("eoc_outbox_in_flight", "Messages in a worker's hands", registry=registry)
        self.paused = Gauge("eoc_outbox_paused", "1 while the provider takes nothing", registry=registry)
        self.send = Histogram(
            "eoc_outbox_send_seconds", "From asking the provider to its answer", buckets=_SECONDS, registry=registry
        )

    def settled(self, settlement: Settlement) -> None:
        """One outcome."""
        self._settled.labels(settlement.state).inc()
