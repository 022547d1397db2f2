"""Codec `json`: the product's own payload, one record or a list of them.

    {"ts": ISO 8601 with offset or epoch ms, "seq": int, "boot": str?, "station": str?,
     "data": {"<property>": number, ...}, "q": {"battery_v": ..., "rssi": ...}?}

The ordinary record is decoded in one typed step (about 4 microseconds). Whatever that step refuses is taken apart by
`diagnosis`, which is slow, sees every fault, and names the first one.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from eoc.clock import iso
from eoc.model import PHYSICAL_RANGE, Observation, Refusal
from sensors import topics
from sensors.codecs import health, moments
from sensors.codecs.diagnosis import Fault, first_fault, record_identity, whole_fault

MAX_BYTES: Final = 65_536
MAX_RECORDS: Final = 1_000
MAX_SEQ: Final = 2**53
_RANGES: Final = dict(PHYSICAL_RANGE)


class _Record(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    ts: str | int | float
    seq: int
    data: dict[str, float]
    boot: str | None = None
    station: str | None = None
    q: dict[str, float | str | bool | None] | None = None


_one = msgspec.json.Decoder(_Record).decode
_many = msgspec.json.Decoder(list[msgspec.Raw]).decode


class JsonCodec:
    """See the module. The station is the topic's; one named in the payload must be the same."""

    kind: Final = "json"

    def decode(
        self, payload: bytes, topic: str, received_at: datetime, limit: datetime | None = None
    ) -> list[Observation | Refusal]:
        station = _station(topic)
        if station is None:
            fault = Fault("station_id_invalid", {"topic": moments.shown(topic)})
            return [_whole(fault, payload, topic, received_at, None)]
        if len(payload) > MAX_BYTES:
            fault = Fault("payload_too_large", {"bytes": len(payload), "limit": MAX_BYTES})
            return [_whole(fault, payload, topic, received_at, station)]
        if payload[:1] != b"{" and payload.lstrip()[:1] == b"[":
            try:
                parts = _many(payload)
            except (msgspec.MsgspecError, RecursionError):
                return [_whole(whole_fault(payload), payload, topic, received_at, station)]
            if not 0 < len(parts) <= MAX_RECORDS:
                fault = Fault("records_too_many", {"count": len(parts), "limit": MAX_RECORDS})
                fault = fault if parts else Fault("records_none")
                return [_whole(fault, payload, topic, received_at, station)]
            return [_record(bytes(part), station, topic, received_at, limit) for part in parts]
        return [_record(payload, station, topic, received_at, limit)]


def _record(
    raw: bytes, station: str, topic: str, received_at: datetime, limit: datetime | None
) -> Observation | Refusal:
    """One record's own bytes to its observation, or the reason why not."""
    try:
        record = _one(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        fault = first_fault(raw) or Fault("json_invalid", {"at": 0, "detail": moments.shown(str(error))})
        return _refusal(fault, raw, topic, received_at, station)
    try:
        observed_at = _check(record, raw, station, limit)
    except Fault as fault:
        return _refusal(fault, raw, topic, received_at, station)
    figures = None if record.q is None else health.of_record(record.q)
    return Observation(
        station,
        observed_at,
        record.data,
        received_at,
        record.seq,
        record.boot or "",
        origin=topic,
        raw=raw,
        health=figures,
    )


def _check(record: _Record, raw: bytes, station: str, limit: datetime | None) -> datetime:
    """Everything that types cannot say; returns the time. Raises `Fault`."""
    quotes = 6
    ts = record.ts
    if type(ts) is str:
        observed_at = moments.from_text(ts)
        quotes = 8
    else:
        observed_at = moments.from_epoch_ms(ts)  # type: ignore[arg-type]
    if limit is not None and observed_at > limit:
        raise Fault("in_future", {"ts": iso(observed_at), "limit": iso(limit)})
    if not 0 <= record.seq <= MAX_SEQ:
        raise Fault("seq_invalid", {"seq": moments.shown(record.seq)})
    data = record.data
    if not data:
        raise Fault("data_empty")
    for name, value in data.items():
        allowed = _RANGES.get(name)
        if allowed is None:
            raise Fault("property_unknown", {"property": moments.shown(name)})
        if not allowed[0] <= value <= allowed[1]:
            facts = {"property": name, "value": value, "low": allowed[0], "high": allowed[1]}
            raise Fault("value_out_of_range", facts)
    quotes += 2 * len(data)
    if record.boot is not None or record.station is not None or record.q is not None:
        quotes += _check_rare(record, station)
    # Each key and each string value has two quotation marks. More of them means escaped ones, a null, or a key given
    # twice, of which JSON keeps the last in silence; only then is it worth looking closely.
    if raw.count(b'"') != quotes and (fault := first_fault(raw)) is not None:
        raise fault
    return observed_at


def _check_rare(record: _Record, station: str) -> int:
    """Fields that few records have; returns the quotation marks they account for."""
    quotes = 0
    if record.boot is not None:
        quotes += 4
        if not moments.is_boot(record.boot):
            raise Fault("boot_invalid", {"boot": moments.shown(record.boot)})
    if record.station is not None:
        quotes += 4
        if record.station != station:
            raise Fault("station_mismatch", {"given": moments.shown(record.station), "topic": station})
    if record.q is not None:
        quotes += 2 + 2 * len(record.q) + 2 * sum(type(value) is str for value in record.q.values())
    return quotes


def _refusal(fault: Fault, raw: bytes, topic: str, received_at: datetime, station: str | None) -> Refusal:
    """A record that can be answered for, if its boot and seq can be made out."""
    boot, seq = record_identity(raw)
    return Refusal(fault.code, fault.facts, moments.shown(topic, 256), raw, received_at, station, seq, boot)


def _whole(fault: Fault, payload: bytes, topic: str, received_at: datetime, station: str | None) -> Refusal:
    """A payload that cannot be taken apart."""
    return Refusal(fault.code, fault.facts, moments.shown(topic, 256), payload[:MAX_BYTES], received_at, station)


@lru_cache(maxsize=4096)
def _station(topic: str) -> str | None:
    return topics.station_of(topic)
