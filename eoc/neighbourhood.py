"""Which other instruments help to judge one: along its river first, then close by. Pure.

A gauge is best checked against the next ones up and down its own water, a rain gauge against those around it. Nothing
is said about what they should read: every gauge has a datum of its own.
"""

from collections.abc import Iterable
from typing import NamedTuple

from eoc.geo import haversine_km
from eoc.model import Reason, Station

ALONG_KM = 80.0
AROUND_KM = 40.0
MOST = 6
_WATER = frozenset({"river", "reservoir"})


class Neighbour(NamedTuple):
    """Another station, and how it is one."""

    station: Station
    relation: Reason


def neighbours(station: Station, others: Iterable[Station], *, most: int = MOST) -> list[Neighbour]:
    """At most `most`, the most telling first: along the river by distance, then the same kind around, then rain.

    Rain gauges within reach of a gauge on a river are neighbours too: they say why the water rises.
    """
    found: list[tuple[tuple[int, float, str], Neighbour]] = []
    for other in others:
        if other.id == station.id or other.kind == "siren":
            continue
        ranked = _along(station, other) or _around(station, other)
        if ranked is not None:
            rank, km, relation = ranked
            found.append(((rank, km, other.id), Neighbour(other, relation)))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])][:most]


def _along(station: Station, other: Station) -> tuple[int, float, Reason] | None:
    if station.river is None or station.river != other.river or {station.kind, other.kind} - _WATER:
        return None
    if station.chainage_km is None or other.chainage_km is None:
        return None
    km = other.chainage_km - station.chainage_km
    if abs(km) > ALONG_KM:
        return None
    code = "relation.downstream" if km > 0 else "relation.upstream"
    return 0, abs(km), Reason(code, {"km": round(abs(km), 1), "river": station.river})


def _around(station: Station, other: Station) -> tuple[int, float, Reason] | None:
    if station.kind != other.kind and not (station.kind in _WATER and other.kind == "rain"):
        return None
    if station.lon is None or station.lat is None or other.lon is None or other.lat is None:
        return None
    km = haversine_km((station.lon, station.lat), (other.lon, other.lat))
    if km > AROUND_KM:
        return None
    return 1 if station.kind == other.kind else 2, km, Reason("relation.nearby", {"km": round(km, 1)})
