"""The product's database, read behind its back: while it runs, after it was killed, on both kinds."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg


class Database(Protocol):
    def ask(self, question: str) -> Sequence[tuple[Any, ...]]:
        """The rows a SELECT gives."""


class SQLite:
    def __init__(self, folder: Path) -> None:
        self._url = f"file:{folder / 'eoc.sqlite3'}?mode=ro"

    def ask(self, question: str) -> Sequence[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._url, uri=True, timeout=30)) as connection:
            return connection.execute(question).fetchall()


class PostgreSQL:
    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)

    def ask(self, question: str) -> Sequence[tuple[Any, ...]]:
        return asyncio.run(self._ask(question))

    async def _ask(self, question: str) -> Sequence[tuple[Any, ...]]:
        connection = await asyncpg.connect(self._url)
        try:
            return [tuple(row) for row in await connection.fetch(question)]
        finally:
            await connection.close()
