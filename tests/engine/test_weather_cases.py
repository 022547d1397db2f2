"""Rain, wind and the crest of a dam become cases, on each database; a pack's own hazard as well."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock
from eoc.correlation import CorrelationParams
from eoc.engine import Engine, World
from eoc.hazards.binding import HazardParams
from eoc.hazards.dam_failure import DamFailureParams
from eoc.hazards.rain import RainParams, Steps
from eoc.hazards.rain_table import Row
from eoc.hazards.wind import Force, WindParams
from eoc.incidents import Actor, Incident
from eoc.model import Observation, Place, Reason, Signal, Station
from eoc.store import Store, journal_log
from eoc.store import incidents as incident_store

START = datetime(2026, 8, 1, 12, tzinfo=UTC)
ADMIN = Actor("admin", "admin")
OPERATOR = Actor("op", "operator")
ROWS = (Row(3, 50.0, {"high": 2, "unknown": 1}), Row(24, 200.0, {"high": 4, "unknown": 2}))
WORLD = World(
    HazardParams(
        rain=RainParams(rows={"flash_flood": ROWS, "landslide": (Row(24, 100.0, {"high": 3}),)}, steps=Steps()),
        susceptibility={("high-commune", "flash_flood"): "high", ("high-commune", "landslide"): "high"},
        wind=WindParams((Force(17.2, 8, 2), Force(24.5, 10, 3))),
        dam_failure=DamFailureParams(5),
    ),
    reaches={"flash_flood": CorrelationParams(river_km=0.0, nearby_km=15.0)},
    neighbours={"a": frozenset({"high-commune"}), "high-commune": frozenset({"a"})},
)
MakeEngine = Callable[[], Engine]


@pytest.fixture
def make(store: Store) -> MakeEngine:
    return lambda: Engine(store, WORLD, DataClock(), LocalBus())


def records(
    station: str, name: str, values: list[float], start: datetime = START, every_s: int = 600
) -> list[Observation]:
    times = [start + timedelta(seconds=every_s * (index + 1)) for index in range(len(values))]
    return [
        Observation(station, at, {name: value}, at, seq=index, boot="b", raw=b"{}")
        for index, (at, value) in enumerate(zip(times, values, strict=True))
    ]


async def cases(store: Store) -> list[Incident]:
    async with store.read() as connection:
        return sorted(await incident_store.find(connection), key=lambda each: each.number)


async def kinds(store: Store) -> list[str]:
    async with store.read() as connection:
        return [event.kind for event in await journal_log.read_after(connection, 0)]


async def test_a_downpour_opens_a_flash_flood_case_that_says_why(store: Store, make: MakeEngine) -> None:
    engine = make()
    await engine.put_station(Station("g", "Mưa Bù Gia Mập", "rain", area="high-commune"), ADMIN)
    await engine.observe(records("g", "rain_mm", [0.0] * 18 + [20.0] * 4))
    (case,) = await cases(store)
    assert (case.hazard, case.level, case.area) == ("flash_flood", 2, "high-commune")
    assert case.title["code"] == "title.flash_flood"
    async with store.read() as connection:
        (evidence,) = (await incident_store.evidence_of(connection, [case.id]))[case.id]
    codes = [reason.code for reason in evidence.reasons]
    assert codes[-2:] == ["reason.rain_reached", "reason.susceptibility_high"]


async def test_rain_that_goes_on_is_told_again_on_the_timeline(store: Store, make: MakeEngine) -> None:
    engine = make()
    await engine.put_station(Station("g", "Mưa", "rain", area="b"), ADMIN)
    await engine.observe(records("g", "rain_mm", [0.0] * 6 + [9.0] * 10))
    (case,) = await cases(store)
    assert case.level == 1
    # 54 mm opens it; 72, 81 mm pass steps of 15 mm from 50 on: 65 and 80.
    assert (await kinds(store)).count("incident.renewed") == 2


async def test_two_gauges_of_one_storm_are_one_case_and_it_stands_down(store: Store, make: MakeEngine) -> None:
    engine = make()
    for name, area in (("g1", "high-commune"), ("g2", "a")):
        await engine.put_station(Station(name, name, "rain", area=area), ADMIN)
    storm = [0.0] * 18 + [20.0] * 4 + [0.0] * 40
    for first, second in zip(records("g1", "rain_mm", storm), records("g2", "rain_mm", storm), strict=True):
        await engine.observe([first, second])
    (case,) = await cases(store)
    assert (case.level, case.peak_level, case.evidence_count) == (0, 2, 2)
    assert case.stood_down_at is not None


async def test_landslide_is_a_case_of_its_own(store: Store, make: MakeEngine) -> None:
    engine = make()
    await engine.put_station(Station("g", "Mưa", "rain", area="high-commune"), ADMIN)
    await engine.observe(records("g", "rain_mm", [12.0] * 20))
    assert {(case.hazard, case.peak_level) for case in await cases(store)} == {("flash_flood", 4), ("landslide", 3)}


async def test_late_records_of_a_gauge_tell_the_storm_that_nobody_saw(store: Store, make: MakeEngine) -> None:
    engine = make()
    await engine.put_station(Station("g", "Mưa", "rain", area="high-commune"), ADMIN)
    storm = records("g", "rain_mm", [0.0] * 18 + [20.0] * 4 + [0.0] * 60)
    held_back = storm[18:22]
    await engine.observe([each for each in storm if each not in held_back])
    assert await cases(store) == []
    await engine.observe(held_back)
    (case,) = await cases(store)
    assert (case.peak_level, case.level) == (2, 0)


async def test_a_gale_at_a_sensor_opens_a_storm(store: Store, make: MakeEngine) -> None:
    engine = make()
    await engine.put_station(Station("w", "Gió", "fire_weather", area="b"), ADMIN)
    await engine.observe(records("w", "wind_speed_ms", [5, 60, 5, 5, 18, 19, 19, 25, 26, 26, 5, 5, 5]))
    (case,) = await cases(store)
    assert (case.hazard, case.peak_level, case.level) == ("storm", 3, 0)


async def test_water_over_the_crest_is_critical_at_once_and_without_a_crest_nothing(
    store: Store, make: MakeEngine
) -> None:
    engine = make()
    await engine.put_station(Station("dam", "Hồ A", "reservoir", area="b", facts={"crest_level_m": 220.0}), ADMIN)
    await engine.put_station(Station("other", "Hồ B", "reservoir", area="c"), ADMIN)
    for name in ("dam", "other"):
        await engine.observe(records(name, "htl", [218.0, 219.9, 220.1, 220.2]))
    (case,) = await cases(store)
    assert (case.hazard, case.level, case.station) == ("dam_failure", 5, "dam")


async def test_a_hazard_of_the_packs_own_flows_through_like_any_other(store: Store, make: MakeEngine) -> None:
    """Signals and people may use any code that hazards.yaml names: nothing in the engine knows a list of them."""
    engine = make()
    by_hand = await engine.open_by_hand(hazard="salt_intrusion", title="Xâm nhập mặn", level=2, actor=OPERATOR)
    assert by_hand.hazard == "salt_intrusion"
    signal = Signal(
        hazard="salt_intrusion", ref="salinity:b", level=3, previous_level=0, at=START, onset=START, value=4.1,
        rule="pack", reasons=(Reason("reason.same_area", {}),), source="indicator", place=Place(area="b", name="Cống"),
    )  # fmt: skip
    async with store.write() as unit:
        (heard,) = await engine.hear(unit, [signal])
    assert heard is not None
    assert (heard.hazard, heard.level, heard.title["code"]) == ("salt_intrusion", 3, "title.other")
