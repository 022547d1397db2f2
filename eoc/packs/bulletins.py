"""The `bulletins` rule of `hazards.yaml`: which official bulletins open a case of their own, and how grave it is."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import HazardCode, Level, Part, Source


class BulletinRule(Part):
    """A bulletin of this hazard, while in force, is a case: its official level 1-5 to our severity.

    `without_level`: the severity of a bulletin that names no level; absent, such a one opens nothing.
    """

    hazard: HazardCode
    by_level: dict[Annotated[int, Field(ge=1, le=5)], Level]
    without_level: Level | None = None
    source: Source

    @model_validator(mode="after")
    def _never_milder(self) -> Self:
        for (lower, low), (upper, high) in pairwise(sorted(self.by_level.items())):
            if high < low:
                facts = {"lower": str(lower), "upper": str(upper)}
                raise PydanticCustomError("pack.severity_not_increasing", "milder", facts)
        return self
