"""Readings: idempotent insertion in bulk, windows for the rules, series for the screens.

Core statements only, never the ORM. The key (station, property, observed_at) decides: a row that is already there with
the same value is a duplicate, with another value a conflict.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.store.tables import reading

Key = tuple[str, str, int]


class ReadingRow(NamedTuple):
    """One property of one record; times in microseconds since 1970."""

    station: str
    property: str
    observed_at: int
    value: float
    received_at: int
    quality: str
    boot: str
    seq: int | None


class FlagRow(NamedTuple):
    """How a stored reading is seen now; `flags` are codes separated by spaces, None when there is no doubt."""

    observed_at: int
    quality: str
    flags: str | None


def key(row: ReadingRow) -> Key:
    return row[0], row[1], row[2]


_SQLITE_INSERT = (
    "INSERT OR IGNORE INTO reading (station, property, observed_at, value, received_at, quality, boot, seq) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_POSTGRESQL_INSERT = text(
    "INSERT INTO reading (station, property, observed_at, value, received_at, quality, boot, seq) "
    "SELECT * FROM unnest(CAST(:c0 AS text[]), CAST(:c1 AS text[]), CAST(:c2 AS bigint[]), "
    "CAST(:c3 AS double precision[]), CAST(:c4 AS bigint[]), CAST(:c5 AS text[]), CAST(:c6 AS text[]), "
    "CAST(:c7 AS bigint[])) ON CONFLICT DO NOTHING RETURNING station, property, observed_at"
)


async def insert(connection: AsyncConnection, rows: Sequence[ReadingRow]) -> dict[Key, float]:
    """Insert rows with distinct keys, sorted by key; returns the value already stored for each key refused.

    Sorted, because two processes that insert overlapping batches wait for each other row by row and would
    otherwise deadlock.
    """
    if not rows:
        return {}
    if connection.dialect.name == "postgresql":
        columns = {f"c{i}": list(column) for i, column in enumerate(zip(*rows, strict=True))}
        taken = {tuple(row) for row in await connection.execute(_POSTGRESQL_INSERT, columns)}
        return await values_at(connection, [key(row) for row in rows if key(row) not in taken])
    # SQLite has one writer, so what is there before the statement is what it would collide with. Looking first
    # only when the count says that something collided keeps the ordinary case at one statement.
    savepoint = await connection.begin_nested()
    result = await connection.exec_driver_sql(_SQLITE_INSERT, [tuple(row) for row in rows])
    if result.rowcount == len(rows):
        await savepoint.commit()
        return {}
    await savepoint.rollback()
    known = await values_at(connection, [key(row) for row in rows])
    fresh = [tuple(row) for row in rows if key(row) not in known]
    if fresh:
        await connection.exec_driver_sql(_SQLITE_INSERT, fresh)
    return known


async def values_at(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, float]:
    """The stored values of the keys that exist."""
    by_series: dict[tuple[str, str], list[int]] = {}
    for station, name, observed_at in keys:
        by_series.setdefault((station, name), []).append(observed_at)
    found: dict[Key, float] = {}
    query = select(reading.c.observed_at, reading.c.value).where(
        reading.c.station == bindparam("station"),
        reading.c.property == bindparam("property"),
        reading.c.observed_at.in_(bindparam("times", expanding=True)),
    )
    for (station, name), times in by_series.items():
        arguments = {"station": station, "property": name, "times": times}
        for observed_at, value in await connection.execute(query, arguments):
            found[station, name, observed_at] = value
    return found


async def window(
    connection: AsyncConnection, station: str, name: str, since: int, until: int
) -> list[tuple[int, float]]:
    """Good readings of a series in [since, until], oldest first: what a rule may fold."""
    query = (
        select(reading.c.observed_at, reading.c.value)
        .where(
            reading.c.station == station,
            reading.c.property == name,
            reading.c.observed_at.between(since, until),
            reading.c.quality == "good",
        )
        .order_by(reading.c.observed_at)
    )
    return [(row.observed_at, row.value) for row in await connection.execute(query)]


async def flagged_window(connection: AsyncConnection, station: str, name: str, since: int, until: int) -> list[Any]:
    """All readings of a series in [since, until] with their flags, oldest first: what quality control folds."""
    query = (
        select(reading.c.observed_at, reading.c.value, reading.c.quality, reading.c.flags)
        .where(reading.c.station == station, reading.c.property == name, reading.c.observed_at.between(since, until))
        .order_by(reading.c.observed_at)
    )
    return list(await connection.execute(query))


_FLAG = (
    update(reading)
    .where(
        reading.c.station == bindparam("of"),
        reading.c.property == bindparam("name"),
        reading.c.observed_at == bindparam("at"),
    )
    .values(quality=bindparam("to"), flags=bindparam("why"))
)


async def flag(connection: AsyncConnection, station: str, name: str, rows: Sequence[FlagRow]) -> None:
    """Write how readings of a series are seen now."""
    if rows:
        values = [
            {"of": station, "name": name, "at": row.observed_at, "to": row.quality, "why": row.flags} for row in rows
        ]
        await connection.execute(_FLAG, values)


async def series(
    connection: AsyncConnection,
    station: str,
    *,
    name: str | None,
    since: int | None,
    until: int | None,
    limit: int,
    after: tuple[int, str] | None = None,
) -> list[Any]:
    """Raw readings of a station, oldest first, at most `limit`, continuing after (observed_at, property)."""
    query = select(reading).where(reading.c.station == station)
    if name is not None:
        query = query.where(reading.c.property == name)
    if since is not None:
        query = query.where(reading.c.observed_at >= since)
    if until is not None:
        query = query.where(reading.c.observed_at <= until)
    if after is not None:
        observed_at, last_name = after
        query = query.where(
            (reading.c.observed_at > observed_at)
            | ((reading.c.observed_at == observed_at) & (reading.c.property > last_name))
        )
    query = query.order_by(reading.c.observed_at, reading.c.property).limit(limit)
    return list(await connection.execute(query))


async def buckets(
    connection: AsyncConnection,
    station: str,
    *,
    name: str | None,
    since: int,
    until: int,
    every_us: int,
    good: bool = False,
) -> list[Any]:
    """Minimum, maximum, mean and count per bucket of `every_us`: charts of long stretches stay small."""
    bucket = (reading.c.observed_at - reading.c.observed_at % every_us).label("bucket")
    query = (
        select(
            reading.c.property,
            bucket,
            func.min(reading.c.value).label("low"),
            func.max(reading.c.value).label("high"),
            func.avg(reading.c.value).label("mean"),
            func.count().label("n"),
        )
        .where(reading.c.station == station, reading.c.observed_at.between(since, until))
        .group_by(reading.c.property, bucket)
        .order_by(bucket, reading.c.property)
    )
    if name is not None:
        query = query.where(reading.c.property == name)
    if good:
        query = query.where(reading.c.quality == "good")
    return list(await connection.execute(query))
