"""Geometry the rules need, pure: distance, point in area, neighbours, and kilometres along a river.

Coordinates are WGS 84 degrees, always (longitude, latitude). Distances are kilometres on a sphere; the error
against the ellipsoid stays below 0.6 %, far below that of a hand-drawn river line.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

_Thing = TypeVar("_Thing")

LonLat = tuple[float, float]
Bounds = tuple[float, float, float, float]
"""(west, south, east, north) in degrees; a box across the 180th meridian is not supported."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

_KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180.0
_PROJECTED_BEYOND = 1000.0
"""Both numbers above this are metres of some projection (VN-2000, UTM), never degrees."""


def haversine_km(a: LonLat, b: LonLat) -> float:
    """Great-circle distance between two points, in kilometres."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    half_lat = math.sin((lat_b - lat_a) / 2) ** 2
    half_lon = math.sin((lon_b - lon_a) / 2) ** 2
    chord = half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lon
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def contains(bounds: Bounds, point: LonLat) -> bool:
    """Whether the point lies in the box, its edge included."""
    west, south, east, north = bounds
    return west <= point[0] <= east and south <= point[1] <= north


def bounds_of(points: Iterable[LonLat]) -> Bounds:
    """The smallest box around the points. Raises ValueError when there is none."""
    lons, lats = zip(*points, strict=True)
    return (min(lons), min(lats), max(lons), max(lats))


def widened(bounds: Bounds, degrees: float) -> Bounds:
    """The box, larger by `degrees` on each side."""
    west, south, east, north = bounds
    return (west - degrees, south - degrees, east + degrees, north + degrees)


def coordinate_fault(lon: float, lat: float, bounds: Bounds | None = None) -> str | None:
    """What is wrong with a coordinate pair, as a message code; None when nothing is.

    Tells the usual mistakes apart, because each has its own remedy: numbers that are no numbers, metres of a
    projected system (VN-2000), latitude and longitude exchanged, the (0, 0) of an empty form, and a plain
    point elsewhere. `bounds` is the box the point should lie in.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return "geo.not_finite"
    if abs(lon) > _PROJECTED_BEYOND and abs(lat) > _PROJECTED_BEYOND:
        return "geo.projected"
    if lon == 0 and lat == 0:
        return "geo.null_island"
    in_range = abs(lon) <= 180 and abs(lat) <= 90
    if bounds is not None and not contains(bounds, (lon, lat)) and contains(bounds, (lat, lon)):
        return "geo.swapped"
    if not in_range:
        return "geo.swapped" if abs(lat) <= 180 and abs(lon) <= 90 else "geo.out_of_range"
    if bounds is not None and not contains(bounds, (lon, lat)):
        return "geo.outside_bounds"
    return None


class AreaIndex:
    """Which area a point lies in, and which areas touch each other; built once, read by many.

    `outlines` maps an area's code to its polygon or multipolygon.
    """

    def __init__(self, outlines: Mapping[str, BaseGeometry]) -> None:
        self._codes = tuple(sorted(outlines))
        self._shapes = tuple(outlines[code] for code in self._codes)
        self._position = {code: index for index, code in enumerate(self._codes)}
        self._tree = STRtree(self._shapes)

    def all_at(self, lon: float, lat: float) -> tuple[str, ...]:
        """Codes of every area that covers the point; on a common border that is more than one."""
        if not (math.isfinite(lon) and math.isfinite(lat)):
            return ()
        hits = self._tree.query(Point(lon, lat), predicate="covered_by")
        return tuple(self._codes[index] for index in sorted(int(hit) for hit in hits))

    def at(self, lon: float, lat: float) -> str | None:
        """The area of a point; on a common border always the same one (the smallest code)."""
        found = self.all_at(lon, lat)
        return found[0] if found else None

    def neighbours(self, code: str, gap_km: float = 0.25) -> tuple[str, ...]:
        """Codes of the areas next to `code`, itself excluded; empty for an unknown code.

        Simplified outlines of neighbours often leave slivers: up to `gap_km` between them still counts.
        """
        position = self._position.get(code)
        if position is None:
            return ()
        hits = self._tree.query(self._shapes[position], predicate="dwithin", distance=gap_km / _KM_PER_DEGREE)
        return tuple(self._codes[index] for index in sorted(int(hit) for hit in hits) if index != position)


@dataclass(frozen=True, slots=True)
class RiverPosition:
    """A point seen from a river: `chainage_km` from the head of the line, `distance_km` off the line."""

    chainage_km: float
    distance_km: float


class RiverLine:
    """A river as one polyline from its head downstream, measured in kilometres along the line (chainage).

    Raises ValueError for fewer than two different points.
    """

    def __init__(self, points: Sequence[LonLat]) -> None:
        kept = [tuple(map(float, point[:2])) for point in points]
        line = [kept[0], *(b for a, b in pairwise(kept) if a != b)] if kept else []
        if len(line) < 2:
            raise ValueError("a river line needs two different points")
        self.points: tuple[LonLat, ...] = tuple((lon, lat) for lon, lat in line)
        lengths = [haversine_km(a, b) for a, b in pairwise(self.points)]
        starts = [0.0]
        for length in lengths:
            starts.append(starts[-1] + length)
        self._starts = tuple(starts)

    @property
    def length_km(self) -> float:
        """Length of the whole line."""
        return self._starts[-1]

    def locate(self, lon: float, lat: float) -> RiverPosition:
        """Where the point falls on the line: the nearest place, the upstream one of two equally near."""
        best = RiverPosition(0.0, math.inf)
        for index, (a, b) in enumerate(pairwise(self.points)):
            share, distance = _nearest_on_segment(a, b, (lon, lat))
            if distance < best.distance_km:
                span = self._starts[index + 1] - self._starts[index]
                best = RiverPosition(self._starts[index] + share * span, distance)
        return best

    def point_at(self, chainage_km: float) -> LonLat:
        """The point at a chainage; beyond the ends, the nearer end."""
        clipped = min(max(chainage_km, 0.0), self.length_km)
        index = min(bisect_right(self._starts, clipped), len(self.points) - 1) - 1
        span = self._starts[index + 1] - self._starts[index]
        share = (clipped - self._starts[index]) / span if span else 0.0
        (lon_a, lat_a), (lon_b, lat_b) = self.points[index], self.points[index + 1]
        return (lon_a + share * (lon_b - lon_a), lat_a + share * (lat_b - lat_a))


def downstream_order(items: Iterable[tuple[float, _Thing]]) -> list[_Thing]:
    """Things on one river, head first, from (chainage_km, thing) pairs; equal chainages keep their order."""
    return [thing for _, thing in sorted(items, key=lambda pair: pair[0])]


def _nearest_on_segment(a: LonLat, b: LonLat, point: LonLat) -> tuple[float, float]:
    """Share (0 at a, 1 at b) of the nearest place on a segment and the distance to it in kilometres.

    Works on a plane tangent at the segment, good for segments of up to some tens of kilometres.
    """
    shrink = math.cos(math.radians((a[1] + b[1]) / 2))
    east_b, north_b = (b[0] - a[0]) * shrink, b[1] - a[1]
    east_p, north_p = (point[0] - a[0]) * shrink, point[1] - a[1]
    squared = east_b**2 + north_b**2
    share = min(1.0, max(0.0, (east_p * east_b + north_p * north_b) / squared)) if squared else 0.0
    away = math.hypot(east_p - share * east_b, north_p - share * north_b)
    return share, away * _KM_PER_DEGREE
