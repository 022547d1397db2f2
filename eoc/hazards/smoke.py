"""Smoke at a sensor: how much must be seen before it is a case, and how the day's danger decides that.

A sensor's fire weather says what a whiff of smoke is worth. In danger IV-V two smoky readings two minutes apart are
enough; in I-II smoke has to last half an hour. The pack's table `smoke.evidence` holds the numbers: `k` smoky minutes
within `window`, the first and the last at least `hold` apart, so that one burst is not a fire and one gust of clean air
does not hide one. The same table tells cameras how many sources must agree (`evidence_needed`).

Everything is asked for the time of the reading (`FireContext`), so the fold ends the same way however often it is
repeated. What satisfies a stricter row satisfies the milder ones: more danger never asks for more. Smoke where somebody
gave notice of burning counts one level less, never nothing, and says so: field fires run into the forest.

A sign ends when the air has been clean (below `clean_below`) for the row's window; haze between the two limits neither
begins nor ends one.

Memory is bounded by `look_back`: the smoky minutes of the longest window, and when each row was last satisfied; that
counts for `look_back` less one window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from eoc.hazards.fire_book import FireBook, FireContext
from eoc.hazards.rule import Assessment, Sample
from eoc.model import Reason, Station

Kind = Literal["quick", "ordinary", "slow"]
KINDS: tuple[Kind, ...] = ("quick", "ordinary", "slow")
"""Rows from the one that asks for least to the one that asks for most."""

HAZARD = "forest_fire"
SMOKE_RATIO, PM25 = "smoke_ratio", "pm25_ugm3"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the table: how much must be seen, what it is then, how many sources a camera's alarm needs."""

    kind: Kind
    k: int
    window: timedelta
    hold: timedelta
    severity: int
    sources: int = 1


@dataclass(frozen=True, slots=True)
class SmokeLimits:
    """From where a value is smoke, and below which the air is clean again; in the property's unit."""

    smoke_at: float
    clean_below: float


@dataclass(frozen=True, slots=True)
class SmokeParams:
    """The pack's numbers. Without `limits` for a property its rule is off; `kinds` maps a danger level to its row."""

    version: int = 1
    look_back: timedelta = timedelta(hours=12)
    limits: Mapping[str, SmokeLimits] = field(default_factory=dict)
    rows: Mapping[str, Evidence] = field(default_factory=dict)
    kinds: Mapping[int, Kind] = field(default_factory=dict)
    unknown: Kind = "ordinary"
    context: FireContext = field(default_factory=FireBook)

    def kind_at(self, danger: int | None) -> Kind:
        return self.unknown if danger is None else self.kinds.get(danger, self.unknown)


def evidence_needed(danger: int | None, params: SmokeParams) -> Evidence | None:
    """What a camera or a smoke sensor must show in this danger (1-5, None: not known); None when the pack says
    nothing."""
    return params.rows.get(params.kind_at(danger))


@dataclass(frozen=True, slots=True)
class SmokeState:
    """What one sensor remembers: the first smoky reading of each minute, when each row was last satisfied, when the
    air was last not clean again (while a row is satisfied), the severity told."""

    last: Sample | None = None
    smoky: tuple[datetime, ...] = ()
    satisfied: Mapping[str, datetime] = field(default_factory=dict)
    hazy: datetime | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class SmokeRule:
    """One sensor; see the module."""

    station: Station
    observed_property: str
    limits: SmokeLimits
    params: SmokeParams
    rows: tuple[Evidence, ...]
    hazard: ClassVar[str] = HAZARD
    slot: ClassVar[str] = "smoke"
    blank: ClassVar[SmokeState] = SmokeState()

    @classmethod
    def of(cls, station: Station, name: str, params: SmokeParams) -> "SmokeRule | None":
        """The rule of one property; None when the pack does not switch it on. ValueError for a look-back too short."""
        limits = params.limits.get(name)
        rows = tuple(params.rows[kind] for kind in KINDS if kind in params.rows)
        if limits is None or not rows:
            return None
        longest = max(row.window for row in rows)
        if params.look_back < 2 * longest:
            message = f"a look-back of {params.look_back} cannot hold windows of {longest}"
            raise ValueError(message)
        return cls(station, name, limits, params, rows)

    @property
    def name(self) -> str:
        return f"smoke@{self.params.version}"

    @property
    def look_back(self) -> timedelta:
        return self.params.look_back

    def step(self, state: SmokeState, sample: Sample) -> tuple[SmokeState, Assessment | None]:
        """Fold in one sample, later than all before it."""
        smoky = self._smoky(state, sample)
        if not smoky and not state.satisfied and not state.level:
            return SmokeState(sample), None
        hazy = sample.at if sample.value >= self.limits.clean_below else state.hazy
        satisfied = self._satisfied(state, smoky, hazy, sample)
        level, reasons = self._level(satisfied, sample)
        after = SmokeState(sample, smoky, satisfied, hazy if satisfied else None, level)
        if level == state.level:
            return after, None
        onset = smoky[0] if level and smoky else sample.at
        told = reasons if level else (self._reason("reason.smoke_gone", sample),)
        title = Reason("title.smoke", {"station": self.station.id, "station_name": self.station.name})
        return after, Assessment(state.level, level, onset, told, None, title)

    def reference(self, state: SmokeState) -> int | None:  # noqa: ARG002 - the protocol asks with the state
        """Danger I-V is no disaster risk level; the thresholds of the decree's article were not seen."""
        return None

    def forgotten(self, state: SmokeState) -> SmokeState:
        return SmokeState(state.last)

    def _smoky(self, state: SmokeState, sample: Sample) -> tuple[datetime, ...]:
        begin = sample.at - max(row.window for row in self.rows)
        kept = tuple(at for at in state.smoky if at > begin)
        if sample.value < self.limits.smoke_at or (kept and _minute(kept[-1]) == _minute(sample.at)):
            return kept
        return (*kept, sample.at)

    def _satisfied(
        self, state: SmokeState, smoky: Sequence[datetime], hazy: datetime | None, sample: Sample
    ) -> dict[str, datetime]:
        at, smoke = sample.at, sample.value >= self.limits.smoke_at
        found: dict[str, datetime] = {}
        for row in self.rows:
            seen = [each for each in smoky if each > at - row.window]
            if smoke and len(seen) >= row.k and at - seen[0] >= row.hold:
                found[row.kind] = at
            elif row.kind in state.satisfied and hazy is not None and hazy > at - row.window:
                since = state.satisfied[row.kind]
                if at - since <= self.params.look_back - row.window:
                    found[row.kind] = since
        return found

    def _level(self, satisfied: Mapping[str, datetime], sample: Sample) -> tuple[int, tuple[Reason, ...]]:
        danger = self.params.context.danger(self.station.area, sample.at)
        wanted = self.params.kind_at(danger)
        row = self.params.rows.get(wanted)
        enough = [kind for kind in KINDS[KINDS.index(wanted) :] if kind in satisfied]
        if row is None or not enough:
            return 0, ()
        limit = Reason(
            "reason.smoke_seen",
            {**self._facts(sample), "k": row.k, "minutes": int(row.window.total_seconds()) // 60},
        )
        why = (
            Reason("reason.smoke_danger", {"danger": danger})
            if danger is not None
            else Reason("reason.smoke_danger_unknown", {})
        )
        here = self.station
        burning = self.params.context.burning(here.area, here.lon, here.lat, sample.at)
        if burning is None:
            return row.severity, (limit, why)
        notice = Reason("reason.burning_notified", {"burning": burning.id, "area": burning.area})
        return max(1, row.severity - 1), (limit, why, notice)

    def _reason(self, code: str, sample: Sample) -> Reason:
        return Reason(code, self._facts(sample))

    def _facts(self, sample: Sample) -> dict[str, Any]:
        return {
            "station": self.station.id,
            "station_name": self.station.name,
            "property": self.observed_property,
            "value": round(sample.value, 3),
            "limit": self.limits.smoke_at,
        }


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def bind(station: Station, params: SmokeParams | None) -> list[SmokeRule]:
    """The smoke rule of a fire-weather station: it watches the smoke sensor, or the dust sensor of a station whose
    rules say `smoke_from_pm25`. One of them decides, because two would each end what the other still sees."""
    if params is None or station.kind != "fire_weather":
        return []
    rule = SmokeRule.of(station, PM25 if station.rules.get("smoke_from_pm25") else SMOKE_RATIO, params)
    return [] if rule is None else [rule]
