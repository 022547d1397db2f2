"""From what a device calls things to what we call them: the half that all codecs of a pack's sources share.

A codec takes a payload apart into reports; the translator knows which station the device is, which property each
field is and in which unit, and refuses what nobody has said anything about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from eoc.clock import iso
from eoc.model import PHYSICAL_RANGE, Observation, Refusal
from eoc.packs.sources import DeviceEntry, FieldEntry, SourceEntry, Translation
from eoc.packs.units import OWN, UNITS, converted, fits
from sensors.codecs import health
from sensors.codecs.documents import MAX_BYTES, check_size
from sensors.codecs.moments import Fault, from_epoch_ms, from_text, shown


@dataclass(frozen=True, slots=True)
class Report:
    """One record in its device's own words.

    `devices`: names it goes by, the surest first. `at`: the time as written, or already read. `units`: what the sender
    says about fields. `health`: what the network knows about the device.
    """

    devices: tuple[str, ...]
    at: object
    fields: Sequence[tuple[str, Any]]
    raw: bytes
    seq: int | None = None
    boot: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, float] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    """Fields that may stay unmapped: bookkeeping of the format."""


@dataclass(frozen=True, slots=True)
class Bad:
    """One record that no report could be made of."""

    fault: Fault
    raw: bytes


class Heard(NamedTuple):
    """One message as the broker gave it. `retained`: remembered by the broker, told some time ago."""

    payload: bytes
    topic: str
    received_at: datetime
    retained: bool


class Translator:
    """The words of one source or feed. `strict`: a field without an entry is a refusal, not somebody else's."""

    def __init__(self, entry: Translation, *, epoch: str = "s", any_case: bool = False, strict: bool = True) -> None:
        self.entry = entry
        self._epoch_ms = (entry.epoch or epoch) == "ms"
        self._any_case = any_case
        self._strict = strict
        self._zone = _zone(entry.naive_time)
        self.devices = {self._key(name): device for name, device in entry.devices.items()}
        self._fields: dict[str, dict[str, FieldEntry]] = {}

    def device(self, names: Iterable[str]) -> tuple[str, DeviceEntry] | None:
        """The entry of a device, None if it is to be ignored; raises `Fault` for one that nobody knows."""
        given = [name for name in names if name]
        for name in given:
            entry = self.devices.get(self._key(name))
            if entry is not None:
                return name, entry
        for name in given:
            if _listed(name, self.entry.ignore_devices):
                return None
        raise Fault("device_unmapped", {"device": shown(given[0]) if given else ""})

    def record(
        self, report: Report, origin: str, received_at: datetime, limit: datetime | None
    ) -> Observation | Refusal | None:
        """The report as an observation or a refusal; None when it is to be ignored."""
        station: str | None = None
        try:
            found = self.device(report.devices)
            if found is None:
                return None
            station = found[1].station
            observed_at = self.moment(report.at, limit)
            values, figures = self.values(report, found[1])
            if not values and not figures and not self._concerns(report, found[1]):
                return None
            _not_empty(values, figures)
        except Fault as fault:
            return refusal(fault, report.raw, origin, received_at, station, report.seq, report.boot)
        return Observation(
            station,
            observed_at,
            values,
            received_at,
            report.seq,
            report.boot,
            origin=shown(origin, 256),
            raw=report.raw[:MAX_BYTES],
            health=figures or None,
        )

    def moment(self, at: object, limit: datetime | None = None) -> datetime:
        """The time of measurement in UTC; raises `Fault`."""
        if at is None or at == "":
            raise Fault("field_missing", {"field": self.entry.time or "time"})
        if isinstance(at, datetime):
            moment = at
        elif isinstance(at, str):
            moment = self._from_text(at)
        elif isinstance(at, int | float) and not isinstance(at, bool):
            try:
                moment = from_epoch_ms(at if self._epoch_ms else at * 1000)
            except OverflowError:
                raise Fault("ts_invalid", {"ts": shown(at)}) from None
        else:
            raise Fault("ts_invalid", {"ts": shown(at)})
        if limit is not None and moment > limit:
            raise Fault("in_future", {"ts": iso(moment), "limit": iso(limit)})
        return moment

    def _from_text(self, text: str) -> datetime:
        if self._zone is not None:
            try:
                naive = datetime.fromisoformat(text)
            except ValueError:
                raise Fault("ts_invalid", {"ts": shown(text)}) from None
            if naive.tzinfo is None and any(mark in text for mark in "T t"):
                text = naive.replace(tzinfo=self._zone).isoformat()
        return from_text(text)

    def values(self, report: Report, device: DeviceEntry) -> tuple[dict[str, float], dict[str, float]]:
        """Properties and health of a report; raises `Fault`. What is null is missing, which is not zero."""
        known = self.fields_of(device)
        values: dict[str, float] = {}
        figures = {name: float(value) for name, value in report.health.items() if health.is_plausible(name, value)}
        for name, given in report.fields:
            entry = known.get(name)
            if entry is None:
                if self._strict and name not in report.optional and not self.is_ignored(name):
                    raise Fault(
                        "field_unmapped", {"field": shown(name), "device": shown(next(iter(report.devices), ""))}
                    )
                continue
            if given is None:
                continue
            target = entry.target()
            value = in_our_unit(entry, number(target, given), report.units.get(name))
            if entry.health is not None:
                if health.is_plausible(target, value):
                    figures[target] = value
            elif target in values:
                raise Fault("field_repeated", {"field": target})
            else:
                values[target] = in_range(target, value)
        return values, figures

    def _concerns(self, report: Report, device: DeviceEntry) -> bool:
        """Whether any of a report's fields is one of ours, if only as a missing value; true of one without fields."""
        known = self.fields_of(device)
        return not report.fields or any(name in known for name, _ in report.fields)

    def fields_of(self, device: DeviceEntry) -> Mapping[str, FieldEntry]:
        """What each field means on this device: its own entries before the source's."""
        if not device.fields:
            return self.entry.fields
        known = self._fields.get(device.station)
        if known is None:
            known = self._fields[device.station] = {**self.entry.fields, **device.fields}
        return known

    def is_ignored(self, name: str) -> bool:
        """Whether the field, or an object it stands in, is to be left aside."""
        return _listed(name, self.entry.ignore) or (
            "." in name and any(_listed(part, self.entry.ignore) for part in _parents(name))
        )

    def _key(self, name: str) -> str:
        return name.casefold() if self._any_case else name


class Translating:
    """Base of the codecs of a pack's sources: a total function around `take_apart`, which may raise `Fault`."""

    kind: ClassVar[str]

    def __init__(self, entry: SourceEntry, **options: Any) -> None:
        self.entry = entry
        self.translator = Translator(entry, **options)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        """The records of a payload, in order. Raises `Fault` when it cannot be taken apart."""
        raise NotImplementedError

    def decode(
        self,
        payload: bytes,
        topic: str,
        received_at: datetime,
        limit: datetime | None = None,
        *,
        retained: bool = False,
    ) -> list[Observation | Refusal]:
        """See `sensors.codecs.Codec`."""
        try:
            check_size(payload)
            parts = self.take_apart(Heard(payload, topic, received_at, retained))
        except Fault as fault:
            return [refusal(fault, payload, topic, received_at)]
        answers: list[Observation | Refusal] = []
        for part in parts:
            if isinstance(part, Bad):
                answers.append(refusal(part.fault, part.raw, topic, received_at))
            elif (answer := self.translator.record(part, topic, received_at, limit)) is not None:
                answers.append(answer)
        return answers

    def device_of(self, topic: str) -> str:
        """The device that a topic names; '' when the topic has no such level."""
        return _level(topic, self._level_index)

    @property
    def _level_index(self) -> int:
        if self.entry.device_level is not None:
            return self.entry.device_level - 1
        levels = self.entry.topic.split("/")
        return levels.index("+") if "+" in levels else -1


def _not_empty(values: Mapping[str, float], figures: Mapping[str, float]) -> None:
    if not values and not figures:
        raise Fault("data_empty")


def number(name: str, given: Any) -> float:
    """A plain number; raises `Fault` for anything that only looks like one."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Fault("value_not_number", {"property": name, "value": shown(given)})
    try:
        return float(given)
    except OverflowError:
        low, high = PHYSICAL_RANGE.get(name) or health.RANGE[name]
        facts = {"property": name, "value": shown(given), "low": low, "high": high}
        raise Fault("value_out_of_range", facts) from None


def in_our_unit(entry: FieldEntry, value: float, given_unit: str | None) -> float:
    """The value as it is stored; raises `Fault` when the sender's unit is not the one that was agreed."""
    target, unit = entry.target(), entry.unit or given_unit
    if given_unit is not None and not _same_unit(given_unit, unit or given_unit, target):
        facts: dict[str, object] = {"property": target, "given": shown(given_unit), "wanted": entry.unit or OWN[target]}
        raise Fault("unit_mismatch", facts)
    if unit is not None:
        value = converted(value, unit, target)
    if entry.scale == 1.0 and entry.offset == 0.0:
        return value
    return round(value * entry.scale + entry.offset, 9)


def in_range(name: str, value: float) -> float:
    """The value, if it can be at all; raises `Fault`."""
    low, high = PHYSICAL_RANGE[name]
    if not low <= value <= high:
        told = value if abs(value) < 1e300 else shown(value)
        raise Fault("value_out_of_range", {"property": name, "value": told, "low": low, "high": high})
    return value


def refusal(
    fault: Fault,
    raw: bytes,
    origin: str,
    received_at: datetime,
    station: str | None = None,
    seq: int | None = None,
    boot: str = "",
) -> Refusal:
    return Refusal(fault.code, fault.facts, shown(origin, 256), raw[:MAX_BYTES], received_at, station, seq, boot)


def without_time(report: Report, path: str | None) -> Report:
    """The report without the field that its time was read from."""
    if path is None:
        return report
    return replace(report, fields=[each for each in report.fields if each[0] != path])


def best_signal(receptions: Any) -> dict[str, float]:
    """RSSI and SNR where a radio network heard a device best (`rxInfo`, `rx_metadata`)."""
    if not isinstance(receptions, list):
        return {}
    heard = [
        (float(strength), each)
        for each in receptions
        if isinstance(each, dict)
        and isinstance(strength := each.get("rssi", each.get("channel_rssi")), int | float)
        and health.is_plausible("rssi_dbm", strength)
    ]
    if not heard:
        return {}
    strength, best = max(heard, key=lambda pair: pair[0])
    found = {"rssi_dbm": strength}
    snr = best.get("snr")
    if isinstance(snr, int | float) and health.is_plausible("snr_db", snr):
        found["snr_db"] = float(snr)
    return found


def _same_unit(given: str, agreed: str, target: str) -> bool:
    if not fits(given, target):
        return False
    return UNITS[given] == UNITS[agreed]


def _listed(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _zone(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)


@lru_cache(maxsize=8192)
def _level(topic: str, index: int) -> str:
    levels = topic.split("/")
    return levels[index] if 0 <= index < len(levels) else ""
