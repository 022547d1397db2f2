"""Opening the database and the discipline of its transactions.

Measured before this was written: the default settings of SQLAlchemy with aiosqlite lose updates silently (200
"successful" commits left a counter at 57). So SQLite has one writer connection behind a fair queue and begins every
writing transaction with BEGIN IMMEDIATE; PostgreSQL runs at READ COMMITTED with explicit row locks, taken in one
order everywhere: readings, station states, journal head.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from eoc.bus import Bus
from eoc.errors import Temporary
from eoc.events import Draft, Event
from eoc.store import journal_log, patient_sqlite

Connection = AsyncConnection
"""What `Store.read` hands out: for signatures of those who may not know the database library."""

_BUSY_MS = 15_000
_READERS = 8


def normalise_url(url: str) -> URL:
    """Accept the spellings people use (`postgres://`, `sqlite:///`) and name the async driver."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+asyncpg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    return parsed


def sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


class Unit:
    """One writing transaction: the only way to change anything.

    `append` adds journal events in the order given and takes the journal-head lock if `lock` has not; whatever
    was appended wakes the readers after the commit, never before.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._head: journal_log.Head | None = None

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    async def lock(self) -> journal_log.Head:
        """Take the engine's one lock (the journal head row); from here on nobody else decides anything."""
        if self._head is None:
            self._head = await journal_log.lock_head(self.connection)
        return self._head

    async def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Record events; returns them with their place in the order."""
        if not drafts:
            return []
        head = await self.lock()
        recorded = await journal_log.append(self.connection, head, drafts)
        self.events.extend(recorded)
        return recorded


class Store:
    """The open database. `write()` is a transaction, `read()` a consistent snapshot."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, bus: Bus) -> None:
        self._writer = writer
        self._reader = reader
        self._bus = bus
        self._turn = asyncio.Lock() if writer.dialect.name == "sqlite" else None

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """A writing transaction; commits at the end of the block, rolls back on any exception.

        Raises `Temporary` when the database is away or too busy, so that callers at an edge can retry.
        """
        async with contextlib.AsyncExitStack() as stack:
            if self._turn is not None:
                # asyncio.Lock is first come, first served: a fair queue in front of the one writer.
                await stack.enter_async_context(self._turn)
            with _translated():
                connection = await stack.enter_async_context(self._writer.connect())
                await connection.begin()
                unit = Unit(connection)
                try:
                    yield unit
                    await connection.commit()
                except BaseException:
                    with contextlib.suppress(DBAPIError):
                        await asyncio.shield(connection.rollback())
                    raise
        if unit.events:
            await self._bus.wake("journal")

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only snapshot: everything selected inside belongs to one moment."""
        with _translated():
            async with self._reader.connect() as connection, connection.begin():
                yield connection

    async def dispose(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _is_passing(error):
            raise Temporary("database.unavailable", detail=type(error.orig).__name__) from error
        raise


def _is_passing(error: DBAPIError) -> bool:
    text = str(error.orig).lower()
    return any(word in text for word in ("locked", "deadlock", "connection", "serialize", "disk is full"))


@contextlib.asynccontextmanager
async def open_store(url: str, bus: Bus) -> AsyncIterator[Store]:
    """Open the database at `url` (the schema must already be there) and close it at the end."""
    store = connect(url, bus)
    try:
        yield store
    finally:
        await store.dispose()


def connect(url: str, bus: Bus) -> Store:
    """The engines of a database, nothing opened yet."""
    parsed = normalise_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Store(_sqlite_engine(parsed, writer=True), _sqlite_engine(parsed, writer=False), bus)
    writer = create_async_engine(
        parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, isolation_level="READ COMMITTED"
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Store(writer, reader, bus)


def _sqlite_engine(url: URL, *, writer: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writer else _READERS,
        max_overflow=0,
        connect_args={
            "isolation_level": None,
            "timeout": _BUSY_MS / 1000,
            "async_creator_fn": patient_sqlite.connect,
        },
    )
    settings = [
        f"PRAGMA busy_timeout={_BUSY_MS}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA cache_size=-32000",
    ]
    if not writer:
        settings.append("PRAGMA query_only=ON")

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for line in settings:
            cursor.execute(line)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine
