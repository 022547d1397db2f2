"""The deployed broker and the account of the product: the scripts of deploy/mosquitto, on a real Mosquitto."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors import topics
from tests.house.broker import NOBODY_LISTENS, NOT_AUTHORIZED, SUCCESS, TIMEOUT_S, Deployment
from tests.services.mqtt import DEVICE, START


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployment]:
    """After its very first start."""
    deployment = Deployment(tmp_path)
    yield deployment
    deployment.broker.stop()


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """With the rights given; once for all, because Debian's mosquitto_ctrl waits 10 s when it disconnects itself."""
    deployment = Deployment(tmp_path_factory.mktemp("broker"))
    done = deployment.grant()
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 6
    yield deployment
    deployment.broker.stop()


def test_before_the_grant_the_product_could_not_acknowledge(fresh: Deployment) -> None:
    with fresh.product() as product:
        assert product.publish(topics.ack("phuoc-long")) == NOT_AUTHORIZED


def test_after_it_the_product_reads_devices_and_answers_them(granted: Deployment) -> None:
    granted.new_device("phuoc-long").check_returncode()
    with granted.product() as product, granted.device("phuoc-long") as device:
        for topic_filter in (topics.OBS_FILTER, topics.STATUS_FILTER, topics.RELEASE_FILTER, "eoc/v1/+/cmd/result"):
            assert product.subscribe(topic_filter) == 1
        assert product.subscribe("$share/ingest/" + topics.OBS_FILTER) == 1
        assert device.publish(topics.obs("phuoc-long"), b"a reading") == SUCCESS
        assert product.arrived.get(timeout=TIMEOUT_S) == (topics.obs("phuoc-long"), b"a reading")
        assert device.subscribe(topics.ack("phuoc-long")) == 1
        assert product.publish(topics.ack("phuoc-long"), b"safe") == SUCCESS
        assert device.arrived.get(timeout=TIMEOUT_S) == (topics.ack("phuoc-long"), b"safe")
        assert product.publish("eoc/v1/siren-1/cmd") == NOBODY_LISTENS
        # It answers and commands; it is nobody's gauge.
        assert product.publish(topics.obs("phuoc-long")) == NOT_AUTHORIZED


def test_a_device_speaks_for_its_own_station_only(granted: Deployment) -> None:
    granted.new_device("can-don").check_returncode()
    with granted.device("can-don") as device:
        for topic in ("obs", "status", "release", "cmd/result"):
            assert device.publish(f"eoc/v1/can-don/{topic}") in {SUCCESS, NOBODY_LISTENS}
            assert device.publish(f"eoc/v1/thac-mo/{topic}") == NOT_AUTHORIZED
        for topic in ("ack", "cmd"):
            assert device.publish(f"eoc/v1/can-don/{topic}") == NOT_AUTHORIZED
            assert device.subscribe(f"eoc/v1/can-don/{topic}") == 1
            assert device.subscribe(f"eoc/v1/thac-mo/{topic}") == NOT_AUTHORIZED
        for topic_filter in ("eoc/v1/+/ack", "eoc/v1/can-don/#", topics.OBS_FILTER):
            assert device.subscribe(topic_filter) == NOT_AUTHORIZED


def test_a_device_that_lost_its_password_gets_a_new_one(granted: Deployment) -> None:
    first, again = granted.new_device("nha-bich"), granted.new_device("nha-bich")
    assert (first.returncode, again.returncode) == (0, 0)
    assert first.stdout != again.stdout
    with granted.device("nha-bich") as device:
        assert device.subscribe(topics.ack("nha-bich")) == 1


@pytest.mark.parametrize("name", ["", "a b", "a/b", "#", "+", "admin", "$share"])
def test_what_cannot_be_a_station_gets_no_account(fresh: Deployment, name: str) -> None:
    assert fresh.new_device(name).returncode == 2
    assert fresh.accounts("listClients").split() == ["admin"]


def test_a_client_without_rights_hears_and_says_nothing(granted: Deployment) -> None:
    granted.new_client("stranger")
    with granted.product() as product, granted.device("stranger") as stranger:
        assert product.subscribe(topics.OBS_FILTER) == 1
        for topic_filter in ("eoc/v1/#", topics.ack("phuoc-long"), "#", "$share/ingest/eoc/v1/#", "$CONTROL/#"):
            assert stranger.subscribe(topic_filter) == NOT_AUTHORIZED, topic_filter
        assert stranger.publish(topics.obs("phuoc-long"), b"forged") == NOT_AUTHORIZED
        assert product.publish(topics.ack("phuoc-long")) == NOBODY_LISTENS
        # A broker answers a client in order: what it had let through would have arrived before these answers.
        assert product.subscribe(topics.STATUS_FILTER) == 1
        assert stranger.subscribe("eoc/v1/#") == NOT_AUTHORIZED
        assert product.arrived.empty()
        assert stranger.arrived.empty()


def test_the_grant_repeats_without_a_change_and_survives_a_restart(granted: Deployment) -> None:
    def state() -> tuple[str, str]:
        return granted.accounts("getRole", "eoc"), granted.accounts("getClient", "admin")

    before = state()
    again = granted.grant()
    assert (again.returncode, again.stdout) == (0, "")
    assert state() == before
    granted.broker.stop()
    granted.broker.restart()
    again = granted.grant()
    assert (again.returncode, again.stdout) == (0, "")
    with granted.product() as product:
        assert product.publish(topics.ack("phuoc-long")) == NOBODY_LISTENS


def test_a_grant_that_broke_off_is_completed(fresh: Deployment) -> None:
    fresh.accounts("createRole", "eoc")
    fresh.accounts("addRoleACL", "eoc", "publishClientSend", "eoc/v1/+/ack", "allow")
    done = fresh.grant()
    assert done.returncode == 0, done.stderr
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["addRoleACL", "eoc", "publishClientSend"],
        ["addRoleACL", "eoc", "publishClientReceive"],
        ["addRoleACL", "eoc", "subscribePattern"],
        ["addRoleACL", "eoc", "subscribePattern"],
        ["addClientRole", "admin", "eoc"],
    ]


def test_a_wrong_password_is_a_failure_that_is_told(fresh: Deployment) -> None:
    """mosquitto_ctrl itself ends with 0 then; the product would start without its rights."""
    done = fresh.grant(password="wrong")
    assert done.returncode == 1
    assert "publishClientSend eoc/v1/+/ack" in done.stderr


def test_no_command_line_carries_the_password(fresh: Deployment, tmp_path: Path) -> None:
    """Every process of a machine can read the command lines of the others: each program here notes its own."""
    noted = tmp_path / "noted"
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("mosquitto", "mosquitto_ctrl", "awk", "grep"):
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {noted}\n', "utf-8")
        (programs / name).chmod(0o755)
    assert fresh.grant(path=str(programs)).returncode == 0  # this awk finds everything granted
    fresh.run("sh", str(DEVICE), "phuoc-long", path=str(programs))
    start = fresh.run("sh", str(START), "-c", "mosquitto.conf", path=str(programs))
    assert start.returncode == 0, start.stderr
    said = noted.read_text("utf-8")
    assert all(f"programs/{name} " in said for name in ("mosquitto", "mosquitto_ctrl", "awk"))
    assert fresh.broker.password not in said
    assert not re.search("[0-9a-f]{30}", said), "the password of the device"
