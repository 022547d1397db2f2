"""`stations.yaml`: where something is measured, what counts as an alarm there, and where that number comes
from."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import (
    AreaCode,
    Flag,
    Id,
    LocalText,
    NotNegative,
    Number,
    Part,
    Positive,
    Source,
    Text,
    Threshold,
    Whole,
)

StationKind = Literal["river", "rain", "fire_weather", "reservoir", "siren"]


class StationThresholds(Part):
    """Alarm levels (báo động 1-3) in metres of the station's own datum; an absent one is not set, so no
    rule."""

    bd1: Number | None = None
    bd2: Number | None = None
    bd3: Number | None = None

    @model_validator(mode="after")
    def _increasing(self) -> Self:
        named = self.named()
        for (lower, lower_m), (upper, upper_m) in pairwise(named):
            if upper_m <= lower_m:
                facts = {"lower": lower, "upper": upper, "lower_m": lower_m, "upper_m": upper_m}
                raise PydanticCustomError("pack.thresholds_not_increasing", "not increasing", facts)
        return self

    def named(self) -> list[tuple[str, float]]:
        """The thresholds that are set, lowest first."""
        pairs = (("bd1", self.bd1), ("bd2", self.bd2), ("bd3", self.bd3))
        return [(name, value) for name, value in pairs if value is not None]


class StationRules(Part):
    """This station's own rule parameters; an absent one is off."""

    min_duration_s: NotNegative | None = None
    hysteresis_m: NotNegative | None = None
    rise_m_per_h: Positive | None = None
    forecast_h: Positive | None = None
    """How far ahead the straight line through the last hour is trusted here."""

    def given(self) -> dict[str, float]:
        """Only the parameters that are set."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class Limits(Part):
    """What a property can plausibly be at this station; outside is a doubt about the device, not an alarm."""

    min: Number | None = None
    max: Number | None = None
    max_step_per_10min: Positive | None = None
    flat_line_s: Annotated[float, Field(strict=True, gt=0, le=129_600)] | None = None
    """How long the same number may be repeated; absent = a quiet river may rest as long as it likes."""


class Interval(Part):
    """How often the device reports, in seconds."""

    normal: Annotated[int, Field(strict=True, gt=0)]
    alarm: Annotated[int, Field(strict=True, gt=0)] | None = None


class ReservoirFacts(Part):
    """The fixed figures of a reservoir. Levels in metres, volume in million m3 (hm3)."""

    order: Whole | None = None
    """Place in the cascade, 1 the highest."""
    normal_level_m: Number | None = None
    dead_level_m: Number | None = None
    crest_level_m: Number | None = None
    """Top of the dam; without it water over the dam is no signal."""
    capacity_hm3: Positive | None = None
    power_mw: Positive | None = None
    outline: Id | None = None
    """Id of the reservoir in `reservoirs.geojson`."""
    dam: Id | None = None
    """Id of the dam in `dams.geojson`."""


class StationEntry(Part):
    """One station. `reference` marks a published gauge shown for its figures only: no device, no watchdog."""

    id: Id
    name: Text
    kind: StationKind
    lon: Number
    lat: Number
    area: AreaCode | None = None
    river: Id | None = None
    chainage_km: NotNegative | None = None
    datum: LocalText | None = None
    thresholds: StationThresholds | None = None
    rules: StationRules | None = None
    sources: dict[str, Source] = Field(default_factory=dict)
    """Field name (bd1, normal_level_m ...) to where its number comes from."""
    people_exposed: dict[Threshold, Whole] = Field(default_factory=dict)
    """People under water when a threshold is reached; absent (not known) raises nothing."""
    demo: Flag = False
    reference: Flag = False
    properties: tuple[Text, ...] = ()
    interval_s: Interval | None = None
    limits: dict[str, Limits] = Field(default_factory=dict)
    reservoir: ReservoirFacts | None = None
    note: LocalText | None = None
