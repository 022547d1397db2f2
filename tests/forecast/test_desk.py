"""The desk between the store and the forecast: good readings only, learnt once, kept, learnt again when it is time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import eoc.engine.forecast as desks
from eoc.clock import to_us
from eoc.engine.forecast import ForecastDesk
from eoc.forecast.gauge import Series, learn
from eoc.model import Station, Thresholds
from eoc.store import Store, readings
from eoc.store import stations as station_store
from eoc.store.readings import ReadingRow
from tests.forecast.rivers import hourly, part, shifted

DAYS = 60
COUNT = DAYS * 24
DOWN = Station(
    "down", "Trạm dưới", "river", river="be", chainage_km=80.0, thresholds=Thresholds(1.7, 1.9, 3.5), rules={}
)
UP = replace(DOWN, id="up", name="Trạm trên", chainage_km=40.0)
STRANGER = replace(DOWN, id="other-river", river="dong-nai", chainage_km=10.0)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromtimestamp(hourly()[0].times_s[COUNT - 1], UTC))


@pytest.fixture
def lessons(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The gauges upstream of every lesson that was given."""
    given: list[list[str]] = []
    def counted(history: Series, upstream: dict[str, Series]) -> object:
        given.append(sorted(upstream))
        return learn(history, upstream)

    monkeypatch.setattr(desks, "learn", counted)
    return given


async def put(store: Store, *stations: Station) -> None:
    async with store.write() as unit:
        for station in stations:
            await station_store.put(unit.connection, station)


async def keep(store: Store, station: str, series: Series, quality: str = "good") -> None:
    rows = [
        ReadingRow(station, "water_level_m", round(at * 1e6), level, round(at * 1e6), quality, "", None)
        for at, level in zip(*series, strict=True)
    ]
    async with store.write() as unit:
        for begin in range(0, len(rows), 1000):
            await readings.insert(unit.connection, rows[begin : begin + 1000])


@pytest.fixture
async def filled(store: Store) -> Store:
    """Two gauges of one river with six weeks of readings, and one elsewhere."""
    await put(store, DOWN, UP, STRANGER)
    for station, series in zip((DOWN, UP), hourly(), strict=True):
        await keep(store, station.id, part(series, COUNT))
    return store


async def test_a_river_gauge_is_forecast_from_what_is_stored(filled: Store, clock: Clock, tmp_path: Path) -> None:
    outlook = await ForecastDesk(filled, clock, tmp_path).look(DOWN)
    assert outlook.silent is None
    assert outlook.made_at == clock.now
    assert len(outlook.points) == 24
    assert [each.threshold for each in outlook.times] == ["bd1", "bd2", "bd3"]
    assert outlook.trained_on is not None
    assert outlook.trained_on.samples == COUNT
    assert outlook.trained_on.until == clock.now
    assert outlook.model is not None
    assert outlook.model.params["upstream"] == "up"


async def test_it_learns_once_a_day_and_meanwhile_from_memory(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    desk = ForecastDesk(filled, clock, tmp_path, rest_s=0.0)
    first, *others = await asyncio.gather(*(desk.look(DOWN) for _ in range(5)))
    assert lessons == [["up"]]
    assert all(each == first for each in others)
    clock.now += timedelta(hours=23)
    await desk.look(DOWN)
    assert len(lessons) == 1
    clock.now += timedelta(hours=2)
    await desk.look(DOWN)
    assert len(lessons) == 2


async def test_a_fast_clock_does_not_make_it_learn_all_the_time(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    desk = ForecastDesk(filled, clock, tmp_path, rest_s=3600.0)
    for _ in range(4):
        await desk.look(DOWN)
        clock.now += timedelta(days=2)
    assert len(lessons) == 1


async def test_what_was_learnt_outlives_the_process(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    folder = tmp_path / "forecast"
    before = await ForecastDesk(filled, clock, folder).look(DOWN)
    after = await ForecastDesk(filled, clock, folder).look(DOWN)
    assert after == before
    assert len(lessons) == 1
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:500])
    assert await ForecastDesk(filled, clock, folder).look(DOWN) == before
    assert len(lessons) == 2


async def test_a_folder_that_takes_nothing_costs_only_the_file(filled: Store, clock: Clock, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    outlook = await ForecastDesk(filled, clock, blocked).look(DOWN)
    assert outlook.silent is None


async def test_a_station_that_moves_is_learnt_anew(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    desk = ForecastDesk(filled, clock, tmp_path)
    await desk.look(DOWN)
    outlook = await desk.look(replace(DOWN, river="dong-nai"))
    assert lessons == [["up"], ["other-river"]]
    assert outlook.silent is None
    assert outlook.model is not None
    assert "upstream" not in outlook.model.params


async def test_a_clock_set_back_forgets_what_was_learnt_later(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    desk = ForecastDesk(filled, clock, tmp_path)
    await desk.look(DOWN)
    clock.now -= timedelta(days=3)
    outlook = await desk.look(DOWN)
    assert len(lessons) == 2
    assert outlook.trained_on is not None
    assert outlook.trained_on.until <= clock.now


async def test_only_good_readings_count(store: Store, clock: Clock, tmp_path: Path) -> None:
    """A flood of suspect readings between the good ones changes nothing."""
    await put(store, UP)
    good = part(hourly()[0], COUNT)
    await keep(store, "up", good)
    before = await ForecastDesk(store, clock, tmp_path / "a").look(UP)
    wild = shifted(Series([at + 60.0 for at in good.times_s[-500:]], good.levels_m[-500:]), 5.0)
    await keep(store, "up", wild, quality="suspect")
    assert await ForecastDesk(store, clock, tmp_path / "b").look(UP) == before


@pytest.mark.parametrize("kind", ["rain", "reservoir", "siren", "fire_weather"])
async def test_what_is_no_river_gauge_is_not_forecast(store: Store, clock: Clock, tmp_path: Path, kind: str) -> None:
    outlook = await ForecastDesk(store, clock, tmp_path).look(replace(UP, kind=kind))
    assert outlook.silent is not None
    assert outlook.silent.code == "forecast.not_a_river_gauge"


async def test_a_young_station_says_why_and_is_asked_again(
    store: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    await put(store, UP)
    desk = ForecastDesk(store, clock, tmp_path, rest_s=0.0)
    silent = (await desk.look(UP)).silent
    assert silent is not None
    assert silent.code == "forecast.no_history"
    await keep(store, "up", part(hourly()[0], COUNT))
    assert (await desk.look(UP)).silent == silent
    clock.now += timedelta(minutes=61)
    assert (await desk.look(UP)).silent is None
    assert len(lessons) == 2


async def test_the_schedule_learns_what_is_due_and_forgets_what_is_gone(
    filled: Store, clock: Clock, tmp_path: Path, lessons: list[list[str]]
) -> None:
    desk = ForecastDesk(filled, clock, tmp_path)
    assert await desk.refresh() == 2
    assert await desk.refresh() == 2
    assert len(lessons) == 3
    async with filled.write() as unit:
        await station_store.remove(unit.connection, "up")
    assert await desk.refresh() == 1


async def test_the_loop_stays_free_while_a_gauge_is_learnt(
    filled: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learning waits for the loop to have turned meanwhile: on the loop's own thread it would wait for ever."""
    import threading

    turned = threading.Event()
    def patient(history: Series, upstream: dict[str, Series]) -> object:
        assert turned.wait(30)
        return learn(history, upstream)

    monkeypatch.setattr(desks, "learn", patient)
    asked = asyncio.ensure_future(ForecastDesk(filled, clock, tmp_path).look(DOWN))
    await asyncio.sleep(0.05)
    turned.set()
    assert (await asked).silent is None


async def test_readings_on_a_seam_of_two_parts_are_read(filled: Store, clock: Clock, tmp_path: Path) -> None:
    """History is read in parts; nothing is lost or counted twice where they meet."""
    outlook = await ForecastDesk(filled, clock, tmp_path).look(UP)
    async with filled.read() as connection:
        stored = await readings.window(connection, "up", "water_level_m", 0, to_us(clock.now))
    assert outlook.trained_on is not None
    assert outlook.trained_on.samples == len(stored)
