"""A table of daily weather as specialists keep it: CSV in, days in order out, mistakes by line and column."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from eoc.errors import Invalid

RANGES: Mapping[str, tuple[float, float]] = {
    "temperature_c": (-60.0, 60.0),
    "humidity_pct": (0.0, 100.0),
    "wind_speed_kmh": (0.0, 400.0),
    "rain_mm": (0.0, 2000.0),
}
"""What each column may be. Outside it is another unit or a sentinel (-9999), not weather."""


@dataclass(frozen=True, slots=True)
class Row:
    """One day: its line in the file, all its cells as given, and the numbers that were asked for."""

    line: int
    day: date
    given: Mapping[str, str]
    values: Mapping[str, float]


def read_table(text: str, wanted: Sequence[str]) -> list[Row]:
    """Days of a CSV with a `date` column and the wanted ones; others are kept as they are.

    Raises `Invalid`, naming line and column: a column is missing, a cell is empty or no number, out of range, a date is
    not ISO, or the days are not in order. An empty cell is not zero.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, line, wanted)
                continue
            if len(cells) != len(header):
                raise Invalid("invalid.table_cells", line=line, expected=len(header), got=len(cells))
            given = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            rows.append(_row(given, line, wanted, rows[-1] if rows else None))
    except csv.Error as error:
        raise Invalid("invalid.table_syntax", line=reader.line_num, detail=str(error)) from error
    if not rows:
        raise Invalid("invalid.table_empty")
    return rows


def _header(cells: Sequence[str], line: int, wanted: Sequence[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    missing = [name for name in ("date", *wanted) if name not in header]
    if missing:
        raise Invalid("invalid.table_columns", line=line, missing=", ".join(missing))
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise Invalid("invalid.table_repeated", line=line, columns=", ".join(repeated))
    return header


def _row(given: Mapping[str, str], line: int, wanted: Sequence[str], before: Row | None) -> Row:
    try:
        day = date.fromisoformat(given["date"])
    except ValueError as error:
        raise Invalid("invalid.table_date", line=line, column="date", got=given["date"]) from error
    if before is not None and day <= before.day:
        raise Invalid("invalid.table_order", line=line, column="date", got=given["date"], before=before.day.isoformat())
    return Row(line, day, given, {name: _number(given[name], line, name) for name in wanted})


def _number(cell: str, line: int, column: str) -> float:
    if not cell:
        raise Invalid("invalid.table_missing", line=line, column=column)
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid("invalid.table_number", line=line, column=column, got=cell)
    low, high = RANGES[column]
    if not low <= value <= high:
        raise Invalid("invalid.table_range", line=line, column=column, got=cell, low=low, high=high)
    return value
