"""Ingest's place at the broker: the subscriptions, and everything that arrives on them, in order, unacknowledged."""

from collections.abc import Sequence
from typing import Final

from eoc.clock import wall_now
from sensors import topics
from sensors.address import BrokerAddress
from sensors.connection import Connection
from sensors.inbox import Inbox, Message
from sensors.metrics import IngestMetrics

RECEIVE_MAXIMUM: Final = 1000
"""Messages the broker may have outstanding with us: two full batches, so one can arrive while the other commits."""
_MOST_MESSAGES: Final = 20_000
_MOST_BYTES: Final = 16 * 2**20


class Reception:
    """The session `eoc-ingest-<slot>`: kept by the broker from its first connect on, whatever happens to us.

    mark: ends its name with something that no device knows, because whoever connects under that name takes it over.
    """

    def __init__(
        self,
        address: BrokerAddress,
        metrics: IngestMetrics,
        *,
        slot: int = 0,
        mark: str = "",
        group: str | None = None,
        filters: Sequence[str] = (),
        former: Sequence[str] = (),
    ) -> None:
        # Several ingest processes share one subscription: the broker gives each reading to one of them.
        share = f"$share/{group}/" if group else ""
        self._readings = [f"{share}{each}" for each in (topics.OBS_FILTER, *filters)]
        self._former = [f"{share}{each}" for each in former if each not in filters]
        self.inbox = Inbox(self._full, most_messages=_MOST_MESSAGES, most_bytes=_MOST_BYTES)
        self.connection = Connection(
            address,
            f"eoc-ingest-{slot}-{mark}" if mark else f"eoc-ingest-{slot}",
            self,
            session=True,
            receive_maximum=RECEIVE_MAXIMUM,
            longest_wait_s=5.0,
        )
        self._metrics = metrics
        metrics.queue.set_function(lambda: len(self.inbox))

    async def run(self) -> None:
        """Stay connected; cancel to stop."""
        await self.connection.run()

    def settled(self, messages: list[Message]) -> None:
        """Tell the broker, in the order of arrival, that these need not be sent again."""
        epoch = self.connection.epoch
        self.connection.acknowledge([each.mid for each in messages if each.qos and each.epoch == epoch], epoch)

    def tell(self, topic: str, payload: bytes) -> None:
        """Send an application acknowledgement if there is a connection; the sender asks again if there is none."""
        if self.connection.publish(topic, payload) is None:
            self._metrics.acks_dropped.inc()

    def _full(self, is_full: bool) -> None:
        if is_full:
            self.connection.pause()
        else:
            self.connection.resume()

    # -- sensors.connection.Listener ------------------------------------------------------------------------------

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:
        self.inbox.put(Message(topic, payload, mid, qos, retained, wall_now(), self.connection.epoch))

    def confirmed(self, mid: int, reason: str | None) -> None:
        """An application acknowledgement reached the broker; whoever misses one asks again."""

    async def up(self, *, session_present: bool) -> None:  # noqa: ARG002 - subscribing again is harmless
        # A retained reading is told once per subscription, not at every reconnect; a retained status each time, because
        # who is online is remembered nowhere else.
        # The session remembers what an earlier pack asked for.
        self.connection.unsubscribe(self._former)
        await self.connection.subscribe(self._readings, retained_each_time=False)
        await self.connection.subscribe([topics.STATUS_FILTER, topics.RELEASE_FILTER])
        self._metrics.connected.set(1)

    def down(self) -> None:
        self._metrics.connected.set(0)
