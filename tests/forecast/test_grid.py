"""Irregular readings on a grid: what was measured is kept, what was not stays missing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.forecast.grid import clean, max_gap_s, on_grid, step_for, usual_interval_s

GAPS = st.lists(st.integers(60, 4 * 3600), min_size=2, max_size=60)


@pytest.mark.parametrize(
    ("interval_s", "step_s"),
    [(60, 300), (300, 300), (600, 600), (720, 600), (900, 900), (905, 900), (1800, 1800), (3600, 3600), (5400, 3600)],
)
def test_a_gauge_keeps_its_own_pace(interval_s: float, step_s: int) -> None:
    assert step_for(interval_s) == step_s


def test_a_gauge_read_by_people_is_too_slow() -> None:
    assert step_for(6 * 3600) is None


@given(GAPS)
def test_nothing_is_invented_across_a_gap(gaps: list[int]) -> None:
    times = np.cumsum([0, *gaps]).astype(float)
    levels = np.arange(len(times)).astype(float)
    grid = on_grid(times, levels, 900)
    for index, value in enumerate(grid.values):
        at = grid.at_s(index)
        left, right = times[times <= at].max(initial=-math.inf), times[times >= at].min(initial=math.inf)
        measured = left == right
        bridged = right - left <= max_gap_s(900)
        assert math.isfinite(value) == (measured or bridged)
        if math.isfinite(value):
            assert value == pytest.approx(np.interp(at, times, levels))


@given(GAPS)
def test_the_grid_ends_at_the_newest_reading(gaps: list[int]) -> None:
    times = np.cumsum([0, *gaps]).astype(float)
    grid = on_grid(times, times, 900)
    assert grid.at_s(len(grid.values) - 1) == times[-1]
    assert grid.values[-1] == times[-1]


def test_order_doubles_and_nonsense_do_not_matter() -> None:
    times, levels = clean([900.0, 0.0, 900.0, 1800.0, math.nan], [2.0, 1.0, 2.5, math.inf, 3.0])
    assert times.tolist() == [0.0, 900.0]
    assert levels.tolist() == [1.0, 2.5]
    assert usual_interval_s(times) == 900.0
    assert usual_interval_s(times[:1]) is None


def test_the_other_gauges_newest_reading_is_held_only_for_a_while() -> None:
    times, levels = clean([0.0, 900.0], [1.0, 2.0])
    grid = on_grid(times, levels, 900, start_s=0, end_s=4500, hold_s=1800)
    assert grid.values[:4].tolist() == [1.0, 2.0, 2.0, 2.0]
    assert np.isnan(grid.values[4:]).all()
