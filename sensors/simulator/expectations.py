"""What must and must not come of a scenario, as its file says it: cases, tickets, flags, checks of releases.

Hours count from the live start. The file speaks of its own seed; for other seeds the truth speaks
(`sensors.simulator.truth`).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import AreaCode, Flag, HazardCode, Id, Level, Number, Part, Text, Threshold, Whole


class ExpectedCase(Part):
    """A case that opens within a window, with the highest level it may and must reach.

    `stations` or `areas`: one of them has to be in its evidence or its place. `allowed`: it may open, nothing is missed
    without it.
    """

    hazard: HazardCode
    stations: tuple[Id, ...] = ()
    areas: tuple[AreaCode, ...] = ()
    from_h: Number
    to_h: Number
    least_level: Level = 1
    most_level: Level = 5
    allowed: Flag = False

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to_h <= self.from_h:
            raise PydanticCustomError("pack.range_inverted", "inverted", {"from": self.from_h, "to": self.to_h})
        return self


class ExpectedFlag(Part):
    """At least `least` readings of a station carry this code of quality control."""

    station: Id
    code: Literal["sentinel", "range", "unit_slip", "rate", "spike", "flat"]
    property: Text | None = None
    least: Whole = 1


class ExpectedTicket(Part):
    """A maintenance ticket of this kind is open for a station by `by_h`."""

    station: Id
    kind: Text
    by_h: Number


class ExpectedRelease(Part):
    """A release notice of a reservoir, and whether it comes later than the pack asks."""

    reservoir: Id
    late: Flag


class Damage(Part):
    """The moment that a warning is for: true water at a station reaches a threshold. Gives the lead time."""

    station: Id
    reaches: Threshold
    hazard: HazardCode = "river_flood"
    """Whose case is the warning."""


class Expect(Part):
    """Everything a scenario demands. Cases that are not listed must not open."""

    cases: tuple[ExpectedCase, ...] = ()
    damage: tuple[Damage, ...] = ()
    flags: tuple[ExpectedFlag, ...] = ()
    tickets: tuple[ExpectedTicket, ...] = ()
    releases: tuple[ExpectedRelease, ...] = ()
    duplicates: Annotated[int, Field(strict=True, ge=0)] = 0
    """Repeated records that must be known as such, at least."""
    refused: Annotated[int, Field(strict=True, ge=0)] = 0
    """Records that belong in quarantine, at least; where nothing is expected nothing may be refused."""
