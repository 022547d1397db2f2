"""The flood rule as a fold: order and duplication do not matter, more water is never milder, tapes behave."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.fold import Episode, Step, episodes, fold, refold
from eoc.hazards.river_flood import FloodParams, FloodRule, FloodState, Uplift
from eoc.hazards.rule import Sample
from eoc.model import Station, Thresholds
from tests.tapes import armley, drawn_armley

Tape = Callable[[], list[tuple[datetime, float]]]

START = datetime(2026, 11, 1, tzinfo=UTC)
PARAMS = FloodParams(severity={"rise": 1, "bd1": 2, "bd2": 3, "bd3": 4, "above_bd3": 5}, above_bd3_m=1.0)
ALL_RULES = {"min_duration_s": 600.0, "hysteresis_m": 0.05, "rise_m_per_h": 0.5, "forecast_h": 2.0}


def rule(rules: dict[str, float], **thresholds: float) -> FloodRule:
    station = Station("s", "Trạm", "river", thresholds=Thresholds(**thresholds), rules=rules)
    return FloodRule.of(station, PARAMS)


def series(values: list[float], every_s: int = 300) -> list[Sample]:
    return [Sample(START + timedelta(seconds=every_s * i), value) for i, value in enumerate(values)]


def levels(flood: FloodRule, samples: list[Sample]) -> list[int]:
    out, state = [], FloodState()
    for sample in samples:
        state, _ = flood.step(state, sample)
        out.append(state.level)
    return out


FULL = rule(ALL_RULES, bd1=10.0, bd2=11.0, bd3=12.0)
LEVELS_ONLY = rule({"min_duration_s": 600.0, "hysteresis_m": 0.05}, bd1=10.0, bd2=11.0, bd3=12.0)

walks = st.lists(st.floats(-0.6, 0.6), min_size=2, max_size=120).map(
    lambda moves: [10.0 + sum(moves[: i + 1]) for i in range(len(moves))]
)
gaps_s = st.lists(st.sampled_from([60, 300, 900, 3600, 6 * 3600, 20 * 3600, 40 * 3600]), min_size=120, max_size=120)


def timed(values: list[float], gaps: list[int]) -> list[Sample]:
    at, out = START, []
    for value, gap in zip(values, gaps, strict=False):
        at += timedelta(seconds=gap)
        out.append(Sample(at, value))
    return out


@given(walks, gaps_s, st.sampled_from([FULL, LEVELS_ONLY]))
@settings(max_examples=300, deadline=None)
def test_the_state_depends_on_the_last_48_hours_only(values: list[float], gaps: list[int], flood: FloodRule) -> None:
    samples = timed(values, gaps)
    state, _ = fold(flood, FloodState(), samples)
    again, _ = refold(flood, samples)
    assert again == state


@given(walks, gaps_s, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_arrival_order_and_duplication_ends_in_the_same_state(
    values: list[float], gaps: list[int], chance: random.Random
) -> None:
    samples = timed(values, gaps)
    expected, _ = fold(FULL, FloodState(), samples)
    arriving = samples + chance.sample(samples, len(samples) // 2)
    chance.shuffle(arriving)
    known: set[Sample] = set()
    state = FloodState()
    for sample in arriving:
        if sample in known:
            continue
        known.add(sample)
        if state.last is None or sample.at > state.last.at:
            state, _ = FULL.step(state, sample)
        else:
            state, _ = refold(FULL, sorted(known))
    assert state == expected


@given(walks, st.floats(0, 3), st.sampled_from([FULL, LEVELS_ONLY]))
@settings(max_examples=200, deadline=None)
def test_more_water_is_never_milder(values: list[float], more_m: float, flood: FloodRule) -> None:
    lower = levels(flood, series(values))
    higher = levels(flood, series([value + more_m for value in values]))
    assert all(a <= b for a, b in zip(lower, higher, strict=True))


@given(walks, st.data())
@settings(max_examples=200, deadline=None)
def test_higher_samples_anywhere_are_never_milder_for_alarm_levels(values: list[float], data: st.DataObject) -> None:
    raised = [value + data.draw(st.floats(0, 2)) for value in values]
    lower, higher = levels(LEVELS_ONLY, series(values)), levels(LEVELS_ONLY, series(raised))
    assert all(a <= b for a, b in zip(lower, higher, strict=True))


@given(st.integers(0, 60), st.floats(5, 500))
def test_one_wild_sample_opens_nothing(where: int, spike_m: float) -> None:
    values = [9.0] * 61
    values[where] += spike_m
    assert max(levels(FULL, series(values))) == 0


def test_a_minimum_duration_of_zero_still_wants_two_samples() -> None:
    flood = rule({}, bd1=10.0)
    assert levels(flood, series([9, 10.5, 9, 9, 10.5, 10.5])) == [0, 0, 0, 0, 0, 2]


def test_the_dead_band_holds_and_flapping_does_not() -> None:
    values = [9.0, 10.2, 10.2, 10.2] + [9.97, 10.01] * 20 + [9.9, 9.9, 9.9]
    found = levels(LEVELS_ONLY, series(values))
    assert found[:3] == [0, 0, 0]
    assert set(found[3:-2]) == {2}
    assert found[-1] == 0


def test_rate_of_rise_counts_below_the_first_alarm_level() -> None:
    flood = rule({"min_duration_s": 600.0, "rise_m_per_h": 0.5}, bd1=20.0)
    rising = [9 + 0.08 * i for i in range(13)]
    assert levels(flood, series(rising))[-1] == 1
    assert levels(flood, series([9.0 + 0.01 * i for i in range(13)]))[-1] == 0


def test_a_station_without_thresholds_is_recorded_and_silent() -> None:
    assert set(levels(rule({}), series([1, 50, 100, 100, 100]))) == {0}


def test_reasons_name_the_threshold_the_value_and_how_long() -> None:
    _, steps = fold(LEVELS_ONLY, FloodState(), series([9, 10.2, 10.3, 10.4]))
    (step,) = steps
    (reason,) = step.assessment.reasons
    assert reason.code == "reason.level_at_or_above"
    assert (reason.params["threshold"], reason.params["threshold_m"]) == ("bd1", 10.0)
    assert (reason.params["value_m"], reason.params["minutes"]) == (10.4, 10)


def aire(tape: Tape, **rules: float) -> list[Episode]:
    thresholds = {name: rules.pop(name) for name in ("bd1", "bd2", "bd3") if name in rules}
    flood = rule({"min_duration_s": 600.0, **rules}, **thresholds)
    _, steps = fold(flood, FloodState(), [Sample(at, level_m) for at, level_m in tape()])
    return episodes(steps)


@pytest.mark.parametrize("tape", [armley, drawn_armley])
@pytest.mark.parametrize(("hysteresis_m", "ends"), [(0.0, "18:15"), (0.05, "18:45"), (0.10, "19:00")])
def test_boxing_day_2015_is_one_episode(tape: Tape, hysteresis_m: float, ends: str) -> None:
    """On the real tape where it is at hand, and on its drawing everywhere (tests/tapes.py)."""
    (episode,) = aire(tape, bd1=3.9, hysteresis_m=hysteresis_m)
    assert episode.onset == datetime(2015, 12, 26, 10, 15, tzinfo=UTC)
    assert episode.decided_at == datetime(2015, 12, 26, 10, 30, tzinfo=UTC)
    assert episode.cleared_at == datetime.fromisoformat(f"2015-12-27T{ends}Z")


@pytest.mark.parametrize("tape", [armley, drawn_armley])
@pytest.mark.parametrize("hysteresis_m", [0.05, 0.10])
def test_the_autumn_of_2015_has_four_episodes_and_one_passes_bd1(tape: Tape, hysteresis_m: float) -> None:
    """On the real tape where it is at hand, and on its drawing everywhere (tests/tapes.py)."""
    found = aire(tape, bd1=3.0, bd2=3.9, bd3=4.8, hysteresis_m=hysteresis_m)
    assert [(e.onset.month, e.onset.day) for e in found] == [(11, 15), (11, 16), (12, 12), (12, 25)]
    assert [e.peak_level for e in found] == [2, 2, 2, 4]
    assert sum(_reaches(step, 4) for step in found[3].steps) == 1


def _reaches(step: Step, level: int) -> bool:
    return step.assessment.level >= level > step.assessment.previous_level


def test_a_fast_rise_does_not_count_twice() -> None:
    params = replace(PARAMS, uplifts=(Uplift("reason.uplift_rise", 1, "bd1", rise_m_per_h=1.0),))
    station = Station("s", "Trạm", "river", thresholds=Thresholds(10.0, 11.0, 12.0), rules=ALL_RULES)
    flood = FloodRule.of(station, params)
    rising = [8.0 + 0.1 * i for i in range(25)]  # 1.2 m/h, past BĐ1 at 10.0 and heading for BĐ3 within two hours
    assert levels(flood, series(rising))[-1] == 3


def test_people_exposed_raise_the_severity_and_are_named() -> None:
    params = replace(PARAMS, uplifts=(Uplift("reason.uplift_people", 1, "bd1", people_exposed=1000),))
    few, many = (
        FloodRule.of(
            Station("s", "T", "river", thresholds=Thresholds(10.0), rules={}, people_exposed={"bd1": people}), params
        )
        for people in (999, 1000)
    )
    high = series([9, 10.2, 10.2])
    assert (levels(few, high)[-1], levels(many, high)[-1]) == (2, 3)
    _, steps = fold(many, FloodState(), high)
    assert [reason.code for reason in steps[-1].assessment.reasons] == [
        "reason.level_at_or_above",
        "reason.uplift_people",
    ]
    assert steps[-1].assessment.reasons[-1].params["people"] == 1000


def test_the_risk_reference_follows_the_rivers_table_and_is_none_where_unknown() -> None:
    params = replace(PARAMS, risk_table={"dong-nai": (("bd1", 1), ("bd2", 2), ("bd3", 3))})
    for river, expected in (("dong-nai", 2), ("be", None)):
        station = Station("s", "T", "river", river=river, thresholds=Thresholds(10.0, 11.0, 12.0), rules={})
        _, steps = fold(FloodRule.of(station, params), FloodState(), series([9, 11.5, 11.5]))
        assert steps[-1].assessment.risk_reference == expected
