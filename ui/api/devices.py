"""Devices: the board, tickets, maintenance windows, credentials, gateways, and the sheet to print."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from eoc.clock import iso
from eoc.errors import Invalid
from eoc.hazards import state as states
from eoc.model import Station
from eoc.store import journal_log
from eoc.store import stations as station_store
from sensors.registry import Issued
from sensors.store import devices as rows
from ui import device_sheet
from ui.access import Administrator, InRoom, PartsHere, actor
from ui.api.shapes import page, when
from ui.devices import MOST_STATIONS, Window, read_health
from ui.parts import Parts

router = APIRouter(tags=["devices"])

StationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
OwnerId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class GatewayIn(BaseModel):
    """The stations a gateway speaks for; it may publish for no other."""

    model_config = ConfigDict(extra="forbid")

    stations: Annotated[list[str], Field(min_length=1, max_length=MOST_STATIONS)]


class MaintenanceIn(BaseModel):
    """`from` now when it is left out."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    starts_at: Annotated[AwareDatetime | None, Field(alias="from")] = None
    ends_at: Annotated[AwareDatetime, Field(alias="to")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class SheetIn(BaseModel):
    """Each of these gets a new credential; the old ones stop working."""

    model_config = ConfigDict(extra="forbid")

    stations: Annotated[list[str], Field(min_length=1, max_length=100)]


def _wall(parts: Parts) -> bool:
    return parts.settings.clock == "wall"


def issued_json(issued: Issued) -> dict[str, Any]:
    """A credential, told this once."""
    return {"username": issued.username, "password": issued.password, "enforced": issued.enforced}


@router.get("/devices")
async def devices(person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """Every station as a device: how it is, what is known of it, who works on it."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        stations = await station_store.every(connection)
        stored = await station_store.states(connection)
        health = await read_health(connection, parts.devices, parts.now(), wall=_wall(parts))
        credentials = await rows.credentials(connection)
        refusals = await rows.refusals(connection)
    unwatched = {each.id for each in parts.pack.stations if each.reference}
    items = []
    for station in stations:
        if station.id in unwatched:
            continue
        state = states.decode(stored.get(station.id, states.BLANK))
        window = health.window(station.id)
        gateway = health.gateways.get(station.id)
        names = [f"device-{station.id}", *([f"gateway-{gateway}"] if gateway else [])]
        credential = next((credentials[each] for each in names if each in credentials), None)
        refusal = max((refusals[each] for each in names if each in refusals), key=lambda each: each.at, default=None)
        items.append(
            {
                "station": station.id,
                "name": station.name,
                "kind": station.kind,
                "area": station.area,
                "area_name": parts.places.area_name(station.area),
                **health.of(station, state),
                "maintenance": None if window is None else _window_json(window),
                "last_refusal": None if refusal is None else _refusal_json(refusal),
                "credential": None if credential is None else _credential_json(credential),
            }
        )
    return page(items, None)


def _window_json(window: rows.Maintenance) -> dict[str, Any]:
    return {
        "from": iso(window.starts_at),
        "to": iso(window.ends_at),
        "reason": window.reason,
        "by": window.made_by,
    }


def _refusal_json(refusal: rows.Denied) -> dict[str, Any]:
    return {
        "at": iso(refusal.at),
        "what": refusal.what,
        "topic": refusal.topic,
        "address": refusal.address,
        "count": refusal.count,
    }


def _credential_json(credential: rows.Credential) -> dict[str, Any]:
    return {
        "username": credential.account.username,
        "issued_at": iso(credential.issued_at),
        "issued_by": credential.issued_by,
        "enforced": credential.enforced,
        "state": credential.state,
    }


def ticket_json(ticket: rows.Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "subject_kind": ticket.subject_kind,
        "subject": ticket.subject,
        "station": ticket.subject if ticket.subject_kind == "station" else None,
        "gateway": ticket.subject if ticket.subject_kind == "gateway" else None,
        "kind": ticket.kind,
        "priority": ticket.priority,
        "state": "open" if ticket.closed_at is None else "closed",
        "opened_at": iso(ticket.opened_at),
        "last_seen_at": when(ticket.last_seen_at),
        "reasons": [dict(each) for each in ticket.reasons],
        "closed_at": when(ticket.closed_at),
        "closed_by": ticket.closed_by,
    }


@router.get("/devices/tickets")
async def tickets(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    state: Literal["open", "closed", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    cursor: str | None = None,
) -> dict[str, Any]:
    """What has to be repaired, newest first. Tickets are maintenance, not incidents."""
    wanted = None if state == "all" else state
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await rows.tickets(connection, state=wanted, limit=limit, after=cursor)
    return page([ticket_json(each) for each in found], found[-1].id if len(found) == limit else None)


@router.post("/devices/tickets/{ticket_id}/close")
async def close_ticket(ticket_id: str, person: InRoom, parts: PartsHere) -> dict[str, Any]:
    """Repaired, or known: it opens again only when its reason has gone away and come back."""
    return ticket_json(await parts.devices.close_ticket(ticket_id, actor(person)))


@router.put("/stations/{station_id}/maintenance")
async def maintain(station_id: StationId, given: MaintenanceIn, person: InRoom, parts: PartsHere) -> dict[str, Any]:
    """Somebody works on the station: it is recorded as ever, and opens no ticket meanwhile."""
    starts_at: datetime = given.starts_at or parts.now()
    window = Window(starts_at, given.ends_at, given.reason)
    await parts.devices.maintain(station_id, window, actor(person))
    return {"from": iso(starts_at), "to": iso(given.ends_at), "reason": given.reason, "by": person.name}


@router.delete("/stations/{station_id}/maintenance", status_code=204)
async def end_maintenance(station_id: StationId, person: InRoom, parts: PartsHere) -> None:
    """The work is done."""
    await parts.devices.end_maintenance(station_id, actor(person))


@router.post("/stations/{station_id}/credential")
async def issue_device(station_id: StationId, person: Administrator, parts: PartsHere) -> dict[str, Any]:
    """A new MQTT user name and password for a station, shown this once; the old one stops working. `enforced` tells
    whether the broker holds it to its topics."""
    return issued_json(await parts.devices.issue_device(station_id, actor(person)))


@router.delete("/stations/{station_id}/credential", status_code=204)
async def withdraw_device(station_id: StationId, person: Administrator, parts: PartsHere) -> None:
    """The station's credential stops working, and its connection ends."""
    await parts.devices.withdraw(f"device-{station_id}", actor(person))


@router.get("/gateways")
async def gateways(person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """Gateways of the pack, and those that were given a credential here."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        known = await parts.devices.gateways(connection)
        credentials = await rows.credentials(connection)
        refusals = await rows.refusals(connection)
        opened = {each.subject: each for each in await rows.tickets(connection) if each.subject_kind == "gateway"}
    items = []
    for gateway, stations in sorted(known.items()):
        name = f"gateway-{gateway}"
        ticket, credential, refusal = opened.get(gateway), credentials.get(name), refusals.get(name)
        items.append(
            {
                "id": gateway,
                "name": parts.devices.gateway_name(gateway),
                "stations": list(stations),
                "state": "silent" if ticket is not None and ticket.kind == "gateway_down" else "online",
                "ticket": None if ticket is None else {"id": ticket.id, "kind": ticket.kind},
                "credential": None if credential is None else _credential_json(credential),
                "last_refusal": None if refusal is None else _refusal_json(refusal),
            }
        )
    return page(items, None)


@router.post("/gateways/{gateway_id}/credential")
async def issue_gateway(
    gateway_id: OwnerId, given: GatewayIn, person: Administrator, parts: PartsHere
) -> dict[str, Any]:
    """A new credential for a gateway, for exactly these stations; shown this once."""
    return issued_json(await parts.devices.issue_gateway(gateway_id, given.stations, actor(person)))


@router.post("/sources/{source_id}/credential")
async def issue_source(source_id: OwnerId, person: Administrator, parts: PartsHere) -> dict[str, Any]:
    """A new credential for a source of the pack, for the topics that it declares; shown this once."""
    return issued_json(await parts.devices.issue_source(source_id, actor(person)))


@router.get("/devices/sheet", response_class=HTMLResponse)
async def sheet(person: InRoom, parts: PartsHere, stations: Annotated[str, Query(max_length=8000)]) -> HTMLResponse:
    """A4 cards with QR codes for these stations (`a,b`), without passwords."""
    wanted = [each for each in stations.split(",") if each]
    return await _sheet(parts, wanted, {})


@router.post("/devices/sheet", response_class=HTMLResponse)
async def sheet_with_passwords(given: SheetIn, person: Administrator, parts: PartsHere) -> HTMLResponse:
    """The same with a new credential for each: told once, on this page."""
    wanted = list(dict.fromkeys(given.stations))
    await _cards_of(parts, wanted)
    issued = {each: await parts.devices.issue_device(each, actor(person)) for each in wanted}
    return await _sheet(parts, wanted, issued)


async def _cards_of(parts: Parts, wanted: list[str]) -> list[Station]:
    async with parts.store.read() as connection:
        found = await station_store.get(connection, wanted)
    missing = [each for each in wanted if each not in found]
    if missing or not wanted or len(wanted) > 100:
        raise Invalid("invalid.sheet", unknown=", ".join(missing), most=100)
    return [found[each] for each in wanted]


async def _sheet(parts: Parts, wanted: list[str], issued: dict[str, Issued]) -> HTMLResponse:
    found = await _cards_of(parts, wanted)
    async with parts.store.read() as connection:
        credentials = await rows.credentials(connection)
    cards = []
    for station in found:
        held, new = credentials.get(f"device-{station.id}"), issued.get(station.id)
        cards.append(
            device_sheet.Card(
                station.id,
                station.name,
                parts.places.area_name(station.area) or "",
                station.interval_s,
                new.username if new else held.account.username if held else None,
                new.password if new else None,
                new.enforced if new else held.enforced if held else False,
            )
        )
    host, port = parts.broker_address()
    text = device_sheet.page(
        cards,
        host,
        port,
        tls=(parts.settings.mqtt_url or "").startswith(("mqtts:", "ssl:")),
        province=parts.pack.manifest.title.vi,
        printed_at=parts.now().astimezone(parts.pack.zone).strftime("%H:%M %d/%m/%Y"),
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": device_sheet.POLICY})
