"""Releases and reservoirs over HTTP: entered, read from text and pictures, answered, and shown whole."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eoc.clock import iso
from eoc.engine.reservoir_watch import ReservoirWatch
from eoc.model import Observation
from tests.ui.conftest import Desk

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAM = "ho-srok-phu-mieng"
MINUTE = timedelta(minutes=1)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TEXT = (
    "CÔNG TY CP THỦY ĐIỆN SROK PHU MIÊNG, số: 12/TB-SPM. Thời gian bắt đầu xả lúc 15h00 ngày 22/11/2026, lưu lượng xả "
    "qua tràn 84 m3/s, qua tua bin 300 m3/s, tổng 384 m3/s."
)


async def at(desk: Desk, moment: Any) -> None:
    """Move the product's clock."""
    await desk.parts.engine.observe([Observation("mua-bu-dop", moment, {"rain_mm": 0.0}, moment, seq=1)])


def notice(planned_h: float = 6, **more: Any) -> dict[str, Any]:
    body = {"reservoir": DAM, "notice": "12/TB", "planned_at": iso(START + planned_h * HOUR), "discharge_m3s": 384}
    return {**body, "sent_at": iso(START), **more}


async def test_a_notice_is_entered_and_shown_whole(desk: Desk) -> None:
    await at(desk, START)
    operator = desk["operator"]
    made = await operator.post("/api/v1/releases", json=notice(until=iso(START + 12 * HOUR)))
    assert made.status_code == 201
    body = made.json()
    assert (body["reservoir_name"], body["notice"], body["version"], body["state"]) == (
        "Hồ Srok Phu Miêng",
        "12/TB",
        1,
        "planned",
    )
    assert (body["channel"], body["late"], body["notice_hours"], body["required_hours"]) == ("api", False, 6.0, 4.0)
    first = body["communes"][0]
    assert {"area", "name", "chainage_km", "earliest_at", "likely_at", "latest_at", "why", "source"} <= set(first)
    assert set(first["steps"]) == {"received", "hamlets_told", "bank_clear"}
    assert first["earliest_at"] == "2026-11-22T06:00:00Z"
    assert first["peak"]["discharge_m3s"] == 384
    unknown = next(each for each in body["communes"] if each["earliest_at"] is None)
    assert unknown["why"]["code"] == "reason.no_travel_time"
    assert body["communes"][-1]["peak"]["share"] <= 1
    assert {each["kind"] for each in body["parties"]} >= {"dam_owner", "neighbour"}
    assert body["routing"]["reaches"][0]["k_h"] == 0.4
    assert {each["station"] for each in body["gauges"]} == {"be-long-binh", "be-nha-bich"}
    case = (await operator.get(f"/api/v1/incidents/{body['incident']}")).json()
    assert case["title"]["vi"] == "Hồ Srok Phu Miêng thông báo xả 384 m³/s"
    (listed,) = (await operator.get("/api/v1/releases?state=open")).json()["items"]
    assert listed["counts"]["communes"] == len(body["communes"])
    assert (await operator.get("/api/v1/releases?state=ended")).json()["items"] == []
    assert (await operator.get("/api/v1/releases?state=asleep")).status_code == 422
    assert (await operator.get("/api/v1/releases/none")).json()["code"] == "not_found.release"


async def test_updates_carry_versions_and_a_withdrawal_ends_it(desk: Desk) -> None:
    await at(desk, START)
    operator = desk["operator"]
    body = (await operator.post("/api/v1/releases", json=notice())).json()
    path = f"/api/v1/releases/{body['id']}"
    change = {"expected_version": 1, "planned_at": iso(START + 5 * HOUR), "discharge_m3s": 900}
    changed = (await operator.put(path, json=change)).json()
    assert (changed["version"], changed["discharge_m3s"], changed["level"]) == (2, 900, 3)
    stale = await operator.put(path, json={**change, "discharge_m3s": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict.version")
    again = await operator.post("/api/v1/releases", json=notice(planned_h=5, discharge_m3s=900))
    assert again.json()["version"] == 2  # the same words
    gone = (await operator.post(f"{path}/cancel", json={"expected_version": 2})).json()
    assert (gone["state"], gone["version"]) == ("cancelled", 3)
    assert [each["cancelled"] for each in gone["versions"]] == [False, False, True]
    case = (await operator.get(f"/api/v1/incidents/{gone['incident']}")).json()
    assert case["level"] == 0


async def test_communes_answer_and_a_wrong_entry_is_taken_back(desk: Desk) -> None:
    await at(desk, START)
    operator = desk["operator"]
    body = (await operator.post("/api/v1/releases", json=notice())).json()
    path = f"/api/v1/releases/{body['id']}/communes/25240/received"
    answered = await operator.post(path, json={"name": " Chị Hoa ", "channel": "phone"})
    assert answered.status_code == 201
    commune = next(each for each in answered.json()["communes"] if each["area"] == "25240")
    assert commune["steps"]["received"] == {
        "by": "Chị Hoa",
        "at": iso(START),
        "channel": "phone",
        "recorded_by": "operator",
    }
    twice = await operator.post(path, json={"name": "B", "channel": "phone"})
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict.release_step")
    back = (await operator.delete(path)).json()
    commune = next(each for each in back["communes"] if each["area"] == "25240")
    assert commune["steps"]["received"] is None
    assert [each["by"] for each in commune["earlier"]] == ["Chị Hoa"]
    assert (await operator.post(path, json={"name": "A", "channel": "owl"})).status_code == 422
    other = f"/api/v1/releases/{body['id']}/communes/25240/asleep"
    assert (await operator.post(other, json={"name": "A", "channel": "phone"})).status_code == 422
    party = f"/api/v1/releases/{body['id']}/parties/bch-binh-duong"
    told = (await operator.post(party, json={})).json()
    assert next(each for each in told["parties"] if each["body"] == "bch-binh-duong")["told_at"] == iso(START)
    untold = (await operator.delete(party)).json()
    assert next(each for each in untold["parties"] if each["body"] == "bch-binh-duong")["told_at"] is None


async def test_a_pasted_text_proposes_and_a_person_confirms(desk: Desk) -> None:
    await at(desk, START)
    operator = desk["operator"]
    read = (await operator.post("/api/v1/releases/read", json={"text": TEXT})).json()
    assert (read["kind"], read["says"], read["ocr"]) == ("text", "notice", None)
    fields = {name: each["value"] for name, each in read["fields"].items()}
    assert fields == {
        "reservoir": DAM,
        "number": "12/TB-SPM",
        "planned_at": "2026-11-22T08:00:00Z",
        "discharge_m3s": 384,
        "spill_m3s": 84,
        "turbine_m3s": 300,
    }
    piece = read["fields"]["planned_at"]
    assert TEXT[piece["start"] : piece["end"]] == piece["piece"]
    # Nothing is a notice yet.
    assert (await operator.get("/api/v1/releases")).json()["items"] == []
    body = {
        "reservoir": fields["reservoir"],
        "notice": fields["number"],
        "planned_at": fields["planned_at"],
        "discharge_m3s": fields["discharge_m3s"],
        "read_id": read["read_id"],
    }
    made = (await operator.post("/api/v1/releases", json=body)).json()
    assert (made["channel"], made["read_id"]) == ("text", read["read_id"])
    assert [each["kind"] for each in made["originals"]] == ["text"]
    kept = await operator.get(f"/api/v1/releases/reads/{read['read_id']}/original")
    assert kept.text == TEXT
    assert kept.headers["content-disposition"] == "attachment"
    shown = (await operator.get(f"/api/v1/releases/reads/{read['read_id']}")).json()
    assert (shown["release"], shown["fields"]["discharge_m3s"]["value"]) == (made["id"], 384)
    second = await operator.post("/api/v1/releases", json={**body, "notice": "other"})
    assert (second.status_code, second.json()["code"]) == (404, "not_found.release_original")
    for bad in ({}, {"text": ""}, {"text": "x" * 20_001}, {"text": "x", "surprise": 1}):
        answer = await operator.post("/api/v1/releases/read", json=bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid.request")
    assert (await operator.post("/api/v1/releases/read", content=b"[" * 900_000)).status_code == 422


async def picture(desk: Desk, data: bytes, name: str = "fax.png") -> Any:
    return await desk["operator"].post("/api/v1/releases/read", files={"file": (name, data, "image/png")})


def program(folder: Path, script: str) -> None:
    made = folder / "tesseract"
    made.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    made.chmod(made.stat().st_mode | stat.S_IXUSR)


async def test_a_picture_without_a_reader_is_kept_beside_an_empty_form(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    await at(desk, START)
    read = (await picture(desk, PNG)).json()
    assert (read["kind"], read["media_type"], read["fields"], read["text"]) == ("photo", "image/png", {}, None)
    assert read["ocr"]["code"] == "ocr.not_installed"
    kept = await desk["operator"].get(f"/api/v1/releases/reads/{read['read_id']}/original")
    assert kept.content == PNG
    assert (kept.headers["content-type"], kept.headers["content-disposition"]) == ("image/png", "inline")
    assert "sandbox" in kept.headers["content-security-policy"]
    made = (await desk["operator"].post("/api/v1/releases", json=notice(read_id=read["read_id"]))).json()
    assert made["channel"] == "photo"


async def test_a_picture_is_read_by_the_program_on_the_path(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program(tmp_path, f"cat > /dev/null; cat <<'END'\n{TEXT}\nEND")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    await at(desk, START)
    read = (await picture(desk, PNG)).json()
    assert read["ocr"]["code"] == "ocr.read"
    assert read["fields"]["discharge_m3s"]["value"] == 384
    program(tmp_path, "exit 1")
    assert (await picture(desk, PNG)).json()["ocr"]["code"] == "ocr.failed"
    # One that never ends is ended.
    monkeypatch.setattr("ui.ocr._SECONDS", 0.2)
    program(tmp_path, "sleep 60")
    assert (await picture(desk, PNG)).json()["ocr"]["code"] == "ocr.failed"
    assert (await picture(desk, b"%PDF-1.7 ...", "fax.pdf")).json()["ocr"]["code"] == "ocr.not_a_picture"


async def test_what_is_no_picture_or_too_large_is_refused(desk: Desk) -> None:
    operator = desk["operator"]
    for data, code in ((b"<svg onload=alert(1)>", "invalid.picture_type"), (b"", "invalid.picture_size"),
                       (PNG + bytes(8_000_000), "invalid.picture_size")):  # fmt: skip
        answer = await picture(desk, data)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    huge = await picture(desk, PNG + bytes(9_000_000))
    assert huge.status_code == 413
    none = await operator.post("/api/v1/releases/read", files={"other": ("a", b"b")})
    assert (none.status_code, none.json()["code"]) == (422, "invalid.request")
    # The larger limit is this route's alone, and only for those who may use it.
    assert (await operator.post("/api/v1/incidents", content=bytes(2_000_000))).status_code == 413
    assert (await desk["leader"].post("/api/v1/releases/read", files={"file": ("a.png", PNG)})).status_code == 403


async def test_what_cannot_be_a_notice_is_refused(desk: Desk) -> None:
    await at(desk, START)
    bad: list[tuple[dict[str, Any], str]] = [
        (notice(reservoir="be-phuoc-long"), "invalid.reservoir"),
        (notice(until=iso(START)), "invalid.release_ends_first"),
        (notice(discharge_m3s=-1), "invalid.request"),
        (notice(planned_at="2026-11-22T06:00:00"), "invalid.request"),
        (notice(surprise=1), "invalid.request"),
        (notice(read_id="none"), "not_found.release_original"),
    ]
    for body, code in bad:
        answer = await desk["operator"].post("/api/v1/releases", json=body)
        assert answer.json()["code"] == code, body
    assert (await desk["operator"].get("/api/v1/releases")).json()["items"] == []


async def test_reservoirs_show_what_they_hold_and_what_is_found(desk: Desk) -> None:
    await at(desk, START)
    values = {"htl": 71.5, "hdbt": 72.0, "hc": 70.0, "qve": 400.0, "qxt": 300.0}
    records = [
        Observation(DAM, START + 10 * i * MINUTE, {**values, "qxm": 90.0 if i > 3 else 0.0}, START, seq=i)
        for i in range(1, 12)
    ]
    await desk.parts.engine.observe(records)
    await ReservoirWatch(desk.parts.store, desk.parts.engine, desk.parts.releases, clock="data").sweep()
    made = (await desk["operator"].post("/api/v1/releases", json=notice())).json()
    items = (await desk["operator"].get("/api/v1/reservoirs")).json()["items"]
    assert [each["id"] for each in items] == ["ho-thac-mo", "ho-can-don", "ho-srok-phu-mieng", "ho-phuoc-hoa"]
    lake = items[2]
    assert (lake["normal_level_m"], lake["dead_level_m"], lake["capacity_hm3"]) == (72.0, 70.0, 99.3)
    assert (lake["latest"]["htl"]["value"], lake["total_m3s"], lake["releases"]) == (71.5, 390.0, [made["id"]])
    (check,) = lake["checks"]
    assert (check["code"], check["level"], check["since"]) == (
        "reason.release_unannounced",
        3,
        iso(START + 40 * MINUTE),
    )
    assert items[0]["total_m3s"] is None  # nothing reported is not nothing released
    whole = (await desk["operator"].get(f"/api/v1/reservoirs/{DAM}")).json()
    assert len(whole["history"]["items"]) == 11
    assert whole["history"]["items"][-1]["outflow_m3s"] == 390.0
    assert (await desk["operator"].get("/api/v1/reservoirs/be-phuoc-long")).json()["code"] == "not_found.reservoir"
