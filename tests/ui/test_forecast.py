"""`GET /stations/{id}/forecast`: the shape the screens rely on."""

from datetime import UTC, datetime

from eoc.model import Observation
from tests.forecast.rivers import hourly, part
from tests.ui.conftest import Desk

GAUGE = {"name": "Trạm thử", "kind": "river", "thresholds": {"bd1": 1.0, "bd3": 3.5}}
COUNT = 60 * 24
FIELDS = {"property", "made_at", "model", "trained_on", "silent", "points", "times", "coverage"}


async def test_a_station_with_a_history_is_forecast(desk: Desk) -> None:
    await desk["admin"].put("/api/v1/stations/thu", json=GAUGE)
    times, levels = part(hourly()[0], COUNT)
    moments = [datetime.fromtimestamp(at, UTC) for at in times]
    records = [Observation("thu", at, {"water_level_m": m}, at) for at, m in zip(moments, levels, strict=True)]
    for begin in range(0, COUNT, 240):
        await desk.parts.engine.observe(records[begin : begin + 240])
    answer = await desk["operator"].get("/api/v1/stations/thu/forecast")
    said = answer.json()
    assert answer.status_code == 200
    assert int(answer.headers["EOC-Seq"]) >= 1
    assert set(said) == FIELDS
    assert (said["property"], said["silent"], said["coverage"]) == ("water_level_m", None, 0.8)
    assert said["made_at"] == moments[-1].isoformat().replace("+00:00", "Z")
    assert len(said["points"]) == 24
    assert all(point["low"] <= point["likely"] <= point["high"] for point in said["points"])
    assert set(said["trained_on"]) == {"from", "to", "samples", "events"}
    assert said["model"]["code"].startswith("forecast.model.")
    bd1, bd3 = said["times"]
    assert (bd1["threshold"], bd1["reached"], bd1["likely"]) == ("bd1", True, None)
    assert (bd3["threshold"], bd3["reached"]) == ("bd3", False)
    # It never opens a case.
    assert [each["hazard"] for each in (await desk["operator"].get("/api/v1/incidents")).json()["items"]] in (
        [],
        ["river_flood"],
    )


async def test_a_new_station_says_why_it_is_silent(desk: Desk) -> None:
    await desk["admin"].put("/api/v1/stations/moi", json=GAUGE)
    said = (await desk["operator"].get("/api/v1/stations/moi/forecast")).json()
    assert said["silent"] == {"code": "forecast.no_history", "params": {}}
    assert (said["points"], said["times"], said["model"], said["made_at"]) == ([], [], None, None)


async def test_a_station_that_is_not_there_is_not_found(desk: Desk) -> None:
    answer = await desk["operator"].get("/api/v1/stations/khong-co/forecast")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found.station")
