"""The broker that the product brings along when none is given: Mosquitto when it is installed, else `iotcore`.

Both are children of the product, restarted when they die; they need to keep nothing, because a reading counts only when
the application has acknowledged it. Mosquitto with its dynamic-security plugin holds every device to its own topics
(`enforced`), and only then may it listen on the network (`EOC_MQTT_HOST`). Without the plugin, and in `iotcore`, all
devices share one credential and the broker stays on the loopback. In a demo anonymous clients may enter as well.
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

from eoc.errors import EocError, Refused
from sensors.address import BrokerAddress
from sensors.broker.accounts import OwnAccounts, find_plugin, settle, with_admin
from sensors.broker.child import Child, Told
from sensors.broker.config import (
    Login,
    Ports,
    iotcore_toml,
    managed_access,
    mosquitto_conf,
    mosquitto_password,
    shared_access,
)
from sensors.dynsec import open_dynsec
from sensors.rights import ADMIN, PRODUCT
from sensors.settings import MqttSettings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_START_S = 15.0
_RUMQTTD = Path(__file__).with_name("rumqttd.py")


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker of our own. `v5_port` equals `port` where one port speaks both versions.

    `username` and `password` may play any station: the simulator's account where the broker holds everybody to their
    topics (`enforced`), else the one that all devices share. `own`: the product's accounts, when enforced.
    """

    kind: str
    host: str
    port: int
    v5_port: int
    username: str
    password: str = field(repr=False)
    enforced: bool
    child: Child = field(repr=False)
    own: OwnAccounts | None = field(default=None, repr=False)
    listens_on: str = "127.0.0.1"

    @property
    def address(self) -> BrokerAddress:
        """How the product itself connects: MQTT 5."""
        if self.own is None:
            return self.sender
        return BrokerAddress(self.host, self.v5_port, PRODUCT, self.own.product, version="5")

    @property
    def sender(self) -> BrokerAddress:
        """How the simulator connects: for any station."""
        return BrokerAddress(self.host, self.v5_port, self.username, self.password, version="5")

    @property
    def admin(self) -> BrokerAddress | None:
        """How accounts are managed; None where the broker has none."""
        if self.own is None:
            return None
        return BrokerAddress(self.host, self.v5_port, ADMIN, self.own.admin, version="5")


@contextlib.asynccontextmanager
async def open_broker(
    settings: MqttSettings, data_dir: Path, *, demo: bool = False, told: Told | None = None
) -> AsyncIterator[Broker]:
    """Start the broker and keep it running while the context is open. `told` gets what the broker refuses.

    Raises `Refused` when the chosen program is missing, the port is taken, or it shall listen on the network without
    holding devices to their topics; a demo takes another free port instead of a taken one.
    """
    folder = data_dir / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    program = find_mosquitto() if settings.mqtt_broker != "iotcore" else None
    if settings.mqtt_broker == "mosquitto" and program is None:
        raise Refused("refused.no_mosquitto")
    kind = "mosquitto" if program else "iotcore"
    plugin = find_plugin() if program else None
    _check_host(settings.mqtt_host, enforced=plugin is not None, demo=demo)
    ports = _ports(settings, both_on_one=program is not None, demo=demo)
    login = _login(folder)
    own = _own(folder, login) if plugin else None
    _write(folder / "credential.json", json.dumps(_facts(kind, ports, login)))
    if program:
        access = _access(folder.resolve(), login, plugin, own, demo=demo)
        _write(folder / "mosquitto.conf", mosquitto_conf(ports, folder.resolve(), access))
        command = [program, "-c", str(folder / "mosquitto.conf")]
    else:
        command = _iotcore(folder, ports, login, demo)
    # A log at debug level is only for the sieve: it would fill the disk.
    child = Child(kind, command, folder / "broker.log", (told or _nobody) if own else None)
    keeping = asyncio.create_task(child.keep(), name="broker")
    broker = Broker(
        kind, ports.near, ports.v4, ports.v5, login.username, login.password, own is not None, child, own, ports.host
    )
    try:
        await _until_it_answers(ports, keeping, folder / "broker.log")
        if broker.admin is not None and own is not None:
            await _settle(broker.admin, own, demo=demo)
        yield broker
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


def _nobody(_fact: dict[str, Any]) -> None:
    """Nobody asked to be told of refusals."""


def _check_host(host: str, *, enforced: bool, demo: bool) -> None:
    if host in _LOOPBACK:
        return
    if demo:
        raise Refused("refused.mqtt_host_demo", host=host)
    if not enforced:
        raise Refused("refused.mqtt_host_open", host=host)


async def _settle(admin: BrokerAddress, own: OwnAccounts, *, demo: bool) -> None:
    try:
        async with open_dynsec(admin) as line:
            await settle(line, own, anonymous=demo)
    except EocError as error:
        raise Refused("refused.broker_accounts", why=error.code) from error


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
    host = settings.mqtt_host
    v4, v5 = settings.mqtt_port, settings.mqtt_port if both_on_one else settings.v5_port
    taken = [port for port in {v4, v5} if not _is_free(host, port)]
    if taken and not demo:
        raise Refused("refused.mqtt_port_taken", port=taken[0])
    if taken:
        v4 = _free_port()
        v5 = v4 if both_on_one else _free_port()
    # Where one port would do, MQTT 5 clients that count on the next one are welcome there too.
    also = settings.v5_port if both_on_one and not taken and _is_free(host, settings.v5_port) else None
    return Ports("127.0.0.1" if host == "localhost" else host, v4, v5, also)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
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
        "host": ports.near,
        "port": ports.v4,
        "v5_port": ports.v5,
        "username": login.username,
        "password": login.password,
    }


def _own(folder: Path, sender: Login) -> OwnAccounts:
    """Made once, and kept for us alone."""
    kept = OwnAccounts.read(folder / "accounts.json", sender)
    if kept is not None:
        return kept
    made = OwnAccounts.new(sender)
    _write(folder / "accounts.json", made.spelled())
    return made


def _access(folder: Path, login: Login, plugin: Path | None, own: OwnAccounts | None, *, demo: bool) -> list[str]:
    """Who may enter: the plugin's accounts, or one password for all. Writes the file it names."""
    if plugin is None or own is None:
        _write(folder / "passwords", mosquitto_password(login))
        return shared_access(folder / "passwords", anonymous=demo)
    accounts = folder / "dynamic-security.json"
    stored = accounts.read_text("utf-8", "replace") if accounts.exists() else None
    _write(accounts, with_admin(stored, own.admin))
    return managed_access(plugin, accounts, anonymous=demo)


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
                while not await _answers(ports.near, port):
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
