"""The desk of dam releases: takes notices from anywhere, keeps the release clock, asks communes and telephones.

A notice that comes in opens or updates a case of hazard `dam_release` in the same transaction (`Engine.hear`). Nothing
here depends on how a notice came: MQTT, a form, or a text that a person confirmed. Times are the engine's: on the wall
clock a notice counts from when it arrived, on the data clock (replays) from when it says it was sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from eoc.engine.engine import Engine
from eoc.engine.release_answers import CALL, Answers
from eoc.engine.release_facts import (
    GIVEN,
    UNTOLD,
    as_notice,
    begins_at,
    check,
    communes_on,
    content_hash,
    facts_of,
    plain,
    signal_of,
)
from eoc.errors import Conflict, Invalid, NotFound
from eoc.events import SYSTEM, Draft
from eoc.hazards import state as states
from eoc.hazards.dam_release import (
    CommuneClock,
    Notice,
    clears_at,
    lateness,
    release_clock,
    severity,
    worse,
)
from eoc.hazards.downstream import barriers_below, communes_below
from eoc.hazards.release_book import Release
from eoc.ids import Ids, uuid7
from eoc.model import Quality, Reason, Station
from eoc.packs import Pack
from eoc.store import Store, Unit
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from eoc.store import stations as station_store

BEGINS, ENDS, CLEARS = "release.begins", "release.ends", "release.clears"
_FRESH_LEVEL = timedelta(hours=6)
"""An older lake level does not say whether the lake is full now."""


class ReleaseDesk(Answers):
    """See the module. `clock` is the engine's kind of clock."""

    def __init__(
        self, store: Store, engine: Engine, pack: Pack, *, clock: Literal["wall", "data"] = "wall", ids: Ids = uuid7
    ) -> None:
        super().__init__(store, engine, pack, ids)
        self._on_data = clock == "data"
        self.dirty: set[str] = set()
        """Reservoirs whose notices changed since their series was last looked at."""
        engine.timers[BEGINS] = self._begins
        engine.timers[ENDS] = self._ends
        engine.timers[CLEARS] = self._clears

    # -- notices --------------------------------------------------------------------------------------------------

    async def take(
        self, notice: Notice, actor: str = SYSTEM, *, read: str | None = None, expected_version: int | None = None
    ) -> Release:
        """One version of a notice, once per content; returns the release as it is now.

        `notice.heard_at` is the arrival on the wall; on the data clock `sent_at`, or the data's own time, counts
        instead. Raises `Invalid` for what is no reservoir or makes no sense, `Conflict` for an old version, `NotFound`
        for an unknown original.
        """
        async with self._store.write() as unit:
            await unit.lock()
            station = await self._reservoir(unit, notice.reservoir)
            if self._on_data:
                notice = replace(notice, heard_at=notice.sent_at or await self._engine.moment(unit))
            check(notice)
            known = await release_store.by_notice(unit.connection, notice.reservoir, notice.id)
            if known is not None and notice.heard_at <= known.updated_at:
                # The order of arrival is the order of versions, whatever the clocks of senders say.
                notice = replace(notice, heard_at=known.updated_at + timedelta(microseconds=1))
            if known is not None and expected_version is not None and known.version != expected_version:
                raise Conflict("conflict.version", version=known.version)
            taken = await self._version(unit, station, known, notice, actor, read)
            if read is not None and not await release_store.link_original(unit.connection, read, taken.id):
                raise NotFound("not_found.release_original", id=read)
        self.dirty.add(notice.reservoir)
        return taken

    async def _reservoir(self, unit: Unit, name: str) -> Station:
        station = (await station_store.get(unit.connection, [name])).get(name)
        if station is None or station.kind != "reservoir":
            raise Invalid("invalid.reservoir", station=name)
        return station

    async def _version(
        self, unit: Unit, station: Station, known: Release | None, notice: Notice, actor: str, read: str | None
    ) -> Release:
        content = content_hash(notice)
        if known is not None and content == await release_store.content_of(unit.connection, known.id, known.version):
            return known
        now = await self._engine.moment(unit)
        release, changed = self._next(known, notice, read)
        places = await self._places(unit, station, now)
        clock = release_clock(places, begins_at(release), self._rounding()) if release.planned_at else []
        # A replay may bring a notice long after the readings of its time: it is taken as of when it was sent, and what
        # has come since follows at once.
        as_of = notice.heard_at if self._on_data else now
        release = self._placed_in_time(release, as_of)
        if known is None:
            await release_store.add(unit.connection, release)
        await release_store.add_version(unit.connection, release.id, release.version, notice, content, actor)
        if clock:
            await release_store.set_communes(unit.connection, release.id, communes_on(release.id, clock))
        release = await self._tell(unit, station, known, release)
        await release_store.save(unit.connection, release)
        await self._time(unit, release, clock, as_of)
        kind = "station.release_cancelled" if notice.cancelled else "station.release_noticed"
        kind = "station.release_updated" if known is not None and not notice.cancelled else kind
        data = {**facts_of(release), "channel": release.channel, "changed": changed, "update": known is not None}
        await unit.append([Draft(kind, station.id, now, data, actor=actor)])
        return await self._catch_up(unit, release, now) if as_of < now else release

    async def _catch_up(self, unit: Unit, release: Release, now: datetime) -> Release:
        """Fire this release's timers that the data's time has passed already, in their order."""
        handlers = {BEGINS: self._begins, ENDS: self._ends, CLEARS: self._clears, CALL: self._call}
        while True:
            due = [
                (due_at, kind, subject)
                for due_at, kind, subject in await incident_store.due_timers(unit.connection, now)
                if kind in handlers and subject.partition("/")[0] == release.id
            ]
            if not due:
                return await release_store.get(unit.connection, release.id) or release
            due_at, kind, subject = due[0]
            await incident_store.drop_timer(unit.connection, kind, subject)
            await handlers[kind](unit, subject, due_at)

    def _next(self, known: Release | None, notice: Notice, read: str | None) -> tuple[Release, dict[str, Any]]:
        """The release after this version, and what the version changed."""
        late = lateness(notice.planned_at, notice.heard_at, self.rule)
        release = known or Release(self._ids(), notice.reservoir, notice.id, notice.heard_at, notice.heard_at, 0, 0)
        first = known is None
        before = as_notice(release)
        asked_again = first or worse(before, notice, self.rule)
        given = {name: getattr(notice, name) for name in GIVEN}
        if notice.cancelled:
            # What was announced stays to be read; only its state says that it will not happen.
            given = {name: value for name, value in given.items() if value is not None}
        changed = {
            name: [plain(getattr(release, name)), plain(value)]
            for name, value in given.items()
            if name not in UNTOLD and getattr(release, name) != value
        }
        version = release.version + 1
        after = replace(
            release,
            **given,
            version=version,
            updated_at=notice.heard_at,
            channel=notice.channel,
            asked_version=version if asked_again else release.asked_version,
            asked_at=notice.heard_at if asked_again else release.asked_at,
            read=read or release.read,
        )
        if notice.cancelled:
            return replace(after, state="cancelled"), changed
        if first or asked_again:
            # How late the water is announced is judged by the version that brings it.
            after = replace(
                after,
                late=late.late,
                notice_hours=late.notice_hours,
                required_hours=late.required_hours,
                required_source=late.required_source,
            )
        if release.state == "cancelled":
            after = replace(after, state="planned", started_at=None, ended_at=None)
        return after, changed

    def _placed_in_time(self, release: Release, now: datetime) -> Release:
        """The state that the announced times give."""
        if release.state == "cancelled" or release.planned_at is None:
            return release
        begun = release.started_at or (release.planned_at if release.planned_at <= now else None)
        over = release.until is not None and release.until <= now
        if over:
            return replace(release, state="ended", started_at=begun, ended_at=release.until)
        state: Literal["planned", "running"] = "running" if begun is not None else "planned"
        return replace(release, state=state, started_at=begun, ended_at=None)

    async def _tell(self, unit: Unit, station: Station, known: Release | None, release: Release) -> Release:
        """Give the engine what the notice says now; the release remembers its case."""
        over = release.state in ("cancelled", "ended")
        level, reasons = severity(release.discharge_m3s, self.rule, late=release.late)
        if over and known is None:
            return release  # news of something that is past, or of nothing
        if release.state == "cancelled":
            level, reasons = 0, (Reason("reason.release_cancelled", {"notice": release.notice}),)
        elif release.state == "ended":
            return release  # the water is still on its way; `_clears` says when it is through
        late = lateness(release.planned_at, release.asked_at or release.received_at, self.rule).reason()
        if late is not None and level:
            reasons = (*reasons, late)
        previous = known.level if known is not None else 0
        if level == 0 and previous == 0:
            return replace(release, level=0)
        signal = signal_of(station, release, level, previous, release.updated_at, reasons)
        (case,) = await self._engine.hear(unit, [signal])
        return replace(release, level=level, incident=case.id if case is not None else release.incident)

    # -- the clock ------------------------------------------------------------------------------------------------

    async def _places(self, unit: Unit, station: Station, now: datetime) -> list[Any]:
        if station.river is None or station.chainage_km is None:
            return []
        full = await self._full(unit, station.river, station.chainage_km, now)
        return communes_below(self._pack, station.river, station.chainage_km, now, full=full)

    async def _full(self, unit: Unit, river: str, from_km: float, now: datetime) -> set[str]:
        """Reservoirs downstream that stand at their normal level; one that has not been heard for long is not known to
        be full."""
        names = [each.station for each in barriers_below(self._pack, river, from_km)]
        stored = await station_store.states(unit.connection, names)
        found = await station_store.get(unit.connection, names)
        full = set()
        for name, raw in stored.items():
            latest = states.decode(raw).latest
            level, told = latest.get("htl"), latest.get("hdbt")
            normal_m = told.value if told is not None else found[name].facts.get("normal_level_m")
            if level is None or normal_m is None or level.quality == Quality.BAD:
                continue
            if now - level.observed_at <= _FRESH_LEVEL and level.value >= normal_m:
                full.add(name)
        return full

    def _rounding(self) -> int:
        return self.rule.round_down_min if self.rule is not None else 5

    async def _time(self, unit: Unit, release: Release, clock: Sequence[CommuneClock], now: datetime) -> None:
        """Set every timer of a release anew."""
        connection = unit.connection
        for kind in (BEGINS, ENDS, CLEARS):
            await incident_store.drop_timer(connection, kind, release.id)
        communes = (await release_store.communes_of(connection, [release.id]))[release.id]
        steps = (await release_store.steps_of(connection, [release.id]))[release.id]
        for commune in communes:
            await self.time_call(unit, release, commune, steps, now)
        if release.state == "cancelled" or release.planned_at is None:
            return
        if release.state == "planned":
            await incident_store.set_timer(connection, BEGINS, release.id, release.planned_at)
        if release.until is not None:
            if release.state != "ended":
                await incident_store.set_timer(connection, ENDS, release.id, release.until)
            clear = clears_at(clock, release.until, begins_at(release))
            if release.level:
                await incident_store.set_timer(connection, CLEARS, release.id, max(clear, now))
        elif release.ended_at is not None and release.level:
            await incident_store.set_timer(connection, CLEARS, release.id, clears_at(clock, release.ended_at, now))

    async def _begins(self, unit: Unit, subject: str, due_at: datetime) -> None:
        release = await release_store.get(unit.connection, subject)
        if release is not None and release.state == "planned":
            await self.started(unit, release, due_at, observed=False)

    async def started(self, unit: Unit, release: Release, at: datetime, *, observed: bool) -> Release:
        """The gates are open: as announced, or because the reservoir says so. Earlier than announced, the clock of
        every commune is set to that."""
        running = replace(release, state="running", started_at=at)
        await release_store.save(unit.connection, running)
        station = (await station_store.get(unit.connection, [release.reservoir])).get(release.reservoir)
        if station is not None and release.planned_at is not None and at < release.planned_at:
            now = await self._engine.moment(unit)
            clock = release_clock(await self._places(unit, station, now), at, self._rounding())
            await release_store.set_communes(unit.connection, release.id, communes_on(release.id, clock))
            await self._time(unit, running, clock, now)
        data = {**facts_of(running), "observed": observed}
        await unit.append([Draft("station.release_started", release.reservoir, at, data)])
        return running

    async def _ends(self, unit: Unit, subject: str, due_at: datetime) -> None:
        release = await release_store.get(unit.connection, subject)
        if release is not None and release.state in ("planned", "running"):
            await self.ended(unit, release, due_at, observed=False)

    async def ended(self, unit: Unit, release: Release, at: datetime, *, observed: bool) -> Release:
        """The release is over at the dam; its case stands until the last water has passed the last commune."""
        over = replace(release, state="ended", ended_at=at)
        await release_store.save(unit.connection, over)
        data = {**facts_of(over), "observed": observed}
        await unit.append([Draft("station.release_ended", release.reservoir, at, data)])
        if over.level:
            communes = (await release_store.communes_of(unit.connection, [release.id]))[release.id]
            begins = begins_at(over)
            slowest = max((each.latest_at - begins for each in communes if each.latest_at), default=timedelta())
            await incident_store.set_timer(unit.connection, CLEARS, release.id, at + slowest)
        return over

    async def _clears(self, unit: Unit, subject: str, due_at: datetime) -> None:
        release = await release_store.get(unit.connection, subject)
        if release is None or release.level == 0 or release.state != "ended":
            return
        # A timer must not fail: it would take the readings down that it fires between.
        stations = await station_store.get(unit.connection, [release.reservoir])
        station = stations.get(release.reservoir) or Station(release.reservoir, release.reservoir, "reservoir")
        reasons = (Reason("reason.release_passed", {"notice": release.notice}),)
        await self._engine.hear(unit, [signal_of(station, release, 0, release.level, due_at, reasons)])
        await release_store.save(unit.connection, replace(release, level=0))
