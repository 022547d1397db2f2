"""The `rain` rule of `hazards.yaml`, and `susceptibility.csv`: what how much rain means where."""

from collections import defaultdict
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import AreaCode, Level, NotNegative, Number, Part, Positive, Source, Text, Whole

Hours = Literal[1, 3, 6, 12, 24, 48, 72]
Susceptibility = Literal["low", "medium", "high"]
Share = Annotated[Number, Field(ge=0, lt=1)]
RainHazard = Literal["flash_flood", "landslide"]


class RainBand(Part):
    """A range of rain that the decree names; open above without `below_mm`."""

    hours: Hours
    from_mm: Positive
    below_mm: Positive | None = None
    source: Source

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.below_mm is not None and self.below_mm <= self.from_mm:
            facts = {"from": self.from_mm, "to": self.below_mm}
            raise PydanticCustomError("pack.range_inverted", "inverted", facts)
        return self


class RainRow(Part):
    """This much rain in `hours`, after so many rain days or that much antecedent index, gives these severities.

    `levels` by susceptibility of the commune; `unknown` is for communes that `susceptibility.csv` does not name. A
    column left out gives nothing there.
    """

    hours: Hours
    at_least_mm: Positive
    previous_rain_days: Annotated[int, Field(strict=True, ge=0, le=7)] = 0
    antecedent_mm: Positive | None = None
    levels: dict[Literal["low", "medium", "high", "unknown"], Level]
    source: Source

    @model_validator(mode="after")
    def _prone_is_never_milder(self) -> Self:
        given = [(name, self.levels[name]) for name in ("low", "medium", "high") if name in self.levels]
        for (lower, low), (upper, high) in pairwise(given):
            if high < low:
                raise PydanticCustomError("pack.severity_not_increasing", "milder", {"lower": lower, "upper": upper})
        return self


class AntecedentRain(Part):
    """The days before: how many are looked at, what a rain day is, how fast the index forgets (per day)."""

    days: Annotated[int, Field(strict=True, ge=1, le=7)]
    rain_day_mm: Positive
    decay: Annotated[Number, Field(gt=0, le=1)]
    source: Source


class TellAgain(Part):
    """Stages of the daily total; the second is told again every so many mm, the third at any rise."""

    stages_mm: tuple[Positive, Positive, Positive]
    again_every_mm: Positive
    source: Source

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for low, high in pairwise(self.stages_mm):
            if high <= low:
                raise PydanticCustomError("pack.range_inverted", "inverted", {"from": low, "to": high})
        return self


class Rain(Part):
    """The rain rules of a province. A hazard without rows is off; the windows are computed all the same."""

    version: Whole
    interval_s: Positive
    """How often a gauge reports that does not say so itself."""
    gap_intervals: Annotated[Number, Field(ge=1)] = 1.5
    """After so many intervals without a record, the time counts as missing."""
    most_mm_per_10min: Positive | None = None
    confirm_share: Share
    """Without its heaviest record a window must still hold this share of the amount."""
    hysteresis_share: Share
    missing_allowed_min: NotNegative = 0.0
    """So much of a window may be missing and the rain still be called over."""
    hold_h: Positive
    validity_h: Positive
    reopen_window_h: Positive
    rain_day_start_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = 19
    nearby_km: Positive = 15.0
    """Two gauges this near, or in communes that touch, tell of one event."""
    bands: tuple[RainBand, ...] = ()
    antecedent: AntecedentRain
    tell_again: TellAgain | None = None
    flash_flood: tuple[RainRow, ...] = ()
    landslide: tuple[RainRow, ...] = ()

    @model_validator(mode="after")
    def _more_is_never_milder(self) -> Self:
        for rows in (self.flash_flood, self.landslide):
            ladders: dict[tuple[int, int, float, str], list[tuple[float, int]]] = defaultdict(list)
            for row in rows:
                for place, level in row.levels.items():
                    ladder = (row.hours, row.previous_rain_days, row.antecedent_mm or 0.0, place)
                    ladders[ladder].append((row.at_least_mm, level))
            for steps in ladders.values():
                for (less, low), (more, high) in pairwise(sorted(steps)):
                    if high < low:
                        facts = {"lower": f"{less:g} mm", "upper": f"{more:g} mm"}
                        raise PydanticCustomError("pack.severity_not_increasing", "milder", facts)
        return self


class SusceptibilityRow(Part):
    """One line of `susceptibility.csv`: how prone a commune is to a hazard, and who says so."""

    area: AreaCode
    hazard: RainHazard
    susceptibility: Susceptibility
    source: Source
    note: Text | None = None
