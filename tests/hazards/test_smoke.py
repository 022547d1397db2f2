"""Smoke at a sensor: what the day's danger asks for, in any order of arrival, and never milder when it is worse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards import state as states
from eoc.hazards.binding import HazardParams, rules_of
from eoc.hazards.fire_book import CurrentBook, FireBook, NotifiedBurning
from eoc.hazards.fire_danger import ReadingRule
from eoc.hazards.fold import fold, refold
from eoc.hazards.rule import Sample
from eoc.hazards.smoke import Evidence, SmokeLimits, SmokeParams, SmokeRule, SmokeState, evidence_needed
from eoc.model import Station

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STATION = Station("kt-1", "Trạm thử", "fire_weather", lon=107.0, lat=12.0, area="x1")
START = datetime(2026, 3, 10, 8, tzinfo=UTC)  # 15:00 local: the day's danger is known
MINUTE = timedelta(minutes=1)
ROWS = {
    "quick": Evidence("quick", 2, 15 * MINUTE, 2 * MINUTE, 3),
    "ordinary": Evidence("ordinary", 3, 30 * MINUTE, 10 * MINUTE, 2),
    "slow": Evidence("slow", 4, 60 * MINUTE, 30 * MINUTE, 2, sources=2),
}
PARAMS = SmokeParams(
    limits={"smoke_ratio": SmokeLimits(0.3, 0.15)},
    rows=ROWS,
    kinds={1: "slow", 2: "slow", 3: "ordinary", 4: "quick", 5: "quick"},
)
DAY = date(2026, 3, 10)


def book(level: int | None, *burnings: NotifiedBurning) -> FireBook:
    known = {DAY - timedelta(days=1): level, DAY: level} if level else {}
    return FireBook(ReadingRule(ZONE, time(13)), {"x1": known}, burnings, radius_km=1.5, margin=60 * MINUTE)


def rule(level: int | None, *burnings: NotifiedBurning) -> SmokeRule:
    made = SmokeRule.of(STATION, "smoke_ratio", replace(PARAMS, context=book(level, *burnings)))
    assert made is not None
    return made


def series(values: Sequence[float], every: timedelta = 2 * MINUTE) -> list[Sample]:
    return [Sample(START + every * index, value) for index, value in enumerate(values)]


def levels(danger: int | None, values: Sequence[float]) -> list[int]:
    watch, state, told = rule(danger), SmokeState(), []
    for sample in series(values):
        state, _ = watch.step(state, sample)
        told.append(state.level)
    return told


def first(told: Sequence[int]) -> int | None:
    return next((index for index, level in enumerate(told) if level), None)


def test_danger_decides_how_long_smoke_must_last() -> None:
    steady = [0.6] * 40
    begun = {danger: first(levels(danger, steady)) for danger in (5, 4, 3, None, 2, 1)}
    # Two minutes apart: index 1 is 2 min, 5 is 10 min, 15 is 30 min.
    assert begun == {5: 1, 4: 1, 3: 5, None: 5, 2: 15, 1: 15}
    assert max(levels(5, steady)) == 3
    assert max(levels(1, steady)) == 2


def test_one_wild_sample_or_one_burst_opens_nothing() -> None:
    assert set(levels(5, [0.0, 0.9, *[0.0] * 30])) == {0}
    burst = [Sample(START + timedelta(seconds=10 * index), 0.9) for index in range(8)]
    state, steps = fold(rule(5), SmokeState(), burst)
    assert (state.level, steps) == (0, [])


def test_gusts_of_clean_air_do_not_hide_a_fire() -> None:
    flicker = [0.6, 0.1] * 20
    assert first(levels(3, flicker)) is not None
    assert first(levels(1, flicker)) is not None


def test_it_ends_when_the_air_has_been_clean_for_the_window() -> None:
    told = levels(4, [0.6] * 5 + [0.05] * 20)
    assert told[4] == 3
    assert told[-1] == 0
    _, steps = fold(rule(4), SmokeState(), series([0.6] * 5 + [0.05] * 20))
    assert [(each.assessment.level, each.assessment.reasons[0].code) for each in steps] == [
        (3, "reason.smoke_seen"),
        (0, "reason.smoke_gone"),
    ]


def test_haze_between_the_limits_neither_begins_nor_ends_a_sign() -> None:
    assert set(levels(5, [0.2] * 40)) == {0}
    assert levels(4, [0.6] * 5 + [0.2] * 40)[-1] == 3
    assert levels(4, [0.6] * 5 + [0.2] * 10 + [0.05] * 10)[-1] == 0


def test_notified_burning_lowers_and_says_so_but_never_drops() -> None:
    burning = NotifiedBurning("b1", "x1", START, START + timedelta(hours=2), 107.005, 12.0)
    state, steps = fold(rule(5, burning), SmokeState(), series([0.6] * 5))
    assert state.level == 2
    assert "reason.burning_notified" in [each.code for each in steps[0].assessment.reasons]
    far = replace(burning, lon=107.5)
    assert fold(rule(5, far), SmokeState(), series([0.6] * 5))[0].level == 3
    over = replace(burning, since=START - timedelta(days=1), until=START - timedelta(hours=3))
    assert fold(rule(5, over), SmokeState(), series([0.6] * 5))[0].level == 3
    whole_commune = replace(burning, lon=None, lat=None)
    assert fold(rule(1, whole_commune), SmokeState(), series([0.6] * 40))[0].level == 1


def test_the_danger_of_yesterday_holds_until_todays_reading_is_complete() -> None:
    known = FireBook(ReadingRule(ZONE, time(13)), {"x1": {DAY - timedelta(days=1): 2, DAY: 5}})
    assert known.danger("x1", datetime(2026, 3, 10, 13, 59, tzinfo=ZONE)) == 2
    assert known.danger("x1", datetime(2026, 3, 10, 14, 0, tzinfo=ZONE)) == 5
    assert known.danger("x1", datetime(2026, 3, 11, 10, 0, tzinfo=ZONE)) == 5
    assert known.danger("x1", datetime(2026, 3, 11, 14, 0, tzinfo=ZONE)) is None
    assert known.danger("x2", datetime(2026, 3, 10, 15, 0, tzinfo=ZONE)) is None
    current = CurrentBook()
    assert current.danger("x1", START) is None
    current.book = known
    assert current.danger("x1", START) == 5


def test_a_camera_is_told_the_same_table() -> None:
    assert [evidence_needed(level, PARAMS) for level in (1, 3, 5, None)] == [
        ROWS["slow"],
        ROWS["ordinary"],
        ROWS["quick"],
        ROWS["ordinary"],
    ]
    assert evidence_needed(3, SmokeParams()) is None


def test_which_stations_have_the_rule() -> None:
    both = replace(PARAMS, limits={**PARAMS.limits, "pm25_ugm3": SmokeLimits(150, 75)})
    smoke = [each for each in rules_of(STATION, HazardParams(smoke=both)) if each.hazard == "forest_fire"]
    assert [(each.observed_property, each.slot) for each in smoke] == [("smoke_ratio", "smoke")]
    dust = rules_of(replace(STATION, rules={"smoke_from_pm25": 1.0}), HazardParams(smoke=both))
    assert [each.observed_property for each in dust if each.hazard == "forest_fire"] == ["pm25_ugm3"]
    assert "smoke" in states.SLOTS
    river = replace(STATION, kind="river")
    assert all(each.hazard != "forest_fire" for each in rules_of(river, HazardParams(smoke=both)))
    assert all(each.hazard != "forest_fire" for each in rules_of(STATION, HazardParams()))
    with pytest.raises(ValueError, match="look-back"):
        SmokeRule.of(STATION, "smoke_ratio", replace(PARAMS, look_back=timedelta(hours=1)))


def test_a_state_survives_the_database() -> None:
    state, _ = fold(rule(5), SmokeState(), series([0.6] * 5))
    stored = states.encode(states.StationState(smoke=state))
    assert states.decode(stored).smoke == state


VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.4, 0.9]), min_size=1, max_size=60)
GAPS = st.lists(st.integers(20, 2400), min_size=60, max_size=60)
DANGER = st.sampled_from([None, 1, 2, 3, 4, 5])


def irregular(values: Sequence[float], gaps: Sequence[int]) -> list[Sample]:
    at, found = START, []
    for value, gap in zip(values, gaps, strict=False):
        at += timedelta(seconds=gap)
        found.append(Sample(at, value))
    return found


@given(VALUES, GAPS, DANGER)
def test_the_look_back_is_all_it_remembers(values: list[float], gaps: list[int], danger: int | None) -> None:
    samples = irregular(values, gaps)
    made = rule(danger)
    whole, _ = fold(made, SmokeState(), samples)
    again, _ = refold(made, samples)
    assert again == whole


@given(VALUES, GAPS)
def test_more_danger_never_asks_for_more(values: list[float], gaps: list[int]) -> None:
    samples = irregular(values, gaps)
    severities = []
    for danger in (1, 2, 3, 4, 5):
        watch, state, told = rule(danger), SmokeState(), []
        for sample in samples:
            state, _ = watch.step(state, sample)
            told.append(state.level)
        severities.append(told)
    for milder, worse in pairwise(severities):
        assert all(low <= high for low, high in zip(milder, worse, strict=True))


@given(VALUES, GAPS, DANGER, st.floats(0, 0.5))
def test_more_smoke_is_never_milder(values: list[float], gaps: list[int], danger: int | None, more: float) -> None:
    samples = irregular(values, gaps)
    watch, state, worse = rule(danger), SmokeState(), SmokeState()
    for sample in samples:
        state, _ = watch.step(state, sample)
        worse, _ = watch.step(worse, Sample(sample.at, sample.value + more))
        assert worse.level >= state.level
