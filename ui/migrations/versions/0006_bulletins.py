"""Official bulletins and their files; which one a case goes by, and an uplift that a supervisor accepted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("hazard", sa.String(), nullable=False),
        sa.Column("official_level", sa.SmallInteger(), nullable=True),
        sa.Column("areas", _JSON, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("supersedes", sa.String(), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("official_level between 1 and 5", name=op.f("ck_bulletin_official_level")),
        sa.CheckConstraint(
            "state in ('current', 'superseded', 'expired', 'closed')", name=op.f("ck_bulletin_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
    )
    for name in ("hazard", "issued_at", "state"):
        op.create_index(op.f(f"ix_bulletin_{name}"), "bulletin", [name], unique=False)
    op.create_table(
        "bulletin_file",
        sa.Column("bulletin", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bulletin"], ["bulletin.id"], name=op.f("fk_bulletin_file_bulletin_bulletin")),
        sa.PrimaryKeyConstraint("bulletin", name=op.f("pk_bulletin_file")),
    )
    op.add_column("incident", sa.Column("bulletin", sa.String(), nullable=True))
    op.add_column("incident", sa.Column("risk_uplift", sa.SmallInteger(), nullable=False, server_default="0"))
