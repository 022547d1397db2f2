"""Devices in the database: their credentials, gateways, presence, maintenance windows and tickets.

No password is kept, not even its hash: the broker has it. Tables are declared on the one MetaData of `eoc.store.base`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Table,
    Text,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from eoc.clock import from_us, to_us
from eoc.store.base import Json, metadata
from sensors.rights import Account, Kind

LOST = "lost"
"""The broker does not know the account any more: the device needs a new credential."""
ACTIVE = "active"


class CredentialRow(SQLModel, table=True):
    __tablename__ = "device_credential"
    __table_args__ = (
        CheckConstraint("kind in ('device', 'gateway', 'source')", name="kind"),
        CheckConstraint("state in ('active', 'lost')", name="state"),
    )

    username: str = Field(primary_key=True)
    kind: str
    owner: str = Field(index=True)
    stations: list[Any] = Field(default_factory=list, sa_type=Json)
    filters: list[Any] = Field(default_factory=list, sa_type=Json)
    issued_at: datetime
    issued_by: str
    enforced: bool
    state: str = ACTIVE


class GatewayRow(SQLModel, table=True):
    """A logger, LoRaWAN server or provincial hub that forwards for several stations."""

    __tablename__ = "gateway"

    id: str = Field(primary_key=True)
    stations: list[Any] = Field(default_factory=list, sa_type=Json)


class RefusalRow(SQLModel, table=True):
    """The last thing the broker refused an account, in the sender's own words; erasable, unlike the journal."""

    __tablename__ = "device_refusal"

    subject: str = Field(primary_key=True)
    at: datetime
    what: str
    topic: str | None = None
    client: str | None = None
    address: str | None = None
    count: int = Field(default=1, sa_type=BigInteger)


class MaintenanceRow(SQLModel, table=True):
    """Somebody works on the station: it is recorded as ever, and nobody is called."""

    __tablename__ = "maintenance"

    station: str = Field(primary_key=True)
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str


class TicketRow(SQLModel, table=True):
    """Something to repair. One open ticket per subject and kind."""

    __tablename__ = "device_ticket"
    __table_args__ = (
        CheckConstraint("subject_kind in ('station', 'gateway')", name="subject_kind"),
        CheckConstraint("priority in ('normal', 'high')", name="priority"),
        Index(
            "uq_device_ticket_open",
            "subject_kind",
            "subject",
            "kind",
            unique=True,
            postgresql_where=text("closed_at is null"),
            sqlite_where=text("closed_at is null"),
        ),
    )

    id: str = Field(primary_key=True)
    subject_kind: str
    subject: str
    kind: str
    priority: str
    opened_at: datetime = Field(index=True)
    last_seen_at: datetime | None = None
    reasons: list[Any] = Field(default_factory=list, sa_type=Json)
    closed_at: datetime | None = None
    closed_by: str | None = None


device_presence = Table(
    "device_presence",
    metadata,
    Column("station", Text, primary_key=True),
    Column("online", Boolean),
    Column("said_at", BigInteger, comment="microseconds since 1970, on the engine's clock"),
    Column("watch", Json, comment="what sensors.watchdog remembers"),
    sqlite_with_rowid=False,
)
"""What a device last said of itself (or its last will), and what the watchdog has learned about its habits."""

_CREDENTIAL = CredentialRow.__table__  # type: ignore[attr-defined]
_GATEWAY = GatewayRow.__table__  # type: ignore[attr-defined]
_REFUSAL = RefusalRow.__table__  # type: ignore[attr-defined]
_MAINTENANCE = MaintenanceRow.__table__  # type: ignore[attr-defined]
_TICKET = TicketRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Credential:
    """An account as issued."""

    account: Account
    issued_at: datetime
    issued_by: str
    enforced: bool
    state: str = ACTIVE


@dataclass(frozen=True, slots=True)
class Denied:
    """What the broker refused last: `what` is publish, subscribe or login."""

    subject: str
    at: datetime
    what: str
    topic: str | None
    client: str | None
    address: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    station: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """`closed_by` is a person's account, or None when the reason itself went away."""

    id: str
    subject_kind: str
    subject: str
    kind: str
    priority: str
    opened_at: datetime
    last_seen_at: datetime | None
    reasons: Sequence[Mapping[str, Any]] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    station: str
    online: bool | None
    said_at: datetime | None
    watch: Mapping[str, Any] = field(default_factory=dict)


async def _put(connection: AsyncConnection, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    where = [table.c[name] == value for name, value in key.items()]
    changed = await connection.execute(update(table).where(*where).values(**values))
    if changed.rowcount == 0:
        await connection.execute(insert(table).values(**key, **values))


# -- credentials ------------------------------------------------------------------------------------------------------


async def put_credential(connection: AsyncConnection, credential: Credential) -> None:
    """Create or replace."""
    account = credential.account
    values = {
        "kind": account.kind,
        "owner": account.owner,
        "stations": list(account.stations),
        "filters": list(account.filters),
        "issued_at": credential.issued_at,
        "issued_by": credential.issued_by,
        "enforced": credential.enforced,
        "state": credential.state,
    }
    await _put(connection, _CREDENTIAL, {"username": account.username}, values)


async def credentials(connection: AsyncConnection) -> dict[str, Credential]:
    """Every credential by user name."""
    rows = await connection.execute(select(_CREDENTIAL).order_by(_CREDENTIAL.c.username))
    return {row.username: _credential(row) for row in rows}


async def mark_lost(connection: AsyncConnection, usernames: Collection[str]) -> None:
    where = _CREDENTIAL.c.username.in_(sorted(usernames))
    await connection.execute(update(_CREDENTIAL).where(where).values(state=LOST))


async def forget_credentials(connection: AsyncConnection, usernames: Collection[str]) -> None:
    await connection.execute(delete(_CREDENTIAL).where(_CREDENTIAL.c.username.in_(sorted(usernames))))
    await connection.execute(delete(_REFUSAL).where(_REFUSAL.c.subject.in_(sorted(usernames))))


def _credential(row: Any) -> Credential:
    kind: Kind = row.kind
    account = Account(kind, row.owner, tuple(row.stations), tuple(row.filters))
    return Credential(account, row.issued_at, row.issued_by, row.enforced, row.state)


# -- gateways ---------------------------------------------------------------------------------------------------------


async def put_gateway(connection: AsyncConnection, gateway: str, stations: Sequence[str]) -> None:
    await _put(connection, _GATEWAY, {"id": gateway}, {"stations": list(stations)})


async def gateways(connection: AsyncConnection) -> dict[str, tuple[str, ...]]:
    """Each gateway with its stations."""
    rows = await connection.execute(select(_GATEWAY).order_by(_GATEWAY.c.id))
    return {row.id: tuple(row.stations) for row in rows}


# -- refusals ---------------------------------------------------------------------------------------------------------


async def put_refusal(connection: AsyncConnection, denied: Denied) -> None:
    """The newest of its subject; counts add up."""
    held = (await connection.execute(select(_REFUSAL.c["count"]).where(_REFUSAL.c.subject == denied.subject))).scalar()
    values = {
        "at": denied.at,
        "what": denied.what,
        "topic": denied.topic,
        "client": denied.client,
        "address": denied.address,
        "count": denied.count + (held or 0),
    }
    await _put(connection, _REFUSAL, {"subject": denied.subject}, values)


async def refusals(connection: AsyncConnection) -> dict[str, Denied]:
    """The last refusal of each account; those without one are under the empty name."""
    columns = [_REFUSAL.c[name] for name in Denied.__dataclass_fields__]
    rows = await connection.execute(select(*columns))
    return {
        subject: Denied(subject, at, what, topic, client, address, count)
        for subject, at, what, topic, client, address, count in rows
    }


# -- presence ---------------------------------------------------------------------------------------------------------


async def put_status(connection: AsyncConnection, station: str, *, online: bool, said_at: datetime) -> None:
    await _put(connection, device_presence, {"station": station}, {"online": online, "said_at": to_us(said_at)})


async def status(connection: AsyncConnection, station: str) -> Presence | None:
    """What one station last said."""
    found = await connection.execute(select(device_presence).where(device_presence.c.station == station))
    row = found.one_or_none()
    return None if row is None else _presence(row)


async def put_watch(connection: AsyncConnection, watch: Mapping[str, Mapping[str, Any]]) -> None:
    """What the watchdog remembers, by station."""
    if not watch:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(device_presence)
    changed = statement.on_conflict_do_update(
        index_elements=[device_presence.c.station], set_={"watch": statement.excluded.watch}
    )
    await connection.execute(changed, [{"station": name, "watch": dict(each)} for name, each in sorted(watch.items())])


async def presence(connection: AsyncConnection) -> dict[str, Presence]:
    rows = await connection.execute(select(device_presence))
    return {row.station: _presence(row) for row in rows}


def _presence(row: Any) -> Presence:
    return Presence(row.station, row.online, None if row.said_at is None else from_us(row.said_at), row.watch or {})


# -- maintenance ------------------------------------------------------------------------------------------------------


async def put_maintenance(connection: AsyncConnection, window: Maintenance) -> None:
    values = {
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "reason": window.reason,
        "made_by": window.made_by,
    }
    await _put(connection, _MAINTENANCE, {"station": window.station}, values)


async def end_maintenance(connection: AsyncConnection, station: str) -> bool:
    """Whether there was a window."""
    return bool((await connection.execute(delete(_MAINTENANCE).where(_MAINTENANCE.c.station == station))).rowcount)


async def maintenance(connection: AsyncConnection) -> dict[str, Maintenance]:
    rows = await connection.execute(select(_MAINTENANCE))
    return {row.station: Maintenance(row.station, row.starts_at, row.ends_at, row.reason, row.made_by) for row in rows}


# -- tickets ----------------------------------------------------------------------------------------------------------


async def add_ticket(connection: AsyncConnection, ticket: Ticket) -> None:
    values = {name: getattr(ticket, name) for name in Ticket.__dataclass_fields__}
    await connection.execute(insert(_TICKET).values(**values | {"reasons": [dict(each) for each in ticket.reasons]}))


async def raise_ticket(
    connection: AsyncConnection, ticket: str, priority: str, reasons: Sequence[Mapping[str, Any]]
) -> None:
    """It has become more (or less) urgent, and why."""
    values = {"priority": priority, "reasons": [dict(each) for each in reasons]}
    await connection.execute(update(_TICKET).where(_TICKET.c.id == ticket).values(**values))


async def close_ticket(connection: AsyncConnection, ticket: str, at: datetime, by: str | None) -> bool:
    """False when it was closed before."""
    where = (_TICKET.c.id == ticket, _TICKET.c.closed_at.is_(None))
    changed = await connection.execute(update(_TICKET).where(*where).values(closed_at=at, closed_by=by))
    return bool(changed.rowcount)


async def ticket(connection: AsyncConnection, wanted: str) -> Ticket | None:
    row = (await connection.execute(select(_TICKET).where(_TICKET.c.id == wanted))).one_or_none()
    return None if row is None else _ticket(row)


async def tickets(
    connection: AsyncConnection, *, state: str | None = "open", limit: int = 10_000, after: str | None = None
) -> list[Ticket]:
    """Newest first (ids are ordered by time); `state` is open, closed or None for both."""
    query = select(_TICKET).order_by(_TICKET.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(_TICKET.c.closed_at.is_(None) if state == "open" else _TICKET.c.closed_at.is_not(None))
    if after is not None:
        query = query.where(_TICKET.c.id < after)
    return [_ticket(row) for row in await connection.execute(query)]


def _ticket(row: Any) -> Ticket:
    return Ticket(**{name: getattr(row, name) for name in Ticket.__dataclass_fields__})
