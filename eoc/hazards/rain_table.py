"""From rain to severity: a province's table of amounts, rain days before, and how prone the commune is.

Sources: the amounts of Decision 18/2021/QĐ-TTg, articles 44 (heavy rain: 50-100 mm in 12 h, 100-200, over 200-400,
over 400 mm in 24 h) and 46 (flash flood and landslide: the same amounts of 24 h together with 1-2 or more than 2 rain
days before and the zone's susceptibility). Only the hydromet service declares the levels of the decree; what the
table of the pack gives is our own operational severity, and every row says where it comes from.

A part of a window may be missing. What is known to have fallen is a lower bound: it reaches an amount all the same
("at least 62 mm, 20 minutes missing"). Only "below" needs the whole window.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eoc.hazards.rain_windows import Amount, Rainfall
from eoc.model import Reason

SUSCEPTIBILITIES = ("low", "medium", "high")
UNKNOWN = "unknown"
"""No entry for the commune: a column of the table of its own, and the case says so."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range of rain the decree names, open above when `below_mm` is None."""

    hours: int
    from_mm: float
    below_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: this much rain in `hours`, after so many rain days, means `levels[susceptibility]`.

    `antecedent_mm` asks for that much antecedent precipitation index instead of, or on top of, rain days.
    """

    hours: int
    at_least_mm: float
    levels: Mapping[str, int]
    previous_rain_days: int = 0
    antecedent_mm: float | None = None

    @property
    def name(self) -> str:
        """What the rule's memory calls it: its content, so that an edited table starts afresh."""
        index = "" if self.antecedent_mm is None else f"_{self.antecedent_mm:g}i"
        return f"{self.hours}h_{self.at_least_mm:g}mm_{self.previous_rain_days}d{index}"


@dataclass(frozen=True, slots=True)
class Antecedent:
    """What counts as wet before: over how many days, from how much on, and how fast it is forgotten."""

    days: int = 3
    rain_day_mm: float = 10.0
    decay: float = 0.85


@dataclass(frozen=True, slots=True)
class Table:
    """A hazard's rows for one place."""

    rows: tuple[Row, ...]
    antecedent: Antecedent
    susceptibility: str | None
    """low, medium, high; None: nobody has said."""

    def level(self, row: Row) -> int:
        """What this row means here; 0 when the table says nothing about places like this."""
        return row.levels.get(self.susceptibility or UNKNOWN, 0)

    def wet_enough(self, row: Row, rain: Rainfall) -> bool:
        """Whether the days before were as wet as the row asks."""
        before = self.antecedent
        if row.previous_rain_days and rain.rain_days(before.rain_day_mm) < row.previous_rain_days:
            return False
        return row.antecedent_mm is None or rain.antecedent(before.decay, before.days).mm >= row.antecedent_mm

    def reached(self, row: Row, rain: Rainfall, confirm_share: float) -> bool:
        """The row's amount has fallen, and not in one record alone.

        Without its heaviest record the window must still hold `confirm_share` of the amount: one wild record
        (a bucket kicked over, a counter that jumped) reaches nothing.
        """
        fallen = rain.windows[row.hours]
        share = row.at_least_mm * confirm_share
        return fallen.mm >= row.at_least_mm and fallen.rest_mm >= share and self.wet_enough(row, rain)

    def now(self, rain: Rainfall, confirm_share: float) -> tuple[int, tuple[Row, ...]]:
        """The severity of this moment alone, without memory, and the rows that give it: for maps of any time."""
        reached = [row for row in self.rows if self.level(row) and self.reached(row, rain, confirm_share)]
        level = max((self.level(row) for row in reached), default=0)
        return level, tuple(row for row in reached if self.level(row) == level)


def band_of(bands: tuple[Band, ...], rain: Rainfall) -> tuple[Band, Amount] | None:
    """The highest band that the rain has reached, by amount and then by the longer window."""
    found = [band for band in bands if band.hours in rain.windows and rain.windows[band.hours].mm >= band.from_mm]
    if not found:
        return None
    highest = max(found, key=lambda band: (band.from_mm, band.hours))
    return highest, rain.windows[highest.hours]


def band_reason(band: Band, fallen: Amount) -> Reason:
    """The band in words: its range, the amount, and "at least" when a part is missing."""
    facts: dict[str, Any] = {"hours": band.hours, "from_mm": band.from_mm, "mm": round(fallen.mm, 1)}
    if band.below_mm is not None:
        facts["below_mm"] = band.below_mm
    if fallen.missing_s:
        facts["missing_min"] = fallen.missing_min
        return Reason("reason.rain_band_partly" if band.below_mm else "reason.rain_band_above_partly", facts)
    return Reason("reason.rain_band" if band.below_mm else "reason.rain_band_above", facts)
