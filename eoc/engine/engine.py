"""The engine: batches of readings in, decisions out, one transaction each; commands of people on the same road.

Order of locks in every writing transaction: readings (sorted), station states (sorted), journal head. A batch in
which nothing is decided never takes the head on the wall clock; on the data clock the head also holds the time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from eoc.bus import Bus
from eoc.clock import DataClock, WallClock, from_us, iso, to_us, wall_now
from eoc.engine.assessing import Known, assess
from eoc.engine.batch import Sorting
from eoc.engine.docket import Docket
from eoc.engine.world import World
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.events import Draft
from eoc.hazards import state as states
from eoc.hazards.dam_failure import opening_level
from eoc.hazards.state import StationState, Vitals
from eoc.ids import Ids, uuid7
from eoc.incidents import Actor, Command, Evidence, Incident, Ruling, decide
from eoc.incidents.signals import WINDOW_TIMER
from eoc.model import MAX_LEVEL, Observation, Outcome, Place, Refusal, Signal, Station
from eoc.store import Store, Unit, journal_log, quarantine, readings
from eoc.store import incidents as incident_store
from eoc.store import stations as station_store
from eoc.store.incidents import Timer
from eoc.store.readings import ReadingRow

_CLOCK_JUMP = timedelta(hours=24)
_FIRST_YEAR = 2000

TimerHandler = Callable[[Unit, str, datetime], Awaitable[None]]
"""What to do about a due timer: inside a transaction that holds the engine's lock, with its subject and due time."""


class Engine:
    """See the module. Implements `eoc.ports.Intake`."""

    def __init__(self, store: Store, world: World, clock: WallClock | DataClock, bus: Bus, ids: Ids = uuid7) -> None:
        self._store = store
        self._bus = bus
        self._world = world
        self._clock = clock
        self._ids = ids
        self._known: dict[str, Known] = {}
        self._reporting: set[str] = set()
        self.timers: dict[str, TimerHandler] = {}
        """Handlers of timers that others set, by kind (`eoc.store.incidents.set_timer`)."""

    @property
    def world(self) -> World:
        return self._world

    def data_now(self) -> datetime:
        """The engine's clock as it is; `EPOCH` on a data clock that has seen no data yet."""
        return self._clock.now()

    def shown_now(self) -> datetime:
        """Now for people: the engine's clock, or the wall while a data clock has seen no data yet."""
        now = self._clock.now()
        return now if now.year >= _FIRST_YEAR else wall_now()

    async def start(self) -> None:
        """Take the data clock up where the database left it."""
        if not isinstance(self._clock, DataClock):
            return
        async with self._store.write() as unit:
            self._clock.advance(from_us((await unit.lock()).data_now))
            stored = await station_store.states(unit.connection)
        self._reporting = {name for name, raw in stored.items() if states.decode(raw).latest}

    def forget_stations(self) -> None:
        """Another process or a command changed stations: read them afresh at the next batch."""
        self._known.clear()

    # -- readings -------------------------------------------------------------------------------------------------

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:
        """Store, assess and decide one batch; see `eoc.ports.Intake.observe`."""
        await self._learn({each.station for each in batch} - self._known.keys())
        turned_away = list(refused)
        async with self._store.write() as unit:
            running = await self._data_now(unit)
            intake = Sorting()
            for index, each in enumerate(batch):
                if each.station not in self._known:
                    intake.refuse(index, each, "unknown_station", {"station": each.station})
                elif running is not None and self._jumps(each, running):
                    facts = {"observed_at": iso(each.observed_at), "latest": iso(running)}
                    intake.refuse(index, each, "clock_jump", facts)
                else:
                    intake.add(index, each)
                    running = running and max(running, each.observed_at)
            ordered = sorted(intake.rows.values())
            present = await readings.insert(unit.connection, ordered)
            outcomes = intake.judge(batch, present)
            turned_away += intake.refusals
            if turned_away:
                await quarantine.keep(unit.connection, turned_away)
            fresh = [row for row in ordered if readings.key(row) not in present] if present else ordered
            moved = await self._assess(unit, fresh, _vitals(batch))
        self._remember(moved)
        if moved:
            await self._bus.wake("observations")
        return outcomes

    async def _learn(self, names: set[str]) -> None:
        if not names:
            return
        async with self._store.read() as connection:
            for station in (await station_store.get(connection, names)).values():
                self._known[station.id] = Known.of(station, self._world.hazards)

    async def _relearn(self, unit: Unit, name: str) -> Known:
        """The station changed behind this process: what its locked state says it is now."""
        station = (await station_store.get(unit.connection, [name]))[name]
        return Known.of(station, self._world.hazards)

    async def _data_now(self, unit: Unit) -> datetime | None:
        """On the data clock: its time under the lock; None on the wall clock."""
        if not isinstance(self._clock, DataClock):
            return None
        self._clock.advance(from_us((await unit.lock()).data_now))
        return self._clock.now()

    def _jumps(self, each: Observation, running: datetime) -> bool:
        """A device whose clock is years ahead must not take everybody's timers along.

        More than a day ahead of everything accepted so far is a jump, unless this is the only station that ever
        reported: then its own gap is all there is.
        """
        if each.observed_at <= running + _CLOCK_JUMP:
            self._reporting.add(each.station)
            return False
        if self._reporting - {each.station}:
            return True
        self._reporting.add(each.station)
        return False

    async def _assess(
        self, unit: Unit, fresh: Sequence[ReadingRow], vitals: Mapping[str, Vitals]
    ) -> dict[str, tuple[bytes, StationState]]:
        """Fold new readings into the stations' states, decide what follows, and write both."""
        by_station: dict[str, list[ReadingRow]] = {}
        for row in fresh:
            by_station.setdefault(row.station, []).append(row)
        if not by_station:
            return {}
        stored = await station_store.lock_states(unit.connection, list(by_station), states.BLANK)
        signals: list[Signal] = []
        moved: dict[str, tuple[bytes, StationState]] = {}
        for name, rows in by_station.items():
            known = self._known[name]
            state = known.state if known.raw == stored[name] else states.decode(stored[name])
            if state.station_version not in (0, known.station.version):
                known = self._known[name] = await self._relearn(unit, name)
            after, told = await assess(unit, known, state, rows, vitals.get(name))
            moved[name] = (states.encode(after), after)
            signals += told
        await station_store.save_states(unit.connection, {name: raw for name, (raw, _) in moved.items()})
        newest = from_us(max(row.observed_at for row in fresh))
        if isinstance(self._clock, DataClock):
            await self._decide_on_data(unit, signals, newest)
        elif signals:
            await self._decide_on_wall(unit, signals)
        return moved

    # -- deciding -------------------------------------------------------------------------------------------------

    async def hear(self, unit: Unit, signals: Sequence[Signal]) -> list[Incident | None]:
        """Take signals that no station's rule gave, inside the caller's transaction and as of the engine's clock.

        Returns, for each in the order given, the case that took it; None when nothing is open that it belongs to and
        it opens none itself (an end, or older than the hazard's validity). The caller appends its own events.
        """
        await unit.lock()
        return await self._decide(unit, signals, await self.moment(unit))

    async def enter(self, unit: Unit, ruling: Ruling) -> Incident:
        """Make a ruling on an existing case part of the caller's transaction."""
        docket = Docket(unit, self._world, self._ids)
        await docket.lock()
        before = await incident_store.get(unit.connection, ruling.incident.id)
        if before is None:
            raise NotFound("not_found.incident", id=ruling.incident.id)
        await docket.take(before)
        docket.enter(ruling)
        await docket.file()
        return ruling.incident

    async def _decide(self, unit: Unit, signals: Sequence[Signal], now: datetime) -> list[Incident | None]:
        docket = Docket(unit, self._world, self._ids)
        await docket.lock()
        await docket.load(now)
        await docket.recall(signals)
        took: dict[int, str | None] = {}
        for index, signal in sorted(enumerate(signals), key=lambda pair: _told_at(pair[1])):
            fresh = isinstance(self._clock, DataClock) or now - signal.at <= self._world.life(signal.hazard).validity
            took[index] = docket.hear(signal, now, may_open=fresh)
        await docket.file()
        taken = [took[index] for index in range(len(signals))]
        return [None if each is None else docket.incident(each) for each in taken]

    async def _decide_on_wall(self, unit: Unit, signals: Sequence[Signal]) -> None:
        await unit.lock()
        await self._decide(unit, signals, self._clock.now())

    async def _decide_on_data(self, unit: Unit, signals: Sequence[Signal], newest: datetime) -> None:
        head = await unit.lock()
        before = from_us(head.data_now)
        now = max(before, newest)
        due = await incident_store.due_timers(unit.connection, now)
        own = [timer for timer in due if timer[1] == WINDOW_TIMER]
        if signals or own:
            docket = Docket(unit, self._world, self._ids)
            await docket.lock()
            await docket.load(before, own)
            await docket.recall(signals)
            moment = before
            for signal in sorted(signals, key=_told_at):
                moment = max(moment, signal.at)
                docket.run_timers(moment)
                docket.hear(signal, moment, may_open=True)
            docket.run_timers(now)
            head.data_now = to_us(now)
            await docket.file()
        head.data_now = to_us(now)
        await self._fire(unit, [timer for timer in due if timer[1] != WINDOW_TIMER])
        await journal_log.save_counters(unit.connection, head)

    async def _fire(self, unit: Unit, timers: Sequence[Timer]) -> None:
        """Hand due timers of others to their handlers; one that nobody in this process handles stays."""
        for due_at, kind, subject in timers:
            handler = self.timers.get(kind)
            if handler is not None:
                await incident_store.drop_timer(unit.connection, kind, subject)
                await handler(unit, subject, due_at)

    def _remember(self, moved: Mapping[str, tuple[bytes, StationState]]) -> None:
        for name, (raw, state) in moved.items():
            if name in self._known:
                known = self._known[name]
                self._known[name] = Known(known.station, known.rules, raw, state)

    # -- time -----------------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Fire timers that are due on the wall clock; on the data clock readings drive them."""
        if isinstance(self._clock, DataClock):
            return
        now = self._clock.now()
        async with self._store.read() as connection:
            if not await incident_store.due_timers(connection, now):
                return
        async with self._store.write() as unit:
            docket = Docket(unit, self._world, self._ids)
            await docket.lock()
            # Read again under the lock: another process may have fired them meanwhile.
            due = await incident_store.due_timers(unit.connection, now)
            await docket.load(now, [timer for timer in due if timer[1] == WINDOW_TIMER])
            docket.run_timers(now)
            await docket.file()
            await self._fire(unit, [timer for timer in due if timer[1] != WINDOW_TIMER])

    async def set_data_clock(self, to: datetime) -> None:
        """Move the data clock forward by hand (an exercise that begins later than the last one ended)."""
        if not isinstance(self._clock, DataClock):
            raise Refused("refused.wall_clock")
        async with self._store.write() as unit:
            head = await unit.lock()
            if from_us(head.data_now) >= to:
                return
            head.data_now = to_us(to)
            await unit.append([Draft("system.clock_set", "clock", to, {"to": iso(to)})])
        self._clock.advance(to)

    # -- people ---------------------------------------------------------------------------------------------------

    async def command(self, incident_id: str, command: Command, actor: Actor) -> Incident:
        """One command on one case; raises NotFound, Conflict (with the case as it is), Refused, Invalid."""
        async with self._store.write() as unit:
            await unit.lock()
            incident = await incident_store.get(unit.connection, incident_id)
            if incident is None:
                raise NotFound("not_found.incident", id=incident_id)
            now = await self.moment(unit)
            if command.kind == "uplift":
                command = await self._proposed(unit, incident_id, command, actor, now)
            decision = decide(command, incident, actor, now, self._ids)
            if "task" in command.params and command.kind == "task":
                done = str(command.params["task"])
                if not await incident_store.finish_task(unit.connection, done, incident_id, actor.name, now):
                    raise NotFound("not_found.task", id=done)
            docket = Docket(unit, self._world, self._ids)
            await docket.lock()
            await docket.take(incident)
            docket.enter(decision.ruling)
            await docket.file()
            if decision.note is not None:
                note, text = decision.note
                await incident_store.add_note(unit.connection, note, incident_id, actor.name, now, text)
            return decision.ruling.incident

    async def _proposed(self, unit: Unit, incident_id: str, command: Command, actor: Actor, now: datetime) -> Command:
        """The command with what was proposed; the proposal is answered with it, once."""
        wanted = str(command.params.get("proposal"))
        tasks = await incident_store.tasks_of(unit.connection, incident_id)
        asked = next((task for task in tasks if task.id == wanted and task.kind == "task.uplift"), None)
        if asked is None or not await incident_store.finish_task(unit.connection, wanted, incident_id, actor.name, now):
            raise NotFound("not_found.proposal", id=wanted)
        return replace(command, params={**command.params, "add": asked.params["add"]})

    async def open_by_hand(
        self,
        *,
        hazard: str,
        title: str,
        level: int,
        actor: Actor,
        area: str | None = None,
        lon: float | None = None,
        lat: float | None = None,
        observed_at: datetime | None = None,
        station: str | None = None,
    ) -> Incident:
        """A person opens a case; of a dam that may be failing, at the pack's severity at once. `station`: the dam."""
        if not 0 <= level <= MAX_LEVEL:
            raise Invalid("invalid.level", level=level)
        failing = self._world.hazards.dam_failure
        level = opening_level(hazard, level, failing.severity if failing else None)
        async with self._store.write() as unit:
            head = await unit.lock()
            now = await self.moment(unit)
            head.incident_number += 1
            incident = Incident(
                id=self._ids(),
                number=head.incident_number,
                hazard=hazard,
                level=level,
                peak_level=level,
                title={"text": title},
                observed_at=observed_at or now,
                decided_at=now,
                opened_at=now,
                area=area,
                station=station,
                lon=lon,
                lat=lat,
                evidence_count=1,
            )
            evidence = Evidence(
                self._ids(), incident.id, "person", actor.name, now, level=level, place=Place(area, lon, lat)
            )
            data = {"number": incident.number, "hazard": hazard, "level": level, "area": area, "version": 1}
            data |= {"peak_level": level, "state": "new", "station": station}
            opened = Draft("incident.opened", incident.id, now, data, {"command": "open"}, actor=actor.name)
            docket = Docket(unit, self._world, self._ids)
            await docket.lock()
            docket.enter(Ruling(incident, (evidence,), (opened,)))
            await docket.file()
            return incident

    async def moment(self, unit: Unit) -> datetime:
        """Now on the engine's clock, inside a transaction that holds the head."""
        if isinstance(self._clock, DataClock):
            self._clock.advance(from_us((await unit.lock()).data_now))
        return self.shown_now()

    # -- stations -------------------------------------------------------------------------------------------------

    async def put_station(self, station: Station, actor: Actor, *, expected_version: int | None = None) -> Station:
        """Create or replace a station. Changed thresholds or rules start the rule's memory afresh.

        Raises `Invalid` when its rules contradict the look-back, `Conflict` for an old version.
        """
        _check_rules(station, self._world)
        async with self._store.write() as unit:
            current = (await station_store.get(unit.connection, [station.id])).get(station.id)
            if current and expected_version is not None and current.version != expected_version:
                raise Conflict("conflict.version", current=current, version=current.version)
            stored = replace(station, version=current.version + 1 if current else 1)
            await station_store.put(unit.connection, stored)
            await self._renew_state(unit, current, stored)
            now = await self.moment(unit)
            kind = "station.updated" if current else "station.created"
            data = {"version": stored.version, "kind": stored.kind, "area": stored.area}
            await unit.append([Draft(kind, station.id, now, data, actor=actor.name)])
        self._known.pop(station.id, None)
        return stored

    async def _renew_state(self, unit: Unit, before: Station | None, after: Station) -> None:
        """Mark the memory as this version's; other thresholds or rules start it afresh."""
        locked = await station_store.lock_states(unit.connection, [after.id], states.BLANK)
        state = states.decode(locked[after.id])
        afresh: dict[str, Any] = {}
        if before is None or _judged_by(before) != _judged_by(after):
            rules = Known.of(after, self._world.hazards).every_rule()
            afresh = {rule.slot: rule.forgotten(state.memory(rule.slot)) for rule in rules}
        renewed = msgspec.structs.replace(state, station_version=after.version, **afresh)
        await station_store.save_states(unit.connection, {after.id: states.encode(renewed)})

    async def install_stations(self, stations: Sequence[Station], version: str) -> int:
        """Bring the pack's stations in: new ones are added, ones that nobody edited are updated. Returns how many."""
        async with self._store.write() as unit:
            known = {each.id: each for each in await station_store.every(unit.connection)}
            untouched = await station_store.from_pack(unit.connection)
            count = 0
            for station in stations:
                _check_rules(station, self._world)
                old = known.get(station.id)
                if old is not None and (station.id not in untouched or replace(old, version=1) == station):
                    continue
                numbered = replace(station, version=old.version + 1 if old else 1)
                await station_store.put(unit.connection, numbered, from_pack=True)
                await self._renew_state(unit, old, numbered)
                count += 1
            if count:
                data = {"stations": count, "pack": version}
                await unit.append([Draft("pack.installed", "pack", await self.moment(unit), data)])
        self._known.clear()
        return count


def _check_rules(station: Station, world: World) -> None:
    try:
        Known.of(station, world.hazards)
    except ValueError as error:
        raise Invalid("invalid.station_rules", station=station.id, detail=str(error)) from error


def _judged_by(station: Station) -> tuple[Any, ...]:
    """What of a station its rules depend on: a change here makes their memory meaningless."""
    return station.kind, station.thresholds, station.rules, station.limits, station.facts, station.area


def _told_at(signal: Signal) -> tuple[datetime, str]:
    return signal.at, signal.ref


def _vitals(batch: Sequence[Observation]) -> dict[str, Vitals]:
    """The newest word of each device about itself."""
    found: dict[str, Vitals] = {}
    for each in batch:
        if each.health and (each.station not in found or each.observed_at >= found[each.station].at):
            found[each.station] = Vitals(each.observed_at, each.health)
    return found
