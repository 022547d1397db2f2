"""Case counts over the API: entered, corrected, judged, and what becomes a case."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from eoc.model import Observation
from tests.ui.conftest import Desk

TODAY = date(2026, 8, 3)
DENGUE, FLU = "sot-xuat-huyet", "tay-chan-mieng"
DISTRICT = "696"


@pytest.fixture
async def august(desk: Desk) -> Desk:
    """The desk on 3 August 2026."""
    noon = datetime(2026, 8, 3, 5, tzinfo=UTC)
    record = Observation("mua-dong-tam", noon, {"rain_mm": 0.0}, noon, seq=1, boot="b", raw=b"{}")
    await desk.parts.engine.observe([record])
    await desk.parts.engine.observe([record])
    return desk


async def put(desk: Desk, *items: dict[str, Any]) -> httpx.Response:
    return await desk["operator"].put("/api/v1/epidemic/counts", json={"items": list(items)})


def daily(values: list[int | None], disease: str = FLU, area: str = DISTRICT) -> list[dict[str, Any]]:
    """Counts of the days up to today."""
    first = TODAY - timedelta(days=len(values) - 1)
    return [
        {
            "area": area,
            "disease": disease,
            "period": "day",
            "date": (first + timedelta(days=i)).isoformat(),
            "count": value,
        }
        for i, value in enumerate(values)
        if value is not None
    ]


QUIET: list[int | None] = [2, 3, 2, 1, 2, 3, 2, 2, 1, 2]


async def cases(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk["operator"].get("/api/v1/incidents?hazard=epidemic")).json()["items"]
    return found


async def test_a_confirmed_rise_opens_a_case_and_a_correction_stands_it_down(august: Desk) -> None:
    answer = await put(august, *daily([*QUIET, 15, None]))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["stored"], answer.json()["unchanged"]) == (11, 0)
    assert await cases(august) == []  # one day is shown, two are a case
    await put(august, *daily([20]))
    (case,) = await cases(august)
    assert (case["hazard"], case["level"], case["area"]) == ("epidemic", 2, DISTRICT)
    assert case["title"]["vi"] == "Tay chân miệng: số ca tăng bất thường tại Huyện Bù Đăng"
    assert case["lon"] is not None
    whole = (await august["operator"].get(f"/api/v1/incidents/{case['id']}")).json()
    (evidence,) = whole["evidence"]
    assert (evidence["source"], evidence["ref"]) == ("indicator", f"{FLU}:{DISTRICT}")
    assert {reason["params"]["method"] for reason in evidence["reasons"]} == {"C2"}

    # It was a typing mistake: 2 cases, not 20.
    corrected = (await put(august, *daily([*QUIET, 15, 2]))).json()
    assert (corrected["stored"], corrected["corrected"], corrected["unchanged"]) == (1, 1, 11)
    (case,) = await cases(august)
    assert (case["level"], case["peak_level"]) == (0, 2)
    history = await august["operator"].get(
        "/api/v1/epidemic/counts/versions",
        params={"disease": FLU, "area": DISTRICT, "period": "day", "date": TODAY.isoformat()},
    )
    assert [(each["version"], each["count"]) for each in history.json()["items"]] == [(1, 20), (2, 2)]


async def test_the_methods_say_what_they_see(august: Desk) -> None:
    await put(august, *daily([*QUIET, 15, 20]))
    found = (await august["operator"].get("/api/v1/epidemic", params={"disease": FLU})).json()
    by_method = {item["method"]: item for item in found["items"]}
    assert set(by_method) == {"c1", "c2", "c3"}
    c2 = by_method["c2"]
    assert (c2["area"], c2["name"], c2["day"], c2["count"]) == (DISTRICT, "Huyện Bù Đăng", TODAY.isoformat(), 20)
    assert (c2["baseline"], c2["level"], c2["week"]) == (pytest.approx(13 / 7, abs=0.01), 2, None)
    assert found["areas"][0]["level"] == 2
    assert {each["id"] for each in found["diseases"]} >= {DENGUE, FLU}
    elsewhere = (await august["operator"].get("/api/v1/epidemic", params={"area": "691"})).json()
    assert elsewhere["items"] == []


async def test_a_withdrawn_count_is_unknown_and_not_zero(august: Desk) -> None:
    await put(august, *daily(QUIET))
    gone = {**daily([1])[0], "count": None}
    assert (await put(august, gone)).json()["stored"] == 1
    params = {"disease": FLU, "area": DISTRICT}
    listed = (await august["operator"].get("/api/v1/epidemic/counts", params=params)).json()["items"]
    assert len(listed) == 9
    assert TODAY.isoformat() not in {each["date"] for each in listed}


async def test_five_years_of_weeks_make_a_channel(august: Desk) -> None:
    weeks = [
        {"area": DISTRICT, "disease": FLU, "period": "week", "date": f"{year}-W{week}", "count": 10 + year % 3}
        for year in range(2021, 2026)
        for week in (30, 31)
    ]
    this = {"area": DISTRICT, "disease": FLU, "period": "week", "date": "2026-07-29", "count": 30}
    last = {**this, "date": "2026-W30", "count": 28}
    few = (await put(august, *weeks[6:], last, this)).json()
    assert few["incidents"] == []
    silent = (await august["operator"].get("/api/v1/epidemic")).json()["items"]
    assert [each["silent"]["code"] for each in silent] == ["reason.channel_too_few_years"]
    opened = (await put(august, *weeks[:6])).json()["incidents"]
    assert [(case["level"], case["hazard"]) for case in opened] == [(3, "epidemic")]
    (item,) = (await august["operator"].get("/api/v1/epidemic")).json()["items"]
    assert (item["week"], item["method"], item["count"], item["level"]) == ("2026-W31", "channel", 30, 3)


async def test_two_diseases_in_one_place_are_two_cases_and_two_districts_too(august: Desk) -> None:
    rise: list[int | None] = [*QUIET, 15, 20]
    await put(august, *daily(rise), *daily(rise, DENGUE), *daily(rise, FLU, "691"))
    assert len(await cases(august)) == 3


async def test_a_dengue_cluster_is_shown_and_opens_no_case_by_itself(august: Desk) -> None:
    await put(august, *daily([0, 1, 0, 1], DENGUE, "25396"))
    found = (await august["operator"].get("/api/v1/epidemic", params={"area": "25396"})).json()["items"]
    shown = next(item for item in found if item["method"] == "cluster")
    assert (shown["alarm"], shown["level"], shown["name"]) == (True, 0, "Thị trấn Đức Phong")
    assert shown["reasons"][0]["code"] == "reason.cluster"
    assert await cases(august) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"disease": "dau-mua"}, "invalid.disease"),
    ({"area": "99999"}, "invalid.area"),
    ({"date": "2026-08-04"}, "invalid.in_future"),
    ({"date": "2026-02-30"}, "invalid.count_period"),
    ({"date": "2026-W31"}, "invalid.count_period"),
    ({"period": "week", "date": "2025-W53"}, "invalid.count_period"),
    ({"count": -1}, "invalid.request"),
    ({"count": 1.5}, "invalid.request"),
    ({"cuont": 1}, "invalid.request"),
]


async def test_what_cannot_be_counted_is_refused_whole(august: Desk) -> None:
    good, bad = daily([1, 1])
    for change, code in WRONG:
        answer = await put(august, good, bad | change)
        assert (answer.status_code, answer.json()["code"]) == (422, code), change
    listed = await august["operator"].get("/api/v1/epidemic/counts", params={"disease": FLU, "area": DISTRICT})
    assert listed.json()["items"] == []


async def test_two_numbers_for_one_day_in_one_request_are_refused(august: Desk) -> None:
    first, second = daily([1])[0], daily([2])[0]
    assert (await put(august, first, second)).json()["code"] == "invalid.count_twice"
    assert (await put(august, first, first)).json()["stored"] == 1
