"""The journal's table: append under the head's lock, read in order, verify.

No database sequence numbers the rows: a sequence leaves gaps when a transaction rolls back, and a viewer could not
tell a gap from a lost event. The head row hands out `seq`, one transaction at a time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.events import Draft, Event
from eoc.journal import GENESIS, Audit, StoredRow, Verifier, canonical, chain
from eoc.store.tables import CursorRow, JournalHeadRow, JournalRow

_HEAD = JournalHeadRow.__table__  # type: ignore[attr-defined]
_JOURNAL = JournalRow.__table__  # type: ignore[attr-defined]
_CURSOR = CursorRow.__table__  # type: ignore[attr-defined]


@dataclass(slots=True)
class Head:
    """The locked head; its counters change only through this transaction."""

    seq: int
    hash: str
    incident_number: int
    warning_number: int
    data_now: int


async def lock_head(connection: AsyncConnection) -> Head:
    """Lock the head row until the end of the transaction (created empty by the first migration)."""
    row = (await connection.execute(select(_HEAD).where(_HEAD.c.id == 1).with_for_update())).one()
    return Head(row.seq, row.hash, row.incident_number, row.warning_number, row.data_now)


async def save_counters(connection: AsyncConnection, head: Head) -> None:
    """Write the numbering counters and the data clock back; `append` does it as well."""
    await connection.execute(
        update(_HEAD)
        .where(_HEAD.c.id == 1)
        .values(
            seq=head.seq,
            hash=head.hash,
            incident_number=head.incident_number,
            warning_number=head.warning_number,
            data_now=head.data_now,
        )
    )


async def append(connection: AsyncConnection, head: Head, drafts: Sequence[Draft]) -> list[Event]:
    """Chain the drafts behind the head and store them; `head` moves along."""
    rows, events = [], []
    for draft in drafts:
        head.seq += 1
        body = canonical(head.seq, draft)
        head.hash = chain(head.hash, body)
        rows.append(
            {
                "seq": head.seq,
                "at": draft.at,
                "kind": draft.kind,
                "subject": draft.subject,
                "actor": draft.actor,
                "body": body,
                "hash": head.hash,
            }
        )
        events.append(
            Event(head.seq, draft.at, draft.kind, draft.subject, draft.actor, draft.data, draft.cause, head.hash)
        )
    await connection.execute(insert(_JOURNAL), rows)
    await save_counters(connection, head)
    return events


def _event(row: Any) -> Event:
    body: Mapping[str, Any] = json.loads(row.body)
    return Event(row.seq, row.at, row.kind, row.subject, row.actor, body["data"], body["cause"], row.hash)


async def read_after(
    connection: AsyncConnection, after: int, limit: int = 500, *, subject: str | None = None
) -> list[Event]:
    """Events with `seq` > `after` in order, at most `limit`; of one subject if named."""
    query = select(_JOURNAL).where(_JOURNAL.c.seq > after).order_by(_JOURNAL.c.seq).limit(limit)
    if subject is not None:
        query = query.where(_JOURNAL.c.subject == subject)
    return [_event(row) for row in await connection.execute(query)]


async def head_seq(connection: AsyncConnection) -> int:
    """The position of this snapshot: every event up to here is visible in it, and none after."""
    return int((await connection.execute(select(_HEAD.c.seq).where(_HEAD.c.id == 1))).scalar_one())


async def cursor(connection: AsyncConnection, name: str) -> int:
    """How far the durable reader `name` has come; 0 for a new one."""
    query = select(_CURSOR.c.seq).where(_CURSOR.c.name == name)
    return int((await connection.execute(query)).scalar_one_or_none() or 0)


async def move_cursor(connection: AsyncConnection, name: str, seq: int) -> None:
    """Remember that `name` has dealt with everything up to `seq`, in the transaction that dealt with it."""
    moved = await connection.execute(update(_CURSOR).where(_CURSOR.c.name == name).values(seq=seq))
    if moved.rowcount == 0:
        await connection.execute(insert(_CURSOR).values(name=name, seq=seq))


async def audit(connection: AsyncConnection) -> Audit:
    """Verify the whole chain as it lies in the table, streamed: memory does not grow with the journal."""
    head = (await connection.execute(select(_HEAD).where(_HEAD.c.id == 1))).one_or_none()
    verifier = Verifier()
    async with connection.stream(select(_JOURNAL).order_by(_JOURNAL.c.seq)) as rows:
        async for row in rows:
            if not verifier.feed(StoredRow(row.seq, row.at, row.kind, row.subject, row.actor, row.body, row.hash)):
                break
    return verifier.finish(head.seq if head else 0, head.hash if head else GENESIS)
