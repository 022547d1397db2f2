"""The register of notified burning, and hot spots of satellites with what was decided about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.hazards.hotspots import Confidence, Hotspot
from eoc.model import Reason
from eoc.store.fire_tables import BurningPersonRow, BurningRow, HotspotRow

_BURNING = BurningRow.__table__  # type: ignore[attr-defined]
_PERSON = BurningPersonRow.__table__  # type: ignore[attr-defined]
_HOTSPOT = HotspotRow.__table__  # type: ignore[attr-defined]


# -- notified burning -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Burning:
    """A line of the register; `person` and `phone_sealed` are None once erased."""

    id: str
    area: str
    from_at: datetime
    until_at: datetime
    entered_by: str
    entered_at: datetime
    state: str = "notified"
    lon: float | None = None
    lat: float | None = None
    size_ha: float | None = None
    danger: int | None = None
    flag: Mapping[str, Any] | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    person: str | None = field(default=None, repr=False)
    phone_sealed: bytes | None = field(default=None, repr=False)
    place: str = field(default="", repr=False)


_BURNING_FIELDS = [each.name for each in fields(Burning) if each.name not in {"person", "phone_sealed", "place"}]


def _burning(row: Any) -> Burning:
    named = {name: getattr(row, name) for name in _BURNING_FIELDS}
    return Burning(**named, person=row.name, phone_sealed=row.phone_sealed, place=row.place or "")


async def add_burning(connection: AsyncConnection, given: Burning) -> None:
    values = {name: getattr(given, name) for name in _BURNING_FIELDS}
    values["flag"] = None if given.flag is None else dict(given.flag)
    await connection.execute(insert(_BURNING).values(values))
    if given.person is not None:
        named = {"burning": given.id, "name": given.person, "phone_sealed": given.phone_sealed, "place": given.place}
        await connection.execute(insert(_PERSON).values(named))


async def end_burning(connection: AsyncConnection, wanted: str, by: str, at: datetime) -> bool:
    """True when it was going on until now."""
    changed = await connection.execute(
        update(_BURNING)
        .where(_BURNING.c.id == wanted, _BURNING.c.state == "notified")
        .values(state="ended", ended_by=by, ended_at=at, until_at=at)
    )
    return changed.rowcount == 1


async def burning(connection: AsyncConnection, wanted: str) -> Burning | None:
    found = await _burnings(connection, _BURNING.c.id == wanted)
    return found[0] if found else None


async def burnings(connection: AsyncConnection, since: datetime, states: Sequence[str] | None = None) -> list[Burning]:
    """The register from a time on, newest first."""
    wanted = [_BURNING.c.until_at >= since]
    if states is not None:
        wanted.append(_BURNING.c.state.in_(states))
    return await _burnings(connection, *wanted)


async def _burnings(connection: AsyncConnection, *wanted: Any) -> list[Burning]:
    query = (
        select(_BURNING, _PERSON.c.name, _PERSON.c.phone_sealed, _PERSON.c.place)
        .outerjoin(_PERSON, _PERSON.c.burning == _BURNING.c.id)
        .where(*wanted)
        .order_by(_BURNING.c.from_at.desc(), _BURNING.c.id.desc())
    )
    return [_burning(row) for row in await connection.execute(query)]


async def erase_person(connection: AsyncConnection, wanted: str) -> None:
    """Forget who it was; the line of the register stays."""
    await connection.execute(delete(_PERSON).where(_PERSON.c.burning == wanted))


# -- hot spots --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A hot spot and what was decided about it."""

    spot: Hotspot
    area: str | None
    received_at: datetime
    verdict: str
    level: int
    trust: float
    reasons: tuple[Reason, ...] = ()
    incident: str | None = None


def _listed(row: Any) -> Listed:
    confidence: Confidence | None = row.confidence
    spot = Hotspot(row.satellite, row.at, row.lon, row.lat, confidence, row.frp_mw, row.instrument, row.source)
    reasons = tuple(Reason(each["code"], each["params"]) for each in row.reasons)
    return Listed(spot, row.area, row.received_at, row.verdict, row.level, row.trust, reasons, row.incident)


async def known_hotspots(connection: AsyncConnection, keys: Iterable[str]) -> set[str]:
    query = select(_HOTSPOT.c.key).where(_HOTSPOT.c.key.in_(list(keys)))
    return set((await connection.execute(query)).scalars())


async def put_hotspot(connection: AsyncConnection, given: Listed) -> None:
    """Insert, or replace the decision about one that is known."""
    spot = given.spot
    values = {
        "key": spot.key,
        "satellite": spot.satellite,
        "instrument": spot.instrument,
        "at": spot.at,
        "lon": spot.lon,
        "lat": spot.lat,
        "confidence": spot.confidence,
        "frp_mw": spot.frp_mw,
        "source": spot.source,
        "area": given.area,
        "received_at": given.received_at,
        "verdict": given.verdict,
        "level": given.level,
        "trust": given.trust,
        "reasons": [each.as_json() for each in given.reasons],
        "incident": given.incident,
    }
    changed = await connection.execute(update(_HOTSPOT).where(_HOTSPOT.c.key == spot.key).values(values))
    if changed.rowcount == 0:
        await connection.execute(insert(_HOTSPOT).values(values))


async def hotspots(
    connection: AsyncConnection, since: datetime, until: datetime | None = None, verdict: str | None = None
) -> list[Listed]:
    """Newest first."""
    query = select(_HOTSPOT).where(_HOTSPOT.c.at >= since).order_by(_HOTSPOT.c.at.desc(), _HOTSPOT.c.key)
    if until is not None:
        query = query.where(_HOTSPOT.c.at <= until)
    if verdict is not None:
        query = query.where(_HOTSPOT.c.verdict == verdict)
    return [_listed(row) for row in await connection.execute(query)]
