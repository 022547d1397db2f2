"""`areas.csv` and the outlines: administrative units as dated data, so that a merger of provinces is an
edit."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import field_validator
from shapely.geometry.base import BaseGeometry

from eoc.geo import LonLat
from eoc.packs.names import search_key
from eoc.packs.parts import AreaCode, Dated, Day, Flag, Number, Part, Text

AreaKind = Literal["province", "district", "commune"]


class AreaRow(Dated):
    """One line of `areas.csv`.

    A code alone does not name a unit: after the merger of 1 July 2025 codes were given again to larger
    units. The pair of code and day does. `merged_into` is the code of the unit that took over on the day
    after `valid_to`.
    """

    code: AreaCode
    name: Text
    kind: AreaKind
    parent: AreaCode | None = None
    merged_into: AreaCode | None = None


class OutlineProperties(Part):
    """The properties of a feature in `communes.geojson`, `districts.geojson` or a file of the user."""

    code: AreaCode
    name: Text | None = None
    kind: AreaKind | None = None
    parent: AreaCode | None = None
    schematic: Flag = False
    label: tuple[Number, Number] | None = None
    valid_from: Day | None = None

    @field_validator("label", mode="before")
    @classmethod
    def _pair(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative unit; without an outline it exists in lists but not on the map."""

    code: str
    name: str
    kind: AreaKind
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    merged_into: str | None = None
    outline: BaseGeometry | None = None
    schematic: bool = False
    label: LonLat | None = None

    @property
    def key(self) -> str:
        """For search: the name without marks and case."""
        return search_key(self.name)

    def in_force(self, day: date) -> bool:
        """Whether the unit exists on this day."""
        after_start = self.valid_from is None or self.valid_from <= day
        return after_start and (self.valid_to is None or day <= self.valid_to)
