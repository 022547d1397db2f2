"""Areas of the pack as the API and the map need them, built once per day."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from shapely.geometry import mapping

from eoc.packs import Area, Pack


class Places:
    """Names, outlines and look-ups of the administrative units in force."""

    def __init__(self, pack: Pack, now: datetime) -> None:
        self._pack = pack
        self._areas = {area.code: area for area in pack.areas_at(now)}
        self._index = pack.area_index(now)
        self._features = lru_cache(maxsize=8)(self._build_features)

    def area_name(self, code: str | None) -> str | None:
        area = self._areas.get(code or "")
        return None if area is None else area.name

    def known(self, code: str) -> bool:
        return code in self._areas

    def at(self, lon: float, lat: float) -> str | None:
        """The commune a point lies in."""
        return self._index.at(lon, lat)

    def below(self, code: str) -> list[str]:
        """The unit itself and everything under it: a district stands for its communes."""
        found, queue = [], [code]
        while queue:
            current = queue.pop()
            found.append(current)
            queue += [area.code for area in self._areas.values() if area.parent == current]
        return found

    def features(self, kind: str | None) -> list[dict[str, Any]]:
        """GeoJSON features without live figures; geometry null where the pack has no outline."""
        return self._features(kind)

    def _build_features(self, kind: str | None) -> list[dict[str, Any]]:
        return [self._feature(area) for area in self._areas.values() if kind is None or area.kind == kind]

    def _feature(self, area: Area) -> dict[str, Any]:
        properties = {
            "code": area.code,
            "name": area.name,
            "kind": area.kind,
            "parent": area.parent,
            "schematic": area.schematic,
            "label": list(area.label) if area.label else None,
            "valid_from": area.valid_from.isoformat() if area.valid_from else None,
            "valid_to": area.valid_to.isoformat() if area.valid_to else None,
        }
        geometry = mapping(area.outline) if area.outline is not None else None
        return {"type": "Feature", "geometry": geometry, "properties": properties}

    def waters(self) -> list[dict[str, Any]]:
        """Rivers, reservoirs and dams as GeoJSON features."""
        return [
            {
                "type": "Feature",
                "geometry": mapping(water.geometry),
                "properties": water.properties.model_dump(exclude_none=True),
            }
            for water in self._pack.waters
        ]
