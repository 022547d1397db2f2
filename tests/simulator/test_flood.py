"""The flood of sông Bé: balanced, repeatable, plausible, and passing the gauges in order."""

from itertools import pairwise

import pytest

from eoc.packs import Pack
from sensors.simulator import Scenario
from sensors.simulator.flood import Flood, compute
from sensors.simulator.notices import notices

SONG_BE = ("be-phuoc-long", "be-can-don", "be-long-binh", "be-nha-bich")
STEP_H = 300 / 3600


def crossing_h(flood: Flood, gauge: str, level_m: float) -> float | None:
    """The first hour after the live start at which the true level reaches a threshold."""
    hours = [step * STEP_H for step in range(-288, 432)]
    return next((hour for hour in hours if flood.stage_at(gauge, hour) >= level_m), None)


def below_again_h(flood: Flood, gauge: str, level_m: float) -> float:
    hours = [step * STEP_H for step in range(432)]
    return max(hour for hour in hours if flood.stage_at(gauge, hour) >= level_m) + STEP_H


def threshold(scenario: Scenario, gauge: str, name: str) -> float:
    thresholds = scenario.stations[gauge].thresholds
    assert thresholds is not None
    return dict(thresholds.named())[name]


@pytest.mark.parametrize("seed", [None, 1, 2, 3, 99])
def test_no_drop_is_made_or_lost_between_the_rain_and_the_confluence(scenario: Scenario, seed: int | None) -> None:
    for river, account in compute(scenario, seed).accounts.items():
        assert account.came > 1e6, river
        assert account.error_share() < 1e-9, river


def test_the_same_seed_gives_the_same_flood_and_another_seed_another(scenario: Scenario, flood: Flood) -> None:
    again, other = compute(scenario), compute(scenario, 7)
    assert again.discharge_m3s == flood.discharge_m3s
    assert again.reservoirs == flood.reservoirs
    assert other.rain_mm != flood.rain_mm


def test_a_catchment_more_changes_no_other(scenario: Scenario, flood: Flood) -> None:
    first, *rest = scenario.file.catchments
    fewer = scenario.file.model_copy(update={"catchments": (*rest, first)})
    shuffled = compute(Scenario(fewer, scenario.reaches, scenario.stations))
    assert shuffled.rain_mm == flood.rain_mm
    assert shuffled.discharge_m3s == flood.discharge_m3s


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_alarm_levels_are_passed_in_order_downstream(scenario: Scenario, seed: int | None) -> None:
    flood = compute(scenario, seed)
    bd1 = [crossing_h(flood, gauge, threshold(scenario, gauge, "bd1")) for gauge in SONG_BE]
    assert None not in bd1
    hours = [hour for hour in bd1 if hour is not None]
    lags = [later - earlier for earlier, later in pairwise(hours)]
    assert hours[0] > 0
    assert all(1.0 <= lag <= 8.0 for lag in lags), hours
    for gauge in SONG_BE[:3]:
        levels = [crossing_h(flood, gauge, threshold(scenario, gauge, name)) for name in ("bd1", "bd2", "bd3")]
        assert None not in levels
        passed = [level for level in levels if level is not None]
        assert passed == sorted(passed)
        assert passed[2] - passed[0] > 2
    assert crossing_h(flood, "be-nha-bich", threshold(scenario, "be-nha-bich", "bd2")) is not None


def test_a_demo_shows_the_first_alarm_and_the_third_level_soon(scenario: Scenario, flood: Flood) -> None:
    """At the scenario's own speed, in seconds after the start: what somebody in front of the screen waits for."""
    per_h = 3600 / scenario.file.speed
    first = crossing_h(flood, "rat-dong-tam", threshold(scenario, "rat-dong-tam", "bd1"))
    first_be = crossing_h(flood, "be-phuoc-long", threshold(scenario, "be-phuoc-long", "bd1"))
    third = crossing_h(flood, "be-phuoc-long", threshold(scenario, "be-phuoc-long", "bd3"))
    assert first is not None
    assert first_be is not None
    assert third is not None
    assert 20 < first * per_h < 90
    assert 60 < first_be * per_h < 100
    assert 120 < third * per_h < 300
    assert scenario.file.live_h * per_h < 20 * 60


def test_the_history_is_quiet_so_that_the_first_case_opens_before_the_viewers_eyes(
    scenario: Scenario, flood: Flood
) -> None:
    for gauge in flood.discharge_m3s:
        stages = [flood.stage_at(gauge, step * STEP_H) for step in range(-288, 1)]
        rules = scenario.stations[gauge].rules
        fast_m = rules.rise_m_per_h if rules and rules.rise_m_per_h else 0.5
        assert max(later - earlier for earlier, later in zip(stages, stages[12:], strict=False)) < fast_m, gauge
        alarm_m = scenario.alarm_m(gauge)
        assert alarm_m is None or max(stages) < alarm_m, gauge


def test_the_flood_falls_and_every_gauge_stands_down_within_the_scenario(scenario: Scenario, flood: Flood) -> None:
    ends = [below_again_h(flood, gauge, threshold(scenario, gauge, "bd1") - 0.05) for gauge in SONG_BE]
    assert ends == sorted(ends)
    assert ends[-1] < scenario.file.live_h - 6
    assert 36 <= scenario.file.history_h + scenario.file.live_h <= 72


def test_the_numbers_are_believable(scenario: Scenario, flood: Flood, pack: Pack) -> None:
    peaks = {gauge: max(series) for gauge, series in flood.discharge_m3s.items()}
    assert all(800 < peaks[gauge] < 2500 for gauge in SONG_BE)
    assert all(50 <= sum(flood.rain_mm[one.id]) <= 250 or one.rain_factor < 0.6 for one in scenario.file.catchments)
    for entry in scenario.file.reservoirs:
        steps = flood.reservoirs[entry.station]
        station = pack.station(entry.station)
        assert station is not None
        assert station.reservoir is not None
        normal_m = station.reservoir.normal_level_m or 0.0
        assert all(abs(step.level_m - normal_m) < 1.0 for step in steps)
        # A dam flattens the flood, it does not add to it.
        assert max(s.outflow_m3s for s in steps) <= max(s.inflow_m3s for s in steps) * 1.06
    # Below the turbines' capacity nothing is spilled: the ordinary wet day of 2018 (300 + 84 m3/s) lies within reach.
    srok = flood.reservoirs["ho-srok-phu-mieng"]
    assert max(step.turbine_m3s for step in srok) == 300


def test_a_gauge_rises_no_faster_than_a_release_may_make_it(flood: Flood) -> None:
    for gauge in SONG_BE:
        stages = [flood.stage_at(gauge, step * STEP_H) for step in range(-288, 432)]
        assert max(later - earlier for earlier, later in zip(stages, stages[12:], strict=False)) < 2.0


def test_every_opening_is_announced_and_only_srok_phu_mieng_is_late(scenario: Scenario, flood: Flood) -> None:
    leads: dict[str, float] = {}
    for entry in scenario.file.reservoirs:
        steps = flood.reservoirs[entry.station]
        given = notices(entry, steps, flood.first_h, STEP_H)
        assert given, entry.station
        assert [notice.given_h for notice in given] == sorted(notice.given_h for notice in given)
        for notice in given:
            at = flood.index(notice.planned_h + STEP_H)
            assert notice.discharge_m3s >= steps[at].outflow_m3s - 10
            assert notice.until_h is None or notice.until_h > notice.planned_h
        if steps[0].gates_open == 0:
            leads[entry.station] = given[0].planned_h - given[0].given_h
            before = [s for i, s in enumerate(steps) if flood.first_h + (i + 1) * STEP_H <= given[0].planned_h]
            assert all(step.gates_open == 0 for step in before)
    assert leads == pytest.approx({"ho-thac-mo": 4.0, "ho-can-don": 4.0, "ho-srok-phu-mieng": 1.0})


def test_rain_is_shared_out_exactly(flood: Flood) -> None:
    total = sum(flood.rain_mm["lv-thac-mo"])
    parts = sum(flood.rain_between("lv-thac-mo", h / 7, (h + 1) / 7) for h in range(-24 * 7, 36 * 7))
    assert parts == pytest.approx(total)
