"""What `eoc doctor` says of broker and devices, on real brokers."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eoc.bus import LocalBus
from eoc.model import Station
from eoc.store import kept, open_store
from eoc.store import stations as station_store
from sensors.rights import Account
from sensors.store import devices as rows
from tests.house.broker import Deployment
from tests.services.mqtt import Mosquitto
from ui.commands.doctor_devices import Found, look
from ui.migrations import upgrade
from ui.settings import Settings

NOW = datetime(2026, 10, 1, tzinfo=UTC)


async def found(settings: Settings) -> dict[str, Found]:
    return {each.name: each async for each in look(settings)}


async def test_an_external_broker_with_accounts_is_well_but_its_log_is_needed(tmp_path: Path) -> None:
    deployment = await asyncio.to_thread(Deployment, tmp_path)
    try:
        url = f"mqtt://admin:{deployment.broker.password}@127.0.0.1:{deployment.broker.port}"
        settings = Settings(data_dir=tmp_path, mqtt_url=url)
        before = await found(settings)
        assert (before["broker"].state, "lacks its topics" in before["broker"].detail) == ("ok", True)
        await deployment.accounts().prepare()
        after = await found(settings)
        assert (after["broker"].state, after["broker"].detail) == (
            "ok",
            "external, each device is held to its own topics",
        )
        assert (after["broker log"].state, "log_type debug" in after["broker log"].advice) == ("warn", True)
        wrong = await found(Settings(data_dir=tmp_path, mqtt_url=url.replace("admin:", "admin:x")))
        assert "refused.broker_login" in wrong["broker"].detail
    finally:
        deployment.broker.stop()


async def test_an_external_broker_without_accounts_says_what_to_do(tmp_path: Path, mosquitto: Mosquitto) -> None:
    settings = Settings(data_dir=tmp_path, mqtt_url=mosquitto.url)
    broker = (await found(settings))["broker"]
    assert (broker.state, "refused.no_dynsec" in broker.detail) == ("warn", True)
    assert "mosquitto_dynamic_security.so" in broker.advice


async def test_the_brokers_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broker(**changes: object) -> Found:
        return asyncio.run(found(Settings(data_dir=tmp_path, **changes)))["broker"]  # type: ignore[arg-type]

    assert (await asyncio.to_thread(broker)).state == "ok"
    assert "iotcore" in (await asyncio.to_thread(lambda: broker(mqtt_broker="iotcore"))).detail
    assert "in the clear" in (await asyncio.to_thread(lambda: broker(mqtt_host="0.0.0.0"))).advice
    monkeypatch.setattr("sensors.broker.accounts.find_plugin", lambda: None)
    assert "without its dynamic-security plugin" in (await asyncio.to_thread(broker)).detail
    monkeypatch.setattr("sensors.broker.find_mosquitto", lambda: None)
    assert "install Mosquitto" in (await asyncio.to_thread(broker)).advice


async def test_lost_credentials_and_silent_devices_are_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, mqtt_broker="iotcore")
    await upgrade(settings.url)
    assert (await found(settings))["credentials"].detail == "0 issued"
    async with open_store(settings.url, LocalBus()) as store, store.write() as unit:
        await station_store.put(unit.connection, Station("a", "A", "river"))
        await rows.put_credential(
            unit.connection, rows.Credential(Account.of_device("a"), NOW, "admin", enforced=True, state=rows.LOST)
        )
        await rows.put_watch(unit.connection, {"a": {"state": "silent"}, "b": {"state": "online"}})
        await rows.add_ticket(unit.connection, rows.Ticket("t", "station", "a", "silent", "high", NOW, None))
    told = await found(settings)
    assert (told["credentials"].state, "device-a" in told["credentials"].detail) == ("fail", True)
    assert told["devices"].detail == "2 heard of, 1 silent: a; 1 tickets"
    assert told["devices"].advice == "1 of them urgent"
    async with open_store(settings.url, LocalBus()) as store, store.write() as unit:
        await rows.forget_credentials(unit.connection, ["device-a"])
        await kept.put(unit.connection, "mqtt_accounts", {"unknown": ["device-zz"]})
    assert "device-zz" in (await found(settings))["credentials"].detail
