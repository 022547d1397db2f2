"""The wake-up bus: "something new is in the journal, read on". It carries no truth.

Losing a wake-up costs at most one polling interval, because every waiter also looks by itself; wiping Redis loses
nothing. In one process an event is enough; several processes share a Redis channel.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

_CHANNEL = "eoc:wake"
_RETRY_S = 1.0


class Bus(Protocol):
    """Wake everyone who waits for a topic (`journal`, `outbox`, `observations`)."""

    async def wake(self, topic: str) -> None: ...

    async def wait(self, topic: str, timeout_s: float) -> bool:
        """Until the next wake-up of `topic` or `timeout_s`; True when woken."""
        ...


class LocalBus:
    """Wake-ups inside one process.

    A waiter that is not waiting at the moment of the call still learns of it: each topic has a generation, and a
    wait returns at once when the generation moved since this waiter's last look.
    """

    def __init__(self) -> None:
        self._generation: dict[str, int] = {}
        self._seen: dict[tuple[str, int], int] = {}
        self._conditions: dict[str, asyncio.Event] = {}

    async def wake(self, topic: str) -> None:
        self.notify(topic)

    def notify(self, topic: str) -> None:
        """The same without awaiting, for callers already on the loop."""
        self._generation[topic] = self._generation.get(topic, 0) + 1
        if waiting := self._conditions.pop(topic, None):
            waiting.set()

    async def wait(self, topic: str, timeout_s: float) -> bool:
        key = (topic, id(asyncio.current_task()))
        if self._seen.get(key, 0) == self._generation.get(topic, 0):
            event = self._conditions.setdefault(topic, asyncio.Event())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await event.wait()
        woken = self._seen.get(key, 0) != self._generation.get(topic, 0)
        self._seen[key] = self._generation.get(topic, 0)
        return woken


class RedisBus:
    """Wake-ups over a Redis channel, with the local bus inside: Redis gone means polling, never loss."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._local = LocalBus()
        self.connected = False

    async def wake(self, topic: str) -> None:
        self._local.notify(topic)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(_CHANNEL, topic)

    async def wait(self, topic: str, timeout_s: float) -> bool:
        return await self._local.wait(topic, timeout_s)

    async def listen(self) -> None:
        """Forward the channel to local waiters for ever; reconnects by itself."""
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    self.connected = True
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._local.notify(bytes(message["data"]).decode(errors="replace"))
            except (RedisError, OSError):
                self.connected = False
                await asyncio.sleep(_RETRY_S)


@contextlib.asynccontextmanager
async def open_bus(redis_url: str | None) -> AsyncIterator[Bus]:
    """The local bus, or the Redis one with its listener running while the context is open."""
    if redis_url is None:
        yield LocalBus()
        return
    redis = Redis.from_url(redis_url, socket_connect_timeout=2, health_check_interval=15)
    bus = RedisBus(redis)
    listener = asyncio.create_task(bus.listen(), name="bus-listener")
    try:
        yield bus
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
        await redis.aclose()
