"""The durable reader of the journal: incidents become drafts, approved warnings begin to be sent.

What an event causes and the moved cursor are one transaction, under the journal's head. So a crash anywhere repeats
an event at most before it had an effect, and two readers (a takeover) do not do anything twice.
"""

import logging

from dispatch.desk import Desk
from dispatch.drafting import TRIGGERS, Case, Nothing, Proposal, outlook, propose
from dispatch.loop import where
from dispatch.store import warnings as warning_store
from dispatch.warnings import SYSTEM_ACTOR, Begin, compose, decide
from eoc.bus import Bus
from eoc.clock import wall_now
from eoc.errors import Invalid, Temporary
from eoc.events import Draft, Event
from eoc.hazards import state as states
from eoc.hazards.release_book import Commune, Release
from eoc.ids import Ids, uuid7
from eoc.incidents import Incident
from eoc.store import Store, Unit, journal_log
from eoc.store import bulletins as bulletin_store
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from eoc.store import stations as station_store

CURSOR = "dispatch"
MOST_TRIES = 5
_PAGE = 500
_log = logging.getLogger(__name__)


class JournalReader:
    """See the module. `step` handles one page of events and says whether there may be more."""

    def __init__(self, store: Store, desk: Desk, bus: Bus, ids: Ids = uuid7) -> None:
        self._store = store
        self._desk = desk
        self._bus = bus
        self._ids = ids
        self._passed = 0
        self._tries: tuple[int, int] = (0, 0)

    async def step(self) -> bool:
        async with self._store.read() as connection:
            # In memory: events nobody here cares about, which are not worth a transaction each.
            after = max(self._passed, await journal_log.cursor(connection, CURSOR))
            events = await journal_log.read_after(connection, after, _PAGE)
        for event in events:
            if event.kind in TRIGGERS or event.kind == "warning.approved":
                await self._handle(event)
            self._passed = event.seq
        if len(events) == _PAGE:
            await self._remember(self._passed)
        return len(events) == _PAGE

    async def _handle(self, event: Event) -> None:
        try:
            async with self._store.write() as unit:
                await unit.lock()
                if await journal_log.cursor(unit.connection, CURSOR) >= event.seq:
                    return  # another reader was here
                if event.kind == "warning.approved":
                    await self._begin(unit, event)
                else:
                    await self._draft(unit, event)
                await journal_log.move_cursor(unit.connection, CURSOR, event.seq)
        except Temporary:
            raise
        except Exception as error:  # noqa: BLE001 - one event must not hold up all others
            await self._give_up_or_raise(event, error)
        if event.kind == "warning.approved":
            await self._bus.wake("outbox")

    async def _give_up_or_raise(self, event: Event, error: Exception) -> None:
        """One event that cannot be handled must not hold up all others: after some tries it is passed over, loudly."""
        seq, tries = self._tries
        tries = tries + 1 if seq == event.seq else 1
        self._tries = (event.seq, tries)
        if tries < MOST_TRIES:
            raise error
        _log.error("event %d (%s) is passed over: %s", event.seq, event.kind, where(error))
        async with self._store.write() as unit:
            await self._tell(unit, event, Nothing("drafting.failed", worth_telling=True))
            await journal_log.move_cursor(unit.connection, CURSOR, event.seq)

    async def _remember(self, seq: int) -> None:
        async with self._store.write() as unit:
            if await journal_log.cursor(unit.connection, CURSOR) < seq:
                await journal_log.move_cursor(unit.connection, CURSOR, seq)

    async def _begin(self, unit: Unit, event: Event) -> None:
        warning = await warning_store.get(unit.connection, event.subject)
        if warning is None or warning.state != "approved":
            return  # cancelled or expired before sending began
        decision = decide(Begin(), warning, SYSTEM_ACTOR, await self._desk.moment(unit))
        await warning_store.save(unit.connection, decision.warning)
        await unit.append(decision.events)
        # That was the first report; the next one is due in a second.
        await warning_store.save_report(unit.connection, warning.id, {}, wall_now())

    async def _draft(self, unit: Unit, event: Event) -> None:
        proposal = await self._proposal(unit, event)
        if isinstance(proposal, Nothing):
            await self._tell(unit, event, proposal)
            return
        origin = proposal.origin
        assert origin.incident is not None
        assert origin.template is not None
        assert origin.trigger_level is not None
        if await warning_store.drafted_already(unit.connection, origin.incident, origin.trigger_level, origin.template):
            return
        head = await unit.lock()
        now = await self._desk.moment(unit)
        try:
            decision = compose(
                self._ids(),
                head.warning_number + 1,
                proposal.content,
                SYSTEM_ACTOR,
                now,
                origin,
                cause={"seq": event.seq, "basis": proposal.basis},
            )
        except Invalid as error:
            await self._tell(unit, event, Nothing(error.code, worth_telling=True))
            return
        head.warning_number += 1
        await warning_store.add(unit.connection, decision.warning)
        await unit.append(decision.events)

    async def _proposal(self, unit: Unit, event: Event) -> Proposal | Nothing:
        incident = await incident_store.get(unit.connection, event.subject)
        if incident is None:
            return Nothing("drafting.no_case")
        station, ahead = None, None
        release, downstream = await self._release(unit, incident)
        name = release.reservoir if release is not None else incident.station
        if name is not None:
            station = (await station_store.get(unit.connection, [name])).get(name)
        if station is not None:
            known = await station_store.states(unit.connection, [station.id])
            ahead = outlook(station, states.decode(known.get(station.id, states.BLANK)).river_flood)
        bulletin = await bulletin_store.get(unit.connection, incident.bulletin) if incident.bulletin else None
        now = await self._desk.moment(unit)
        case = Case(event, incident, station, ahead, bulletin, release, downstream)
        return propose(case, self._desk.pack, now, drill=self._desk.drill)

    async def _release(self, unit: Unit, incident: Incident) -> tuple[Release | None, tuple[Commune, ...]]:
        """The dam's newest notice about this case that still holds, and the communes below."""
        if incident.hazard != "dam_release":
            return None, ()
        found = await release_store.find(unit.connection, incident=incident.id, states=("planned", "running"), limit=1)
        if not found:
            return None, ()
        communes = await release_store.communes_of(unit.connection, [found[0].id])
        return found[0], tuple(communes.get(found[0].id, ()))

    async def _tell(self, unit: Unit, event: Event, nothing: Nothing) -> None:
        """Every automatic step says why, and so does one that was not taken."""
        if nothing.worth_telling:
            data = {"incident": event.subject, "reason": nothing.code}
            now = await self._desk.moment(unit)
            await unit.append([Draft("warning.not_drafted", event.subject, now, data, {"seq": event.seq})])
