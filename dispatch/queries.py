"""The warning desk's questions, as the API offers them: nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dispatch.content import Content
from dispatch.desk import Desk
from dispatch.gazetteer import require_known
from dispatch.service import Words
from dispatch.store import console, outbox, recipients
from dispatch.store import warnings as warning_store
from dispatch.views import view_json
from dispatch.warnings import Origin, PublicWarning
from eoc.clock import iso, wall_now
from eoc.errors import Invalid, NotFound
from eoc.incidents import Actor
from eoc.secrets import Vault, mask_phone
from eoc.store import Store, journal_log

_DAY = timedelta(hours=24)
MOST_ITEMS = 500
"""A page never has more: each warning is counted and checked while it is shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer and the journal position it belongs to (the header `EOC-Seq`)."""

    seq: int
    body: dict[str, Any]


class WarningQueries:
    """Reads in one snapshot each. Telephone numbers leave masked."""

    def __init__(self, store: Store, vault: Vault, desk: Desk) -> None:
        self._store = store
        self._vault = vault
        self._desk = desk

    async def preview(self, warning_id: str, words: Words | None = None) -> Seen:
        """A warning as it would be with other words, computed and not saved; without `words`, as it is."""
        async with self._store.read() as connection:
            warning = await warning_store.get(connection, warning_id)
            if warning is None:
                raise NotFound("not_found.warning", id=warning_id)
            now = self._desk.now()
            if words is not None:
                warning = replace(warning, content=self._as_written(words, warning.origin.drill, now))
            body = await view_json(connection, self._desk, warning, now)
            return Seen(await journal_log.head_seq(connection), body)

    async def preview_new(self, words: Words, actor: Actor, *, incident: str | None = None) -> Seen:
        """A warning that nobody has saved yet, with its count, checks and time to send."""
        now = self._desk.now()
        content = self._as_written(words, self._desk.drill, now)
        unsaved = PublicWarning(
            "", 0, content, actor.name, now, (actor.name,), Origin(incident, drill=self._desk.drill)
        )
        async with self._store.read() as connection:
            body = await view_json(connection, self._desk, unsaved, now)
            return Seen(await journal_log.head_seq(connection), body)

    def _as_written(self, words: Words, drill: bool, now: datetime) -> Content:
        require_known(self._desk.pack, words.areas, now)
        content = words.content()
        return replace(content, text=content.text.drilled()) if drill else content

    async def get(self, warning_id: str) -> Seen:
        """One warning. Raises `NotFound`."""
        return await self.preview(warning_id)

    async def page(
        self,
        *,
        limit: int = 100,
        cursor: str | None = None,
        states: Sequence[str] = (),
        incident: str | None = None,
    ) -> Seen:
        """`{"items", "next"}`, newest first."""
        limit, before = min(limit, MOST_ITEMS), _number(cursor)
        async with self._store.read() as connection:
            now = self._desk.now()
            found = await warning_store.page(
                connection, limit=limit + 1, before_number=before, states=states, incident=incident
            )
            items = [await view_json(connection, self._desk, warning, now) for warning in found[:limit]]
            further = str(found[limit - 1].number) if len(found) > limit else None
            return Seen(await journal_log.head_seq(connection), {"items": items, "next": further})

    async def of_incident(self, incident: str) -> list[dict[str, Any]]:
        """`[{id, number, state, level, version}]` for the incident's page, newest first."""
        async with self._store.read() as connection:
            found = await warning_store.page(connection, limit=100, incident=incident)
        return [
            {"id": each.id, "number": each.number, "state": each.state, "level": each.content.level}
            | {"version": each.version}
            for each in found
        ]

    async def console_messages(self, *, limit: int = 100, cursor: str | None = None) -> Seen:
        """What the console provider sent, newest first, numbers masked."""
        limit, before = min(limit, MOST_ITEMS), _number(cursor)
        async with self._store.read() as connection:
            found = await console.page(connection, limit=limit + 1, before_id=before)
            seq = await journal_log.head_seq(connection)
        items = [
            {
                "id": str(each.id),
                "to": mask_phone(self._vault.open(each.phone_sealed)),
                "from": each.sender,
                "body": each.body,
                "at": iso(each.at),
                "warning": each.warning,
                "segments": each.segments,
            }
            for each in found[:limit]
        ]
        further = str(found[limit - 1].id) if len(found) > limit else None
        return Seen(seq, {"items": items, "next": further})

    async def recipients(self, *, limit: int = 100, cursor: str | None = None) -> Seen:
        """The list, numbers masked."""
        limit, after = min(limit, MOST_ITEMS), _number(cursor) or 0
        async with self._store.read() as connection:
            found = await recipients.page(connection, limit=limit + 1, after_id=after)
            seq = await journal_log.head_seq(connection)
        items = [
            {
                "id": str(each.id),
                "phone": mask_phone(self._vault.open(each.phone_sealed)),
                "area": each.area,
                "language": each.language,
                "channel": each.channel,
                "basis": each.basis,
                "source": each.source,
                "active": each.active,
                "added_at": iso(each.added_at),
            }
            for each in found[:limit]
        ]
        further = str(found[limit - 1].id) if len(found) > limit else None
        return Seen(seq, {"items": items, "next": further})

    async def traffic(self) -> dict[str, int]:
        """`{"queued", "failed_24h"}` for the system page."""
        async with self._store.read() as connection:
            return {
                "queued": await outbox.waiting(connection),
                "failed_24h": await outbox.failed_since(connection, wall_now() - _DAY),
            }


def _number(cursor: str | None) -> int | None:
    if cursor is None or cursor == "":
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Invalid("invalid.cursor", field="cursor")
    return int(cursor)
