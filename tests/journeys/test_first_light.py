"""From an MQTT reading to a case on the screen and an approved SMS, with everything real."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.product import PASSWORD, Product, running, seen
from tests.tapes import armley_file

BROKERS = ["mosquitto", "iotcore"]


def gauge(**thresholds: float) -> dict[str, Any]:
    return {
        "name": "Armley",
        "kind": "river",
        "area": "25216",
        "thresholds": thresholds,
        "rules": {"min_duration_s": 600, "hysteresis_m": 0.05},
    }


@pytest.mark.timeout(400)
@pytest.mark.parametrize("broker", BROKERS)
def test_the_real_tape_opens_exactly_one_case(tmp_path: Path, broker: str) -> None:
    """Or its drawing, where it is absent (tests/tapes.py)."""
    tape = armley_file(tmp_path)
    with running(tmp_path / "data", "--clock", "data", EOC_MQTT_BROKER=broker) as product, product.client() as admin:
        admin.put("/stations/aire", json=gauge(bd1=3.9)).raise_for_status()
        done = product.run("simulate", str(tape), "--station", "aire", "--json", "--mqtt", product.mqtt_url)
        published = json.loads(done.stdout)["published"]
        seen(lambda: product.metric("eoc_readings_accepted_total"), lambda count: count == published, 240)
        (case,) = admin.get("/incidents").json()["items"]
        assert case["observed_at"] == "2015-12-26T10:15:00Z"
        assert case["decided_at"] == "2015-12-26T10:30:00Z"
        assert case["stood_down_at"] == "2015-12-27T18:45:00Z"
        assert (case["state"], case["outcome"]) == ("closed", "resolved")
        timeline = admin.get(f"/incidents/{case['id']}").json()["timeline"]
        assert timeline[0]["onset"] == "2015-12-26T10:15:00Z"
        assert timeline[0]["decided_by"] == "2015-12-26T10:30:00Z"
        audit = product.run("audit", "verify")
        assert json.loads(audit.stdout)["ok"] is True


def reading(at: datetime, value: float, seq: int) -> bytes:
    return json.dumps({"ts": at.isoformat(), "seq": seq, "data": {"water_level_m": value}}).encode()


def send(product: Product, station: str, start: datetime, values: list[float]) -> None:
    """Five minutes between readings, through the product's own broker."""
    lines = "\n".join(
        json.dumps({"station": station, **json.loads(reading(start + timedelta(minutes=5 * i), value, i))})
        for i, value in enumerate(values)
    )
    folder = product.folder.parent / f"spool-{station}"
    product_run = product.run("gateway", "--mqtt", product.mqtt_url, "--spool", str(folder), given=lines + "\n")
    assert product_run.returncode == 0


async def first_event(product: Product, token: str, kind: str, after: int) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{product.port}/api/v1/live?after={after}"
    async with asyncio.timeout(30), connect(url, additional_headers=headers) as socket:
        async for text in socket:
            message: dict[str, Any] = json.loads(text)
            if message["type"] == "event" and message["kind"] == kind:
                return message
    raise AssertionError(kind)


def test_a_river_rises_two_people_approve_and_the_phones_show_it(tmp_path: Path) -> None:
    with running(tmp_path / "data") as product:
        for name, role in (("an", "operator"), ("binh", "supervisor")):
            product.add_user(name, role)
        with product.client() as admin, product.client("an") as operator, product.client("binh") as supervisor:
            station = "be-phuoc-long"
            thresholds = admin.get(f"/stations/{station}").json()["thresholds"]
            base = thresholds["bd1"]
            seq = int(operator.get("/incidents").headers["EOC-Seq"])
            start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)
            above = thresholds["bd2"] + 0.1
            send(product, station, start, [base - 1, base - 1, base - 1, *[above] * 7])
            token = operator.headers["Authorization"].removeprefix("Bearer ")
            event = asyncio.run(first_event(product, token, "incident.opened", seq))
            case = operator.get(f"/incidents/{event['subject']}").json()
            assert case["station"] == station
            assert case["level"] >= 3

            taken = operator.post(f"/incidents/{case['id']}/acknowledge", json={"expected_version": case["version"]})
            assert taken.json()["acknowledged_by"] == "an"

            drafts = seen(lambda: operator.get("/warnings?state=draft").json()["items"], bool)
            warning = drafts[0]
            assert warning["incident"] == case["id"]
            assert warning["drafted_by"] == "system"
            assert "Bình Phước" in warning["text"]["vi"]
            count = warning["audience"]["count"]
            assert count > 0

            path = f"/warnings/{warning['id']}"
            submitted = operator.post(f"{path}/submit", json={"expected_version": warning["version"]}).json()
            body = {"expected_version": submitted["version"], "confirm_count": count}
            assert operator.post(f"{path}/approve", json=body).status_code == 403
            wrong = supervisor.post(f"{path}/approve", json={**body, "confirm_count": count + 1})
            assert wrong.status_code in {403, 409}
            assert supervisor.post(f"{path}/approve", json=body).status_code == 200

            sent = seen(lambda: supervisor.get(path).json(), lambda each: each["state"] == "sent", 90)
            assert sent["counts"]["sent"] + sent["counts"]["delivered"] == count
            messages = httpx_items(supervisor, "/providers/console/messages", 500)
            assert len(messages) == count
            assert all("•" in message["to"] for message in messages)
            assert warning["text"]["vi_plain"] in {message["body"] for message in messages}
            assert PASSWORD not in product.log.read_text()
            timeline = operator.get(f"/incidents/{case['id']}").json()
            assert [each["id"] for each in timeline["warnings"]] == [warning["id"]]


def httpx_items(client: httpx.Client, path: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(path, params={"limit": limit}).json()["items"]
    return items


def test_a_second_product_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "data") as product:
        second = product.run("run", "--port", "0", check=False)
        assert second.returncode == 1
        assert "in use" in second.stderr


def test_roles_need_shared_parts(tmp_path: Path) -> None:
    product = Product(tmp_path / "data")
    refused = product.run("run", "--roles", "web", check=False)
    assert refused.returncode == 2
    assert "EOC_DATABASE_URL" in refused.stderr
