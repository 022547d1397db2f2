"""What a stolen credential can do, on a real Mosquitto: judged by what arrives, never by what the broker answers.

A refused publish of MQTT 3.1.1 is confirmed like any other, so a confirmation proves nothing. The witness hears every
topic; a device's messages arrive in order, so what had been let through would have arrived before its own last reading.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from sensors.address import Version
from sensors.rights import Account
from tests.devices.conftest import Yard, open_yard
from tests.devices.thief import Peer, is_let_in, peer, tries
from tests.sensors.field import ingesting, until

VERSIONS: list[Version] = ["3.1.1", "5"]
REFUSED = {"Not authorized", "Unspecified error"}


async def beside(work: Callable[[], Any]) -> Any:
    """Run a blocking scene while the loop serves the broker's log."""
    return await asyncio.to_thread(work)


def scene(yard: Yard, version: Version, count: int) -> None:
    with peer(yard.witness) as witness, peer(yard.address("device-a"), version) as thief:
        witness.subscribe("#", "$SYS/broker/version")
        witness.arrived.get(timeout=10)
        for number, (topic, qos, retain) in enumerate(tries("a", ["b", "c", "zz"], count, seed=count)):
            thief.publish(topic, b'{"commands":[{"command":"listClients"}]}', qos=qos, retain=retain)
            if number % 200 == 0:
                thief.publish_and_wait("eoc/v1/a/obs", b"own %d" % number)
                assert witness.heard_until("eoc/v1/a/obs", b"own %d" % number) == [
                    ("eoc/v1/a/obs", b"own %d" % number)
                ], "something forged arrived"
        for what in ("obs", "status", "release", "cmd/result"):
            thief.publish_and_wait(f"eoc/v1/a/{what}", b"own last")
            assert witness.heard_until(f"eoc/v1/a/{what}", b"own last") == [(f"eoc/v1/a/{what}", b"own last")]
        # Nothing was kept for later, either: a new subscriber gets every retained message.
        with peer(yard.witness) as late:
            late.subscribe("#")
            thief.publish_and_wait("eoc/v1/a/obs", b"the end")
            assert late.heard_until("eoc/v1/a/obs", b"the end") == [("eoc/v1/a/obs", b"the end")]
        assert not thief.ended.is_set()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_stolen_credential_speaks_for_nobody_else(yard: Yard, version: Version) -> None:
    await beside(lambda: scene(yard, version, 1_000))


@pytest.mark.long
@pytest.mark.parametrize("version", VERSIONS)
async def test_ten_thousand_tries(yard: Yard, version: Version) -> None:
    await beside(lambda: scene(yard, version, 10_000))


@pytest.mark.parametrize("version", VERSIONS)
async def test_it_hears_nobody_elses_acknowledgements_and_commands(yard: Yard, version: Version) -> None:
    def listening() -> None:
        with peer(yard.witness) as product, peer(yard.address("device-a"), version) as thief:
            assert thief.subscribe("eoc/v1/a/ack", "eoc/v1/a/cmd") == ["Granted QoS 1"] * 2
            forbidden = [
                "eoc/v1/b/ack", "eoc/v1/b/cmd", "eoc/v1/+/ack", "eoc/v1/a/+", "eoc/v1/a/#", "eoc/v1/#", "#", "+/+/+/+",
                "eoc/v1/a/obs", "eoc/v1/b/obs", "$share/eoc-ingest/eoc/v1/+/obs", "$share/x/eoc/v1/b/ack",
                "$share/x/eoc/v1/a/ack", "$share/x/#", "$SYS/#", "$CONTROL/#",
                "$CONTROL/dynamic-security/v1/response",
            ]  # fmt: skip
            answers = thief.subscribe(*forbidden)
            assert set(answers) <= REFUSED, dict(zip(forbidden, answers, strict=True))
            for station in ("b", "c", "zz"):
                for what in ("ack", "cmd"):
                    product.publish(f"eoc/v1/{station}/{what}", b"secret", retain=True)
            product.publish_and_wait("eoc/v1/a/ack", b"for you")
            assert thief.heard_until("eoc/v1/a/ack", b"for you") == [("eoc/v1/a/ack", b"for you")]

    await beside(listening)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_session_taken_over_by_its_name_tells_nothing(yard: Yard, version: Version) -> None:
    """Client ids are not secret: whoever connects with another device's gets its subscriptions, but no message."""

    def taking_over() -> None:
        with peer(yard.witness) as product:
            with peer(yard.address("device-b"), version, client_id="logger-b", clean=False) as victim:
                assert victim.subscribe("eoc/v1/b/ack") == ["Granted QoS 1"]
            product.publish_and_wait("eoc/v1/b/ack", b"kept for b")
            with peer(yard.address("device-a"), version, client_id="logger-b", clean=False) as thief:
                product.publish_and_wait("eoc/v1/b/ack", b"told to b")
                assert thief.subscribe("eoc/v1/a/ack") == ["Granted QoS 1"]
                product.publish_and_wait("eoc/v1/a/ack", b"for a")
                assert thief.heard_until("eoc/v1/a/ack", b"for a") == [("eoc/v1/a/ack", b"for a")]

    await beside(taking_over)


@pytest.mark.parametrize(("mark", "taken_over"), [("", True), ("4f2a9c", False)])
async def test_the_products_own_session_has_a_name_that_no_device_knows(
    yard: Yard, mark: str, taken_over: bool
) -> None:
    """A client id that is known can be taken over by any account; without the mark it is."""
    async with ingesting(yard.broker.address, cast(Any, None), mark=mark) as station:
        connection = station.ingest._reception.connection
        assert connection.epoch == 1

        def guessing() -> None:
            for number in range(3):
                with peer(yard.address("device-a"), client_id=f"eoc-ingest-{number}") as thief:
                    # An answer on this connection: whoever had to go for it has gone.
                    thief.publish_and_wait("eoc/v1/a/status", b'{"state": "online"}')

        await beside(guessing)
        await until(lambda: connection.connected)
        if taken_over:
            await until(lambda: connection.epoch > 1)
        else:
            await connection.subscribe(["eoc/v1/+/status"])
            assert connection.epoch == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_last_will_cannot_be_addressed_to_others(yard: Yard, version: Version) -> None:
    def dying() -> None:
        with peer(yard.witness) as witness, peer(yard.address("device-a"), version) as honest:
            witness.subscribe("#")
            for topic in ("eoc/v1/b/status", "eoc/v1/a/ack", "eoc/v1/b/cmd", "$CONTROL/dynamic-security/v1"):
                dead = Peer(yard.address("device-a"), version, will=topic)
                if dead.connected.get(timeout=10) == "Success":
                    dead.cut()
            last = Peer(yard.address("device-a"), version, will="eoc/v1/a/status")
            assert last.connected.get(timeout=10) == "Success"
            last.cut()
            assert witness.heard_until("eoc/v1/a/status", b"forged will") == [("eoc/v1/a/status", b"forged will")]
            honest.publish_and_wait("eoc/v1/a/obs", b"end")
            assert witness.heard_until("eoc/v1/a/obs", b"end") == [("eoc/v1/a/obs", b"end")]

    await beside(dying)


async def test_a_topic_alias_is_judged_by_what_it_stands_for(yard: Yard) -> None:
    def aliasing() -> None:
        def alias(number: int) -> Properties:
            made = Properties(PacketTypes.PUBLISH)
            made.TopicAlias = number
            return made

        with peer(yard.witness) as witness, peer(yard.address("device-a")) as thief:
            witness.subscribe("#")
            thief.client.publish("eoc/v1/a/obs", b"own", qos=1, properties=alias(1))
            thief.client.publish("eoc/v1/b/obs", b"forged", qos=1, properties=alias(1))
            thief.client.publish("eoc/v1/b/obs", b"forged", qos=1, properties=alias(2))
            thief.client.publish("", b"forged", qos=1, properties=alias(2))
            thief.publish_and_wait("eoc/v1/a/obs", b"end")
            heard = witness.heard_until("eoc/v1/a/obs", b"end")
            assert {topic for topic, _ in heard} == {"eoc/v1/a/obs"}

    await beside(aliasing)


async def test_the_witness_would_have_heard_it(yard: Yard) -> None:
    """The tests above look for nothing; here the same publishes, with the right to make them, do arrive."""

    def allowed() -> None:
        with peer(yard.witness) as witness, peer(yard.broker.sender) as sender:
            witness.subscribe("#")
            for station in ("a", "b", "zz"):
                sender.publish_and_wait(f"eoc/v1/{station}/obs", b"x")
                assert witness.heard_until(f"eoc/v1/{station}/obs", b"x")
            # The product answers and commands; it is nobody's gauge.
            witness.publish("eoc/v1/b/obs", b"forged")
            witness.publish_and_wait("eoc/v1/b/ack", b"answer")
            assert witness.heard_until("eoc/v1/b/ack", b"answer") == [("eoc/v1/b/ack", b"answer")]

    await beside(allowed)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_gateway_speaks_for_its_own_stations_only(yard: Yard, version: Version) -> None:
    def speaking() -> None:
        with peer(yard.witness) as witness, peer(yard.address("gateway-g1"), version) as gateway:
            witness.subscribe("#")
            for station in ("a", "b", "g1", "zz"):
                for what in ("obs", "status", "release", "ack"):
                    gateway.publish(f"eoc/v1/{station}/{what}")
            assert gateway.subscribe("eoc/v1/c/ack", "eoc/v1/d/cmd") == ["Granted QoS 1"] * 2
            assert set(gateway.subscribe("eoc/v1/a/ack", "eoc/v1/+/ack")) <= REFUSED
            for station in ("c", "d"):
                gateway.publish_and_wait(f"eoc/v1/{station}/obs", b"own")
                topic = f"eoc/v1/{station}/obs"
                assert witness.heard_until(topic, b"own") == [(topic, b"own")]

    await beside(speaking)


async def test_a_source_publishes_on_its_topics_only(yard: Yard) -> None:
    def speaking() -> None:
        with peer(yard.witness) as witness, peer(yard.address("source-tasmota")) as source:
            witness.subscribe("#")
            for topic in ("eoc/v1/a/obs", "tele/x/STATE", "cmnd/x/POWER", "tele/x/y/SENSOR"):
                source.publish(topic)
            source.publish_and_wait("tele/x/SENSOR", b"own")
            assert witness.heard_until("tele/x/SENSOR", b"own") == [("tele/x/SENSOR", b"own")]

    await beside(speaking)


async def test_a_new_credential_ends_the_old_one_and_its_connection(yard: Yard) -> None:
    old = yard.address("device-a")
    thief = await beside(lambda: Peer(old, client_id="thief"))
    assert await beside(lambda: thief.connected.get(timeout=10)) == "Success"
    new = await yard.issue(Account.of_device("a"))
    await until(thief.ended.is_set)
    thief.close()
    assert new.password != old.password
    for version in VERSIONS:
        assert not await beside(partial(is_let_in, old, version))
        assert await beside(partial(is_let_in, new, version))


async def test_an_account_that_is_removed_ends(yard: Yard) -> None:
    gone = yard.address("device-b")
    thief = await beside(lambda: Peer(gone))
    assert await beside(lambda: thief.connected.get(timeout=10)) == "Success"
    await yard.accounts.remove([Account.of_device("b")])
    await until(thief.ended.is_set)
    thief.close()
    assert not await beside(lambda: is_let_in(gone))


async def test_a_demo_keeps_guests_away_from_stations_with_a_credential(tmp_path: Path) -> None:
    async with open_yard(tmp_path, demo=True) as yard:
        await yard.accounts.issue(Account.of_device("a"), closed=["a"])
        nameless = yard.at("", "")
        nameless = type(nameless)(nameless.host, nameless.port, version="5")

        def playing() -> None:
            with peer(yard.witness) as witness, peer(nameless) as guest:
                witness.subscribe("#")
                for topic in ("eoc/v1/a/obs", "eoc/v1/a/ack", "eoc/v1/b/ack", "eoc/v1/b/cmd", "other"):
                    guest.publish(topic)
                guest.publish_and_wait("eoc/v1/b/obs", b"played")
                assert witness.heard_until("eoc/v1/b/obs", b"played") == [("eoc/v1/b/obs", b"played")]

        await beside(playing)


async def test_accounts_outlive_a_restart(tmp_path: Path) -> None:
    async with open_yard(tmp_path) as yard:
        await yard.issue(Account.of_device("a"))
        issued = yard.issued["device-a"]
    async with open_yard(tmp_path) as yard:
        kept = yard.at(issued.username, issued.password)
        assert await beside(lambda: is_let_in(kept))
        found = await yard.accounts.reconcile([Account.of_device("a"), Account.of_device("b")], [])
        assert found.lost == {"device-b"}
        assert found.corrected == found.removed == set()


async def test_what_was_changed_behind_our_back_is_put_right_and_what_is_lost_is_told(yard: Yard) -> None:
    from sensors.dynsec import open_dynsec

    assert yard.broker.admin is not None
    async with open_dynsec(yard.broker.admin) as line:
        wide = [{"acltype": "publishClientSend", "topic": "#", "priority": 9, "allow": True}]
        await line.do({"command": "modifyRole", "rolename": "device-a", "acls": wide})
        await line.do({"command": "deleteClient", "username": "device-b"})
    devices = [Account.of_device("a"), Account.of_device("b")]
    found = await yard.accounts.reconcile(devices, ["gateway-g1"])
    assert [set(each) for each in (found.lost, found.corrected)] == [{"device-b"}, {"device-a"}]
    assert [set(each) for each in (found.removed, found.unknown)] == [{"source-tasmota"}, {"gateway-g1"}]
    await beside(lambda: scene(yard, "5", 100))


@pytest.mark.parametrize("broken", ["", "{", '{"clients": 5}', json.dumps({"clients": [], "roles": [{}]})])
async def test_a_broken_account_file_costs_the_credentials_and_says_so(tmp_path: Path, broken: str) -> None:
    async with open_yard(tmp_path) as yard:
        await yard.issue(Account.of_device("a"))
    (tmp_path / "broker" / "dynamic-security.json").write_text(broken)
    async with open_yard(tmp_path) as yard:
        assert (await yard.accounts.reconcile([Account.of_device("a")], [])).lost == {"device-a"}
        address = await yard.issue(Account.of_device("a"))
        assert await beside(lambda: is_let_in(address))
