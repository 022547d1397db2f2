"""Devices over the API, with a real Mosquitto behind it: credentials, gateways, refusals, maintenance, the sheet."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from eoc.clock import iso, wall_now
from eoc.store import journal_log
from eoc.store import stations as station_store
from sensors.address import BrokerAddress
from tests.devices.conftest import mosquitto
from tests.devices.thief import is_let_in, peer
from tests.sensors.field import PATIENCE_S, until
from ui.app import create_app
from ui.settings import Settings
from ui.wiring import App, build

PASSWORD = "mat-khau-thu"
STATION = "be-phuoc-long"


class Room:
    """A product with its broker and loops, and clients for two people."""

    def __init__(self, app: App, admin: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
        self.app, self.admin, self.operator = app, admin, operator
        self.parts = app.parts

    def at(self, credential: dict[str, Any]) -> BrokerAddress:
        assert self.app.broker is not None
        return BrokerAddress("127.0.0.1", self.app.broker.port, credential["username"], credential["password"])

    async def issue(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.admin.post(f"{path}/credential", json=body or None)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def events(self, *kinds: str) -> list[Any]:
        async with self.parts.store.read() as connection:
            return [each for each in await journal_log.read_after(connection, 0, 10_000) if each.kind in kinds]

    async def event(self, kind: str) -> Any:
        """The first of its kind, waited for."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await self.events(kind)):
                await asyncio.sleep(0.05)
        return found[0]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder with two people logged in, made once: hashing passwords is slow on purpose."""
    folder = tmp_path_factory.mktemp("prepared")
    tokens: dict[str, str] = {}

    async def _prepare() -> None:
        settings = Settings(data_dir=folder, admin_password=SecretStr(PASSWORD), mqtt_url="mqtt://127.0.0.1:9")
        async with build(settings) as app:
            accounts = app.parts.accounts
            await accounts.create("operator", "operator", PASSWORD)
            for name in ("admin", "operator"):
                tokens[name], _ = await accounts.login(name, PASSWORD, cookie=False)

    asyncio.run(_prepare())
    return folder, tokens


@pytest.fixture
def folder(tmp_path: Path, prepared: tuple[Path, dict[str, str]]) -> Path:
    shutil.copytree(prepared[0], tmp_path / "data")
    return tmp_path / "data"


@asynccontextmanager
async def open_room(folder: Path, tokens: dict[str, str], **changes: Any) -> AsyncIterator[Room]:
    broker = mosquitto()
    chosen = {
        "data_dir": folder, "clock": "wall", "admin_password": SecretStr(PASSWORD), "mqtt_port": broker.mqtt_port,
        "mqtt_v5_port": broker.mqtt_v5_port, "mqtt_broker": "mosquitto", **changes,
    }  # fmt: skip
    async with build(Settings(**chosen)) as app:
        running = asyncio.create_task(app.run())
        transport = httpx.ASGITransport(create_app(app.parts))
        clients = []
        for name in ("admin", "operator"):
            headers = {"Authorization": f"Bearer {tokens[name]}"}
            clients.append(httpx.AsyncClient(transport=transport, base_url="http://eoc.test/api/v1", headers=headers))
        await until(lambda: app.parts.broker()["connected"])
        try:
            yield Room(app, *clients)
        finally:
            for client in clients:
                await client.aclose()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def room(folder: Path, prepared: tuple[Path, dict[str, str]]) -> AsyncIterator[Room]:
    async with open_room(folder, prepared[1]) as made:
        yield made


async def test_a_credential_is_shown_once_and_replaces_the_old_one(room: Room) -> None:
    first = await room.issue(f"/stations/{STATION}")
    assert first["enforced"] is True
    assert first["username"] == f"device-{STATION}"
    second = await room.issue(f"/stations/{STATION}")
    assert first["username"] == second["username"]
    assert first["password"] != second["password"]
    assert not await asyncio.to_thread(is_let_in, room.at(first))
    assert await asyncio.to_thread(is_let_in, room.at(second))
    issued = await room.events("config.credential_issued")
    assert [(each.subject, each.actor, each.data["enforced"]) for each in issued] == [(STATION, "admin", True)] * 2
    everything = json.dumps([dict(each.data) for each in issued])
    assert first["password"] not in everything
    board = (await room.operator.get("/devices")).json()["items"]
    shown = next(each for each in board if each["station"] == STATION)["credential"]
    assert (shown["username"], shown["enforced"], shown["state"]) == (f"device-{STATION}", True, "active")
    assert "password" not in json.dumps(board)


async def test_a_reading_of_the_credential_arrives_and_is_acknowledged(room: Room) -> None:
    address = room.at(await room.issue(f"/stations/{STATION}"))
    payload = {"ts": iso(wall_now()), "seq": 7, "data": {"water_level_m": 114.0}, "q": {"battery_v": 12.4, "rssi": -71}}

    def sending() -> bytes:
        with peer(address) as gauge:
            gauge.subscribe(f"eoc/v1/{STATION}/ack")
            gauge.publish_and_wait(f"eoc/v1/{STATION}/obs", json.dumps(payload).encode())
            return gauge.arrived.get(timeout=PATIENCE_S)[1]

    assert json.loads(await asyncio.to_thread(sending))["seq"] == [[7, 7]]
    station = (await room.operator.get(f"/stations/{STATION}")).json()
    assert station["health"]["battery_v"] == 12.4
    assert station["health"]["last_seen_at"] is not None

    async with asyncio.timeout(PATIENCE_S):
        while (await room.operator.get(f"/stations/{STATION}")).json()["health"]["state"] != "online":
            await asyncio.sleep(0.05)


async def test_three_refusals_are_a_security_alert(room: Room) -> None:
    address = room.at(await room.issue(f"/stations/{STATION}"))

    def trying(times: int) -> None:
        with peer(address, "3.1.1") as thief:
            for number in range(times):
                thief.publish_and_wait(f"eoc/v1/be-can-don/{('obs', 'ack', 'cmd')[number % 3]}", b"{}")

    await asyncio.to_thread(trying, 3)
    alert = await room.event("system.security_alert")
    assert (alert.subject, alert.data["code"]) == (STATION, "mqtt.alert_publish")
    assert alert.data["params"] == {"username": f"device-{STATION}", "count": 3}
    # Nothing that a stranger wrote is in the journal, which cannot be erased.
    assert "be-can-don" not in json.dumps(dict(alert.data))
    board = (await room.operator.get("/devices")).json()["items"]
    refusal = next(each for each in board if each["station"] == STATION)["last_refusal"]
    assert (refusal["what"], refusal["count"]) == ("publish", 3)
    # Going on is told again only later.
    await asyncio.to_thread(trying, 10)
    await until_count(room, STATION, 13)
    assert len(await room.events("system.security_alert")) == 1


async def until_count(room: Room, station: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            board = (await room.operator.get("/devices")).json()["items"]
            refusal = next(each for each in board if each["station"] == station)["last_refusal"]
            if refusal["count"] == count:
                return
            await asyncio.sleep(0.05)


async def test_wrong_passwords_are_a_security_alert(room: Room) -> None:
    issued = await room.issue(f"/stations/{STATION}")

    def knocking() -> None:
        for number in range(3):
            assert not is_let_in(room.at({**issued, "password": f"guess {number}"}))

    await asyncio.to_thread(knocking)
    alert = await room.event("system.security_alert")
    assert (alert.subject, alert.data["code"]) == ("mqtt", "mqtt.alert_login")


async def test_a_gateway_has_a_credential_for_its_stations(room: Room) -> None:
    issued = await room.issue("/gateways/gw-song-be", stations=["be-can-don", "be-long-binh", "be-can-don"])
    assert (issued["username"], issued["enforced"]) == ("gateway-gw-song-be", True)
    found = {each["id"]: each for each in (await room.operator.get("/gateways")).json()["items"]}
    assert found["gw-song-be"]["stations"] == ["be-can-don", "be-long-binh"]
    assert found["gw-song-be"]["credential"]["username"] == "gateway-gw-song-be"
    board = {each["station"]: each for each in (await room.operator.get("/devices")).json()["items"]}
    assert board["be-can-don"]["gateway"] == "gw-song-be"
    assert board["be-can-don"]["credential"]["username"] == "gateway-gw-song-be"
    for body, code in (
        ({"stations": []}, "invalid.request"),
        ({"stations": ["no-such"]}, "not_found.station"),
        ({}, "invalid.request"),
    ):
        answer = await room.admin.post("/gateways/g2/credential", json=body)
        assert answer.json()["code"] == code


async def test_a_source_has_a_credential_for_its_topics(room: Room) -> None:
    sources = room.parts.pack.sources
    assert sources, "the demo pack declares one"
    issued = await room.issue(f"/sources/{sources[0].id}")
    assert (issued["username"], issued["enforced"]) == (f"source-{sources[0].id}", True)
    assert (await room.admin.post("/sources/no-such/credential")).json()["code"] == "not_found.source"


async def test_a_credential_can_be_withdrawn(room: Room) -> None:
    issued = await room.issue(f"/stations/{STATION}")
    assert (await room.admin.delete(f"/stations/{STATION}/credential")).status_code == 204
    assert not await asyncio.to_thread(is_let_in, room.at(issued))
    assert (await room.admin.delete(f"/stations/{STATION}/credential")).json()["code"] == "not_found.credential"
    assert [each.subject for each in await room.events("config.credential_withdrawn")] == [STATION]


async def test_a_station_that_is_gone_takes_its_account_along(room: Room) -> None:
    answer = await room.admin.put("/stations/tam-thoi", json={"name": "Tạm thời", "kind": "river"})
    assert answer.status_code == 200, answer.text
    issued = await room.issue("/stations/tam-thoi")
    async with room.parts.store.write() as unit:
        await station_store.remove(unit.connection, "tam-thoi")
    await room.parts.devices.reconcile()
    assert not await asyncio.to_thread(is_let_in, room.at(issued))
    assert [each.subject for each in await room.events("config.credential_withdrawn")] == ["tam-thoi"]


async def test_the_books_are_compared_with_the_broker_at_every_start(
    folder: Path, prepared: tuple[Path, dict[str, str]]
) -> None:
    tokens = prepared[1]
    async with open_room(folder, tokens) as room:
        issued = await room.issue(f"/stations/{STATION}")
        await room.issue("/stations/be-can-don")
    async with open_room(folder, tokens) as room:
        assert await asyncio.to_thread(is_let_in, room.at(issued))
        assert await room.events("config.credential_lost") == []
    accounts = folder / "broker" / "dynamic-security.json"
    held = json.loads(accounts.read_text())
    held["clients"] = [each for each in held["clients"] if each["username"] != f"device-{STATION}"]
    accounts.write_text(json.dumps(held))
    async with open_room(folder, tokens) as room:
        assert (await room.event("config.credential_lost")).subject == STATION
        ticket = await room.event("station.ticket_opened")
        assert (ticket.subject, ticket.data["ticket_kind"]) == (STATION, "credential")
        await room.issue(f"/stations/{STATION}")
        assert (await room.event("station.ticket_closed")).subject == STATION


async def test_maintenance_is_announced_and_ended(room: Room) -> None:
    until_ = iso(wall_now() + timedelta(hours=2))
    answer = await room.operator.put(f"/stations/{STATION}/maintenance", json={"to": until_, "reason": "Thay ắc-quy"})
    assert (answer.status_code, answer.json()["by"]) == (200, "operator")
    board = {each["station"]: each for each in (await room.operator.get("/devices")).json()["items"]}
    assert (board[STATION]["state"], board[STATION]["maintenance"]["reason"]) == ("maintenance", "Thay ắc-quy")
    events = await room.events("station.maintenance_set")
    assert "ắc-quy" not in json.dumps(dict(events[0].data), ensure_ascii=False)
    assert (await room.operator.delete(f"/stations/{STATION}/maintenance")).status_code == 204
    assert (await room.operator.delete(f"/stations/{STATION}/maintenance")).status_code == 404
    answer = await room.operator.put(
        f"/stations/{STATION}/maintenance", json={"from": until_, "to": iso(wall_now()), "reason": "x"}
    )
    assert answer.json()["code"] == "invalid.maintenance_inverted"


def qr_cards(text: str) -> list[str]:
    return re.findall(r'<section class="card">(.*?)</section>', text, re.DOTALL)


async def test_the_sheet_shows_passwords_only_when_it_makes_them(room: Room) -> None:
    wanted = [STATION, "be-can-don"]
    plain = await room.operator.get("/devices/sheet", params={"stations": ",".join(wanted)})
    assert plain.headers["content-type"].startswith("text/html")
    assert "chưa cấp" in plain.text
    assert len(qr_cards(plain.text)) == 2
    fresh = await room.admin.post("/devices/sheet", json={"stations": wanted})
    cards = qr_cards(fresh.text)
    for station, card in zip(wanted, cards, strict=True):
        codes = [unescape(each) for each in re.findall(r"<code>(.*?)</code>", card)]
        assert {station, f"eoc/v1/{station}/obs", f"device-{station}"} <= set(codes)
        found = [
            await asyncio.to_thread(is_let_in, room.at({"username": f"device-{station}", "password": each}))
            for each in codes
        ]
        assert sum(found) == 1
    again = await room.operator.get("/devices/sheet", params={"stations": ",".join(wanted)})
    assert not any(
        code in again.text for code in re.findall(r'class="secret"><td>[^<]*</td><td><code>(.*?)</code>', fresh.text)
    )
    assert "style-src 'sha256-" in again.headers["content-security-policy"]
    assert (await room.operator.post("/devices/sheet", json={"stations": wanted})).status_code == 403
    assert (await room.operator.get("/devices/sheet", params={"stations": "no-such"})).json()["code"] == "invalid.sheet"


async def test_without_the_plugin_the_shared_credential_is_told_as_such(
    folder: Path, prepared: tuple[Path, dict[str, str]]
) -> None:
    async with open_room(folder, prepared[1], mqtt_broker="iotcore") as room:
        issued = await room.issue(f"/stations/{STATION}")
        other = await room.issue("/stations/be-can-don")
        assert issued == other
        assert issued["enforced"] is False
        assert room.parts.broker()["enforced"] is False
        sheet = await room.admin.post("/devices/sheet", json={"stations": [STATION]})
        assert "dùng chung" in sheet.text


async def test_a_demo_is_played_by_guests_and_real_credentials_work_beside(
    folder: Path, prepared: tuple[Path, dict[str, str]]
) -> None:
    async with open_room(folder, prepared[1], demo=True, clock="data") as room:
        issued = await room.issue(f"/stations/{STATION}")
        assert issued["enforced"] is True
        assert room.app.broker is not None
        nameless = BrokerAddress("127.0.0.1", room.app.broker.port)

        def guests() -> None:
            with peer(room.app.broker.address) as witness, peer(nameless) as guest:  # type: ignore[union-attr]
                witness.subscribe("#")
                guest.publish(f"eoc/v1/{STATION}/obs")
                guest.publish_and_wait("eoc/v1/be-can-don/obs", b"played")
                assert witness.heard_until("eoc/v1/be-can-don/obs", b"played")[0][1] == b"played"

        await asyncio.to_thread(guests)


async def test_a_station_that_stops_is_shown_silent(room: Room) -> None:
    """On the wall clock, through the broker: the whole road of the watchdog."""
    body = {"name": "Trạm thử", "kind": "river", "rules": {"interval_s": 3}}
    assert (await room.admin.put("/stations/thu", json=body)).status_code == 200
    address = room.at(await room.issue("/stations/thu"))

    def talking() -> None:
        with peer(address) as gauge:
            gauge.subscribe("eoc/v1/thu/ack")
            for seq in range(3):
                payload = {"ts": iso(wall_now()), "seq": seq, "data": {"water_level_m": 1.0 + seq / 100}}
                gauge.publish_and_wait("eoc/v1/thu/obs", json.dumps(payload).encode())
                gauge.arrived.get(timeout=PATIENCE_S)

    await asyncio.to_thread(talking)
    states: list[str] = []
    async with asyncio.timeout(60):
        while "silent" not in states:
            state = (await room.operator.get("/stations/thu")).json()["health"]["state"]
            if state not in states[-1:]:
                states.append(state)
            await asyncio.sleep(0.1)
    assert [each for each in states if each != "unknown"][-2:] == ["late", "silent"]
    await asyncio.to_thread(talking)
    async with asyncio.timeout(PATIENCE_S):
        while (await room.operator.get("/stations/thu")).json()["health"]["state"] != "online":
            await asyncio.sleep(0.1)
