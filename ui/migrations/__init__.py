"""The one alembic history, run by the product at start and by `eoc db upgrade`; tests make their schema with it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from eoc.store import normalise_url

_LOCK_KEY = 0x0E0C


def config(connection: Connection) -> Config:
    """Alembic's configuration without a file: the scripts lie beside this module."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Several roles start at once: one migrates, the others wait and find nothing to do.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
    command.upgrade(config(connection), "head")


async def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema; creates the SQLite file's folder if needed."""
    parsed = normalise_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
