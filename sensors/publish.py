"""Sending a stream of messages to a broker: what a simulator, a tape or a test needs. QoS 1, nothing is kept on disk.

Whoever must not lose a record uses the gateway (`sensors.gateway`): it keeps each one until the application, not the
broker, has acknowledged it.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterable

import msgspec

from eoc.errors import Temporary
from sensors.address import BrokerAddress
from sensors.connection import Connection
from sensors.simulator.emission import Emission, Pace

WINDOW = 150
"""Messages under way at once: enough to keep a broker busy, few enough to send again after a lost connection."""

_CONNECT_S = 15.0
_PROGRESS_EVERY_S = 5.0


class Publisher:
    """One connection; messages that were not confirmed when it broke are sent again on the next one, in order."""

    def __init__(self, address: BrokerAddress, name: str = "eoc-publish") -> None:
        self._connection = Connection(address, f"{name}-{secrets.token_hex(4)}", self, session=False)
        self._under_way: dict[int, tuple[str, bytes]] = {}
        self._again: list[tuple[str, bytes]] = []
        self._moved = asyncio.Event()
        self.refused = 0

    async def run(self) -> None:
        """Stay connected; cancel to stop."""
        await self._connection.run()

    async def ready(self, timeout_s: float = _CONNECT_S) -> None:
        """Until connected. Raises `Temporary` with the reason when that takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._connection.connected:
                    await self._changed()
        except TimeoutError as error:
            reason = self._connection.last_error
            raise Temporary("mqtt.unreachable", broker=str(self._connection.address), detail=str(reason)) from error

    async def send(self, topic: str, payload: bytes) -> None:
        """Hand one message over; waits while `WINDOW` messages are unconfirmed or the connection is away."""
        while True:
            while len(self._under_way) >= WINDOW or not self._connection.connected:
                await self._changed()
            while self._again and self._put(*self._again[0]):
                self._again.pop(0)
            if not self._again and self._put(topic, payload):
                return

    async def drained(self) -> None:
        """Until the broker has confirmed everything."""
        while self._under_way or self._again:
            while self._again and len(self._under_way) < WINDOW and self._put(*self._again[0]):
                self._again.pop(0)
            if self._under_way or self._again:
                await self._changed()

    def _put(self, topic: str, payload: bytes) -> bool:
        mid = self._connection.publish(topic, payload)
        if mid is None:
            return False
        self._under_way[mid] = (topic, payload)
        return True

    async def _changed(self) -> None:
        self._moved.clear()
        # `connected` may change without a word to us: look again from time to time.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await self._moved.wait()

    # -- sensors.connection.Listener ------------------------------------------------------------------------------

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:
        """Nothing is subscribed."""

    def confirmed(self, mid: int, reason: str | None) -> None:
        self._under_way.pop(mid, None)
        self.refused += reason is not None
        self._moved.set()

    async def up(self, *, session_present: bool) -> None:  # noqa: ARG002 - a publisher keeps no session
        self._moved.set()

    def down(self) -> None:
        self._again = [*self._under_way.values(), *self._again]
        self._under_way.clear()
        self._moved.set()


async def publish(
    address: BrokerAddress,
    emissions: Iterable[Emission],
    pace: Pace,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Publish a stream in its order at its pace; returns how many messages the broker has confirmed.

    Raises `Temporary` when the broker cannot be reached at the beginning; later it waits for it to come back.
    """
    publisher = Publisher(address)
    running = asyncio.create_task(publisher.run(), name="publisher")
    loop = asyncio.get_running_loop()
    sent, told = 0, loop.time()
    try:
        await publisher.ready()
        for emission in emissions:
            delay_s = pace.delay_s(emission.at, loop.time())
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            topic = f"eoc/v1/{emission.station}/{emission.topic_suffix}"
            await publisher.send(topic, msgspec.json.encode(emission.payload))
            sent += 1
            if progress is not None and loop.time() - told > _PROGRESS_EVERY_S:
                told = loop.time()
                progress(f"{sent} messages, at {emission.at:%Y-%m-%d %H:%M} UTC")
        await publisher.drained()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return sent
