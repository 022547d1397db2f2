"""Devices: credentials, gateways, presence, maintenance windows, refusals, tickets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "device_credential",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("stations", _json(), nullable=False),
        sa.Column("filters", _json(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("enforced", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('device', 'gateway', 'source')", name=op.f("ck_device_credential_kind")),
        sa.CheckConstraint("state in ('active', 'lost')", name=op.f("ck_device_credential_state")),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_device_credential")),
    )
    op.create_index(op.f("ix_device_credential_owner"), "device_credential", ["owner"], unique=False)
    op.create_table(
        "gateway",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stations", _json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway")),
    )
    op.create_table(
        "device_refusal",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_device_refusal")),
    )
    op.create_table(
        "maintenance",
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_maintenance")),
    )
    op.create_table(
        "device_ticket",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reasons", _json(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.CheckConstraint("subject_kind in ('station', 'gateway')", name=op.f("ck_device_ticket_subject_kind")),
        sa.CheckConstraint("priority in ('normal', 'high')", name=op.f("ck_device_ticket_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_ticket")),
    )
    op.create_index(op.f("ix_device_ticket_opened_at"), "device_ticket", ["opened_at"], unique=False)
    op.create_index(
        "uq_device_ticket_open",
        "device_ticket",
        ["subject_kind", "subject", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
        sqlite_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "device_presence",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True, comment="microseconds since 1970, on the engine's clock"),
        sa.Column("watch", _json(), nullable=True, comment="what sensors.watchdog remembers"),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_device_presence")),
        sqlite_with_rowid=False,
    )
