"""What the console provider sent, for the demo's phone view."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.store.tables import ConsoleMessageRow

_MESSAGE = ConsoleMessageRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ConsoleMessage:
    """One message as a phone would show it. `reference` is the outbox row it answers to."""

    reference: str
    warning: str | None
    phone_sealed: bytes = field(repr=False)
    sender: str
    body: str
    segments: int
    at: datetime
    id: int | None = None


async def add(connection: AsyncConnection, messages: Sequence[ConsoleMessage]) -> None:
    """Store messages; a reference that is there already stays as it is."""
    statement = (
        postgresql.insert(_MESSAGE).on_conflict_do_nothing()
        if connection.dialect.name == "postgresql"
        else sqlite.insert(_MESSAGE).on_conflict_do_nothing()
    )
    rows = [
        {
            "reference": each.reference,
            "warning": each.warning,
            "phone_sealed": each.phone_sealed,
            "sender": each.sender,
            "body": each.body,
            "segments": each.segments,
            "at": each.at,
        }
        for each in messages
    ]
    await connection.execute(statement, rows)


async def has(connection: AsyncConnection, reference: str) -> bool:
    query = select(_MESSAGE.c.id).where(_MESSAGE.c.reference == reference)
    return (await connection.execute(query)).first() is not None


async def page(connection: AsyncConnection, *, limit: int, before_id: int | None = None) -> list[ConsoleMessage]:
    """Messages, newest first; `before_id` continues a list."""
    query = select(_MESSAGE).order_by(_MESSAGE.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(_MESSAGE.c.id < before_id)
    return [
        ConsoleMessage(
            reference=row.reference,
            warning=row.warning,
            phone_sealed=row.phone_sealed,
            sender=row.sender,
            body=row.body,
            segments=row.segments,
            at=row.at,
            id=row.id,
        )
        for row in await connection.execute(query)
    ]
