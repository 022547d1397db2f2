"""The tables of the core. Rows are built only inside `store`; everyone else sees frozen values or JSON.

Times of people's records are timestamps with zone. Readings carry microseconds since 1970 as integers: there are
millions of them, they are compared far more often than read, and both databases sort them alike.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from eoc.store.base import BigId, Json, metadata

reading = Table(
    "reading",
    metadata,
    Column("station", Text, primary_key=True),
    Column("property", Text, primary_key=True),
    Column("observed_at", BigInteger, primary_key=True, comment="microseconds since 1970, UTC"),
    Column("value", Double, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("quality", Text, nullable=False),
    Column("boot", Text, nullable=False, server_default=""),
    Column("seq", BigInteger),
    Column("flags", Text, comment="why the quality is not good: codes, separated by spaces"),
    sqlite_with_rowid=False,
)
"""Accepted readings. The key is the idempotency: a device may send a record as often as it likes."""

station_state = Table(
    "station_state",
    metadata,
    Column("station", Text, ForeignKey("station.id", ondelete="CASCADE"), primary_key=True),
    Column("state", LargeBinary, nullable=False, comment="JSON of eoc.hazards.StationState"),
)
"""What the rules remember between readings; locked by whoever folds new ones in."""


class StationRow(SQLModel, table=True):
    __tablename__ = "station"

    id: str = Field(primary_key=True)
    name: str
    kind: str
    lon: float | None = None
    lat: float | None = None
    area: str | None = Field(default=None, index=True)
    river: str | None = None
    chainage_km: float | None = None
    thresholds: dict[str, Any] | None = Field(default=None, sa_type=Json)
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    demo: bool = False
    sources: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    people_exposed: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    interval_s: float | None = None
    limits: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    from_pack: bool = False
    version: int = 1


class QuarantineRow(SQLModel, table=True):
    __tablename__ = "quarantine"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    received_at: datetime
    origin: str
    station: str | None = Field(default=None, index=True)
    boot: str = ""
    seq: int | None = Field(default=None, sa_type=BigInteger)
    code: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    raw: bytes


class IncidentRow(SQLModel, table=True):
    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("level between 0 and 5 and peak_level between 0 and 5", name="level"),
        CheckConstraint("state in ('new', 'acknowledged', 'responding', 'contained', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (outcome is not null)", name="outcome"),
        # The second belt behind the journal-head lock: one attracting case per event.
        Index("uq_incident_event_key", "event_key", unique=True, postgresql_where=text("event_key is not null")),
        Index("ix_incident_state_level", "state", "level"),
    )

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    hazard: str
    level: int = Field(sa_type=SmallInteger)
    peak_level: int = Field(sa_type=SmallInteger)
    official_level: int | None = Field(default=None, sa_type=SmallInteger)
    bulletin: str | None = None
    risk_reference: int | None = Field(default=None, sa_type=SmallInteger)
    risk_uplift: int = Field(default=0, sa_type=SmallInteger)
    state: str = "new"
    outcome: str | None = None
    title: dict[str, Any] = Field(sa_type=Json)
    area: str | None = Field(default=None, index=True)
    station: str | None = None
    lon: float | None = None
    lat: float | None = None
    observed_at: datetime
    decided_at: datetime
    opened_at: datetime = Field(index=True)
    stood_down_at: datetime | None = None
    attracts_until: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assigned_to: str | None = None
    closed_at: datetime | None = None
    event_key: str | None = None
    drill: bool = False
    evidence_count: int = 0
    version: int = 1


class EvidenceRow(SQLModel, table=True):
    __tablename__ = "evidence"
    __table_args__ = (Index("uq_evidence_source", "incident", "source", "ref", unique=True),)

    id: str = Field(primary_key=True)
    incident: str = Field(foreign_key="incident.id", index=True)
    source: str
    ref: str
    observed_at: datetime
    level: int = Field(default=0, sa_type=SmallInteger)
    weight: float = 1.0
    reasons: list[Any] = Field(default_factory=list, sa_type=Json)
    risk_reference: int | None = Field(default=None, sa_type=SmallInteger)
    detached: bool = False
    place: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class NoteRow(SQLModel, table=True):
    """Free text of people, kept apart from the journal so that it can be erased."""

    __tablename__ = "note"

    id: str = Field(primary_key=True)
    incident: str = Field(foreign_key="incident.id", index=True)
    author: str
    at: datetime
    text: str


class TaskRow(SQLModel, table=True):
    __tablename__ = "task"
    __table_args__ = (CheckConstraint("state in ('open', 'done', 'dropped')", name="state"),)

    id: str = Field(primary_key=True)
    incident: str = Field(foreign_key="incident.id", index=True)
    kind: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = "open"
    created_at: datetime
    due_at: datetime | None = None
    done_by: str | None = None
    done_at: datetime | None = None


class TimerRow(SQLModel, table=True):
    """Something the engine must do at a time; deleted in the transaction that does it."""

    __tablename__ = "timer"
    __table_args__ = (Index("uq_timer_subject", "kind", "subject", unique=True),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str
    subject: str
    due_at: datetime = Field(index=True)


class JournalRow(SQLModel, table=True):
    __tablename__ = "journal"

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: str = Field(index=True)
    subject: str = Field(index=True)
    actor: str
    body: str = Field(sa_type=Text)
    hash: str


class JournalHeadRow(SQLModel, table=True):
    """One row. Whoever holds its lock is the only one deciding anything: the engine's lock."""

    __tablename__ = "journal_head"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(default=0, sa_type=BigInteger)
    hash: str
    incident_number: int = 0
    warning_number: int = 0
    data_now: int = Field(default=0, sa_type=BigInteger)


class CursorRow(SQLModel, table=True):
    """How far a durable reader of the journal has come."""

    __tablename__ = "reader_cursor"

    name: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)


class AccountRow(SQLModel, table=True):
    __tablename__ = "account"

    name: str = Field(primary_key=True)
    display_name: str
    role: str
    password_hash: str
    disabled: bool = False
    created_at: datetime
    version: int = 1


class LoginRow(SQLModel, table=True):
    """A browser session or a program's token; only the hash of the secret is kept."""

    __tablename__ = "login"

    token_hash: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.name", index=True)
    kind: str
    created_at: datetime
    expires_at: datetime


class SettingRow(SQLModel, table=True):
    """Small facts the product keeps about itself (installed pack, broker credential's hash)."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_type=Json)
