"""Dam releases and what each commune downstream did about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reservoir", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharge_m3s", sa.Float(), nullable=True),
        sa.Column("spill_m3s", sa.Float(), nullable=True),
        sa.Column("turbine_m3s", sa.Float(), nullable=True),
        sa.Column("gates_open", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("notice_hours", sa.Float(), nullable=True),
        sa.Column("required_hours", sa.Float(), nullable=True),
        sa.Column("required_source", sa.String(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("incident", sa.String(), nullable=True),
        sa.Column("read", sa.String(), nullable=True),
        sa.CheckConstraint("state in ('planned', 'running', 'ended', 'cancelled')", name=op.f("ck_release_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_incident"), "release", ["incident"], unique=False)
    op.create_index(op.f("ix_release_state"), "release", ["state"], unique=False)
    op.create_index("uq_release_notice", "release", ["reservoir", "notice"], unique=True)
    op.create_table(
        "reservoir_check",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reservoir", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", _JSON, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservoir_check")),
    )
    op.create_index(op.f("ix_reservoir_check_reservoir"), "reservoir_check", ["reservoir"], unique=False)
    op.create_table(
        "release_commune",
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chainage_km", sa.Float(), nullable=False),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("likely_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("why", _JSON, nullable=True),
        sa.Column("notes", _JSON, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_release_commune_release_release")),
        sa.PrimaryKeyConstraint("release", "area", name=op.f("pk_release_commune")),
    )
    op.create_table(
        "release_original",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("proposal", _JSON, nullable=False),
        sa.Column("release", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_release_original_release_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_original")),
    )
    op.create_index(op.f("ix_release_original_at"), "release_original", ["at"], unique=False)
    op.create_table(
        "release_party",
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_release_party_release_release")),
        sa.PrimaryKeyConstraint("release", "body", name=op.f("pk_release_party")),
    )
    op.create_table(
        "release_step",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.CheckConstraint("step in ('received', 'hamlets_told', 'bank_clear')", name=op.f("ck_release_step_step")),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_release_step_release_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_step")),
    )
    op.create_index(op.f("ix_release_step_release"), "release_step", ["release"], unique=False)
    op.create_table(
        "release_version",
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharge_m3s", sa.Float(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_release_version_release_release")),
        sa.PrimaryKeyConstraint("release", "version", name=op.f("pk_release_version")),
    )
