"""Does a new signal belong to a case that is already open? A score between 0 and 1, and the reasons for it.

Pure: the candidates and the neighbourhood come in as values. A signal that belongs nowhere opens a case; one that
belongs is attached and never dropped. Two gauges of different rivers are two floods, however near they stand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from eoc.geo import haversine_km
from eoc.model import Reason, Station

SAME_STATION = 1.0
SAME_RIVER = 0.9
SAME_AREA = 0.8
NEIGHBOUR_AREA = 0.65
NEARBY = 0.6


@dataclass(frozen=True, slots=True)
class CorrelationParams:
    """The pack's reach of one event: along a river, over land, and in time between two signs of it."""

    river_km: float = 80.0
    nearby_km: float = 10.0
    window: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that still attracts: where its evidence stands and when it last gave a sign."""

    incident: str
    hazard: str
    stations: tuple[Station, ...]
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
    station: Station,
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
            (_score(station, other, at, candidate, params, neighbours) for other in candidate.stations),
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
    station: Station,
    other: Station,
    at: datetime,
    candidate: Candidate,
    params: CorrelationParams,
    neighbours: Callable[[str], frozenset[str]],
) -> tuple[float, Reason | None]:
    minutes = int(abs(at - candidate.last_sign_at).total_seconds()) // 60
    if station.id == other.id:
        return SAME_STATION, Reason("reason.same_station", {"station": station.id, "minutes": minutes})
    if station.river and other.river:
        return _along_river(station, other, minutes, params)
    if station.area and station.area == other.area:
        return SAME_AREA, Reason("reason.same_area", {"area": station.area, "minutes": minutes})
    if station.area and other.area and other.area in neighbours(station.area):
        facts = {"area": station.area, "other": other.area, "minutes": minutes}
        return NEIGHBOUR_AREA, Reason("reason.neighbouring_area", facts)
    apart_km = _apart_km(station, other)
    if apart_km is not None and apart_km <= params.nearby_km:
        return NEARBY, Reason("reason.nearby", {"km": round(apart_km, 1), "minutes": minutes})
    return 0.0, None


def _along_river(
    station: Station, other: Station, minutes: int, params: CorrelationParams
) -> tuple[float, Reason | None]:
    if station.river != other.river:
        return 0.0, None
    if station.chainage_km is None or other.chainage_km is None:
        apart_km = _apart_km(station, other)
        if apart_km is None or apart_km <= params.river_km:
            return SAME_RIVER - 0.2, Reason("reason.same_river", {"river": station.river, "minutes": minutes})
        return 0.0, None
    along_km = other.chainage_km - station.chainage_km
    if abs(along_km) > params.river_km:
        return 0.0, None
    code = "reason.same_river_upstream" if along_km >= 0 else "reason.same_river_downstream"
    facts = {"river": station.river, "km": round(abs(along_km), 1), "minutes": minutes, "other": other.id}
    return SAME_RIVER - 0.3 * abs(along_km) / params.river_km, Reason(code, facts)


def _apart_km(station: Station, other: Station) -> float | None:
    if station.lon is None or station.lat is None or other.lon is None or other.lat is None:
        return None
    return haversine_km((station.lon, station.lat), (other.lon, other.lat))
