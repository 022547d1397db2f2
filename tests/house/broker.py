"""The broker of the deployment, with the accounts that its own scripts make, and clients that hear its answers."""

import os
import queue
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.services.mqtt import DEVICE, GRANT, SecuredMosquitto

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
    """A broker as docker-compose.yml starts it, and the programs that run beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = SecuredMosquitto(folder)
        self._passwords: dict[str, str] = {}

    def run(self, *command: str, password: str | None = None, path: str = "") -> subprocess.CompletedProcess[str]:
        """`path` is looked through before the usual one."""
        environment = self.broker.login_environment(self.folder / "rights", password)
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}" if path else environment["PATH"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)

    def grant(self, password: str | None = None, path: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("sh", str(GRANT), password=password, path=path)

    def accounts(self, *command: str) -> str:
        """mosquitto_ctrl as the administrator; it ends with 0 even when it failed."""
        login = self.folder / "rights" / "mosquitto_ctrl"
        login.parent.mkdir(exist_ok=True)
        login.write_text(f"-p {self.broker.port}\n-u admin\n-P {self.broker.password}\n", "ascii")
        done = self.run("mosquitto_ctrl", "dynsec", *command)
        assert "rror" not in done.stderr, done.stderr
        return done.stdout

    def new_device(self, station: str) -> subprocess.CompletedProcess[str]:
        """An account as device.sh makes it; its password is kept for `device`."""
        done = self.run("sh", str(DEVICE), station)
        if done.returncode == 0:
            (user, name), (word, password) = (line.split() for line in done.stdout.splitlines())
            assert (user, name, word) == ("user", station, "password")
            self._passwords[station] = password
        return done

    def new_client(self, username: str) -> None:
        """Somebody who is known, and has no right at all."""
        self._passwords[username] = secrets.token_hex(12)
        self.accounts("createClient", username, "-p", self._passwords[username])

    def product(self) -> AbstractContextManager[Peer]:
        return peer(self.broker, "admin", self.broker.password)

    def device(self, username: str) -> AbstractContextManager[Peer]:
        return peer(self.broker, username, self._passwords[username])
