"""From the spool to the product: a window of records under way, each until the application says that it is safe.

The broker's acknowledgement means nothing here (a killed broker loses what it acknowledged). A record leaves the
window only when its (station, boot, seq) comes in `eoc/v1/<station>/ack`: safe, or refused with a code. What is not
answered is sent again after 5 seconds (10, 20, 40 if it stays silent), and at once on a new connection.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from eoc.errors import Permanent, Temporary
from sensors import topics
from sensors.connection import Connection
from sensors.spool import Spool, Stored

log = logging.getLogger(__name__)

WINDOW: Final = 2_000
RESEND_S: Final = 5.0
_LONGEST_RESEND_S: Final = 40.0
_MESSAGE_RECORDS: Final = 100
_MESSAGE_BYTES: Final = 32_768
_FILTERS_AT_ONCE: Final = 50

Identity = tuple[str, str, int]


class Judge(Protocol):
    """Is told what became of records."""

    def accepted(self, count: int) -> None: ...

    def refused(self, records: Sequence[tuple[Stored, Identity, str]]) -> None:
        """With the code each was refused with; must have kept the records elsewhere when it returns."""


class _Identified(msgspec.Struct, gc=False):
    seq: int
    boot: str | None = None


class _Error(msgspec.Struct, gc=False):
    seq: int | None
    code: str


class _Ack(msgspec.Struct, gc=False):
    boot: str
    seq: list[tuple[int, int]]
    errors: list[_Error] = []


_identify = msgspec.json.Decoder(_Identified).decode
_read_ack = msgspec.json.Decoder(_Ack).decode


@dataclass(slots=True)
class _UnderWay:
    record: Stored
    identity: Identity
    due_s: float
    attempts: int = 0


class Forwarder:
    """Implements `sensors.connection.Listener`; `run` until cancelled, `wake` after an append."""

    def __init__(self, spool: Spool, judge: Judge, *, window: int = WINDOW, resend_s: float = RESEND_S) -> None:
        self._spool = spool
        self._judge = judge
        self._window = window
        self._resend_s = resend_s
        self._connection: Connection | None = None
        self._under_way: dict[Identity, _UnderWay] = {}
        self._by_boot: dict[tuple[str, str], dict[int, _UnderWay]] = {}
        self._held: Stored | None = None
        self._heard: set[str] = set()
        self._moved = asyncio.Event()
        self.refusing: str | None = None
        """What the broker last refused to carry, in its words."""

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
                with contextlib.suppress(Temporary):
                    await self._send(connection, [*self._overdue(loop.time()), *self._fill()])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(0.5, self._resend_s / 4)):
                    await self._moved.wait()

    # -- out ------------------------------------------------------------------------------------------------------

    def _fill(self) -> list[_UnderWay]:
        """Take records from the spool up to the window."""
        fresh: list[_UnderWay] = []
        while len(self._under_way) < self._window:
            wanted = min(self._window - len(self._under_way), 500)
            records = [self._held] if self._held is not None else self._spool.read(wanted)
            self._held = None
            if not records:
                break
            for position, record in enumerate(records):
                each = self._enter(record)
                if each is None:
                    # Another record of the same identity is under way: its answer must not be taken for this one's.
                    self._held, rest = record, records[position + 1 :]
                    self._spool.unread(rest)
                    return fresh
                fresh.append(each)
        return fresh

    def _enter(self, record: Stored) -> _UnderWay | None:
        identified = _identify(record.payload)
        boot = identified.boot or ""
        identity = record.station, boot, identified.seq
        if identity in self._under_way:
            return None
        each = self._under_way[identity] = _UnderWay(record, identity, 0.0)
        self._by_boot.setdefault((record.station, boot), {})[identified.seq] = each
        return each

    def _overdue(self, now_s: float) -> list[_UnderWay]:
        return [each for each in self._under_way.values() if each.due_s <= now_s]

    async def _send(self, connection: Connection, records: list[_UnderWay]) -> None:
        by_station: dict[str, list[_UnderWay]] = {}
        for each in records:
            by_station.setdefault(each.record.station, []).append(each)
        await self._listen(connection, by_station)
        now_s = asyncio.get_running_loop().time()
        for station, many in by_station.items():
            for part in _messages(many):
                payloads = [each.record.payload for each in part]
                payload = payloads[0] if len(payloads) == 1 else b"[%s]" % b",".join(payloads)
                sent = connection.publish(topics.obs(station), payload) is not None
                for each in part:
                    each.attempts += 1
                    wait_s = min(_LONGEST_RESEND_S, self._resend_s * 2.0 ** (each.attempts - 1))
                    each.due_s = now_s + (wait_s if sent else 0.0)

    async def _listen(self, connection: Connection, stations: Iterable[str]) -> None:
        """Nothing is sent for a station before its acknowledgements can reach us."""
        new = [station for station in stations if station not in self._heard]
        for start in range(0, len(new), _FILTERS_AT_ONCE):
            part = new[start : start + _FILTERS_AT_ONCE]
            try:
                await connection.subscribe([topics.ack(station) for station in part])
            except Permanent as error:
                self._refused_by_broker(str(error))
            self._heard.update(part)

    def _refused_by_broker(self, reason: str) -> None:
        if reason != self.refusing:
            log.warning("the broker refuses: %s", reason)
        self.refusing = reason

    # -- back -----------------------------------------------------------------------------------------------------

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:  # noqa: ARG002
        station = topics.station_of(topic.decode("utf-8", "replace"))
        if self._connection is not None and qos:
            self._connection.acknowledge([mid], self._connection.epoch)
        try:
            ack = _read_ack(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            log.warning("an acknowledgement for %s cannot be read", station)
            return
        waiting = self._by_boot.get((station or "", ack.boot))
        if waiting:
            try:
                self._judged(waiting, ack)
            except OSError as error:  # what is not kept as refused or done is sent, and answered, once more
                log.warning("the spool's disk refuses: %s", error)
            if not waiting:
                del self._by_boot[station or "", ack.boot]
            self._moved.set()

    def _judged(self, waiting: dict[int, _UnderWay], ack: _Ack) -> None:
        """Let go of what the acknowledgement names; nothing is let go when its refusals cannot be kept."""
        refused = {
            error.seq: (waiting[error.seq].record, waiting[error.seq].identity, error.code)
            for error in ack.errors
            if error.seq in waiting
        }
        safe: set[int] = set()
        for first, last in ack.seq:
            # A range is what somebody else says: never walk it when it is longer than what is waiting.
            if last - first < len(waiting):
                safe.update(seq for seq in range(first, last + 1) if seq in waiting)
            else:
                safe.update(seq for seq in waiting if first <= seq <= last)
        safe -= refused.keys()
        if refused:
            self._judge.refused(list(refused.values()))
        settled = [waiting.pop(seq) for seq in (*refused, *safe)]
        for each in settled:
            del self._under_way[each.identity]
        self._spool.settle(each.record for each in settled)
        self._judge.accepted(len(safe))

    def confirmed(self, mid: int, reason: str | None) -> None:  # noqa: ARG002 - only the application's word counts
        if reason is not None:
            self._refused_by_broker(reason)

    async def up(self, *, session_present: bool) -> None:  # noqa: ARG002 - no session is kept
        self._heard.clear()
        for each in self._under_way.values():
            each.attempts, each.due_s = 0, 0.0
        self._moved.set()

    def down(self) -> None:
        """What is under way is sent again on the next connection."""


def _messages(records: list[_UnderWay]) -> Iterator[list[_UnderWay]]:
    """Cut one station's records into messages of bearable size."""
    part: list[_UnderWay] = []
    size = 0
    for each in records:
        length = len(each.record.payload) + 1
        if part and (len(part) == _MESSAGE_RECORDS or size + length > _MESSAGE_BYTES):
            yield part
            part, size = [], 0
        part.append(each)
        size += length
    if part:
        yield part
