"""Readings that are not believed: flagged and kept, never the reason for a case, and flagged alike in any order."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eoc.clock import from_us, to_us
from eoc.engine import Engine
from eoc.hazards import state as states
from eoc.incidents import Incident
from eoc.model import Limits, Observation, Quality, Station
from eoc.store import Store, incidents, readings
from eoc.store import stations as station_store
from tests.engine.conftest import ADMIN, START, MakeEngine, gauge, levels

LIMITS = {"water_level_m": Limits(min=0.0, max=8.0, max_step_per_10min=0.4)}
CALM = [2.0, 2.02, 2.01, 2.03]


def limited(name: str = "a") -> Station:
    return replace(gauge(name), limits=LIMITS)


async def ready(make: MakeEngine, *stations: Station) -> Engine:
    engine = make()
    await engine.start()
    for station in stations:
        await engine.put_station(station, ADMIN)
    return engine


async def stored(store: Store, station: str = "a") -> list[tuple[float, str, str | None]]:
    async with store.read() as connection:
        rows = await readings.flagged_window(
            connection, station, "water_level_m", 0, to_us(datetime(2100, 1, 1, tzinfo=UTC))
        )
    return [(row.value, row.quality, row.flags) for row in rows]


async def cases(store: Store) -> list[Incident]:
    async with store.read() as connection:
        return await incidents.find(connection)


async def state_of(store: Store, station: str = "a") -> states.StationState:
    async with store.read() as connection:
        return states.decode((await station_store.states(connection, [station]))[station])


async def test_a_spike_is_kept_flagged_and_opens_nothing(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, limited())
    for record in levels("a", [*CALM, 6.5, *CALM]):
        await engine.observe([record])
    assert await cases(store) == []
    assert (await stored(store))[4] == (6.5, "suspect", "spike")
    assert {quality for _, quality, _ in await stored(store)} == {"good", "suspect"}


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_real_rise_is_believed_with_its_second_reading(
    data_engine: MakeEngine, store: Store, size: int
) -> None:
    engine = await ready(data_engine, limited())
    records = levels("a", [*CALM, 4.0, 4.1, 4.2])
    for start in range(0, len(records), size):
        await engine.observe(records[start : start + size])
    (case,) = await cases(store)
    assert case.peak_level == 3
    assert case.observed_at == records[4].observed_at
    assert {quality for _, quality, _ in await stored(store)} == {"good"}


async def test_what_instruments_say_instead_of_numbers_is_bad(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    for record in levels("a", [2.0, -999.0, 2.1]):
        await engine.observe([record])
    # Outside what a level can be, so the edge would have refused it; the engine does not rely on that.
    assert (await stored(store))[1][1:] == ("bad", "sentinel")
    latest = (await state_of(store)).latest["water_level_m"]
    assert (latest.value, latest.quality) == (2.1, Quality.GOOD)


async def test_the_newest_value_says_why_it_is_doubted(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, limited())
    records = levels("a", [*CALM, 6.5, 6.4])
    await engine.observe(records[:5])
    latest = (await state_of(store)).latest["water_level_m"]
    assert (latest.quality, latest.codes) == (Quality.SUSPECT, ("rate",))
    await engine.observe(records[5:])
    latest = (await state_of(store)).latest["water_level_m"]
    assert (latest.value, latest.quality, latest.codes) == (6.4, Quality.GOOD, ())


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_ends_in_the_same_flags_states_and_peak(
    data_engine: MakeEngine, store: Store, seed: int
) -> None:
    chance = random.Random(seed)
    values = [2.0 + chance.uniform(-0.05, 0.05) for _ in range(60)]
    for index in chance.sample(range(5, 55), 4):
        values[index] += chance.choice([3.0, -1.5, 5.0])
    values[40:] = [value + 2.2 for value in values[40:]]
    records = levels("straight", values)
    shuffled = [replace(record, station="shuffled") for record in records]
    order = sorted(range(len(shuffled)), key=lambda index: index + chance.uniform(0, 12))
    engine = await ready(data_engine, limited("straight"), replace(limited("shuffled"), river="other"))
    for record in records:
        await engine.observe([record])
    for start in range(0, len(order), 4):
        await engine.observe([shuffled[index] for index in order[start : start + 4]])
    assert await stored(store, "shuffled") == await stored(store, "straight")
    straight, other = await state_of(store, "straight"), await state_of(store, "shuffled")
    assert straight.quality == other.quality
    assert straight.river_flood == other.river_flood
    peaks = {case.station: case.peak_level for case in await cases(store)}
    assert peaks["shuffled"] == peaks["straight"]


async def test_a_late_reading_can_take_belief_away(data_engine: MakeEngine, store: Store) -> None:
    """Two high readings in a row are believed, until a calm one turns up that was measured between them."""
    engine = await ready(data_engine, limited())
    times = [0, 10, 20, 30, 50, 60, 70]
    values = [2.0, 2.0, 2.0, 5.0, 5.0, 2.0, 2.0]
    records = [_at(minute, value) for minute, value in zip(times, values, strict=True)]
    for record in records:
        await engine.observe([record])
    believed = [value for value, quality, _ in await stored(store) if quality == "good"]
    assert believed.count(5.0) == 2
    await engine.observe([_at(40, 2.0)])
    doubted = [value for value, quality, _ in await stored(store) if quality == "suspect"]
    assert 5.0 in doubted


def _at(minute: int, value: float) -> Observation:
    at = START + timedelta(minutes=minute)
    return Observation("a", at, {"water_level_m": value}, at, raw=b"{}")


async def test_what_the_device_says_about_itself_is_kept(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    first, second = levels("a", [2.0, 2.1])
    said: list[Any] = [replace(second, health={"battery_v": 3.6}), replace(first, health={"battery_v": 3.9})]
    for record in said:
        await engine.observe([record])
    vitals = (await state_of(store)).vitals
    assert vitals is not None
    assert (vitals.at, dict(vitals.values)) == (second.observed_at, {"battery_v": 3.6})
    assert from_us(to_us(second.observed_at)) == second.observed_at
