"""The live channel with sockets of our own making: order, gaps, slow viewers, observations."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eoc.bus import LocalBus
from eoc.events import Draft, Event
from eoc.store import Store, open_store, sqlite_url
from ui import live
from ui.live import MAX_BEHIND, OVERLOADED, QUEUE, Hub
from ui.migrations import upgrade

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Socket:
    """A viewer's end: collects what arrives; can be told to stop reading."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.reading = asyncio.Event()
        self.reading.set()

    async def send_text(self, data: str) -> None:
        await self.reading.wait()
        self.messages.append(json.loads(data))

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = code

    def events(self) -> list[dict[str, Any]]:
        return [each for each in self.messages if each["type"] == "event"]


class Room:
    """A running hub with its store."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self.hub = hub
        self.store = store
        self.stack = AsyncExitStack()

    async def write(self, count: int, kind: str = "incident.noted") -> None:
        for _ in range(count):
            async with self.store.write() as unit:
                await unit.append([Draft(kind, "x", NOW)])

    async def connect(
        self, after: int | None = None, may_see: Callable[[Event], bool] = lambda event: not event.is_audit
    ) -> tuple[Socket, "asyncio.Task[None]"]:
        socket = Socket()
        viewer = await self.stack.enter_async_context(self.hub.viewer(may_see, "an"))
        serving = asyncio.create_task(self.hub.serve(socket, viewer, after))
        self.stack.callback(serving.cancel)
        return socket, serving


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    url = sqlite_url(tmp_path / "eoc.sqlite3")
    await upgrade(url)
    bus = LocalBus()
    async with open_store(url, bus) as store:
        made = Room(Hub(store, bus), store)
        running = asyncio.create_task(made.hub.run())
        async with made.stack:
            await made.write(3)
            await until(lambda: made.hub.seq == 3)
            yield made
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_hello_then_what_was_missed_then_what_follows(room: Room) -> None:
    socket, _ = await room.connect(after=1)
    await room.write(2)
    await until(lambda: len(socket.events()) == 4)
    assert socket.messages[0]["type"] == "hello"
    assert socket.messages[0]["seq"] == 3
    assert [(each["prev"], each["seq"]) for each in socket.events()] == [(1, 2), (2, 3), (3, 4), (4, 5)]


async def test_without_after_it_starts_from_now(room: Room) -> None:
    socket, _ = await room.connect()
    await room.write(1)
    await until(lambda: len(socket.events()) == 1)
    assert [(each["prev"], each["seq"]) for each in socket.events()] == [(3, 4)]


async def test_a_hidden_event_is_told_from_a_lost_one(room: Room) -> None:
    socket, _ = await room.connect(after=3)
    await room.write(1)
    await room.write(2, "access.login")
    await room.write(1)
    await until(lambda: len(socket.events()) == 2)
    assert [(each["prev"], each["seq"]) for each in socket.events()] == [(3, 4), (4, 7)]


async def test_pings_say_through_where_it_is_complete(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PING_S", 0.05)
    socket, _ = await room.connect(after=3)
    await room.write(2, "access.login")
    await until(lambda: any(each["type"] == "ping" and each["through"] == 5 for each in socket.messages))
    assert socket.events() == []


async def test_dropping_and_resuming_twenty_times_sees_every_event_once(room: Room) -> None:
    seen: list[int] = []
    after = 0
    writing = asyncio.create_task(room.write(200))
    for _ in range(20):
        socket, serving = await room.connect(after=after)
        await asyncio.sleep(0.02)
        serving.cancel()
        for each in socket.events():
            assert each["prev"] == after
            after = each["seq"]
            seen.append(after)
    await writing
    socket, _ = await room.connect(after=after)
    await until(lambda: (bool(socket.events()) and socket.events()[-1]["seq"] == 203) or after == 203)
    seen += [each["seq"] for each in socket.events()]
    assert seen == list(range(1, 204))


async def test_a_viewer_that_stops_reading_is_dropped_and_nobody_waits(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_TIMEOUT_S", 30.0)
    stopped, serving = await room.connect(after=3)
    healthy, _ = await room.connect(after=3)
    await until(lambda: bool(stopped.messages))
    stopped.reading.clear()
    async with room.store.write() as unit:
        await unit.append([Draft("incident.noted", "x", NOW)] * (QUEUE + 50))
    await until(lambda: len(healthy.events()) == QUEUE + 50, 10)
    assert not serving.done()
    stopped.reading.set()
    await until(serving.done)
    assert stopped.closed == OVERLOADED


async def test_a_send_that_hangs_ends_the_connection(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_TIMEOUT_S", 0.1)
    socket, serving = await room.connect(after=3)
    await until(lambda: bool(socket.messages))
    socket.reading.clear()
    await room.write(1)
    await until(serving.done)
    assert isinstance(serving.exception(), TimeoutError)


async def test_too_far_behind_means_resync(room: Room) -> None:
    async with room.store.write() as unit:
        await unit.append([Draft("incident.noted", "x", NOW)] * (MAX_BEHIND + 1))
    await until(lambda: room.hub.seq == MAX_BEHIND + 4)
    socket, _ = await room.connect(after=1)
    await until(lambda: len(socket.messages) > 1)
    assert socket.messages[1]["type"] == "resync"
    await room.write(1)
    await until(lambda: len(socket.events()) == 1)
    assert socket.events()[0]["prev"] == MAX_BEHIND + 4


async def test_an_after_from_another_journal_means_resync(room: Room) -> None:
    socket, _ = await room.connect(after=99)
    await until(lambda: len(socket.messages) > 1)
    assert socket.messages[1]["type"] == "resync"


async def test_changed_rights_mean_resync(room: Room) -> None:
    socket, _ = await room.connect(after=3)
    await until(lambda: bool(socket.messages))
    room.hub.rights_changed("an")
    await until(lambda: any(each["type"] == "resync" for each in socket.messages))


async def test_observations_wait_for_events_and_merge_while_nobody_takes_them() -> None:
    viewer = live.Viewer(lambda _: True, "an")
    viewer.offer_observations(live._observations_text({"a": {"station": "a", "v": 1}}), {"a": {"station": "a", "v": 1}})
    newer = {"a": {"station": "a", "v": 2}, "b": {"station": "b", "v": 3}}
    viewer.offer_observations(live._observations_text(newer), newer)
    event = Event(4, NOW, "incident.noted", "x", "system", {}, {}, "h")
    viewer.offer(live.frame(event))
    assert isinstance(await viewer.next(1), live.Frame)
    text = await viewer.next(1)
    assert isinstance(text, str)
    assert json.loads(text)["items"] == [{"station": "a", "v": 2}, {"station": "b", "v": 3}]
    assert await viewer.next(0.01) is None
