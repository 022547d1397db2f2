"""Evidence of any source and place, why a reading is doubted, and what a station is expected to do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_FLAGS = "why the quality is not good: codes, separated by spaces"


def upgrade() -> None:
    op.add_column("evidence", sa.Column("place", _JSON, nullable=False, server_default="{}"))
    op.add_column("reading", sa.Column("flags", sa.Text(), nullable=True, comment=_FLAGS))
    op.add_column("station", sa.Column("interval_s", sa.Float(), nullable=True))
    op.add_column("station", sa.Column("limits", _JSON, nullable=False, server_default="{}"))
    op.add_column("station", sa.Column("facts", _JSON, nullable=False, server_default="{}"))
