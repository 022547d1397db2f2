"""Forest fire: danger by day, bulletins, notified burning, hot spots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "burning",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_ha", sa.Float(), nullable=True),
        sa.Column("danger", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("flag", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('notified', 'refused', 'ended')", name=op.f("ck_burning_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burning")),
    )
    op.create_index(op.f("ix_burning_area"), "burning", ["area"], unique=False)
    op.create_index(op.f("ix_burning_until_at"), "burning", ["until_at"], unique=False)
    op.create_table(
        "fire_bulletin",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channels", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('draft', 'signed', 'sent', 'acknowledged')", name=op.f("ck_fire_bulletin_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fire_bulletin")),
        sa.UniqueConstraint("day", name=op.f("uq_fire_bulletin_day")),
    )
    op.create_table(
        "fire_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("p", sa.Float(), nullable=True),
        sa.Column("codes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("moisture", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("distance_km", sa.Float(), nullable=True),
        sa.Column("index_table", sa.String(), nullable=True),
        sa.Column("table_source", sa.String(), nullable=True),
        sa.Column("missed_days", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("why", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_fire_day_level")),
        sa.PrimaryKeyConstraint("day", "area", name=op.f("pk_fire_day")),
    )
    op.create_table(
        "hotspot",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("satellite", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=True),
        sa.Column("frp_mw", sa.Float(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("trust", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("incident", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_hotspot")),
    )
    op.create_index("ix_hotspot_at", "hotspot", ["at"], unique=False)
    op.create_table(
        "burning_person",
        sa.Column("burning", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["burning"], ["burning.id"], name=op.f("fk_burning_person_burning_burning")),
        sa.PrimaryKeyConstraint("burning", name=op.f("pk_burning_person")),
    )
    op.create_table(
        "fire_bulletin_recipient",
        sa.Column("bulletin", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bulletin"], ["fire_bulletin.id"], name=op.f("fk_fire_bulletin_recipient_bulletin_fire_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin", "recipient", name=op.f("pk_fire_bulletin_recipient")),
    )
