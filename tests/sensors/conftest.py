"""Brokers and an intake for the sensors' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.address import BrokerAddress
from tests.sensors.field import at
from tests.sensors.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


@pytest.fixture(params=["mosquitto-5", "mosquitto-3.1.1", "iotcore-5", "iotcore-3.1.1"])
def broker(request: pytest.FixtureRequest) -> BrokerAddress:
    """Each real broker in each version of MQTT."""
    kind, version = request.param.split("-")
    server = request.getfixturevalue("mosquitto" if kind == "mosquitto" else "iotcore_broker")
    port = server.v5_port if kind == "iotcore" and version == "5" else server.port
    return at(server.host, port, version)


@pytest.fixture
def mosquitto_5(request: pytest.FixtureRequest) -> BrokerAddress:
    server = request.getfixturevalue("mosquitto")
    return at(server.host, server.port)
