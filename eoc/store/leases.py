"""Numbered places that processes take for a while: one owner at a time, taken over when it stops renewing.

Judged on the wall clock under the journal-head lock: two processes never hold one place at once as long as their clocks
agree to within the life of a lease.
"""

from datetime import datetime, timedelta

from eoc.clock import iso
from eoc.store import kept
from eoc.store.database import Unit

LIFE = timedelta(seconds=20)
_MOST = 64


async def take(unit: Unit, kind: str, owner: str, now: datetime) -> int:
    """The lowest free place of `kind`, now `owner`'s until `LIFE` from now."""
    await unit.lock()
    for number in range(_MOST):
        held = await kept.get(unit.connection, _name(kind, number))
        if held is None or held["owner"] == owner or datetime.fromisoformat(held["until"]) < now:
            await _hold(unit, kind, number, owner, now)
            return number
    message = f"all {_MOST} places of {kind} are taken"
    raise RuntimeError(message)


async def renew(unit: Unit, kind: str, number: int, owner: str, now: datetime) -> bool:
    """Keep a place; False when somebody else has it meanwhile."""
    await unit.lock()
    held = await kept.get(unit.connection, _name(kind, number))
    if held is None or held["owner"] != owner:
        return False
    await _hold(unit, kind, number, owner, now)
    return True


async def leave(unit: Unit, kind: str, number: int, owner: str, now: datetime) -> None:
    """Give a place back at once."""
    await unit.lock()
    held = await kept.get(unit.connection, _name(kind, number))
    if held is not None and held["owner"] == owner:
        until = iso(now - timedelta(seconds=1))
        await kept.put(unit.connection, _name(kind, number), {"owner": owner, "until": until})


async def _hold(unit: Unit, kind: str, number: int, owner: str, now: datetime) -> None:
    await kept.put(unit.connection, _name(kind, number), {"owner": owner, "until": iso(now + LIFE)})


def _name(kind: str, number: int) -> str:
    return f"lease:{kind}:{number}"
