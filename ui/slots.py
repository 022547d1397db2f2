"""The numbered ingest sessions that this process uses at the broker, leased in the database.

Each session belongs to one process at a time, or two would throw each other out for ever. A process that starts takes
up the session it had before, or the lowest that nobody needs. One that loses its lease (it was stopped for longer than
a lease) ends: its successor is already at work.

No session may be left alone: measured, Mosquitto goes on giving a shared subscription's messages to members that are
not there, so that with two sessions of which one had lost its process half of all readings waited for ever. So every
process also serves the sessions that nobody renews, until somebody takes them.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from eoc.clock import wall_now
from eoc.errors import Refused, Temporary
from eoc.store import Store, kept, leases

log = logging.getLogger(__name__)

_MARK = "mqtt_session"
_RENEW_S = leases.LIFE.total_seconds() / 4

Serve = Callable[[int], Coroutine[Any, Any, None]]
"""Works on a session until cancelled."""


class Slots:
    """The places this process holds: `number` is its own; the others had an owner that is gone."""

    def __init__(self, store: Store, kind: str, number: int, owner: str) -> None:
        self._store = store
        self._kind = kind
        self.number = number
        self._owner = owner
        self._others: dict[int, asyncio.Task[None]] = {}

    async def keep(self, serve: Serve) -> None:
        """Renew until cancelled, with `serve` at work on every other place; `Refused` when our own is lost."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    lost, found = await self._renewed()
                except Temporary as error:
                    log.warning("cannot renew the leases of %s: %s", self._kind, error)
                else:
                    for number in lost:
                        log.info("%s %d has an owner again", self._kind, number)
                        self._others.pop(number).cancel()
                    for number in found:
                        log.warning("%s %d has lost its owner: looked after here", self._kind, number)
                        self._others[number] = group.create_task(serve(number), name=f"{self._kind}-{number}")
                await asyncio.sleep(_RENEW_S)

    async def _renewed(self) -> tuple[list[int], list[int]]:
        """Places we no longer hold, and places found without an owner."""
        now = wall_now()
        async with self._store.write() as unit:
            if not await leases.renew(unit, self._kind, self.number, self._owner, now):
                raise Refused("refused.lease_lost", kind=self._kind, number=self.number)
            others = list(self._others)
            lost = [each for each in others if not await leases.renew(unit, self._kind, each, self._owner, now)]
            found = await leases.look_after(unit, self._kind, self._owner, {self.number, *others}, now)
        return lost, found

    async def leave(self) -> None:
        """Give everything back."""
        with contextlib.suppress(Temporary):
            async with self._store.write() as unit:
                for number in (self.number, *self._others):
                    await leases.leave(unit, self._kind, number, self._owner, wall_now())


@contextlib.asynccontextmanager
async def leased_slots(store: Store, kind: str, owner: str) -> AsyncIterator[Slots]:
    """Take a place for the length of the context."""
    async with store.write() as unit:
        number = await leases.take(unit, kind, owner, wall_now())
    slots = Slots(store, kind, number, owner)
    try:
        yield slots
    finally:
        await slots.leave()


async def session_mark(store: Store) -> str:
    """What no device knows of the sessions' names: made once for all processes of an installation.

    One that has sessions from before there was a mark keeps them: a session that is left behind would go on getting
    its share of the readings.
    """
    async with store.write() as unit:
        await unit.lock()
        held = await kept.get(unit.connection, _MARK)
        if held is None:
            used = await kept.get(unit.connection, "lease:ingest:0") is not None
            held = {"mark": "" if used else secrets.token_hex(6)}
            await kept.put(unit.connection, _MARK, held)
    return str(held["mark"])


def owner_on(data_dir: Path) -> str:
    """Who we are: the same after a crash, and nobody else at the same time, since a data folder has one process.

    With the host's name, because folders get copied.
    """
    file = data_dir / "instance"
    if not file.exists():
        fresh = file.with_suffix(".new")
        fresh.write_text(secrets.token_hex(8), "ascii")
        fresh.replace(file)
    return f"{socket.gethostname()}:{file.read_text('ascii')}"
