"""The composition root: one straight line from settings to a running product; the only place that knows everyone."""

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Gauge

from dispatch.desk import Desk
from dispatch.dispatcher import Dispatcher, open_dispatcher
from dispatch.metrics import OutboxMetrics
from dispatch.queries import WarningQueries
from dispatch.recipients import seed_from_pack
from dispatch.service import WarningService
from dispatch.settings import check_allowed
from eoc.bus import Bus, open_bus
from eoc.clock import DataClock, WallClock, iso, wall_now
from eoc.engine import BulletinDesk, Engine, Sequels
from eoc.engine.epidemic import EpidemicDesk
from eoc.engine.forecast import ForecastDesk
from eoc.engine.releases import ReleaseDesk
from eoc.engine.reservoir_watch import ReservoirWatch
from eoc.errors import Invalid, Refused
from eoc.packs import Pack, load_pack, pack_path
from eoc.secrets import Vault
from eoc.store import Store, journal_log, kept, open_store
from sensors.address import BrokerAddress
from sensors.broker import Broker, open_broker
from sensors.intake import Ingest
from sensors.metrics import IngestMetrics
from ui.accounts import Accounts
from ui.cap_inbox import CapInbox
from ui.device_accounts import AccountKeeper, accounts_at
from ui.device_faults import FaultFinder
from ui.device_watch import DeviceWatch
from ui.devices import DeviceDesk
from ui.feeds import FeedKeeper
from ui.fire_desks import FireDesks
from ui.impacts import ImpactTable
from ui.live import Hub
from ui.migrations import upgrade
from ui.notices import Notices
from ui.parts import Parts
from ui.places import Places
from ui.refusals import Refusals
from ui.settings import ROLES, Settings
from ui.slots import Slots, leased_slots, owner_on, session_mark
from ui.sources import sources_of
from ui.world import compound_of, stations_of, world_of
from ui.world_epidemic import province_of
from ui.world_weather import bulletins_of

log = logging.getLogger(__name__)

_TICK_S = 1.0
_RESERVOIRS_S = 5.0
_FORGET_EVERY = 720
_VERIFY_EVERY_S = 3600.0
_EXAMPLE_SECRETS = frozenset({"changeme", "change-me", "secret", "example", "please-change-me"})


@dataclass(slots=True)
class App:
    """A built product: the parts for the web, and the loops that `run` keeps going."""

    parts: Parts
    broker: Broker | None
    admin_password: str | None
    loops: list[tuple[str, Coroutine[Any, Any, None]]] = field(default_factory=list)

    async def run(self) -> None:
        """Run every loop until cancelled; one that ends with an error ends all, loudly."""
        async with asyncio.TaskGroup() as group:
            for name, loop in self.loops:
                group.create_task(loop, name=name)

    def close(self) -> None:
        """Drop loops that were never started."""
        for _, loop in self.loops:
            loop.close()


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[App]:
    """Everything that `settings` ask for, connected but not yet running; closed again at the end.

    Raises `Refused` or `Invalid` with what to do about it when something is missing.
    """
    async with AsyncExitStack() as stack:
        data_dir = settings.data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        stack.enter_context(_locked(data_dir))
        _check_secrets(settings)
        check_allowed(settings.sms, mode=settings.mode, clock=settings.clock)
        await upgrade(settings.url)

        bus = await stack.enter_async_context(open_bus(settings.redis_url))
        store = await stack.enter_async_context(open_store(settings.url, bus))
        pack = load(settings)
        clock = DataClock() if settings.clock == "data" else WallClock()
        engine = Engine(store, world_of(pack, wall_now()), clock, bus)
        await engine.start()
        await engine.install_stations(stations_of(pack), pack.hash)
        places = Places(pack, engine.shown_now())
        impacts = ImpactTable(pack, places, engine.world)
        bulletins = BulletinDesk(store, engine, opening=bulletins_of(pack))
        sequels = Sequels(store, engine, bulletins, compound_of(pack), impacts.people_at_risk)
        vault = Vault.from_secret(secret_key(settings))
        fire = await FireDesks.open(store, engine, pack, vault)
        accounts = Accounts(store)
        given = settings.admin_password.get_secret_value() if settings.admin_password else None
        admin_password = await accounts.first_start(given)

        metrics = CollectorRegistry()
        ingest: Ingest | None = None
        broker: Broker | None = None
        slots: Slots | None = None
        releases = ReleaseDesk(store, engine, pack, clock=settings.clock)
        notices = Notices(store, engine, releases)
        refusals = Refusals(store, engine)
        if "ingest" in settings.roles:
            if settings.mqtt_url is None:
                opening_broker = open_broker(settings, data_dir, demo=settings.demo, told=refusals.told)
                broker = await stack.enter_async_context(opening_broker)
                address = broker.address
            else:
                address = BrokerAddress.parse(settings.mqtt_url).speaking(settings.mqtt_version)
            split = set(settings.roles) != set(ROLES)
            mark = await session_mark(store)
            if split:
                slots = await stack.enter_async_context(leased_slots(store, "ingest", owner_on(data_dir)))
            counts = IngestMetrics(metrics)
            reading = partial(
                Ingest,
                address,
                engine,
                notices.take,
                clock=settings.clock,
                group="eoc-ingest" if split else None,
                mark=mark,
                sources=await sources_of(store, pack),
            )
            ingest = reading(counts, slot=slots.number if slots else 0)
            inbox = CapInbox(store, bulletins, pack, engine.shown_now(), exercise=settings.mode == "exercise")
            owner = owner_on(data_dir)
            polling = FeedKeeper(
                settings, pack, store, engine, counts.aside(), owner, caps=inbox, hotspots=fire.hotspots
            )

        desk = Desk(pack, clock, settings.sms.rate_per_s, drill=settings.mode == "exercise")
        await seed_from_pack(store, vault, pack.recipients, wall_now())
        dispatcher: Dispatcher | None = None
        if "dispatch" in settings.roles:
            owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
            outbox_metrics = OutboxMetrics(metrics)
            opening = open_dispatcher(settings.sms, store, vault, desk, bus, owner=owner, metrics=outbox_metrics)
            dispatcher = await stack.enter_async_context(opening)
        hub = Hub(store, bus)
        Gauge("eoc_ws_clients", "Connected screens", registry=metrics).set_function(lambda: hub.viewers)

        forecast = ForecastDesk(store, engine.shown_now, data_dir / "forecast")

        device_accounts = accounts_at(settings, broker)
        devices = DeviceDesk(store, engine, pack, device_accounts)
        keeper = AccountKeeper(settings, store, bus, devices, device_accounts)
        parts = Parts(
            settings=settings,
            store=store,
            bus=bus,
            engine=engine,
            pack=pack,
            places=places,
            impacts=impacts,
            bulletins=bulletins,
            fire=fire,
            forecast=forecast,
            accounts=accounts,
            hub=hub,
            warnings=WarningService(store, desk),
            warning_queries=WarningQueries(store, vault, desk),
            notices=notices,
            epidemic=EpidemicDesk(store, engine, province_of(pack, engine.shown_now())),
            releases=releases,
            metrics=metrics,
            devices=devices,
            broker=lambda: _broker_facts(settings, broker, ingest, keeper),
            broker_address=lambda: _broker_address(settings, broker),
            trouble=lambda: dispatcher.trouble if dispatcher else None,
            not_ready=lambda: _not_ready(store, ingest),
        )
        app = App(parts, broker, admin_password)
        app.loops.append(("fire", fire.run(bus)))
        if "web" in settings.roles:
            app.loops.append(("live", hub.run()))
            if ingest is None:
                app.loops.append(("accounts", keeper.follow()))
            app.loops.append(("forecast", forecast.run()))
        if ingest is not None:
            app.loops.append(("ingest", ingest.run()))
            app.loops.append(("feeds", polling.run()))
            watch = ReservoirWatch(store, engine, releases, clock=settings.clock)
            app.loops.append(("reservoirs", _watch_reservoirs(watch)))
            if slots is not None:
                app.loops.append(("slots", slots.keep(lambda number: reading(counts.aside(), slot=number).run())))
            app.loops.append(("accounts", keeper.keep()))
            app.loops.append(("refusals", refusals.run()))
            app.loops.append(("watchdog", _watch(settings, store, engine, pack, devices, ingest).run()))
            app.loops.append(("timers", _tick(engine)))
            app.loops.append(("sequels", sequels.run(bus)))
            app.loops.append(("stations", _follow_stations(engine, store, bus)))
            app.loops.append(("audit", _verify_now_and_then(store)))
        if dispatcher is not None:
            app.loops.append(("dispatch", dispatcher.run()))
        stack.callback(app.close)
        yield app


@contextlib.contextmanager
def _locked(data_dir: Path) -> Any:
    """Only one product on a data folder; a second one would fight over the broker and the session."""
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("refused.data_dir_in_use", data_dir=str(data_dir)) from error
        yield


def secret_key(settings: Settings) -> str:
    """The secret that personal data are sealed with: given, or made once and kept in the data folder (0600)."""
    if settings.secret_key:
        return settings.secret_key
    file = settings.data_dir / "secret.key"
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as made:
            made.write(secrets.token_urlsafe(48))
    return file.read_text().strip()


def _check_secrets(settings: Settings) -> None:
    given = {
        "EOC_SECRET_KEY": settings.secret_key,
        "EOC_ADMIN_PASSWORD": settings.admin_password.get_secret_value() if settings.admin_password else None,
    }
    for name, value in given.items():
        if value is not None and settings.mode == "live" and not settings.demo and value.lower() in _EXAMPLE_SECRETS:
            raise Refused("refused.example_secret", name=name)
    if settings.secret_key is not None and len(settings.secret_key) < 16:
        raise Invalid("invalid.secret_key_short", shortest=16)


def _broker_facts(
    settings: Settings, broker: Broker | None, ingest: Ingest | None, keeper: AccountKeeper
) -> dict[str, Any]:
    return {
        "kind": broker.kind if broker else "external",
        "connected": ingest.connected if ingest else False,
        "enforced": keeper.facts["enforced"],
        "code": keeper.facts["code"],
        "here": "ingest" in settings.roles,
    }


def _broker_address(settings: Settings, broker: Broker | None) -> tuple[str, int]:
    """Where devices connect: what the broker listens on, or this machine's name where that is every address."""
    if broker is not None:
        everywhere = broker.listens_on in {"0.0.0.0", "::"}  # noqa: S104 - the setting means that
        return (_public_host(settings) if everywhere else broker.listens_on), broker.port
    address = BrokerAddress.parse(settings.mqtt_url or "")
    return address.host, address.port


def _public_host(settings: Settings) -> str:
    named = urlsplit(settings.public_url).hostname if settings.public_url else None
    return named or socket.gethostname()


def _watch(
    settings: Settings, store: Store, engine: Engine, pack: Pack, devices: DeviceDesk, ingest: Ingest
) -> DeviceWatch:
    return DeviceWatch(
        store,
        engine,
        pack,
        devices,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        listening=lambda: ingest.connected,
        wall=settings.clock == "wall",
        faults=FaultFinder(store, wall=settings.clock == "wall"),
    )


async def _not_ready(store: Store, ingest: Ingest | None) -> list[str]:
    missing = []
    try:
        async with asyncio.timeout(2), store.read() as connection:
            await journal_log.head_seq(connection)
    except Exception:
        log.exception("readiness: the database does not answer")
        missing.append("database")
    if ingest is not None and not ingest.connected:
        missing.append("broker")
    return missing


async def _tick(engine: Engine) -> None:
    while True:
        try:
            await engine.tick()
        except Exception:
            log.exception("a timer failed; trying again")
        await asyncio.sleep(_TICK_S)


async def _watch_reservoirs(watch: ReservoirWatch) -> None:
    """Hold reservoirs against their notices, every few seconds; once an hour forget what nobody confirmed."""
    looks = 0
    while True:
        try:
            await watch.look()
            if looks % _FORGET_EVERY == 0:
                await watch.forget_originals(wall_now())
        except Exception:
            log.exception("cannot look at the reservoirs; trying again")
        looks += 1
        await asyncio.sleep(_RESERVOIRS_S)


async def _follow_stations(engine: Engine, store: Store, bus: Bus) -> None:
    """Another process changed a station: this engine must look again."""
    waiter = bus.waiter("journal")
    async with store.read() as connection:
        seq = await journal_log.head_seq(connection)
    while True:
        await waiter.wait(5.0)
        try:
            async with store.read() as connection:
                events = await journal_log.read_after(connection, seq)
        except Exception:
            log.exception("cannot read the journal")
            continue
        if events:
            seq = events[-1].seq
            if any(each.kind in {"station.created", "station.updated", "pack.installed"} for each in events):
                engine.forget_stations()


async def _verify_now_and_then(store: Store) -> None:
    """Check the hash chain every hour and keep the answer for the status bar."""
    while True:
        try:
            async with store.read() as connection:
                audit = await journal_log.audit(connection)
            async with store.write() as unit:
                facts = {"verified_at": iso(wall_now()), "ok": audit.ok, "rows": audit.rows}
                await kept.put(unit.connection, "journal.verified", facts)
            if not audit.ok:
                log.critical("the journal's hash chain is broken: %s", audit.flaw)
        except Exception:
            log.exception("cannot verify the journal")
        await asyncio.sleep(_VERIFY_EVERY_S)


def load(settings: Settings) -> Pack:
    """The pack that these settings name."""
    return load_pack(pack_path(settings.pack, settings.data_dir), geodata_dir=settings.geodata_dir)
