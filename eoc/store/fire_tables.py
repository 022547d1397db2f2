"""The tables of forest fire: danger by day and commune, bulletins, notified burning, hot spots.

Names and phones of people who give notice of burning stand in a table of their own, so that erasing a person leaves
the register.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger
from sqlmodel import Field, SQLModel

from eoc.store.base import Json


class FireDayRow(SQLModel, table=True):
    """One commune's danger on one day."""

    __tablename__ = "fire_day"
    __table_args__ = (CheckConstraint("level between 1 and 5", name="level"),)

    day: date = Field(primary_key=True)
    area: str = Field(primary_key=True)
    level: int | None = Field(default=None, sa_type=SmallInteger)
    p: float | None = None
    codes: dict[str, Any] | None = Field(default=None, sa_type=Json)
    moisture: dict[str, Any] | None = Field(default=None, sa_type=Json)
    station: str | None = None
    distance_km: float | None = None
    index_table: str | None = None
    table_source: str | None = None
    missed_days: int = 0
    since: date | None = None
    why: dict[str, Any] | None = Field(default=None, sa_type=Json)
    made_at: datetime


class FireBulletinRow(SQLModel, table=True):
    """A draft bulletin of one afternoon; `body` is what it says, in codes and numbers."""

    __tablename__ = "fire_bulletin"
    __table_args__ = (CheckConstraint("state in ('draft', 'signed', 'sent', 'acknowledged')", name="state"),)

    id: str = Field(primary_key=True)
    day: date = Field(unique=True)
    state: str = "draft"
    body: dict[str, Any] = Field(sa_type=Json)
    made_at: datetime
    signed_by: str | None = None
    signed_at: datetime | None = None
    sent_by: str | None = None
    sent_at: datetime | None = None
    channels: list[Any] = Field(default_factory=list, sa_type=Json)
    version: int = 1


class FireRecipientRow(SQLModel, table=True):
    """Who gets a bulletin: a body, a commune or a forest owner, and when they said that they have it."""

    __tablename__ = "fire_bulletin_recipient"

    bulletin: str = Field(primary_key=True, foreign_key="fire_bulletin.id")
    recipient: str = Field(primary_key=True)
    kind: str
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    channel: str | None = None


class BurningRow(SQLModel, table=True):
    """Burning that somebody gave notice of."""

    __tablename__ = "burning"
    __table_args__ = (CheckConstraint("state in ('notified', 'refused', 'ended')", name="state"),)

    id: str = Field(primary_key=True)
    area: str = Field(index=True)
    lon: float | None = None
    lat: float | None = None
    from_at: datetime
    until_at: datetime = Field(index=True)
    size_ha: float | None = None
    danger: int | None = Field(default=None, sa_type=SmallInteger)
    state: str = "notified"
    flag: dict[str, Any] | None = Field(default=None, sa_type=Json)
    entered_by: str
    entered_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None


class BurningPersonRow(SQLModel, table=True):
    """Who gave the notice; erasable."""

    __tablename__ = "burning_person"

    burning: str = Field(primary_key=True, foreign_key="burning.id")
    name: str
    phone_sealed: bytes | None = None
    place: str = ""


class HotspotRow(SQLModel, table=True):
    __tablename__ = "hotspot"
    __table_args__ = (Index("ix_hotspot_at", "at"),)

    key: str = Field(primary_key=True)
    satellite: str
    instrument: str = ""
    at: datetime
    lon: float
    lat: float
    confidence: str | None = None
    frp_mw: float | None = None
    source: str = ""
    area: str | None = None
    received_at: datetime
    verdict: str
    level: int = Field(default=0, sa_type=SmallInteger)
    trust: float = 1.0
    reasons: list[Any] = Field(default_factory=list, sa_type=Json)
    incident: str | None = None
