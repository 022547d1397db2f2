"""Alembic's entry: always on the connection that `ui.migrations.upgrade` hands in."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON
from sqlmodel.sql.sqltypes import AutoString

import dispatch.store.tables  # noqa: F401 - declares its tables
import eoc.store.area_counts
import eoc.store.bulletins
import eoc.store.feeds
import eoc.store.fire_tables
import eoc.store.releases
import eoc.store.tables  # noqa: F401 - declares its tables
import sensors.store.devices  # noqa: F401 - declares its tables
from eoc.store.base import metadata


def _render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    # SQLModel's own types are plain ones to the database; naming them would tie old migrations to SQLModel.
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return "sa.String()"
    if type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    if isinstance(item, JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=False,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
