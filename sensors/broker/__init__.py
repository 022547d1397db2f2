"""The broker that the product brings along when none is given: Mosquitto when it is installed, else `iotcore`.

Both are children of the product on the loopback, restarted when they die; they need to keep nothing, because a reading
counts only when the application has acknowledged it. All devices share one credential until each has its own (then
`enforced` becomes true); in a demo anonymous clients may enter as well.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eoc.errors import Refused
from sensors.address import BrokerAddress
from sensors.broker.child import Child
from sensors.broker.config import Login, Ports, iotcore_toml, mosquitto_conf, mosquitto_password
from sensors.settings import MqttSettings

_HOST = "127.0.0.1"
_START_S = 15.0
_RUMQTTD = Path(__file__).with_name("rumqttd.py")


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker of our own. `v5_port` equals `port` where one port speaks both versions."""

    kind: str
    host: str
    port: int
    v5_port: int
    username: str
    password: str = field(repr=False)
    enforced: bool
    child: Child = field(repr=False)

    @property
    def address(self) -> BrokerAddress:
        """How the product itself connects: MQTT 5."""
        return BrokerAddress(self.host, self.v5_port, self.username, self.password, version="5")


@contextlib.asynccontextmanager
async def open_broker(settings: MqttSettings, data_dir: Path, *, demo: bool = False) -> AsyncIterator[Broker]:
    """Start the broker and keep it running while the context is open.

    Raises `Refused` when the chosen program is missing or the port is taken; a demo takes another free port instead.
    """
    folder = data_dir / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    program = find_mosquitto() if settings.mqtt_broker != "iotcore" else None
    if settings.mqtt_broker == "mosquitto" and program is None:
        raise Refused("refused.no_mosquitto")
    kind = "mosquitto" if program else "iotcore"
    ports = _ports(settings, both_on_one=program is not None, demo=demo)
    login = _login(folder)
    _write(folder / "credential.json", json.dumps(_facts(kind, ports, login)))
    command = _mosquitto(program, folder, ports, login, demo=demo) if program else _iotcore(folder, ports, login, demo)
    child = Child(kind, command, folder / "broker.log")
    keeping = asyncio.create_task(child.keep(), name="broker")
    try:
        await _until_it_answers(ports, keeping, folder / "broker.log")
        yield Broker(kind, ports.host, ports.v4, ports.v5, login.username, login.password, enforced=False, child=child)
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


def known_address(data_dir: Path) -> BrokerAddress:
    """The broker of the product that runs on this data folder; Refused when there was never one."""
    try:
        facts = json.loads((data_dir / "broker" / "credential.json").read_text())
    except FileNotFoundError as error:
        raise Refused("usage.no_broker") from error
    return BrokerAddress(facts["host"], facts["v5_port"], facts["username"], facts["password"], version="5")


def find_mosquitto() -> str | None:
    """The path of the `mosquitto` program, or None where it is not installed."""
    # Distributions put it where only administrators' PATH looks.
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def _ports(settings: MqttSettings, *, both_on_one: bool, demo: bool) -> Ports:
    v4, v5 = settings.mqtt_port, settings.mqtt_port if both_on_one else settings.v5_port
    taken = [port for port in {v4, v5} if not _is_free(port)]
    if taken and not demo:
        raise Refused("refused.mqtt_port_taken", port=taken[0])
    if taken:
        v4 = _free_port()
        v5 = v4 if both_on_one else _free_port()
    # Where one port would do, MQTT 5 clients that count on the next one are welcome there too.
    also = settings.v5_port if both_on_one and not taken and _is_free(settings.v5_port) else None
    return Ports(_HOST, v4, v5, also)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _login(folder: Path) -> Login:
    """Made once: devices keep it through restarts."""
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        facts = json.loads((folder / "credential.json").read_text())
        return Login(facts["username"], facts["password"])
    return Login("eoc", secrets.token_urlsafe(24))


def _facts(kind: str, ports: Ports, login: Login) -> dict[str, Any]:
    return {
        "kind": kind,
        "host": ports.host,
        "port": ports.v4,
        "v5_port": ports.v5,
        "username": login.username,
        "password": login.password,
    }


def _mosquitto(program: str, folder: Path, ports: Ports, login: Login, *, demo: bool) -> list[str]:
    _write(folder / "passwords", mosquitto_password(login))
    _write(folder / "mosquitto.conf", mosquitto_conf(ports, folder.resolve(), None if demo else login))
    return [program, "-c", str(folder / "mosquitto.conf")]


def _iotcore(folder: Path, ports: Ports, login: Login, demo: bool) -> list[str]:
    _write(folder / "iotcore.toml", iotcore_toml(ports, None if demo else login))
    return [sys.executable, "-P", str(_RUMQTTD), str(folder / "iotcore.toml")]


def _write(file: Path, text: str) -> None:
    """Readable by us alone, and never half written."""
    made = file.with_suffix(".new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    made.replace(file)


async def _until_it_answers(ports: Ports, keeping: "asyncio.Task[None]", log_file: Path) -> None:
    try:
        async with asyncio.timeout(_START_S):
            for port in {ports.v4, ports.v5}:
                while not await _answers(ports.host, port):
                    if keeping.done():
                        await keeping
                    await asyncio.sleep(0.05)
    except TimeoutError as error:
        keeping.cancel()
        raise Refused("refused.broker_silent", log=str(log_file)) from error


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
