"""Frozen audiences: who was approved, and how far the outbox has been written for them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.store.tables import AudienceRow, WarningRow

_AUDIENCE = AudienceRow.__table__  # type: ignore[attr-defined]
_WARNING = WarningRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order the writing stands: everyone up to and including (priority, recipient) has a row."""

    priority: int = -1
    recipient: int = -1


@dataclass(frozen=True, slots=True)
class Audience:
    """The people of one approved version of a warning. `areas` includes everything inside the chosen ones."""

    id: str
    warning: str
    warning_version: int
    level: int
    areas: tuple[str, ...]
    as_of_seq: int
    count: int
    lon: float | None = None
    lat: float | None = None
    reached: Place = Place()
    rows_written: int = 0
    written: bool = False


def _audience(row: Any) -> Audience:
    return Audience(
        id=row.id,
        warning=row.warning,
        warning_version=row.warning_version,
        level=row.level,
        areas=tuple(row.areas),
        as_of_seq=row.as_of_seq,
        count=row.count,
        lon=row.lon,
        lat=row.lat,
        reached=Place(row.after_priority, row.after_recipient),
        rows_written=row.rows_written,
        written=row.written,
    )


async def add(connection: AsyncConnection, audience: Audience) -> None:
    await connection.execute(
        insert(_AUDIENCE).values(
            id=audience.id,
            warning=audience.warning,
            warning_version=audience.warning_version,
            level=audience.level,
            areas=list(audience.areas),
            as_of_seq=audience.as_of_seq,
            count=audience.count,
            lon=audience.lon,
            lat=audience.lat,
        )
    )


async def of_warning(connection: AsyncConnection, warning_id: str) -> Audience | None:
    """The audience that was frozen when the warning was approved."""
    query = select(_AUDIENCE).where(_AUDIENCE.c.warning == warning_id).order_by(_AUDIENCE.c.warning_version.desc())
    row = (await connection.execute(query.limit(1))).one_or_none()
    return _audience(row) if row else None


async def most_urgent_unwritten(connection: AsyncConnection) -> Audience | None:
    """The audience to write next: the gravest warning that is being sent, the oldest of those."""
    query = (
        select(_AUDIENCE)
        .where(
            _AUDIENCE.c.written.is_(False),
            exists().where(_WARNING.c.id == _AUDIENCE.c.warning, _WARNING.c.state == "sending"),
        )
        .order_by(_AUDIENCE.c.level.desc(), _AUDIENCE.c.as_of_seq)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return _audience(row) if row else None


async def advance(connection: AsyncConnection, before: Audience, to: Place, rows: int, *, written: bool) -> bool:
    """Note progress; False when another process wrote this part (nothing is changed then)."""
    changed = await connection.execute(
        update(_AUDIENCE)
        .where(
            _AUDIENCE.c.id == before.id,
            _AUDIENCE.c.after_priority == before.reached.priority,
            _AUDIENCE.c.after_recipient == before.reached.recipient,
            _AUDIENCE.c.written.is_(False),
        )
        .values(
            after_priority=to.priority,
            after_recipient=to.recipient,
            rows_written=_AUDIENCE.c.rows_written + rows,
            written=written,
        )
    )
    return changed.rowcount == 1
