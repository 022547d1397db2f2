"""Stations and their observations, and the records that were refused."""

import base64
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from eoc.clock import from_us, iso, to_us
from eoc.errors import Invalid, NotFound
from eoc.geo import coordinate_fault
from eoc.hazards import state as states
from eoc.hazards.river_flood import FloodRule
from eoc.model import Limits, Station, Thresholds
from eoc.neighbourhood import neighbours
from eoc.store import journal_log, quarantine, readings
from eoc.store import stations as station_store
from ui.access import Administrator, Auditing, InRoom, PartsHere, actor
from ui.api.shapes import page, station_json
from ui.devices import Health, read_health
from ui.parts import Parts

router = APIRouter(tags=["stations"])

StationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
_EVERY = re.compile(r"^(\d+)(s|m|min|h|d)$")
_UNIT_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ThresholdsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bd1: Finite | None = None
    bd2: Finite | None = None
    bd3: Finite | None = None

    @model_validator(mode="after")
    def _increasing(self) -> "ThresholdsIn":
        given = [value for value in (self.bd1, self.bd2, self.bd3) if value is not None]
        if any(low >= high for low, high in pairwise(given)):
            raise ValueError("bd1 < bd2 < bd3")
        return self


class RulesIn(BaseModel):
    """This station's own parameters; an absent one is off."""

    model_config = ConfigDict(extra="forbid")

    min_duration_s: Annotated[float | None, Field(ge=0, le=21_600, allow_inf_nan=False)] = None
    hysteresis_m: Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False)] = None
    rise_m_per_h: Annotated[float | None, Field(gt=0, le=1000, allow_inf_nan=False)] = None
    forecast_h: Annotated[float | None, Field(gt=0, le=24, allow_inf_nan=False)] = None
    rain_from_counter: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    smoke_from_pm25: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    interval_s: Annotated[float | None, Field(gt=0, le=604_800, allow_inf_nan=False)] = None


class LimitsIn(BaseModel):
    """What a property can plausibly be here; outside is a doubt about the device, not an alarm."""

    model_config = ConfigDict(extra="forbid")

    min: Finite | None = None
    max: Finite | None = None
    max_step_per_10min: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    flat_line_s: Annotated[float | None, Field(gt=0, le=129_600, allow_inf_nan=False)] = None


class StationIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["river", "rain", "fire_weather", "reservoir", "siren"] = "river"
    lon: Finite | None = None
    lat: Finite | None = None
    area: str | None = None
    river: Annotated[str | None, Field(max_length=100)] = None
    chainage_km: Finite | None = None
    thresholds: ThresholdsIn | None = None
    rules: RulesIn | None = None
    demo: bool = False
    sources: dict[str, str] = Field(default_factory=dict)
    people_exposed: dict[Literal["bd1", "bd2", "bd3"], Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    limits: dict[Annotated[str, Field(max_length=64)], LimitsIn] = Field(default_factory=dict, max_length=32)
    facts: dict[Annotated[str, Field(max_length=64)], Finite] = Field(default_factory=dict, max_length=32)
    expected_version: int | None = None


@router.get("/stations")
async def stations(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    cursor: str = "",
) -> dict[str, Any]:
    """All stations by id, with their newest values."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await station_store.every(connection, cursor, limit)
        stored = await station_store.states(connection, [each.id for each in found])
        health = await read_health(connection, parts.devices, parts.now(), wall=parts.settings.clock == "wall")
    items = [as_json(each, stored.get(each.id, states.BLANK), parts, health) for each in found]
    return page(items, found[-1].id if len(found) == limit else None)


def as_json(station: Station, stored: bytes, parts: Parts, health: Health | None = None) -> dict[str, Any]:
    rule = FloodRule.of(station, parts.engine.world.hazards.flood)
    state = states.decode(stored)
    told = {} if health is None else {"health": health.of(station, state)}
    return {**station_json(station, state, rule, parts.now()), **told}


@router.get("/stations/{station_id}")
async def station(station_id: StationId, person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """One station."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = (await station_store.get(connection, [station_id])).get(station_id)
        stored = await station_store.states(connection, [station_id])
        health = await read_health(connection, parts.devices, parts.now(), wall=parts.settings.clock == "wall")
    if found is None:
        raise NotFound("not_found.station", id=station_id)
    return as_json(found, stored.get(station_id, states.BLANK), parts, health)


@router.get("/stations/{station_id}/neighbours")
async def neighbouring(
    station_id: StationId, person: InRoom, parts: PartsHere, response: Response
) -> dict[str, Any]:
    """The instruments that help to judge this one, the most telling first, with their newest values."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        known = {each.id: each for each in await station_store.every(connection)}
        if station_id not in known:
            raise NotFound("not_found.station", id=station_id)
        found = neighbours(known[station_id], known.values())
        stored = await station_store.states(connection, [each.station.id for each in found])
    items = []
    for each in found:
        shown = as_json(each.station, stored.get(each.station.id, states.BLANK), parts)
        names = ("id", "name", "kind", "latest", "status", "thresholds", "hazard_state", "quality")
        items.append({name: shown[name] for name in names} | {"relation": each.relation.as_json()})
    return page(items, None)


@router.put("/stations/{station_id}")
async def put_station(
    station_id: StationId, given: StationIn, person: Administrator, parts: PartsHere
) -> dict[str, Any]:
    """Create or replace a station. Changed thresholds or rules start its rule's memory afresh."""
    if (given.lon is None) != (given.lat is None):
        raise Invalid("invalid.half_a_place")
    area = given.area
    if area is not None and not parts.places.known(area):
        raise Invalid("invalid.area", area=area)
    if given.lon is not None and given.lat is not None:
        if fault := coordinate_fault(given.lon, given.lat):
            raise Invalid(fault, lon=given.lon, lat=given.lat)
        area = area or parts.places.at(given.lon, given.lat)
    thresholds = given.thresholds.model_dump() if given.thresholds else {}
    wanted = Station(
        id=station_id,
        name=given.name,
        kind=given.kind,
        lon=given.lon,
        lat=given.lat,
        area=area,
        river=given.river,
        chainage_km=given.chainage_km,
        thresholds=Thresholds(**thresholds),
        rules=given.rules.model_dump(exclude_none=True, exclude={"interval_s"}) if given.rules else {},
        demo=given.demo,
        sources=given.sources,
        people_exposed={str(name): people for name, people in given.people_exposed.items()},
        interval_s=given.rules.interval_s if given.rules else None,
        limits={name: Limits(**one.model_dump()) for name, one in given.limits.items()},
        facts=given.facts,
    )
    stored = await parts.engine.put_station(wanted, actor(person), expected_version=given.expected_version)
    return as_json(stored, states.BLANK, parts)


@router.get("/stations/{station_id}/observations")
async def observations(
    station_id: StationId,
    person: InRoom,
    parts: PartsHere,
    response: Response,
    name: Annotated[str | None, Query(alias="property")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    every: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Readings oldest first; with `every` (`15m`, `1h`, `1d`) minimum, maximum, mean and count per bucket."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        if station_id not in await station_store.get(connection, [station_id]):
            raise NotFound("not_found.station", id=station_id)
        if every is not None:
            end = until or parts.now()
            begin = since or end - timedelta(hours=48)
            rows = await readings.buckets(
                connection, station_id, name=name, since=to_us(begin), until=to_us(end), every_us=_every_us(every)
            )
            return page([_bucket(row) for row in rows], None)
        rows = await readings.series(
            connection,
            station_id,
            name=name,
            since=to_us(since) if since else None,
            until=to_us(until) if until else None,
            limit=limit,
            after=_after(cursor),
        )
    following = f"{rows[-1].observed_at},{rows[-1].property}" if len(rows) == limit else None
    return page([_reading(row) for row in rows], following)


def _every_us(text: str) -> int:
    found = _EVERY.match(text)
    seconds = int(found[1]) * _UNIT_S[found[2]] if found and len(found[1]) < 7 else 0
    if not seconds:
        raise Invalid("invalid.every", every=text)
    return seconds * 1_000_000


def _after(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    observed_at, _, name = cursor.partition(",")
    if not observed_at.lstrip("-").isdigit():
        raise Invalid("invalid.cursor", cursor=cursor)
    return int(observed_at), name


def _reading(row: Any) -> dict[str, Any]:
    return {
        "property": row.property,
        "observed_at": iso(from_us(row.observed_at)),
        "received_at": iso(from_us(row.received_at)),
        "value": row.value,
        "quality": row.quality,
        "flags": row.flags.split() if row.flags else [],
    }


def _bucket(row: Any) -> dict[str, Any]:
    at: datetime = from_us(row.bucket)
    return {
        "property": row.property,
        "observed_at": iso(at),
        "min": row.low,
        "max": row.high,
        "avg": row.mean,
        "n": row.n,
    }


@router.get("/quarantine")
async def refused(
    person: Auditing,
    parts: PartsHere,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    cursor: int | None = None,
    station: str | None = None,
) -> dict[str, Any]:
    """Records that were not taken, newest first: why, from where, and the bytes as they came (base64)."""
    async with parts.store.read() as connection:
        rows = await quarantine.newest(connection, before=cursor, limit=limit, station=station)
    items = [
        {
            "id": row.id,
            "received_at": iso(row.received_at),
            "origin": row.origin,
            "station": row.station,
            "seq": row.seq,
            "boot": row.boot,
            "code": row.code,
            "params": row.params,
            "raw": base64.b64encode(row.raw).decode(),
        }
        for row in rows
    ]
    return page(items, str(rows[-1].id) if len(rows) == limit else None)
