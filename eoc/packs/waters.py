"""Rivers, reservoirs and dams: what the map draws, and the order in which water passes through a province."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from shapely.geometry.base import BaseGeometry

from eoc.geo import RiverLine
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
    Whole,
)

WaterKind = Literal["river", "reservoir", "dam"]


class WaterProperties(Part):
    """The properties of a feature in `rivers.geojson`, `reservoirs.geojson` or `dams.geojson`."""

    kind: WaterKind
    id: Id
    name: Text | None = None
    schematic: Flag = False
    attribution: Text | None = None
    basis: Text | None = None
    river: Id | None = None
    reservoir: Id | None = None
    order: Whole | None = None
    area_km2: Positive | None = None


@dataclass(frozen=True, slots=True)
class Water:
    """One thing of water on the map."""

    properties: WaterProperties
    geometry: BaseGeometry


class Muskingum(Part):
    """Travel of a flood along a reach: storage = k (x inflow + (1 - x) outflow), k in hours, x without unit.

    Cunge 1969 gives the meaning: k is the time of travel, x from 0 (a lake) to 0.5 (no flattening at all).
    """

    k_h: Positive
    x: Annotated[Number, Field(ge=0, le=0.5)]
    source: Source


class Travel(Part):
    """Hours that released water takes along a reach: the fastest that was ever seen or computed (a kinematic wave at
    high flow), the usual, the slowest. What people are told is the earliest."""

    earliest: Positive
    likely: Positive
    latest: Positive
    source: Source

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.earliest <= self.likely <= self.latest:
            facts = {"earliest": self.earliest, "likely": self.likely, "latest": self.latest}
            raise PydanticCustomError("pack.travel_not_increasing", "not in order", facts)
        return self


class Stretch(Part):
    """A stretch of river between two chainages (kilometres from the head of the line), upstream end first."""

    from_km: NotNegative
    to_km: Positive


class Reach(Stretch):
    """A stretch with what is known about the travel of a flood along it."""

    id: Id
    muskingum: Muskingum | None = None
    travel_h: Travel | None = None
    """None: when released water arrives below cannot be computed."""


class Riverside(Stretch):
    """The stretch along which a commune lies; who has to know when the water comes."""

    area: AreaCode
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 .]{2,19}$")] | None = None
    """The commune's duty line, an office and never a person's own number."""


class RiverEntry(Part):
    """One river of `rivers.yaml`."""

    id: Id
    name: LocalText
    flows_into: Id | None = None
    risk_region: Annotated[int, Field(strict=True, ge=1, le=4)] | None = None
    """Region 1-4 of Decision 18/2021/QĐ-TTg, Article 45; None (not known) means no risk reference at all."""
    risk_region_source: Source | None = None
    reaches: tuple[Reach, ...] = ()
    riverside: tuple[Riverside, ...] = ()


@dataclass(frozen=True, slots=True)
class River:
    """A river the rules can reason about; `line` is None when no single line of it is drawn."""

    entry: RiverEntry
    line: RiverLine | None

    def communes(self, from_km: float, to_km: float) -> tuple[str, ...]:
        """Codes of the communes that touch the stretch, upstream first."""
        touched = [side for side in self.entry.riverside if side.from_km <= to_km and side.to_km >= from_km]
        ordered = sorted(touched, key=lambda side: (side.from_km, side.to_km, side.area))
        return tuple(dict.fromkeys(side.area for side in ordered))

    def travel_h(self, from_km: float, to_km: float) -> float | None:
        """Hours a flood takes between two chainages by the reaches' K; None where a reach has none."""
        total, covered = 0.0, 0.0
        for reach in self.entry.reaches:
            overlap = min(reach.to_km, to_km) - max(reach.from_km, from_km)
            if overlap <= 0:
                continue
            if reach.muskingum is None:
                return None
            total += reach.muskingum.k_h * overlap / (reach.to_km - reach.from_km)
            covered += overlap
        return total if covered >= to_km - from_km - 1e-6 else None
