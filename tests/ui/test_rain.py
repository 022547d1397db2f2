"""The rain map over the API: windows, gaps, bands, communes, any moment of the past."""

from datetime import UTC, datetime, timedelta

from eoc.model import Observation
from tests.ui.conftest import Desk

START = datetime(2026, 8, 1, 12, tzinfo=UTC)
GAUGE = "mua-bu-gia-map"


def records(station: str, mm: list[float], name: str = "rain_mm") -> list[Observation]:
    times = [START + timedelta(minutes=10 * (index + 1)) for index in range(len(mm))]
    return [
        Observation(station, at, {name: value}, at, seq=index, boot="b", raw=b"{}")
        for index, (at, value) in enumerate(zip(times, mm, strict=True))
    ]


async def tell(desk: Desk, told: list[Observation]) -> None:
    await desk.parts.engine.observe(told)
    await desk.parts.engine.observe(told[-1:])  # the data clock shows what the batch before has brought


async def test_windows_bands_and_levels_now_and_at_a_moment_of_the_past(desk: Desk) -> None:
    await tell(desk, records(GAUGE, [0.0] * 100 + [5.0] * 50))
    now = (await desk["operator"].get("/api/v1/rain")).json()
    assert (now["windows_h"], now["rain_day_start_hour"]) == ([1, 3, 6, 12, 24, 48, 72], 19)
    gauge = next(item for item in now["items"] if item["station"] == GAUGE)
    assert (gauge["windows"]["1"], gauge["windows"]["6"], gauge["windows"]["24"]) == (30.0, 180.0, 250.0)
    assert (gauge["windows"]["48"], gauge["at_least"]["48"]) == (None, 250.0)
    assert gauge["missing"] == {"48": 2880 - 1500, "72": 4320 - 1500}
    assert gauge["band"]["code"] == "reason.rain_band"
    assert gauge["band"]["params"]["from_mm"] == 200
    assert gauge["antecedent_mm"] is None
    # 250 mm in 24 h where the pack calls the commune highly prone.
    assert (gauge["level"], gauge["hazards"]) == (3, {"flash_flood": 3, "landslide": 0})
    area = next(each for each in now["areas"] if each["area"] == "25222")
    assert (area["susceptibility"], area["source"], area["max_24h_mm"], area["level"]) == ("high", "demo", 250.0, 3)

    then = (START + timedelta(minutes=10 * 106)).isoformat()
    past = (await desk["operator"].get("/api/v1/rain", params={"at": then})).json()
    gauge = next(item for item in past["items"] if item["station"] == GAUGE)
    assert (gauge["windows"]["1"], gauge["band"], gauge["level"]) == (30.0, None, 0)
    incidents = (await desk["operator"].get("/api/v1/incidents")).json()["items"]
    assert {case["hazard"] for case in incidents} == {"flash_flood"}


async def test_a_gauge_that_said_nothing_is_unknown_and_a_commune_without_a_gauge_too(desk: Desk) -> None:
    await tell(desk, records("mua-dong-tam", [1.0] * 12))
    found = (await desk["operator"].get("/api/v1/rain")).json()
    silent = next(item for item in found["items"] if item["station"] == GAUGE)
    assert set(silent["windows"].values()) == {None}
    assert (silent["band"], silent["today_mm"]) == (None, None)
    assert next(each for each in found["areas"] if each["area"] == "25222")["max_24h_mm"] is None
    ungauged = next(each for each in found["areas"] if each["area"] == "25249")
    assert (ungauged["max_24h_mm"], ungauged["missing_min"]) == (None, None)


async def test_communes_nobody_spoke_of_have_no_susceptibility(desk: Desk) -> None:
    found = (await desk["operator"].get("/api/v1/rain")).json()["areas"]
    assert len(found) == 111
    assert sum(each["susceptibility"] is None for each in found) == 57


async def test_the_future_is_refused(desk: Desk) -> None:
    await tell(desk, records(GAUGE, [0.0]))
    answer = await desk["operator"].get("/api/v1/rain", params={"at": "2099-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid.in_future")


async def test_a_river_station_with_a_counter_is_on_the_map_once_it_speaks(desk: Desk) -> None:
    body = {"name": "Trạm lẻ", "kind": "river", "area": "25222", "rules": {"rain_from_counter": 1}}
    made = await desk["admin"].put("/api/v1/stations/le", json=body)
    assert made.status_code == 200, made.text
    await tell(desk, records("le", [100.0, 103.0, 104.5], "rain_acc_mm"))
    found = (await desk["operator"].get("/api/v1/rain")).json()
    gauge = next(item for item in found["items"] if item["station"] == "le")
    assert (gauge["at_least"]["1"], gauge["missing"]["1"]) == (4.5, 40)
