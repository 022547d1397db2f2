"""The inbox, the impact table and the supervisor's word on an uplift, over HTTP."""

from datetime import timedelta
from typing import Any

import httpx

from eoc.clock import iso, wall_now
from tests.ui.conftest import Desk

STATION = "be-long-binh"


def given(**more: Any) -> dict[str, Any]:
    issued = wall_now() - timedelta(minutes=10)
    body = {"number": "07/TLŨ", "issuer": "Đài KTTV", "hazard": "river_flood", "official_level": 3, "areas": ["25240"]}
    return {**body, "issued_at": iso(issued), "next_due_at": iso(issued + timedelta(hours=6)), **more}


async def test_a_bulletin_and_its_file_come_back_as_they_were(desk: Desk) -> None:
    client: httpx.AsyncClient = desk["operator"]
    made = await client.post("/api/v1/bulletins", json=given())
    assert made.status_code == 201, made.text
    bulletin = made.json()
    assert (bulletin["state"], bulletin["official_level"], bulletin["overdue"]) == ("current", 3, False)
    path = f"/api/v1/bulletins/{bulletin['id']}/file"
    scan = b"%PDF-1.4 " + b"x" * 2_000_000
    put = await client.put(path, params={"name": "tin số 7.pdf"}, content=scan)
    assert put.status_code == 201, put.text
    back = await client.get(path)
    assert back.content == scan
    assert back.headers["content-disposition"].startswith("attachment;")
    listed = (await client.get("/api/v1/bulletins", params={"state": "current"})).json()["items"]
    assert [each["file"]["type"] for each in listed] == ["application/pdf"]


async def test_what_cannot_be_is_refused_with_what_and_why(desk: Desk) -> None:
    client = desk["operator"]
    cases = [
        (given(areas=["99999"]), "invalid.area"),
        (given(issued_at=iso(wall_now() + timedelta(hours=1)), next_due_at=None), "invalid.in_future"),
        (given(next_due_at=iso(wall_now() - timedelta(days=1))), "invalid.bulletin_times"),
        (given(official_level=6), "invalid.request"),
    ]
    for body, code in cases:
        answer = await client.post("/api/v1/bulletins", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    first = (await client.post("/api/v1/bulletins", json=given())).json()
    again = await client.post("/api/v1/bulletins", json=given())
    assert (again.status_code, again.json()["code"]) == (409, "conflict.bulletin_known")
    second = await client.post(f"/api/v1/bulletins/{first['id']}/supersede", json=given(official_level=2))
    assert second.json()["supersedes"] == first["id"]
    html = await client.put(f"/api/v1/bulletins/{first['id']}/file", params={"name": "a.pdf"}, content=b"\x00\x01")
    assert html.json()["code"] == "invalid.file_type"


async def test_impacts_by_level_and_for_gauges_nobody_surveyed(desk: Desk) -> None:
    client = desk["operator"]
    low = (await client.get("/api/v1/impacts", params={"station": STATION, "level": "bd1"})).json()
    high = (await client.get("/api/v1/impacts", params={"station": STATION, "level": "bd3"})).json()
    assert {each["kind"] for each in low["items"]} == {"ford", "shelter"}
    assert len(high["items"]) > len(low["items"])
    ford = next(each for each in low["items"] if each["kind"] == "ford")
    assert (ford["people"], ford["source"]) == (None, "demo"), "not counted is not none"
    unknown = (await client.get("/api/v1/impacts", params={"station": "be-phuoc-hoa", "level": "bd3"})).json()
    assert unknown == {"items": [], "whole_commune": True}


async def test_a_proposal_that_is_not_there_cannot_be_answered(desk: Desk) -> None:
    opened = (await desk["operator"].post("/api/v1/incidents", json={"hazard": "storm", "title": "Lốc"})).json()
    assert (await desk["operator"].get(f"/api/v1/incidents/{opened['id']}")).json()["proposals"] == []
    order = {"expected_version": opened["version"], "proposal": "none", "accept": True}
    path = f"/api/v1/incidents/{opened['id']}/uplift"
    assert (await desk["operator"].post(path, json=order)).status_code == 403
    answer = await desk["supervisor"].post(path, json=order)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found.proposal")
