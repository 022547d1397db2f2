"""Features of GeoJSON files as shapes, with every usual mistake of coordinates told apart."""

from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eoc.geo import Bounds, coordinate_fault, widened
from eoc.packs.areas import OutlineProperties
from eoc.packs.findings import Findings, Model, Placed, validate
from eoc.packs.fire import MaskProperties
from eoc.packs.folder import Folder
from eoc.packs.problems import Path
from eoc.packs.waters import WaterProperties

AREA_TYPES = ("Polygon", "MultiPolygon")
WATER_TYPES = {
    "river": ("LineString", "MultiLineString"),
    "reservoir": AREA_TYPES,
    "dam": ("Point",),
}
AREA_MARGIN_DEG = 0.05
"""Outlines may stand out of the pack's box by this much (rounded bounds)."""
WATER_MARGIN_DEG = 3.0
"""Rivers come from elsewhere and go elsewhere; further away than this is a mistake."""


class Shapes:
    """Reads outlines and waters, against the box of the pack when there is one."""

    def __init__(self, findings: Findings, bounds: Bounds | None) -> None:
        self._findings = findings
        self._bounds = bounds

    def outlines(self, folder: Folder, file: str) -> list[tuple[Placed[OutlineProperties], BaseGeometry]]:
        """Outlines of administrative units."""
        found = []
        for index, line, feature in folder.features(file):
            path: Path = ("features", index)
            placed = self._properties(OutlineProperties, feature, file, line, path)
            geometry = self._geometry(feature, file, line, path, AREA_TYPES, AREA_MARGIN_DEG)
            if placed is not None and geometry is not None:
                found.append((placed, geometry))
        return found

    def waters(self, folder: Folder, file: str) -> list[tuple[Placed[WaterProperties], BaseGeometry]]:
        """Rivers, reservoirs and dams."""
        found = []
        for index, line, feature in folder.features(file):
            path: Path = ("features", index)
            placed = self._properties(WaterProperties, feature, file, line, path)
            types = WATER_TYPES[placed.value.kind] if placed else ()
            geometry = self._geometry(feature, file, line, path, types, WATER_MARGIN_DEG)
            if placed is not None and geometry is not None:
                found.append((placed, geometry))
        return found

    def forest_mask(self, folder: Folder, file: str) -> list[tuple[Placed[MaskProperties], BaseGeometry]]:
        """Where forest is, as its user draws it."""
        found = []
        for index, line, feature in folder.features(file):
            path: Path = ("features", index)
            placed = self._properties(MaskProperties, feature, file, line, path)
            geometry = self._geometry(feature, file, line, path, AREA_TYPES, AREA_MARGIN_DEG)
            if placed is not None and geometry is not None:
                found.append((placed, geometry))
        return found

    def _properties(
        self, model: type[Model], feature: dict[str, Any], file: str, line: int, path: Path
    ) -> Placed[Model] | None:
        """The properties that mean something to us; drawing programs add many of their own."""
        given = feature.get("properties")
        known = {key: given[key] for key in model.model_fields if key in given} if isinstance(given, dict) else {}
        return validate(model, known, file, self._findings, path=(*path, "properties"), line=line)

    def _geometry(
        self,
        feature: dict[str, Any],
        file: str,
        line: int,
        path: Path,
        types: tuple[str, ...],
        margin_deg: float,
    ) -> BaseGeometry | None:
        where = (*path, "geometry")
        raw = feature.get("geometry")
        kind = raw.get("type") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or (types and kind not in types):
            expected = "/".join(types) or "geometry"
            self._findings.add(file, "pack.geometry_type", line=line, path=where, expected=expected, got=str(kind))
            return None
        coordinates = raw.get("coordinates")
        if not self._degrees(coordinates, file, line, (*where, "coordinates"), margin_deg):
            return None
        try:
            geometry = shape(raw)
        except (ValueError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
            self._findings.add(file, "pack.geometry_invalid", line=line, path=where, reason=str(error))
            return None
        if geometry.is_empty:
            self._findings.add(file, "pack.geometry_empty", line=line, path=where)
            return None
        if not geometry.is_valid:
            reason = shapely.is_valid_reason(geometry)
            self._findings.add(file, "pack.geometry_invalid", line=line, path=where, reason=reason)
        return geometry

    def _degrees(self, coordinates: Any, file: str, line: int, path: Path, margin_deg: float) -> bool:
        """Whether every position is a plausible pair of degrees; notes each kind of fault once per
        feature."""
        bounds = widened(self._bounds, margin_deg) if self._bounds else None
        told: set[str] = set()
        for position in _positions(coordinates):
            if position is None:
                self._findings.add(file, "pack.coordinates_malformed", line=line, path=path)
                return False
            code = coordinate_fault(*position, bounds)
            if code is not None and code not in told:
                told.add(code)
                lon, lat = position
                self._findings.add(file, code, line=line, path=path, lon=lon, lat=lat)
        return not told


def _positions(coordinates: Any) -> Iterator[tuple[float, float] | None]:
    """Every (lon, lat) of a coordinates member; None where something else stands."""
    pending = [coordinates]
    while pending:
        item = pending.pop()
        if not isinstance(item, list):
            yield None
        elif item and all(isinstance(child, list) for child in item):
            pending.extend(item)
        elif len(item) >= 2 and all(_is_number(number) for number in item):
            yield (float(item[0]), float(item[1]))
        elif item:
            yield None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
