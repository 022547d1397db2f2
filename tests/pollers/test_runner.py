"""The hours of the feeds under a clock that the test moves: intervals, back-off, restarts, nobody in another's way."""

from datetime import timedelta
from typing import Any

import pytest

from eoc.bus import LocalBus
from eoc.clock import WallClock
from eoc.engine import Engine, World
from eoc.errors import Temporary
from eoc.model import Reason, Station
from eoc.store import Store, feeds
from eoc.store.feeds import FeedState
from sensors.pollers.runner import FeedRunner
from sensors.settling import Settling
from tests.pollers.server import Answer, Asked, FeedServer
from tests.pollers.stage import START, Stage

ROWS = {"kind": "csv", "device": "tram", "time": "luc", "devices": {"a": "s1"}, "fields": {"muc": "water_level_m"}}


def row(minute: int, level: float = 1.0) -> bytes:
    return f"tram,luc,muc\na,2026-11-23T03:{minute:02}:00Z,{level}\n".encode()


async def test_a_good_feed_is_asked_once_an_interval(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", row(0)), interval_s=600)
    async with stage.running(feed):
        assert len(server.asked) == 1
        await stage.time.move(599)
        assert len(server.asked) == 1
        await stage.time.move(1)
        assert len(server.asked) == 2
        state = await stage.state(feed)
        assert state.next_at == START + timedelta(seconds=1200)
        assert state.good_at == START + timedelta(seconds=600)
    assert stage.time.waits == [0.0, 600.0, 600.0]


async def test_a_failing_feed_is_asked_sooner_and_less_and_less_often(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", Answer(b"", 500)), interval_s=600)
    async with stage.running(feed, chance=lambda: 1.0):
        for _ in range(8):
            await stage.time.move(stage.time.waits[-1])
        assert stage.time.waits[1:] == [15, 30, 60, 120, 240, 480, 600, 600, 600]
        state = await stage.state(feed)
        assert (state.failures, state.good_at) == (9, None)
        server.put("/x", row(0))
        await stage.time.move(600)
        assert (await stage.state(feed)).failures == 0
        server.put("/x", Answer(b"", 500))
        await stage.time.move(600)
        assert stage.time.waits[-1] == 15


async def test_the_jitter_is_full(server: FeedServer, stage: Stage) -> None:
    """A thousand installations that lost the same feed do not come back together."""
    feed = stage.feed(**ROWS, url=server.put("/x", Answer(b"", 500)), interval_s=600)
    chances = iter([0.5, 0.0, 0.25])
    async with stage.running(feed, chance=lambda: next(chances)):
        await stage.time.move(7.5)
        await stage.time.move(1)
        assert stage.time.waits == [0.0, 7.5, 1.0, 15.0]


async def test_after_a_restart_the_interval_goes_on(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", row(0)), interval_s=600)
    async with stage.running(feed):
        await stage.time.move(600)
    asked = len(server.asked)
    stage.time.asleep = 0
    stage.time.now_ += timedelta(seconds=400)
    async with stage.running(feed):
        assert len(server.asked) == asked
        assert stage.time.waits[-1] == 200.0
        await stage.time.move(200)
        assert len(server.asked) == asked + 1
    # The clock was set back: it waits an interval, not for ever.
    stage.time.asleep = 0
    stage.time.now_ -= timedelta(days=3)
    async with stage.running(feed):
        assert stage.time.waits[-1] == 600.0


async def test_a_slow_feed_holds_up_nobody(server: FeedServer, stage: Stage) -> None:
    slow = stage.feed(**ROWS, id="slow", url=server.put("/slow", Answer(b"", wait_s=30.0)), timeout_s=60)
    good = stage.feed(**ROWS, id="good", url=server.put("/good", row(0)))
    runner = stage.runner(slow, good)
    import asyncio

    task = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(20):
            while not stage.intake.records or len(server.asked) < 2:
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert {asked.target for asked in server.asked} == {"/slow", "/good"}


async def test_a_broken_reader_ends_no_other(
    server: FeedServer, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", row(0)))

    class Broken:
        def read(self, *_: Any) -> Any:
            raise ZeroDivisionError

    broken = type(feed)(feed.entry.model_copy(update={"id": "broken"}), feed.fetcher, Broken())
    async with stage.running(broken, feed):
        assert len(stage.intake.records) == 1
        state = await stage.state(broken)
    assert state.problem == Reason("feed.stopped", {"error": "ZeroDivisionError"})
    assert "ZeroDivisionError" in caplog.text


async def test_nothing_is_lost_while_the_database_is_away(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", row(0)))
    refusals = 0
    observe = stage.intake.observe

    async def away(batch: Any, refused: Any = ()) -> Any:
        nonlocal refusals
        refusals += 1
        if refusals < 3:
            raise Temporary("database.unavailable")
        return await observe(batch, refused)

    stage.intake.observe = away  # type: ignore[method-assign]
    state = await stage.ask(feed)
    assert (state.counts["accepted"], refusals) == (1, 3)


async def test_received_is_accepted_duplicate_and_quarantined(server: FeedServer, stage: Stage) -> None:
    body = row(0) + b"a,2026-11-23T03:00:00Z,99999\na,yesterday,1\na,2026-11-23T03:01:00Z,2\n"
    await stage.ask(stage.feed(**ROWS, url=server.put("/x", body)))
    await stage.ask(stage.feed(**ROWS, id="other", url=server.put("/x", body)))
    received, accepted, duplicate, quarantined = (
        stage.registry.get_sample_value(f"eoc_readings_{name}_total")
        for name in ("received", "accepted", "duplicate", "quarantined")
    )
    assert (received, accepted, duplicate, quarantined) == (8, 2, 2, 4)


async def test_through_the_real_engine_on_both_databases(server: FeedServer, stage: Stage, store: Store) -> None:
    """Readings of a feed are readings: in the same tables, under the same keys, refused for the same reasons."""
    engine = Engine(store, World(), WallClock(), LocalBus())
    await engine.start()
    await engine.install_stations([Station("s1", "s1", "river")], "test")

    def answer(asked: Asked) -> Answer:
        return Answer(row(0) + b"a,2026-11-23T03:10:00Z,1.5\nb,2026-11-23T03:10:00Z,2.5\n")

    feed = stage.feed(**{**ROWS, "devices": {"a": "s1", "b": "nowhere"}}, url=server.put("/x", answer))
    runner = FeedRunner([feed], store, Settling(engine, stage.metrics), stage.metrics, now=stage.time.now)
    state = await runner.ask(feed)
    assert dict(state.counts) == {
        "accepted": 2, "duplicate": 0, "quarantined": 1, "alerts": 0, "hotspots": 0, "unchanged": 0,
    }  # fmt: skip
    await runner._remember(state)
    async with store.read() as connection:
        remembered = await feeds.get(connection, "feed")
        assert remembered == state
        assert await feeds.every(connection) == {"feed": state}
        assert await feeds.get(connection, "other") is None
    # A new process that lost its memory offers everything again, and the keys know it.
    async with store.write() as unit:
        await feeds.put(
            unit.connection, FeedState("feed", START, failures=2, problem=Reason("feed.status", {"status": 500}))
        )
    async with store.read() as connection:
        blank = await feeds.get(connection, "feed")
    assert blank is not None
    assert (blank.failures, blank.problem) == (2, Reason("feed.status", {"status": 500}))
    again = await runner.ask(feed)
    assert again.counts["duplicate"] == 2
