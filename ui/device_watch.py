"""The watchdog at work: every few seconds the facts of all stations go through `sensors.watchdog`, tickets follow.

One process does it at a time, the one that holds the lease. It reads time from the engine: on the data clock a replay
that jumps costs nobody a ticket, and a station in a replay from last year is silent by last year's clock.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from eoc.clock import from_us, iso, to_us, wall_now
from eoc.engine import Engine
from eoc.events import SYSTEM
from eoc.ids import Ids, uuid7
from eoc.incidents import Incident
from eoc.model import Reason, Station
from eoc.packs import Pack
from eoc.store import Store, kept, readings
from eoc.store import incidents as incident_store
from eoc.store import stations as station_store
from sensors.store import devices as rows
from sensors.watch import Watch
from sensors.watchdog import DeviceFault, Facts, Health, Judgement, Key, Limits, Wanted, judge
from ui.devices import DeviceDesk, closed_draft, opened_draft

log = logging.getLogger(__name__)

STORMS: Final = frozenset({"river_flood", "flash_flood", "dam_release", "dam_failure", "storm", "landslide"})
"""Hazards that carry instruments away."""
_LEASE: Final = "watchdog"
_LEASE_LIFE: Final = timedelta(seconds=20)
_LEASE_EVERY_S: Final = 5.0
_LONGEST_ROUND_S: Final = 5.0
_SHORTEST_ROUND_S: Final = 0.5
_SAVE_EVERY: Final = timedelta(minutes=5)
_SAVED_AT_ONCE: Final = 200
_STORM_EVERY: Final = timedelta(seconds=15)
_FAULTS_EVERY: Final = timedelta(minutes=5)
_RISE_OVER: Final = timedelta(hours=1)

Faults = Callable[[Sequence[Station], datetime], Awaitable[Mapping[str, tuple[DeviceFault, ...]]]]
"""What the quality rules found at each station: stuck, drifting, a wrong clock."""


class _Moment(msgspec.Struct):
    observed_at: datetime
    received_at: datetime


class _Vitals(msgspec.Struct):
    values: dict[str, float]


class _Known(msgspec.Struct):
    """The part of `eoc.hazards.StationState` that matters here."""

    latest: dict[str, _Moment] = msgspec.field(default_factory=dict)
    vitals: _Vitals | None = None


_known = msgspec.json.Decoder(_Known).decode


async def _no_faults(_stations: Sequence[Station], _now: datetime) -> Mapping[str, tuple[DeviceFault, ...]]:
    return {}


class DeviceWatch:
    """See the module. `listening`: whether the broker is being heard at all; `wall`: stations are alive by when their
    word came, not by what it says about time."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        pack: Pack,
        desk: DeviceDesk,
        *,
        owner: str,
        listening: Callable[[], bool],
        wall: bool,
        faults: Faults = _no_faults,
        ids: Ids = uuid7,
    ) -> None:
        self._store = store
        self._engine = engine
        self._pack = pack
        self._desk = desk
        self._owner = owner
        self._listening = listening
        self._wall = wall
        self._ids = ids
        self._find_faults = faults
        self._watches: dict[str, Watch] | None = None
        self._health: dict[str, Health] = {}
        self._before: datetime | None = None
        self._saved_at: datetime | None = None
        self._told: dict[str, dict[str, Any]] = {}
        self._settled: set[Key] | None = None
        self._open_before: set[Key] = set()
        self._storms: dict[str, tuple[Reason, ...]] = {}
        self._storms_at: datetime | None = None
        self._faults: Mapping[str, tuple[DeviceFault, ...]] = {}
        self._faults_at: datetime | None = None
        self._held_until: datetime | None = None
        self._unwatched = {each.id for each in pack.stations if each.reference}

    async def run(self) -> None:
        """For ever; cancel to stop."""
        while True:
            pause_s = _LONGEST_ROUND_S
            try:
                if await self._holds_lease():
                    await self.round()
                    pause_s = self._pause_s()
                else:
                    self._watches = self._settled = None
                    self._open_before = set()
            except Exception:
                log.exception("the watchdog stumbled; trying again")
            await asyncio.sleep(pause_s)

    def _pause_s(self) -> float:
        """A tenth of the shortest interval, so that half an interval after the limit nobody is still called well."""
        shortest = min((each.interval_s for each in self._health.values() if each.interval_s), default=600.0)
        return min(max(shortest / 10, _SHORTEST_ROUND_S), _LONGEST_ROUND_S)

    async def _holds_lease(self) -> bool:
        now = wall_now()
        if self._held_until is not None and self._held_until - now > _LEASE_LIFE - timedelta(seconds=_LEASE_EVERY_S):
            return True
        async with self._store.write() as unit:
            await unit.lock()
            held = await kept.get(unit.connection, _LEASE)
            if held is not None and held["owner"] != self._owner and datetime.fromisoformat(held["until"]) > now:
                self._held_until = None
                return False
            until = now + _LEASE_LIFE
            await kept.put(unit.connection, _LEASE, {"owner": self._owner, "until": iso(until)})
        self._held_until = until
        return True

    # -- one round ------------------------------------------------------------------------------------------------

    async def round(self) -> None:
        """Look at every station once."""
        now = self._engine.shown_now()
        async with self._store.read() as connection:
            every = await station_store.every(connection)
            stations = [each for each in every if each.id not in self._unwatched]
            stored = await station_store.states(connection)
            presence = await rows.presence(connection)
            windows = await rows.maintenance(connection)
            credentials = await rows.credentials(connection)
            opened = {(each.subject_kind, each.subject, each.kind): each for each in await rows.tickets(connection)}
            gateways = await self._desk.gateways(connection)
            await self._look_for_storms(connection, stations, now)
            if self._settled is None:
                self._settled = await self._closed_by_people(connection)
        if self._watches is None:
            self._watches = {name: watch_of(each.watch) for name, each in presence.items() if each.watch}
            self._before = None
        await self._look_for_faults(stations, now)
        lost = {each.account.username for each in credentials.values() if each.state == rows.LOST}
        facts = [
            self._facts(each, stored.get(each.id, b"{}"), presence.get(each.id), windows.get(each.id), lost, now)
            for each in stations
        ]
        found = judge(
            now,
            facts,
            self._watches,
            passed=None if self._before is None else (now - self._before if self._listening() else timedelta(0)),
            gateways=gateways,
            open_tickets={key: each.last_seen_at for key, each in opened.items()},
            lost_gateways={each for each in gateways if f"gateway-{each}" in lost},
            limits=self._limits(),
        )
        self._before = now
        self._watches, self._health = dict(found.watches), dict(found.health)
        await self._file(found, opened, now)

    def _limits(self) -> Limits:
        devices = self._pack.devices
        return Limits(
            devices.silence.intervals if devices.silence else Limits().silent_intervals,
            devices.battery.low_v if devices.battery else None,
            devices.battery.low_pct if devices.battery else None,
        )

    def _facts(
        self,
        station: Station,
        stored: bytes,
        presence: rows.Presence | None,
        window: rows.Maintenance | None,
        lost: set[str],
        now: datetime,
    ) -> Facts:
        known = _known(stored)
        times = [each.received_at if self._wall else each.observed_at for each in known.latest.values()]
        seen = max(times, default=None)
        said, said_at = (presence.online, presence.said_at) if presence is not None else (None, None)
        if seen is None and said:
            # Nothing to measure with (a siren): being there is all that it can say.
            seen = said_at
        if said is False and seen is not None and said_at is not None and said_at < seen:
            said = None
        vitals = known.vitals.values if known.vitals is not None else {}
        return Facts(
            station.id,
            station.interval_s,
            seen,
            said,
            said_at,
            vitals.get("battery_v"),
            vitals.get("battery_pct"),
            window is not None and window.starts_at <= now < window.ends_at,
            f"device-{station.id}" in lost,
            self._faults.get(station.id, ()),
            self._storms.get(station.id, ()),
        )

    async def _look_for_faults(self, stations: Sequence[Station], now: datetime) -> None:
        if self._faults_at is None or wall_now() - self._faults_at >= _FAULTS_EVERY:
            self._faults_at = wall_now()
            self._faults = await self._find_faults(stations, now)

    # -- storms ---------------------------------------------------------------------------------------------------

    async def _look_for_storms(self, connection: Any, stations: Sequence[Station], now: datetime) -> None:
        """Why silence would be alarming, for each station that is late or silent."""
        if self._storms_at is not None and wall_now() - self._storms_at < _STORM_EVERY:
            return
        missing = {name for name, health in self._health.items() if health.state in {"late", "silent"}}
        if not missing:
            self._storms = {}
            return
        self._storms_at = wall_now()
        open_states = ("new", "acknowledged", "responding", "contained")
        cases = await incident_store.find(connection, states=open_states, limit=1000)
        raging = [each for each in cases if each.hazard in STORMS and each.level > 0]
        by_id = {each.id: each for each in stations}
        self._storms = {}
        for name in sorted(missing & by_id.keys()):
            station = by_id[name]
            reasons = _cases_over(station, raging, by_id)
            if rising := await self._rising_neighbour(connection, station, stations, now):
                reasons.append(rising)
            if reasons:
                self._storms[name] = tuple(reasons)

    async def _rising_neighbour(
        self, connection: Any, station: Station, stations: Sequence[Station], now: datetime
    ) -> Reason | None:
        storm = self._pack.devices.storm
        if storm is None or station.river is None or station.chainage_km is None:
            return None
        for other in stations:
            near = other.river == station.river and other.chainage_km is not None and other.id != station.id
            if not near or abs((other.chainage_km or 0.0) - station.chainage_km) > storm.within_km:
                continue
            window = to_us(now - 2 * _RISE_OVER), to_us(now)
            levels = await readings.window(connection, other.id, "water_level_m", *window)
            rate = _rise_m_per_h(levels)
            if rate is not None and rate >= storm.rise_m_per_h:
                return Reason("ticket.neighbour_rising", {"station": other.name, "rise_m_per_h": round(rate, 2)})
        return None

    # -- consequences ---------------------------------------------------------------------------------------------

    async def _closed_by_people(self, connection: Any) -> set[Key]:
        """Tickets that a person closed and nothing opened since: they wait until their reason has gone away."""
        found: set[Key] = set()
        seen: set[Key] = set()
        for each in await rows.tickets(connection, state=None, limit=2000):
            key = (each.subject_kind, each.subject, each.kind)
            if key not in seen and each.closed_by not in {None, SYSTEM}:
                found.add(key)
            seen.add(key)
        return found

    async def _file(self, found: Judgement, opened: Mapping[Key, rows.Ticket], now: datetime) -> None:
        """Open, raise and close tickets, and write down what changed; nothing is written when nothing did."""
        assert self._settled is not None
        # What was open and wanted, and is open no more, was closed by hand.
        self._settled |= {key for key in self._open_before if key not in opened}
        self._settled &= found.tickets.keys()
        missing = {
            key: wanted for key, wanted in found.tickets.items() if key not in opened and key not in self._settled
        }
        normal = {key for key, ticket in opened.items() if ticket.priority != "high"}
        raised = {key: wanted for key, wanted in found.tickets.items() if wanted.high and key in normal}
        over = {key: ticket for key, ticket in opened.items() if key not in found.tickets}
        told = {name: _told(health, found.watches[name]) for name, health in found.health.items()}
        changed = {name for name, each in told.items() if self._told.get(name, {}).get("state") != each["state"]}
        due = self._saved_at is None or wall_now() - self._saved_at >= _SAVE_EVERY
        if due:
            self._saved_at = wall_now()
            await self._save({name: each for name, each in told.items() if self._told.get(name) != each})
        elif changed:
            await self._save({name: told[name] for name in changed})
        self._told = told if due else {**self._told, **{name: told[name] for name in changed}}
        if missing or raised or over:
            async with self._store.write() as unit:
                await unit.lock()
                # Somebody may have closed one by hand since it was read.
                current = {
                    (each.subject_kind, each.subject, each.kind): each for each in await rows.tickets(unit.connection)
                }
                drafts = []
                for key, wanted in missing.items():
                    if key not in current:
                        ticket = _ticket(self._ids(), key, wanted, now)
                        await rows.add_ticket(unit.connection, ticket)
                        drafts.append(opened_draft(ticket, now))
                for key, wanted in raised.items():
                    if (held := current.get(key)) is not None:
                        reasons = [each.as_json() for each in wanted.reasons]
                        await rows.raise_ticket(unit.connection, held.id, "high", reasons)
                        after = replace(held, priority="high", reasons=reasons)
                        drafts.append(opened_draft(after, now, "station.ticket_raised"))
                closed = [
                    each for each in over.values() if await rows.close_ticket(unit.connection, each.id, now, None)
                ]
                drafts += [closed_draft(each, now, SYSTEM) for each in closed]
                await unit.append(drafts)
        self._open_before = {key for key in found.tickets if key not in self._settled}

    async def _save(self, told: Mapping[str, Mapping[str, Any]]) -> None:
        """In small steps: readings must not wait behind them."""
        names = sorted(told)
        for start in range(0, len(names), _SAVED_AT_ONCE):
            async with self._store.write() as unit:
                await rows.put_watch(
                    unit.connection, {name: told[name] for name in names[start : start + _SAVED_AT_ONCE]}
                )


def watch_of(stored: Mapping[str, Any]) -> Watch:
    """What the watchdog remembered; an unreadable memory is none."""
    try:
        return msgspec.convert(stored["watch"], Watch)
    except (KeyError, msgspec.ValidationError):
        return Watch()


def _told(health: Health, watch: Watch) -> dict[str, Any]:
    """A station's row: the memory, and what screens show."""
    memory = asdict(watch)
    memory["last_seen"] = None if watch.last_seen is None else iso(watch.last_seen)
    memory["gaps_s"] = [round(each, 1) for each in watch.gaps_s]
    return {
        "watch": memory,
        "state": health.state,
        "last_seen": memory["last_seen"],
        "interval_s": health.interval_s,
        "patience_s": health.patience_s,
        "on_account_of": health.on_account_of,
    }


def _ticket(name: str, key: Key, wanted: Wanted, now: datetime) -> rows.Ticket:
    subject_kind, subject, kind = key
    priority = "high" if wanted.high else "normal"
    reasons = [each.as_json() for each in wanted.reasons]
    return rows.Ticket(name, subject_kind, subject, kind, priority, now, wanted.last_seen, reasons)


def _cases_over(station: Station, raging: Sequence[Incident], by_id: Mapping[str, Station]) -> list[Reason]:
    """Open cases at this station, in its commune or on its river."""
    reasons = []
    for case in raging:
        origin = by_id.get(case.station or "")
        here = case.station == station.id or (case.area is not None and case.area == station.area)
        if here or (origin is not None and origin.river is not None and origin.river == station.river):
            reasons.append(Reason("ticket.storm_case", {"hazard": case.hazard, "number": case.number}))
    return reasons[:3]


def _rise_m_per_h(levels: Sequence[tuple[int, float]]) -> float | None:
    """Over about the last hour of readings, in metres per hour; None when there is too little to say."""
    if len(levels) < 2:
        return None
    last_at, last = levels[-1]
    since = to_us(from_us(last_at) - _RISE_OVER)
    first_at, first = next((each for each in levels if each[0] >= since), levels[0])
    hours = (last_at - first_at) / 3.6e9
    return None if hours < 0.25 else (last - first) / hours
