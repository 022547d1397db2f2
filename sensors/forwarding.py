"""From the spool to the product: a window of records under way, each until the application says that it is safe.

The broker's acknowledgement means nothing here (a killed broker loses what it acknowledged). A record leaves the
window only when its (station, boot, seq) comes in `eoc/v1/<station>/ack`: safe, or refused with a code. What is not
answered is sent again after 5 seconds (10, 20, 40 while it stays silent), and at once on a new connection.

Records leave in the order they came, those of a station strictly, others but for a quarter of an hour of their own
time, so that neighbours can share a message. The newest one under way is at most a window ahead of the oldest that
was not answered, so a record that got lost is never late by more than that. A station that stays silent while others
are answered (it may not publish, say) steps aside: its records wait, in order, and the others go on without it.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from eoc.errors import Permanent, Temporary
from sensors import topics
from sensors.codecs.moments import Fault, from_text
from sensors.connection import Connection
from sensors.spool import Damage, Spool, Stored

log = logging.getLogger(__name__)

WINDOW: Final = 2_000
"""Twice what keeps a product busy that answers within 0.2 s at 5,000 records a second."""
RESEND_S: Final = 5.0
_LONGEST_RESEND_S: Final = 40.0
_SMALLEST_WINDOW: Final = 50
_SLOW_S: Final = 2.0
"""Answers that take longer than this halve the window: a busy product must not be asked again while it works."""
_MESSAGE_RECORDS: Final = 50
_MESSAGE_BYTES: Final = 32_768
_MESSAGE_SPAN_S: Final = 900.0
"""Times in one message differ by no more: who replays years must not let one station run days ahead of the others."""
_FILTERS_AT_ONCE: Final = 50
_MOST_PARKED: Final = 20_000
_READ_AT_ONCE: Final = 500

Identity = tuple[str, str, int]


class Judge(Protocol):
    """Is told what became of records."""

    def accepted(self, count: int) -> None: ...

    def refused(self, records: Sequence[tuple[Stored, Identity, str]]) -> None:
        """With the code each was refused with; must have kept the records elsewhere when it returns, or raise."""

    def damaged(self, damage: Damage) -> None:
        """Records that can no longer be read; the same duty."""


class _Identified(msgspec.Struct, gc=False):
    ts: str | int | float
    seq: int
    boot: str | None = None


class _Error(msgspec.Struct, gc=False):
    code: str
    seq: int | None = None


class _Ack(msgspec.Struct, gc=False):
    boot: str | None = ""
    seq: list[tuple[int, int]] = []
    errors: list[_Error] = []


_identify = msgspec.json.Decoder(_Identified).decode
_read_ack = msgspec.json.Decoder(_Ack).decode


@dataclass(slots=True, eq=False)
class _Station:
    """One station: what is under way by boot and seq; `parked` holds what waits while it stands aside."""

    id: str
    boots: dict[str, dict[int, "_UnderWay"]] = field(default_factory=dict)
    parked: deque[Stored] | None = None
    subscribed: bool = False


@dataclass(slots=True, eq=False)
class _UnderWay:
    record: Stored
    station: _Station
    boot: str
    seq: int
    place: int
    at_s: float
    sent_s: float = 0.0
    due_s: float = 0.0
    attempts: int = 0

    @property
    def identity(self) -> Identity:
        return self.station.id, self.boot, self.seq


class Forwarder:
    """Implements `sensors.connection.Listener`; `run` until cancelled, `wake` after an append."""

    def __init__(self, spool: Spool, judge: Judge, *, window: int = WINDOW, resend_s: float = RESEND_S) -> None:
        self._spool = spool
        self._judge = judge
        self._most = window
        self._window = min(window, 500)
        self._resend_s = resend_s
        self._connection: Connection | None = None
        self._stations: dict[str, _Station] = {}
        self._under_way: dict[int, _UnderWay] = {}
        self._in_line: dict[int, _UnderWay] = {}
        self._parked = 0
        self._next_place = 0
        self._look_s = 0.0
        self._heard_s = 0.0
        self._slowed_s = 0.0
        self._moved = asyncio.Event()
        self.sent = 0
        """Records published, those sent again included."""
        self.hindrance: Exception | None = None
        """What the broker or the disk last refused on this connection."""

    def wake(self) -> None:
        """Something may be done now."""
        self._moved.set()

    @property
    def idle(self) -> bool:
        """Nothing is under way and the spool is empty."""
        return not self._under_way and len(self._spool) == 0

    async def run(self, connection: Connection) -> None:
        """Send whatever is in the spool, for ever."""
        self._connection = connection
        loop = asyncio.get_running_loop()
        while True:
            self._moved.clear()
            if connection.connected:
                try:
                    await self._send(connection, self._overdue(loop.time()))
                    while connection.connected and (fresh := self._fill()):
                        await self._send(connection, fresh)
                except Temporary:
                    pass  # the connection went; all this is sent on the next one
                except OSError as error:
                    self._hindered(error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(0.5, self._resend_s / 4)):
                    await self._moved.wait()

    # -- out ------------------------------------------------------------------------------------------------------

    def _fill(self) -> list[_UnderWay]:
        """The next records from the spool, as far as the window goes."""
        fresh: list[_UnderWay] = []
        while len(fresh) < _READ_AT_ONCE and self._parked < _MOST_PARKED:
            oldest = next(iter(self._in_line), self._next_place)
            room = min(oldest + self._window - self._next_place, _READ_AT_ONCE - len(fresh))
            records = self._spool.read(room) if room > 0 else []
            while self._spool.damaged:
                self._judge.damaged(self._spool.damaged[0])
                self._spool.forgive(self._spool.damaged.popleft())
            if not records:
                break
            for position, record in enumerate(records):
                if not self._enter(record, fresh):
                    self._spool.unread(records[position:])
                    return fresh
        return fresh

    def _enter(self, record: Stored, fresh: list[_UnderWay]) -> bool:
        """Put a record under way, or park it. False while another of the same identity is under way: its answer must
        not be taken for this one's."""
        station = self._stations.get(record.station)
        if station is None:
            station = self._stations[record.station] = _Station(record.station)
        if station.parked is not None:
            station.parked.append(record)
            self._parked += 1
            return True
        identified = _identify(record.payload)
        boot = identified.boot or ""
        waiting = station.boots.setdefault(boot, {})
        if identified.seq in waiting:
            return False
        each = _UnderWay(record, station, boot, identified.seq, self._next_place, _seconds(identified.ts))
        self._next_place += 1
        waiting[each.seq] = self._under_way[each.place] = self._in_line[each.place] = each
        fresh.append(each)
        return True

    def _overdue(self, now_s: float) -> list[_UnderWay]:
        """What has waited for too long; a station that is silent among others that are not steps aside."""
        if now_s < self._look_s:
            return []
        self._look_s = now_s + self._resend_s / 20
        overdue = [each for each in self._under_way.values() if each.due_s <= now_s]
        for each in overdue:
            if each.attempts and each.station.parked is None and self._heard_s > each.sent_s:
                self._step_aside(each.station)
        return overdue

    def _step_aside(self, station: _Station) -> None:
        station.parked = deque()
        for waiting in station.boots.values():
            for each in waiting.values():
                self._in_line.pop(each.place, None)

    def _step_back(self, station: _Station) -> None:
        """It has answered for everything: what was parked is next."""
        if station.parked is not None:
            self._parked -= len(station.parked)
            self._spool.unread(station.parked)
            station.parked = None

    async def _send(self, connection: Connection, records: list[_UnderWay]) -> None:
        """Publish, neighbours together; where nothing can be heard, nothing is said."""
        await self._listen(connection, {each.station for each in records if not each.station.subscribed})
        now_s = asyncio.get_running_loop().time()
        for part in _messages(records):
            payloads = [each.record.payload for each in part]
            station = part[0].station
            sent = station.subscribed and self._publish(connection, station.id, payloads)
            for each in part:
                each.sent_s = now_s
                each.due_s = now_s + min(_LONGEST_RESEND_S, self._resend_s * 2.0**each.attempts)
                each.attempts += 1
            self.sent += sent * len(part)

    def _publish(self, connection: Connection, station: str, payloads: Sequence[bytes]) -> bool:
        payload = payloads[0] if len(payloads) == 1 else b"[%s]" % b",".join(payloads)
        return connection.publish(topics.obs(station), payload) is not None

    async def _listen(self, connection: Connection, stations: Iterable[_Station]) -> None:
        """Nothing is sent for a station before its acknowledgements can reach us."""
        new = list(stations)
        for start in range(0, len(new), _FILTERS_AT_ONCE):
            part = new[start : start + _FILTERS_AT_ONCE]
            epoch = connection.epoch
            refused: set[str] = set()
            try:
                await connection.subscribe([topics.ack(station.id) for station in part])
            except Permanent as error:
                refused = set(error.params.get("filters", ()))
                self._hindered(error)
            if connection.epoch == epoch:
                for station in part:
                    station.subscribed = topics.ack(station.id) not in refused

    def _hindered(self, error: Exception) -> None:
        if repr(error) != repr(self.hindrance):
            log.warning("gateway: %s", error)
        self.hindrance = error

    # -- back -----------------------------------------------------------------------------------------------------

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:  # noqa: ARG002
        name = topics.station_of(topic.decode("utf-8", "replace"))
        if self._connection is not None and qos:
            self._connection.acknowledge([mid], self._connection.epoch)
        try:
            ack = _read_ack(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            log.warning("an acknowledgement for %s cannot be read", name)
            return
        self._hear(asyncio.get_running_loop().time())
        station = self._stations.get(name or "")
        waiting = station.boots.get(ack.boot or "") if station is not None else None
        if station is None or not waiting:
            return
        try:
            self._judged(waiting, ack)
        except OSError as error:  # what cannot be kept as refused is sent, and answered, once more
            self._hindered(error)
        if not waiting:
            del station.boots[ack.boot or ""]
        if not station.boots:
            self._step_back(station)
        self._moved.set()

    def _hear(self, now_s: float) -> None:
        """The product lives. After a long silence of all, nobody is punished for having been silent too."""
        if now_s - self._heard_s > self._resend_s:
            for each in self._under_way.values():
                each.attempts = min(each.attempts, 1)
                each.due_s = min(each.due_s, now_s + self._resend_s)
        self._heard_s = now_s

    def _judged(self, waiting: dict[int, _UnderWay], ack: _Ack) -> None:
        """Let go of what the acknowledgement names; nothing is let go when its refusals cannot be kept."""
        refused = {error.seq: error.code for error in ack.errors if error.seq in waiting}
        safe: set[int] = set()
        for first, last in ack.seq:
            # A range is what somebody else says: never walk it when it is longer than what is waiting.
            if last - first < len(waiting):
                safe.update(seq for seq in range(first, last + 1) if seq in waiting)
            else:
                safe.update(seq for seq in waiting if first <= seq <= last)
        safe -= refused.keys()
        if refused:
            told = [(waiting[seq], code) for seq, code in refused.items() if seq is not None]
            self._judge.refused([(each.record, each.identity, code) for each, code in told])
        settled = [waiting.pop(seq) for seq in (*refused, *safe) if seq is not None]
        for each in settled:
            del self._under_way[each.place]
            self._in_line.pop(each.place, None)
        if settled:
            self._pace(settled)
            self._spool.settle(each.record for each in settled)
            self._judge.accepted(len(safe))

    def _pace(self, settled: Sequence[_UnderWay]) -> None:
        """Answers slow down: a smaller window. They come at once: a larger one."""
        first = [each.sent_s for each in settled if each.attempts == 1]
        if not first:
            return
        waited_s = self._heard_s - min(first)
        if waited_s < _SLOW_S / 2:
            self._window = min(self._most, self._window + len(first))
        elif waited_s > _SLOW_S and min(first) > self._slowed_s:
            # Once for all that was under way: later answers to it say nothing new.
            self._window = max(min(self._most, _SMALLEST_WINDOW), self._window // 2)
            self._slowed_s = self._heard_s

    def confirmed(self, mid: int, reason: str | None) -> None:  # noqa: ARG002 - only the application's word counts
        if reason is not None:
            self._hindered(Permanent("mqtt.publish_refused", reason=reason))

    async def up(self, *, session_present: bool) -> None:  # noqa: ARG002 - no session is kept
        self.hindrance = None
        for station in self._stations.values():
            station.subscribed = False
        for each in self._under_way.values():
            each.attempts, each.due_s = 0, 0.0
        self._look_s = 0.0
        self._moved.set()

    def down(self) -> None:
        """What is under way is sent again on the next connection."""


def _messages(records: Iterable[_UnderWay]) -> list[list[_UnderWay]]:
    """Cut into messages: records of one station and about one time, of bearable size."""
    messages: list[list[_UnderWay]] = []
    latest: dict[_Station, tuple[list[_UnderWay], int]] = {}
    for each in records:
        length = len(each.record.payload) + 1
        part, size = latest.get(each.station, ([], 0))
        fits = len(part) < _MESSAGE_RECORDS and size + length <= _MESSAGE_BYTES
        if not part or not fits or abs(each.at_s - part[0].at_s) > _MESSAGE_SPAN_S:
            part, size = [], 0
            messages.append(part)
        part.append(each)
        latest[each.station] = part, size + length
    return messages


def _seconds(ts: str | float) -> float:
    """The time of a record as it was given, in seconds since 1970; 0 for what an older check let in."""
    try:
        return from_text(ts).timestamp() if isinstance(ts, str) else ts / 1000
    except Fault:
        return 0.0
