"""The warning desk's commands, as the API offers them.

Every command is one small transaction: the journal's head first (so that the list, the number and the version belong
to one moment), then the decision of `dispatch.warnings`, then state and events together. No provider is called here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.content import Content, Text
from dispatch.desk import Desk
from dispatch.gazetteer import everything_inside, require_known
from dispatch.store import audiences, recipients
from dispatch.store import warnings as warning_store
from dispatch.store.audiences import Audience
from dispatch.views import reach_of, view_json
from dispatch.warnings import (
    Approve,
    Cancel,
    Command,
    Edit,
    Origin,
    PublicWarning,
    Reject,
    Submit,
    compose,
    decide,
)
from eoc.errors import Conflict, NotFound
from eoc.ids import Ids, uuid7
from eoc.incidents import Actor, Incident
from eoc.store import Store, Unit
from eoc.store import incidents as incident_store


@dataclass(frozen=True, slots=True)
class Words:
    """What a person sends to draft, edit or preview a warning. `vi_plain` is derived when it is not given."""

    level: int
    hazard: str
    vi: str
    areas: Sequence[str]
    expires_at: datetime
    en: str | None = None
    vi_plain: str | None = None

    def content(self) -> Content:
        text = Text.of(self.vi, self.en, self.vi_plain)
        return Content(self.level, self.hazard, text, tuple(self.areas), self.expires_at)


class WarningService:
    """See the module. Commands return the warning's JSON after the step.

    They raise `NotFound`, `Invalid`, `Refused` (codes `same_person`, `refused.role`, `refused.transition`,
    `warning.checks_failed`, ...) and `Conflict` (`conflict.version`, `warning.count_differs`), whose `current` is
    the warning's JSON now.
    """

    def __init__(self, store: Store, desk: Desk, ids: Ids = uuid7) -> None:
        self._store = store
        self._desk = desk
        self._ids = ids

    async def draft(self, words: Words, actor: Actor, *, incident: str | None = None) -> dict[str, Any]:
        """A new draft by hand, with or without an incident."""
        async with self._store.write() as unit:
            head = await unit.lock()
            now = await self._desk.moment(unit)
            case = await self._incident(unit, incident)
            require_known(self._desk.pack, words.areas, now)
            origin = Origin(
                incident=incident,
                lon=case.lon if case else None,
                lat=case.lat if case else None,
                drill=self._desk.drill or (case.drill if case else False),
            )
            head.warning_number += 1
            decision = compose(self._ids(), head.warning_number, words.content(), actor, now, origin)
            await warning_store.add(unit.connection, decision.warning)
            await unit.append(decision.events)
            return await view_json(unit.connection, self._desk, decision.warning, now)

    async def edit(self, warning_id: str, words: Words, expected_version: int, actor: Actor) -> dict[str, Any]:
        """Other words, areas or limits; a submitted or rejected warning becomes a draft again."""
        async with self._store.write() as unit:
            warning, now = await self._take(unit, warning_id)
            require_known(self._desk.pack, words.areas, now)
            return await self._step(unit, Edit(expected_version, words.content()), warning, actor, now)

    async def submit(self, warning_id: str, expected_version: int, actor: Actor) -> dict[str, Any]:
        """Hand a draft in for approval; failing blocking checks refuse it."""
        async with self._store.write() as unit:
            warning, now = await self._take(unit, warning_id)
            checks = self._desk.review(warning, await reach_of(unit.connection, self._desk, warning, now), now)
            return await self._step(unit, Submit(expected_version, checks), warning, actor, now)

    async def approve(self, warning_id: str, expected_version: int, confirm_count: int, actor: Actor) -> dict[str, Any]:
        """The second person says yes to this text for this many people; the audience is frozen with it."""
        async with self._store.write() as unit:
            warning, now = await self._take(unit, warning_id)
            areas = everything_inside(self._desk.pack, warning.content.areas, now)
            reach = await recipients.reach(unit.connection, areas)
            checks = self._desk.review(warning, reach, now)
            command = Approve(expected_version, confirm_count, reach.count, checks)
            try:
                decision = decide(command, warning, actor, now)
            except Conflict as error:
                raise await self._with_json(unit, error, warning, now) from None
            approved = decision.warning
            audience = Audience(
                id=self._ids(),
                warning=approved.id,
                warning_version=approved.version,
                level=approved.content.level,
                areas=areas,
                as_of_seq=(await unit.lock()).seq,
                count=reach.count,
                lon=approved.origin.lon,
                lat=approved.origin.lat,
            )
            await warning_store.save(unit.connection, approved)
            await audiences.add(unit.connection, audience)
            await unit.append(
                [replace(event, data={**event.data, "audience_id": audience.id}) for event in decision.events]
            )
            return await view_json(unit.connection, self._desk, approved, now)

    async def reject(self, warning_id: str, expected_version: int, reason: str, actor: Actor) -> dict[str, Any]:
        """The second person says no, and why; the reason stays with the warning, not in the journal."""
        return await self._simple(warning_id, Reject(expected_version, reason), actor)

    async def cancel(self, warning_id: str, expected_version: int, actor: Actor) -> dict[str, Any]:
        """End a warning. What has not left stays here; what has left is not taken back by this."""
        return await self._simple(warning_id, Cancel(expected_version), actor)

    async def _simple(self, warning_id: str, command: Command, actor: Actor) -> dict[str, Any]:
        async with self._store.write() as unit:
            warning, now = await self._take(unit, warning_id)
            return await self._step(unit, command, warning, actor, now)

    async def _take(self, unit: Unit, warning_id: str) -> tuple[PublicWarning, datetime]:
        await unit.lock()
        warning = await warning_store.get(unit.connection, warning_id)
        if warning is None:
            raise NotFound("not_found.warning", id=warning_id)
        return warning, await self._desk.moment(unit)

    async def _step(
        self, unit: Unit, command: Command, warning: PublicWarning, actor: Actor, now: datetime
    ) -> dict[str, Any]:
        try:
            decision = decide(command, warning, actor, now)
        except Conflict as error:
            raise await self._with_json(unit, error, warning, now) from None
        await warning_store.save(unit.connection, decision.warning)
        await unit.append(decision.events)
        return await view_json(unit.connection, self._desk, decision.warning, now)

    async def _with_json(self, unit: Unit, error: Conflict, warning: PublicWarning, now: datetime) -> Conflict:
        return Conflict(error.code, current=await view_json(unit.connection, self._desk, warning, now), **error.params)

    async def _incident(self, unit: Unit, incident: str | None) -> Incident | None:
        if incident is None:
            return None
        found = await incident_store.get(unit.connection, incident)
        if found is None:
            raise NotFound("not_found.incident", id=incident)
        return found
