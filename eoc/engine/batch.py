"""Sorting a batch: which rows to insert, and afterwards what became of each record. Pure.

A record is judged whole: one property that contradicts what is stored makes it a conflict (its other properties are
kept), one that is new makes it accepted, and a record that says nothing new is a duplicate.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eoc.clock import to_us
from eoc.model import Observation, Outcome, Refusal, Verdict
from eoc.store.readings import Key, ReadingRow, key

_DUPLICATE = Outcome(Verdict.DUPLICATE)
_ACCEPTED = Outcome(Verdict.ACCEPTED)


class Sorting:
    """One batch on its way in: `rows` by key (the first record to name a key owns it), `refusals` so far."""

    def __init__(self) -> None:
        self.rows: dict[Key, ReadingRow] = {}
        self.refusals: list[Refusal] = []
        self._owner: dict[Key, int] = {}
        self._mine: dict[int, list[ReadingRow]] = {}
        self._refused: dict[int, Outcome] = {}

    def refuse(self, index: int, each: Observation, code: str, facts: Mapping[str, Any]) -> None:
        """Record `index` of the batch goes to quarantine."""
        self._refused[index] = Outcome(Verdict.QUARANTINED, code)
        self.refusals.append(
            Refusal(code, facts, each.origin, each.raw, each.received_at, each.station, each.seq, each.boot)
        )

    def add(self, index: int, each: Observation) -> None:
        """Take a record's rows in."""
        observed_at, received_at = to_us(each.observed_at), to_us(each.received_at)
        quality = each.quality.value
        mine = self._mine[index] = []
        for name, value in each.values.items():
            row = ReadingRow(each.station, name, observed_at, value, received_at, quality, each.boot, each.seq)
            mine.append(row)
            if self._owner.setdefault(key(row), index) == index:
                self.rows[key(row)] = row

    def judge(self, batch: Sequence[Observation], present: Mapping[Key, float]) -> list[Outcome]:
        """The outcome of every record, `present` being the values the database held before for refused keys."""
        return [self._refused.get(index) or self._judge(index, batch[index], present) for index in range(len(batch))]

    def _judge(self, index: int, each: Observation, present: Mapping[Key, float]) -> Outcome:
        fresh = False
        for row in self._mine[index]:
            name = key(row)
            stored = present.get(name)
            known = self.rows[name].value if stored is None else stored
            if known != row.value:
                facts = {"property": row.property, "value": row.value, "stored": known}
                self.refuse(index, each, "conflict", facts)
                return self._refused[index]
            fresh = fresh or (stored is None and self._owner[name] == index)
        return _ACCEPTED if fresh else _DUPLICATE
