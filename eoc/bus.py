"""The wake-up bus: "something new is in the journal, read on". It carries no truth.

Losing a wake-up costs at most one polling interval, because every waiter also looks by itself; wiping Redis loses
nothing. In one process an event is enough; several processes share a Redis channel.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

_CHANNEL = "eoc:wake"
_RETRY_S = 1.0


class Waiter(Protocol):
    """One listener's place in a topic: a wake-up between two waits is never missed."""

    async def wait(self, timeout_s: float) -> bool:
        """Until the topic is woken after the last wait, or `timeout_s`; True when it was woken."""
        ...


class Bus(Protocol):
    """Wake everyone who waits for a topic (`journal`, `outbox`, `observations`)."""

    async def wake(self, topic: str) -> None: ...

    def waiter(self, topic: str) -> Waiter: ...


class _Topic:
    def __init__(self) -> None:
        self.generation = 0
        self.moved = asyncio.Event()


class _LocalWaiter:
    def __init__(self, topic: _Topic) -> None:
        self._topic = topic
        self._seen = topic.generation

    async def wait(self, timeout_s: float) -> bool:
        if self._seen == self._topic.generation:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._topic.moved.wait()
        woken = self._seen != self._topic.generation
        self._seen = self._topic.generation
        return woken


class LocalBus:
    """Wake-ups inside one process: each topic counts its wake-ups, each waiter remembers the count it saw."""

    def __init__(self) -> None:
        self._topics: defaultdict[str, _Topic] = defaultdict(_Topic)

    async def wake(self, topic: str) -> None:
        self.notify(topic)

    def notify(self, topic: str) -> None:
        """The same without awaiting, for callers already on the loop."""
        known = self._topics[topic]
        known.generation += 1
        known.moved.set()
        known.moved = asyncio.Event()

    def waiter(self, topic: str) -> Waiter:
        return _LocalWaiter(self._topics[topic])


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

    def waiter(self, topic: str) -> Waiter:
        return self._local.waiter(topic)

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
