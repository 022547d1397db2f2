"""The live channel: every journal event to every screen, in order, each serialised once.

A client is a bounded queue with one sender. Whoever stops reading is dropped (1013) and delays nobody: the usual loop
over all sockets froze the whole room for 9.5 s in a measurement when one browser was stopped. Observations are the
latest per station, at most two frames a second, and events always overtake them.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from eoc.bus import Bus
from eoc.clock import iso, wall_now
from eoc.events import Event
from eoc.hazards import state as states
from eoc.store import Store, journal_log
from eoc.store import stations as station_store

log = logging.getLogger(__name__)

MAX_BEHIND = 10_000
QUEUE = 500
SEND_TIMEOUT_S = 5.0
PING_S = 5.0
OBSERVATIONS_EVERY_S = 0.5
_PAGE = 500
_POLL_S = 1.0

OVERLOADED = 1013


class Socket(Protocol):
    """What the hub needs of a WebSocket."""

    async def send_text(self, data: str) -> None: ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """An event, serialised once: `tail` is everything after `prev`, which differs between viewers."""

    seq: int
    event: Event
    tail: str

    def text(self, previous: int) -> str:
        return f'{{"type":"event","prev":{previous},{self.tail}'


def frame(event: Event) -> Frame:
    """Serialise an event for the wire."""
    body = {
        "seq": event.seq,
        "at": iso(event.at),
        "kind": event.kind,
        "subject": event.subject,
        "actor": event.actor,
        "data": event.data,
        "cause": event.cause,
    }
    return Frame(event.seq, event, json.dumps(body, ensure_ascii=False, separators=(",", ":"))[1:])


class Viewer:
    """One connected screen: what it has been sent, what waits for it, and whether it fell behind."""

    def __init__(self, may_see: Callable[[Event], bool], account: str) -> None:
        self.may_see = may_see
        self.account = account
        self.through = 0
        self.previous = 0
        self.overflowed = False
        self.resync = False
        self._events: deque[Frame] = deque()
        self._observations: str | None = None
        self._merged: dict[str, Any] | None = None
        self._waiting = asyncio.Event()

    def offer(self, event: Frame) -> None:
        if len(self._events) >= QUEUE:
            self.overflowed = True
        else:
            self._events.append(event)
        self._waiting.set()

    def offer_observations(self, text: str, items: Mapping[str, Any]) -> None:
        """Newest per station; a viewer that has not taken the last frame yet gets both in one."""
        if self._observations is None:
            self._observations, self._merged = text, dict(items)
        else:
            self._merged = {**(self._merged or {}), **items}
            self._observations = _observations_text(self._merged)
        self._waiting.set()

    async def next(self, timeout_s: float) -> Frame | str | None:
        """The next thing to send: events first, then observations; None when nothing came in time."""
        if not self._events and self._observations is None and not self.overflowed and not self.resync:
            self._waiting.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._waiting.wait()
            except TimeoutError:
                return None
        if self._events:
            return self._events.popleft()
        text, self._observations, self._merged = self._observations, None, None
        return text

    def ask_resync(self) -> None:
        """Rights changed or the snapshot is no longer valid: the viewer must fetch everything afresh."""
        self.resync = True
        self._waiting.set()


class Hub:
    """Reads the journal once for all viewers."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._viewers: set[Viewer] = set()
        self._seen: dict[str, bytes] = {}
        self.seq = 0

    @property
    def viewers(self) -> int:
        """How many screens are connected."""
        return len(self._viewers)

    def rights_changed(self, account: str) -> None:
        """Tell this account's screens to fetch everything afresh."""
        for viewer in self._viewers:
            if viewer.account == account:
                viewer.ask_resync()

    async def run(self) -> None:
        """Forward the journal and the observations until cancelled."""
        async with self._store.read() as connection:
            self.seq = await journal_log.head_seq(connection)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forward_events())
            group.create_task(self._forward_observations())

    async def _forward_events(self) -> None:
        waiter = self._bus.waiter("journal")
        while True:
            try:
                async with self._store.read() as connection:
                    events = await journal_log.read_after(connection, self.seq, _PAGE)
            except Exception:  # the loop must outlive a database that is away for a minute
                log.exception("live: cannot read the journal")
                await asyncio.sleep(_POLL_S)
                continue
            for event in events:
                made = frame(event)
                self.seq = event.seq
                for viewer in self._viewers:
                    viewer.offer(made)
            if len(events) < _PAGE:
                await waiter.wait(_POLL_S)

    async def _forward_observations(self) -> None:
        waiter = self._bus.waiter("observations")
        while True:
            woken = await waiter.wait(_POLL_S)
            if woken and self._viewers:
                try:
                    items = await self._changed()
                except Exception:  # as above
                    log.exception("live: cannot read station states")
                    items = {}
                if items:
                    text = _observations_text(items)
                    for viewer in self._viewers:
                        viewer.offer_observations(text, items)
            await asyncio.sleep(OBSERVATIONS_EVERY_S)

    async def _changed(self) -> dict[str, Any]:
        async with self._store.read() as connection:
            stored = await station_store.states(connection)
        changed = {name: raw for name, raw in stored.items() if self._seen.get(name) != raw}
        self._seen = stored
        return {name: observation_item(name, states.decode(raw)) for name, raw in changed.items()}

    @asynccontextmanager
    async def viewer(self, may_see: Callable[[Event], bool], account: str) -> AsyncIterator[Viewer]:
        """Register a viewer: from here on it is offered everything after `hub.seq`."""
        made = Viewer(may_see, account)
        made.through = self.seq
        self._viewers.add(made)
        try:
            yield made
        finally:
            self._viewers.discard(made)

    async def serve(self, socket: Socket, viewer: Viewer, after: int | None) -> None:
        """Send hello, what was missed, and then what follows, until the socket closes or falls behind."""
        start = viewer.through
        await _send(socket, _hello(start))
        viewer.previous = start if after is None else after
        if after is not None and after > start:
            # The viewer knows a journal that we do not (another database was restored): start over.
            await _send(socket, '{"type":"resync"}')
            viewer.previous = start
        elif after is not None and start - after > MAX_BEHIND:
            await _send(socket, '{"type":"resync"}')
            viewer.previous = start
        elif after is not None:
            async for missed in self._missed(after, start):
                await self._deliver(socket, viewer, missed)
        viewer.through = max(viewer.through, start)
        await self._follow(socket, viewer)

    async def _missed(self, after: int, until: int) -> AsyncIterator[Frame]:
        while after < until:
            async with self._store.read() as connection:
                events = await journal_log.read_after(connection, after, min(_PAGE, until - after))
            if not events:
                return
            for event in events:
                yield frame(event)
            after = events[-1].seq

    async def _follow(self, socket: Socket, viewer: Viewer) -> None:
        loop = asyncio.get_running_loop()
        next_ping = loop.time()
        while True:
            if loop.time() >= next_ping:
                await _send(socket, f'{{"type":"ping","through":{viewer.through}}}')
                next_ping = loop.time() + PING_S
            item = await viewer.next(max(0.01, next_ping - loop.time()))
            if viewer.overflowed:
                await socket.close(OVERLOADED, "too slow")
                return
            if viewer.resync:
                viewer.resync = False
                await _send(socket, '{"type":"resync"}')
            if isinstance(item, Frame):
                await self._deliver(socket, viewer, item)
            elif item is not None:
                await _send(socket, item)

    async def _deliver(self, socket: Socket, viewer: Viewer, item: Frame) -> None:
        if viewer.may_see(item.event):
            await _send(socket, item.text(viewer.previous))
            viewer.previous = item.seq
        viewer.through = max(viewer.through, item.seq)


async def _send(socket: Socket, text: str) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await socket.send_text(text)


def _hello(seq: int) -> str:
    return json.dumps({"type": "hello", "seq": seq, "server_time": iso(wall_now())})


def _observations_text(items: Mapping[str, Any]) -> str:
    body = {"type": "observations", "at": iso(wall_now()), "items": list(items.values())}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def observation_item(station: str, state: states.StationState) -> dict[str, Any]:
    """The newest values of a station as screens want them."""
    return {
        "station": station,
        "latest": latest_json(state),
        "level": state.level(),
    }


def latest_json(state: states.StationState) -> dict[str, Any]:
    """`{property: {value, observed_at, received_at, quality}}`."""
    return {
        name: {
            "value": each.value,
            "observed_at": iso(each.observed_at),
            "received_at": iso(each.received_at),
            "quality": each.quality.value,
        }
        for name, each in state.latest.items()
    }
