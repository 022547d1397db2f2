"""The outbox: one row per message and person, claimed with a lease, settled with the outcome.

On PostgreSQL several workers claim side by side (FOR UPDATE SKIP LOCKED); SQLite has one writer at a time anyway.
A lease names its worker and its claim, so a worker that lost it cannot overwrite what its successor did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.content import Text
from dispatch.delivery import STATES, Item, Settlement
from dispatch.store.tables import OutboxRow, RecipientRow, WarningRow

_OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
_WARNING = WarningRow.__table__  # type: ignore[attr-defined]
_RECIPIENT = RecipientRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class NewRow:
    """A message to write: `priority` as in `dispatch.expansion`."""

    recipient: int
    phone_fingerprint: str = field(repr=False)
    priority: int


async def add(
    connection: AsyncConnection, warning: str, warning_version: int, rows: Sequence[NewRow], due_at: datetime
) -> None:
    """Queue messages; a person who already has one of this version gets no second."""
    if not rows:
        return
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(
        dialect.insert(_OUTBOX).on_conflict_do_nothing(
            index_elements=["warning", "warning_version", "phone_fingerprint"]
        ),
        [
            {
                "warning": warning,
                "warning_version": warning_version,
                "recipient": row.recipient,
                "phone_fingerprint": row.phone_fingerprint,
                "priority": row.priority,
                "state": "queued",
                "due_at": due_at,
            }
            for row in rows
        ],
    )


_CLAIMABLE = (
    select(
        _OUTBOX,
        _WARNING.c.level,
        _WARNING.c.state.label("warning_state"),
        _WARNING.c.text_vi,
        _WARNING.c.text_plain,
        _WARNING.c.text_en,
        _WARNING.c.expires_at,
        _RECIPIENT.c.phone_sealed,
        _RECIPIENT.c.language,
    )
    .select_from(
        _OUTBOX.join(_WARNING, _WARNING.c.id == _OUTBOX.c.warning).outerjoin(
            _RECIPIENT, _RECIPIENT.c.id == _OUTBOX.c.recipient
        )
    )
    # A message of unknown fate is looked up even after its warning ended; a fresh one then stays here.
    .where(or_(_WARNING.c.state == "sending", _OUTBOX.c.state != "queued"))
    .order_by(_OUTBOX.c.priority, _OUTBOX.c.id)
)


async def claim(connection: AsyncConnection, lease: str, now: datetime, limit: int, lease_s: float) -> list[Item]:
    """Take up to `limit` due rows, most urgent and nearest first. `now` is wall time; `lease` names this claim."""
    query = _CLAIMABLE.where(_OUTBOX.c.due_at <= now).limit(limit).with_for_update(skip_locked=True, of=_OUTBOX)
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    lease_until = now + timedelta(seconds=lease_s)
    await connection.execute(
        update(_OUTBOX)
        .where(_OUTBOX.c.id.in_([row.id for row in rows]))
        .values(
            state="sending",
            lease_owner=lease,
            due_at=lease_until,
            first_attempt_at=func.coalesce(_OUTBOX.c.first_attempt_at, now),
        )
    )
    return [_item(row, lease, now, lease_until) for row in rows]


def _item(row: Any, lease: str, now: datetime, lease_until: datetime) -> Item:
    words = Text(row.text_vi, row.text_plain, row.text_en)
    return Item(
        id=row.id,
        lease=lease,
        warning=row.warning,
        warning_version=row.warning_version,
        level=row.level,
        attempts=row.attempts,
        unclear=row.unclear,
        # Found in another's hands: that one died or stalled between asking the provider and writing it down.
        ask_first=row.state != "queued",
        ended=row.warning_state != "sending",
        body=words.for_language(row.language or "vi"),
        first_attempt_at=row.first_attempt_at or now,
        lease_until=lease_until,
        expires_at=row.expires_at,
        phone_sealed=row.phone_sealed,
    )


_WRITE = {
    "state": bindparam("to_state"),
    "attempts": bindparam("to_attempts"),
    "unclear": bindparam("to_unclear"),
    "due_at": bindparam("to_due_at", type_=_OUTBOX.c.due_at.type),
    "provider_id": bindparam("to_provider_id"),
    "error_code": bindparam("to_error_code"),
    "sent_at": bindparam("to_sent_at", type_=_OUTBOX.c.sent_at.type),
    "lease_owner": None,
}
_OWN = update(_OUTBOX).where(
    _OUTBOX.c.id == bindparam("item"), _OUTBOX.c.state == "sending", _OUTBOX.c.lease_owner == bindparam("lease")
)
# That a message was taken is true whoever holds the lease by now.
_TAKEN = update(_OUTBOX).where(
    _OUTBOX.c.id == bindparam("item"), _OUTBOX.c.state != "sent", _OUTBOX.c.state != "delivered"
)


async def settle(connection: AsyncConnection, settlements: Sequence[tuple[str, Settlement]]) -> None:
    """Write outcomes back, each under the lease it was claimed with."""
    taken = [_written(each) for _, each in settlements if each.state == "sent"]
    other = [_written(each) | {"lease": lease} for lease, each in settlements if each.state != "sent"]
    if taken:
        await connection.execute(_TAKEN.values(_WRITE), taken)
    if other:
        await connection.execute(_OWN.values(_WRITE), other)


def _written(settlement: Settlement) -> dict[str, Any]:
    return {
        "item": settlement.item,
        "to_state": settlement.state,
        "to_attempts": settlement.attempts,
        "to_unclear": settlement.unclear,
        "to_due_at": settlement.due_at,
        "to_provider_id": settlement.provider_id,
        "to_error_code": settlement.error_code,
        "to_sent_at": settlement.sent_at,
    }


async def belong_to_others(connection: AsyncConnection, item: int, provider_ids: Sequence[str]) -> set[str]:
    """Those of the provider's ids that are known to be of another row than `item`."""
    query = select(_OUTBOX.c.provider_id).where(_OUTBOX.c.provider_id.in_(list(provider_ids)), _OUTBOX.c.id != item)
    return set((await connection.execute(query)).scalars())


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next row wants a worker; None when nothing is waiting."""
    query = (
        select(func.min(_OUTBOX.c.due_at))
        .select_from(_OUTBOX.join(_WARNING, _WARNING.c.id == _OUTBOX.c.warning))
        .where(_OUTBOX.c.due_at.is_not(None), or_(_WARNING.c.state == "sending", _OUTBOX.c.state != "queued"))
    )
    due: datetime | None = (await connection.execute(query)).scalar_one()
    return due


def _leftovers(since: datetime | None) -> Any:
    """Asked from the few warnings that ended, not from the many rows that are under way."""
    query = (
        select(_OUTBOX.c.id)
        .join(_WARNING, _WARNING.c.id == _OUTBOX.c.warning)
        .where(_OUTBOX.c.state == "queued", _WARNING.c.state.in_(("cancelled", "expired")))
    )
    return query if since is None else query.where(_WARNING.c.expires_at >= since)


async def has_leftovers(connection: AsyncConnection, since: datetime | None = None) -> bool:
    """Whether messages still wait although their warning has ended; `since` leaves out those that expired before."""
    return (await connection.execute(_leftovers(since).limit(1))).first() is not None


async def close_ended(connection: AsyncConnection, since: datetime | None = None, limit: int = 500) -> int:
    """Queued messages of warnings that were cancelled or have expired will not be sent; returns how many."""
    ids = (await connection.execute(_leftovers(since).limit(limit))).scalars().all()
    if ids:
        await connection.execute(
            update(_OUTBOX)
            .where(_OUTBOX.c.id.in_(ids), _OUTBOX.c.state == "queued")
            .values(state="expired", due_at=None, error_code="sms.warning_ended")
        )
    return len(ids)


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a warning by state, and how many of them still wait for something."""

    counts: dict[str, int]
    live: int

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


async def tally(connection: AsyncConnection, warning: str) -> Tally:
    """Answered from the index alone but for the few rows in doubt: asked every second while a warning is sent."""
    of_warning = _OUTBOX.c.warning == warning
    query = select(_OUTBOX.c.state, func.count().label("rows")).where(of_warning).group_by(_OUTBOX.c.state)
    counts = dict.fromkeys(STATES, 0)
    counts.update({row.state: row.rows for row in await connection.execute(query)})
    live = counts["queued"] + counts["sending"]
    if counts["unknown"]:
        waiting = select(func.count()).where(of_warning, _OUTBOX.c.state == "unknown", _OUTBOX.c.due_at.is_not(None))
        live += int((await connection.execute(waiting)).scalar_one())
    return Tally(counts, live)


async def waiting(connection: AsyncConnection) -> int:
    """Messages that have not left yet, of all warnings."""
    query = select(func.count()).select_from(_OUTBOX).where(_OUTBOX.c.due_at.is_not(None))
    return int((await connection.execute(query)).scalar_one())


async def failed_since(connection: AsyncConnection, since: datetime) -> int:
    """Messages that were given up, of warnings approved since."""
    query = (
        select(func.count())
        .select_from(_OUTBOX.join(_WARNING, _WARNING.c.id == _OUTBOX.c.warning))
        .where(_OUTBOX.c.state == "failed", _WARNING.c.approved_at >= since)
    )
    return int((await connection.execute(query)).scalar_one())
