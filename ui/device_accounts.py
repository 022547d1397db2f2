"""Device accounts kept in order: the product's own rights at the broker, and its books compared with the broker's.

The role `ingest` does the work: at the start, when stations or the pack change, and now and then. What it found is kept
in the database, where the role `web` and `eoc doctor` read it.
"""

import asyncio
import logging
from typing import Any, Final

from eoc.bus import Bus
from eoc.clock import iso, wall_now
from eoc.errors import EocError, Refused, Temporary
from eoc.store import Store, journal_log, kept
from sensors.address import BrokerAddress
from sensors.broker import Broker
from sensors.registry import DeviceAccounts, anonymous_may_enter
from ui.devices import DeviceDesk
from ui.settings import Settings

log = logging.getLogger(__name__)

KEPT: Final = "mqtt_accounts"
_EVERY_S: Final = 600.0
_SOON_S: Final = 15.0
_LOOK_S: Final = 30.0
_STIRS: Final = frozenset({"pack.installed", "station.created", "station.removed"})


def accounts_at(settings: Settings, broker: Broker | None) -> DeviceAccounts:
    """How accounts are managed: at the broker of our own, or with the account of `EOC_MQTT_URL` at another."""
    if broker is not None:
        shared = None if broker.enforced else (broker.username, broker.password)
        return DeviceAccounts(broker.admin, shared=shared, guests=settings.demo)
    if settings.mqtt_url is None:
        return DeviceAccounts(None)
    address = BrokerAddress.parse(settings.mqtt_url).speaking(settings.mqtt_version)
    return DeviceAccounts(address, own_username=address.username)


class AccountKeeper:
    """See the module. `facts`: `enforced`, the `code` of why not, and whether the broker's log is read."""

    def __init__(self, settings: Settings, store: Store, bus: Bus, desk: DeviceDesk, accounts: DeviceAccounts) -> None:
        self._store = store
        self._bus = bus
        self._desk = desk
        self._accounts = accounts
        self._url = settings.mqtt_url
        self._external = settings.mqtt_url is not None
        managed = not self._external and accounts.managed
        self.facts: dict[str, Any] = {
            "enforced": managed,
            "code": None if managed else "refused.no_dynsec",
            "log_read": managed,
            "unknown": [],
        }

    async def keep(self) -> None:
        """Work until cancelled (role `ingest`)."""
        waiter = self._bus.waiter("journal")
        async with self._store.read() as connection:
            seq = await journal_log.head_seq(connection)
        while True:
            try:
                await self.look()
                pause_s = _EVERY_S
            except Temporary as error:
                log.info("device accounts: %s", error)
                pause_s = _SOON_S
            except Exception:
                log.exception("cannot look after the device accounts")
                pause_s = _SOON_S
            deadline = asyncio.get_running_loop().time() + pause_s
            stirred = False
            while not stirred and (left := deadline - asyncio.get_running_loop().time()) > 0:
                await waiter.wait(min(left, 5.0))
                async with self._store.read() as connection:
                    events = await journal_log.read_after(connection, seq)
                if events:
                    seq = events[-1].seq
                    stirred = any(each.kind in _STIRS for each in events)

    async def look(self) -> None:
        """Once: rights, accounts, and what is to be told of them. Raises `Temporary` when the broker is away."""
        managed = self._accounts.managed
        facts: dict[str, Any] = {"enforced": False, "code": None, "log_read": managed and not self._external}
        facts["unknown"] = []
        try:
            if self._external:
                await self._accounts.prepare()
            found = await self._desk.reconcile()
            facts |= {"enforced": managed, "unknown": sorted(found.unknown)}
            if self._url is not None and await anonymous_may_enter(BrokerAddress.parse(self._url)):
                facts |= {"enforced": False, "code": "refused.broker_anonymous"}
            elif not managed:
                facts["code"] = "refused.no_dynsec"
        except Refused as error:
            facts["code"] = error.code
        await self._tell(facts)

    async def _tell(self, facts: dict[str, Any]) -> None:
        if facts["code"] is not None and facts["code"] != self.facts["code"]:
            log.warning("devices are not held to their topics: %s", facts["code"])
        self.facts = facts
        async with self._store.write() as unit:
            await kept.put(unit.connection, KEPT, {**facts, "at": iso(wall_now())})

    async def follow(self) -> None:
        """Read what the role `ingest` found, until cancelled (a process without it)."""
        while True:
            try:
                self.facts = await told(self._store) or self.facts
            except EocError as error:
                log.info("device accounts: %s", error)
            await asyncio.sleep(_LOOK_S)


async def told(store: Store) -> dict[str, Any] | None:
    """What was found last; None when nobody ever looked."""
    async with store.read() as connection:
        return await kept.get(connection, KEPT)
