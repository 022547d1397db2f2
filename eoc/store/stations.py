"""Stations and what the rules remember about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.model import Limits, Station, Thresholds
from eoc.store.tables import StationRow, station_state

_STATION = StationRow.__table__  # type: ignore[attr-defined]


def _station(row: Any) -> Station:
    return Station(
        id=row.id,
        name=row.name,
        kind=row.kind,
        lon=row.lon,
        lat=row.lat,
        area=row.area,
        river=row.river,
        chainage_km=row.chainage_km,
        thresholds=Thresholds(**(row.thresholds or {})),
        rules=row.rules,
        demo=row.demo,
        sources=row.sources,
        people_exposed=row.people_exposed,
        interval_s=row.interval_s,
        limits={name: Limits(**limits) for name, limits in row.limits.items()},
        facts=row.facts,
        version=row.version,
    )


async def get(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Station]:
    """The stations that exist among `ids`."""
    query = select(_STATION).where(_STATION.c.id.in_(list(ids)))
    return {row.id: _station(row) for row in await connection.execute(query)}


async def every(connection: AsyncConnection, after: str = "", limit: int = 10_000) -> list[Station]:
    """Stations by id."""
    query = select(_STATION).where(_STATION.c.id > after).order_by(_STATION.c.id).limit(limit)
    return [_station(row) for row in await connection.execute(query)]


async def from_pack(connection: AsyncConnection) -> set[str]:
    """Ids of the stations that nobody has edited since a pack brought them."""
    query = select(_STATION.c.id).where(_STATION.c.from_pack.is_(True))
    return set((await connection.execute(query)).scalars())


async def put(connection: AsyncConnection, station: Station, *, from_pack: bool = False) -> None:
    """Create or replace a station as it is given."""
    values = asdict(station)
    values["thresholds"] = {name: value for name, value in asdict(station.thresholds).items() if value is not None}
    for name in ("rules", "sources", "people_exposed", "facts"):
        values[name] = dict(values[name])
    values["limits"] = {
        name: {key: value for key, value in asdict(limits).items() if value is not None}
        for name, limits in station.limits.items()
    }
    values["from_pack"] = from_pack
    changed = await connection.execute(update(_STATION).where(_STATION.c.id == station.id).values(values))
    if changed.rowcount == 0:
        await connection.execute(insert(_STATION).values(values))


async def remove(connection: AsyncConnection, station: str) -> None:
    await connection.execute(delete(_STATION).where(_STATION.c.id == station))


async def lock_states(connection: AsyncConnection, ids: Sequence[str], blank: bytes) -> dict[str, bytes]:
    """The stored states of existing stations, locked in id order; missing ones begin `blank`."""
    wanted = sorted(ids)
    query = (
        select(station_state.c.station, station_state.c.state)
        .where(station_state.c.station.in_(wanted))
        .order_by(station_state.c.station)
        .with_for_update()
    )
    found = {row.station: row.state for row in await connection.execute(query)}
    missing = [each for each in wanted if each not in found]
    if not missing:
        return found
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(
        dialect.insert(station_state).on_conflict_do_nothing(),
        [{"station": each, "state": blank} for each in missing],
    )
    return {row.station: row.state for row in await connection.execute(query)}


_SAVE = update(station_state).where(station_state.c.station == bindparam("of")).values(state=bindparam("to"))
_SAVE_SQLITE = "UPDATE station_state SET state = ? WHERE station = ?"


async def save_states(connection: AsyncConnection, states: Mapping[str, bytes]) -> None:
    """Write back states locked before."""
    if not states:
        return
    if connection.dialect.name == "sqlite":
        rows = [(state, station) for station, state in states.items()]
        await connection.exec_driver_sql(_SAVE_SQLITE, rows)
        return
    await connection.execute(_SAVE, [{"of": station, "to": state} for station, state in states.items()])


async def states(connection: AsyncConnection, ids: Sequence[str] | None = None) -> dict[str, bytes]:
    """Stored states for reading."""
    query = select(station_state.c.station, station_state.c.state)
    if ids is not None:
        query = query.where(station_state.c.station.in_(list(ids)))
    return {row.station: row.state for row in await connection.execute(query)}
