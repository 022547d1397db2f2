"""The `wind` and `dam_failure` rules of `hazards.yaml`."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import Level, NotNegative, Part, Positive, Source, Whole


class WindRow(Part):
    """From this wind speed on: the force on the Beaufort scale it is called, and our severity."""

    at_least_ms: Positive
    force: Annotated[int, Field(strict=True, ge=1, le=17)]
    level: Level
    source: Source


class Wind(Part):
    """Storm seen by a wind sensor; the official bulletin stands above it."""

    version: Whole
    look_back_h: Positive
    max_gap_s: Positive
    min_duration_s: NotNegative = 0.0
    hysteresis_ms: NotNegative
    validity_h: Positive
    reopen_window_h: Positive
    nearby_km: Positive = 30.0
    rows: tuple[WindRow, ...]

    @model_validator(mode="after")
    def _more_is_never_milder(self) -> Self:
        for low, high in pairwise(self.rows):
            if high.at_least_ms <= low.at_least_ms:
                facts = {"from": low.at_least_ms, "to": high.at_least_ms}
                raise PydanticCustomError("pack.range_inverted", "inverted", facts)
            if high.level < low.level:
                rows = {"lower": f"{low.at_least_ms:g} m/s", "upper": f"{high.at_least_ms:g} m/s"}
                raise PydanticCustomError("pack.severity_not_increasing", "milder", rows)
        return self


class DamFailure(Part):
    """A dam that may be failing is critical at once: the severity of a case, however it was reported.

    The level signal (`htl` at or above the reservoir's `crest_level_m`) works only where that figure is given.
    """

    version: Whole
    severity: Level
    look_back_h: Positive = 24.0
    max_gap_s: Positive = 7200.0
    min_duration_s: NotNegative = 0.0
    hysteresis_m: NotNegative = 0.1
    validity_h: Positive = 6.0
    reopen_window_h: Positive = 48.0
    source: Source
