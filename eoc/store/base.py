"""The one MetaData of the product and the two column types every table needs.

`sensors.store` and `dispatch.store` declare their tables on the same MetaData; the one alembic history is in
`ui.migrations`, because only `ui` sees every table.
"""

from sqlalchemy import JSON, BigInteger, Integer, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")
"""Structured values that people may want to query."""

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A big integer key: SQLite numbers rows by itself only for INTEGER."""
