"""Warnings as rows: load, save, list. The decisions are in `dispatch.warnings`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.content import Content, Text
from dispatch.store.tables import WarningRow
from dispatch.warnings import Origin, PublicWarning

_WARNING = WarningRow.__table__  # type: ignore[attr-defined]

MAY_EXPIRE = ("draft", "submitted", "approved", "sending", "sent")


def _warning(row: Any) -> PublicWarning:
    return PublicWarning(
        id=row.id,
        number=row.number,
        content=Content(
            level=row.level,
            hazard=row.hazard,
            text=Text(row.text_vi, row.text_plain, row.text_en),
            areas=tuple(row.areas),
            expires_at=row.expires_at,
        ),
        origin=Origin(row.incident, row.template, row.trigger_level, row.lon, row.lat, row.drill),
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        authors=tuple(row.authors),
        state=row.state,
        version=row.version,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        rejected_reason=row.rejected_reason,
        confirmed_count=row.confirmed_count,
    )


def _values(warning: PublicWarning) -> dict[str, Any]:
    content, origin = warning.content, warning.origin
    return {
        "id": warning.id,
        "number": warning.number,
        "incident": origin.incident,
        "template": origin.template,
        "trigger_level": origin.trigger_level,
        "level": content.level,
        "hazard": content.hazard,
        "state": warning.state,
        "version": warning.version,
        "text_vi": content.text.vi,
        "text_plain": content.text.vi_plain,
        "text_en": content.text.en,
        "areas": list(content.areas),
        "expires_at": content.expires_at,
        "lon": origin.lon,
        "lat": origin.lat,
        "drill": origin.drill,
        "drafted_by": warning.drafted_by,
        "drafted_at": warning.drafted_at,
        "authors": list(warning.authors),
        "submitted_by": warning.submitted_by,
        "submitted_at": warning.submitted_at,
        "approved_by": warning.approved_by,
        "approved_at": warning.approved_at,
        "rejected_reason": warning.rejected_reason,
        "confirmed_count": warning.confirmed_count,
    }


async def add(connection: AsyncConnection, warning: PublicWarning) -> None:
    await connection.execute(insert(_WARNING).values(_values(warning)))


async def save(connection: AsyncConnection, warning: PublicWarning) -> None:
    await connection.execute(update(_WARNING).where(_WARNING.c.id == warning.id).values(_values(warning)))


async def get(connection: AsyncConnection, warning_id: str) -> PublicWarning | None:
    row = (await connection.execute(select(_WARNING).where(_WARNING.c.id == warning_id))).one_or_none()
    return _warning(row) if row else None


async def drafted_already(connection: AsyncConnection, incident: str, trigger_level: int, template: str) -> bool:
    """Whether the system has drafted this template for this incident at this level of the plan before."""
    found = exists().where(
        _WARNING.c.incident == incident, _WARNING.c.trigger_level == trigger_level, _WARNING.c.template == template
    )
    return bool((await connection.execute(select(found))).scalar_one())


async def page(
    connection: AsyncConnection,
    *,
    limit: int,
    before_number: int | None = None,
    states: Sequence[str] = (),
    incident: str | None = None,
) -> list[PublicWarning]:
    """Warnings, newest first; `before_number` continues a list."""
    query = select(_WARNING).order_by(_WARNING.c.number.desc()).limit(limit)
    if before_number is not None:
        query = query.where(_WARNING.c.number < before_number)
    if states:
        query = query.where(_WARNING.c.state.in_(states))
    if incident is not None:
        query = query.where(_WARNING.c.incident == incident)
    return [_warning(row) for row in await connection.execute(query)]


async def overdue(connection: AsyncConnection, now: datetime, limit: int = 50) -> list[PublicWarning]:
    """Warnings whose time is over and that nobody has ended."""
    query = (
        select(_WARNING)
        .where(_WARNING.c.state.in_(MAY_EXPIRE), _WARNING.c.expires_at <= now)
        .order_by(_WARNING.c.expires_at)
        .limit(limit)
    )
    return [_warning(row) for row in await connection.execute(query)]


async def sending(connection: AsyncConnection) -> list[PublicWarning]:
    query = select(_WARNING).where(_WARNING.c.state == "sending").order_by(_WARNING.c.number)
    return [_warning(row) for row in await connection.execute(query)]


async def last_report(connection: AsyncConnection, warning_id: str) -> tuple[Mapping[str, int] | None, datetime | None]:
    """Counts and wall-clock time of the last `warning.progress`."""
    query = select(_WARNING.c.reported, _WARNING.c.reported_at).where(_WARNING.c.id == warning_id)
    row = (await connection.execute(query)).one()
    return row.reported, row.reported_at


async def save_report(connection: AsyncConnection, warning_id: str, counts: Mapping[str, int], at: datetime) -> None:
    await connection.execute(
        update(_WARNING).where(_WARNING.c.id == warning_id).values(reported=dict(counts), reported_at=at)
    )
