"""The broker the product brings along: who may enter, what it carries, and that it comes back when it is killed."""

import asyncio
import contextlib
import functools
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from eoc.errors import Refused
from sensors.address import BrokerAddress
from sensors.broker import Broker, find_mosquitto, known_address, open_broker, rumqttd
from sensors.broker.config import Login, Ports, iotcore_toml, mosquitto_password
from sensors.connection import Connection
from sensors.settings import MqttSettings
from tests.sensors.field import device, ingesting, reading, until
from tests.sensors.ledger import Ledger
from tests.services.children import free_port

KINDS = ["mosquitto", "iotcore"]


def chosen(kind: Any) -> MqttSettings:
    return MqttSettings(mqtt_broker=kind, mqtt_port=free_port(), mqtt_v5_port=free_port())


def v4(broker: Broker, password: str | None = None) -> BrokerAddress:
    """As a device of MQTT 3.1.1 connects."""
    return BrokerAddress(broker.host, broker.port, broker.username, password or broker.password, version="3.1.1")


async def refused(address: BrokerAddress) -> bool:
    """True when the broker does not let this client in."""

    class Nobody:
        def message(self, *_: object) -> None: ...
        def confirmed(self, *_: object) -> None: ...
        async def up(self, *, session_present: bool) -> None: ...
        def down(self) -> None: ...

    connection = Connection(address, "stranger", Nobody(), longest_wait_s=0.1)
    running = asyncio.create_task(connection.run())
    await until(lambda: connection.connected or connection.last_error is not None)
    let_in = connection.connected
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return not let_in


@pytest.mark.parametrize("kind", KINDS)
async def test_readings_pass_in_both_versions(kind: str, tmp_path: Path, ledger: Ledger) -> None:
    async with open_broker(chosen(kind), tmp_path) as broker:
        assert (broker.kind, broker.host, broker.enforced) == (kind, "127.0.0.1", kind == "mosquitto")
        async with (
            ingesting(broker.address, ledger),
            device(v4(broker), "old") as old,
            device(broker.sender, "new") as new,
        ):
            await old.send("eoc/v1/old/obs", reading(1))
            await new.send("eoc/v1/new/obs", reading(1))
            await until(lambda: ledger.count == 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_strangers_and_wrong_passwords_stay_outside(kind: str, tmp_path: Path) -> None:
    async with open_broker(chosen(kind), tmp_path) as broker:
        for port, version in ((broker.port, "3.1.1"), (broker.v5_port, "5")):
            for name, password in ((None, None), (broker.username, "wrong"), ("other", broker.password)):
                assert await refused(BrokerAddress(broker.host, port, name, password, version=version))  # type: ignore[arg-type]
        async with device(broker.address):
            pass


@pytest.mark.parametrize("kind", KINDS)
async def test_a_demo_lets_everybody_in(kind: str, tmp_path: Path) -> None:
    async with open_broker(chosen(kind), tmp_path, demo=True) as broker:
        async with device(BrokerAddress(broker.host, broker.port, version="3.1.1")) as stranger:
            await stranger.send("t", b"")
        async with device(broker.address) as known:
            await known.send("t", b"")


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_killed_five_times_and_is_back_within_seconds(kind: str, tmp_path: Path, ledger: Ledger) -> None:
    async with open_broker(chosen(kind), tmp_path) as broker, ingesting(broker.address, ledger) as station:
        for round_ in range(5):
            pid = broker.child.pid
            assert pid is not None
            killed = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not station.ingest.connected)
            await until(lambda: station.metric("eoc_mqtt_connected") == 1)
            assert time.monotonic() - killed < 10
            async with device(v4(broker)) as gauge:
                await gauge.send("eoc/v1/s1/obs", reading(round_))
            await until(functools.partial(_stored, ledger, round_ + 1))
        assert broker.child.restarts == 5


@pytest.mark.parametrize("kind", KINDS)
async def test_the_password_is_made_once_and_only_its_owner_reads_it(kind: str, tmp_path: Path) -> None:
    settings = chosen(kind)
    async with open_broker(settings, tmp_path) as broker:
        first = broker.password
        assert known_address(tmp_path) == broker.sender
        for file in (tmp_path / "broker").iterdir():
            if first in file.read_text(errors="replace"):
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE((tmp_path / "broker").stat().st_mode) == 0o700
        line = " ".join(word for each in _children() for word in each.cmdline())
        assert first not in line
        assert first not in repr(broker)
    async with open_broker(settings, tmp_path) as broker:
        assert broker.password == first
    assert len(first) >= 24


@pytest.mark.parametrize("kind", KINDS)
async def test_it_listens_on_the_loopback_only(kind: str, tmp_path: Path) -> None:
    async with open_broker(chosen(kind), tmp_path) as broker:
        assert broker.child.pid is not None
        listening = [each for each in psutil.Process(broker.child.pid).net_connections() if each.status == "LISTEN"]
        assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
        assert {broker.port, broker.v5_port} <= {each.laddr.port for each in listening}


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_left_behind(kind: str, tmp_path: Path) -> None:
    async with open_broker(chosen(kind), tmp_path) as broker:
        pid = broker.child.pid
    assert pid is not None
    await until(lambda: not psutil.pid_exists(pid))


@pytest.mark.parametrize("kind", KINDS)
def test_it_dies_with_a_product_that_is_killed(kind: str, tmp_path: Path) -> None:
    settings = chosen(kind)
    program = f"""
import asyncio, sys
from pathlib import Path
from sensors.broker import open_broker
from sensors.settings import MqttSettings
async def main():
    settings = MqttSettings(mqtt_broker={kind!r}, mqtt_port={settings.mqtt_port}, mqtt_v5_port={settings.mqtt_v5_port})
    async with open_broker(settings, Path({str(tmp_path)!r})) as broker:
        print(broker.child.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as product:
        assert product.stdout is not None
        pid = int(product.stdout.readline())
        assert psutil.pid_exists(pid)
        product.kill()
        product.wait()
    gone = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < gone
        time.sleep(0.02)


async def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    settings = chosen("iotcore")
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", settings.mqtt_port)
    with pytest.raises(Refused, match=r"refused\.mqtt_port_taken"):
        async with open_broker(settings, tmp_path):
            pass
    async with open_broker(settings, tmp_path / "demo", demo=True) as broker:
        assert broker.port != settings.mqtt_port
    server.close()
    await server.wait_closed()


async def test_mosquitto_also_serves_the_next_port_when_it_is_free(tmp_path: Path) -> None:
    settings = chosen("mosquitto")
    async with open_broker(settings, tmp_path) as broker:
        assert broker.v5_port == broker.port
        extra = BrokerAddress(broker.host, settings.v5_port, broker.username, broker.password, version="5")
        async with device(extra) as gauge:
            await gauge.send("t", b"")


async def test_mosquitto_must_be_there_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.broker.find_mosquitto", lambda: None)
    with pytest.raises(Refused, match=r"refused\.no_mosquitto"):
        async with open_broker(chosen("mosquitto"), tmp_path):
            pass
    async with open_broker(chosen("auto"), tmp_path) as broker:
        assert broker.kind == "iotcore"


async def test_auto_takes_mosquitto_where_it_is_installed(tmp_path: Path) -> None:
    assert find_mosquitto() is not None
    async with open_broker(chosen("auto"), tmp_path) as broker:
        assert broker.kind == "mosquitto"


async def test_the_log_stays_small_under_load(tmp_path: Path) -> None:
    async with open_broker(chosen("iotcore"), tmp_path) as broker, device(v4(broker)) as gauge:
        await gauge.send_all("eoc/v1/s1/obs", [reading(seq) for seq in range(500)])
    assert (tmp_path / "broker" / "broker.log").stat().st_size < 2000


@pytest.mark.parametrize("kind", KINDS)
async def test_nonsense_on_the_socket_disturbs_nobody(kind: str, tmp_path: Path, ledger: Ledger) -> None:
    """Packets that are none, half a CONNECT and silence, lengths of 256 MB: the others go on."""
    chance = random.Random(5)
    connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"
    openings = [b"", connect, connect[:7], b"\x10\xff\xff\xff\x7f", b"\x30\xff\xff\xff\x7f", b"GET / HTTP/1.1\r\n\r\n"]
    async with (
        open_broker(chosen(kind), tmp_path) as broker,
        ingesting(broker.address, ledger) as station,
        device(v4(broker)) as gauge,
    ):
        pid = broker.child.pid
        assert pid is not None
        before = psutil.Process(pid).memory_info().rss
        for number in range(300):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(broker.host, chance.choice([broker.port, broker.v5_port]))
                writer.write(chance.choice(openings) + chance.randbytes(chance.randrange(200)))
                await writer.drain()
                writer.close()
            if number % 50 == 0:
                await gauge.send("eoc/v1/s1/obs", reading(number))
        await until(lambda: ledger.count == 6)
        assert broker.child.pid == pid
        assert broker.child.restarts == 0
        assert station.ingest.connected
        assert psutil.Process(pid).memory_info().rss - before < 50 * 2**20


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_that_comes_back_at_once_breaks_the_broker_for_seconds_at_most(
    kind: str, tmp_path: Path
) -> None:
    """rumqttd panics now and then when it does, and would accept and drop every connection from then on."""
    async with open_broker(chosen(kind), tmp_path) as broker:
        for address in (broker.address, v4(broker)):
            for number in range(100):
                async with device(address, "back-again") as gauge:
                    await gauge.send("t", str(number).encode())
        async with device(broker.address, "another") as gauge:
            await gauge.send("t", b"still here")


def test_an_iotcore_that_panics_ends() -> None:
    program = """
import os, threading
from sensors.broker import rumqttd
class Panicking:
    def __init__(self, config_path): ...
    def run_forever(self):
        os.write(2, b"a warning\\nthread 'v5' (7) panicked at broker.rs:544:40:\\ncalled unwrap\\n")
        threading.Event().wait()
rumqttd.IotCoreBroker = Panicking
rumqttd.main()
"""
    done = subprocess.run([sys.executable, "-c", program, "x"], capture_output=True, timeout=30, check=False)
    assert done.returncode == 70
    assert done.stderr.decode().splitlines() == [
        "a warning",
        "thread 'v5' (7) panicked at broker.rs:544:40:",
        "called unwrap",
    ]


def test_an_iotcore_that_cannot_listen_says_so(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "iotcore.toml"
    config.write_text(iotcore_toml(Ports("127.0.0.1", port, free_port()), None))
    program = [sys.executable, "-P", str(Path(rumqttd.__file__)), str(config)]
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(program, capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert b"in use" in done.stderr


def test_no_broker_was_ever_here(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"usage\.no_broker"):
        known_address(tmp_path)


def test_the_password_line_is_mosquittos_own_format() -> None:
    """Checked by Mosquitto itself in the tests above; here, that the salt is new each time and the password absent."""
    login = Login("eoc", "a-password")
    first, second = mosquitto_password(login), mosquitto_password(login)
    assert first != second
    assert first.startswith("eoc:$7$101$")
    assert "a-password" not in first


def _stored(ledger: Ledger, count: int) -> bool:
    return ledger.count == count


def _children() -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process().children(recursive=True)
    return found


async def test_the_network_is_only_for_a_broker_that_knows_its_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings(kind: Any) -> MqttSettings:
        return MqttSettings(mqtt_broker=kind, mqtt_port=free_port(), mqtt_v5_port=free_port(), mqtt_host="0.0.0.0")

    async def refusal(kind: Any, *, demo: bool = False) -> str:
        with pytest.raises(Refused) as told:
            async with open_broker(settings(kind), tmp_path / "refused", demo=demo):
                pass
        return told.value.code

    assert await refusal("iotcore") == "refused.mqtt_host_open"
    assert await refusal("mosquitto", demo=True) == "refused.mqtt_host_demo"
    async with open_broker(settings("mosquitto"), tmp_path) as broker:
        assert broker.child.pid is not None
        listening = [each for each in psutil.Process(broker.child.pid).net_connections() if each.status == "LISTEN"]
        assert {each.laddr.ip for each in listening} == {"0.0.0.0"}
        assert (broker.host, broker.listens_on) == ("127.0.0.1", "0.0.0.0")
        async with device(v4(broker)):
            pass
        assert await refused(BrokerAddress(broker.host, broker.port, version="3.1.1"))
    monkeypatch.setattr("sensors.broker.find_plugin", lambda: None)
    assert await refusal("mosquitto") == "refused.mqtt_host_open"
    async with open_broker(chosen("mosquitto"), tmp_path / "without") as broker:
        assert (broker.enforced, broker.host) == (False, "127.0.0.1")
