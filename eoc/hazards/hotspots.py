"""Hot spots seen by satellites: a list, and a sign of fire only inside the user's forest or with a second source.

Farmers burn fields in the dry season and satellites see them all, so a hot spot alone opens nothing. It counts when it
lies in the forest that the user drew (`forest_mask.geojson` of the pack; a pixel is some hundred metres wide, hence the
margin), or when something else saw it too: another pass of a satellite, a smoke sensor, or a case that people reported,
near enough in place and time. Where somebody gave notice of burning the confidence is lowered and that is said.

Fields are those of NASA FIRMS (VIIRS and MODIS active fire products): satellite, acquisition time, confidence
(low/nominal/high, or 0-100 for MODIS), fire radiative power in MW.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from eoc.geo import haversine_km
from eoc.hazards.fire_book import NotifiedBurning
from eoc.model import Reason

RULE = "hotspot@1"
Confidence = Literal["low", "nominal", "high"]
_RANK: dict[str, int] = {"low": 0, "nominal": 1, "high": 2}
_KM_PER_DEGREE = 111.0
_ONE_PASS = timedelta(minutes=30)
"""Detections of one satellite closer in time are of one pass: the same fire seen once, in neighbouring pixels."""


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One detection. `confidence` in the words of VIIRS, None where the feed says nothing; `frp_mw` megawatts."""

    satellite: str
    at: datetime
    lon: float
    lat: float
    confidence: Confidence | None = None
    frp_mw: float | None = None
    instrument: str = ""
    source: str = ""

    @property
    def key(self) -> str:
        """The same detection has the same key however often a feed repeats it."""
        return f"{self.satellite}|{self.at:%Y%m%d%H%M}|{self.lon:.4f}|{self.lat:.4f}"


def confidence_of(percent: float) -> Confidence:
    """MODIS gives 0-100; its user's guide calls below 30 low and from 80 high."""
    return "low" if percent < 30 else "nominal" if percent < 80 else "high"


class ForestMask:
    """Where the user says that forest is; an empty one is no mask at all."""

    def __init__(self, shapes: Sequence[BaseGeometry] = ()) -> None:
        self._shapes = tuple(shapes)
        self._tree = STRtree(self._shapes)

    def __bool__(self) -> bool:
        return bool(self._shapes)

    def holds(self, lon: float, lat: float, margin_km: float) -> bool:
        """Whether the point lies in the forest or at most `margin_km` outside."""
        distance = margin_km / _KM_PER_DEGREE
        return bool(len(self._tree.query(Point(lon, lat), predicate="dwithin", distance=distance)))


@dataclass(frozen=True, slots=True)
class Witness:
    """Something else that may have seen the same fire: a smoke sensor, or a case that people reported."""

    kind: Literal["station", "case"]
    ref: str
    name: str
    at: datetime
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class HotspotParams:
    """The pack's numbers."""

    second_source_km: float = 2.0
    second_source: timedelta = timedelta(hours=12)
    mask_margin_km: float = 0.5
    lowest_confidence: Confidence = "nominal"
    severity_inside: int = 2
    severity_second: int = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a hot spot is: `inside` the forest, seen by a `second` source, or only `listed`. `level` 0 opens nothing."""

    kind: Literal["inside", "second", "listed"]
    level: int
    confidence: float
    reasons: tuple[Reason, ...]


def judge(
    spot: Hotspot,
    mask: ForestMask,
    others: Sequence[Hotspot],
    witnesses: Sequence[Witness],
    burning: NotifiedBurning | None,
    params: HotspotParams,
    burning_confidence: float = 1.0,
) -> Verdict:
    """Judge one hot spot against the forest, all other detections and whatever else was seen."""
    confidence = burning_confidence if burning is not None else 1.0
    notice = (
        () if burning is None else (Reason("reason.burning_notified", {"burning": burning.id, "area": burning.area}),)
    )
    seen = Reason("reason.hotspot_seen", {"satellite": spot.satellite, "confidence": spot.confidence or "?"})
    if _RANK[spot.confidence or "nominal"] < _RANK[params.lowest_confidence]:
        return Verdict("listed", 0, confidence, (seen, Reason("reason.hotspot_low_confidence", {}), *notice))
    if mask and mask.holds(spot.lon, spot.lat, params.mask_margin_km):
        level = _lowered(params.severity_inside, burning)
        return Verdict("inside", level, confidence, (seen, Reason("reason.hotspot_in_forest", {}), *notice))
    second = _second(spot, others, witnesses, params)
    if second is not None:
        return Verdict("second", _lowered(params.severity_second, burning), confidence, (seen, second, *notice))
    why = Reason("reason.hotspot_outside" if mask else "reason.hotspot_no_mask", {})
    return Verdict("listed", 0, confidence, (seen, why, *notice))


def _lowered(severity: int, burning: NotifiedBurning | None) -> int:
    return severity if burning is None else max(1, severity - 1)


def _second(
    spot: Hotspot, others: Sequence[Hotspot], witnesses: Sequence[Witness], params: HotspotParams
) -> Reason | None:
    for witness in witnesses:
        apart_km = haversine_km((spot.lon, spot.lat), (witness.lon, witness.lat))
        if apart_km <= params.second_source_km and abs(spot.at - witness.at) <= params.second_source:
            facts = {"ref": witness.ref, "name": witness.name, "km": round(apart_km, 1)}
            code = "reason.hotspot_and_smoke" if witness.kind == "station" else "reason.hotspot_and_case"
            return Reason(code, facts)
    for other in others:
        if not another_pass(spot, other) or abs(spot.at - other.at) > params.second_source:
            continue
        apart_km = haversine_km((spot.lon, spot.lat), (other.lon, other.lat))
        if apart_km <= params.second_source_km and _RANK[other.confidence or "nominal"] >= 1:
            return Reason("reason.hotspot_twice", {"satellite": other.satellite, "km": round(apart_km, 1)})
    return None


def another_pass(spot: Hotspot, other: Hotspot) -> bool:
    """Whether two detections are of two passes: two satellites, or one at two times."""
    return spot.satellite != other.satellite or abs(spot.at - other.at) >= _ONE_PASS
