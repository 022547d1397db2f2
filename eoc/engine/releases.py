"""The desk of dam releases: takes notices from anywhere, keeps the release clock, asks communes and telephones.

A notice that comes in opens or updates a case of hazard `dam_release` in the same transaction (`Engine.hear`). Nothing
here depends on how a notice came: MQTT, a form, or a text that a person confirmed. Times are the engine's: on the wall
clock a notice counts from when it arrived, on the data clock (replays) from when it says it was sent.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from eoc.clock import iso
from eoc.engine.engine import Engine
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.events import SYSTEM, Draft
from eoc.hazards import state as states
from eoc.hazards.dam_release import (
    RULE,
    CommuneClock,
    Notice,
    clears_at,
    lateness,
    release_clock,
    severity,
    worse,
)
from eoc.hazards.downstream import barriers_below, communes_below
from eoc.hazards.release_book import Commune, PartyTold, Release, Standing, StepDone, standing
from eoc.ids import Ids, uuid7
from eoc.incidents import Task
from eoc.incidents.signals import facts as case_facts
from eoc.model import Quality, Reason, Signal, Station
from eoc.packs import Pack
from eoc.packs.manifest import Body
from eoc.packs.releases import STEPS, DamRelease, ReleaseStep
from eoc.store import Store, Unit
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from eoc.store import stations as station_store

HAZARD = "dam_release"
NOTICE = "notice"
"""The source of a signal that a notice gave."""

BEGINS, ENDS, CLEARS, CALL = "release.begins", "release.ends", "release.clears", "release.call"
CALL_TASKS = ("task.release_call", "task.release_call_now")
"""What has to be telephoned: with the earliest arrival, or without one."""
_FRESH_LEVEL = timedelta(hours=6)
"""An older lake level does not say whether the lake is full now."""
_EARLY = timedelta(minutes=1)


class ReleaseDesk:
    """See the module. `clock` is the engine's kind of clock."""

    def __init__(
        self, store: Store, engine: Engine, pack: Pack, *, clock: Literal["wall", "data"] = "wall", ids: Ids = uuid7
    ) -> None:
        self._store = store
        self._engine = engine
        self._pack = pack
        self._ids = ids
        self._on_data = clock == "data"
        self.dirty: set[str] = set()
        """Reservoirs whose notices changed since their series was last looked at."""
        engine.timers[BEGINS] = self._begins
        engine.timers[ENDS] = self._ends
        engine.timers[CLEARS] = self._clears
        engine.timers[CALL] = self._call

    @property
    def rule(self) -> DamRelease | None:
        return self._pack.hazards.rules.dam_release

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
            _check(notice)
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
        content = _content(notice)
        if known is not None and content == await release_store.content_of(unit.connection, known.id, known.version):
            return known
        now = await self._engine.moment(unit)
        release, changed = self._next(known, notice, read)
        places = await self._places(unit, station, now)
        clock = release_clock(places, _begins_at(release), self._rounding()) if release.planned_at else []
        release = self._placed_in_time(release, now)
        if known is None:
            await release_store.add(unit.connection, release)
        await release_store.add_version(unit.connection, release.id, release.version, notice, content, actor)
        if clock:
            await release_store.set_communes(unit.connection, release.id, _communes(release.id, clock))
        release = await self._tell(unit, station, known, release)
        await release_store.save(unit.connection, release)
        await self._time(unit, release, clock, now)
        kind = "station.release_cancelled" if notice.cancelled else "station.release_noticed"
        kind = "station.release_updated" if known is not None and not notice.cancelled else kind
        data = {**_facts(release), "channel": release.channel, "changed": changed, "update": known is not None}
        await unit.append([Draft(kind, station.id, now, data, actor=actor)])
        return release

    def _next(self, known: Release | None, notice: Notice, read: str | None) -> tuple[Release, dict[str, Any]]:
        """The release after this version, and what the version changed."""
        late = lateness(notice.planned_at, notice.heard_at, self.rule)
        release = known or Release(self._ids(), notice.reservoir, notice.id, notice.heard_at, notice.heard_at, 0, 0)
        first = known is None
        before = _as_notice(release)
        asked_again = first or worse(before, notice, self.rule)
        given = {name: getattr(notice, name) for name in _GIVEN}
        if notice.cancelled:
            # What was announced stays to be read; only its state says that it will not happen.
            given = {name: value for name, value in given.items() if value is not None}
        changed = {
            name: [_plain(getattr(release, name)), _plain(value)]
            for name, value in given.items()
            if name not in _UNTOLD and getattr(release, name) != value
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
        signal = _signal(station, release, level, previous, release.updated_at, reasons)
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
            await self._time_call(unit, release, commune, steps, now)
        if release.state == "cancelled" or release.planned_at is None:
            return
        if release.state == "planned":
            await incident_store.set_timer(connection, BEGINS, release.id, release.planned_at)
        if release.until is not None:
            if release.state != "ended":
                await incident_store.set_timer(connection, ENDS, release.id, release.until)
            clear = clears_at(clock, release.until, _begins_at(release))
            if release.level:
                await incident_store.set_timer(connection, CLEARS, release.id, max(clear, now))
        elif release.ended_at is not None and release.level:
            await incident_store.set_timer(connection, CLEARS, release.id, clears_at(clock, release.ended_at, now))

    async def _time_call(
        self, unit: Unit, release: Release, commune: Commune, steps: Sequence[StepDone], now: datetime
    ) -> None:
        subject = f"{release.id}/{commune.area}"
        await incident_store.drop_timer(unit.connection, CALL, subject)
        if release.state == "ended" and release.asked_at is not None and now - release.asked_at > timedelta(days=1):
            return
        due = standing(release, commune, steps, self.rule, now).call_due_at
        if due is not None:
            await incident_store.set_timer(unit.connection, CALL, subject, due)

    async def _begins(self, unit: Unit, subject: str, due_at: datetime) -> None:
        release = await release_store.get(unit.connection, subject)
        if release is not None and release.state == "planned":
            await self.started(unit, release, due_at, observed=False)

    async def started(self, unit: Unit, release: Release, at: datetime, *, observed: bool) -> Release:
        """The gates are open: as announced, or because the reservoir says so. Earlier than announced, the clock of
        every commune is set to that."""
        running = replace(release, state="running", started_at=at)
        await release_store.save(unit.connection, running)
        if release.planned_at is not None and at < release.planned_at:
            station = await self._reservoir(unit, release.reservoir)
            now = await self._engine.moment(unit)
            clock = release_clock(await self._places(unit, station, now), at, self._rounding())
            await release_store.set_communes(unit.connection, release.id, _communes(release.id, clock))
            await self._time(unit, running, clock, now)
        data = {**_facts(running), "observed": observed}
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
        data = {**_facts(over), "observed": observed}
        await unit.append([Draft("station.release_ended", release.reservoir, at, data)])
        if over.level:
            communes = (await release_store.communes_of(unit.connection, [release.id]))[release.id]
            begins = _begins_at(over)
            slowest = max((each.latest_at - begins for each in communes if each.latest_at), default=timedelta())
            await incident_store.set_timer(unit.connection, CLEARS, release.id, at + slowest)
        return over

    async def _clears(self, unit: Unit, subject: str, due_at: datetime) -> None:
        release = await release_store.get(unit.connection, subject)
        if release is None or release.level == 0 or release.state != "ended":
            return
        station = await self._reservoir(unit, release.reservoir)
        reasons = (Reason("reason.release_passed", {"notice": release.notice}),)
        await self._engine.hear(unit, [_signal(station, release, 0, release.level, due_at, reasons)])
        await release_store.save(unit.connection, replace(release, level=0))

    # -- communes -------------------------------------------------------------------------------------------------

    async def record_step(
        self, release_id: str, area: str, step: ReleaseStep, *, name: str, channel: str, actor: str, at: datetime | None
    ) -> Release:
        """A commune's answer. A later step may be written down before an earlier one: the earlier stays open on the
        screen, but nobody is called for it. Raises NotFound, Invalid, Refused, Conflict (already there)."""
        async with self._store.write() as unit:
            release, commune, steps, now = await self._at_commune(unit, release_id, area)
            if release.state == "cancelled":
                raise Refused("refused.release_cancelled", release=release_id)
            if at is not None and at > now + _EARLY:
                raise Invalid("invalid.in_future", at=iso(at))
            if at is not None and at < release.received_at:
                raise Invalid("invalid.before_notice", at=iso(at), received_at=iso(release.received_at))
            before = standing(release, commune, steps, self.rule, now)
            if step in before.done:
                raise Conflict("conflict.release_step", step=step, area=area)
            moment = at or now
            done = StepDone(
                self._ids(), release.id, area, step, release.asked_version, name, moment, channel, actor, now
            )
            await release_store.add_step(unit.connection, done)
            await self._time_call(unit, release, commune, [*steps, done], now)
            await self._answer_calls(unit, release, area, step, actor, now)
            behind = commune.earliest_at is not None and moment > commune.earliest_at
            data = {"release": release.id, "area": area, "step": step, "channel": channel, "late": behind}
            draft = Draft("station.release_step", release.reservoir, now, {**data, "at": iso(moment)}, actor=actor)
            await unit.append([draft])
            return release

    async def undo_step(self, release_id: str, area: str, step: ReleaseStep, *, actor: str) -> Release:
        """It was written down by mistake: the answer stays on record as withdrawn, and the call is due again."""
        async with self._store.write() as unit:
            release, commune, steps, now = await self._at_commune(unit, release_id, area)
            done = standing(release, commune, steps, self.rule, now).done.get(step)
            if done is None:
                raise NotFound("not_found.release_step", step=step, area=area)
            await release_store.undo_step(unit.connection, done.id, now, actor)
            left = [each for each in steps if each.id != done.id]
            await self._time_call(unit, release, commune, left, now)
            data = {"release": release.id, "area": area, "step": step}
            await unit.append([Draft("station.release_step_undone", release.reservoir, now, data, actor=actor)])
            return release

    async def _at_commune(
        self, unit: Unit, release_id: str, area: str
    ) -> tuple[Release, Commune, list[StepDone], datetime]:
        await unit.lock()
        release = await release_store.get(unit.connection, release_id)
        if release is None:
            raise NotFound("not_found.release", id=release_id)
        communes = (await release_store.communes_of(unit.connection, [release_id]))[release_id]
        commune = next((each for each in communes if each.area == area), None)
        if commune is None:
            raise NotFound("not_found.release_commune", area=area)
        steps = (await release_store.steps_of(unit.connection, [release_id]))[release_id]
        return release, commune, steps, await self._engine.moment(unit)

    async def _answer_calls(
        self, unit: Unit, release: Release, area: str, step: ReleaseStep, actor: str, now: datetime
    ) -> None:
        """Close the call that asked for this step or an earlier one."""
        if release.incident is None:
            return
        for task in await incident_store.tasks_of(unit.connection, release.incident):
            asked = task.params.get("step")
            mine = task.kind in CALL_TASKS and (task.params.get("release"), task.params.get("area")) == (
                release.id,
                area,
            )
            if mine and task.state == "open" and asked in STEPS and STEPS.index(asked) <= STEPS.index(step):
                await incident_store.finish_task(unit.connection, task.id, release.incident, actor, now)

    async def _call(self, unit: Unit, subject: str, due_at: datetime) -> None:
        """A commune is late: somebody has to telephone. One open task per commune, an event for every deadline."""
        release_id, _, area = subject.partition("/")
        release = await release_store.get(unit.connection, release_id)
        if release is None or release.state == "cancelled":
            return
        communes = (await release_store.communes_of(unit.connection, [release_id]))[release_id]
        commune = next((each for each in communes if each.area == area), None)
        if commune is None:
            return
        steps = (await release_store.steps_of(unit.connection, [release_id]))[release_id]
        now = max(due_at, await self._engine.moment(unit))
        stands = standing(release, commune, steps, self.rule, now)
        step = stands.missing
        if step is None or stands.call_due_at is None:
            return
        await self._ask_by_phone(unit, release, commune, step, due_at)
        later = [at for at in stands.due.values() if at > due_at]
        if later:
            await incident_store.set_timer(unit.connection, CALL, subject, min(later))

    async def _ask_by_phone(
        self, unit: Unit, release: Release, commune: Commune, step: ReleaseStep, due_at: datetime
    ) -> None:
        earliest = iso(commune.earliest_at) if commune.earliest_at is not None else None
        data = {"release": release.id, "area": commune.area, "step": step, "earliest_at": earliest}
        data["incident"] = release.incident
        await unit.append([Draft("station.release_call_due", release.reservoir, due_at, data)])
        if release.incident is None:
            return
        tasks = await incident_store.tasks_of(unit.connection, release.incident)
        case = await incident_store.get(unit.connection, release.incident)
        open_already = any(
            each.kind in CALL_TASKS
            and (each.state, each.params.get("release"), each.params.get("area")) == ("open", release.id, commune.area)
            for each in tasks
        )
        if open_already or case is None or case.state == "closed":
            return
        params = {"release": release.id, "area": commune.area, "area_name": self.area_name(commune.area), "step": step}
        params["phone"] = self.phone(release.reservoir, commune.area) or ""
        kind = CALL_TASKS[1]
        if commune.earliest_at is not None:
            kind = CALL_TASKS[0]
            params |= {"earliest_at": iso(commune.earliest_at), "earliest": self._local(commune.earliest_at)}
        task = Task(self._ids(), case.id, kind, due_at, params, due_at=commune.earliest_at)
        await incident_store.add_task(unit.connection, task)
        added = {**case_facts(case), "task": task.id, "task_kind": task.kind}
        cause = {"timer": CALL, "release": release.id, "area": commune.area, "step": step}
        await unit.append([Draft("incident.task_added", case.id, due_at, added, cause)])

    def _local(self, moment: datetime) -> str:
        """15h05 22/11, the way times are written in Vietnam."""
        local = moment.astimezone(self._pack.zone)
        return f"{local.hour}h{local.minute:02d} {local.day}/{local.month}"

    def area_name(self, code: str) -> str:
        found = next((each.name for each in self._pack.areas_at(self._engine.shown_now()) if each.code == code), None)
        return found or code

    def phone(self, reservoir: str, area: str) -> str | None:
        """The duty line of a riverside commune, if the pack has one."""
        entry = self._pack.station(reservoir)
        if entry is None or entry.river is None:
            return None
        sides = self._pack.riverside(entry.river, 0.0, self._engine.shown_now())
        return next((side.phone for code, side in sides if code == area), None)

    def standing_of(self, release: Release, commune: Commune, steps: Sequence[StepDone], now: datetime) -> Standing:
        """Where a commune stands by the pack's deadlines."""
        return standing(release, commune, steps, self.rule, now)

    # -- parties --------------------------------------------------------------------------------------------------

    def parties(self, now: datetime) -> list[Body]:
        """Who beside the communes has to be told: owners of dams, neighbouring provinces, and whom the pack names."""
        named = self.rule.parties if self.rule is not None else ()
        return [body for body in self._pack.bodies(now) if body.role in ("dam_owner", "neighbour") or body.id in named]

    async def tell_party(
        self, release_id: str, body: str, *, actor: str, at: datetime | None, told: bool = True
    ) -> None:
        """Write down that a body was told (or, with `told=False`, that it was not after all)."""
        async with self._store.write() as unit:
            await unit.lock()
            release = await release_store.get(unit.connection, release_id)
            now = await self._engine.moment(unit)
            if release is None:
                raise NotFound("not_found.release", id=release_id)
            if body not in {each.id for each in self.parties(now)}:
                raise NotFound("not_found.release_party", body=body)
            if at is not None and at > now + _EARLY:
                raise Invalid("invalid.in_future", at=iso(at))
            if told:
                await release_store.tell_party(unit.connection, PartyTold(release_id, body, at or now, actor))
            elif not await release_store.untell_party(unit.connection, release_id, body):
                raise NotFound("not_found.release_party", body=body)
            data = {"release": release_id, "body": body, "told": told}
            await unit.append([Draft("station.release_party_told", release.reservoir, now, data, actor=actor)])


_GIVEN = (
    "planned_at",
    "until",
    "discharge_m3s",
    "spill_m3s",
    "turbine_m3s",
    "gates_open",
    "reason",
    "sent_at",
)
_UNTOLD = frozenset({"reason", "sent_at"})
"""Not told as changes: free text is kept in its erasable row and never in the journal; every version is sent anew."""


def _check(notice: Notice) -> None:
    if notice.cancelled:
        return
    if notice.planned_at is None:
        raise Invalid("invalid.release_no_time")
    if notice.until is not None and notice.until <= notice.planned_at:
        raise Invalid("invalid.release_ends_first", planned_at=iso(notice.planned_at), until=iso(notice.until))


def _content(notice: Notice) -> str:
    """A hash of what is said, not of when or how: the same words again change nothing."""
    said = {name: _plain(getattr(notice, name)) for name in _GIVEN if name != "sent_at"}
    text = json.dumps({**said, "cancelled": notice.cancelled}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _as_notice(release: Release) -> Notice:
    return Notice(
        release.reservoir,
        release.notice,
        release.updated_at,
        planned_at=release.planned_at,
        discharge_m3s=release.discharge_m3s,
        cancelled=release.state == "cancelled",
    )


def _begins_at(release: Release) -> datetime:
    """When the water leaves the dam: as announced, or earlier if it was seen."""
    planned_at, started_at = release.planned_at, release.started_at
    if planned_at is not None and started_at is not None and started_at < release.updated_at < planned_at:
        return planned_at  # running, and an update announces more: that water leaves when the update says
    return min((each for each in (planned_at, started_at) if each is not None), default=release.received_at)


def _communes(release: str, clock: Sequence[CommuneClock]) -> list[Commune]:
    return [
        Commune(
            release=release,
            area=each.place.area,
            position=position,
            chainage_km=each.place.chainage_km,
            earliest_at=each.earliest_at,
            likely_at=each.likely_at,
            latest_at=each.latest_at,
            source=each.place.travel.source,
            why=each.place.travel.why,
            notes=each.place.notes,
            held=each.place.travel.why is not None and each.place.travel.why.code == "reason.held_by_reservoir",
        )
        for position, each in enumerate(clock)
    ]


def _facts(release: Release) -> dict[str, Any]:
    """What every event about a release says: ids, codes and public numbers."""
    return {
        "release": release.id,
        "notice": release.notice,
        "version": release.version,
        "state": release.state,
        "planned_at": _plain(release.planned_at),
        "until": _plain(release.until),
        "discharge_m3s": release.discharge_m3s,
        "gates_open": release.gates_open,
        "late": release.late,
        "incident": release.incident,
    }


def _signal(
    station: Station, release: Release, level: int, previous: int, at: datetime, reasons: Sequence[Reason]
) -> Signal:
    facts: dict[str, Any] = {"station": station.id, "reservoir_name": station.name}
    title = Reason("title.release", facts)
    if release.discharge_m3s is not None:
        title = Reason("title.release_flow", {**facts, "discharge_m3s": f"{release.discharge_m3s:g}"})
    return Signal(
        hazard=HAZARD,
        ref=release.key,
        level=level,
        previous_level=previous,
        at=at,
        onset=at,
        value=release.discharge_m3s,
        rule=RULE,
        reasons=tuple(reasons),
        source=NOTICE,
        place=station.place,
        title=title,
    )
