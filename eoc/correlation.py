"""Does a new signal belong to a case that is already open? A score between 0 and 1, and the reasons for it.

Pure: the candidates and the neighbourhood come in as values. A signal that belongs nowhere opens a case; one that
belongs is attached and never dropped. Two gauges of different rivers are two floods, however near they stand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from eoc.geo import haversine_km
from eoc.model import Place, Reason

SAME_SOURCE = 1.0
SAME_RIVER = 0.9
SAME_AREA = 0.8
NEIGHBOUR_AREA = 0.65
NEARBY = 0.6


@dataclass(frozen=True, slots=True)
class CorrelationParams:
    """The pack's reach of one event: along a river, over land, and in time between two signs of it.

    `same_area`, `neighbouring_areas`: whether two signs in one commune, or in two that touch, are one event.
    """

    river_km: float = 80.0
    nearby_km: float = 10.0
    window: timedelta = timedelta(hours=24)
    same_area: bool = True
    neighbouring_areas: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """What speaks (`source`, `ref`) and where it stands."""

    source: str
    ref: str
    place: Place


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that still attracts: where its evidence stands and when it last gave a sign."""

    incident: str
    hazard: str
    spots: tuple[Spot, ...]
    last_sign_at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The case a signal belongs to, how surely, and why."""

    incident: str
    score: float
    reasons: tuple[Reason, ...]


def correlate(
    hazard: str,
    spot: Spot,
    at: datetime,
    candidates: Iterable[Candidate],
    params: CorrelationParams,
    neighbours: Callable[[str], frozenset[str]],
) -> Match | None:
    """The best matching candidate, or None when the signal is an event of its own.

    Equal scores go to the case with the latest sign, then to the smaller id, so the answer never depends on the
    order of the candidates.
    """
    best: tuple[float, datetime] | None = None
    found: Match | None = None
    for candidate in sorted(candidates, key=lambda each: each.incident):
        if candidate.hazard != hazard or not _in_time(candidate, at, params):
            continue
        score, reason = max(
            (_score(spot, other, at, candidate, params, neighbours) for other in candidate.spots),
            key=lambda pair: pair[0],
            default=(0.0, None),
        )
        if reason is None:
            continue
        rank = (score, candidate.last_sign_at)
        if best is None or rank > best:
            best, found = rank, Match(candidate.incident, score, (reason,))
    return found


def _in_time(candidate: Candidate, at: datetime, params: CorrelationParams) -> bool:
    return candidate.active or abs(at - candidate.last_sign_at) <= params.window


def _score(
    spot: Spot,
    other: Spot,
    at: datetime,
    candidate: Candidate,
    params: CorrelationParams,
    neighbours: Callable[[str], frozenset[str]],
) -> tuple[float, Reason | None]:
    minutes = int(abs(at - candidate.last_sign_at).total_seconds()) // 60
    here, there = spot.place, other.place
    if (spot.source, spot.ref) == (other.source, other.ref):
        return SAME_SOURCE, Reason("reason.same_station", {"station": spot.ref, "minutes": minutes})
    if here.river and there.river:
        return _along_river(here, other, minutes, params)
    if params.same_area and here.area and here.area == there.area:
        return SAME_AREA, Reason("reason.same_area", {"area": here.area, "minutes": minutes})
    if params.neighbouring_areas and here.area and there.area and there.area in neighbours(here.area):
        facts = {"area": here.area, "other": there.area, "minutes": minutes}
        return NEIGHBOUR_AREA, Reason("reason.neighbouring_area", facts)
    apart_km = _apart_km(here, there)
    if apart_km is not None and apart_km <= params.nearby_km:
        return NEARBY, Reason("reason.nearby", {"km": round(apart_km, 1), "minutes": minutes})
    return 0.0, None


def _along_river(here: Place, other: Spot, minutes: int, params: CorrelationParams) -> tuple[float, Reason | None]:
    there = other.place
    if here.river != there.river:
        return 0.0, None
    if here.chainage_km is None or there.chainage_km is None:
        apart_km = _apart_km(here, there)
        if apart_km is None or apart_km <= params.river_km:
            return SAME_RIVER - 0.2, Reason("reason.same_river", {"river": here.river, "minutes": minutes})
        return 0.0, None
    along_km = there.chainage_km - here.chainage_km
    if abs(along_km) > params.river_km:
        return 0.0, None
    code = "reason.same_river_upstream" if along_km >= 0 else "reason.same_river_downstream"
    facts = {"river": here.river, "km": round(abs(along_km), 1), "minutes": minutes, "other": other.ref}
    return SAME_RIVER - 0.3 * abs(along_km) / params.river_km, Reason(code, facts)


def _apart_km(here: Place, there: Place) -> float | None:
    if here.lon is None or here.lat is None or there.lon is None or there.lat is None:
        return None
    return haversine_km((here.lon, here.lat), (there.lon, there.lat))
