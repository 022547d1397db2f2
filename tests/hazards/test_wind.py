"""Wind and the crest of a dam as folds: forces of Beaufort, two readings, no threshold that nobody gave."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.dam_failure import DamFailureParams, DamFailureRule, opening_level
from eoc.hazards.fold import fold, refold
from eoc.hazards.rule import Sample
from eoc.hazards.wind import Force, WindParams, WindRule
from eoc.model import Station

START = datetime(2026, 5, 1, tzinfo=UTC)
FORCES = (Force(10.8, 6, 1), Force(17.2, 8, 2), Force(24.5, 10, 3), Force(32.7, 12, 4))
WIND = WindRule.of(Station("w", "Gió", "fire_weather"), WindParams(FORCES))
DAM = DamFailureRule.of(Station("d", "Hồ", "reservoir", facts={"crest_level_m": 220.0}), DamFailureParams())

gaps_min = st.lists(st.sampled_from([1, 10, 10, 30, 100, 200, 1500]), min_size=80, max_size=80)


def series(values: list[float], every_min: int = 10) -> list[Sample]:
    return [Sample(START + timedelta(minutes=every_min * i), value) for i, value in enumerate(values)]


def timed(values: list[float], gaps: list[int]) -> list[Sample]:
    at, out = START, []
    for value, gap in zip(values, gaps, strict=False):
        at += timedelta(minutes=gap)
        out.append(Sample(at, value))
    return out


def levels(rule: WindRule | DamFailureRule, samples: list[Sample]) -> list[int]:
    state, out = rule.blank, []
    for sample in samples:
        state, _ = rule.step(state, sample)  # type: ignore[arg-type]
        out.append(state.level)
    return out


@given(st.lists(st.sampled_from([0.0, 9.0, 12.0, 16.0, 18.0, 23.0, 25.0, 40.0]), min_size=1, max_size=80), gaps_min)
@settings(max_examples=150, deadline=None)
def test_winds_state_depends_on_the_look_back_only(values: list[float], gaps: list[int]) -> None:
    samples = timed(values, gaps)
    assert refold(WIND, samples)[0] == fold(WIND, WIND.blank, samples)[0]


@given(st.lists(st.sampled_from([219.0, 219.95, 220.0, 221.0]), min_size=1, max_size=80), gaps_min)
@settings(max_examples=150, deadline=None)
def test_the_dams_state_depends_on_the_look_back_only(values: list[float], gaps: list[int]) -> None:
    assert DAM is not None
    samples = timed(values, gaps)
    assert refold(DAM, samples)[0] == fold(DAM, DAM.blank, samples)[0]


@given(st.lists(st.floats(0, 45), min_size=1, max_size=60), st.data())
@settings(max_examples=100, deadline=None)
def test_more_wind_is_never_milder(values: list[float], data: st.DataObject) -> None:
    more = [value + data.draw(st.floats(0, 15)) for value in values]
    assert all(a <= b for a, b in zip(levels(WIND, series(values)), levels(WIND, series(more)), strict=True))


@given(st.integers(0, 40), st.floats(1, 115))
@settings(max_examples=50, deadline=None)
def test_one_gust_of_a_broken_sensor_opens_nothing(where: int, gust: float) -> None:
    values = [4.0] * 41
    values[where] += gust
    assert max(levels(WIND, series(values))) == 0


@pytest.mark.parametrize(("speed", "level"), [(10.7, 0), (10.8, 1), (17.2, 2), (24.4, 2), (24.5, 3), (32.7, 4)])
def test_each_force_of_the_table_has_its_severity(speed: float, level: int) -> None:
    assert levels(WIND, series([3.0, speed, speed]))[-1] == level


def test_the_reason_names_the_force_and_the_end_needs_less_than_the_dead_band() -> None:
    _, steps = fold(WIND, WIND.blank, series([3, 18, 19, 16, 16, 14, 14]))
    up, down = steps
    assert (up.assessment.level, down.assessment.level) == (2, 1)
    facts = up.assessment.reasons[0].params
    assert (up.assessment.reasons[0].code, facts["force"], facts["value_ms"]) == ("reason.wind_at_or_above", 8, 19)
    assert down.sample.value == 14
    assert down.assessment.reasons[0].code == "reason.wind_below"


def test_water_at_the_crest_is_critical_and_one_reading_is_not_enough() -> None:
    assert DAM is not None
    assert levels(DAM, series([219.0, 225.0, 219.0, 220.0, 220.0, 219.95, 219.5, 219.5])) == [0, 0, 0, 0, 5, 5, 5, 0]


def test_without_a_crest_level_there_is_no_rule() -> None:
    known = {"normal_level_m": 218.0, "dead_level_m": 198.0}
    assert DamFailureRule.of(Station("d", "Hồ", "reservoir", facts=known), DamFailureParams()) is None


@pytest.mark.parametrize(
    ("hazard", "given_level", "severity", "opens"),
    [("dam_failure", 1, 5, 5), ("dam_failure", 1, None, 1), ("storm", 2, 5, 2), ("dam_failure", 5, 4, 5)],
)
def test_a_reported_dam_failure_is_critical_at_once(
    hazard: str, given_level: int, severity: int | None, opens: int
) -> None:
    assert opening_level(hazard, given_level, severity) == opens
