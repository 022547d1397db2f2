"""Forest fire danger by day and commune, and its draft bulletins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.hazards.fire_danger import Danger
from eoc.hazards.fwi import CODE_NAMES, Codes, Moisture
from eoc.model import Reason
from eoc.store.fire_tables import FireBulletinRow, FireDayRow, FireRecipientRow
from eoc.store.tables import reading

_DAY = FireDayRow.__table__  # type: ignore[attr-defined]
_BULLETIN = FireBulletinRow.__table__  # type: ignore[attr-defined]
_RECIPIENT = FireRecipientRow.__table__  # type: ignore[attr-defined]


# -- danger ---------------------------------------------------------------------------------------------------------


def _danger(row: Any) -> Danger:
    return Danger(
        area=row.area,
        day=row.day,
        level=row.level,
        p=row.p,
        codes=None if row.codes is None else Codes(**{name: row.codes[name] for name in CODE_NAMES}),
        moisture=None if row.moisture is None else Moisture(**row.moisture),
        station=row.station,
        distance_km=row.distance_km,
        table=row.index_table,
        table_source=row.table_source,
        missed_days=row.missed_days,
        since=row.since,
        why=None if row.why is None else Reason(row.why["code"], row.why["params"]),
    )


def _day_values(danger: Danger, made_at: datetime) -> dict[str, Any]:
    moisture = danger.moisture
    return {
        "day": danger.day,
        "area": danger.area,
        "level": danger.level,
        "p": danger.p,
        "codes": None if danger.codes is None else danger.codes.as_json(),
        "moisture": None
        if moisture is None
        else {each.name: getattr(moisture, each.name) for each in fields(Moisture)},
        "station": danger.station,
        "distance_km": danger.distance_km,
        "index_table": danger.table,
        "table_source": danger.table_source,
        "missed_days": danger.missed_days,
        "since": danger.since,
        "why": None if danger.why is None else danger.why.as_json(),
        "made_at": made_at,
    }


async def day(connection: AsyncConnection, wanted: date) -> dict[str, Danger]:
    """Every commune's danger on a day."""
    query = select(_DAY).where(_DAY.c.day == wanted)
    return {row.area: _danger(row) for row in await connection.execute(query)}


async def days(connection: AsyncConnection, since: date, until: date) -> list[Danger]:
    """All dangers of some days, oldest first."""
    query = select(_DAY).where(_DAY.c.day.between(since, until)).order_by(_DAY.c.day, _DAY.c.area)
    return [_danger(row) for row in await connection.execute(query)]


async def last_day_before(connection: AsyncConnection, before: date) -> date | None:
    """The newest day with danger before a day."""
    query = select(_DAY.c.day).where(_DAY.c.day < before).order_by(_DAY.c.day.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none()


async def readings_held(connection: AsyncConnection, stations: Sequence[str], since: int, until: int) -> int:
    """How many readings of these stations lie in [since, until] (microseconds): whether anything new came."""
    query = (
        select(func.count())
        .select_from(reading)
        .where(reading.c.station.in_(list(stations)), reading.c.observed_at.between(since, until))
    )
    return int((await connection.execute(query)).scalar_one())


async def put_day(connection: AsyncConnection, dangers: Sequence[Danger], made_at: datetime) -> None:
    """Write a day, replacing what was there."""
    if not dangers:
        return
    await connection.execute(delete(_DAY).where(_DAY.c.day == dangers[0].day))
    await connection.execute(insert(_DAY), [_day_values(each, made_at) for each in dangers])


# -- bulletins ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FireBulletin:
    """A bulletin and where it stands; see the row."""

    id: str
    day: date
    state: str
    body: Mapping[str, Any]
    made_at: datetime
    signed_by: str | None = None
    signed_at: datetime | None = None
    sent_by: str | None = None
    sent_at: datetime | None = None
    channels: Sequence[str] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who gets a bulletin; `kind` is body, commune or owner."""

    recipient: str
    kind: str
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    channel: str | None = None


_BULLETIN_FIELDS = [each.name for each in fields(FireBulletin)]
_RECIPIENT_FIELDS = [each.name for each in fields(Recipient)]


def _bulletin(row: Any) -> FireBulletin:
    return FireBulletin(**{name: getattr(row, name) for name in _BULLETIN_FIELDS})


async def bulletin(connection: AsyncConnection, wanted: str) -> FireBulletin | None:
    row = (await connection.execute(select(_BULLETIN).where(_BULLETIN.c.id == wanted))).one_or_none()
    return None if row is None else _bulletin(row)


async def bulletin_of(connection: AsyncConnection, wanted: date) -> FireBulletin | None:
    row = (await connection.execute(select(_BULLETIN).where(_BULLETIN.c.day == wanted))).one_or_none()
    return None if row is None else _bulletin(row)


async def bulletins(connection: AsyncConnection, before: date | None, limit: int) -> list[FireBulletin]:
    """Newest first."""
    query = select(_BULLETIN).order_by(_BULLETIN.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(_BULLETIN.c.day < before)
    return [_bulletin(row) for row in await connection.execute(query)]


async def put_bulletin(connection: AsyncConnection, given: FireBulletin) -> None:
    values = {name: getattr(given, name) for name in _BULLETIN_FIELDS}
    values |= {"body": dict(given.body), "channels": list(given.channels)}
    changed = await connection.execute(update(_BULLETIN).where(_BULLETIN.c.id == given.id).values(values))
    if changed.rowcount == 0:
        await connection.execute(insert(_BULLETIN).values(values))


async def drop_bulletin(connection: AsyncConnection, wanted: str) -> None:
    """Take back a draft that has nothing to say any more."""
    await connection.execute(delete(_RECIPIENT).where(_RECIPIENT.c.bulletin == wanted))
    await connection.execute(delete(_BULLETIN).where(_BULLETIN.c.id == wanted))


async def recipients(connection: AsyncConnection, wanted: Iterable[str]) -> dict[str, list[Recipient]]:
    """Recipients by bulletin."""
    ids = list(wanted)
    query = select(_RECIPIENT).where(_RECIPIENT.c.bulletin.in_(ids)).order_by(_RECIPIENT.c.kind, _RECIPIENT.c.recipient)
    found: dict[str, list[Recipient]] = {each: [] for each in ids}
    for row in await connection.execute(query):
        found[row.bulletin].append(Recipient(**{name: getattr(row, name) for name in _RECIPIENT_FIELDS}))
    return found


async def set_recipients(connection: AsyncConnection, wanted: str, given: Sequence[Recipient]) -> None:
    await connection.execute(delete(_RECIPIENT).where(_RECIPIENT.c.bulletin == wanted))
    if given:
        rows = [{"bulletin": wanted} | {name: getattr(each, name) for name in _RECIPIENT_FIELDS} for each in given]
        await connection.execute(insert(_RECIPIENT), rows)


async def acknowledge(
    connection: AsyncConnection, wanted: str, recipient: str, by: str, at: datetime, channel: str
) -> bool:
    """True when this recipient had not acknowledged before."""
    changed = await connection.execute(
        update(_RECIPIENT)
        .where(
            _RECIPIENT.c.bulletin == wanted,
            _RECIPIENT.c.recipient == recipient,
            _RECIPIENT.c.acknowledged_at.is_(None),
        )
        .values(acknowledged_by=by, acknowledged_at=at, channel=channel)
    )
    return changed.rowcount == 1
