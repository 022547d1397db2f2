"""The `epidemic` rule of `hazards.yaml`: when counts of a disease are more than to be expected."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import Flag, Id, Level, LocalText, Number, Part, Positive, Source, Whole


class EarsRule(Part):
    """Daily counts: the three methods of the Early Aberration Reporting System (see `eoc.hazards.epidemic`)."""

    methods: tuple[Literal["c1", "c2", "c3"], ...] = ("c1", "c2", "c3")
    baseline_days: Annotated[int, Field(strict=True, ge=3, le=28)] = 7
    fewest_days: Annotated[int, Field(strict=True, ge=3, le=28)] = 5
    """With fewer known days in the baseline the method is silent."""
    deviations: Positive = 3.0
    c3_sum: Positive = 2.0
    least_deviation: Positive
    """The standard deviation counts as at least this: seven days without a case must not make one case an alarm."""
    at_least_poisson: Flag = False
    """It also counts as at least the square root of the mean: seven days are too few to know a small deviation."""
    least_count: Whole = 1
    """Fewer cases than this never alarm, whatever the baseline."""
    confirm_days: Annotated[int, Field(strict=True, ge=1, le=7)] = 1
    """So many known days in a row must alarm, by any method, before the last of them counts for the severity."""
    levels: dict[Literal["c1", "c2", "c3"], Level]
    source: Source

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.fewest_days > self.baseline_days:
            facts = {"from": self.fewest_days, "to": self.baseline_days}
            raise PydanticCustomError("pack.range_inverted", "inverted", facts)
        return self


class ChannelRule(Part):
    """Weekly counts: the endemic channel, from the same weeks of the years before."""

    centre: Literal["mean", "quartile"] = "mean"
    """`mean`: mean and mean + deviations; `quartile`: median and third quartile."""
    years: Annotated[int, Field(strict=True, ge=3, le=10)] = 5
    fewest_years: Annotated[int, Field(strict=True, ge=2, le=10)] = 3
    weeks_either_side: Annotated[int, Field(strict=True, ge=0, le=3)] = 0
    """Also the neighbouring weeks of each year: steadier where counts are small."""
    deviations: Positive = 2.0
    least_deviation: Positive
    least_count: Whole = 1
    confirm_weeks: Annotated[int, Field(strict=True, ge=1, le=8)] = 1
    """So many known weeks in a row must alarm before they count for the severity."""
    levels: dict[Literal["warning", "epidemic"], Level]
    source: Source


class ClusterRule(Part):
    """So many cases in so many days in one area make a cluster; it is over after days without a new case."""

    cases: Annotated[int, Field(strict=True, ge=1)]
    within_days: Annotated[int, Field(strict=True, ge=1, le=60)]
    over_after_days: Annotated[int, Field(strict=True, ge=1, le=120)]
    level: Level
    source: Source


class Disease(Part):
    """A disease that is counted: its name, and what differs for it."""

    id: Id
    name: LocalText
    cluster: ClusterRule | None = None


class Epidemic(Part):
    """The epidemic rules of a province; a part left out is off."""

    version: Whole
    ears: EarsRule | None = None
    channel: ChannelRule | None = None
    diseases: tuple[Disease, ...] = ()
    reopen_window_d: Positive = 14.0
    confirm_quiet: Annotated[int, Field(strict=True, ge=1, le=14)] = 2
    """So many periods in a row without an alarm end the signal."""
    stale_d: Number = 14.0
    """A count whose period ended longer ago opens no case (on the wall clock)."""
