"""The bulletin inbox: official bulletins come in, stand above our own view while they hold, are missed when late."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from eoc.clock import iso
from eoc.engine import bulletin_cases
from eoc.engine.bulletin_cases import BulletinSeverity
from eoc.engine.engine import Engine
from eoc.errors import Conflict, Invalid, NotFound
from eoc.events import Draft
from eoc.ids import Ids, uuid7
from eoc.incidents import Actor, Incident
from eoc.incidents.bulletins import Bulletin, BulletinFile, announce, standing
from eoc.store import Store, Unit
from eoc.store import bulletins as bulletin_store
from eoc.store import incidents as incident_store

EXPIRES = "bulletin_expires"
NEXT_DUE = "bulletin_next_due"
MOST_TEXT = 20_000
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a bulletin when it comes in; see `Bulletin`."""

    number: str
    issuer: str
    hazard: str
    official_level: int | None
    areas: tuple[str, ...]
    issued_at: datetime
    valid_until: datetime | None = None
    next_due_at: datetime | None = None
    text: str = ""
    source: str = "person"


class BulletinDesk:
    """See the module. Bulletins concern the present, so their timers run on the engine's clock."""

    def __init__(
        self, store: Store, engine: Engine, ids: Ids = uuid7, opening: Mapping[str, BulletinSeverity] | None = None
    ) -> None:
        """`opening`: the hazards whose bulletins are cases of their own, and how grave they are to us."""
        self._store = store
        self._engine = engine
        self._ids = ids
        self._opening = opening or {}
        engine.timers[EXPIRES] = self._expired
        engine.timers[NEXT_DUE] = self._missed

    async def enter(self, entry: Entry, actor: Actor, *, supersedes: str | None = None) -> Bulletin:
        """Take a bulletin in.

        One that the same issuer gave the same number is there already (`Conflict` with it): a correction names it in
        `supersedes`. Raises `Invalid` for times that contradict each other, `NotFound` for an unknown predecessor.
        """
        _check(entry)
        async with self._store.write() as unit:
            now = await self._engine.moment(unit)
            if entry.valid_until is not None and entry.valid_until <= now and entry.source != "person":
                raise Invalid("invalid.bulletin_over", number=entry.number, until=iso(entry.valid_until))
            known = await bulletin_store.same(unit.connection, entry.issuer, entry.number)
            if known is not None and known.id != supersedes:
                raise Conflict("conflict.bulletin_known", number=entry.number, issuer=entry.issuer, id=known.id)
            if supersedes is not None:
                await self._end(unit, await _given(unit, supersedes), "superseded", now, actor)
            bulletin = Bulletin(
                id=self._ids(),
                number=entry.number,
                issuer=entry.issuer,
                hazard=entry.hazard,
                official_level=entry.official_level,
                areas=entry.areas,
                issued_at=entry.issued_at,
                received_at=now,
                valid_until=entry.valid_until,
                next_due_at=entry.next_due_at,
                text=entry.text,
                source=entry.source,
                entered_by=actor.name,
                supersedes=supersedes,
            )
            await bulletin_store.add(unit.connection, bulletin)
            await self._set_timers(unit, bulletin, now)
            # A newer bulletin of the same issuer about the same hazard is the next one that was promised.
            for other in await bulletin_store.current(unit.connection, entry.hazard):
                if other.id != bulletin.id and other.issuer == entry.issuer and other.issued_at <= entry.issued_at:
                    await incident_store.drop_timer(unit.connection, NEXT_DUE, other.id)
            await unit.append([Draft("system.bulletin_received", bulletin.id, now, _facts(bulletin), actor=actor.name)])
            await self._apply(unit, bulletin.hazard, now)
        return bulletin

    async def attach(self, bulletin: str, name: str, data: bytes, actor: Actor) -> BulletinFile:
        """Keep the bulletin as issued: a PDF, a picture or plain text, known by its first bytes, not by its name."""
        media_type = _media_type(data)
        if media_type is None:
            raise Invalid("invalid.file_type", name=name, allowed="PDF, PNG, JPEG, TXT (UTF-8)")
        file = BulletinFile(name, media_type, hashlib.sha256(data).hexdigest())
        async with self._store.write() as unit:
            await _given(unit, bulletin)
            if not await bulletin_store.put_file(unit.connection, bulletin, file, data):
                raise Conflict("conflict.file_there", bulletin=bulletin)
            now = await self._engine.moment(unit)
            data_said = {"sha256": file.sha256, "bytes": len(data), "media_type": media_type}
            await unit.append([Draft("system.bulletin_file", bulletin, now, data_said, actor=actor.name)])
        return file

    async def close(self, bulletin: str, actor: Actor, expected_version: int) -> Bulletin:
        """A person ends a bulletin (withdrawn, entered by mistake); what it did to cases ends with it."""
        async with self._store.write() as unit:
            known = await _given(unit, bulletin)
            if known.version != expected_version:
                raise Conflict("conflict.version", version=known.version)
            now = await self._engine.moment(unit)
            ended = await self._end(unit, known, "closed", now, actor)
            await self._apply(unit, known.hazard, now)
        return ended

    async def apply_to(self, unit: Unit, incident: Incident, now: datetime) -> None:
        """Give one case what the bulletins in force say about it."""
        in_force = await bulletin_store.current(unit.connection, incident.hazard)
        await self._announce(unit, [incident], in_force, now)

    async def _apply(self, unit: Unit, hazard: str, now: datetime) -> None:
        in_force = await bulletin_store.current(unit.connection, hazard)
        if (table := self._opening.get(hazard)) is not None:
            await bulletin_cases.tell(self._engine, unit, hazard, in_force, table, now)
        open_cases = await incident_store.find(
            unit.connection, states=("new", "acknowledged", "responding", "contained"), hazard=hazard, limit=10_000
        )
        in_force = await bulletin_store.current(unit.connection, hazard)
        await self._announce(unit, open_cases, in_force, now)

    async def _announce(
        self, unit: Unit, cases: Sequence[Incident], in_force: Sequence[Bulletin], now: datetime
    ) -> None:
        for incident in sorted(cases, key=lambda each: each.number):
            lineage = self._engine.world.lineage(incident.area)
            ruling = announce(incident, standing(in_force, incident.hazard, lineage, now), now)
            if ruling is not None:
                await self._engine.enter(unit, ruling)

    async def _end(self, unit: Unit, bulletin: Bulletin, state: str, now: datetime, actor: Actor) -> Bulletin:
        if bulletin.state != "current":
            raise Conflict("conflict.bulletin_ended", state=bulletin.state, number=bulletin.number)
        ended = await bulletin_store.save(unit.connection, replace(bulletin, state=state))
        for kind in (EXPIRES, NEXT_DUE):
            await incident_store.drop_timer(unit.connection, kind, bulletin.id)
        await unit.append([Draft(f"system.bulletin_{state}", bulletin.id, now, _facts(ended), actor=actor.name)])
        return ended

    async def _set_timers(self, unit: Unit, bulletin: Bulletin, now: datetime) -> None:
        for kind, due_at in ((EXPIRES, bulletin.valid_until), (NEXT_DUE, bulletin.next_due_at)):
            if due_at is not None:
                await incident_store.set_timer(unit.connection, kind, bulletin.id, max(due_at, now))

    # -- timers -----------------------------------------------------------------------------------------------------

    async def _expired(self, unit: Unit, bulletin: str, due_at: datetime) -> None:
        known = await bulletin_store.get(unit.connection, bulletin)
        if known is None or known.state != "current":
            return
        await self._end(unit, known, "expired", due_at, Actor("system", "system"))
        await self._apply(unit, known.hazard, due_at)

    async def _missed(self, unit: Unit, bulletin: str, due_at: datetime) -> None:
        """The next bulletin did not come: said once."""
        known = await bulletin_store.get(unit.connection, bulletin)
        if known is None or known.state != "current" or known.overdue_at is not None:
            return
        late = await bulletin_store.save(unit.connection, replace(known, overdue_at=due_at))
        await unit.append([Draft("system.bulletin_overdue", bulletin, due_at, _facts(late))])


async def _given(unit: Unit, bulletin: str) -> Bulletin:
    known = await bulletin_store.get(unit.connection, bulletin)
    if known is None:
        raise NotFound("not_found.bulletin", id=bulletin)
    return known


def _check(entry: Entry) -> None:
    for name, moment in (("valid_until", entry.valid_until), ("next_due_at", entry.next_due_at)):
        if moment is not None and moment <= entry.issued_at:
            raise Invalid("invalid.bulletin_times", field=name, issued_at=iso(entry.issued_at))
    if len(entry.text) > MOST_TEXT:
        raise Invalid("invalid.text_too_long", field="text", longest=MOST_TEXT)


def _media_type(data: bytes) -> str | None:
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "text/plain" if text.strip() and "\0" not in text else None


def _facts(bulletin: Bulletin) -> dict[str, object]:
    return {
        "number": bulletin.number,
        "issuer": bulletin.issuer,
        "hazard": bulletin.hazard,
        "official_level": bulletin.official_level,
        "areas": list(bulletin.areas),
        "valid_until": iso(bulletin.valid_until) if bulletin.valid_until else None,
        "next_due_at": iso(bulletin.next_due_at) if bulletin.next_due_at else None,
    }
