"""What a gateway is fed with: lines of JSON or a tape, checked before they are kept, each with an identity.

A record without `seq` gets one of the gateway's own, under a boot mark of this run. So does a record that names a
(boot, seq) which another record of this run already has: acknowledgements speak of nothing else, and two records must
never be taken for one another.
"""

import secrets
import sys
import threading
import zlib
from asyncio import Queue, get_running_loop, run_coroutine_threadsafe
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from eoc.clock import wall_now
from eoc.errors import Invalid
from eoc.model import Refusal
from sensors import topics
from sensors.codecs.diagnosis import first_fault
from sensors.codecs.json import JsonCodec
from sensors.codecs.moments import Fault, shown
from sensors.simulator.tape import Tape, read_tape

_REMEMBERED: Final = 65_536
_PIECE_BYTES: Final = 65_536
_PIECES_AHEAD: Final = 8
_LONGEST_LINE: Final = 2**20
_LINES_AT_ONCE: Final = 500

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Fed:
    """One piece of input after the checks: what to keep, what is refused, and what was there before."""

    records: list[tuple[str, bytes]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    repeated: int = 0


class Feeder:
    """Turns lines into records ready to be kept: (station, payload without `station`).

    The judgement is the product's own, except for what depends on its clock. `origin` names the input in refusals.
    """

    def __init__(self, origin: str, now: Callable[[], datetime] = wall_now, boot: str | None = None) -> None:
        self._origin = origin
        self._codec = JsonCodec()
        self._now = now
        self._boot = boot or f"gw-{secrets.token_hex(6)}"
        self._next: dict[str, int] = {}
        self._known: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def take(self, lines: list[bytes]) -> Fed:
        """Check one piece of input."""
        fed = Fed()
        for line in lines:
            if line.strip():
                self._take(line, fed)
        return fed

    def _take(self, line: bytes, fed: Fed) -> None:
        try:
            station, record = _parts(line)
        except Fault as fault:
            fed.refused.append(Refusal(fault.code, fault.facts, self._origin, line[:65_536], self._now()))
            return
        if "seq" not in record:
            self._identify(station, record)
        judged = self._codec.decode(_encode(record), topics.obs(station), self._now())[0]
        if isinstance(judged, Refusal):
            fed.refused.append(replace(judged, origin=self._origin, raw=line[:65_536]))
            return
        identity = station, record.get("boot") or "", record["seq"]
        payload = _encode(record)
        mark = zlib.crc32(payload)
        known = self._known.get(identity)
        if known == mark:
            fed.repeated += 1
            return
        if known is not None:
            self._identify(station, record)
            identity = station, record["boot"], record["seq"]
            payload = _encode(record)
        self._remember(identity, mark)
        fed.records.append((station, payload))

    def _identify(self, station: str, record: dict[str, Any]) -> None:
        record["boot"] = self._boot
        record["seq"] = self._next[station] = self._next.get(station, 0) + 1

    def _remember(self, identity: tuple[str, str, int], mark: int) -> None:
        self._known[identity] = mark
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _parts(line: bytes) -> tuple[str, dict[str, Any]]:
    """(station, everything else) of a line; raises `Fault`."""
    if len(line) > _LONGEST_LINE:
        raise Fault("payload_too_large", {"bytes": len(line), "limit": 65_536})
    try:
        record = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise first_fault(line) or Fault("json_invalid", {"at": 0, "detail": ""})
    station = record.pop("station", None)
    if station is None:
        raise Fault("field_missing", {"field": "station"})
    if not isinstance(station, str) or not topics.is_id(station):
        raise Fault("station_id_invalid", {"topic": shown(station)})
    # A repeated key would vanish in the dictionary. Every key and every text has two quotation marks, so a line
    # without repetitions has as many as its dictionary, and only the others are looked at closely.
    try:
        quotes = _encode(record).count(b'"') + 4
    except (OverflowError, msgspec.MsgspecError):  # a whole number that no 64 bits hold
        raise first_fault(line) or Fault("json_invalid", {"at": 0, "detail": ""}) from None
    if line.count(b'"') != quotes:
        fault = first_fault(line)
        if fault is not None and fault.code in {"field_repeated", "json_invalid"}:
            raise fault
    return station, record


def lines_of(stream: Any) -> Iterator[list[bytes]]:
    """Whole lines of a byte stream, as many at a time as happen to be there."""
    rest = b""
    while piece := stream.read1(_PIECE_BYTES):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        if len(rest) > _LONGEST_LINE:
            lines.append(rest)
            rest = b""
        if lines:
            yield lines
    if rest:
        yield [rest]


def open_tape(file: Path, station: str | None, name: str | None) -> Tape:
    """A tape as a station's; raises `TapeError` when it cannot be read, `Invalid` without a station."""
    if station is None:
        raise Invalid("usage.station_missing")
    if not topics.is_id(station):
        raise Invalid("invalid.station_id", station=shown(station))
    return read_tape(file, station=station, property=name)


def lines_of_tape(tape: Tape) -> Iterator[list[bytes]]:
    """The same lines as on stdin. Its name is the boot mark, its order the seq: fed twice, it is one tape."""
    batch: list[bytes] = []
    for emission in tape.emissions(boot=tape.path.stem[:64]):
        batch.append(_encode({"station": tape.station, **emission.payload}))
        if len(batch) == _LINES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


class Source:
    """Reads in a thread of its own, because a pipe cannot be watched everywhere; ahead by a few pieces at most."""

    def __init__(self, pieces: Callable[[], Iterator[list[bytes]]]) -> None:
        self._queue: Queue[list[bytes] | Exception | None] = Queue(_PIECES_AHEAD)
        self._loop = get_running_loop()
        self._pieces = pieces
        # A daemon: nobody can wake a thread that reads a silent pipe, and it owns nothing.
        threading.Thread(target=self._read, name="gateway-input", daemon=True).start()

    async def next(self) -> list[bytes] | None:
        """Some lines, or None at the end; raises what reading raised."""
        piece = await self._queue.get()
        if isinstance(piece, Exception):
            raise piece
        return piece

    def _read(self) -> None:
        ending: Exception | None = None
        try:
            for piece in self._pieces():
                if not self._put(piece):
                    return
        except Exception as error:  # noqa: BLE001 - handed over to whoever reads
            ending = error
        self._put(ending)

    def _put(self, piece: list[bytes] | Exception | None) -> bool:
        """Wait for room; False when the loop is gone, and with it everyone who could be told."""
        if self._loop.is_closed():
            return False
        run_coroutine_threadsafe(self._queue.put(piece), self._loop).result()
        return True


def standard_input() -> Iterator[list[bytes]]:
    """The lines of stdin."""
    return lines_of(sys.stdin.buffer)
