"""Forest fire danger of a commune, day by day: the 13:00 reading, the day's rain, the index, and why there is none.

A commune takes the nearest fire-weather station that has the day's reading. The index P is carried from day to day in
the commune, because the rain that ends it and the table belong to the commune's zone. A day that cannot be computed has
no level; P and the FWI moisture codes are carried over it as they were, and every later day says so until rain ends the
sum: what was missed would have added to it, so P is then a lower bound. Missing is never zero.

Danger opens no case. It is shown, it drafts the ranger service's bulletin, and it decides how much a smoke sensor or a
camera has to show (`eoc.hazards.smoke`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from eoc.hazards import fwi, nesterov
from eoc.hazards.fwi_day_length import DayLengths
from eoc.model import Reason

TEMPERATURE, HUMIDITY, WIND, RAIN = "temperature_c", "humidity_pct", "wind_speed_ms", "rain_mm"
PROPERTIES = (TEMPERATURE, HUMIDITY, WIND, RAIN)

Point = tuple[datetime, float]
"""A good reading: when and how much."""


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """Which sample is the day's, and which rain belongs to it; times of day are local."""

    zone: ZoneInfo
    at: time = time(13)
    tolerance: timedelta = timedelta(hours=1)
    rain_window: timedelta = timedelta(hours=24)
    rain_coverage: float = 0.9

    def moment(self, day: date) -> datetime:
        """When the reading of a day is wanted."""
        return datetime.combine(day, self.at, self.zone)

    def ready(self, day: date) -> datetime:
        """From when on a day's reading can no longer come."""
        return self.moment(day) + self.tolerance


@dataclass(frozen=True, slots=True)
class StationDay:
    """A station's reading of a day; None where there is none. `rain_mm` is what is known to have fallen, at least;
    `rain_whole` tells whether that is all of it."""

    station: str
    temperature_c: float | None = None
    humidity_pct: float | None = None
    wind_speed_ms: float | None = None
    rain_mm: float | None = None
    rain_whole: bool = False

    def missing(self) -> list[str]:
        """What the index lacks, as names of properties."""
        gone = [name for name in (TEMPERATURE, HUMIDITY) if getattr(self, name) is None]
        return gone if self.rain_whole else [*gone, RAIN]


def nearest(points: Sequence[Point], wanted: datetime, tolerance: timedelta) -> float | None:
    """The value of the point nearest in time, the earlier of two equally near; None beyond the tolerance."""
    best = min(points, key=lambda point: (abs(point[0] - wanted), point[0]), default=None)
    return None if best is None or abs(best[0] - wanted) > tolerance else best[1]


def rain_total(
    points: Sequence[Point], until: datetime, window: timedelta, interval: timedelta | None
) -> tuple[float | None, float]:
    """(rain in the window before `until`, share of the window it is known for), from amounts per interval.

    A point says what fell since the one before, but for no longer than the station's interval (its usual distance
    between points where that is not known). No point at all: (None, 0.0).
    """
    begin = until - window
    inside = [point for point in points if begin < point[0] <= until]
    if not inside:
        return None, 0.0
    gaps = [(later[0] - earlier[0]).total_seconds() for earlier, later in pairwise(points)]
    usual_s = interval.total_seconds() if interval else median(gaps) if gaps else 0.0
    covered_s, before = 0.0, begin
    for at, _ in inside:
        covered_s += min((at - before).total_seconds(), usual_s)
        before = at
    return math.fsum(amount for _, amount in inside), min(1.0, covered_s / window.total_seconds())


def station_day(
    station: str, day: date, series: Mapping[str, Sequence[Point]], rule: ReadingRule, interval: timedelta | None = None
) -> StationDay:
    """A station's reading of a day from its series by property (each oldest first)."""
    wanted = rule.moment(day)
    noon = {name: nearest(series.get(name, ()), wanted, rule.tolerance) for name in (TEMPERATURE, HUMIDITY, WIND)}
    rain, share = rain_total(series.get(RAIN, ()), wanted, rule.rain_window, interval)
    return StationDay(
        station, noon[TEMPERATURE], noon[HUMIDITY], noon[WIND], rain, rain is not None and share >= rule.rain_coverage
    )


@dataclass(frozen=True, slots=True)
class Method:
    """How a commune's danger is computed in a month: its zone's table and rain, and the FWI variant."""

    zone: str
    table: nesterov.IndexTable
    reset_mm: float
    formula: nesterov.Formula = "deficit"
    lengths: DayLengths | None = None
    scale: fwi.FfmcScale = fwi.STANDARD


@dataclass(frozen=True, slots=True)
class Danger:
    """A commune's day. `level` is None when it could not be computed; `p` is then what was carried over.

    `missed_days`: days since the sum began that could not be computed. `since`: the first day of the sum, None when it
    began with rain we know of. `moisture` carries the FWI codes to the next day.
    """

    area: str
    day: date
    level: int | None = None
    p: float | None = None
    codes: fwi.Codes | None = None
    moisture: fwi.Moisture | None = None
    station: str | None = None
    distance_km: float | None = None
    table: str | None = None
    table_source: str | None = None
    missed_days: int = 0
    since: date | None = None
    why: Reason | None = None

    @property
    def computed(self) -> bool:
        return self.level is not None


Candidate = tuple[float, StationDay]
"""A station near enough: kilometres and its reading."""


def advance(before: Danger | None, area: str, day: date, near: Sequence[Candidate], method: Method) -> Danger:
    """A commune's danger from that of its last day and the stations near enough (nearest first)."""
    gap = 0 if before is None else (day - before.day).days - 1
    for distance_km, reading in near:
        p = _next_p(before, reading, method)
        if p is not None:
            return _computed(before, area, day, (distance_km, reading), method, p, gap)
    if near:
        missing = ", ".join(near[0][1].missing())
        why = Reason("reason.fire_no_reading", {"station": near[0][1].station, "missing": missing})
    else:
        why = Reason("reason.fire_no_station", {})
    known = before is not None and before.p is not None
    return Danger(
        area,
        day,
        None,
        before.p if before else None,
        None,
        before.moisture if before else None,
        near[0][1].station if near else None,
        near[0][0] if near else None,
        method.table.id,
        method.table.source,
        before.missed_days + gap + 1 if before is not None and known else 0,
        before.since if before else None,
        why,
    )


def _next_p(before: Danger | None, reading: StationDay, method: Method) -> float | None:
    """P of the day; None when too much is missing. Rain that is known to have reached the limit is enough to know."""
    if reading.rain_mm is not None and reading.rain_mm >= method.reset_mm:
        return 0.0
    if reading.temperature_c is None or reading.humidity_pct is None or reading.rain_mm is None:
        return None
    if not reading.rain_whole:
        return None
    added = nesterov.daily(reading.temperature_c, reading.humidity_pct, method.formula)
    carried = before.p if before is not None and before.p is not None else 0.0
    return nesterov.step(carried, added, reading.rain_mm, method.reset_mm)


def _computed(
    before: Danger | None, area: str, day: date, candidate: Candidate, method: Method, p: float, gap: int
) -> Danger:
    distance_km, reading = candidate
    begun = reading.rain_mm is not None and reading.rain_mm >= method.reset_mm
    known = before is not None and before.p is not None
    missed = 0 if begun or before is None else before.missed_days + gap
    since = None if begun else before.since if before is not None and known else day
    codes = _codes(before, day, reading, method)
    carried = before.moisture if before is not None else None
    return Danger(
        area,
        day,
        method.table.level(p),
        p,
        codes,
        codes.moisture if codes is not None else carried,
        reading.station,
        distance_km,
        method.table.id,
        method.table.source,
        missed,
        since,
        _caveat(missed, since),
    )


def _caveat(missed: int, since: date | None) -> Reason | None:
    if missed:
        return Reason("reason.fire_days_missed", {"days": missed})
    if since is not None:
        return Reason("reason.fire_counted_since", {"day": since.isoformat()})
    return None


def _codes(before: Danger | None, day: date, reading: StationDay, method: Method) -> fwi.Codes | None:
    wind = reading.wind_speed_ms
    if method.lengths is None or wind is None or not reading.rain_whole:
        return None
    if reading.temperature_c is None or reading.humidity_pct is None or reading.rain_mm is None:
        return None
    noon = fwi.Noon(reading.temperature_c, reading.humidity_pct, wind * 3.6, reading.rain_mm)
    carried = before.moisture if before is not None and before.moisture is not None else fwi.Moisture()
    return fwi.step(carried, noon, day.month, method.lengths, method.scale)


def official_wins(ours: int | None, official: int | None) -> tuple[int | None, Reason | None]:
    """The level that counts, and the mismatch to show: the official one stands above ours everywhere."""
    if official is None:
        return ours, None
    if ours is None or ours == official:
        return official, None
    return official, Reason("reason.fire_official_differs", {"official": official, "ours": ours})


def facts(danger: Danger) -> dict[str, Any]:
    """The numbers of a day as they are stored with decisions."""
    return {"level": danger.level, "p": None if danger.p is None else round(danger.p, 1), "station": danger.station}
