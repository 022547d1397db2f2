"""Each piece of the flood keeps every drop and behaves as its textbook says."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eoc.hazards.muskingum import MuskingumReach
from sensors.simulator.hydrology import (
    Curve,
    NashCascade,
    Rating,
    Reservoir,
    Spillway,
    runoff_m3s,
    scs_excess_mm,
)

STEP_S = 300.0
flows = st.lists(st.floats(0, 5000), min_size=1, max_size=200)
rain = st.lists(st.floats(0, 20), min_size=1, max_size=100)


@given(rain, st.floats(30, 100))
def test_runoff_never_exceeds_rain_and_starts_after_the_losses(depths: list[float], curve_number: float) -> None:
    excess = scs_excess_mm(depths, curve_number)
    assert all(part >= -1e-9 for part in excess)
    assert sum(excess) <= sum(depths) + 1e-9
    retention = 25400 / curve_number - 254
    if sum(depths) <= 0.2 * retention:
        assert sum(excess) == 0


@given(rain, st.floats(30, 98), st.floats(0, 2))
def test_wetter_land_sheds_more(depths: list[float], curve_number: float, more: float) -> None:
    assert sum(scs_excess_mm(depths, curve_number + more)) >= sum(scs_excess_mm(depths, curve_number)) - 1e-9


def test_runoff_of_known_numbers() -> None:
    # USDA TR-55, CN 80: 5 inches of rain (127 mm) give 2.89 inches (73.4 mm) of runoff.
    assert sum(scs_excess_mm([12.7] * 10, 80)) == pytest.approx(73.4, abs=0.2)
    assert scs_excess_mm([10.0, 5.0], 100) == pytest.approx([10.0, 5.0])
    # 1 mm on 1 km2 in one hour is 1,000 m3 in 3,600 s.
    assert runoff_m3s(1.0, 1.0, 3600.0) == pytest.approx(1 / 3.6)


@given(flows, st.integers(1, 6), st.floats(0.2, 8), st.floats(0, 200))
def test_a_catchment_keeps_every_drop(inflows: list[float], n: int, k_h: float, base: float) -> None:
    cascade = NashCascade(n, k_h, STEP_S, base)
    before = cascade.storage_m3
    outflows = [cascade.step(inflow) for inflow in inflows]
    balance = sum(inflows) * STEP_S - sum(outflows) * STEP_S - (cascade.storage_m3 - before)
    assert balance == pytest.approx(0, abs=1e-6 * (1 + sum(inflows) * STEP_S + before))
    assert all(flow >= -1e-9 for flow in outflows)
    assert max(outflows) <= max(*inflows, base) + 1e-6


def test_a_catchment_in_balance_stays_in_balance_and_delays_by_n_times_k() -> None:
    cascade = NashCascade(3, 2.0, STEP_S, 50.0)
    assert [cascade.step(50.0) for _ in range(100)] == pytest.approx([50.0] * 100)
    pulse = NashCascade(3, 2.0, STEP_S)
    series = [pulse.step(100.0 if index == 0 else 0.0) for index in range(2000)]
    centre_h = sum(flow * (index + 0.5) for index, flow in enumerate(series)) / sum(series) * STEP_S / 3600
    assert centre_h == pytest.approx(6.0 + STEP_S / 7200, abs=0.05)


reaches = st.tuples(st.floats(0.3, 12), st.floats(0, 0.45))


@given(flows, reaches, st.floats(0, 500))
def test_a_reach_keeps_every_drop_and_never_makes_a_wave(
    inflows: list[float], reach: tuple[float, float], base: float
) -> None:
    wave = _reach(*reach, base)
    before = wave.storage_m3
    outflows = [wave.step(inflow) for inflow in inflows]
    balance = (sum(inflows) - sum(outflows)) * STEP_S - (wave.storage_m3 - before)
    assert balance == pytest.approx(0, abs=1e-6 * (1 + sum(inflows) * STEP_S + abs(before)))
    assert min(*inflows, base) - 1e-6 <= min(outflows)
    assert max(outflows) <= max(*inflows, base) + 1e-6


@given(reaches)
def test_the_numbers_of_a_reach_are_stable(reach: tuple[float, float]) -> None:
    wave = _reach(*reach, 0)
    assert all(c >= -1e-12 for c in wave.coefficients)
    assert sum(wave.coefficients) == pytest.approx(1)


def _reach(k_h: float, x: float, flow: float) -> MuskingumReach:
    try:
        return MuskingumReach(k_h, x, STEP_S, flow)
    except ValueError:
        assume(False)
        raise


def test_a_flood_takes_k_hours_along_a_reach() -> None:
    wave = MuskingumReach(4.0, 0.2, STEP_S)
    series = [wave.step(1000.0 if 12 <= index < 36 else 0.0) for index in range(600)]
    centre_h = sum(flow * index for index, flow in enumerate(series)) / sum(series) * STEP_S / 3600
    inflow_centre_h = (12 + 35) / 2 * STEP_S / 3600
    assert centre_h - inflow_centre_h == pytest.approx(4.0, abs=0.01)
    assert max(series) < 1000


def test_a_step_too_long_for_a_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        MuskingumReach(0.05, 0.2, 3600.0)


@given(st.floats(0, 9000), st.floats(0, 9000), st.floats(1, 100), st.floats(1.0, 3.0))
def test_more_water_stands_higher(one: float, other: float, a: float, b: float) -> None:
    rating = Rating(40.0, a, b)
    low, high = sorted((one, other))
    assert rating.stage_m(low) <= rating.stage_m(high)
    assert rating.discharge_m3s(rating.stage_m(high)) == pytest.approx(high, rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(0.1, 50), min_size=2, max_size=8), st.floats(0, 1))
def test_a_rising_curve_can_be_read_both_ways(steps: list[float], share: float) -> None:
    points = [(0.0, 0.0)]
    for step in steps:
        points.append((points[-1][0] + step, points[-1][1] + 2 * step))
    curve = Curve(tuple(points))
    x = share * points[-1][0]
    assert curve.inverse(curve.at(x)) == pytest.approx(x, abs=1e-6)
    assert curve.at(-1) == 0
    assert curve.at(1e9) == points[-1][1]


def lake(level_m: float = 109.5, ramp: float = 350.0) -> Reservoir:
    rule = Curve(((109.2, 0.0), (109.6, 0.7), (110.0, 1.0), (110.6, 1.1)))
    spillway = Spillway(5, 4400.0, rule, ramp, 1800.0)
    storage = Curve(((104, 86), (107, 121), (110, 165.5), (113, 217), (130, 700)))
    return Reservoir(storage, level_m, 270.0, 104.0, spillway, STEP_S)


@given(flows, st.floats(104, 112))
def test_a_lake_keeps_every_drop_within_its_means(inflows: list[float], level_m: float) -> None:
    reservoir = lake(level_m)
    before = reservoir.storage_m3
    steps = [reservoir.step(inflow) for inflow in inflows]
    balance = sum(s.inflow_m3s - s.outflow_m3s for s in steps) * STEP_S - (reservoir.storage_m3 - before)
    assert balance == pytest.approx(0, abs=1e-6 * before)
    for step in steps:
        assert 0 <= step.turbine_m3s <= 270
        assert 0 <= step.spill_m3s <= 4400
        assert (step.gates_open == 0) == (step.spill_m3s == 0)
        assert step.gates_open == math.ceil(step.spill_m3s / 880)
        assert step.level_m >= 104 - 1e-9


@given(flows)
def test_gates_move_only_at_decisions_and_within_the_ramp(inflows: list[float]) -> None:
    reservoir = lake()
    steps = [reservoir.step(inflow) for inflow in inflows]
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        change = abs(after.spill_m3s - before.spill_m3s)
        assert change <= 350 * 0.5 + 1e-6
        if index % 6:
            assert change <= 1e-6


def test_a_lake_below_its_rule_spills_nothing_and_a_full_one_passes_the_flood() -> None:
    low = lake(105.0)
    assert all(low.step(200.0).spill_m3s == 0 for _ in range(100))
    full = lake(110.0)
    steps = [full.step(2000.0) for _ in range(300)]
    assert steps[-1].outflow_m3s == pytest.approx(2000.0, rel=0.05)
    assert max(step.level_m for step in steps) < 113
