"""Numbered places that processes take for a while: one owner at a time, taken over when it stops renewing.

A place that its owner left or lost is looked after by one that lives ("spare"), until somebody takes it. So there are
never more places than processes at one time. Judged on the wall clock under the journal-head lock: two processes never
hold one place at once as long as their clocks agree to within the life of a lease.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from eoc.clock import iso
from eoc.store import kept
from eoc.store.database import Unit

LIFE = timedelta(seconds=20)
_MOST = 64


async def take(unit: Unit, kind: str, owner: str, now: datetime) -> int:
    """A place of `kind`, now `owner`'s until `LIFE` from now: its old one, or the lowest that nobody needs."""
    rows = await _rows(unit, kind)
    own = [number for number, row in enumerate(rows) if row["owner"] == owner and not row.get("spare")]
    free = [number for number, row in enumerate(rows) if row.get("spare") or _is_over(row, now)]
    number = next(iter(own + free), len(rows))
    if number >= _MOST:
        message = f"all {_MOST} places of {kind} are taken"
        raise RuntimeError(message)
    await _hold(unit, kind, number, owner, now, spare=False)
    return number


async def hold(unit: Unit, kind: str, owner: str, now: datetime) -> bool:
    """The only place of `kind` is `owner`'s until `LIFE` from now; False while another renews it."""
    rows = await _rows(unit, kind)
    if rows and rows[0]["owner"] != owner and not _is_over(rows[0], now):
        return False
    await _hold(unit, kind, 0, owner, now, spare=False)
    return True


async def look_after(unit: Unit, kind: str, owner: str, holding: Collection[int], now: datetime) -> list[int]:
    """Take care of every place that nobody renews; returns those that `owner` was not `holding` yet."""
    found = [
        number
        for number, row in enumerate(await _rows(unit, kind))
        if number not in holding and (row["owner"] == owner or _is_over(row, now))
    ]
    for number in found:
        await _hold(unit, kind, number, owner, now, spare=True)
    return found


async def renew(unit: Unit, kind: str, number: int, owner: str, now: datetime) -> bool:
    """Keep a place; False when somebody else has it meanwhile."""
    await unit.lock()
    held = await kept.get(unit.connection, _name(kind, number))
    if held is None or held["owner"] != owner:
        return False
    await _hold(unit, kind, number, owner, now, spare=held.get("spare", False))
    return True


async def leave(unit: Unit, kind: str, number: int, owner: str, now: datetime) -> None:
    """Give a place back at once."""
    await unit.lock()
    held = await kept.get(unit.connection, _name(kind, number))
    if held is not None and held["owner"] == owner:
        until = iso(now - timedelta(seconds=1))
        await kept.put(unit.connection, _name(kind, number), {**held, "until": until})


async def _rows(unit: Unit, kind: str) -> list[dict[str, Any]]:
    """All places there ever were: they are made lowest first and never removed."""
    await unit.lock()
    rows: list[dict[str, Any]] = []
    while (held := await kept.get(unit.connection, _name(kind, len(rows)))) is not None:
        rows.append(held)
    return rows


async def _hold(unit: Unit, kind: str, number: int, owner: str, now: datetime, *, spare: bool) -> None:
    await kept.put(unit.connection, _name(kind, number), {"owner": owner, "until": iso(now + LIFE), "spare": spare})


def _is_over(row: dict[str, Any], now: datetime) -> bool:
    return datetime.fromisoformat(row["until"]) < now


def _name(kind: str, number: int) -> str:
    return f"lease:{kind}:{number}"
