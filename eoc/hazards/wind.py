"""Storm as a wind sensor sees it: the mean wind speed against the forces of the Beaufort scale.

Source of the speeds: the Beaufort scale as the World Meteorological Organization defines it (Manual on Marine
Meteorological Services, WMO-No. 558, and Guide WMO-No. 8): force 6 from 10.8 m/s, 8 from 17.2, 10 from 24.5, 12 from
32.7 m/s of the ten-minute mean; Vietnamese bulletins speak of the same forces ("gió cấp 6, giật cấp 8"). Which force
means what severity is the pack's. One sensor sees a squall, not a storm: bulletins of the hydromet service and calls
open storm cases as well, and the official bulletin stands above this rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from eoc.hazards.latch import OFF, Change, Latch, LatchRule
from eoc.hazards.latch import step as latch_step
from eoc.hazards.rule import Assessment, Sample
from eoc.model import Reason, Station


@dataclass(frozen=True, slots=True)
class Force:
    """From this speed on the wind has this force, which is this grave."""

    at_least_ms: float
    force: int
    level: int


@dataclass(frozen=True, slots=True)
class WindParams:
    """The pack's numbers; `forces` from the lowest."""

    forces: tuple[Force, ...] = ()
    look_back: timedelta = timedelta(hours=24)
    max_gap: timedelta = timedelta(hours=2)
    min_duration: timedelta = timedelta(minutes=10)
    hysteresis_ms: float = 2.0


@dataclass(frozen=True, slots=True)
class WindState:
    """What one sensor remembers: a latch per force, only those with something to remember."""

    last: Sample | None = None
    latches: Mapping[str, Latch] = field(default_factory=dict)
    level: int = 0


@dataclass(frozen=True, slots=True)
class WindRule:
    """One station's wind. Two readings in a row, and `min_duration` of them, before a force counts."""

    name: ClassVar[str] = "wind@1"
    hazard: ClassVar[str] = "storm"
    slot: ClassVar[str] = "storm"
    observed_property: ClassVar[str] = "wind_speed_ms"
    blank: ClassVar[WindState] = WindState()

    station: Station
    params: WindParams
    latch_rule: LatchRule

    @classmethod
    def of(cls, station: Station, params: WindParams) -> "WindRule":
        """Bind. ValueError when the durations contradict the look-back."""
        rule = LatchRule.within(params.look_back, min_duration=params.min_duration, max_gap=params.max_gap)
        return cls(station, params, rule)

    @property
    def look_back(self) -> timedelta:
        return self.params.look_back

    def reference(self, state: WindState) -> int | None:  # noqa: ARG002
        """Always None: a storm's risk level is the bulletin's."""
        return None

    def forgotten(self, state: WindState) -> WindState:
        return WindState(last=state.last)

    def step(self, state: WindState, sample: Sample) -> tuple[WindState, Assessment | None]:
        """Fold in one reading, later than all before it."""
        previous_at = state.last.at if state.last else None
        latches: dict[str, Latch] = {}
        changes: list[tuple[Force, Change]] = []
        level = 0
        for force in self.params.forces:
            on = sample.value >= force.at_least_ms
            known = state.latches.get(str(force.force))
            if known is None and not on:
                continue
            off = sample.value < force.at_least_ms - self.params.hysteresis_ms
            latch, change = latch_step(
                known or OFF, self.latch_rule, on=on, off=off, previous_at=previous_at, at=sample.at
            )
            if latch != OFF:
                latches[str(force.force)] = latch
            if latch.active:
                level = max(level, force.level)
            if change is not None:
                changes.append((force, change))
        after = WindState(sample, latches, level)
        if level == state.level:
            return after, None
        rising = level > state.level
        decisive = [each for each in changes if each[1].active == rising]
        force, change = max(decisive, key=lambda each: each[0].level)
        return after, Assessment(state.level, level, change.since, (self._reason(force, change, sample),))

    def _reason(self, force: Force, change: Change, sample: Sample) -> Reason:
        facts: dict[str, Any] = {
            "station": self.station.id,
            "station_name": self.station.name,
            "value_ms": round(sample.value, 1),
            "force": force.force,
            "limit_ms": force.at_least_ms,
        }
        return Reason("reason.wind_at_or_above" if change.active else "reason.wind_below", facts)
