"""What the engine knows about its province: parameters from the pack and names for titles."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eoc.correlation import CorrelationParams
from eoc.hazards.river_flood import FloodParams
from eoc.model import Signal, Station


@dataclass(frozen=True, slots=True)
class World:
    """Static facts of the pack in force; a new pack means a new World."""

    flood: FloodParams = FloodParams()
    correlation: CorrelationParams = CorrelationParams()
    river_names: Mapping[str, str] = field(default_factory=dict)
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def neighbours_of(self, area: str) -> frozenset[str]:
        return self.neighbours.get(area, frozenset())

    def title(self, signal: Signal, station: Station) -> dict[str, object]:
        """`{code, params}` for the case: the river if it has a name, the station, the highest condition."""
        conditions = [str(each.params["threshold"]) for each in signal.reasons if "threshold" in each.params]
        named = [each for each in conditions if each in {"bd1", "bd2", "bd3", "above_bd3"}]
        river = self.river_names.get(station.river or "", "")
        facts: dict[str, object] = {"station": station.id, "station_name": station.name, "river": river}
        over = [each for each in signal.reasons if each.code == "reason.level_at_or_above"]
        if over and named:
            highest = max(str(each.params["threshold"]) for each in over if each.params["threshold"] != "above_bd3")
            if any(each.params["threshold"] == "above_bd3" for each in over):
                highest = "bd3"
            code = "title.flood_river" if river else "title.flood_station"
            return {"code": code, "params": {**facts, "alarm": f"BĐ{highest[-1]}"}}
        return {"code": "title.rising_river" if river else "title.rising_station", "params": facts}
