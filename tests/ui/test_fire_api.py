"""The fire sheet over HTTP: danger, bulletin from draft to acknowledged, burning, hot spots, the printed page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from eoc.engine.bulletins import Entry
from eoc.incidents import Actor
from eoc.model import Observation
from tests.ui.conftest import Desk

STATION, COMMUNE = "ktcr-bu-gia-map", "25222"
START = datetime(2026, 2, 28, 17, tzinfo=UTC)  # midnight of 1 March, local
TEN = timedelta(minutes=10)


def reading(at: datetime, **values: float) -> Observation:
    return Observation(STATION, at, values, at, seq=int(at.timestamp()), boot="b", raw=b"{}")


async def hot_days(desk: Desk, days: int) -> None:
    """Ten-minute rain of 0 mm all the time, and at 13:00 a hot dry reading; then the next morning."""
    for day in range(days):
        midnight = START + timedelta(days=day)
        batch = [reading(midnight + TEN * index, rain_mm=0.0) for index in range(1, 145)]
        noon = reading(
            midnight + timedelta(hours=13, seconds=30), temperature_c=42.0, humidity_pct=30.0, wind_speed_ms=3.0
        )
        for part in (batch, [noon]):
            await desk.parts.engine.observe(part)
    await desk.parts.engine.observe([reading(START + timedelta(days=days, hours=8), pm25_ugm3=20.0)])


async def got(desk: Desk, path: str, account: str = "operator") -> Any:
    answer = await desk[account].get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def posted(desk: Desk, path: str, body: dict[str, Any], account: str = "operator") -> Any:
    answer = await desk[account].post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def test_before_any_data_the_map_is_empty_and_says_what_it_computes_with(desk: Desk) -> None:
    told = await got(desk, "/fire/danger")
    assert (told["index"], told["items"], told["official"]) == ("nesterov", [], None)
    assert told["fwi_constants"]["ffmc"] == "147.2"
    assert (told["fwi_constants"]["dmc_day_length"], told["fwi_constants"]["dc_day_length"]) == ("20n", "equator")
    assert [each["level"] for each in told["levels"]] == [1, 2, 3, 4, 5]
    assert told["evidence"]["quick"]["severity"] == 3
    assert await got(desk, "/fire/bulletins") == {"items": [], "next": None}
    assert (await got(desk, "/fire/hotspots?hours=24"))["items"] == []


async def test_from_readings_to_an_acknowledged_bulletin(desk: Desk) -> None:
    await hot_days(desk, 9)
    told = await got(desk, "/fire/danger", "agency114")
    here = next(each for each in told["items"] if each["area"] == COMMUNE)
    assert (told["day"], len(told["items"])) == ("2026-03-09", 111)
    assert (here["name"], here["level"], here["station"]) == ("Xã Bù Gia Mập", 4, STATION)
    assert here["table"] == {"id": "nesterov-vn", "source": "secondary"}
    assert set(here["fwi"]) == {"ffmc", "dmc", "dc", "isi", "bui", "fwi"}
    assert here["why"]["code"] == "reason.fire_counted_since"
    assert here["evidence"] == "quick"
    far = next(each for each in told["items"] if each["area"] == "25360")
    assert (far["level"], far["p"], far["why"]["code"]) == (None, None, "reason.fire_no_station")
    earlier = await got(desk, "/fire/danger?day=2026-03-04")
    assert next(each["level"] for each in earlier["items"] if each["area"] == COMMUNE) == 2

    [draft] = (await got(desk, "/fire/bulletins"))["items"][:1]
    assert (draft["state"], draft["day"], draft["highest"]) == ("draft", "2026-03-09", 4)
    assert draft["signer"]["name"] == "Chi cục Kiểm lâm tỉnh"
    path = f"/fire/bulletins/{draft['id']}"
    assert draft["text"].splitlines()[0] == "DỰ THẢO - CHƯA KÝ, CHƯA PHÁT"
    [fourth] = [line for line in draft["text"].splitlines() if line.startswith("Cấp IV - nguy hiểm: ")]
    assert "Xã Bù Gia Mập" in fourth
    printed = await desk["operator"].get(f"/api/v1{path}/page")
    assert printed.headers["content-type"].startswith("text/html")
    assert "style-src 'unsafe-inline'" in printed.headers["content-security-policy"]
    for text in ("DỰ THẢO", "Xã Bù Gia Mập", "Vườn quốc gia Bù Gia Mập", "Điều 26", "147.2"):
        assert text in printed.text
    assert "{{" not in printed.text

    assert (await desk["operator"].post(f"/api/v1{path}/sign", json={})).status_code == 403
    stale = await desk["agency114"].post(f"/api/v1{path}/sign", json={"expected_version": 99})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict.version")
    signed = await posted(desk, f"{path}/sign", {"expected_version": draft["version"]}, "agency114")
    assert (signed["state"], signed["signed_by"]) == ("signed", "agency114")
    sent = await posted(desk, f"{path}/send", {"channels": ["printed", "zalo"]})
    assert (sent["state"], sent["channels"]) == ("sent", ["printed", "zalo"])
    body = {"recipient": COMMUNE, "channel": "phone"}
    told = await posted(desk, f"{path}/acknowledge", body, "commune1")
    mine = next(each for each in told["recipients"] if each["recipient"] == COMMUNE)
    assert (mine["kind"], mine["name"], mine["acknowledged_by"]) == ("commune", "Xã Bù Gia Mập", "commune1")
    assert told["state"] == "sent"
    again = await desk["operator"].post(f"/api/v1{path}/sign", json={})
    assert again.status_code == 403
    late = await desk["supervisor"].post(f"/api/v1{path}/sign", json={})
    assert (late.status_code, late.json()["code"]) == (409, "conflict.fire_bulletin_state")
    assert "DỰ THẢO" not in (await desk["operator"].get(f"/api/v1{path}/page")).text


async def test_the_announced_level_stands_above_ours(desk: Desk) -> None:
    await hot_days(desk, 3)
    now = desk.parts.now()
    entry = Entry("31/TB-KL", "Chi cục Kiểm lâm", "forest_fire", 5, (COMMUNE,), now - timedelta(hours=1))
    await desk.parts.bulletins.enter(entry, Actor("operator", "operator"))
    await desk.parts.fire.map.follow()
    told = await got(desk, "/fire/danger")
    here = next(each for each in told["items"] if each["area"] == COMMUNE)
    assert (told["official"]["number"], told["official"]["areas"]) == ("31/TB-KL", [COMMUNE])
    assert (here["level"], here["computed"], here["mismatch"]["params"]) == (5, 1, {"official": 5, "ours": 1})


async def test_burning_is_notified_refused_ended_and_forgotten(desk: Desk) -> None:
    await hot_days(desk, 9)
    now = desk.parts.now()
    body: dict[str, Any] = {
        "area": "25205",
        "person": "Trần Thị Thử",
        "phone": "+84950000002",
        "place": "vườn điều ấp 3",
        "from": now.isoformat(),
        "until": (now + timedelta(hours=3)).isoformat(),
        "size_ha": 0.8,
        "lon": 106.9,
        "lat": 11.53,
    }
    entered = await posted(desk, "/fire/burnings", body, "agency114")
    assert (entered["state"], entered["danger"], entered["phone"]) == ("notified", None, "+84 9•• ••• 002")
    assert entered["flag"]["code"] == "reason.burning_danger_unknown"
    refused = await posted(desk, "/fire/burnings", {**body, "area": COMMUNE})
    assert (refused["state"], refused["danger"]) == ("refused", 4)
    listed = (await got(desk, "/fire/burnings"))["items"]
    assert {each["id"] for each in listed} == {entered["id"], refused["id"]}
    ended = await posted(desk, f"/fire/burnings/{entered['id']}/end", {})
    assert (ended["state"], ended["ended_by"]) == ("ended", "operator")
    erased = await desk["supervisor"].delete(f"/api/v1/fire/burnings/{entered['id']}/person")
    assert (erased.json()["person"], erased.json()["phone"]) == (None, None)
    wrong = await desk["operator"].post("/api/v1/fire/burnings", json={**body, "until": body["from"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid.fire_times")
    assert (await desk["admin"].get("/api/v1/fire/burnings")).status_code == 403


async def test_a_hot_spot_entered_by_hand_is_listed_with_why(desk: Desk) -> None:
    await hot_days(desk, 1)
    at = (desk.parts.now() - timedelta(hours=1)).isoformat()
    body = {"satellite": "N20", "at": at, "lon": 107.16, "lat": 12.13, "confidence": "nominal", "frp_mw": 6.1}
    told = await posted(desk, "/fire/hotspots", body)
    assert (told["verdict"], told["level"], told["area"], told["source"]) == ("listed", 0, COMMUNE, "person:operator")
    listed = await got(desk, "/fire/hotspots?hours=24", "agency114")
    assert (listed["mask"], len(listed["items"])) == (False, 1)
    assert "reason.hotspot_no_mask" in [each["code"] for each in listed["items"][0]["reasons"]]
    assert (await got(desk, "/incidents"))["items"] == []
