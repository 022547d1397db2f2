"""Devices for people: credentials, gateways, maintenance windows, tickets, and the board that shows them.

The broker is asked before the books are written: when the database fails in between, a credential was replaced that
nobody was told, and issuing it again is all that is needed. No password is kept or recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from eoc.clock import iso, wall_now
from eoc.engine import Engine
from eoc.errors import Conflict, Invalid, NotFound
from eoc.events import Draft
from eoc.hazards.state import StationState
from eoc.incidents import Actor
from eoc.model import Station
from eoc.packs import Pack
from eoc.store import Store, Unit
from eoc.store import stations as station_store
from sensors.registry import DeviceAccounts, Issued, Reconciled
from sensors.rights import Account
from sensors.store import devices as rows
from sensors.topics import is_id

MOST_STATIONS = 500
"""Of one gateway: its role at the broker names each of them."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which somebody works on a station."""

    starts_at: datetime
    ends_at: datetime
    reason: str


class DeviceDesk:
    """Everything people do with devices. `demo`: stations with a credential are closed to nameless clients."""

    def __init__(self, store: Store, engine: Engine, pack: Pack, accounts: DeviceAccounts) -> None:
        self._store = store
        self._engine = engine
        self._pack = pack
        self._accounts = accounts

    # -- credentials ----------------------------------------------------------------------------------------------

    async def issue_device(self, station: str, actor: Actor) -> Issued:
        """A new credential for a station; the old one stops working where the broker enforces them."""
        async with self._store.read() as connection:
            await _known(connection, [station])
        return await self._issue(Account.of_device(station), actor)

    async def issue_gateway(self, gateway: str, stations: Sequence[str], actor: Actor) -> Issued:
        """A new credential for a gateway, for exactly these stations."""
        wanted = tuple(dict.fromkeys(stations))
        if not is_id(gateway):
            raise Invalid("invalid.gateway", id=gateway)
        if not wanted or len(wanted) > MOST_STATIONS:
            raise Invalid("invalid.gateway_stations", most=MOST_STATIONS)
        async with self._store.read() as connection:
            await _known(connection, wanted)
        issued = await self._issue(Account("gateway", gateway, wanted), actor)
        async with self._store.write() as unit:
            await rows.put_gateway(unit.connection, gateway, wanted)
        return issued

    async def issue_source(self, source: str, actor: Actor) -> Issued:
        """A new credential for a source of the pack, for the topics that the pack declares."""
        filters = tuple(each.topic for each in self._pack.sources if each.id == source)
        if not filters:
            raise NotFound("not_found.source", id=source)
        return await self._issue(Account("source", source, filters=filters), actor)

    async def withdraw(self, username: str, actor: Actor) -> None:
        """Take a credential away."""
        async with self._store.read() as connection:
            held = (await rows.credentials(connection)).get(username)
        if held is None:
            raise NotFound("not_found.credential", username=username)
        await self._accounts.remove([held.account])
        async with self._store.write() as unit:
            await rows.forget_credentials(unit.connection, [username])
            await self._note(unit, "config.credential_withdrawn", held.account, actor.name)

    async def _issue(self, account: Account, actor: Actor) -> Issued:
        async with self._store.read() as connection:
            held = await rows.credentials(connection)
        closed = {station for each in held.values() if each.enforced for station in each.account.stations}
        issued = await self._accounts.issue(account, closed | set(account.stations))
        async with self._store.write() as unit:
            credential = rows.Credential(account, wall_now(), actor.name, issued.enforced)
            await rows.put_credential(unit.connection, credential)
            await self._note(unit, "config.credential_issued", account, actor.name, enforced=issued.enforced)
        return issued

    async def reconcile(self) -> Reconciled:
        """Compare the broker's accounts with the books: put right what can be, and say what is lost or gone."""
        async with self._store.read() as connection:
            held = await rows.credentials(connection)
            stations = {each.id for each in await station_store.every(connection)}
            gateways = await self.gateways(connection)
        gone = [name for name, each in held.items() if not _still_wanted(each.account, stations, self._pack)]
        kept = {name: each for name, each in held.items() if name not in gone and each.enforced}
        owners = [f"device-{each}" for each in stations] + [f"gateway-{each}" for each in gateways]
        owners += [f"source-{each.id}" for each in self._pack.sources]
        found = await self._accounts.reconcile([_narrowed(each.account, stations) for each in kept.values()], owners)
        lost = {name for name in found.lost if kept[name].state != rows.LOST}
        if gone or lost:
            async with self._store.write() as unit:
                await rows.forget_credentials(unit.connection, gone)
                await rows.mark_lost(unit.connection, lost)
                for name in gone:
                    await self._note(unit, "config.credential_withdrawn", held[name].account, "system")
                for name in sorted(lost):
                    await self._note(unit, "config.credential_lost", held[name].account, "system")
        return found

    async def _note(self, unit: Unit, kind: str, account: Account, actor: str, **facts: Any) -> None:
        data = {"username": account.username, "stations": list(account.stations), **facts}
        at = await self._engine.moment(unit)
        await unit.append([Draft(kind, account.owner, at, data, actor=actor)])

    # -- gateways -------------------------------------------------------------------------------------------------

    async def gateways(self, connection: Any) -> dict[str, tuple[str, ...]]:
        """Every gateway with its stations: the pack's, and those that were given a credential here."""
        listed = {each.id: tuple(each.stations) for each in self._pack.devices.gateways}
        return listed | await rows.gateways(connection)

    def gateway_name(self, gateway: str) -> str:
        return next((each.name for each in self._pack.devices.gateways if each.id == gateway), gateway)

    # -- maintenance ----------------------------------------------------------------------------------------------

    async def maintain(self, station: str, window: Window, actor: Actor) -> None:
        """Announce work on a station: it is recorded as ever, and opens no ticket meanwhile."""
        if window.ends_at <= window.starts_at:
            raise Invalid("invalid.maintenance_inverted")
        async with self._store.write() as unit:
            await _known(unit.connection, [station])
            entry = rows.Maintenance(station, window.starts_at, window.ends_at, window.reason, actor.name)
            await rows.put_maintenance(unit.connection, entry)
            data = {"from": iso(window.starts_at), "to": iso(window.ends_at)}
            at = await self._engine.moment(unit)
            await unit.append([Draft("station.maintenance_set", station, at, data, actor=actor.name)])

    async def end_maintenance(self, station: str, actor: Actor) -> None:
        """The work is done, or was called off."""
        async with self._store.write() as unit:
            await _known(unit.connection, [station])
            if not await rows.end_maintenance(unit.connection, station):
                raise NotFound("not_found.maintenance", id=station)
            at = await self._engine.moment(unit)
            await unit.append([Draft("station.maintenance_ended", station, at, actor=actor.name)])

    # -- tickets --------------------------------------------------------------------------------------------------

    async def close_ticket(self, ticket: str, actor: Actor) -> rows.Ticket:
        """Closed by hand: it opens again only when its reason has gone away and come back."""
        async with self._store.write() as unit:
            held = await rows.ticket(unit.connection, ticket)
            if held is None:
                raise NotFound("not_found.ticket", id=ticket)
            at = await self._engine.moment(unit)
            if not await rows.close_ticket(unit.connection, ticket, at, actor.name):
                raise Conflict("conflict.ticket_closed", id=ticket)
            await unit.append([closed_draft(held, at, actor.name)])
        return replace(held, closed_at=at, closed_by=actor.name)


def opened_draft(ticket: rows.Ticket, at: datetime, kind: str = "station.ticket_opened") -> Draft:
    """The event of a ticket that was opened, or raised."""
    data = {**_ticket_facts(ticket), "priority": ticket.priority, "reasons": [dict(each) for each in ticket.reasons]}
    return Draft(kind, ticket.subject, at, data)


def closed_draft(ticket: rows.Ticket, at: datetime, actor: str) -> Draft:
    return Draft("station.ticket_closed", ticket.subject, at, _ticket_facts(ticket), actor=actor)


def _ticket_facts(ticket: rows.Ticket) -> dict[str, Any]:
    return {"ticket": ticket.id, "ticket_kind": ticket.kind, "subject_kind": ticket.subject_kind}


async def _known(connection: Any, stations: Sequence[str]) -> None:
    """Raises `NotFound` for the first station that is none."""
    known = await station_store.get(connection, stations)
    missing = next((each for each in stations if each not in known), None)
    if missing is not None:
        raise NotFound("not_found.station", id=missing)


def _still_wanted(account: Account, stations: set[str], pack: Pack) -> bool:
    if account.kind == "source":
        return any(each.id == account.owner for each in pack.sources)
    return bool(stations & set(account.stations))


def _narrowed(account: Account, stations: set[str]) -> Account:
    """Without the stations that are no more."""
    return replace(account, stations=tuple(each for each in account.stations if each in stations))


async def read_health(connection: Any, desk: DeviceDesk, now: datetime, *, wall: bool) -> "Health":
    """All that a station's health is put together from, of one moment."""
    gateways = await desk.gateways(connection)
    return Health(
        await rows.presence(connection),
        await rows.maintenance(connection),
        _first_tickets(await rows.tickets(connection), gateways),
        {station: gateway for gateway, stations in gateways.items() for station in stations},
        now,
        wall,
    )


@dataclass(frozen=True, slots=True)
class Health:
    """How each station is, as the API tells it."""

    presence: Mapping[str, rows.Presence]
    windows: Mapping[str, rows.Maintenance]
    tickets: Mapping[str, rows.Ticket]
    gateways: Mapping[str, str]
    now: datetime
    wall: bool

    def window(self, station: str) -> rows.Maintenance | None:
        """The maintenance window that has not ended yet."""
        found = self.windows.get(station)
        return found if found is not None and found.ends_at > self.now else None

    def of(self, station: Station, state: StationState) -> dict[str, Any]:
        """`GET /stations` tells this of a station."""
        held = self.presence.get(station.id)
        judged = held.watch if held is not None else {}
        window, ticket = self.window(station.id), self.tickets.get(station.id)
        shown = judged.get("state", "unknown")
        if window is not None and window.starts_at <= self.now:
            shown = "maintenance"
        elif shown == "maintenance":
            shown = "unknown"
        seen = max(
            (each.received_at if self.wall else each.observed_at for each in state.latest.values()), default=None
        )
        vitals = state.vitals.values if state.vitals is not None else {}
        return {
            "state": shown,
            "last_seen_at": None if seen is None else iso(seen),
            "interval_s": judged.get("interval_s") or station.interval_s,
            "battery_v": vitals.get("battery_v"),
            "battery_pct": vitals.get("battery_pct"),
            "rssi": vitals.get("rssi_dbm"),
            "snr": vitals.get("snr_db"),
            "gateway": self.gateways.get(station.id),
            "ticket": None if ticket is None else {"id": ticket.id, "kind": ticket.kind, "priority": ticket.priority},
        }


def _first_tickets(tickets: Sequence[rows.Ticket], gateways: Mapping[str, Sequence[str]]) -> dict[str, rows.Ticket]:
    """The ticket to show for each station: its own, the urgent and the older first; else its gateway's."""
    found: dict[str, rows.Ticket] = {}
    ordered = sorted(tickets, key=lambda each: (each.subject_kind != "station", each.priority != "high", each.id))
    for each in ordered:
        for station in [each.subject] if each.subject_kind == "station" else gateways.get(each.subject, ()):
            found.setdefault(station, each)
    return found
