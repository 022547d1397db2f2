"""Records that were not taken, exactly as they came: nothing is lost, everything has a reason."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.model import Refusal
from eoc.store.tables import QuarantineRow

_QUARANTINE = QuarantineRow.__table__  # type: ignore[attr-defined]


async def keep(connection: AsyncConnection, refusals: Iterable[Refusal]) -> None:
    rows = [
        {
            "received_at": each.received_at,
            "origin": each.origin,
            "station": each.station,
            "boot": each.boot,
            "seq": each.seq,
            "code": each.code,
            "params": dict(each.params),
            "raw": each.raw,
        }
        for each in refusals
    ]
    if rows:
        await connection.execute(insert(_QUARANTINE), rows)


async def newest(
    connection: AsyncConnection, *, before: int | None, limit: int, station: str | None = None
) -> list[Any]:
    """Rows from the newest back, continuing before an id."""
    query = select(_QUARANTINE).order_by(_QUARANTINE.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_QUARANTINE.c.id < before)
    if station is not None:
        query = query.where(_QUARANTINE.c.station == station)
    return list(await connection.execute(query))


async def count_since(connection: AsyncConnection, since: datetime) -> int:
    query = select(func.count()).select_from(_QUARANTINE).where(_QUARANTINE.c.received_at >= since)
    return int((await connection.execute(query)).scalar_one())
