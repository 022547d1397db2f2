"""A managed Mosquitto of the product with two devices, a gateway and a source, and what is known of each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sensors.address import BrokerAddress
from sensors.broker import Broker, open_broker
from sensors.registry import DeviceAccounts, Issued
from sensors.rights import Account
from sensors.settings import MqttSettings
from tests.services.children import free_port


@dataclass
class Yard:
    """A broker with credentials, as the product makes them."""

    broker: Broker
    accounts: DeviceAccounts
    told: list[dict[str, Any]] = field(default_factory=list)
    issued: dict[str, Issued] = field(default_factory=dict)

    @property
    def witness(self) -> BrokerAddress:
        """Who hears everything that arrives: the product's own account."""
        return self.broker.address

    def at(self, username: str, password: str) -> BrokerAddress:
        return replace(self.broker.address, username=username, password=password)

    def address(self, username: str) -> BrokerAddress:
        found = self.issued[username]
        return self.at(found.username, found.password)

    async def issue(self, account: Account) -> BrokerAddress:
        self.issued[account.username] = await self.accounts.issue(account)
        return self.address(account.username)


def mosquitto(**more: Any) -> MqttSettings:
    return MqttSettings(mqtt_broker="mosquitto", mqtt_port=free_port(), mqtt_v5_port=free_port(), **more)


@asynccontextmanager
async def open_yard(folder: Path, settings: MqttSettings | None = None, *, demo: bool = False) -> AsyncIterator[Yard]:
    told: list[dict[str, Any]] = []
    async with open_broker(settings or mosquitto(), folder, demo=demo, told=told.append) as broker:
        yield Yard(broker, DeviceAccounts(broker.admin, guests=demo), told)


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    """Stations a, b and c; a gateway for c and d; a source with topics of its own."""
    async with open_yard(tmp_path) as made:
        for name in ("a", "b"):
            await made.issue(Account.of_device(name))
        await made.issue(Account("gateway", "g1", ("c", "d")))
        await made.issue(Account("source", "tasmota", filters=("tele/+/SENSOR",)))
        yield made
