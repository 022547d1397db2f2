"""Flash flood and landslide from a rain gauge: rolling windows, rain days before, susceptibility of the commune.

Two rules of one gauge share these windows: `RainRule.of("flash_flood", ...)` and `RainRule.of("landslide", ...)`, each
with its own table (`eoc.hazards.rain_table` has the sources) and its own memory. `eoc.hazards.binding` binds them to
every station, with the susceptibility of its commune; both read one property, `rain_mm`, or the counter `rain_acc_mm`
at stations whose rules say `rain_from_counter`.

A row of the table is active from the record that reaches it until the window is known to be below it by the
hysteresis; when too much is missing to know, it ends after `hold`. No row comes from one record (see
`Table.reached`). More rain is never milder: every test only ever rises with the amounts.

While a case is open, rain that goes on is told again by the steps of the daily total (as provincial practice has
it: stages of 30, 50 and 100 mm, again every 15 mm in the second, at any rise in the third): the same severity, with
the new amount.

Memory: the wet ten-minute marks and the gaps of the longest window and the days before, at most some hundred pairs,
empty in dry weather. A window in the rule ends with the newest record and begins on a ten-minute mark, so that it is
up to ten minutes short, never long, for gauges that report off the marks. (Screens compute to the second:
`eoc.hazards.rain_windows.at_any_time`.)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, ClassVar

from eoc.hazards.rain_table import UNKNOWN, Antecedent, Row, Table
from eoc.hazards.rain_windows import (
    DAY_S,
    HOUR_S,
    Amount,
    Gauge,
    Rainfall,
    Span,
    Wet,
    day_start,
    pick,
    rainfall,
    second,
)
from eoc.hazards.rule import Assessment, Sample
from eoc.model import Reason, Station

RULE = "rain@1"
RAIN_HAZARDS = ("flash_flood", "landslide")
MARK_S = 600


@dataclass(frozen=True, slots=True)
class Steps:
    """When rain that goes on is told again, by the total of the rain day (which begins at `from_hour` local)."""

    stages_mm: tuple[float, float, float] = (30.0, 50.0, 100.0)
    again_every_mm: float = 15.0
    from_hour: int = 19

    def grade(self, today_mm: float) -> int:
        """Counts every step passed so far: one per stage, one per 15 mm in the second, one per mm in the third."""
        first, second_, third = self.stages_mm
        if today_mm < first:
            return 0
        if today_mm < second_:
            return 1
        within = min(today_mm, third) - second_
        grade = 2 + math.floor(within / self.again_every_mm)
        return grade if today_mm < third else grade + 1 + math.floor(today_mm - third)


@dataclass(frozen=True, slots=True)
class RainParams:
    """The pack's numbers for rain; `rows` by hazard. Without rows for a hazard its rule is off."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    antecedent: Antecedent = Antecedent()
    steps: Steps | None = None
    interval: timedelta = timedelta(minutes=10)
    gap_intervals: float = 1.5
    most_mm_per_10min: float = math.inf
    confirm_share: float = 0.25
    hysteresis_share: float = 0.1
    missing_allowed: timedelta = timedelta(0)
    """How much of a window may be missing and the rain still be called over."""
    hold: timedelta = timedelta(hours=24)
    zone: tzinfo = UTC

    def gauge(self, station: Station) -> Gauge:
        """How this station reports: its own expected interval, its counter."""
        interval_s = station.interval_s
        return Gauge(
            timedelta(seconds=interval_s) if interval_s else self.interval,
            counter=bool(station.rules.get("rain_from_counter")),
            gap_intervals=self.gap_intervals,
            most_mm_per_10min=self.most_mm_per_10min,
        )


@dataclass(frozen=True, slots=True)
class RainState:
    """What one gauge remembers for one hazard. `active`: the rows that hold, and when each was last reached."""

    last: Sample | None = None
    wet: tuple[Wet, ...] = ()
    spans: tuple[Span, ...] = ()
    active: Mapping[str, datetime] = field(default_factory=dict)
    grade: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class RainRule:
    """One gauge and one hazard; see the module."""

    station: Station
    hazard: str
    params: RainParams
    table: Table
    gauge: Gauge
    hours: tuple[int, ...]
    memory_s: int
    look_back: timedelta
    name: ClassVar[str] = RULE
    blank: ClassVar[RainState] = RainState()

    @classmethod
    def of(cls, hazard: str, station: Station, params: RainParams, susceptibility: str | None) -> "RainRule":
        """Bind. `susceptibility`: of the station's commune to this hazard; None when nobody has said."""
        table = Table(params.rows.get(hazard, ()), params.antecedent, susceptibility)
        rows = tuple(row for row in table.rows if table.level(row))
        table = Table(rows, params.antecedent, susceptibility)
        gauge = params.gauge(station)
        hours = tuple(sorted({row.hours for row in rows} | {24}))
        days = max((_days(row, params.antecedent) for row in rows), default=0)
        memory_s = max(hours[-1] * HOUR_S, DAY_S * (days + 1)) + MARK_S
        # Whatever is active now was reached within the hold, and what reached it lies within the memory before that.
        look_back = timedelta(seconds=memory_s + MARK_S) + params.hold + 2 * gauge.patience
        return cls(station, hazard, params, table, gauge, hours, memory_s, look_back)

    @property
    def observed_property(self) -> str:
        return "rain_acc_mm" if self.gauge.counter else "rain_mm"

    @property
    def slot(self) -> str:
        return self.hazard

    def reference(self, state: RainState) -> int | None:  # noqa: ARG002
        """Always None: the levels of the decree also ask for days, extent and terrain that a gauge cannot know."""
        return None

    def forgotten(self, state: RainState) -> RainState:
        """The station's rules changed: what fell stays, every condition starts afresh."""
        return RainState(state.last, state.wet, state.spans)

    def step(self, state: RainState, sample: Sample) -> tuple[RainState, Assessment | None]:
        """Fold in one record, later than all before it."""
        wet, spans = self._remember(state, sample)
        if not wet and not state.active and not any(known_mm for _, _, known_mm in spans):
            return RainState(sample, wet, spans), None
        rain = self._rainfall(wet, spans, sample.at)
        active: dict[str, datetime] = {}
        begun, ended = [], []
        for row in self.table.rows:
            before = state.active.get(row.name)
            if self.table.reached(row, rain, self.params.confirm_share):
                active[row.name] = sample.at
                if before is None:
                    begun.append(row)
            elif before is not None:
                if self._over(row, rain, before, sample.at):
                    ended.append(row)
                else:
                    active[row.name] = before
        level = max((self.table.level(row) for row in self.table.rows if row.name in active), default=0)
        grade = self.params.steps.grade(rain.today.mm) if self.params.steps else 0
        after = RainState(sample, wet, spans, active, grade, level)
        if level != state.level:
            reasons = self._why(begun if level > state.level else ended, rain, rising=level > state.level)
            return after, Assessment(state.level, level, sample.at, reasons, None)
        if level and grade > max(1, state.grade):
            holding = [row for row in self.table.rows if row.name in active and self.table.level(row) == level]
            reasons = (self._more(rain), *self._why(holding, rain, rising=True))
            return after, Assessment(level, level, sample.at, reasons, None)
        return after, None

    def rainfall(self, state: RainState) -> Rainfall | None:
        """The windows as the rule sees them at its last record; None before the first."""
        return None if state.last is None else self._rainfall(state.wet, state.spans, state.last.at)

    def _remember(self, state: RainState, sample: Sample) -> tuple[tuple[Wet, ...], tuple[Span, ...]]:
        picked = pick(self.gauge, state.last, sample)
        horizon = _mark(sample.at) - self.memory_s
        wet = state.wet
        if wet and wet[0][0] <= horizon:
            wet = tuple(each for each in wet if each[0] > horizon)
        if picked.mm > 0:
            mark = _mark(sample.at)
            if wet and wet[-1][0] == mark:
                wet = (*wet[:-1], (mark, wet[-1][1] + picked.mm))
            else:
                wet = (*wet, (mark, picked.mm))
        spans = state.spans
        if picked.spans or (spans and spans[0][0] < horizon):
            spans = tuple(
                (max(since, horizon), until, None if since < horizon else known_mm)
                for since, until, known_mm in (*spans, *picked.spans)
                if until > horizon
            )
        return wet, spans

    def _rainfall(self, wet: tuple[Wet, ...], spans: tuple[Span, ...], at: datetime) -> Rainfall:
        hour = self.params.steps.from_hour if self.params.steps else 0
        day = second(day_start(at.astimezone(self.params.zone), hour))
        days = (self.memory_s - MARK_S) // DAY_S - 1
        return rainfall(wet, spans, at, edge=_mark(at), hours=self.hours, days=days, day=day)

    def _over(self, row: Row, rain: Rainfall, reached_at: datetime, at: datetime) -> bool:
        if at - reached_at > self.params.hold:
            return True
        fallen = rain.windows[row.hours]
        known = fallen.missing_s <= self.params.missing_allowed.total_seconds()
        return known and fallen.mm < row.at_least_mm * (1 - self.params.hysteresis_share)

    def _why(self, rows: list[Row], rain: Rainfall, *, rising: bool) -> tuple[Reason, ...]:
        if not rows:
            return ()
        row = max(rows, key=lambda each: (self.table.level(each), each.at_least_mm))
        fallen = rain.windows[row.hours]
        facts = {**self._facts(fallen), "hours": row.hours, "limit_mm": row.at_least_mm}
        if not rising:
            unsure = fallen.missing_s > self.params.missing_allowed.total_seconds()
            return (Reason("reason.rain_unknown" if unsure else "reason.rain_below", facts),)
        told = [Reason("reason.rain_reached_partly" if fallen.missing_s else "reason.rain_reached", facts)]
        if row.previous_rain_days:
            days = rain.rain_days(self.params.antecedent.rain_day_mm)
            told.append(Reason("reason.rain_days", {"days": days, "rain_day_mm": self.params.antecedent.rain_day_mm}))
        if row.antecedent_mm is not None:
            wet = self.params.antecedent
            index = rain.antecedent(wet.decay, wet.days)
            told.append(Reason("reason.rain_index", {"mm": round(index.mm, 1), "limit_mm": row.antecedent_mm}))
        prone = self.table.susceptibility or UNKNOWN
        told.append(Reason(_PRONE[prone], {"area": self.station.area or "", "hazard": self.hazard}))
        return tuple(told)

    def _more(self, rain: Rainfall) -> Reason:
        steps = self.params.steps or Steps()
        return Reason("reason.rain_more", {**self._facts(rain.today), "hour": steps.from_hour})

    def _facts(self, fallen: Amount) -> dict[str, Any]:
        return {
            "station": self.station.id,
            "station_name": self.station.name,
            "mm": round(fallen.mm, 1),
            "missing_min": fallen.missing_min,
        }


_PRONE = {
    "low": "reason.susceptibility_low",
    "medium": "reason.susceptibility_medium",
    "high": "reason.susceptibility_high",
    UNKNOWN: "reason.susceptibility_unknown",
}


def _days(row: Row, antecedent: Antecedent) -> int:
    return antecedent.days if row.antecedent_mm is not None else row.previous_rain_days


def _mark(at: datetime) -> int:
    """The end of the ten minutes that a record falls into, in seconds since 1970."""
    return math.ceil(second(at) / MARK_S) * MARK_S
