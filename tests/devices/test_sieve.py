"""The broker's log: which lines are refusals, whose they are, and that a flood of them stays small."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from sensors.broker import sieve
from sensors.broker.sieve import Sieve
from tests.devices.conftest import Yard
from tests.devices.thief import is_let_in, peer
from tests.sensors.field import until

CONNECTED = "New client connected from 10.0.0.7:49227 as {} (p5, c1, k60, u'{}')."
DENIED = "Denied PUBLISH from {} (d0, q1, r0, m2, '{}', ... (1 bytes))"


def refusals(*lines: str) -> list[tuple[Any, ...]]:
    reader = Sieve()
    told = [reader.feed(line)[0] for line in lines]
    return [(each["what"], each["username"], each["client"], each["topic"]) for each in told if each]


def test_a_refused_publish_is_its_accounts() -> None:
    lines = CONNECTED.format("logger 1", "device-a"), DENIED.format("logger 1", "eoc/v1/b/obs")
    assert refusals(*lines) == [("publish", "device-a", "logger 1", "eoc/v1/b/obs")]
    assert refusals(lines[1]) == [("publish", None, "logger 1", "eoc/v1/b/obs")]


@pytest.mark.parametrize("client", ["b (d0, q1, r0, m2, 'x", "b (d0, q0, r0, m0, 'eoc/v1/b/obs', ... (1 bytes))", "b"])
@pytest.mark.parametrize("topic", ["t", "t', ... (9 bytes)) (d0, q1, r0, m7, 'u", "a (d0, q1, r0, m2, 'b"])
def test_a_name_that_looks_like_the_log_puts_the_blame_on_nobody_else(client: str, topic: str) -> None:
    lines = CONNECTED.format("b", "device-b"), CONNECTED.format(client, "device-a"), DENIED.format(client, topic)
    assert refusals(*lines)[0][:3] == ("publish", "device-a", client)


def test_a_subscription_that_is_not_confirmed_was_refused() -> None:
    lines = [
        CONNECTED.format("c 1", "device-a"),
        "Received SUBSCRIBE from c 1",
        "\teoc/v1/a/ack (QoS 1)", "c 1 1 eoc/v1/a/ack",
        "\teoc/v1/b/ack (QoS 1)",
        "\t$share/g/eoc/v1/+/obs (QoS 1)", "c 1 1 eoc/v1/+/obs",
        "Sending SUBACK to c 1",
    ]  # fmt: skip
    assert refusals(*lines) == [("subscribe", "device-a", "c 1", "eoc/v1/b/ack")]
    granted = [line for line in lines if "b/ack" not in line]
    assert refusals(*granted) == []


def test_a_will_is_not_a_subscription() -> None:
    assert (
        refusals("Will message specified (4 bytes) (r0, q1).", "\teoc/v1/b/status", "Sending CONNACK to c (0, 0)") == []
    )


@pytest.mark.parametrize("answer", ["4", "5", "134", "135"])
def test_a_refused_login_has_an_address_only(answer: str) -> None:
    reader = Sieve()
    told, kept = reader.feed(f"Sending CONNACK to 10.0.0.9 (0, {answer})")
    assert told == {"what": "login", "username": None, "client": None, "address": "10.0.0.9", "topic": None}
    assert kept


def test_what_is_remembered_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "_MOST_CLIENTS", 3)
    reader = Sieve()
    for number in range(5):
        reader.feed(CONNECTED.format(f"c{number}", f"device-{number}"))
    assert [(reader.feed(DENIED.format(f"c{number}", "t"))[0] or {})["username"] for number in range(5)] == [
        None, None, "device-2", "device-3", "device-4",
    ]  # fmt: skip


async def told(yard: Yard, what: str, username: str | None) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [each for each in yard.told if (each["what"], each["username"]) == (what, username)]

    await until(lambda: bool(found()))
    return found()[0]


async def test_the_real_broker_tells_each_kind_of_refusal(yard: Yard) -> None:
    def refused() -> None:
        for version in ("3.1.1", "5"):
            with peer(yard.address("device-a"), version) as thief:
                thief.publish_and_wait("eoc/v1/b/obs", b"x")
            with peer(yard.address("device-b"), version) as thief:
                thief.subscribe("eoc/v1/b/ack", "eoc/v1/a/ack")
            assert not is_let_in(yard.at("device-a", "wrong"), version)

    await asyncio.to_thread(refused)
    assert (await told(yard, "publish", "device-a"))["topic"] == "eoc/v1/b/obs"
    assert (await told(yard, "subscribe", "device-b"))["topic"] == "eoc/v1/a/ack"
    assert (await told(yard, "login", None))["address"] == "127.0.0.1"
    await until(lambda: len(yard.told) == 6)


async def test_ordinary_traffic_is_no_refusal_and_leaves_the_log_alone(yard: Yard) -> None:
    def ordinary() -> None:
        with peer(yard.witness) as product, peer(yard.address("device-a"), will="eoc/v1/a/status") as device:
            product.subscribe("$share/eoc-ingest/eoc/v1/+/obs", "eoc/v1/+/status", "$SYS/broker/version")
            device.subscribe("eoc/v1/a/ack", "eoc/v1/a/cmd")
            for number in range(2_000):
                device.publish("eoc/v1/a/obs", b"%d" % number)
            device.publish_and_wait("eoc/v1/a/obs", b"last")
            product.heard_until("eoc/v1/a/obs", b"last")
            # A refusal at the end proves that everything before it was read.
            device.publish_and_wait("eoc/v1/b/obs", b"x")

    await asyncio.to_thread(ordinary)
    await told(yard, "publish", "device-a")
    assert len(yard.told) == 1
    log = Path(yard.broker.child._log_file)
    assert log.stat().st_size < 5_000
    assert yard.issued["device-a"].password not in log.read_text()


async def test_a_broker_whose_log_reader_dies_is_started_again(yard: Yard) -> None:
    reader = yard.broker.child._sieve
    assert reader is not None
    psutil.Process(reader.pid).kill()
    await until(lambda: yard.broker.child.restarts == 1 and yard.broker.child.pid is not None)
    await until(lambda: yard.broker.child._sieve is not reader)

    def refused() -> None:
        with peer(yard.address("device-a")) as thief:
            thief.publish_and_wait("eoc/v1/b/obs", b"x")

    for _ in range(100):
        try:
            await asyncio.to_thread(refused)
            break
        except OSError:
            await asyncio.sleep(0.05)
    await told(yard, "publish", "device-a")


def sifting(tmp_path: Path, lines: str) -> tuple[list[dict[str, Any]], Path]:
    log = tmp_path / "broker.log"
    program = [sys.executable, "-IS", sieve.__file__, str(psutil.Process().pid), str(log)]
    done = subprocess.run(program, input=lines.encode(), capture_output=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()], log


def test_a_flood_of_refusals_is_counted_not_told_one_by_one(tmp_path: Path) -> None:
    flood = "".join(f"1: {DENIED.format('c', f'eoc/v1/b/{number}')}\n" for number in range(20_000))
    told, log = sifting(tmp_path, flood)
    assert 50 <= len(told) < 2_000
    assert log.stat().st_size <= 1_100_000


def test_the_log_is_put_aside_when_it_is_full(tmp_path: Path) -> None:
    sifting(tmp_path, "".join(f"1: Error: {'x' * 900} {number}\n" for number in range(2_500)))
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"broker.log", "broker.log.1"}
    assert all(size <= 1_010_000 for size in sizes.values())


def test_bytes_that_are_no_text_stop_nothing(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    program = [sys.executable, "-IS", sieve.__file__, str(psutil.Process().pid), str(log)]
    raw = (
        b"1: Denied PUBLISH from c (d0, q1, r0, m2, '\xff\xfe', ... (1 bytes))\n"
        + b"\x00\xff" * 3_000_000
        + b"\n1: Error: end\n"
    )
    done = subprocess.run(program, input=raw, capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout)["topic"] == "\\xff\\xfe"
    assert "Error: end" in log.read_text()
