"""Forest fire: the danger map, its bulletins, notified burning, and hot spots of satellites."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from eoc.clock import iso
from eoc.engine.burning import BurningNotice
from eoc.engine.fire_bulletins import Judged, Official
from eoc.errors import NotFound
from eoc.hazards.hotspots import Hotspot
from eoc.hazards.smoke import Evidence
from eoc.incidents import Actor
from eoc.secrets import mask_phone
from eoc.store import fire as fire_store
from eoc.store import fire_signs as sign_store
from eoc.store import journal_log
from eoc.store.fire import FireBulletin, Recipient
from eoc.store.fire_signs import Burning, Listed
from ui.access import Acknowledging, InForest, OnFireDesk, PartsHere, Ranging, Supervising, Triaging, actor
from ui.api.fire_page import bulletin_page, bulletin_text
from ui.api.shapes import page, when
from ui.parts import Parts

router = APIRouter(prefix="/fire", tags=["fire"])

_PRINTED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected_version: int | None = None


class SendIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: Annotated[list[str], Field(min_length=1, max_length=10)]


class AcknowledgeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    recipient: Annotated[str, Field(min_length=1, max_length=100)]
    channel: Annotated[str, Field(max_length=20)] = "phone"


class BurningIn(BaseModel):
    """Notice of a burning; `from` and `until` with time zone, `size_ha` hectares."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    area: Annotated[str, Field(min_length=1, max_length=20)]
    person: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str | None, Field(max_length=30)] = None
    place: Annotated[str, Field(max_length=300)] = ""
    since: Annotated[AwareDatetime, Field(alias="from")]
    until: AwareDatetime
    size_ha: Annotated[float | None, Field(gt=0, le=10_000, allow_inf_nan=False)] = None
    lon: Annotated[float | None, Field(allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(allow_inf_nan=False)] = None


@router.get("/danger")
async def danger(person: InForest, parts: PartsHere, response: Response, day: date | None = None) -> dict[str, Any]:
    """The danger of every commune on a day (default: the newest), with the announced level beside ours."""
    desk = parts.fire.map
    wanted = day or desk.province.due_day(parts.now())
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        judged = await desk.judged(connection, wanted) if wanted else []
        announced = await desk.officials(connection, wanted) if wanted else []
    rule = desk.province.fire.index
    smoke = parts.fire.smoke
    return {
        "day": wanted.isoformat() if wanted else None,
        "index": "nesterov",
        "on": rule is not None,
        "formula": rule.formula if rule else None,
        "fwi_constants": desk.province.constants(),
        "levels": [each.model_dump() for each in desk.province.fire.levels],
        "tables": [each.model_dump() for each in rule.tables] if rule else [],
        "items": [_danger(each, parts) for each in judged],
        "official": _official(announced[0]) if announced else None,
        "evidence": {kind: _evidence(row) for kind, row in smoke.rows.items()} if smoke else {},
    }


def _danger(judged: Judged, parts: Parts) -> dict[str, Any]:
    ours = judged.danger
    smoke = parts.fire.smoke
    return {
        "area": ours.area,
        "name": parts.places.area_name(ours.area),
        "level": judged.level,
        "computed": ours.level,
        "p": ours.p,
        "fwi": None if ours.codes is None else ours.codes.as_json(),
        "station": ours.station,
        "distance_km": ours.distance_km,
        "table": None if ours.table is None else {"id": ours.table, "source": ours.table_source},
        "why": None if ours.why is None else ours.why.as_json(),
        "missed_days": ours.missed_days,
        "since": ours.since.isoformat() if ours.since else None,
        "official": None if judged.official is None else _official(judged.official),
        "mismatch": None if judged.mismatch is None else judged.mismatch.as_json(),
        "evidence": smoke.kind_at(judged.level) if smoke else None,
    }


def _official(official: Official) -> dict[str, Any]:
    return {
        "bulletin": official.id,
        "number": official.number,
        "level": official.level,
        "areas": None if official.communes is None else sorted(official.communes),
        "valid_until": when(official.valid_until),
    }


def _evidence(row: Evidence) -> dict[str, Any]:
    return {
        "k": row.k,
        "window_s": int(row.window.total_seconds()),
        "hold_s": int(row.hold.total_seconds()),
        "sources": row.sources,
        "severity": row.severity,
    }


@router.get("/bulletins")
async def bulletins(
    person: InForest,
    parts: PartsHere,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: date | None = None,
) -> dict[str, Any]:
    """Draft and signed bulletins, newest day first."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await fire_store.bulletins(connection, cursor, limit)
        people = await fire_store.recipients(connection, [each.id for each in found])
    items = [_bulletin(each, people[each.id], parts) for each in found]
    return page(items, found[-1].day.isoformat() if len(found) == limit else None)


@router.get("/bulletins/{bulletin_id}/page", response_class=HTMLResponse)
async def printed(bulletin_id: str, person: InForest, parts: PartsHere) -> HTMLResponse:
    """The bulletin as a page to print."""
    found, people = await _one(bulletin_id, parts)
    return HTMLResponse(bulletin_page(_bulletin(found, people, parts), parts), headers=_PRINTED)


@router.post("/bulletins/{bulletin_id}/sign")
async def sign(bulletin_id: str, given: SignIn, person: Ranging, parts: PartsHere) -> dict[str, Any]:
    """The ranger service makes the draft its own."""
    await parts.fire.bulletins.sign(bulletin_id, actor(person), given.expected_version)
    return await _whole(bulletin_id, parts)


@router.post("/bulletins/{bulletin_id}/send")
async def send(bulletin_id: str, given: SendIn, person: OnFireDesk, parts: PartsHere) -> dict[str, Any]:
    """It left the house; `channels` say how."""
    await parts.fire.bulletins.send(bulletin_id, actor(person), given.channels)
    return await _whole(bulletin_id, parts)


@router.post("/bulletins/{bulletin_id}/acknowledge")
async def acknowledge(
    bulletin_id: str, given: AcknowledgeIn, person: Acknowledging, parts: PartsHere
) -> dict[str, Any]:
    """A recipient has it: said by the recipient, or written down by who spoke with them."""
    await parts.fire.bulletins.acknowledge(bulletin_id, given.recipient, actor(person), given.channel)
    return await _whole(bulletin_id, parts)


async def _one(bulletin: str, parts: Parts) -> tuple[FireBulletin, list[Recipient]]:
    async with parts.store.read() as connection:
        found = await fire_store.bulletin(connection, bulletin)
        if found is None:
            raise NotFound("not_found.fire_bulletin", id=bulletin)
        return found, (await fire_store.recipients(connection, [bulletin]))[bulletin]


async def _whole(bulletin: str, parts: Parts) -> dict[str, Any]:
    found, people = await _one(bulletin, parts)
    return _bulletin(found, people, parts)


def _bulletin(found: FireBulletin, people: list[Recipient], parts: Parts) -> dict[str, Any]:
    owners = {owner.id: owner.name.vi for owner in parts.pack.fire.owners}
    bodies = {body.id: body.name.vi for body in parts.pack.bodies(parts.now())}
    names = {"owner": owners, "body": bodies}
    body = dict(found.body)
    items = [{**each, "name": parts.places.area_name(each["area"])} for each in body.pop("items")]
    owned = [{**each, "name": owners.get(each["id"], each["id"])} for each in body.pop("owners")]
    rule = parts.pack.fire.bulletin
    told = {
        "id": found.id,
        "day": found.day.isoformat(),
        "state": found.state,
        "version": found.version,
        "made_at": iso(found.made_at),
        "signed_by": found.signed_by,
        "signed_at": when(found.signed_at),
        "sent_by": found.sent_by,
        "sent_at": when(found.sent_at),
        "channels": list(found.channels),
        "decree": rule.decree if rule else None,
        "articles": rule.articles if rule else None,
        "signer": None if rule is None else {"id": rule.signer, "name": bodies.get(rule.signer, rule.signer)},
        **body,
        "items": items,
        "owners": owned,
        "recipients": [
            {
                "recipient": each.recipient,
                "kind": each.kind,
                "name": parts.places.area_name(each.recipient)
                if each.kind == "commune"
                else names.get(each.kind, {}).get(each.recipient, each.recipient),
                "acknowledged_by": each.acknowledged_by,
                "acknowledged_at": when(each.acknowledged_at),
                "channel": each.channel,
            }
            for each in people
        ],
    }
    return {**told, "text": bulletin_text(told, parts)}


@router.get("/burnings")
async def burnings(
    person: OnFireDesk, parts: PartsHere, response: Response, days: Annotated[int, Query(ge=0, le=366)] = 7
) -> dict[str, Any]:
    """The register: what is going on, is to come, or ended in the last days; newest first."""
    since = parts.now() - timedelta(days=days)
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await sign_store.burnings(connection, since)
    return page([_burning(each, parts) for each in found], None)


@router.post("/burnings", status_code=201)
async def notify(given: BurningIn, person: OnFireDesk, parts: PartsHere) -> dict[str, Any]:
    """Enter a notice of burning; its state says `refused` when the danger of the day forbids it."""
    notice = BurningNotice(
        area=given.area,
        from_at=given.since,
        until_at=given.until,
        person=given.person.strip(),
        phone=given.phone,
        place=given.place.strip(),
        size_ha=given.size_ha,
        lon=given.lon,
        lat=given.lat,
    )
    return _burning(await parts.fire.burning.enter(notice, actor(person)), parts)


@router.post("/burnings/{burning_id}/end")
async def end(burning_id: str, person: OnFireDesk, parts: PartsHere) -> dict[str, Any]:
    """The fire is out."""
    return _burning(await parts.fire.burning.end(burning_id, actor(person)), parts)


@router.delete("/burnings/{burning_id}/person")
async def erase(burning_id: str, person: Supervising, parts: PartsHere) -> dict[str, Any]:
    """Forget who gave the notice; the line stays."""
    return _burning(await parts.fire.burning.erase(burning_id, actor(person)), parts)


def _burning(found: Burning, parts: Parts) -> dict[str, Any]:
    phone = parts.fire.burning.phone(found)
    return {
        "id": found.id,
        "area": found.area,
        "name": parts.places.area_name(found.area),
        "place": found.place,
        "person": found.person,
        "phone": None if phone is None else mask_phone(phone),
        "from": iso(found.from_at),
        "until": iso(found.until_at),
        "size_ha": found.size_ha,
        "lon": found.lon,
        "lat": found.lat,
        "danger": found.danger,
        "state": found.state,
        "flag": found.flag,
        "entered_by": found.entered_by,
        "entered_at": iso(found.entered_at),
        "ended_by": found.ended_by,
        "ended_at": when(found.ended_at),
    }


@router.get("/hotspots")
async def hotspots(
    person: InForest, parts: PartsHere, response: Response, hours: Annotated[float, Query(gt=0, le=24 * 31)] = 48
) -> dict[str, Any]:
    """Every hot spot of the last hours, newest first, with what was decided about it and why."""
    since: datetime = parts.now() - timedelta(hours=hours)
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await sign_store.hotspots(connection, since)
    mask = parts.fire.map.province.mask
    return {**page([_hotspot(each, parts) for each in found], None), "mask": bool(mask)}


class HotspotIn(BaseModel):
    """A hot spot that somebody read off a bulletin or another system."""

    model_config = ConfigDict(extra="forbid")

    satellite: Annotated[str, Field(min_length=1, max_length=40)]
    at: AwareDatetime
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    confidence: Annotated[str | None, Field(pattern="^(low|nominal|high)$")] = None
    frp_mw: Annotated[float | None, Field(ge=0, le=1e6, allow_inf_nan=False)] = None


@router.post("/hotspots", status_code=201)
async def put_hotspot(given: HotspotIn, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Enter one by hand; it is judged like those of a feed."""
    who: Actor = actor(person)
    named: Any = given.confidence
    spot = Hotspot(given.satellite, given.at, given.lon, given.lat, named, given.frp_mw, "", f"person:{who.name}")
    await parts.fire.hotspots.accept([spot])
    async with parts.store.read() as connection:
        found = await sign_store.hotspots(connection, given.at, given.at)
    return next(_hotspot(each, parts) for each in found if each.spot.key == spot.key)


def _hotspot(listed: Listed, parts: Parts) -> dict[str, Any]:
    spot = listed.spot
    return {
        "key": spot.key,
        "satellite": spot.satellite,
        "instrument": spot.instrument,
        "at": iso(spot.at),
        "received_at": iso(listed.received_at),
        "lon": spot.lon,
        "lat": spot.lat,
        "confidence": spot.confidence,
        "frp_mw": spot.frp_mw,
        "source": spot.source,
        "area": listed.area,
        "name": parts.places.area_name(listed.area),
        "verdict": listed.verdict,
        "level": listed.level,
        "trust": listed.trust,
        "reasons": [each.as_json() for each in listed.reasons],
        "incident": listed.incident,
    }
