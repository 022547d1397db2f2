"""The deployed broker and the accounts the product makes there: deploy/mosquitto on a real Mosquitto."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from eoc.errors import Refused
from sensors import topics
from sensors.dynsec import open_dynsec
from sensors.rights import Account
from tests.house.broker import NOBODY_LISTENS, NOT_AUTHORIZED, SUCCESS, TIMEOUT_S, Deployment, peer
from tests.services.mqtt import START


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployment]:
    """After its very first start."""
    deployment = Deployment(tmp_path)
    yield deployment
    deployment.broker.stop()


def test_the_product_gives_itself_its_topics_once(fresh: Deployment) -> None:
    with fresh.product() as product:
        assert product.publish(topics.ack("phuoc-long")) == NOT_AUTHORIZED
    for _ in range(2):
        fresh.prepare()
        with fresh.product() as product:
            assert product.publish(topics.ack("phuoc-long")) == NOBODY_LISTENS
            assert product.subscribe("$share/ingest/" + topics.OBS_FILTER) == 1
            assert product.subscribe("tele/+/SENSOR") == 1
            # It answers and commands; it is nobody's gauge.
            assert product.publish(topics.obs("phuoc-long")) == NOT_AUTHORIZED
    fresh.broker.stop()
    fresh.broker.restart()
    with fresh.product() as product:
        assert product.publish(topics.ack("phuoc-long")) == NOBODY_LISTENS


def test_a_device_speaks_for_its_own_station_only(fresh: Deployment) -> None:
    fresh.prepare()
    fresh.new_device("can-don")
    with fresh.product() as product, fresh.device("can-don") as device:
        assert product.subscribe(topics.OBS_FILTER) == 1
        assert device.publish(topics.obs("can-don"), b"a reading") == SUCCESS
        assert product.arrived.get(timeout=TIMEOUT_S) == (topics.obs("can-don"), b"a reading")
        for topic in ("obs", "status", "release", "cmd/result"):
            assert device.publish(f"eoc/v1/thac-mo/{topic}") == NOT_AUTHORIZED
        for topic in ("ack", "cmd"):
            assert device.publish(f"eoc/v1/can-don/{topic}") == NOT_AUTHORIZED
            assert device.subscribe(f"eoc/v1/can-don/{topic}") == 1
            assert device.subscribe(f"eoc/v1/thac-mo/{topic}") == NOT_AUTHORIZED
        assert product.publish(topics.ack("can-don"), b"safe") == SUCCESS
        assert device.arrived.get(timeout=TIMEOUT_S) == (topics.ack("can-don"), b"safe")
        assert product.arrived.empty()


def test_a_session_of_another_device_is_not_inherited_on_a_broker_that_sends_freely(fresh: Deployment) -> None:
    """`mosquitto_ctrl dynsec init` lets the broker send to everybody by default; our accounts refuse it themselves."""
    fresh.new_device("a")

    async def rules() -> list[dict[str, object]]:
        admin = fresh.accounts()._admin
        assert admin is not None
        async with open_dynsec(admin) as line:
            defaults, role = await line.do(
                {"command": "getDefaultACLAccess"}, {"command": "getRole", "rolename": "device-a"}
            )
        assert {"acltype": "publishClientReceive", "allow": True} in defaults["data"]["acls"]
        found: list[dict[str, object]] = role["data"]["role"]["acls"]
        return found

    refused = [each for each in asyncio.run(rules()) if not each["allow"]]
    assert {"acltype": "publishClientReceive", "topic": "#", "priority": 0, "allow": False} in refused


def test_an_account_of_the_old_script_ends_with_the_first_credential(fresh: Deployment) -> None:
    async def as_the_script_did() -> None:
        admin = fresh.accounts()._admin
        assert admin is not None
        async with open_dynsec(admin) as line:
            await line.put_role("station-nha-bich", Account.of_device("nha-bich").rules)
            await line.put_client("nha-bich", "old", "station-nha-bich")

    asyncio.run(as_the_script_did())
    with peer(fresh.broker, "nha-bich", "old") as device:
        assert device.publish(topics.obs("nha-bich")) in {SUCCESS, NOBODY_LISTENS}
    fresh.new_device("nha-bich")
    with pytest.raises(AssertionError), peer(fresh.broker, "nha-bich", "old"):
        pass


def test_a_broker_that_allows_by_default_gets_no_credentials(fresh: Deployment) -> None:
    async def open_it() -> None:
        admin = fresh.accounts()._admin
        assert admin is not None
        async with open_dynsec(admin) as line:
            await line.do({"command": "setDefaultACLAccess", "acls": [{"acltype": "publishClientSend", "allow": True}]})

    asyncio.run(open_it())
    for work in (fresh.accounts().prepare(), fresh.accounts().issue(Account.of_device("a"))):
        with pytest.raises(Refused, match=r"refused\.broker_open"):
            asyncio.run(work)


def test_a_wrong_password_is_told(fresh: Deployment) -> None:
    with pytest.raises(Refused, match=r"refused\.broker_login"):
        fresh.prepare(password="wrong")


def test_no_command_line_carries_the_password(fresh: Deployment, tmp_path: Path) -> None:
    """Every process of a machine can read the command lines of the others: each program here notes its own."""
    noted = tmp_path / "noted"
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("mosquitto", "mosquitto_ctrl"):
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {noted}\n', "utf-8")
        (programs / name).chmod(0o755)
    start = fresh.run("sh", str(START), "-c", "mosquitto.conf", path=str(programs))
    assert start.returncode == 0, start.stderr
    said = noted.read_text("utf-8")
    assert all(f"programs/{name} " in said for name in ("mosquitto", "mosquitto_ctrl"))
    assert fresh.broker.password not in said
