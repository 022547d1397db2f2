"""Reads a tape: a CSV of times and values as gauging services export them, and gives it back as observations.

Columns are found by their names. Ours (`water_level_m` ...), a few everyday ones, and those of the USGS
(`USGS:<site>:00060:00000` is discharge in cubic feet per second, 00065 gage height in feet, 00045 rain in inches,
anything else is not ours) are known; values come out in SI units. Remarks such as `A` or `Ice` are no numbers.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from eoc.clock import iso
from eoc.errors import Invalid
from eoc.model import PHYSICAL_RANGE
from sensors.simulator.emission import Emission

FOOT_M = 0.3048
CUBIC_FOOT_M3 = FOOT_M**3
INCH_MM = 25.4
_TIME_NAMES = frozenset({"time", "ts", "timestamp", "date_time", "datetime", "observed_at", "thoi_gian", "date"})
_UTC_SUFFIX = re.compile(r"[_ ]?\(?(utc|gmt|z)\)?$")
_USGS = re.compile(r"usgs:\d+:(\d{5})(:\d+)?")
_USGS_UNITS: Mapping[str, tuple[str, float]] = {
    "00060": ("discharge_m3s", CUBIC_FOOT_M3),
    "00065": ("water_level_m", FOOT_M),
    "00045": ("rain_mm", INCH_MM),
}
_EVERYDAY: Mapping[str, tuple[str, float]] = {
    "water_level": ("water_level_m", 1.0),
    "level_m": ("water_level_m", 1.0),
    "stage_m": ("water_level_m", 1.0),
    "muc_nuoc_m": ("water_level_m", 1.0),
    "stage_ft": ("water_level_m", FOOT_M),
    "gage_height_ft": ("water_level_m", FOOT_M),
    "discharge_cfs": ("discharge_m3s", CUBIC_FOOT_M3),
    "discharge": ("discharge_m3s", 1.0),
    "luu_luong_m3s": ("discharge_m3s", 1.0),
    "rain": ("rain_mm", 1.0),
    "mua_mm": ("rain_mm", 1.0),
}
_REMARKS = ("qualifier", "quality", "flag", "remark", "status", "approval")


class TapeError(Invalid):
    """A tape that cannot be played at all; `params` name the file, the line and what was looked for."""


@dataclass(frozen=True, slots=True)
class TapeRow:
    """One usable line: when, and what was measured, in SI units by property name."""

    line: int
    at: datetime
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A line, or one column of it, that was left out, and why."""

    line: int
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A value column: its place, what it measures, and the factor to SI."""

    index: int
    header: str
    property: str
    factor: float


@dataclass(slots=True)
class Tape:
    """A tape ready to be read; rows come as they stand in the file, which may be out of order.

    `skipped` and `count` grow while the rows are read.
    """

    path: Path
    station: str
    columns: tuple[Column, ...]
    time_index: int
    zone: tzinfo | None
    count: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)

    def rows(self) -> Iterator[TapeRow]:
        """Every usable line, once; starting again resets the counters. Raises TapeError for a broken file."""
        self.count, self.skipped = 0, []
        for line, cells in _lines(self.path):
            if line == 1 or not any(cell.strip() for cell in cells):
                continue
            row = self._row(line, cells)
            if row is not None:
                self.count += 1
                yield row

    def emissions(self, boot: str | None = None) -> Iterator[Emission]:
        """The rows as messages of the station, numbered from 1."""
        run = boot if boot is not None else self.path.stem
        for seq, row in enumerate(self.rows(), start=1):
            payload = {"ts": iso(row.at), "seq": seq, "boot": run, "data": dict(row.values)}
            yield Emission(row.at, "obs", self.station, payload)

    def _row(self, line: int, cells: list[str]) -> TapeRow | None:
        if len(cells) <= max(self.time_index, *(column.index for column in self.columns)):
            self._skip(line, "tape.too_few_cells", got=len(cells))
            return None
        moment = _moment(cells[self.time_index], self.zone)
        if isinstance(moment, str):
            self._skip(line, moment, got=cells[self.time_index])
            return None
        values = self._values(line, cells)
        return TapeRow(line, moment, values) if values else None

    def _values(self, line: int, cells: list[str]) -> dict[str, float]:
        """The numbers of a line. A remark in one column does not spoil the others; every one is told."""
        values: dict[str, float] = {}
        remarks = 0
        for column in self.columns:
            text = cells[column.index].strip()
            number = _number(text)
            if number is not None:
                values[column.property] = round(number * column.factor, 6)
            elif text:
                remarks += 1
                self._skip(line, "tape.not_a_number", column=column.header, got=text)
        if not values and not remarks:
            self._skip(line, "tape.no_value")
        return values

    def _skip(self, line: int, code: str, **params: Any) -> None:
        self.skipped.append(SkippedRow(line, code, params))


def read_tape(
    path: Path,
    *,
    station: str,
    property: str | None = None,  # noqa: A002 - the word of the contract and of the command line
    assume_zone: tzinfo | None = None,
) -> Tape:
    """Open a tape and find its columns.

    `property` picks one column, or says what the only value column of an unknown name is. `assume_zone` is for times
    without an offset under a header that does not say UTC; without it such rows are left out. Raises TapeError.
    """
    if not path.is_file():
        raise TapeError("tape.not_found", path=str(path))
    _, header = next(_lines(path), (1, []))
    names = [name.strip().lstrip("\ufeff") for name in header]
    time_index = _time_column(names, path)
    zone = UTC if _UTC_SUFFIX.search(names[time_index].casefold()) else assume_zone
    columns = _value_columns(names, time_index, property, path)
    return Tape(path, station, columns, time_index, zone)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every record."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, dialect=_dialect(path))
            for cells in reader:
                yield reader.line_num, cells
    except UnicodeDecodeError as error:
        raise TapeError("tape.bad_encoding", path=str(path), position=error.start) from error
    except csv.Error as error:
        raise TapeError("tape.bad_csv", path=str(path), line=reader.line_num, detail=str(error)) from error


def _dialect(path: Path) -> type[csv.Dialect]:
    with path.open("rb") as file:
        first = file.readline(10_000)

    class Found(csv.excel):
        delimiter = max(",;\t", key=lambda mark: first.count(mark.encode()))

    return Found


def _time_column(names: list[str], path: Path) -> int:
    for index, name in enumerate(names):
        plain = _UTC_SUFFIX.sub("", name.casefold())
        if plain in _TIME_NAMES:
            return index
    raise TapeError("tape.no_time_column", path=str(path), line=1, columns=", ".join(names))


def _value_columns(names: list[str], time_index: int, wanted: str | None, path: Path) -> tuple[Column, ...]:
    known = [column for index, name in enumerate(names) if (column := _known(index, name)) is not None]
    if wanted is None:
        repeated = {column.property for column in known if sum(c.property == column.property for c in known) > 1}
        if repeated:
            facts = {"path": str(path), "line": 1, "properties": ", ".join(sorted(repeated))}
            raise TapeError("tape.column_twice", **facts)
        if known:
            return tuple(known)
        raise TapeError("tape.no_value_column", path=str(path), line=1, columns=", ".join(names))
    if wanted not in PHYSICAL_RANGE:
        raise TapeError("tape.unknown_property", property=wanted, known=", ".join(sorted(PHYSICAL_RANGE)))
    matching = [column for column in known if column.property == wanted]
    if matching:
        return (matching[0],)
    named = {column.index for column in known}
    others = [
        index
        for index, name in enumerate(names)
        if index != time_index and index not in named and not any(word in name.casefold() for word in _REMARKS)
    ]
    if len(others) == 1:
        return (Column(others[0], names[others[0]], wanted, 1.0),)
    facts = {"path": str(path), "line": 1, "property": wanted, "columns": ", ".join(names)}
    raise TapeError("tape.no_such_column", **facts)


def _known(index: int, name: str) -> Column | None:
    plain = name.casefold()
    if any(word in plain for word in _REMARKS):
        return None
    if plain in PHYSICAL_RANGE:
        return Column(index, name, plain, 1.0)
    usgs = _USGS.fullmatch(plain)
    found = _USGS_UNITS.get(usgs[1]) if usgs else _EVERYDAY.get(plain)
    return Column(index, name, found[0], found[1]) if found else None


def _moment(text: str, zone: tzinfo | None) -> datetime | str:
    """The time in UTC, or the code of what is wrong with it."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return "tape.bad_time"
    if moment.tzinfo is None:
        if zone is None:
            return "tape.naive_time"
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return "tape.bad_time"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
