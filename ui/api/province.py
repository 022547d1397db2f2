"""The province as the map needs it: areas coloured by level, waters, the pack's own facts, the system's health."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from eoc.clock import iso, wall_now
from eoc.hazards import state as states
from eoc.store import incidents as incident_store
from eoc.store import journal_log, kept, quarantine
from eoc.store import stations as station_store
from ui.access import AnyonePublic, Auditing, InRoom, PartsHere
from ui.api.shapes import event_json, page
from ui.api.stations import as_json

router = APIRouter(tags=["province"])

_HERE = "application/geo+json"


@router.get("/areas")
async def areas(
    person: InRoom, parts: PartsHere, kind: Literal["province", "district", "commune"] | None = None
) -> JSONResponse:
    """Administrative units in force as GeoJSON, each with the highest level of its open cases and of its gauges.

    A flood is one case, opened where it was seen first; the gauges colour the communes it has reached since.
    """
    async with parts.store.read() as connection:
        seq = await journal_log.head_seq(connection)
        levels = await incident_store.area_levels(connection)
        gauges = {each.id: each.area for each in await station_store.every(connection)}
        stored = await station_store.states(connection)
    measured: dict[str, int] = {}
    for name, raw in stored.items():
        if area := gauges.get(name):
            measured[area] = max(measured.get(area, 0), states.decode(raw).level())
    features = []
    for feature in parts.places.features(kind):
        code = feature["properties"]["code"]
        level, count = levels.get(code, (0, 0))
        level = max(level, measured.get(code, 0))
        features.append({**feature, "properties": {**feature["properties"], "level": level, "incidents": count}})
    body = {"type": "FeatureCollection", "features": features}
    return JSONResponse(body, media_type=_HERE, headers={"EOC-Seq": str(seq)})


@router.get("/waters")
async def waters(person: InRoom, parts: PartsHere) -> JSONResponse:
    """Rivers, reservoirs and dams as GeoJSON."""
    body = {"type": "FeatureCollection", "features": parts.places.waters()}
    return JSONResponse(body, media_type=_HERE)


@router.get("/pack")
async def pack(parts: PartsHere, person: AnyonePublic) -> dict[str, Any]:
    """What the province is called and who speaks for it: public facts, also for the login page."""
    made, now = parts.pack, parts.now()
    sender = made.sender(now)
    manifest = made.manifest
    return {
        "id": made.id,
        "title": manifest.title.model_dump(),
        "demo": manifest.demo,
        "bounds": list(made.bounds) if made.bounds else None,
        "sender": sender.name.model_dump() if sender else None,
        "bodies": [{"id": body.id, "name": body.name.model_dump(), "role": body.role} for body in made.bodies(now)],
        "hazards": {code: {"name": name.model_dump()} for code, name in made.hazards.names.items()},
        "schematic": any(area.schematic for area in made.areas_at(now)),
        "attributions": [each.text for each in manifest.attributions],
        "valid_from": manifest.valid_from.isoformat() if manifest.valid_from else None,
        "valid_to": manifest.valid_to.isoformat() if manifest.valid_to else None,
        "rivers": {river.entry.id: river.entry.name.model_dump() for river in made.rivers},
        "hash": made.hash,
    }


@router.get("/system")
async def system(person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """The health of everything the room depends on, for the bar at the bottom of the screen."""
    now = parts.now()
    async with parts.store.read() as connection:
        seq = await journal_log.head_seq(connection)
        found = await station_store.every(connection)
        stored = await station_store.states(connection)
        refused = await quarantine.count_since(connection, wall_now() - timedelta(hours=24))
        alarms = await incident_store.opened_since(connection, now - timedelta(minutes=10))
        verified = await kept.get(connection, "journal.verified")
    statuses = [as_json(each, stored.get(each.id, b"{}"), parts)["status"] for each in found]
    response.headers["EOC-Seq"] = str(seq)
    trouble = parts.trouble()
    return {
        "now": iso(now),
        "server_time": iso(wall_now()),
        "clock": parts.settings.clock,
        "mode": parts.settings.mode,
        "demo": parts.settings.demo,
        "seq": seq,
        "sensors": {
            "total": len(found),
            "online": statuses.count("online"),
            "late": statuses.count("offline"),
            "unknown": statuses.count("unknown"),
            "quarantined_24h": refused,
        },
        "broker": parts.broker(),
        "sms": {
            "provider": parts.settings.sms.provider,
            "rate_per_s": parts.settings.sms.rate_per_s,
            **await parts.warning_queries.traffic(),
            "trouble": None if trouble is None else {"code": trouble.code, "since": iso(trouble.since)},
        },
        "journal": {"seq": seq, "verified_at": None, "ok": None, **(verified or {})},
        "database": parts.store.kind,
        "alarms_10min": alarms,
        "viewers": parts.hub.viewers,
    }


@router.get("/journal")
async def journal(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
) -> dict[str, Any]:
    """Domain events after a position, in order; audit kinds are on `/audit`. `next` continues."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        events = await journal_log.read_after(connection, after, limit)
    following = str(events[-1].seq) if len(events) == limit else None
    return page([event_json(each) for each in events if not each.is_audit], following)


@router.get("/audit")
async def audit(
    person: Auditing,
    parts: PartsHere,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
) -> dict[str, Any]:
    """The whole journal, access and configuration included."""
    async with parts.store.read() as connection:
        events = await journal_log.read_after(connection, after, limit)
    following = str(events[-1].seq) if len(events) == limit else None
    return page([event_json(each) for each in events], following)
