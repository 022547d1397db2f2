"""What the engine knows about its province: parameters from the pack and names for titles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from eoc.correlation import CorrelationParams
from eoc.hazards.binding import HazardParams
from eoc.model import Signal


@dataclass(frozen=True, slots=True)
class CaseLife:
    """How long a hazard's news is news (`validity`, on the wall clock) and how long a case that stood down attracts."""

    validity: timedelta = timedelta(hours=6)
    reopen_window: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class World:
    """Static facts of the pack in force; a new pack means a new World.

    `lives` and `reaches` are by hazard; what they do not name has the default.
    """

    hazards: HazardParams = field(default_factory=HazardParams)
    lives: Mapping[str, CaseLife] = field(default_factory=dict)
    reaches: Mapping[str, CorrelationParams] = field(default_factory=dict)
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)

    def life(self, hazard: str) -> CaseLife:
        return self.lives.get(hazard, _LIFE)

    def reach(self, hazard: str) -> CorrelationParams:
        return self.reaches.get(hazard, _REACH)

    def neighbours_of(self, area: str) -> frozenset[str]:
        return self.neighbours.get(area, frozenset())

    def lineage(self, area: str | None) -> frozenset[str]:
        """A unit and everything above it; empty for a place nobody knows."""
        found: list[str] = []
        while area is not None and area not in found:
            found.append(area)
            area = self.parents.get(area)
        return frozenset(found)


_LIFE = CaseLife()
_REACH = CorrelationParams()


def title_of(signal: Signal) -> dict[str, object]:
    """`{code, params}` for the case: what the rule calls it, else the hazard and the place."""
    if signal.title is not None:
        return signal.title.as_json()
    facts = {"hazard": signal.hazard, "place": signal.place.name, "area": signal.place.area or ""}
    code = f"title.{signal.hazard}" if signal.hazard in _TITLED else "title.other"
    return {"code": code, "params": facts}


_TITLED = frozenset(
    {
        "river_flood",
        "flash_flood",
        "dam_release",
        "dam_failure",
        "forest_fire",
        "storm",
        "landslide",
        "epidemic",
    }
)
