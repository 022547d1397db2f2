"""The release of water from a dam in the province's own numbers: notice, severity, deadlines of communes, checks.

Every part may be left out. No severities: a notice opens no case. No deadlines: nobody is called automatically. A check
that is absent is off.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import Id, Level, NotNegative, Number, Part, Positive, Source

ReleaseStep = Literal["received", "hamlets_told", "bank_clear"]
STEPS: tuple[ReleaseStep, ...] = ("received", "hamlets_told", "bank_clear")
"""What a commune answers, in its order: the word has come, every riverside hamlet knows, nobody is at the water."""


class DischargeSeverity(Part):
    """From this discharge (turbines and spillway together, m3/s) on, a release is this grave."""

    from_m3s: Positive
    severity: Level


class ReleaseSeverity(Part):
    """Operational severity of an announced release; the largest line that applies counts."""

    notice: Level
    """Any release that is announced."""
    discharge: tuple[DischargeSeverity, ...] = ()
    late: Level | None = None
    """A notice that came later than the rule asks is at least this grave."""
    source: Source

    @model_validator(mode="after")
    def _never_milder(self) -> Self:
        rows = [("notice", 0.0, self.notice), *((f"{d.from_m3s:g}", d.from_m3s, d.severity) for d in self.discharge)]
        for (lower, low_m3s, low), (upper, high_m3s, high) in pairwise(rows):
            if high < low or high_m3s <= low_m3s:
                facts = {"lower": lower, "upper": upper}
                raise PydanticCustomError("pack.severity_not_increasing", "milder above", facts)
        return self


class StepDeadline(Part):
    """By when a commune should have taken a step; later, somebody telephones.

    `before_arrival_min` counts back from the earliest arrival of the water; where no arrival can be computed,
    `after_notice_min` counts from the notice.
    """

    step: ReleaseStep
    before_arrival_min: NotNegative
    after_notice_min: NotNegative


class Unannounced(Part):
    """Water over the spillway that no notice covers."""

    spill_from_m3s: Positive
    """Less than this is leakage or a rounding."""
    for_min: NotNegative
    early_min: NotNegative = 0.0
    """Gates that move this much before or after the announced times still follow the notice."""
    severity: Level
    source: Source


class AboveNotice(Part):
    """More water than announced, by more than `tolerance_share` of the notice."""

    for_min: NotNegative
    severity: Level
    source: Source


class NotSeen(Part):
    """A notice after which nothing was released."""

    after_min: Positive
    """So long after the planned time."""
    severity: Level = 0
    source: Source


class SuddenRise(Part):
    """Discharge below the dam that grows too fast; Decision 1895/QĐ-TTg (2019): no sudden abnormal flow downstream."""

    rise_m3s: Positive
    """Total discharge grows by this much ..."""
    within_min: Positive
    """... within so many minutes."""
    severity: Level
    source: Source


class NearFull(Part):
    """A lake close to its normal level while the inflow grows: a release is near, announced or not."""

    margin_m: NotNegative
    """So close below the normal level counts as near."""
    trend_min: Positive
    """The inflow is compared with that of so many minutes ago."""
    inflow_rise_share: Positive
    """It has grown by at least this share."""
    for_min: NotNegative
    severity: Level
    source: Source


class SumDiffers(Part):
    """The reported total is not turbines plus spillway: one of the three numbers is wrong."""

    tolerance_share: Annotated[Number, Field(gt=0, lt=1)]
    for_min: NotNegative
    source: Source


class ReservoirChecks(Part):
    """What is watched at every reservoir; an absent check is off."""

    unannounced: Unannounced | None = None
    above_notice: AboveNotice | None = None
    not_seen: NotSeen | None = None
    sudden_rise: SuddenRise | None = None
    near_full: NearFull | None = None
    sum_differs: SumDiffers | None = None


class DamRelease(Part):
    """What is asked of a release notice and of everyone who hears it."""

    notice_hours_min: Positive
    """How long before a gate opens its notice must have come."""
    tolerance_share: Annotated[float, Field(strict=True, gt=0, lt=1)]
    source: Source
    round_down_min: Annotated[int, Field(strict=True, ge=1, le=60)] = 5
    """Arrival times that people are told are rounded down to this many minutes."""
    holds_from_hm3: Positive | None = None
    """A reservoir downstream with at least this capacity holds a release back, unless it is full: what goes on below
    it is its own owner's decision. None: every reservoir downstream ends the clock."""
    severity: ReleaseSeverity | None = None
    deadlines: tuple[StepDeadline, ...] = ()
    call_after_min: NotNegative = 10.0
    """Nobody is called sooner after the notice than this, unless the water is there before."""
    deadlines_source: Source | None = None
    parties: tuple[Id, ...] = ()
    """Bodies to be told beside the dam owners and the neighbouring provinces."""
    checks: ReservoirChecks = ReservoirChecks()

    @model_validator(mode="after")
    def _once(self) -> Self:
        named = [each.step for each in self.deadlines]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise PydanticCustomError("pack.step_twice", "twice", {"step": twice})
        return self
