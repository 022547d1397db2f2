"""docker-compose.yml as a whole, without containers: its commands, its environment and its health checks, on real
services. What is exchanged are the names of the machines, which here are ports of one."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from eoc.clock import iso
from sensors import topics
from tests.house.broker import NOT_AUTHORIZED, TIMEOUT_S, Deployment, peer
from tests.product import until
from tests.services.children import Child, free_port

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("web", "ingest", "dispatch", "video", "public")
ADMIN_PASSWORD = "mat-khau-thu"


class Rehearsal:
    """The services of the file that are built from it, each a process of its own."""

    def __init__(self, folder: Path, broker: Deployment, postgres_url: str, redis_url: str) -> None:
        self._folder = folder
        self._services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
        self._values = {"EOC_SECRET_KEY": "0" * 48, "EOC_ADMIN_PASSWORD": ADMIN_PASSWORD, "EOC_PACK": "binh-phuoc",
                        "EOC_PUBLIC_URL": "https://eoc.example.vn", "MQTT_ADMIN_PASSWORD": broker.broker.password,
                        "POSTGRES_PASSWORD": "x", "REDIS_PASSWORD": "x"}  # fmt: skip
        self._elsewhere = {
            r"postgresql\+asyncpg://.*": postgres_url,
            r"redis://.*": redis_url,
            r"@mosquitto:1883": f"@{broker.broker.host}:{broker.broker.port}",
        }
        self.ports = {name: free_port() for name in ROLES}

    def environment(self, name: str) -> dict[str, str]:
        """As compose fills it in; what has no value there is left out."""
        filled = {}
        for key, value in self._services[name]["environment"].items():
            if value is None:
                continue
            text = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: self._values[found[1]], str(value))
            for there, here in self._elsewhere.items():
                text = re.sub(there, here, text)
            filled[key] = text
        return {**filled, "PATH": "/usr/bin:/bin", "EOC_DATA_DIR": str(self._folder / name), "HOME": str(self._folder)}

    def command(self, name: str) -> list[str]:
        words = [str(self.ports[name]) if word == "8022" else word for word in self._services[name]["command"]]
        return [sys.executable, "-m", "ui", *words]

    def start(self, name: str) -> Child:
        log = self._folder / f"{name}.log"
        return Child(self.command(name), log=log, environment=self.environment(name), folder=self._folder)

    def migrate(self) -> None:
        words = [sys.executable, "-m", "ui", *self._services["migrate"]["command"]]
        subprocess.run(words, env=self.environment("migrate"), cwd=self._folder, check=True, capture_output=True)

    def healthy(self, name: str) -> bool:
        """What the container's own health check says."""
        kind, _, *arguments = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        words = [word.replace(":8022/", f":{self.ports[name]}/") for word in arguments]
        return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Deployment]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    deployment = Deployment(folder)
    yield deployment
    deployment.broker.stop()


@pytest.mark.timeout(300)
def test_a_reading_goes_from_a_device_to_the_screen_and_back(
    tmp_path: Path, broker: Deployment, postgres_url: str, redis_url: str
) -> None:
    rehearsal = Rehearsal(tmp_path, broker, postgres_url, redis_url)
    station = "be-phuoc-long"
    rehearsal.migrate()
    with ExitStack() as stack:
        for name in ROLES:
            child = rehearsal.start(name)
            stack.callback(child.stop)
            child.wait_until(partial(rehearsal.healthy, name), 60)
        until(lambda: _status(rehearsal, "ingest", "/readyz") == 200, 60, lambda: "ingest is not at the broker")
        issued = _credential(rehearsal, station)
        with peer(broker.broker, issued["username"], issued["password"]) as device:
            assert device.publish(topics.obs("be-can-don")) == NOT_AUTHORIZED
            assert device.subscribe(topics.ack(station)) == 1
            record = {"ts": iso(datetime.now(UTC)), "seq": 1, "data": {"water_level_m": 2.5}}
            assert device.publish(topics.obs(station), json.dumps(record).encode()) == 0
            topic, answer = device.arrived.get(timeout=TIMEOUT_S)
        assert topic == topics.ack(station)
        assert json.loads(answer) == {"boot": "", "seq": [[1, 1]], "errors": []}
        assert _latest(rehearsal, station) == 2.5
        # Alone the web role speaks to people; the others are for the machine room.
        assert [name for name in ROLES if _status(rehearsal, name, "/api/v1/pack") == 200] == ["web"]
        assert {name: _status(rehearsal, name, "/metrics") for name in ROLES} == dict.fromkeys(ROLES, 200)


def _status(rehearsal: Rehearsal, name: str, path: str) -> int:
    return httpx.get(f"http://127.0.0.1:{rehearsal.ports[name]}{path}", timeout=10).status_code


def _latest(rehearsal: Rehearsal, station: str) -> float:
    shown = httpx.get(f"{_api(rehearsal)}/stations/{station}", headers=_login(rehearsal), timeout=30)
    value: float = shown.raise_for_status().json()["latest"]["water_level_m"]["value"]
    return value


def _credential(rehearsal: Rehearsal, station: str) -> dict[str, Any]:
    """As the administrator issues it on the screen: by the role `web`, at a broker that it does not listen to."""
    url = f"{_api(rehearsal)}/stations/{station}/credential"
    issued: dict[str, Any] = httpx.post(url, headers=_login(rehearsal), timeout=30).raise_for_status().json()
    assert issued["enforced"] is True
    return issued


def _api(rehearsal: Rehearsal) -> str:
    return f"http://127.0.0.1:{rehearsal.ports['web']}/api/v1"


def _login(rehearsal: Rehearsal) -> dict[str, str]:
    form = {"username": "admin", "password": ADMIN_PASSWORD}
    answer = httpx.post(f"{_api(rehearsal)}/auth/token", data=form, timeout=30).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
