"""Counts of a disease per area and period, every version kept; and the severity last told about each.

A count that is entered again with another number is a new version: what was known when stays readable, the newest
version counts. A count withdrawn (`count` None) is unknown again, not zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Column, Date, Integer, SmallInteger, Table, Text, and_, func, select
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.sql.sqltypes import UTCDateTime

from eoc.store.base import metadata

Period = Literal["day", "week"]

area_count = Table(
    "area_count",
    metadata,
    Column("disease", Text, primary_key=True),
    Column("area", Text, primary_key=True),
    Column("period", Text, primary_key=True, comment="day or week"),
    Column("begins", Date, primary_key=True, comment="the day, or the Monday of the ISO week"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, comment="null: withdrawn, unknown again"),
    Column("recorded_at", UTCDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    CheckConstraint("period in ('day', 'week')", name="period"),
    CheckConstraint("count is null or count >= 0", name="count"),
)

area_told = Table(
    "area_told",
    metadata,
    Column("disease", Text, primary_key=True),
    Column("area", Text, primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("told_at", UTCDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Count:
    """One version of one count. `begins` is the day, or the Monday of the week."""

    disease: str
    area: str
    period: Period
    begins: date
    count: int | None
    version: int = 1
    recorded_at: datetime | None = None
    recorded_by: str = ""

    @property
    def key(self) -> tuple[str, str, str, date]:
        return self.disease, self.area, self.period, self.begins


@dataclass(frozen=True, slots=True)
class Told:
    """The severity that was last told about a disease in an area, and when on the engine's clock."""

    level: int
    at: datetime


_C = area_count.c


async def put(connection: AsyncConnection, counts: Sequence[Count], at: datetime, by: str) -> list[Count]:
    """Store what differs from the newest version of each; returns what was stored, with its version.

    Whoever calls holds the engine's lock, so that two writers cannot make the same version.
    """
    fresh: list[Count] = []
    pairs = {(each.disease, each.area) for each in counts}
    known = {each.key: each for disease, area in pairs for each in await newest(connection, disease, area)}
    for given in counts:
        before = known.get(given.key)
        if before is not None and before.count == given.count:
            continue
        if before is None and given.count is None:
            continue
        version = before.version + 1 if before else 1
        stored = Count(*given.key, given.count, version, at, by)  # type: ignore[arg-type]
        known[given.key] = stored
        fresh.append(stored)
    if fresh:
        rows = [{name: getattr(each, name) for name in Count.__dataclass_fields__} for each in fresh]
        await connection.execute(insert_into(area_count), rows)
    return fresh


async def newest(
    connection: AsyncConnection,
    disease: str,
    area: str,
    *,
    period: Period | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Count]:
    """The counting version of each period, oldest first; withdrawn ones included (count None)."""
    same = [_C.disease == disease, _C.area == area]
    if period is not None:
        same.append(_C.period == period)
    if since is not None:
        same.append(_C.begins >= since)
    if until is not None:
        same.append(_C.begins <= until)
    last = (
        select(_C.period, _C.begins, func.max(_C.version).label("version"))
        .where(*same)
        .group_by(_C.period, _C.begins)
        .subquery()
    )
    joined = and_(_C.period == last.c.period, _C.begins == last.c.begins, _C.version == last.c.version)
    query = select(area_count).join(last, joined).where(*same).order_by(_C.period, _C.begins)
    return [_count(row) for row in (await connection.execute(query)).mappings()]


async def versions(connection: AsyncConnection, disease: str, area: str, period: Period, begins: date) -> list[Count]:
    """Every version of one count, oldest first."""
    query = (
        select(area_count)
        .where(_C.disease == disease, _C.area == area, _C.period == period, _C.begins == begins)
        .order_by(_C.version)
    )
    return [_count(row) for row in (await connection.execute(query)).mappings()]


async def series(
    connection: AsyncConnection, disease: str | None = None, areas: Iterable[str] | None = None
) -> list[tuple[str, str]]:
    """(disease, area) of everything that was ever counted, sorted."""
    query = select(_C.disease, _C.area).distinct().order_by(_C.disease, _C.area)
    if disease is not None:
        query = query.where(_C.disease == disease)
    if areas is not None:
        query = query.where(_C.area.in_(list(areas)))
    return [(row.disease, row.area) for row in await connection.execute(query)]


async def told(connection: AsyncConnection, disease: str, area: str) -> Told | None:
    """What was last told; None when nothing ever was."""
    query = select(area_told).where(area_told.c.disease == disease, area_told.c.area == area)
    row = (await connection.execute(query)).first()
    return None if row is None else Told(row.level, row.told_at)


async def tell(connection: AsyncConnection, disease: str, area: str, told_now: Told) -> None:
    """Remember what was told."""
    same = and_(area_told.c.disease == disease, area_told.c.area == area)
    values = {"level": told_now.level, "told_at": told_now.at}
    changed = await connection.execute(update_of(area_told).where(same).values(values))
    if changed.rowcount == 0:
        await connection.execute(insert_into(area_told).values(disease=disease, area=area, **values))


def _count(row: RowMapping) -> Count:
    return Count(**{name: row[name] for name in Count.__dataclass_fields__})
