"""From rows to readings: the half that JSON, HTML and CSV feeds share.

A row is what one device had to say at one time. What nobody mapped is not ours and stays out (a feed tells about the
whole province), but devices without a station are listed, and a field that should have had a value and has none counts
as missing: absent, null, "" and "-" are not zero.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from eoc.clock import EPOCH, iso
from eoc.model import Observation
from eoc.packs.sources import DeviceEntry, FeedEntry, FieldEntry
from sensors.codecs.moments import Fault, shown
from sensors.codecs.translate import Report, Translator, refusal
from sensors.pollers import texts
from sensors.pollers.ports import Harvest
from sensors.pollers.rain_day import grown

_LISTED: Final = 50
_REMEMBERED: Final = 20_000
"""Rows remembered from the last asking, so that what was answered once is not offered again."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column (or path), and the row as it came."""

    cells: Mapping[str, Any]
    raw: bytes


@dataclass(slots=True)
class _Pass:
    """One reading of all rows."""

    now: datetime
    limit: datetime | None
    slot: datetime
    counters: dict[str, Any]
    found: Harvest = field(default_factory=Harvest)
    newest: dict[str, tuple[datetime, list[str]]] = field(default_factory=dict)
    """Of each station the time of its newest row and what was missing in it."""


class Rows:
    """Reads the rows of one feed."""

    def __init__(self, entry: FeedEntry, zone: tzinfo) -> None:
        self._entry = entry
        self._zone = zone
        if entry.station is not None:
            devices = {entry.station: DeviceEntry(station=entry.station)}
            entry = entry.model_copy(update={"devices": devices})
        self._translator = Translator(entry, strict=False)
        self._origin = f"feed:{entry.id}"

    def harvest(self, rows: Iterable[Row], memory: Mapping[str, Any], now: datetime, limit: datetime | None) -> Harvest:
        """Everything new in these rows."""
        this = _Pass(now, limit, self._slot(now), dict(memory.get("counters", {})))
        found, known = this.found, set(memory.get("rows", ()))
        # A feed without times tells what is now: one answer for each interval, however often it is asked.
        told_already = self._entry.time is None and memory.get("slot") == iso(this.slot)
        marks: dict[str, None] = {}
        for row in rows:
            mark = hashlib.blake2b(row.raw, digest_size=8).hexdigest()
            fresh = not told_already if self._entry.time is None else mark not in known and mark not in marks
            marks[mark] = None
            self._row(row, this, fresh=fresh)
        found.missing = self._missing(this)
        found.unmapped = list(dict.fromkeys(found.unmapped))[:_LISTED]
        found.memory = {"rows": list(marks)[-_REMEMBERED:] if self._entry.time else [], "counters": this.counters}
        if self._entry.time is None:
            found.memory["slot"] = iso(this.slot)
        return found

    def _row(self, row: Row, this: _Pass, *, fresh: bool) -> None:
        found = this.found
        name = self._entry.station or str(row.cells.get(self._entry.device or "") or "").strip()
        station: str | None = None
        try:
            device = self._translator.device([name]) if name else None
            if device is None:
                return
            station = device[1].station
            moment = self._translator.moment(self._at(row, this.slot), this.limit)
            fields = self._fields(row, device[1], moment, this, fresh=fresh)
        except Fault as fault:
            if fault.code == "device_unmapped":
                if self._is_reading(row):
                    found.unmapped.append(shown(name))
            elif fresh:
                found.refusals.append(refusal(fault, row.raw, self._origin, this.now, station))
            return
        if not fresh:
            found.unchanged += 1
        elif fields:
            answer = self._translator.record(
                Report((name,), moment, fields, row.raw), self._origin, this.now, this.limit
            )
            if isinstance(answer, Observation):
                found.observations.append(answer)
            elif answer is not None:
                found.refusals.append(answer)

    def _is_reading(self, row: Row) -> bool:
        """Whether a row of nobody we know is one at all, not a heading or a footnote of a table."""
        if self._entry.time is None:
            return True
        try:
            self._translator.moment(self._at(row, EPOCH))
        except Fault:
            return False
        return True

    def _at(self, row: Row, slot: datetime) -> object:
        """The row's own time; the slot of asking where a feed gives none."""
        if self._entry.time is None:
            return slot
        at = row.cells.get(self._entry.time)
        return texts.moment(at) if isinstance(at, str) else at

    def _slot(self, now: datetime) -> datetime:
        """`now`, down to the interval."""
        step = timedelta(seconds=self._entry.interval_s)
        return EPOCH + (now - EPOCH) // step * step

    def _fields(
        self, row: Row, device: DeviceEntry, at: datetime, this: _Pass, *, fresh: bool
    ) -> list[tuple[str, Any]]:
        fields: list[tuple[str, Any]] = []
        missing: list[str] = []
        for name, entry in self._translator.fields_of(device).items():
            cell = row.cells.get(name)
            value = None if texts.is_missing(cell) else texts.number(entry.target(), cell, self._entry.decimal)
            if value is not None and fresh and entry.counts == "rain_day":
                value = self._grown(entry, device, at, float(value), this.counters)
            if value is None:
                missing.append(entry.target())
            else:
                fields.append((name, value))
        if device.station not in this.newest or at >= this.newest[device.station][0]:
            this.newest[device.station] = (at, missing)
        return fields

    def _grown(
        self, entry: FieldEntry, device: DeviceEntry, at: datetime, total: float, counters: dict[str, Any]
    ) -> float | None:
        place = f"{device.station}/{entry.target()}"
        before = counters.get(place)
        since = (datetime.fromisoformat(before[0]), float(before[1])) if before else None
        if since is not None and at <= since[0]:
            return None
        counters[place] = [iso(at), total]
        longest = timedelta(seconds=2.5 * self._entry.interval_s)
        return grown(since, (at, total), self._entry.rain_day_start_hour, self._zone, longest)

    def _missing(self, this: _Pass) -> list[tuple[str, str]]:
        """What each station's newest row had no value for; everything, of a station that was not told about.

        A file need not tell about every station.
        """
        whole = self._entry.scheme in {"http", "https"}
        found: list[tuple[str, str]] = []
        for device in self._translator.devices.values():
            newest = this.newest.get(device.station)
            every = [entry.target() for entry in self._translator.fields_of(device).values()]
            found += [(device.station, name) for name in ((every if whole else []) if newest is None else newest[1])]
        return found


def dumped(cells: Mapping[str, Any]) -> bytes:
    """A row as bytes to keep, when it had none of its own."""
    return json.dumps(dict(cells), ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
