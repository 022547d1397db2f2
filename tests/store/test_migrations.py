"""The migrations make exactly the tables that the code declares."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

import dispatch.store.tables
import eoc.store.area_counts
import eoc.store.bulletins
import eoc.store.feeds
import eoc.store.fire_tables
import eoc.store.releases
import eoc.store.tables  # noqa: F401 - declares its tables
import sensors.store.devices  # noqa: F401 - declares its tables
from eoc.store.base import metadata
from ui.migrations import upgrade

VERSIONS = Path(dispatch.store.tables.__file__).parents[2] / "ui" / "migrations" / "versions"


async def test_nothing_is_missing_after_the_last_migration(database_url: str) -> None:
    await upgrade(database_url)
    engine = create_async_engine(database_url)

    def _differences(connection: Connection) -> tuple[list[object], set[str]]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return compare_metadata(context, metadata), set(_checks(connection))

    async with engine.connect() as connection:
        found, checks = await connection.run_sync(_differences)
    await engine.dispose()
    assert found == []
    # alembic does not see CHECKs: compare their names.
    assert checks == set(_declared())


def _checks(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    return [str(each["name"]) for table in metadata.tables for each in inspector.get_check_constraints(table)]


def _declared() -> list[str]:
    constraints = [each for table in metadata.tables.values() for each in table.constraints]
    return [str(each.name) for each in constraints if isinstance(each, CheckConstraint)]


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    await upgrade(database_url)
    await upgrade(database_url)


def test_migrations_are_one_line_of_history() -> None:
    numbers = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
