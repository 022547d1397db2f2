"""The faults that the watchdog is told of, from readings in either database."""

import random
from datetime import datetime, timedelta

from eoc.clock import to_us
from eoc.model import Station
from eoc.store import Store, readings
from eoc.store.readings import ReadingRow
from tests.quality.rivers import START, Basin, Gauge, Series, series, stand_still
from ui.device_faults import FaultFinder

STATIONS = [
    Station("up", "Trên", "river", river="be", chainage_km=10.0),
    Station("own", "Trạm", "river", river="be", chainage_km=40.0),
    Station("down", "Dưới", "river", river="be", chainage_km=60.0),
    Station("far", "Xa", "river", river="be", chainage_km=190.0),
    Station("other", "Sông khác", "river", river="dong-nai", chainage_km=40.0),
]
FLOOD = Basin(2.0, 0.05, ((20.0, 3.0, 8.0),))


def shown(basin: Basin, seed: int, hours: float, every_s: float = 600.0) -> Series:
    made = Gauge(1.0 + seed / 10, 10.0 * seed, 0.0, 0.006, 0.001)
    return series(made, basin, random.Random(seed), hours=hours, every_s=every_s)


async def store_series(
    store: Store, name: str, values: Series, late: timedelta = timedelta(seconds=2), seq: int | None = 1
) -> None:
    rows = [
        ReadingRow(name, "water_level_m", to_us(at), value, to_us(at + late), "good", "b", seq) for at, value in values
    ]
    async with store.write() as unit:
        for first in range(0, len(rows), 400):
            await readings.insert(unit.connection, sorted(rows[first : first + 400]))


def last(values: Series) -> datetime:
    return values[-1][0] + timedelta(seconds=30)


async def test_a_gauge_that_stands_still_is_told_until_it_moves_again(store: Store) -> None:
    whole = shown(FLOOD, 1, 40)
    still = stand_still(whole[:160], 150)
    for name, values in (("own", still), ("up", shown(FLOOD, 2, 40)), ("down", shown(FLOOD, 3, 40))):
        await store_series(store, name, values)
    finder = FaultFinder(store, wall=False)
    early = await finder(STATIONS, whole[152][0])
    assert early == {}
    found = await finder(STATIONS, last(still))
    assert {name: [each.kind for each in faults] for name, faults in found.items()} == {"own": ["stuck"]}
    assert found["own"][0].reason.code == "reason.stuck"
    # Silent since: nothing new is no recovery.
    assert "own" in await finder(STATIONS, last(still) + timedelta(hours=6))
    await store_series(store, "own", whole[197:203])
    assert await finder(STATIONS, last(whole[:203])) == {}


async def test_a_new_finder_knows_a_gauge_that_stood_still_long_before_it(store: Store) -> None:
    whole = shown(FLOOD, 1, 60)
    for name, values in (("own", stand_still(whole, 150)), ("up", shown(FLOOD, 2, 60)), ("down", shown(FLOOD, 3, 60))):
        await store_series(store, name, values)
    assert set(await FaultFinder(store, wall=False)(STATIONS, last(whole))) == {"own"}


async def test_another_river_and_a_gauge_far_away_say_nothing(store: Store) -> None:
    still = stand_still(shown(FLOOD, 1, 26), 145)
    for name, values in (("own", still), ("far", shown(FLOOD, 2, 26)), ("other", shown(FLOOD, 3, 26))):
        await store_series(store, name, values)
    assert await FaultFinder(store, wall=False)(STATIONS, last(still)) == {}


async def test_a_drift_of_a_month_is_told(store: Store) -> None:
    calm = Basin(2.0, 0.05, ((100.0, 0.5, 10.0), (300.0, 0.6, 8.0)))
    hours = 27 * 24.0
    sound = shown(calm, 1, hours, 3600)
    began = START + timedelta(days=14)
    off = [(at, round(value + 0.02 * max(0.0, (at - began) / timedelta(days=1)), 3)) for at, value in sound]
    for name, values in (("own", off), ("up", shown(calm, 2, hours, 3600)), ("down", shown(calm, 3, hours, 3600))):
        await store_series(store, name, values)
    found = await FaultFinder(store, wall=False)(STATIONS, last(off))
    assert {name: [each.kind for each in faults] for name, faults in found.items()} == {"own": ["drift"]}


async def test_a_slow_clock_is_told_on_the_wall_and_only_of_devices_that_count(store: Store) -> None:
    values = shown(FLOOD, 1, 3)
    await store_series(store, "own", values, late=timedelta(minutes=12))
    await store_series(store, "other", shown(FLOOD, 2, 3), late=timedelta(minutes=12), seq=None)
    now = last(values) + timedelta(minutes=12)
    found = await FaultFinder(store, wall=True)(STATIONS, now)
    assert {name: [each.kind for each in faults] for name, faults in found.items()} == {"own": ["clock"]}
    assert found["own"][0].reason.params == {"minutes": 12}
    assert await FaultFinder(store, wall=False)(STATIONS, now) == {}
