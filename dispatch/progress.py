"""What the journal learns about sending: numbers at most once a second, the end, and warnings whose time is over.

Never a row per person: the counts are read from the outbox, and only a change is written.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.desk import Desk
from dispatch.shapes import View, counts_json
from dispatch.store import Connection, audiences, outbox
from dispatch.store import warnings as warning_store
from dispatch.store.recipients import Reach
from dispatch.warnings import SYSTEM_ACTOR, Expire, Finish, PublicWarning, decide, facts
from eoc.clock import wall_now
from eoc.events import Draft
from eoc.store import Store, Unit

EVERY = timedelta(seconds=1)
_LOOK_BACK = timedelta(days=2)


class Progress:
    """`step` looks once at everything that is under way. Safe to run in several processes."""

    def __init__(self, store: Store, desk: Desk, wall: Callable[[], datetime] = wall_now) -> None:
        self._store = store
        self._desk = desk
        self._wall = wall
        self._since: datetime | None = None

    async def step(self) -> bool:
        now = self._desk.now()
        async with self._store.read() as connection:
            overdue = await warning_store.overdue(connection, now)
            leftovers = await outbox.has_leftovers(connection, self._since)
            moved = [
                warning.id
                for warning in await warning_store.sending(connection)
                if await self._has_news(connection, warning)
            ]
        for warning in overdue:
            await self._expire(warning.id)
        if leftovers:
            async with self._store.write() as unit:
                await outbox.close_ended(unit.connection, self._since)
        else:
            self._since = now - _LOOK_BACK  # the first time everything, then only what ended lately
        for warning_id in moved:
            await self._report(warning_id)
        return leftovers or bool(overdue)

    async def _has_news(self, connection: Connection, warning: PublicWarning) -> bool:
        view = await _view(connection, warning)
        reported, reported_at = await warning_store.last_report(connection, warning.id)
        if _is_finished(view):
            return True
        due = reported_at is None or self._wall() - reported_at >= EVERY
        return due and counts_json(view) != reported

    async def _expire(self, warning_id: str) -> None:
        async with self._store.write() as unit:
            await unit.lock()
            warning = await warning_store.get(unit.connection, warning_id)
            now = await self._desk.moment(unit)
            if warning is None or warning.state not in warning_store.MAY_EXPIRE or warning.content.expires_at > now:
                return
            counts = counts_json(await _view(unit.connection, warning))
            decision = decide(Expire(counts), warning, SYSTEM_ACTOR, now)
            await warning_store.save(unit.connection, decision.warning)
            await unit.append(decision.events)

    async def _report(self, warning_id: str) -> None:
        async with self._store.write() as unit:
            await unit.lock()
            warning = await warning_store.get(unit.connection, warning_id)
            if warning is None or warning.state != "sending" or not await self._has_news(unit.connection, warning):
                return  # another process reported it
            view = await _view(unit.connection, warning)
            await self._write(unit, warning, view, await self._desk.moment(unit))

    async def _write(self, unit: Unit, warning: PublicWarning, view: View, now: datetime) -> None:
        counts = counts_json(view)
        if _is_finished(view):
            decision = decide(Finish(counts), warning, SYSTEM_ACTOR, now)
            await warning_store.save(unit.connection, decision.warning)
            await unit.append(decision.events)
        else:
            data = {**facts(warning), "counts": counts}
            await unit.append([Draft("warning.progress", warning.id, now, data)])
        await warning_store.save_report(unit.connection, warning.id, counts, self._wall())


async def _view(connection: Connection, warning: PublicWarning) -> View:
    tally = await outbox.tally(connection, warning.id)
    audience = await audiences.of_warning(connection, warning.id)
    return View(warning, Reach(warning.confirmed_count or 0), tally=tally, audience=audience)


def _is_finished(view: View) -> bool:
    """Everybody has a row and no row waits for anything."""
    return view.audience is not None and view.audience.written and view.tally.live == 0
