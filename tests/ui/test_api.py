"""The HTTP contract: shapes, errors that say what and why, lists, versions."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from eoc.model import Observation, Refusal
from tests.ui.conftest import Desk

START = datetime(2026, 11, 1, tzinfo=UTC)
GAUGE = {
    "name": "Trạm thử",
    "kind": "river",
    "thresholds": {"bd1": 3.0, "bd2": 3.9, "bd3": 4.8},
    "rules": {"min_duration_s": 600, "hysteresis_m": 0.05},
}


async def flood(desk: Desk, station: str = "thu", values: tuple[float, ...] = (2.0, 3.2, 3.3, 3.4)) -> dict[str, Any]:
    """A station in flood; returns its case."""
    await desk["admin"].put(f"/api/v1/stations/{station}", json=GAUGE)
    records = [
        Observation(station, START + timedelta(minutes=15 * i), {"water_level_m": value}, START, seq=i)
        for i, value in enumerate(values)
    ]
    await desk.parts.engine.observe(records)
    (case,) = (await desk["operator"].get("/api/v1/incidents?state=open")).json()["items"]
    found: dict[str, Any] = case
    return found


async def test_a_flood_is_listed_shown_and_explained(desk: Desk) -> None:
    case = await flood(desk)
    assert (case["level"], case["state"], case["hazard"]) == (2, "new", "river_flood")
    assert case["observed_at"] == "2026-11-01T00:15:00Z"
    assert case["decided_at"] == "2026-11-01T00:30:00Z"
    assert case["title"]["vi"] == "Lũ vượt BĐ1 tại Trạm thử"
    answer = await desk["operator"].get(f"/api/v1/incidents/{case['id']}")
    whole = answer.json()
    assert int(answer.headers["EOC-Seq"]) >= whole["timeline"][-1]["seq"]
    assert whole["evidence"][0]["reasons"][0]["code"] == "reason.level_at_or_above"
    assert [line["kind"] for line in whole["timeline"]] == ["incident.opened"]
    assert whole["timeline"][0]["onset"] == "2026-11-01T00:15:00Z"


async def test_acknowledging_twice_gives_409_with_the_case(desk: Desk) -> None:
    case = await flood(desk)
    path, body = f"/api/v1/incidents/{case['id']}/acknowledge", {"expected_version": case["version"]}
    first = await desk["operator"].post(path, json=body)
    second = await desk["dispatcher"].post(path, json=body)
    assert first.json()["acknowledged_by"] == "operator"
    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["current"]["acknowledged_by"] == "operator"


async def test_an_official_bulletin_stands_above_our_reference(desk: Desk) -> None:
    case = await flood(desk)
    path = f"/api/v1/incidents/{case['id']}/bulletin"
    body = {"expected_version": case["version"], "level": 3, "text": "Đài KTTV, tin lũ số 12"}
    told = (await desk["operator"].post(path, json=body)).json()
    assert (told["official_level"], told["risk_reference"], told["level"]) == (3, None, case["level"])
    whole = (await desk["operator"].get(f"/api/v1/incidents/{case['id']}")).json()
    assert whole["timeline"][-1]["params"]["text"] == "Đài KTTV, tin lũ số 12"
    wrong = await desk["operator"].post(path, json={**body, "expected_version": told["version"], "level": 0})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid.official_level")


async def test_fifty_people_acknowledge_and_one_wins(desk: Desk) -> None:
    case = await flood(desk)
    path, body = f"/api/v1/incidents/{case['id']}/acknowledge", {"expected_version": case["version"]}
    answers = await asyncio.gather(*(desk["operator"].post(path, json=body) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49


async def test_lists_page_and_filter(desk: Desk) -> None:
    for number in range(5):
        body = {"hazard": "fire", "title": f"Cháy {number}", "level": number, "area": "25216"}
        assert (await desk["operator"].post("/api/v1/incidents", json=body)).status_code == 201
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await desk["operator"].get(f"/api/v1/incidents?limit=2{cursor and '&cursor=' + cursor}")).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [5, 4, 3, 2, 1]
    by_district = await desk["operator"].get("/api/v1/incidents?area=688&min_level=3&hazard=fire")
    assert [item["level"] for item in by_district.json()["items"]] == [4, 3]
    refused = await desk["operator"].get("/api/v1/incidents?state=sleeping")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid.state")


async def test_what_a_person_typed_comes_back_as_text(desk: Desk) -> None:
    title = "<svg onload=alert(1)> =HYPERLINK('x') đường ngập"
    made = await desk["operator"].post("/api/v1/incidents", json={"hazard": "other", "title": title})
    assert made.json()["title"]["vi"] == title
    assert made.headers["content-security-policy"].startswith("default-src 'self'")


async def test_a_station_is_checked_before_it_is_taken(desk: Desk) -> None:
    bad: list[dict[str, Any]] = [
        {**GAUGE, "thresholds": {"bd1": 3.0, "bd2": 2.0}},
        {**GAUGE, "rules": {"speed": 1}},
        {**GAUGE, "lon": 106.9},
        {**GAUGE, "lon": 11.8, "lat": 106.9},
        {**GAUGE, "area": "00000"},
        {**GAUGE, "kind": "oracle"},
        {**GAUGE, "surprise": True},
    ]
    for body in bad:
        answer = await desk["admin"].put("/api/v1/stations/thu", json=body)
        assert answer.status_code == 422, body
    assert (await desk["admin"].put("/api/v1/stations/a%20b", json=GAUGE)).status_code == 422
    assert (await desk["operator"].get("/api/v1/stations/thu")).status_code == 404
    good = await desk["admin"].put("/api/v1/stations/thu", json={**GAUGE, "lon": 107.0008, "lat": 11.8499})
    assert good.json()["area"]
    assert good.json()["version"] == 1


async def test_observations_raw_and_in_buckets(desk: Desk) -> None:
    await flood(desk)
    base = "/api/v1/stations/thu/observations"
    raw = (await desk["operator"].get(f"{base}?property=water_level_m&limit=3")).json()
    assert [item["value"] for item in raw["items"]] == [2.0, 3.2, 3.3]
    rest = (await desk["operator"].get(f"{base}?cursor={raw['next']}")).json()
    assert [item["value"] for item in rest["items"]] == [3.4]
    hourly = (await desk["operator"].get(f"{base}?every=1h&from=2026-11-01T00:00:00Z&to=2026-11-01T02:00:00Z")).json()
    assert hourly["items"] == [
        {
            "property": "water_level_m",
            "observed_at": "2026-11-01T00:00:00Z",
            "min": 2.0,
            "max": 3.4,
            "avg": 2.975,
            "n": 4,
        }
    ]
    assert (await desk["operator"].get(f"{base}?every=soon")).json()["code"] == "invalid.every"


async def test_quarantine_shows_what_came(desk: Desk) -> None:
    await desk.parts.engine.observe([], [Refusal("json_invalid", {}, "eoc/v1/a/obs", b"\xff{", START, "a")])
    (item,) = (await desk["supervisor"].get("/api/v1/quarantine")).json()["items"]
    assert (item["code"], base64.b64decode(item["raw"])) == ("json_invalid", b"\xff{")


async def test_areas_carry_levels_and_the_pack_is_public(desk: Desk) -> None:
    body = {"hazard": "fire", "title": "Cháy", "level": 3, "area": "25216"}
    await desk["operator"].post("/api/v1/incidents", json=body)
    collection = (await desk["operator"].get("/api/v1/areas?kind=commune")).json()
    assert len(collection["features"]) == 111
    levels = {each["properties"]["code"]: each["properties"]["level"] for each in collection["features"]}
    assert (levels["25216"], levels["25217"]) == (3, 0)
    assert (await desk.nobody.get("/api/v1/pack")).json()["id"] == "binh-phuoc"


async def test_the_journal_hides_what_belongs_to_the_audit(desk: Desk) -> None:
    await flood(desk)
    plain = (await desk["operator"].get("/api/v1/journal?limit=10000")).json()["items"]
    audit = (await desk["supervisor"].get("/api/v1/audit?limit=10000")).json()["items"]
    assert {item["kind"].split(".")[0] for item in plain} >= {"incident", "station"}
    assert not {item["kind"].split(".")[0] for item in plain} & {"access", "user", "config", "pack"}
    assert {item["kind"].split(".")[0] for item in audit} >= {"access", "user", "pack"}
    assert [item["seq"] for item in audit] == list(range(1, len(audit) + 1))


async def test_problems_name_the_field_and_unknown_addresses_are_told(desk: Desk) -> None:
    answer = await desk["operator"].post("/api/v1/incidents", json={"title": "x", "level": 9})
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"body.hazard", "body.level"}
    assert (await desk["operator"].get("/api/v1/nothing")).status_code == 404
    huge = await desk["operator"].post("/api/v1/incidents", content=b"x" * 1_000_001)
    assert huge.status_code == 413


async def test_a_wrong_password_and_a_wrong_name_look_the_same(desk: Desk) -> None:
    answers = [
        await desk.nobody.post("/api/v1/auth/login", json={"username": name, "password": "wrong-password"})
        for name in ("operator", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()


async def test_a_body_of_unknown_length_is_refused(desk: Desk) -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield b"{}"

    answer = await desk["operator"].post("/api/v1/incidents", content=drops())
    assert (answer.status_code, answer.json()["code"]) == (411, "http.411")
