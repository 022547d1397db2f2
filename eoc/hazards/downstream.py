"""Who lies downstream of a dam and how long the water takes to each: pure, from the pack alone.

Travel times are those of the pack's reaches (`travel_h`: earliest, likely, latest, with its source). Of a reach that is
passed in part only, its share by length counts. Where a reach on the way has no travel time, nothing below it can be
computed and nothing is guessed: people there are told at once. A Muskingum K alone gives the likely time (it is the
time of travel of the wave, Cunge 1969) and never the earliest: the first water comes before the middle of the wave.

A reservoir on the way that can hold the water back ends the reckoning, because what goes on below it is its own owner's
decision; one that is full, or too small to matter (`holds_from_hm3`), passes the water on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from eoc.model import Reason
from eoc.packs import Pack
from eoc.packs.parts import Source
from eoc.packs.stations import StationEntry
from eoc.packs.waters import Reach

_FIRMEST: tuple[str, ...] = (
    "official",
    "published",
    "secondary",
    "inferred",
    "unverified",
    "proposal",
    "demo",
)
"""From what may be relied on to what was made up; a sum is as good as its worst part."""
_SLACK_KM = 1e-6


@dataclass(frozen=True, slots=True)
class TravelTime:
    """From the dam to a place. None: cannot be computed, for the reason given."""

    earliest: timedelta | None = None
    likely: timedelta | None = None
    latest: timedelta | None = None
    source: str | None = None
    why: Reason | None = None


@dataclass(frozen=True, slots=True)
class Downstream:
    """A commune below a dam; `chainage_km` is where the water reaches it first."""

    area: str
    name: str
    chainage_km: float
    travel: TravelTime
    notes: tuple[Reason, ...] = ()
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Barrier:
    """A reservoir further down the same river."""

    station: str
    name: str
    chainage_km: float
    holds: bool


def downstream_of(
    pack: Pack, reservoir: str, now: datetime, *, full: Collection[str] = (), through: bool = False
) -> list[Downstream]:
    """Communes below a reservoir of the pack, upstream first; empty when its place on a river is not known.

    `full`: reservoirs whose lake stands at its normal level, which therefore pass water on. `through`: let every
    reservoir pass it (a failing dam asks nobody).
    """
    entry = pack.station(reservoir)
    if entry is None or entry.river is None or entry.chainage_km is None:
        return []
    return communes_below(pack, entry.river, entry.chainage_km, now, full=full, through=through)


def communes_below(
    pack: Pack, river: str, from_km: float, now: datetime, *, full: Collection[str] = (), through: bool = False
) -> list[Downstream]:
    """Communes below a place on a river; see `downstream_of`."""
    known = pack.river(river)
    if known is None:
        return []
    names = {area.code: area.name for area in pack.areas_at(now, "commune")}
    barriers = barriers_below(pack, river, from_km, full=full, through=through)
    found = []
    for code, side in pack.riverside(river, from_km, now):
        at_km = max(from_km, side.from_km)
        passed = [each for each in barriers if each.chainage_km < at_km]
        held = next((each for each in passed if each.holds), None)
        if held is not None:
            facts = {"reservoir": held.station, "reservoir_name": held.name}
            travel = TravelTime(why=Reason("reason.held_by_reservoir", facts))
        else:
            travel = travel_time(known.entry.reaches, from_km, at_km)
        notes = tuple(
            Reason("reason.passes_reservoir", {"reservoir": each.station, "reservoir_name": each.name})
            for each in passed
            if held is None
        )
        found.append(Downstream(code, names.get(code, code), at_km, travel, notes, side.phone))
    return sorted(found, key=lambda each: (each.chainage_km, each.area))


def barriers_below(
    pack: Pack, river: str, from_km: float, *, full: Collection[str] = (), through: bool = False
) -> list[Barrier]:
    """Reservoirs further down the same river, upstream first."""
    rule = pack.hazards.rules.dam_release
    limit_hm3 = rule.holds_from_hm3 if rule is not None else None
    lakes = [each for each in pack.stations if each.kind == "reservoir" and each.river == river]
    below = [
        Barrier(each.id, each.name, each.chainage_km, not through and each.id not in full and _holds(each, limit_hm3))
        for each in lakes
        if each.chainage_km is not None and each.chainage_km > from_km + _SLACK_KM
    ]
    return sorted(below, key=lambda each: (each.chainage_km, each.station))


def _holds(entry: StationEntry, limit_hm3: float | None) -> bool:
    capacity = entry.reservoir.capacity_hm3 if entry.reservoir else None
    return limit_hm3 is None or capacity is None or capacity >= limit_hm3


def travel_time(reaches: Sequence[Reach], from_km: float, to_km: float) -> TravelTime:
    """Hours between two chainages, by the reaches between them."""
    nothing = timedelta()
    total = TravelTime(nothing, nothing, nothing)
    covered_km = 0.0
    for reach in reaches:
        passed_km = min(reach.to_km, to_km) - max(reach.from_km, from_km)
        if passed_km <= _SLACK_KM:
            continue
        covered_km += passed_km
        total = _with(total, reach, passed_km / (reach.to_km - reach.from_km))
    missing_km = to_km - from_km - covered_km
    if missing_km > _SLACK_KM:
        facts = {"from_km": round(from_km, 1), "to_km": round(to_km, 1), "missing_km": round(missing_km, 1)}
        return TravelTime(why=Reason("reason.no_reach", facts))
    return total


def _with(total: TravelTime, reach: Reach, share: float) -> TravelTime:
    travel = reach.travel_h
    if travel is not None:
        source = _weaker(total.source, travel.source)
        return replace(
            total,
            earliest=_plus(total.earliest, travel.earliest * share),
            likely=_plus(total.likely, travel.likely * share),
            latest=_plus(total.latest, travel.latest * share),
            source=source,
        )
    facts = {"reach": reach.id, "from_km": reach.from_km, "to_km": reach.to_km}
    why = total.why or Reason("reason.no_travel_time", facts)
    if reach.muskingum is None:
        return replace(total, earliest=None, likely=None, latest=None, why=why)
    likely = _plus(total.likely, reach.muskingum.k_h * share)
    source = _weaker(total.source, reach.muskingum.source)
    return replace(total, earliest=None, likely=likely, latest=None, source=source, why=why)


def _plus(total: timedelta | None, hours: float) -> timedelta | None:
    return None if total is None else total + timedelta(hours=hours)


def _weaker(one: str | None, other: Source) -> str:
    if one is None:
        return other
    return max((one, other), key=_FIRMEST.index)
