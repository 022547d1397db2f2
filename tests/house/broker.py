"""The broker of the deployment, with the accounts that the product makes there, and clients that hear its answers."""

import asyncio
import os
import queue
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sensors.address import BrokerAddress
from sensors.registry import DeviceAccounts
from sensors.rights import Account
from tests.services.mqtt import SecuredMosquitto

TIMEOUT_S = 10.0
SUCCESS, NOBODY_LISTENS, NOT_AUTHORIZED = 0x00, 0x10, 0x87


class Peer:
    """A connected MQTT 5 client; each call waits for the broker's own answer."""

    def __init__(self, client: mqtt.Client) -> None:
        self._client = client
        self._answers: queue.Queue[int] = queue.Queue()
        self.arrived: queue.Queue[tuple[str, bytes]] = queue.Queue()
        client.on_message = lambda _c, _u, message: self.arrived.put((message.topic, bytes(message.payload)))
        client.on_subscribe = lambda _c, _u, _m, reasons, _p: self._answers.put(reasons[0].value)
        client.on_publish = lambda _c, _u, _m, reason, _p: self._answers.put(reason.value)

    def subscribe(self, topic_filter: str) -> int:
        self._client.subscribe(topic_filter, qos=1)
        return self._answers.get(timeout=TIMEOUT_S)

    def publish(self, topic: str, payload: bytes = b"{}") -> int:
        self._client.publish(topic, payload, qos=1)
        return self._answers.get(timeout=TIMEOUT_S)


@contextmanager
def peer(broker: SecuredMosquitto, username: str, password: str) -> Iterator[Peer]:
    connected: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(username, password)
    client.on_connect = lambda _c, _u, _f, reason, _p: connected.put(str(reason))
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        assert connected.get(timeout=TIMEOUT_S) == "Success"
        yield Peer(client)
    finally:
        client.disconnect()
        client.loop_stop()


class Deployment:
    """A broker as docker-compose.yml starts it, and what the product does there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = SecuredMosquitto(folder)
        self._passwords: dict[str, tuple[str, str]] = {}

    def run(self, *command: str, path: str = "") -> subprocess.CompletedProcess[str]:
        """`path` is looked through before the usual one."""
        environment = self.broker.login_environment(self.folder / "broker")
        environment["MQTT_ACCOUNTS"] = str(self.folder / "first" / "accounts.json")
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}" if path else environment["PATH"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)

    def accounts(self, password: str | None = None) -> DeviceAccounts:
        """The product's side, with the account of `EOC_MQTT_URL`."""
        secret = self.broker.password if password is None else password
        address = BrokerAddress(self.broker.host, self.broker.port, "admin", secret, version="5")
        return DeviceAccounts(address, own_username="admin")

    def prepare(self, password: str | None = None) -> None:
        """What the role `ingest` does first."""
        asyncio.run(self.accounts(password).prepare())

    def new_device(self, station: str) -> str:
        """A credential as an administrator issues it; kept for `device`. Returns the password."""
        issued = asyncio.run(self.accounts().issue(Account.of_device(station)))
        assert issued.enforced
        self._passwords[station] = issued.username, issued.password
        return issued.password

    def product(self) -> AbstractContextManager[Peer]:
        return peer(self.broker, "admin", self.broker.password)

    def device(self, station: str) -> AbstractContextManager[Peer]:
        return peer(self.broker, *self._passwords[station])
