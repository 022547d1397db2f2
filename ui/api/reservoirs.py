"""Reservoirs: what each holds and lets go, what is found about it, and which releases it has announced."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from eoc.clock import iso, to_us
from eoc.errors import NotFound
from eoc.hazards import state as states
from eoc.hazards.release_book import OpenCheck, Release
from eoc.hazards.reservoir_checks import ReservoirSample
from eoc.model import Station
from eoc.store import journal_log
from eoc.store import releases as release_store
from eoc.store import stations as station_store
from ui.access import InRoom, PartsHere
from ui.api.shapes import page
from ui.api.stations import StationId
from ui.live import latest_json
from ui.parts import Parts

router = APIRouter(prefix="/reservoirs", tags=["reservoirs"])

_SAME_REPORT = timedelta(minutes=30)
"""Turbines and spillway may be reported a little apart and still be added up."""


@router.get("")
async def reservoirs(person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """All reservoirs, down each river."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = [each for each in await station_store.every(connection) if each.kind == "reservoir"]
        items = await _items(found, parts, connection)
    return page(items, None)


@router.get("/{station_id}")
async def reservoir(
    station_id: StationId,
    person: InRoom,
    parts: PartsHere,
    response: Response,
    hours: Annotated[int, Query(ge=1, le=240)] = 48,
) -> dict[str, Any]:
    """One reservoir, with what it reported in the last hours before its newest report."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        station = (await station_store.get(connection, [station_id])).get(station_id)
        if station is None or station.kind != "reservoir":
            raise NotFound("not_found.reservoir", id=station_id)
        (item,) = await _items([station], parts, connection)
        stored = (await station_store.states(connection, [station_id])).get(station_id, states.BLANK)
        newest = max((each.observed_at for each in states.decode(stored).latest.values()), default=parts.now())
        since = newest - timedelta(hours=hours)
        series = await release_store.samples(connection, station_id, to_us(since), to_us(newest))
        past = await release_store.checks(connection, [station_id], since=since)
    return {
        **item,
        "history": {"from": iso(since), "to": iso(newest), "items": [_sample(each) for each in series]},
        "past_checks": [{**_check(each), "ended_at": iso(each.ended_at)} for each in past if each.ended_at is not None],
    }


async def _items(found: Sequence[Station], parts: Parts, connection: Any) -> list[dict[str, Any]]:
    ids = [each.id for each in found]
    stored = await station_store.states(connection, ids)
    checks: dict[str, list[OpenCheck]] = {each: [] for each in ids}
    for check in await release_store.checks(connection, ids):
        checks[check.reservoir].append(check)
    announced: dict[str, list[Release]] = {each: [] for each in ids}
    for release in await release_store.find(connection, states=["planned", "running"], limit=1000):
        announced.setdefault(release.reservoir, []).append(release)
    ordered = sorted(found, key=lambda each: (each.river or "", each.chainage_km or 0.0, each.id))
    return [
        _item(each, states.decode(stored.get(each.id, states.BLANK)), checks[each.id], announced[each.id])
        for each in ordered
    ]


def _item(
    station: Station, state: states.StationState, checks: Sequence[OpenCheck], announced: Sequence[Release]
) -> dict[str, Any]:
    return {
        "id": station.id,
        "name": station.name,
        "area": station.area,
        "lon": station.lon,
        "lat": station.lat,
        "river": station.river,
        "chainage_km": station.chainage_km,
        "normal_level_m": station.facts.get("normal_level_m"),
        "dead_level_m": station.facts.get("dead_level_m"),
        "capacity_hm3": station.facts.get("capacity_hm3"),
        "sources": dict(station.sources),
        "demo": station.demo,
        "latest": latest_json(state),
        "total_m3s": _total(state.latest),
        "checks": [_check(each) for each in checks],
        "releases": [each.id for each in announced],
    }


def _total(latest: Mapping[str, states.Latest]) -> float | None:
    """Turbines and spillway of one report; None when one of them is missing."""
    turbine, spill = latest.get("qxt"), latest.get("qxm")
    if turbine is None or spill is None or abs(turbine.observed_at - spill.observed_at) > _SAME_REPORT:
        return None
    return round(turbine.value + spill.value, 2)


def _check(check: OpenCheck) -> dict[str, Any]:
    return {**check.reason.as_json(), "check": check.name, "level": check.level, "since": iso(check.since)}


def _sample(sample: ReservoirSample) -> dict[str, Any]:
    names = ("htl", "hdbt", "qve", "qxt", "qxm", "total_m3s")
    values = {name: getattr(sample, name) for name in names}
    return {"at": iso(sample.at), **values, "outflow_m3s": sample.outflow_m3s}
