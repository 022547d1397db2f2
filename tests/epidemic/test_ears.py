"""EARS against the reference values of R's `surveillance`, an independent account in numpy, and sums done by hand.

Reference: weekly counts of Salmonella Newport in Germany (data set `salmNewport` of the R package `surveillance`, from
the Robert Koch Institute), the four upper bounds that the package's own test of `earsC` states for the first weeks of
2011 (method C1, alpha 0.05), and the weeks of 2011-2012 in which its C1 and C2 alarm (alpha 0.001). Its C3 bound
leaves the present period out of the sum, so C3 is checked by the definition instead.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.epidemic import METHODS, EarsMethod, EarsParams, Judgement, ears

DAY = date(2026, 1, 1)
BEFORE_2011 = [1, 1, 1, 3, 3, 1, 2]
#: From the week of 3 January 2011 to that of 10 September 2012.
NEWPORT = [
    1, 0, 3, 3, 3, 1, 0, 0, 0, 1, 3, 0, 2, 2, 3, 3, 0, 3, 2, 1, 2, 1, 1, 0, 3, 1, 2, 0, 0, 2, 5, 2, 0, 3, 6, 1, 2, 1, 2,
    0, 2, 0, 3, 9, 41, 45, 17, 3, 3, 5, 11, 5, 4, 5, 2, 6, 3, 0, 5, 3, 3, 4, 1, 1, 3, 0, 0, 1, 1, 2, 2, 0, 1, 0, 2, 4,
    1, 6, 3, 3, 0, 3, 6, 1, 5, 1, 2, 3, 7,
]  # fmt: skip
EARLIER = [5, 3, *BEFORE_2011]
SERIES = [*EARLIER, *NEWPORT]


def quantile(alpha: float) -> float:
    return NormalDist().inv_cdf(1 - alpha)


def days(values: Sequence[int | None]) -> dict[date, int]:
    return {DAY + timedelta(days=i): value for i, value in enumerate(values) if value is not None}


def judged(values: Sequence[int | None], method: EarsMethod, params: EarsParams | None = None) -> list[Judgement]:
    counts = days(values)
    rule = params or EarsParams(least_deviation=1e-9)
    chosen = replace(rule, methods=(method,))
    return [ears(counts, DAY + timedelta(days=i), chosen)[0] for i in range(len(values))]


def test_c1_gives_the_bounds_that_the_r_package_states() -> None:
    params = EarsParams(least_deviation=0.0, deviations=quantile(0.05))
    first = len(EARLIER)
    bounds = [each.threshold for each in judged(SERIES, "c1", params)[first : first + 4]]
    assert bounds == pytest.approx([3.278854, 3.278854, 3.436517, 3.855617], abs=5e-7)


@pytest.mark.parametrize(
    ("method", "alarms"),
    [
        ("c1", ["2011-08-01", "2011-10-31", "2011-11-07", "2012-06-11", "2012-06-25"]),
        (
            "c2",
            ["2011-08-01", "2011-10-31", "2011-11-07", "2011-11-14", "2011-11-21", "2012-06-11", "2012-06-25"],
        ),
    ],
)
def test_c1_and_c2_alarm_in_the_weeks_in_which_the_r_package_does(method: EarsMethod, alarms: list[str]) -> None:
    params = EarsParams(least_deviation=0.0, deviations=quantile(0.001))
    first = date(2011, 1, 3)
    told = [
        (first + timedelta(weeks=i)).isoformat()
        for i, each in enumerate(judged(SERIES, method, params)[len(EARLIER) :])
        if each.alarm
    ]
    assert told == alarms


def in_numpy(values: Sequence[int], params: EarsParams) -> dict[EarsMethod, list[bool | None]]:
    """C1, C2, C3 straight from their definition, over arrays; None before there is a whole baseline."""
    x = np.array(values, dtype=float)
    n = len(x)
    out: dict[EarsMethod, list[bool | None]] = {method: [None] * n for method in METHODS}
    c2 = np.full(n, np.nan)
    for t in range(n):
        if t >= 7:
            window = x[t - 7 : t]
            limit = window.mean() + 3 * max(window.std(ddof=1), params.least_deviation)
            out["c1"][t] = bool(x[t] > limit)
        if t >= 9:
            window = x[t - 9 : t - 2]
            c2[t] = (x[t] - window.mean()) / max(window.std(ddof=1), params.least_deviation)
            out["c2"][t] = bool(c2[t] > 3)
            sums = np.nansum(np.maximum(0, c2[t - 2 : t + 1] - 1))
            out["c3"][t] = bool(sums > 2)
    return out


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.sampled_from([0.2, 0.5, 1.0]))
@settings(max_examples=200, deadline=None)
def test_all_three_agree_with_the_definition_over_arrays(values: list[int], floor: float) -> None:
    params = EarsParams(least_deviation=floor, fewest_days=7)
    expected = in_numpy(values, params)
    for method in METHODS:
        for each, wanted in zip(judged(values, method, params), expected[method], strict=True):
            assert (None if each.silent else each.alarm) == wanted


def test_by_hand() -> None:
    # Baseline 1, 2, 3, 2, 1, 2, 3: mean 2, sum of squares 4, deviation sqrt(4/6) = 0.8165.
    values: list[int | None] = [1, 2, 3, 2, 1, 2, 3, 4, 5, 6]
    c1 = judged(values, "c1")[7]
    assert (c1.expected, c1.alarm) == (2.0, False)
    assert c1.threshold == pytest.approx(2 + 3 * 0.8165, abs=1e-4)
    # Day 9 (count 6) against days 0-6: (6 - 2) / 0.8165 = 4.899 > 3. Its threshold by C3 is 2 + (1 + 2) · 0.8165, since
    # on days 7 and 8 there was no whole baseline two days earlier, so that they add nothing.
    c2, c3 = judged(values, "c2", EarsParams(fewest_days=7))[9], judged(values, "c3", EarsParams(fewest_days=7))[9]
    assert (c2.alarm, c3.alarm) == (True, True)
    assert c3.threshold == pytest.approx(2 + 3 * 0.8165, abs=1e-4)


def test_c3_hears_a_slow_rise_that_c2_does_not() -> None:
    values: list[int | None] = [8, 12, 10, 9, 11, 12, 8, 10, 11, 13, 13, 14]
    assert not any(each.alarm for each in judged(values, "c2"))
    assert [each.alarm for each in judged(values, "c3")][-1]


def test_c3_threshold_is_the_count_from_which_it_alarms() -> None:
    values: list[int | None] = [8, 12, 10, 9, 11, 12, 8, 10, 11, 13, 13]
    for count in range(30):
        each = judged([*values, count], "c3")[-1]
        assert each.threshold is not None
        assert each.alarm == (count > each.threshold)


def test_a_missing_day_is_not_a_day_without_cases() -> None:
    quiet: list[int | None] = [4, 5, 4, 5, 4, 5, 4]
    assert judged([*quiet, 8], "c1")[-1].alarm
    # Two unknown days leave five known ones: the method speaks, and their mean is not pulled down.
    five = judged([None, 5, 4, None, 4, 5, 4, 8], "c1")[-1]
    assert five.expected == pytest.approx(4.4)
    # With four known days it is silent, and says so.
    four = judged([None, 5, 4, None, None, 5, 4, 8], "c1")[-1]
    assert (four.alarm, four.silent and four.silent.code) == (False, "reason.ears_too_few_days")
    unknown = judged([*quiet, None], "c1")[-1]
    assert (unknown.count, unknown.silent and unknown.silent.code) == (None, "reason.count_missing")


def test_one_case_after_quiet_days_alarms_only_by_the_packs_word() -> None:
    values = [0] * 9 + [1]
    assert judged(values, "c1", EarsParams(least_deviation=0.2))[-1].alarm
    assert not judged(values, "c1", EarsParams(least_deviation=0.2, least_count=3))[-1].alarm
    assert not judged(values, "c1", EarsParams(least_deviation=0.5))[-1].alarm


@given(st.lists(st.integers(0, 20), min_size=10, max_size=30), st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_more_cases_today_are_never_milder(values: list[int], more: int) -> None:
    for method in METHODS:
        before = judged(values, method)[-1]
        after = judged([*values[:-1], values[-1] + more], method)[-1]
        assert after.alarm >= before.alarm


def test_reasons_carry_what_a_person_checks() -> None:
    (each,) = [each for each in judged([4, 5, 4, 5, 4, 5, 4, 9], "c1") if each.alarm]
    (reason,) = each.reasons
    assert (reason.code, reason.params["method"], reason.params["count"]) == ("reason.ears_above", "C1", 9)
    assert (reason.params["expected"], reason.params["threshold"]) == (4.4, 6.0)
