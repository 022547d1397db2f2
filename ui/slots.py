"""The numbered ingest session that this process uses at the broker, leased in the database.

Each session belongs to one process at a time, or two would throw each other out for ever. A process that starts takes
the lowest free number, so it also drains the session of one that died. One that loses its lease (it was stopped for
longer than a lease) ends: its successor is already at work.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator

from eoc.clock import wall_now
from eoc.errors import Refused, Temporary
from eoc.store import Store, leases

log = logging.getLogger(__name__)

_RENEW_S = leases.LIFE.total_seconds() / 4


class Slot:
    """A place this process holds."""

    def __init__(self, store: Store, kind: str, number: int, owner: str) -> None:
        self._store = store
        self._kind = kind
        self.number = number
        self.owner = owner

    async def keep(self) -> None:
        """Renew until cancelled; `Refused` when somebody else has the place."""
        while True:
            await asyncio.sleep(_RENEW_S)
            try:
                async with self._store.write() as unit:
                    kept = await leases.renew(unit, self._kind, self.number, self.owner, wall_now())
            except Temporary as error:
                log.warning("cannot renew the lease of %s %d: %s", self._kind, self.number, error)
                continue
            if not kept:
                raise Refused("refused.lease_lost", kind=self._kind, number=self.number)


@contextlib.asynccontextmanager
async def leased_slot(store: Store, kind: str) -> AsyncIterator[Slot]:
    """Take a place for the length of the context."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    async with store.write() as unit:
        number = await leases.take(unit, kind, owner, wall_now())
    try:
        yield Slot(store, kind, number, owner)
    finally:
        with contextlib.suppress(Temporary):
            async with store.write() as unit:
                await leases.leave(unit, kind, number, owner, wall_now())
