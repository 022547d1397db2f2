"""An intake for tests with a memory of its own: SQLite on disk, one transaction a batch, faults on request.

Small, but honest: what `observe` returned is committed, a duplicate is known by its key, a contradiction is refused.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from eoc.clock import to_us
from eoc.model import Observation, Outcome, Refusal, Verdict

Fault = Callable[[Sequence[Observation], Sequence[Refusal]], None]

_SCHEMA = """
create table if not exists reading (
  place integer primary key autoincrement,
  station text, property text, observed_at integer, value real, boot text, seq integer,
  unique (station, property, observed_at));
create table if not exists quarantine (code text, origin text, station text, seq integer, raw blob);
"""


class Ledger:
    """`fault` is called at the beginning of every transaction and may raise; `slow_s` is how long a commit takes."""

    def __init__(self, file: Path | str = ":memory:") -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript("pragma journal_mode=wal; pragma synchronous=full;" + _SCHEMA)
        self.fault: Fault | None = None
        self.slow_s = 0.0
        self.batches: list[int] = []
        self.largest = 0

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:
        await asyncio.sleep(self.slow_s)
        self.batches.append(len(batch) + len(refused))
        cursor = self._database.cursor()
        cursor.execute("begin immediate")
        try:
            if self.fault is not None:
                self.fault(batch, refused)
            outcomes = [self._store(cursor, each) for each in batch]
            for each in refused:
                self._quarantine(cursor, each.code, each)
            cursor.execute("commit")
        except BaseException:
            cursor.execute("rollback")
            raise
        return outcomes

    def _store(self, cursor: sqlite3.Cursor, each: Observation) -> Outcome:
        fresh = False
        for name, value in each.values.items():
            key = (each.station, name, to_us(each.observed_at))
            known = cursor.execute(
                "select value from reading where station = ? and property = ? and observed_at = ?", key
            ).fetchone()
            if known is None:
                row = (*key, value, each.boot, each.seq)
                cursor.execute(
                    "insert into reading (station, property, observed_at, value, boot, seq) values (?,?,?,?,?,?)", row
                )
                fresh = True
            elif known[0] != value:
                self._quarantine(cursor, "conflict", each)
                return Outcome(Verdict.QUARANTINED, "conflict")
        return Outcome(Verdict.ACCEPTED if fresh else Verdict.DUPLICATE)

    @staticmethod
    def _quarantine(cursor: sqlite3.Cursor, code: str, each: Observation | Refusal) -> None:
        row = (code, each.origin, each.station, each.seq, each.raw)
        cursor.execute("insert into quarantine values (?, ?, ?, ?, ?)", row)

    # -- looking --------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Readings stored."""
        found: int = self._database.execute("select count(*) from reading").fetchone()[0]
        return found

    @property
    def refused(self) -> list[tuple[str, str, str | None, int | None, bytes]]:
        """(code, origin, station, seq, raw) of everything in quarantine, in order."""
        return self._database.execute("select * from quarantine order by rowid").fetchall()

    @property
    def codes(self) -> list[str]:
        return [row[0] for row in self.refused]

    def seqs(self, station: str) -> list[int]:
        """The seq of a station's readings in the order they were committed."""
        query = "select seq from reading where station = ? order by place"
        return [row[0] for row in self._database.execute(query, (station,))]

    def close(self) -> None:
        self._database.close()
