"""A runner on a real store with an intake that keeps everything, and a clock that only the test moves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from eoc.hazards.hotspots import Hotspot
from eoc.model import Observation, Outcome, Refusal, Verdict
from eoc.packs.sources import FeedEntry
from eoc.store import Store, feeds
from eoc.store.feeds import FeedState
from sensors.metrics import IngestMetrics
from sensors.pollers.assembly import feeds_of
from sensors.pollers.ports import CapAlert
from sensors.pollers.runner import Feed, FeedRunner
from sensors.settling import Settling

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class Kept:
    """An intake that remembers; a key that it has is a duplicate."""

    def __init__(self) -> None:
        self.records: list[Observation] = []
        self.refused: list[Refusal] = []
        self._keys: set[tuple[str, datetime, str]] = set()

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:
        self.refused += refused
        outcomes = []
        for each in batch:
            keys = {(each.station, each.observed_at, name) for name in each.values}
            outcomes.append(Outcome(Verdict.DUPLICATE if keys <= self._keys else Verdict.ACCEPTED))
            if not keys <= self._keys:
                self.records.append(each)
            self._keys |= keys
        return outcomes

    @property
    def values(self) -> dict[tuple[str, str, str], float]:
        """(station, property, local time) -> value."""
        return {
            (each.station, name, each.observed_at.astimezone(ZONE).strftime("%d %H:%M")): value
            for each in self.records
            for name, value in each.values.items()
        }


@dataclass(slots=True)
class Ear:
    """A listener for warnings and hot spots."""

    alerts: list[CapAlert] = field(default_factory=list)
    hotspots: list[Hotspot] = field(default_factory=list)
    fault: Exception | None = None

    async def take(self, told: Sequence[Any]) -> None:
        if self.fault is not None:
            raise self.fault
        for each in told:
            (self.alerts if isinstance(each, CapAlert) else self.hotspots).append(each)


@dataclass(slots=True)
class Time:
    """A clock by hand: `sleep` returns when it was moved far enough."""

    now_: datetime = START
    waits: list[float] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    asleep: int = 0

    def now(self) -> datetime:
        return self.now_

    async def sleep(self, seconds: float) -> None:
        until = self.now_ + timedelta(seconds=seconds)
        self.waits.append(seconds)
        self.asleep += 1
        while self.now_ < until:
            moved = self._moved
            await moved.wait()
        self.asleep -= 1

    async def move(self, seconds: float, sleepers: int = 1) -> None:
        """On by so many seconds, and wait until everybody sleeps again."""
        self.now_ += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            while self.asleep < sleepers:
                await asyncio.sleep(0.005)


@dataclass(slots=True)
class Stage:
    store: Store
    intake: Kept
    ear: Ear
    time: Time
    data_dir: Path
    registry: CollectorRegistry
    metrics: IngestMetrics
    keys: dict[str, str] = field(default_factory=dict)

    def feed(self, **entry: Any) -> Feed:
        (made,), faults = feeds_of([make_entry(**entry)], ZONE, self.data_dir, self.keys)
        assert faults == {}
        return made

    def runner(self, *made: Feed, **options: Any) -> FeedRunner:
        return FeedRunner(
            made,
            self.store,
            Settling(self.intake, self.metrics),
            self.metrics,
            caps=self.ear,
            hotspots=self.ear,
            now=self.time.now,
            sleep=self.time.sleep,
            **options,
        )

    async def ask(self, feed: Feed) -> FeedState:
        """Ask once and remember, as `run` does."""
        runner = self.runner(feed)
        state = await runner.ask(feed)
        await runner._remember(state)
        return state

    async def state(self, feed: Feed) -> FeedState:
        async with self.store.read() as connection:
            found = await feeds.get(connection, feed.entry.id)
        assert found is not None
        return found

    @contextlib.asynccontextmanager
    async def running(self, *made: Feed, **options: Any) -> AsyncIterator[FeedRunner]:
        runner = self.runner(*made, **options)
        task = asyncio.create_task(runner.run())
        try:
            async with asyncio.timeout(30):
                while self.time.asleep < len(made):
                    await asyncio.sleep(0.005)
            yield runner
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def make_entry(**given: Any) -> FeedEntry:
    return FeedEntry.model_validate({"id": "feed", **given})
