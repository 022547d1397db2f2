"""The product in parts: two ingest processes, the web and dispatch, on PostgreSQL, Redis and Mosquitto."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from sensors.address import BrokerAddress
from sensors.publish import publish
from sensors.simulator.emission import Emission, Pace
from tests.product import Product, pages, seen, until
from tests.services.mqtt import Mosquitto

SECRET = "a-secret-for-this-test-only"
STATIONS = [f"gauge-{number:02}" for number in range(50)]


@pytest.fixture
def parts(tmp_path: Path, postgres_url: str, redis_url: str, mosquitto: Mosquitto) -> Iterator[dict[str, Product]]:
    shared = {
        "EOC_DATABASE_URL": postgres_url,
        "EOC_REDIS_URL": redis_url,
        "EOC_MQTT_URL": mosquitto.url,
        "EOC_SECRET_KEY": SECRET,
    }
    with ExitStack() as stack:
        running: dict[str, Product] = {}
        for name, roles in (("web", "web"), ("one", "ingest"), ("two", "ingest"), ("dispatch", "dispatch")):
            product = Product(tmp_path / name, "--roles", roles, **shared)
            stack.callback(product.kill)
            running[name] = product.start()
        yield running


def send(mosquitto: Mosquitto, minutes_ago: float, value: float, seq: int) -> None:
    """One reading of each gauge, from a device that sends once and listens for nothing."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes_ago)
    emissions = [
        Emission(at, "obs", station, {"ts": at.isoformat(), "seq": seq, "data": {"water_level_m": value}})
        for station in STATIONS
    ]
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(publish(BrokerAddress.parse(mosquitto.url), emissions, Pace(None)))).result()


@pytest.mark.timeout(300)
def test_two_ingest_processes_open_one_case(parts: dict[str, Product], mosquitto: Mosquitto) -> None:
    web = parts["web"]
    with web.client() as admin:
        put_stations(admin)
        start = int(admin.get("/incidents").headers["EOC-Seq"])
        token = admin.headers["Authorization"]
        url = f"ws://127.0.0.1:{web.port}/api/v1/live?after={start}"
        with connect(url, additional_headers={"Authorization": token}) as screen:
            for seq, (minutes_ago, value) in enumerate(((45, 2.0), (30, 3.2), (15, 3.3), (0, 3.3))):
                send(mosquitto, minutes_ago, value, seq)
            kinds = set()
            while "incident.opened" not in kinds:
                message = json.loads(screen.recv(timeout=60))
                kinds.add(message.get("kind"))
        accepted = [parts[name].metric("eoc_readings_accepted_total") for name in ("one", "two")]
        until(lambda: total(parts) == 200, 60, lambda: f"accepted {accepted}")
        assert all(parts[name].metric("eoc_readings_accepted_total") > 0 for name in ("one", "two"))
        (case,) = seen(lambda: pages(admin, "/incidents"), bool)
        assert seen(lambda: admin.get(f"/incidents/{case['id']}").json(), lambda each: each["evidence_count"] == 50)


@pytest.mark.timeout(300)
def test_no_reading_waits_for_a_process_that_is_gone(parts: dict[str, Product], mosquitto: Mosquitto) -> None:
    """A broker goes on giving a dead member its share: its session must find a reader, whoever that is."""
    one, two = parts["one"], parts["two"]
    with parts["web"].client() as admin:
        put_stations(admin)
    send(mosquitto, 60, 1.0, 1)
    until(lambda: total(parts) == 50, 60)
    # Killed and back at once, as a supervisor does it: long before its lease is over.
    one.kill()
    send(mosquitto, 59, 1.0, 2)
    one.start()
    send(mosquitto, 58, 1.0, 3)
    until(lambda: stored(parts) == 150, 60, lambda: f"stored {stored(parts)} of 150")
    # Gone for good, politely and otherwise.
    one.stop()
    send(mosquitto, 57, 1.0, 4)
    until(lambda: stored(parts) == 200, 60, lambda: f"stored {stored(parts)} of 200")
    one.start()
    two.kill()
    send(mosquitto, 56, 1.0, 5)
    until(lambda: stored(parts) == 250, 90, lambda: f"stored {stored(parts)} of 250")


def put_stations(admin: httpx.Client) -> None:
    for number, station in enumerate(STATIONS):
        body = {
            "name": station,
            "river": "song-be",
            "chainage_km": number,
            "thresholds": {"bd1": 3.0},
            "rules": {"min_duration_s": 600},
        }
        admin.put(f"/stations/{station}", json=body).raise_for_status()


def stored(parts: dict[str, Product]) -> int:
    """Readings in the database, as the web process tells it."""
    with parts["web"].client() as admin:
        return sum(len(pages(admin, f"/stations/{station}/observations", limit=100)) for station in STATIONS)


def total(parts: dict[str, Product]) -> float:
    return sum(parts[name].metric("eoc_readings_accepted_total") for name in ("one", "two"))
