"""What ingest counts. received = accepted + duplicate + quarantined at every scrape: all four move together."""

from copy import copy

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class IngestMetrics:
    """Prometheus series of one ingest; `registry` is the application's own, so tests may have many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def count(name: str, what: str) -> Counter:
            return Counter(name, what, registry=registry)

        self._received = count("eoc_readings_received_total", "Records that arrived, whatever became of them")
        self._accepted = count("eoc_readings_accepted_total", "Records that said something new and are stored")
        self._duplicate = count("eoc_readings_duplicate_total", "Records that were stored already")
        self._quarantined = count("eoc_readings_quarantined_total", "Records refused and kept with their reason")
        self.retries = count("eoc_ingest_retries_total", "Batches offered again because the database was away")
        self.acks_dropped = count("eoc_ingest_acks_dropped_total", "Application acks not sent: no connection")
        self.commit = Histogram(
            "eoc_ingest_commit_seconds", "From offering a batch to its commit", buckets=_SECONDS, registry=registry
        )
        self.queue = Gauge(
            "eoc_ingest_queue_messages", "Messages taken from the broker, not settled", registry=registry
        )
        self.connected = Gauge("eoc_mqtt_connected", "1 while ingest is connected to the broker", registry=registry)

    def aside(self) -> "IngestMetrics":
        """For one more session of the same process: counts together with this one; its gauges are nobody's."""
        other = copy(self)
        other.queue = Gauge("eoc_ingest_queue_messages", "As above", registry=None)
        other.connected = Gauge("eoc_mqtt_connected", "As above", registry=None)
        return other

    def settled(self, accepted: int, duplicate: int, quarantined: int) -> None:
        """One batch has found its place."""
        self._received.inc(accepted + duplicate + quarantined)
        self._accepted.inc(accepted)
        self._duplicate.inc(duplicate)
        self._quarantined.inc(quarantined)
