"""A dam that may be failing: critical at once, whatever the report is; never a threshold of our own making.

Two ways lead to such a case. People: a call, a report of seepage, cracks or sounds, a bulletin - a case of this
hazard is opened at the pack's severity (the highest) from the first word, see `opening_level`. And the lake's level:
water at or above the crest of the dam (`crest_level_m` of the reservoir, from the operator) runs over it, which an
earth dam does not survive for long (ICOLD Bulletin 99, Dam failures, statistical analysis, 1995: overtopping is the
most frequent cause). Two readings in a row, as everywhere; a reservoir without that figure has no level signal.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from eoc.hazards.latch import OFF, Latch, LatchRule
from eoc.hazards.latch import step as latch_step
from eoc.hazards.rule import Assessment, Sample
from eoc.model import Reason, Station

HAZARD = "dam_failure"
CREST = "crest_level_m"


@dataclass(frozen=True, slots=True)
class DamFailureParams:
    """The pack's numbers: how grave, and how two level readings become a fact."""

    severity: int = 5
    look_back: timedelta = timedelta(hours=24)
    max_gap: timedelta = timedelta(hours=2)
    min_duration: timedelta = timedelta(0)
    hysteresis_m: float = 0.1


@dataclass(frozen=True, slots=True)
class DamFailureState:
    last: Sample | None = None
    latch: Latch = OFF
    level: int = 0


@dataclass(frozen=True, slots=True)
class DamFailureRule:
    """Water over the crest of one dam."""

    name: ClassVar[str] = "dam_failure@1"
    hazard: ClassVar[str] = HAZARD
    slot: ClassVar[str] = HAZARD
    observed_property: ClassVar[str] = "htl"
    blank: ClassVar[DamFailureState] = DamFailureState()

    station: Station
    params: DamFailureParams
    latch_rule: LatchRule
    crest_m: float

    @classmethod
    def of(cls, station: Station, params: DamFailureParams) -> "DamFailureRule | None":
        """Bind; None for a station without a crest level. ValueError when durations contradict the look-back."""
        crest_m = station.facts.get(CREST)
        if crest_m is None:
            return None
        rule = LatchRule.within(params.look_back, min_duration=params.min_duration, max_gap=params.max_gap)
        return cls(station, params, rule, crest_m)

    @property
    def look_back(self) -> timedelta:
        return self.params.look_back

    def reference(self, state: DamFailureState) -> int | None:  # noqa: ARG002
        """Always None: the decree has no level for a dam's own failure."""
        return None

    def forgotten(self, state: DamFailureState) -> DamFailureState:
        return DamFailureState(last=state.last)

    def step(self, state: DamFailureState, sample: Sample) -> tuple[DamFailureState, Assessment | None]:
        """Fold in one level reading, later than all before it."""
        latch, change = latch_step(
            state.latch,
            self.latch_rule,
            on=sample.value >= self.crest_m,
            off=sample.value < self.crest_m - self.params.hysteresis_m,
            previous_at=state.last.at if state.last else None,
            at=sample.at,
        )
        level = self.params.severity if latch.active else 0
        after = DamFailureState(sample, latch, level)
        if change is None:
            return after, None
        code = "reason.over_the_crest" if change.active else "reason.below_the_crest"
        facts = {
            "station": self.station.id,
            "station_name": self.station.name,
            "value_m": round(sample.value, 2),
            "crest_m": self.crest_m,
        }
        return after, Assessment(state.level, level, change.since, (Reason(code, facts),))


def opening_level(hazard: str, given: int, severity: int | None) -> int:
    """The severity a person's new case begins with: for this hazard at least the pack's, critical at once."""
    return max(given, severity) if hazard == HAZARD and severity is not None else given
