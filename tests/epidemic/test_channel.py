"""The endemic channel: same ISO weeks, 53rd weeks, missing years; mean and quartiles by hand."""

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.endemic_channel import ChannelParams, channel, last_week, monday, same_week
from eoc.hazards.epidemic import Judgement

PARAMS = ChannelParams(least_deviation=0.1, levels={"warning": 1, "epidemic": 3})
WEEK = date.fromisocalendar(2024, 30, 1)


def history(counts: Sequence[int | None], week: date = WEEK) -> dict[date, int]:
    """Counts of the same week, the year before first."""
    return {same_week(week, back + 1): count for back, count in enumerate(counts) if count is not None}


def judge(
    now: int | None, counts: Sequence[int | None], params: ChannelParams = PARAMS, week: date = WEEK
) -> Judgement:
    known = history(counts, week)
    if now is not None:
        known[week] = now
    return channel(known, week, params)


def test_mean_and_two_standard_deviations_by_hand() -> None:
    # 8, 10, 12, 14, 16: mean 12, sum of squares 40, sample deviation sqrt(10) = 3.1623; upper line 18.3246.
    found = judge(18, [8, 10, 12, 14, 16])
    assert found.expected == 12.0
    assert found.threshold == pytest.approx(18.3246, abs=1e-4)
    assert (found.level, found.reasons[0].code) == (1, "reason.channel_warning")
    above = judge(19, [8, 10, 12, 14, 16])
    assert (above.level, above.alarm, above.reasons[0].code) == (3, True, "reason.channel_epidemic")
    assert (above.reasons[0].params["week"], above.reasons[0].params["years"]) == (30, 5)
    assert judge(12, [8, 10, 12, 14, 16]).level == 0


def test_quartiles_by_hand() -> None:
    # Sorted 8, 10, 12, 14, 16: median 12, third quartile 14.
    params = ChannelParams(centre="quartile", least_deviation=0.1, levels={"warning": 1, "epidemic": 3})
    found = [judge(count, [16, 8, 10, 14, 12], params).level for count in (12, 13, 14, 15)]
    assert found == [0, 1, 1, 3]


@pytest.mark.parametrize(("years", "silent"), [(5, False), (3, False), (2, True), (0, True)])
def test_fewer_than_three_years_is_silence_that_says_so(years: int, silent: bool) -> None:
    found = judge(100, [10, 12, 11, 9, 10][:years])
    assert (found.silent is not None) == silent
    if found.silent is not None:
        assert (found.silent.code, found.silent.params["years"], found.level) == (
            "reason.channel_too_few_years", years, 0,
        )  # fmt: skip


def test_a_year_that_was_not_counted_is_left_out_and_not_zero() -> None:
    found = judge(13, [10, None, 11, None, 12])
    assert (found.expected, found.silent) == (11.0, None)
    assert judge(None, [10, 11, 12]).silent is not None


def test_week_53_meets_the_last_week_of_years_that_have_52() -> None:
    week = date.fromisocalendar(2026, 53, 1)
    assert [last_week(year) for year in (2026, 2025, 2024, 2023, 2022, 2021, 2020)] == [53, 52, 52, 52, 52, 52, 53]
    earlier = [same_week(week, back) for back in range(1, 7)]
    assert [each.isocalendar()[:2] for each in earlier] == [
        (2025, 52), (2024, 52), (2023, 52), (2022, 52), (2021, 52), (2020, 53),
    ]  # fmt: skip
    found = judge(30, [8, 10, 12, 14, 16], PARAMS, week)
    assert (found.expected, found.reasons[0].params["week"]) == (12.0, 53)


def test_the_first_days_of_january_may_belong_to_the_year_before() -> None:
    assert monday(date(2027, 1, 2)) == date(2026, 12, 28)
    assert monday(date(2027, 1, 2)).isocalendar()[:2] == (2026, 53)


def test_weeks_either_side_steady_small_counts() -> None:
    params = ChannelParams(weeks_either_side=1, least_deviation=0.1, levels={"epidemic": 2})
    counts = {WEEK: 9}
    for back in range(1, 6):
        for shift in (-1, 0, 1):
            counts[same_week(WEEK, back) + timedelta(weeks=shift)] = 2 + shift
    known = [2 + shift for _ in range(5) for shift in (-1, 0, 1)]
    found = channel(counts, WEEK, params)
    assert found.threshold == pytest.approx(mean(known) + 2 * stdev(known))
    assert found.level == 2


def test_quiet_years_need_more_than_one_case() -> None:
    params = ChannelParams(least_deviation=0.5, least_count=3, levels={"epidemic": 2})
    assert [judge(count, [0, 0, 0, 0, 0], params).level for count in (1, 2, 3)] == [0, 0, 2]


@given(st.lists(st.integers(0, 50), min_size=3, max_size=5), st.integers(0, 80), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_more_cases_are_never_milder(years: list[int], now: int, more: int) -> None:
    counts = years
    assert judge(now + more, counts).level >= judge(now, counts).level


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(1, 10))
@settings(max_examples=200, deadline=None)
def test_the_same_week_is_always_a_monday_of_that_year(day: date, back: int) -> None:
    week = monday(day)
    earlier = same_week(week, back)
    assert earlier.weekday() == 0
    assert earlier.isocalendar().year == week.isocalendar().year - back
    assert week.isocalendar().week - earlier.isocalendar().week in (0, 1)
