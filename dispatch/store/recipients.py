"""The list of people who receive warnings, and who of them an audience holds.

A change of the list carries the journal position of the event that reports it, under the journal-head lock. So "the
list as of position n" has one meaning, on both databases, and a frozen audience is a position and some area codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.store.tables import RecipientRow

_RECIPIENT = RecipientRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class NewRecipient:
    """Somebody to put on the list; the number arrives sealed."""

    phone_sealed: bytes = field(repr=False)
    phone_fingerprint: str = field(repr=False)
    area: str
    basis: str
    source: str
    language: str = "vi"
    channel: str = "sms"
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list as it is shown; `phone_sealed` is for whoever may unmask it."""

    id: int
    phone_sealed: bytes = field(repr=False)
    area: str
    language: str
    channel: str
    basis: str
    source: str
    active: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One person of an audience, without the number."""

    id: int
    phone_fingerprint: str = field(repr=False)
    area: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people a warning would reach, and how many of its areas it would not, by reason code."""

    count: int
    excluded: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "excluded": [{"code": code, "count": n} for code, n in self.excluded]}


async def put(connection: AsyncConnection, people: Sequence[NewRecipient], seq: int, at: datetime) -> tuple[int, int]:
    """Add people or bring their line up to date; returns (added, already there). One number is one line."""
    unique = {each.phone_fingerprint: each for each in people}
    if not unique:
        return 0, 0
    known = select(func.count()).where(_RECIPIENT.c.phone_fingerprint.in_(unique))
    there = int((await connection.execute(known)).scalar_one())
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(_RECIPIENT)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["phone_fingerprint"],
        set_={
            "area": new.area,
            "lon": new.lon,
            "lat": new.lat,
            "language": new.language,
            "channel": new.channel,
            "basis": new.basis,
            "source": new.source,
            "added_seq": case((_RECIPIENT.c.ended_seq.is_(None), _RECIPIENT.c.added_seq), else_=new.added_seq),
            "ended_seq": None,
        },
    )
    rows = [
        {
            "phone_sealed": each.phone_sealed,
            "phone_fingerprint": each.phone_fingerprint,
            "area": each.area,
            "lon": each.lon,
            "lat": each.lat,
            "language": each.language,
            "channel": each.channel,
            "basis": each.basis,
            "source": each.source,
            "added_seq": seq,
            "added_at": at,
        }
        for each in unique.values()
    ]
    await connection.execute(statement, rows)
    return len(unique) - there, there


async def end(connection: AsyncConnection, phone_fingerprint: str, seq: int) -> bool:
    """Take a number off the list; True when it was on it."""
    changed = await connection.execute(
        update(_RECIPIENT)
        .where(_RECIPIENT.c.phone_fingerprint == phone_fingerprint, _RECIPIENT.c.ended_seq.is_(None))
        .values(ended_seq=seq)
    )
    return changed.rowcount == 1


async def reach(connection: AsyncConnection, areas: Sequence[str]) -> Reach:
    """Count the people in these areas, as the list stands in this transaction."""
    active = _RECIPIENT.c.ended_seq.is_(None)
    query = (
        select(active.label("active"), _RECIPIENT.c.channel, func.count().label("people"))
        .where(_RECIPIENT.c.area.in_(list(areas)))
        .group_by(active, _RECIPIENT.c.channel)
    )
    count, left, calls = 0, 0, 0
    for row in await connection.execute(query):
        if not row.active:
            left += row.people
        elif row.channel == "sms":
            count += row.people
        else:
            calls += row.people
    named = (("audience.left_list", left), ("audience.wants_call", calls))
    return Reach(count, tuple((code, people) for code, people in named if people))


async def members(
    connection: AsyncConnection, areas: Sequence[str], as_of_seq: int, after_id: int, limit: int
) -> list[Member]:
    """People of an audience by id: on the list at `as_of_seq` and still on it."""
    query = (
        select(_RECIPIENT.c.id, _RECIPIENT.c.phone_fingerprint, _RECIPIENT.c.area, _RECIPIENT.c.lon, _RECIPIENT.c.lat)
        .where(
            _RECIPIENT.c.id > after_id,
            _RECIPIENT.c.area.in_(list(areas)),
            _RECIPIENT.c.channel == "sms",
            _RECIPIENT.c.added_seq <= as_of_seq,
            _RECIPIENT.c.ended_seq.is_(None),
        )
        .order_by(_RECIPIENT.c.id)
        .limit(limit)
    )
    return [Member(*row) for row in await connection.execute(query)]


async def page(connection: AsyncConnection, *, limit: int, after_id: int = 0) -> list[Listed]:
    query = select(_RECIPIENT).where(_RECIPIENT.c.id > after_id).order_by(_RECIPIENT.c.id).limit(limit)
    return [
        Listed(
            id=row.id,
            phone_sealed=row.phone_sealed,
            area=row.area,
            language=row.language,
            channel=row.channel,
            basis=row.basis,
            source=row.source,
            active=row.ended_seq is None,
            added_at=row.added_at,
        )
        for row in await connection.execute(query)
    ]


async def how_many(connection: AsyncConnection, *, ended: bool = False) -> int:
    """People on the list now; with `ended` also those who left it."""
    query = select(func.count()).select_from(_RECIPIENT)
    if not ended:
        query = query.where(_RECIPIENT.c.ended_seq.is_(None))
    return int((await connection.execute(query)).scalar_one())
