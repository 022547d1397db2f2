"""The hash chain of the journal: one spelling of an event, one hash, one verifier.

hash(n) = SHA-256(hash(n-1) || canonical(event n)); the first row chains to 64 zeros. The canonical spelling is
stored beside the columns, so verifying never depends on how a later version of Python prints a float; and the
columns are checked against it, so that a changed column cannot hide behind an unchanged spelling.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eoc.clock import iso
from eoc.events import Draft

GENESIS = "0" * 64


def canonical(seq: int, draft: Draft) -> str:
    """The event as JSON with sorted keys and no spaces: the text that is hashed and stored."""
    return spell(seq, draft.at, draft.kind, draft.subject, draft.actor, draft.data, draft.cause)


def spell(
    seq: int,
    at: datetime,
    kind: str,
    subject: str,
    actor: str,
    data: Mapping[str, Any],
    cause: Mapping[str, Any],
) -> str:
    """See `canonical`. Raises ValueError for NaN and infinities: they have no JSON spelling."""
    fields = {
        "seq": seq,
        "at": iso(at),
        "kind": kind,
        "subject": subject,
        "actor": actor,
        "data": data,
        "cause": cause,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def chain(previous_hash: str, body: str) -> str:
    """The hash of a row from the hash before it and its own canonical spelling."""
    return hashlib.sha256(previous_hash.encode() + body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it lies in the table, unchecked."""

    seq: int
    at: datetime
    kind: str
    subject: str
    actor: str
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where the chain breaks: `seq` of the first row that cannot be right, and a catalogue code."""

    seq: int
    code: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of a verification: rows seen, the head's hash, and the first flaw if there is one."""

    rows: int
    head: str
    flaw: Flaw | None

    @property
    def ok(self) -> bool:
        return self.flaw is None


class Verifier:
    """Walks the rows in the order given, one at a time, and stops at the first flaw.

    Finds a flipped byte (in the body, a column or a hash), a deleted row (also at the end, by the head), a
    repeated or a reordered one. It cannot find a chain rewritten from some row on together with its head:
    that needs the head's hash kept outside (printed with the shift report).
    """

    def __init__(self) -> None:
        self._count, self._previous = 0, GENESIS
        self._flaw: Flaw | None = None

    def feed(self, row: StoredRow) -> bool:
        """Take the next row; False when there is a flaw and the rest need not be read."""
        expected = self._count + 1
        if row.seq != expected:
            self._flaw = Flaw(expected, "audit.row_missing")
        elif chain(self._previous, row.body) != row.hash:
            self._flaw = Flaw(row.seq, "audit.hash_differs")
        elif not _columns_agree(row):
            self._flaw = Flaw(row.seq, "audit.column_differs")
        else:
            self._count, self._previous = row.seq, row.hash
        return self._flaw is None

    def finish(self, head_seq: int, head_hash: str) -> Audit:
        """The result, once the last row was fed: it must be the one the head names."""
        if self._flaw is None and self._count != head_seq:
            self._flaw = Flaw(self._count + 1, "audit.row_missing")
        if self._flaw is None and self._previous != head_hash:
            self._flaw = Flaw(head_seq, "audit.head_differs")
        return Audit(self._count, self._previous, self._flaw)


def _columns_agree(row: StoredRow) -> bool:
    try:
        body = json.loads(row.body)
    except ValueError:
        return False
    said = (body.get("seq"), body.get("at"), body.get("kind"), body.get("subject"), body.get("actor"))
    return bool(said == (row.seq, iso(row.at), row.kind, row.subject, row.actor))
