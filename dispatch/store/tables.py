"""The tables of dispatch, on the product's one MetaData.

Nothing here is a phone number: numbers are sealed, and a keyed fingerprint makes them unique. Free text of people
(the words of a warning, the reason of a rejection) is here and not in the journal, so that it can be erased.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, Text, text
from sqlmodel import Field, SQLModel

from eoc.store.base import BigId, Json

_LIVE = text("due_at is not null")
_KNOWN_TO_PROVIDER = text("provider_id is not null")


class WarningRow(SQLModel, table=True):
    __tablename__ = "warning"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft', 'submitted', 'approved', 'sending', 'sent', 'cancelled', 'expired', 'rejected')",
            name="state",
        ),
        CheckConstraint("level between 0 and 5", name="level"),
        # The second person is a rule of the code; the database holds it as well.
        CheckConstraint(
            "approved_by is null or (approved_by <> drafted_by and approved_by <> submitted_by)", name="two_persons"
        ),
        CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved"),
        # An incident gets each template at each level of the plan once, however often the event is read.
        Index("uq_warning_drafted_for", "incident", "trigger_level", "template", unique=True),
        Index("ix_warning_state_expires_at", "state", "expires_at"),
    )

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    incident: str | None = Field(default=None, foreign_key="incident.id", index=True)
    template: str | None = None
    trigger_level: int | None = Field(default=None, sa_type=SmallInteger)
    level: int = Field(sa_type=SmallInteger)
    hazard: str
    state: str = "draft"
    version: int = 1
    text_vi: str = Field(sa_type=Text)
    text_plain: str = Field(sa_type=Text)
    text_en: str | None = Field(default=None, sa_type=Text)
    areas: list[Any] = Field(sa_type=Json)
    expires_at: datetime
    lon: float | None = None
    lat: float | None = None
    drill: bool = False
    drafted_by: str
    drafted_at: datetime
    authors: list[Any] = Field(sa_type=Json)
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    rejected_reason: str | None = Field(default=None, sa_type=Text)
    confirmed_count: int | None = None
    reported: dict[str, Any] | None = Field(default=None, sa_type=Json)
    reported_at: datetime | None = None


class AudienceRow(SQLModel, table=True):
    """The people of an approved warning, frozen: everyone in these areas on the list as of a journal position.

    `after_priority`/`after_recipient` say how far the outbox has been written, nearest first.
    """

    __tablename__ = "audience"
    __table_args__ = (
        Index("uq_audience_warning", "warning", "warning_version", unique=True),
        Index("ix_audience_unwritten", "level", postgresql_where=text("not written"), sqlite_where=text("not written")),
    )

    id: str = Field(primary_key=True)
    warning: str = Field(foreign_key="warning.id")
    warning_version: int
    level: int = Field(sa_type=SmallInteger)
    areas: list[Any] = Field(sa_type=Json, description="codes, with everything inside the chosen areas")
    as_of_seq: int = Field(sa_type=BigInteger)
    count: int
    lon: float | None = None
    lat: float | None = None
    after_priority: int = Field(default=-1, sa_type=BigInteger)
    after_recipient: int = Field(default=-1, sa_type=BigInteger)
    rows_written: int = 0
    written: bool = False


class RecipientRow(SQLModel, table=True):
    """Somebody who receives warnings, on the list from journal position `added_seq` until `ended_seq`."""

    __tablename__ = "recipient"
    __table_args__ = (
        CheckConstraint("basis in ('consent', 'emergency', 'statutory')", name="basis"),
        CheckConstraint("channel in ('sms', 'call')", name="channel"),
        CheckConstraint("language in ('vi', 'en')", name="language"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    phone_sealed: bytes
    phone_fingerprint: str = Field(unique=True)
    area: str = Field(index=True)
    lon: float | None = None
    lat: float | None = None
    language: str = "vi"
    channel: str = "sms"
    basis: str
    source: str
    added_seq: int = Field(sa_type=BigInteger)
    ended_seq: int | None = Field(default=None, sa_type=BigInteger)
    added_at: datetime


class OutboxRow(SQLModel, table=True):
    """One message to one person. `due_at`: when a worker may take it: the next attempt of a `queued` one, the next
    look-up of an `unknown` one, the end of the lease of a `sending` one; null when nothing more will happen.
    `unclear` counts how often a provider left us in doubt.

    No foreign key to the recipient: erasing a person must not erase the record that a message was sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'expired')", name="state"
        ),
        CheckConstraint("state <> 'sending' or (lease_owner is not null and due_at is not null)", name="lease"),
        Index("uq_outbox_recipient", "warning", "warning_version", "phone_fingerprint", unique=True),
        # Only rows that still have something to happen are in it, in the order in which they leave.
        Index("ix_outbox_live", "priority", "id", postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_outbox_warning_state", "warning", "state"),
        Index(
            "ix_outbox_provider_id", "provider_id", postgresql_where=_KNOWN_TO_PROVIDER, sqlite_where=_KNOWN_TO_PROVIDER
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    warning: str = Field(foreign_key="warning.id")
    warning_version: int
    recipient: int = Field(sa_type=BigInteger)
    phone_fingerprint: str
    priority: int = Field(sa_type=BigInteger, description="lower leaves first: severity, then metres from the danger")
    state: str = "queued"
    attempts: int = 0
    unclear: int = 0
    lease_owner: str | None = None
    due_at: datetime | None = None
    first_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    provider_id: str | None = None
    error_code: str | None = None


class ConsoleMessageRow(SQLModel, table=True):
    """What the console provider "sent": the phone's view of a demo."""

    __tablename__ = "console_message"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    reference: str = Field(unique=True)
    warning: str | None = Field(default=None, index=True)
    phone_sealed: bytes
    sender: str
    body: str = Field(sa_type=Text)
    segments: int
    at: datetime
