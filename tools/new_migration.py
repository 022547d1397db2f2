"""Write the next migration from the difference between the tables and a scratch database at the newest schema.

    python -m tools.new_migration "what changes"

Read what it wrote: alembic does not see a changed CHECK, and data has to be moved by hand.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from eoc.store import sqlite_url
from ui.migrations import config, upgrade

VERSIONS = Path(__file__).parents[1] / "ui" / "migrations" / "versions"


def _next_number() -> str:
    taken = [path.name[:4] for path in VERSIONS.glob("[0-9]*.py")]
    return f"{max(map(int, taken), default=0) + 1:04d}"


async def write(message: str) -> None:
    """Create the file in `ui/migrations/versions`."""
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "scratch.sqlite3")
        await upgrade(url)
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(
                lambda sync: command.revision(config(sync), message, autogenerate=True, rev_id=_next_number())
            )
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
