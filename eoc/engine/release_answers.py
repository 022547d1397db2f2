"""What communes and other bodies answer to a release, and the telephone calls to those that do not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from eoc.clock import iso
from eoc.engine.engine import Engine
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.events import Draft
from eoc.hazards.release_book import Commune, PartyTold, Release, Standing, StepDone, standing
from eoc.ids import Ids, uuid7
from eoc.incidents import Task
from eoc.incidents.signals import facts as case_facts
from eoc.packs import Pack
from eoc.packs.manifest import Body
from eoc.packs.releases import STEPS, DamRelease, ReleaseStep
from eoc.store import Store, Unit
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store

CALL = "release.call"
CALL_TASKS = ("task.release_call", "task.release_call_now")
"""What has to be telephoned: with the earliest arrival, or without one."""
_EARLY = timedelta(minutes=1)
_STALE = timedelta(days=1)


class Answers:
    """The part of the release desk that people work with; see `eoc.engine.releases.ReleaseDesk`."""

    def __init__(self, store: Store, engine: Engine, pack: Pack, ids: Ids = uuid7) -> None:
        self._store = store
        self._engine = engine
        self._pack = pack
        self._ids = ids
        engine.timers[CALL] = self._call

    @property
    def rule(self) -> DamRelease | None:
        return self._pack.hazards.rules.dam_release

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
            await self.time_call(unit, release, commune, [*steps, done], now)
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
            await self.time_call(unit, release, commune, left, now)
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

    async def time_call(
        self, unit: Unit, release: Release, commune: Commune, steps: Sequence[StepDone], now: datetime
    ) -> None:
        """Set the timer of the next call to a commune; none when nothing is due any more."""
        subject = f"{release.id}/{commune.area}"
        await incident_store.drop_timer(unit.connection, CALL, subject)
        if release.state == "ended" and release.asked_at is not None and now - release.asked_at > _STALE:
            return
        due = standing(release, commune, steps, self.rule, now).call_due_at
        if due is not None:
            await incident_store.set_timer(unit.connection, CALL, subject, due)
