"""The rain rule as a fold: order is no matter, one record opens nothing, more rain is never milder, gaps stay gaps."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.rain import RainParams, RainRule, RainState, Steps
from eoc.hazards.rain_table import Antecedent, Band, Row, Table, band_of, band_reason
from eoc.hazards.rain_windows import Gauge, at_any_time, day_start
from eoc.hazards.rule import Assessment, Sample
from eoc.model import Station

START = datetime(2026, 8, 1, tzinfo=UTC)
VIETNAM = timezone(timedelta(hours=7))
ROWS = (
    Row(3, 50.0, {"high": 1, "unknown": 1}),
    Row(24, 100.0, {"low": 1, "medium": 2, "high": 2, "unknown": 1}),
    Row(24, 100.0, {"medium": 3, "high": 3}, previous_rain_days=1),
    Row(24, 200.0, {"low": 2, "medium": 3, "high": 4, "unknown": 2}),
    Row(24, 400.0, {"low": 3, "medium": 4, "high": 5, "unknown": 3}),
)
PARAMS = RainParams(
    rows={"flash_flood": ROWS},
    antecedent=Antecedent(days=3, rain_day_mm=10.0),
    steps=Steps(),
    most_mm_per_10min=60.0,
    hold=timedelta(hours=12),
    zone=VIETNAM,
)
STATION = Station("g", "Trạm mưa", "rain", area="25222")
HIGH = RainRule.of("flash_flood", STATION, PARAMS, "high")
UNKNOWN = RainRule.of("flash_flood", STATION, PARAMS, None)
COUNTER = RainRule.of("flash_flood", replace(STATION, rules={"rain_from_counter": 1.0}), PARAMS, "high")


def records(mm: list[float], every_min: int = 10, start: datetime = START) -> list[Sample]:
    return [Sample(start + timedelta(minutes=every_min * (i + 1)), value) for i, value in enumerate(mm)]


def run(
    rule: RainRule, samples: list[Sample], state: RainState | None = None
) -> tuple[RainState, list[tuple[Sample, Assessment]]]:
    state, told = state or rule.blank, []
    for sample in samples:
        state, assessment = rule.step(state, sample)
        if assessment is not None:
            told.append((sample, assessment))
    return state, told


def levels(rule: RainRule, samples: list[Sample]) -> list[int]:
    out, state = [], rule.blank
    for sample in samples:
        state, _ = rule.step(state, sample)
        out.append(state.level)
    return out


def last_of(rule: RainRule, samples: list[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.at >= samples[-1].at - rule.look_back]


showers = st.lists(st.sampled_from([0.0] * 12 + [0.2, 1.0, 4.0, 12.0, 25.0, 59.0, 300.0]), min_size=2, max_size=80)
gaps_min = st.lists(st.sampled_from([1, 10, 10, 10, 14, 60, 300, 1440, 4000]), min_size=80, max_size=80)


def timed(mm: list[float], gaps: list[int], rule: RainRule) -> list[Sample]:
    at, total, out = START, 0.0, []
    for value, gap in zip(mm, gaps, strict=False):
        at += timedelta(minutes=gap, seconds=gap % 7)
        total = 0.0 if value == 300.0 else round(total + value, 1)
        out.append(Sample(at, total if rule.gauge.counter else value))
    return out


@given(showers, gaps_min, st.sampled_from([HIGH, COUNTER]))
@settings(max_examples=300, deadline=None)
def test_the_state_depends_on_the_look_back_only(mm: list[float], gaps: list[int], rule: RainRule) -> None:
    samples = timed(mm, gaps, rule)
    assert run(rule, last_of(rule, samples))[0] == run(rule, samples)[0]


@given(showers, gaps_min, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_any_arrival_order_ends_in_the_same_state(mm: list[float], gaps: list[int], chance: random.Random) -> None:
    samples = timed(mm, gaps, HIGH)
    expected, _ = run(HIGH, samples)
    arriving = list(samples)
    chance.shuffle(arriving)
    known: list[Sample] = []
    state = HIGH.blank
    for sample in arriving:
        known = sorted([*known, sample])
        if state.last is None or sample.at > state.last.at:
            state, _ = HIGH.step(state, sample)
        else:
            state, _ = run(HIGH, last_of(HIGH, known))
    assert state == expected


@given(showers, gaps_min, st.data())
@settings(max_examples=200, deadline=None)
def test_more_rain_anywhere_is_never_milder(mm: list[float], gaps: list[int], data: st.DataObject) -> None:
    samples = timed(mm, gaps, HIGH)
    more = [Sample(each.at, each.value + data.draw(st.sampled_from([0.0, 0.0, 5.0, 40.0]))) for each in samples]
    assert all(a <= b for a, b in zip(levels(HIGH, samples), levels(HIGH, more), strict=True))


@given(st.integers(0, 200), st.floats(0.1, 500), st.sampled_from([0.0, 0.01]))
@settings(max_examples=60, deadline=None)
def test_one_wild_record_opens_nothing(where: int, spike_mm: float, drizzle_mm: float) -> None:
    mm = [drizzle_mm] * 201
    mm[where] += spike_mm
    assert max(levels(HIGH, records(mm))) == 0


@given(st.integers(1, 200), st.floats(-400, 5000))
@settings(max_examples=60, deadline=None)
def test_one_wild_counter_reading_opens_nothing(where: int, wrong_mm: float) -> None:
    values = [500.0 + 0.01 * i for i in range(202)]
    values[where] += wrong_mm
    assert max(levels(COUNTER, records(values))) == 0


def test_a_downpour_opens_with_the_record_that_reaches_the_amount() -> None:
    samples = records([0.0] * 12 + [20.0, 20.0, 20.0])
    _, told = run(HIGH, samples)
    ((sample, assessment),) = told
    assert sample == samples[-1]
    assert (assessment.previous_level, assessment.level, assessment.onset) == (0, 1, samples[-1].at)
    assert [reason.code for reason in assessment.reasons] == [
        "reason.rain_reached_partly",
        "reason.susceptibility_high",
    ]
    facts = assessment.reasons[0].params
    assert (facts["hours"], facts["mm"], facts["limit_mm"], facts["missing_min"]) == (3, 60.0, 50.0, 30)
    whole, _ = run(HIGH, records([0.0] * 18))
    _, told = run(HIGH, records([20.0] * 3, start=START + timedelta(hours=3)), whole)
    assert told[0][1].reasons[0].code == "reason.rain_reached"


def test_what_is_missing_keeps_no_alarm_back_and_calls_nothing_over() -> None:
    mm = [0.0] * 18 + [20.0, 20.0, 20.0] + [0.0] * 60
    samples = records(mm)
    assert levels(HIGH, samples)[-1] == 0
    lost = [sample for index, sample in enumerate(samples) if index not in {30, 31}]
    found = levels(HIGH, lost)
    cleared = next(i for i, (a, b) in enumerate(pairwise(found)) if a and not b) + 1
    # Three hours after the rain the window still has the twenty minutes in it: only when they have left it is it over.
    assert lost[cleared].at > samples[31].at + timedelta(hours=2, minutes=50)
    tolerant = RainRule.of("flash_flood", STATION, replace(PARAMS, missing_allowed=timedelta(minutes=30)), "high")
    assert levels(tolerant, lost).index(1) == found.index(1)
    assert levels(tolerant, lost)[cleared - 6] == 0


def test_a_gauge_that_never_knows_again_ends_after_the_hold_and_says_why() -> None:
    storm = records([20.0] * 6)
    scattered = [Sample(storm[-1].at + timedelta(hours=2 * (i + 1)), 0.0) for i in range(30)]
    state, told = run(HIGH, storm + scattered)
    assert state.level == 0
    assert told[-1][1].level == 0
    assert told[-1][1].reasons[0].code == "reason.rain_unknown"


def test_the_same_rain_means_more_where_the_slope_is_prone_and_after_wet_days() -> None:
    day = [10.0] * 11 + [0.0] * 133
    samples = records(day)
    by_place = {
        prone: max(levels(RainRule.of("flash_flood", STATION, PARAMS, prone), samples))
        for prone in ("low", "medium", "high", None)
    }
    assert by_place == {"low": 1, "medium": 2, "high": 2, None: 1}
    wet_before = records([5.0] * 3 + [0.0] * 141 + day)
    assert max(levels(HIGH, wet_before)) == 3
    _, told = run(HIGH, wet_before)
    worst = next(assessment for _, assessment in told if assessment.level == 3)
    assert [reason.code for reason in worst.reasons] == [
        "reason.rain_reached", "reason.rain_days", "reason.susceptibility_high",
    ]  # fmt: skip
    assert worst.reasons[1].params["days"] == 1


def test_an_unknown_place_is_said_to_be_unknown() -> None:
    _, told = run(UNKNOWN, records([10.0] * 11))
    assert told[0][1].reasons[-1].code == "reason.susceptibility_unknown"


def test_the_antecedent_index_can_be_asked_for_too() -> None:
    rows = (Row(24, 60.0, {"high": 2}, antecedent_mm=20.0),)
    params = replace(PARAMS, rows={"landslide": rows}, antecedent=Antecedent(3, 10.0, 0.5))
    rule = RainRule.of("landslide", STATION, params, "high")
    day = [10.0] * 7 + [0.0] * 137
    assert max(levels(rule, records(day))) == 0
    assert max(levels(rule, records([10.0] * 3 + [0.0] * 141 + day))) == 0  # index 15
    assert max(levels(rule, records([10.0] * 5 + [0.0] * 139 + day))) == 2  # index 25


def test_without_rows_for_it_a_hazard_is_off_and_the_gauge_only_recorded() -> None:
    rule = RainRule.of("landslide", STATION, PARAMS, "high")
    state, told = run(rule, records([50.0] * 100))
    assert (state.level, told) == (0, [])


def test_rain_that_goes_on_is_told_again_by_steps() -> None:
    start = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)  # 19:00 in Vietnam: the rain day begins
    _, told = run(HIGH, records([4.0] * 40, start=start))
    again = [assessment for _, assessment in told if assessment.previous_level == assessment.level]
    totals = [assessment.reasons[0].params["mm"] for assessment in again]
    # The case opens at 52 mm of three hours; then every 15 mm from 50 on, and from 100 on every rise.
    assert totals[:4] == [68.0, 80.0, 96.0, 104.0]
    assert totals[4:8] == [108.0, 112.0, 116.0, 120.0]
    assert {assessment.reasons[0].code for assessment in again} == {"reason.rain_more"}


def test_the_grades_of_the_daily_total() -> None:
    steps = Steps((30.0, 50.0, 100.0), 15.0)
    found = [steps.grade(mm) for mm in (0, 29.9, 30, 49, 50, 64.9, 65, 80, 95, 99, 100, 101, 102.5)]
    assert found == [0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8]


def test_dry_weather_is_remembered_in_nothing_and_wet_weather_in_little() -> None:
    dry, _ = run(HIGH, records([0.0] * 2000))
    assert (dry.wet, dry.spans, dry.active) == ((), (), {})
    wet, _ = run(HIGH, records([0.1] * 20_000, every_min=1))
    assert len(wet.wet) <= HIGH.memory_s // 600


def test_the_rule_sees_what_the_screen_sees() -> None:
    rng = random.Random(5)
    samples = [each for each in records([rng.choice([0, 0, 0, 3.0, 9.0]) for _ in range(700)]) if rng.random() > 0.05]
    for upto in (100, 300, len(samples)):
        state, _ = run(HIGH, samples[:upto])
        rule_sees = HIGH.rainfall(state)
        assert rule_sees is not None
        at = samples[upto - 1].at
        screen = at_any_time(
            Gauge(timedelta(minutes=10), most_mm_per_10min=60.0), samples[:upto], at, days=3,
            day_starts=day_start(at.astimezone(VIETNAM), 19),
        )  # fmt: skip
        for hours in (3, 24):
            assert rule_sees.windows[hours].mm == pytest.approx(screen.windows[hours].mm)
            assert rule_sees.windows[hours].missing_s == screen.windows[hours].missing_s
        assert rule_sees.today.mm == pytest.approx(screen.today.mm)


BANDS = (Band(12, 50, 100), Band(24, 100, 200), Band(24, 200, 400), Band(24, 400))


@pytest.mark.parametrize(
    ("mm", "code", "from_mm"),
    [
        ([1.0] * 40, None, None),
        ([1.0] * 60, "reason.rain_band_partly", 50),
        ([0.0] * 200 + [2.0] * 60, "reason.rain_band", 100),
        ([0.0] * 200 + [5.0] * 60, "reason.rain_band", 200),
        ([0.0] * 200 + [7.0] * 60, "reason.rain_band_above", 400),
    ],
)
def test_the_bands_of_the_decree(mm: list[float], code: str | None, from_mm: float | None) -> None:
    samples = records(mm)
    rain = at_any_time(Gauge(), samples, samples[-1].at, days=0, day_starts=START)
    found = band_of(BANDS, rain)
    if found is None:
        assert code is None
        return
    reason = band_reason(*found)
    assert (reason.code, reason.params["from_mm"]) == (code, from_mm)
    assert ("missing_min" in reason.params) == (code == "reason.rain_band_partly")


def test_the_level_of_a_moment_agrees_with_the_rule_while_it_rains() -> None:
    samples = records([8.0] * 30)
    table = Table(ROWS, PARAMS.antecedent, "high")
    found = levels(HIGH, samples)
    for upto in range(1, 31):
        at = samples[upto - 1].at
        rain = at_any_time(HIGH.gauge, samples[:upto], at, days=3, day_starts=START)
        assert table.now(rain, PARAMS.confirm_share)[0] == found[upto - 1]
