"""Counts per area and period, for the epidemic rules."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_count",
        sa.Column("disease", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="day or week"),
        sa.Column("begins", sa.Date(), nullable=False, comment="the day, or the Monday of the ISO week"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=True, comment="null: withdrawn, unknown again"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("period in ('day', 'week')", name=op.f("ck_area_count_period")),
        sa.CheckConstraint("count is null or count >= 0", name=op.f("ck_area_count_count")),
        sa.PrimaryKeyConstraint("disease", "area", "period", "begins", "version", name=op.f("pk_area_count")),
    )
    op.create_table(
        "area_told",
        sa.Column("disease", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("disease", "area", name=op.f("pk_area_told")),
    )
