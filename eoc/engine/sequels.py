"""What follows from a case's own history: bulletins in force apply to it, and the compound rule may propose.

A durable reader of the journal, like the one that drafts warnings: an event's consequence and the moved cursor are
one transaction.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from eoc.bus import Bus
from eoc.engine.bulletins import BulletinDesk
from eoc.engine.engine import Engine
from eoc.events import Draft, Event
from eoc.ids import Ids, uuid7
from eoc.incidents import Incident, Task
from eoc.incidents.compound import CompoundParams, Uplift, propose
from eoc.incidents.signals import facts
from eoc.store import Store, Unit, journal_log
from eoc.store import incidents as incident_store

CURSOR = "sequels"
PROPOSED = "task.uplift"
_TRIGGERS = frozenset({"incident.opened", "incident.escalated", "incident.attached", "incident.reopened"})
_OPEN = ("new", "acknowledged", "responding", "contained")
_PAGE = 500
log = logging.getLogger(__name__)

PeopleAtRisk = Callable[[Unit, Incident], Awaitable[int | None]]
"""How many people the province's tables see in danger at a case's present level; None = not known."""


class Sequels:
    """See the module. `step` handles one page of the journal."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        bulletins: BulletinDesk,
        compound: CompoundParams | None,
        people_at_risk: PeopleAtRisk,
        ids: Ids = uuid7,
    ) -> None:
        self._store = store
        self._engine = engine
        self._bulletins = bulletins
        self._compound = compound
        self._people_at_risk = people_at_risk
        self._ids = ids
        self._passed = 0

    async def run(self, bus: Bus) -> None:
        """For ever; cancel to stop."""
        waiter = bus.waiter("journal")
        while True:
            try:
                while await self.step():
                    pass
            except Exception:
                log.exception("cannot follow the journal; trying again")
            await waiter.wait(5.0)

    async def step(self) -> bool:
        """Handle what is there; True when there may be more."""
        async with self._store.read() as connection:
            after = max(self._passed, await journal_log.cursor(connection, CURSOR))
            events = await journal_log.read_after(connection, after, _PAGE)
        for event in events:
            if event.kind in _TRIGGERS:
                await self._handle(event)
            self._passed = event.seq
        return len(events) == _PAGE

    async def _handle(self, event: Event) -> None:
        async with self._store.write() as unit:
            await unit.lock()
            if await journal_log.cursor(unit.connection, CURSOR) >= event.seq:
                return  # another process was here
            await journal_log.move_cursor(unit.connection, CURSOR, event.seq)
            incident = await incident_store.get(unit.connection, event.subject)
            if incident is None or incident.state == "closed":
                return
            now = await self._engine.moment(unit)
            await self._bulletins.apply_to(unit, incident, now)
            await self._propose(unit, event.subject, now)

    async def _propose(self, unit: Unit, incident_id: str, now: datetime) -> None:
        """Propose for the case, and for those around it that it now stands beside."""
        if self._compound is None:
            return
        cases = await incident_store.find(unit.connection, states=_OPEN, limit=10_000)
        changed = next((each for each in cases if each.id == incident_id), None)
        if changed is None:
            return
        around = self._near(changed)
        for incident in cases:
            if incident.id == incident_id or (incident.area in around and incident.hazard != changed.hazard):
                people = await self._people_at_risk(unit, incident)
                uplift = propose(incident, cases, self._near(incident), people, self._compound)
                if uplift is not None:
                    await self._ask(unit, incident, uplift, now)

    def _near(self, incident: Incident) -> frozenset[str]:
        if incident.area is None:
            return frozenset()
        return self._engine.world.neighbours_of(incident.area) | {incident.area}

    async def _ask(self, unit: Unit, incident: Incident, uplift: Uplift, now: datetime) -> None:
        """One question per case and size: asked again only when more would be allowed than was asked before."""
        tasks = await incident_store.tasks_of(unit.connection, incident.id)
        asked = [int(task.params["add"]) for task in tasks if task.kind == PROPOSED]
        if uplift.add <= max(asked, default=0):
            return
        task = Task(
            self._ids(),
            incident.id,
            PROPOSED,
            now,
            {
                "add": uplift.add,
                "from": uplift.level,
                "to": uplift.to,
                "reasons": [each.as_json() for each in uplift.reasons],
            },
        )
        await incident_store.add_task(unit.connection, task)
        data = {**facts(incident), "proposal": task.id, "add": uplift.add, "from": uplift.level, "to": uplift.to}
        cause = {"rule": "compound@1", "reasons": [each.as_json() for each in uplift.reasons]}
        await unit.append([Draft("incident.uplift_proposed", incident.id, now, data, cause)])
