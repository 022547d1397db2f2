"""From the spool to the product over real brokers, the product being a peer that answers as a test wants it to."""

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sensors import forwarding
from sensors.acks import ranges
from sensors.address import BrokerAddress
from sensors.connection import Connection
from sensors.forwarding import Forwarder, Identity
from sensors.spool import Damage, Spool, Stored
from tests.sensors.field import Device, at, cut, device, until
from tests.services.mqtt import Mosquitto, dynamic_security_plugin

Answer = Callable[["Peer", str, dict[str, Any]], bool]
SOON_S = 0.3
"""In place of the five seconds after which a record is sent again."""


@dataclass
class Judged:
    """What the forwarder told."""

    accepted_count: int = 0
    codes: dict[Identity, str] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)
    disk_full: bool = False

    def accepted(self, count: int) -> None:
        self.accepted_count += count

    def refused(self, records: Sequence[tuple[Stored, Identity, str]]) -> None:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        self.codes.update({identity: code for _, identity, code in records})

    def damaged(self, damage: Damage) -> None:
        self.damages.append(damage)


class Peer:
    """Hears every record; `answer` says of each delivery whether it is acknowledged."""

    def __init__(self, ear: Device, answer: Answer) -> None:
        self._ear = ear
        self._taken = 0
        self.answer = answer
        self.deliveries: list[tuple[str, int]] = []
        """(station, seq) in the order of arrival."""
        self.messages = 0

    async def run(self) -> None:
        while True:
            await until(lambda: len(self._ear.heard) > self._taken, 60)
            topic, payload = self._ear.heard[self._taken]
            self._taken += 1
            station = topic.split("/")[2]
            self.messages += 1
            safe = []
            for record in payload if isinstance(payload, list) else [payload]:
                self.deliveries.append((station, record["seq"]))
                if self.answer(self, station, record):
                    safe.append(record["seq"])
            if safe:
                self.say(station, seq=ranges(safe))

    def say(self, station: str, **more: Any) -> None:
        self.say_raw(station, json.dumps({"boot": "b", "seq": [], "errors": [], **more}).encode())

    def say_raw(self, station: str, payload: bytes) -> None:
        self._ear.connection.publish(f"eoc/v1/{station}/ack", payload)


@dataclass
class Scene:
    spool: Spool
    forwarder: Forwarder
    connection: Connection
    judged: Judged
    peer: Peer


def records(count: int, station: str = "s1", start: int = 1, every_s: int = 1) -> list[tuple[str, bytes]]:
    numbers = range(start, start + count)
    given = ({"ts": 10**12 + n * every_s * 1000, "seq": n, "boot": "b", "data": {"water_level_m": 1}} for n in numbers)
    return [(station, json.dumps(each).encode()) for each in given]


@contextlib.asynccontextmanager
async def scene(
    address: BrokerAddress, folder: Path, answer: Answer, gateway: BrokerAddress | None = None, **options: Any
) -> AsyncIterator[Scene]:
    """A forwarder at work on an empty spool, and its peer; `gateway`: how the forwarder enters."""
    spool = Spool.open(folder)
    judged = Judged()
    forwarder = Forwarder(spool, judged, **{"resend_s": SOON_S, **options})
    connection = Connection(gateway or address, "gateway", forwarder, longest_wait_s=0.3)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(spool.close)
        ear = await stack.enter_async_context(device(address, "peer"))
        await ear.listen("eoc/v1/+/obs")
        peer = Peer(ear, answer)
        tasks = [asyncio.ensure_future(each) for each in (peer.run(), connection.run(), forwarder.run(connection))]
        try:
            yield Scene(spool, forwarder, connection, judged, peer)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


def always(_peer: Peer, _station: str, _record: dict[str, Any]) -> bool:
    return True


def second_time(peer: Peer, station: str, record: dict[str, Any]) -> bool:
    return peer.deliveries.count((station, record["seq"])) >= 2


async def test_all_leave_in_the_order_they_came(broker: BrokerAddress, tmp_path: Path) -> None:
    async with scene(broker, tmp_path, always, resend_s=5) as here:
        here.spool.append([records(1, f"s{i % 3}", i, every_s=1_000)[0] for i in range(300)])
        here.forwarder.wake()
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries == [(f"s{i % 3}", i) for i in range(300)]
        assert here.judged.accepted_count == 300
        assert here.forwarder.sent == 300
    assert not list(tmp_path.glob("*.seg"))


async def test_neighbours_of_one_station_share_a_message(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, always, resend_s=5) as here:
        here.spool.append(records(200))
        here.forwarder.wake()
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries == [("s1", i) for i in range(1, 201)]
        assert here.peer.messages <= 8


async def test_stations_side_by_side_run_ahead_of_each_other_by_minutes_only(
    mosquitto_5: BrokerAddress, tmp_path: Path
) -> None:
    """A tape of years at full speed: nobody's clock may be a day ahead of the others only because of messages."""
    async with scene(mosquitto_5, tmp_path, always, resend_s=5) as here:
        here.spool.append([records(1, f"s{i % 3}", i, every_s=60)[0] for i in range(300)])
        here.forwarder.wake()
        await until(lambda: here.forwarder.idle)
        latest = 0
        for _, minute in here.peer.deliveries:
            assert minute >= latest - 15
            latest = max(latest, minute)
        for station in range(3):
            own = [minute for name, minute in here.peer.deliveries if name == f"s{station}"]
            assert own == list(range(station, 300, 3))
        assert here.peer.messages <= 300 / 4


async def test_what_is_not_answered_is_sent_again_until_it_is(broker: BrokerAddress, tmp_path: Path) -> None:
    async with scene(broker, tmp_path, second_time) as here:
        here.spool.append(records(20))
        here.forwarder.wake()
        await until(lambda: len(here.peer.deliveries) >= 20)
        assert len(here.spool) == 20  # the broker has acknowledged them, which is worth nothing
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries[:40] == [("s1", i) for i in range(1, 21)] * 2
        assert here.judged.accepted_count == 20


async def test_silence_is_asked_less_and_less(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, lambda *_: False) as here:
        here.spool.append(records(1))
        here.forwarder.wake()
        times: list[float] = []
        while len(times) < 4:
            await until(lambda: len(here.peer.deliveries) > len(times))
            times.append(asyncio.get_running_loop().time())
        waits = [after - before for before, after in pairwise(times)]
        assert waits[0] >= SOON_S / 2
        assert waits[2] > 1.5 * waits[1] > 2 * waits[0]


async def test_a_word_after_a_long_silence_and_all_are_asked_soon(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    """The product was away for a while; nobody waits for the end of the long pauses that had come of it."""
    async with scene(mosquitto_5, tmp_path, lambda *_: False) as here:
        here.spool.append([*records(1, "s1"), *records(1, "s2")])
        here.forwarder.wake()
        await until(lambda: here.peer.deliveries.count(("s2", 1)) == 4)  # the fifth would come in eight times SOON_S
        heard = asyncio.get_running_loop().time()
        here.peer.say("s1", seq=[[1, 1]])
        await until(lambda: here.peer.deliveries.count(("s2", 1)) == 5)
        assert asyncio.get_running_loop().time() - heard < 4 * SOON_S


async def test_a_lost_record_is_never_more_than_a_window_late(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    """The first delivery of one record gets lost; what follows it stays within the window until it is answered."""

    def lose_the_tenth(peer: Peer, station: str, record: dict[str, Any]) -> bool:
        return record["seq"] != 10 or second_time(peer, station, record)

    async with scene(mosquitto_5, tmp_path, lose_the_tenth, window=60) as here:
        here.spool.append(records(500))
        here.forwarder.wake()
        await until(lambda: here.forwarder.idle)
        seqs = [seq for _, seq in here.peer.deliveries]
        ahead = seqs[: seqs.index(10, seqs.index(10) + 1)]
        assert max(ahead) <= 10 + 60
        assert list(dict.fromkeys(seqs)) == list(range(1, 501))


async def test_a_silent_station_steps_aside_and_comes_back_in_order(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    speaking = {"s1"}

    async with scene(mosquitto_5, tmp_path, lambda _peer, station, _record: station in speaking, window=50) as here:
        given = [records(1, f"s{i % 2}", i)[0] for i in range(1_000)]
        here.spool.append(given)
        here.forwarder.wake()
        await until(lambda: here.judged.accepted_count == 500)
        assert len({each for each in here.peer.deliveries if each[0] == "s0"}) <= 50
        assert len(here.spool) == 500
        speaking.add("s0")
        await until(lambda: here.forwarder.idle)
        heard = dict.fromkeys(seq for station, seq in here.peer.deliveries if station == "s0")
        assert list(heard) == list(range(0, 1_000, 2))


async def test_a_lost_connection_sends_all_again_at_once_and_in_order(broker: BrokerAddress, tmp_path: Path) -> None:
    open_ears = False

    async with scene(broker, tmp_path, lambda *_: open_ears, resend_s=60) as here:
        here.spool.append(records(50))
        here.forwarder.wake()
        await until(lambda: len(here.peer.deliveries) == 50)
        here.spool.append(records(50, start=51))
        open_ears = True
        cut(here.connection)
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries[-100:] == [("s1", i) for i in range(1, 101)]


async def test_a_restart_sends_only_what_was_not_answered(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, lambda _p, _s, record: record["seq"] % 2 == 0, resend_s=60) as here:
        here.spool.append(records(20))
        here.forwarder.wake()
        await until(lambda: here.judged.accepted_count == 10)
    async with scene(mosquitto_5, tmp_path, always, resend_s=60) as here:
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries == [("s1", i) for i in range(1, 21, 2)]


async def test_refusals_are_told_with_their_code(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, lambda *_: False, resend_s=60) as here:
        here.spool.append(records(4))
        here.forwarder.wake()
        await until(lambda: len(here.peer.deliveries) == 4)
        here.peer.say(
            "s1", seq=[[1, 2]], errors=[{"seq": 3, "code": "conflict"}, {"seq": 4, "code": "unknown_station"}]
        )
        await until(lambda: here.forwarder.idle)
        assert here.judged.codes == {("s1", "b", 3): "conflict", ("s1", "b", 4): "unknown_station"}
        assert here.judged.accepted_count == 2


async def test_a_refusal_that_cannot_be_kept_lets_go_of_nothing(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    def refuse(peer: Peer, station: str, record: dict[str, Any]) -> bool:
        peer.say(station, errors=[{"seq": record["seq"], "code": "conflict"}])
        return False

    async with scene(mosquitto_5, tmp_path, refuse) as here:
        here.judged.disk_full = True
        here.spool.append(records(1))
        here.forwarder.wake()
        await until(lambda: here.forwarder.hindrance is not None)
        assert len(here.spool) == 1
        here.judged.disk_full = False
        await until(lambda: here.forwarder.idle)
        assert here.judged.codes == {("s1", "b", 1): "conflict"}


async def test_strange_answers_let_go_of_nothing_they_do_not_name(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, lambda *_: False, resend_s=60) as here:
        here.spool.append(records(5))
        here.forwarder.wake()
        await until(lambda: len(here.peer.deliveries) == 5)
        for payload in (
            b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"boot":"b","seq":[[1]]}', b'{"boot":"b","seq":[["1","5"]]}',
            b'{"boot":"b","seq":[[6,99999999999999999999]]}', b"[" * 50_000, b'{"boot":"b","seq":[[5,1]]}',
            b'{"boot":"b","seq":[[-9007199254740992,0]]}', b'{"boot":"b","seq":[[6,9007199254740992]]}',
            b'{"boot":"other","seq":[[1,5]]}', b'{"seq":[[1,5]]}', b'{"boot":null,"seq":[[1,5]]}',
            b'{"boot":"b","seq":[],"errors":[{"seq":null,"code":"json_invalid"}]}',
        ):  # fmt: skip
            here.peer.say_raw("s1", payload)
        here.peer.say("s2", seq=[[1, 5]])
        here.peer.say("s1", seq=[[5, 5]])
        await until(lambda: here.judged.accepted_count == 1)
        assert len(here.spool) == 4
        here.peer.say("s1", seq=[[-9007199254740992, 9007199254740992]])
        await until(lambda: here.forwarder.idle)
        assert here.judged.accepted_count == 5
        assert here.judged.codes == {}


async def test_two_records_of_one_name_are_answered_for_one_by_one(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    async with scene(mosquitto_5, tmp_path, lambda *_: False, resend_s=60) as here:
        here.spool.append([*records(1), *records(1), *records(1, start=2)])
        here.forwarder.wake()
        await until(lambda: len(here.peer.deliveries) == 1)
        here.peer.say("s1", seq=[[1, 1]])
        await until(lambda: len(here.peer.deliveries) == 3)
        assert len(here.spool) == 2
        here.peer.say("s1", seq=[[1, 2]])
        await until(lambda: here.forwarder.idle)
        assert here.judged.accepted_count == 3


async def test_a_slow_product_is_given_less_at_a_time(
    mosquitto_5: BrokerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "_SLOW_S", 0.2)
    withheld: list[int] = []

    def withhold(_peer: Peer, _station: str, record: dict[str, Any]) -> bool:
        withheld.append(record["seq"])
        return False

    async with scene(mosquitto_5, tmp_path, withhold, resend_s=60) as here:
        loop = asyncio.get_running_loop()
        here.spool.append(records(3_000))
        here.forwarder.wake()
        widths: list[int] = []
        while len(widths) < 6:
            await until(lambda: bool(withheld) and here.forwarder._next_place == max(withheld))
            widths.append(len(here.forwarder._under_way))
            slow = loop.time() + 0.25
            await until(lambda: loop.time() > slow)  # noqa: B023 - looked at in this very turn
            here.peer.say("s1", seq=[[1, max(withheld)]])
            await until(lambda: here.judged.accepted_count == sum(widths))
        assert widths[0] == 500
        assert widths[-1] == 50
        here.peer.answer = always
        here.peer.say("s1", seq=[[1, 3_000]])
        await until(lambda: here.forwarder.idle)
        assert here.forwarder._window > 500


async def test_damage_is_told_once(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    spool = Spool.open(tmp_path)
    spool.append(records(3))
    spool.close()
    (segment,) = tmp_path.glob("*.seg")
    lines = segment.read_bytes().split(b"\n")
    segment.write_bytes(b"\n".join([lines[0], lines[1].replace(b"water", b"wafer"), *lines[2:]]))
    async with scene(mosquitto_5, tmp_path, always) as here:
        await until(lambda: here.forwarder.idle)
        assert here.peer.deliveries == [("s1", 1), ("s1", 3)]
        (damage,) = here.judged.damages
        assert damage.ordinals == range(1, 2)
        assert b"wafer_level_m" in damage.raw


@pytest.mark.parametrize("version", ["3.1.1", "5"])
@pytest.mark.parametrize("kind", ["list", "plugin"])
async def test_a_station_that_is_not_ours_holds_up_nobody(tmp_path: Path, version: Any, kind: str) -> None:
    """The plugin refuses the subscription, so nothing is sent; a plain list only keeps messages back, in silence."""
    server = Mosquitto(tmp_path, _list(tmp_path) if kind == "list" else _plugin(tmp_path))
    try:
        gateway, peer = (
            BrokerAddress(server.host, server.port, name, "x", version=version) for name in ("gateway", "peer")
        )
        async with scene(peer, tmp_path / "spool", always, gateway) as here:
            here.spool.append([records(1, "theirs" if i % 2 else "ours", i)[0] for i in range(200)])
            here.forwarder.wake()
            await until(lambda: here.judged.accepted_count == 100)
            assert len(here.spool) == 100
            assert {station for station, _ in here.peer.deliveries} == {"ours"}
            if kind == "plugin":
                assert here.forwarder.sent == 100
                assert "eoc/v1/theirs/ack" in str(here.forwarder.hindrance)
    finally:
        server.stop()


def _list(folder: Path) -> dict[str, str | None]:
    rules = folder / "acl"
    own = "topic write eoc/v1/ours/obs\ntopic read eoc/v1/ours/ack\n"
    rules.write_text(f"user gateway\n{own}user peer\ntopic readwrite eoc/v1/#\n")
    return {"acl_file": str(rules)}


def _plugin(folder: Path) -> dict[str, str | None]:
    """Mosquitto's dynamic-security plugin with two accounts, whose password is `x`."""
    own = {"publishClientSend": "eoc/v1/ours/obs", "subscribeLiteral": "eoc/v1/ours/ack"}
    everything = dict.fromkeys(("publishClientSend", "subscribePattern"), "eoc/v1/#")
    salt = b"twelve bytes"
    secret = {
        "password": base64.b64encode(hashlib.pbkdf2_hmac("sha512", b"x", salt, 101)).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": 101,
    }
    accounts = {
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False},
        "clients": [{"username": each, **secret, "roles": [{"rolename": each}]} for each in ("gateway", "peer")],
        "roles": [
            {
                "rolename": name,
                "acls": [{"acltype": kind, "topic": topic, "allow": True} for kind, topic in may.items()],
            }
            for name, may in (("gateway", own), ("peer", everything))
        ],
    }
    file = folder / "dynamic-security.json"
    file.write_text(json.dumps(accounts))
    plugin = dynamic_security_plugin()
    assert plugin, "the mosquitto package brings the plugin"
    return {"plugin": plugin, "plugin_opt_config_file": str(file), "allow_anonymous": "false"}


async def test_a_broker_that_is_away_is_waited_for(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with scene(at(mosquitto.host, mosquitto.port), tmp_path, always) as here:
        here.spool.append(records(10))
        mosquitto.kill()
        here.forwarder.wake()
        await until(lambda: not here.connection.connected)
        here.spool.append(records(10, start=11))
        here.forwarder.wake()
        mosquitto.restart()
        await until(lambda: here.forwarder.idle, 30)
        assert set(here.peer.deliveries) == {("s1", i) for i in range(1, 21)}
