"""Whoever edits the journal behind the product's back is found, and where."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eoc.bus import LocalBus
from eoc.events import Draft
from eoc.journal import Audit
from eoc.store import journal_log, open_store, sqlite_url
from ui.migrations import upgrade

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 60


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """A journal of sixty events on disk."""
    file = tmp_path / "eoc.sqlite3"
    await upgrade(sqlite_url(file))
    async with open_store(sqlite_url(file), LocalBus()) as store:
        for number in range(ROWS):
            async with store.write() as unit:
                draft = Draft("incident.noted", f"i{number}", START + timedelta(seconds=number), {"level": number % 6})
                await unit.append([draft])
    return file


async def audit(file: Path) -> Audit:
    async with open_store(sqlite_url(file), LocalBus()) as store, store.read() as connection:
        return await journal_log.audit(connection)


def edit(file: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement, values)
    connection.close()


async def test_an_untouched_journal_is_whole(journal: Path) -> None:
    found = await audit(journal)
    assert (found.ok, found.rows) == (True, ROWS)


@pytest.mark.parametrize("column", ["body", "hash", "kind", "subject", "actor", "at"])
@pytest.mark.parametrize("seed", range(5))
async def test_a_flipped_byte_is_found_in_its_row(journal: Path, column: str, seed: int) -> None:
    chance = random.Random(seed)
    seq = chance.randint(1, ROWS)
    with sqlite3.connect(journal) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()
    connection.close()
    digits = [i for i, letter in enumerate(value) if letter.isalnum()]
    where = chance.choice(digits[-4:] if column == "at" else digits)
    other = "1" if value[where] != "1" else "2"
    edit(journal, f"UPDATE journal SET {column} = ? WHERE seq = ?", value[:where] + other + value[where + 1 :], seq)
    found = await audit(journal)
    assert found.flaw is not None
    assert found.flaw.seq == seq


@pytest.mark.parametrize("seq", [1, 2, 31, ROWS])
async def test_a_deleted_row_is_found(journal: Path, seq: int) -> None:
    edit(journal, "DELETE FROM journal WHERE seq = ?", seq)
    found = await audit(journal)
    assert found.flaw is not None
    assert found.flaw.seq == seq


@pytest.mark.parametrize(("a", "b"), [(1, 2), (10, 40), (ROWS - 1, ROWS)])
async def test_reordered_rows_are_found(journal: Path, a: int, b: int) -> None:
    for old, new in ((a, -1), (b, a), (-1, b)):
        edit(journal, "UPDATE journal SET seq = ? WHERE seq = ?", new, old)
    found = await audit(journal)
    assert found.flaw is not None
    assert found.flaw.seq == a


async def test_a_moved_head_is_found(journal: Path) -> None:
    edit(journal, "UPDATE journal_head SET seq = seq + 1")
    assert not (await audit(journal)).ok
