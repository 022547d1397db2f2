"""The register of notified burning: who burns what, where and when, and what the danger of the day says to it.

From the pack's level on, a notice is refused and kept as refused: the register shows that it was asked for. A burning
that is registered does not hide a fire: smoke and hot spots there count less and say so (`eoc.hazards.fire_book`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eoc.clock import iso
from eoc.engine.engine import Engine
from eoc.engine.fire import FireDesk
from eoc.errors import Conflict, Invalid, NotFound
from eoc.events import Draft
from eoc.geo import coordinate_fault
from eoc.ids import Ids, uuid7
from eoc.incidents import Actor
from eoc.model import Reason
from eoc.secrets import Vault
from eoc.store import Store
from eoc.store import fire_signs as sign_store
from eoc.store.fire_signs import Burning

_LONGEST = timedelta(days=7)
_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BurningNotice:
    """What somebody tells the ranger or the commune. `place` in words, `size_ha` hectares."""

    area: str
    from_at: datetime
    until_at: datetime
    person: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    place: str = field(default="", repr=False)
    size_ha: float | None = None
    lon: float | None = None
    lat: float | None = None


class BurningDesk:
    """Enters notices and ends them."""

    def __init__(self, store: Store, engine: Engine, fire: FireDesk, vault: Vault, ids: Ids = uuid7) -> None:
        self._store = store
        self._engine = engine
        self._fire = fire
        self._vault = vault
        self._ids = ids

    async def enter(self, notice: BurningNotice, actor: Actor) -> Burning:
        """Put a notice on the register; its state says `refused` when the danger of the day forbids burning.

        Raises `Invalid` for times, a place or a size that cannot be.
        """
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            self._check(notice, now)
            danger = self._fire.book.danger(notice.area, now)
            flag = self._flag(danger)
            refused = flag is not None and flag.code == "reason.burning_refused"
            burning = Burning(
                id=self._ids(),
                area=notice.area,
                from_at=notice.from_at,
                until_at=notice.until_at,
                entered_by=actor.name,
                entered_at=now,
                state="refused" if refused else "notified",
                lon=notice.lon,
                lat=notice.lat,
                size_ha=notice.size_ha,
                danger=danger,
                flag=None if flag is None else flag.as_json(),
                person=notice.person,
                phone_sealed=self._vault.seal(notice.phone) if notice.phone else None,
                place=notice.place,
            )
            await sign_store.add_burning(unit.connection, burning)
            data = {
                "area": burning.area,
                "from": iso(burning.from_at),
                "until": iso(burning.until_at),
                "danger": danger,
                "state": burning.state,
                "size_ha": burning.size_ha,
            }
            await unit.append([Draft("fire.burning_notified", burning.id, now, data, actor=actor.name)])
            await self._fire.learn(unit.connection, now)
            return burning

    def _check(self, notice: BurningNotice, now: datetime) -> None:
        if notice.until_at <= notice.from_at or notice.until_at - notice.from_at > _LONGEST:
            since, until = iso(notice.from_at), iso(notice.until_at)
            raise Invalid("invalid.fire_times", since=since, until=until)
        if notice.until_at < now - _BACK:
            raise Invalid("invalid.burning_over", until=iso(notice.until_at))
        if notice.size_ha is not None and not 0 < notice.size_ha <= 10_000:
            raise Invalid("invalid.burning_size", size_ha=notice.size_ha)
        if (notice.lon is None) != (notice.lat is None):
            raise Invalid("invalid.half_a_place")
        placed = notice.lon is not None and notice.lat is not None
        if placed and (fault := coordinate_fault(notice.lon or 0.0, notice.lat or 0.0)):
            raise Invalid(fault, lon=notice.lon, lat=notice.lat)
        if notice.area not in {each.code for each in self._fire.province.communes(now)}:
            raise Invalid("invalid.area", area=notice.area)

    def _flag(self, danger: int | None) -> Reason | None:
        rule = self._fire.province.fire.burning
        if danger is None:
            return Reason("reason.burning_danger_unknown", {})
        if rule is not None and danger >= rule.refuse_from_level:
            return Reason("reason.burning_refused", {"danger": danger, "limit": rule.refuse_from_level})
        return None

    async def end(self, burning: str, actor: Actor) -> Burning:
        """The fire is out. Raises `NotFound`, and `Conflict` when it is not going on."""
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            found = await self._found(unit.connection, burning)
            if not await sign_store.end_burning(unit.connection, burning, actor.name, now):
                raise Conflict("conflict.burning_state", current=found, state=found.state)
            await unit.append([Draft("fire.burning_ended", burning, now, {"area": found.area}, actor=actor.name)])
            await self._fire.learn(unit.connection, now)
            return await self._found(unit.connection, burning)

    async def erase(self, burning: str, actor: Actor) -> Burning:
        """Forget the person; the line of the register and the journal stay valid."""
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            await self._found(unit.connection, burning)
            await sign_store.erase_person(unit.connection, burning)
            await unit.append([Draft("fire.burning_person_erased", burning, now, actor=actor.name)])
            return await self._found(unit.connection, burning)

    def phone(self, burning: Burning) -> str | None:
        """The number that was left, for whoever may read it; None when none was left or it is erased."""
        return None if burning.phone_sealed is None else self._vault.open(burning.phone_sealed)

    async def _found(self, connection: object, burning: str) -> Burning:
        found = await sign_store.burning(connection, burning)  # type: ignore[arg-type]
        if found is None:
            raise NotFound("not_found.burning", id=burning)
        return found
