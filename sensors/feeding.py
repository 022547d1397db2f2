"""What a gateway is fed with: lines of JSON, checked before they are kept, each with an identity of its own.

Acknowledgements speak of (station, boot, seq) and nothing else, so no two records may share one. A record without
`seq` gets one of the gateway's own, under a boot mark of this run. A device that counts but has no boot mark gets one
that changes whenever its count goes back. Where a device names the same (boot, seq) for two different records, the
second gets an identity of ours.
"""

import secrets
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from eoc.clock import wall_now
from eoc.model import Refusal
from sensors import topics
from sensors.codecs.diagnosis import first_fault
from sensors.codecs.json import MAX_BYTES, JsonCodec
from sensors.codecs.moments import Fault, shown

_REMEMBERED: Final = 65_536

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Fed:
    """One piece of input after the checks: what to keep, what is refused, and what was there before."""

    records: list[tuple[str, bytes]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    repeated: int = 0

    @property
    def count(self) -> int:
        return len(self.records) + len(self.refused) + self.repeated


class Feeder:
    """Turns lines into records ready to be kept: (station, payload without `station`).

    The judgement is the product's own, except for what depends on its clock. `station`: whose a record is that names
    none. `origin` names the input in refusals; `boot` is this run's mark.
    """

    def __init__(
        self,
        origin: str = "stdin",
        station: str | None = None,
        now: Callable[[], datetime] = wall_now,
        boot: str | None = None,
    ) -> None:
        self._origin = origin
        self._station = station
        self._codec = JsonCodec()
        self._now = now
        self._boot = boot or f"gw-{secrets.token_hex(6)}"
        self._own: dict[str, int] = {}
        self._counts: dict[str, tuple[int, int]] = {}
        self._known: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def take(self, lines: Iterable[bytes]) -> Fed:
        """Check one piece of input; empty lines are nothing."""
        fed = Fed()
        for line in lines:
            if line.strip():
                self._take(line, fed)
        return fed

    def _take(self, line: bytes, fed: Fed) -> None:
        try:
            station, record = _parts(line, self._station)
        except Fault as fault:
            fed.refused.append(Refusal(fault.code, fault.facts, self._origin, line[:MAX_BYTES], self._now()))
            return
        counts_itself, has_boot = "seq" in record, "boot" in record
        if not counts_itself:
            record.setdefault("boot", self._boot)
            record["seq"] = self._own.get(station, 0) + 1
        payload = _encode(record)
        judged = self._codec.decode(payload, topics.obs(station), self._now())[0]
        if isinstance(judged, Refusal):
            fed.refused.append(replace(judged, origin=self._origin, raw=line[:MAX_BYTES]))
            return
        if not counts_itself:
            self._own[station] = record["seq"]
        elif not has_boot:
            record["boot"] = self._boot_of(station, record["seq"])
            payload = _encode(record)
        if has_boot and (known := self._met(station, record, payload)) is not None:
            if known == zlib.crc32(payload):
                fed.repeated += 1
                return
            record["boot"], record["seq"] = self._boot, self._own.get(station, 0) + 1
            self._own[station] = record["seq"]
            payload = _encode(record)
        fed.records.append((station, payload))

    def _boot_of(self, station: str, seq: int) -> str:
        """The mark of a device that counts without one: another as soon as its count does not grow."""
        last, starts = self._counts.get(station, (-1, 1))
        starts += seq <= last
        self._counts[station] = seq, starts
        return f"{self._boot}.{starts}"

    def _met(self, station: str, record: dict[str, Any], payload: bytes) -> int | None:
        """The CRC of what this device gave under the same (boot, seq) before, or None, and then it is remembered."""
        identity = station, record["boot"] or "", record["seq"]
        known = self._known.get(identity)
        if known is None:
            self._known[identity] = zlib.crc32(payload)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known


def _parts(line: bytes, otherwise: str | None) -> tuple[str, dict[str, Any]]:
    """(station, everything else) of a line; raises `Fault`."""
    if len(line) > MAX_BYTES:
        raise Fault("payload_too_large", {"bytes": len(line), "limit": MAX_BYTES})
    try:
        record = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _fault_in(line) or Fault("json_invalid", {"at": 0, "detail": ""})
    named = "station" in record
    station = record.pop("station", otherwise)
    if station is None:
        raise Fault("field_missing", {"field": "station"})
    if not isinstance(station, str) or not topics.is_id(station):
        raise Fault("station_id_invalid", {"topic": shown(station)})
    # A repeated key would vanish in the dictionary. Every key and every text has two quotation marks, so a line
    # without repetitions has as many as its dictionary, and only the others are looked at closely.
    try:
        quotes = _encode(record).count(b'"') + 4 * named
    except (OverflowError, msgspec.MsgspecError):  # a whole number that no 64 bits hold
        raise _fault_in(line) or Fault("json_invalid", {"at": 0, "detail": ""}) from None
    if line.count(b'"') != quotes and (fault := _fault_in(line)) is not None:
        raise fault
    return station, record


def _fault_in(line: bytes) -> Fault | None:
    """The first thing wrong with a line, other than a missing `seq`, which is ours to give."""
    fault = first_fault(line)
    if fault is not None and fault.code == "field_missing" and fault.facts.get("field") == "seq":
        return first_fault(b'{"seq":0,' + line.lstrip()[1:])
    return fault
