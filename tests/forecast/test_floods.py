"""Floods are found where people see them, and nowhere else."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eoc.forecast.floods import floods, limbs, reversal_m, turning_points
from eoc.forecast.gauge import grid_of
from eoc.forecast.grid import Grid
from tests.forecast.rivers import real_floods, river

HILL = [0.0, 0.0, 1.0, 2.0, 1.9, 3.0, 2.0, 0.5, 0.5]


def test_a_hill_is_one_rise_with_its_ripple() -> None:
    (flood,) = floods(np.array(HILL), 4, reversal=1.0)
    (rise,) = flood.rises
    assert (rise.low, rise.onset, rise.peak) == (0, 1, 5)
    assert limbs([flood], len(HILL)).tolist() == [False, True, True, True, True, False, False, False, False]


def test_a_smaller_ripple_is_nothing() -> None:
    assert floods(np.array(HILL), 4, reversal=5.0) == []


def test_rises_close_together_are_one_event_and_far_apart_two() -> None:
    near, far = np.array(HILL + HILL), np.array(HILL + [0.4] * 60 + HILL)
    assert [len(flood.rises) for flood in floods(near, 4, reversal=1.0)] == [2]
    assert [len(flood.rises) for flood in floods(far, 4, reversal=1.0)] == [1, 1]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=200), st.floats(0.1, 3))
def test_turning_points_alternate_and_reverse_enough(values: list[float], size: float) -> None:
    points = turning_points(np.array(values), size)
    for (first, peak), (second, next_peak) in pairwise(points):
        assert first < second
        assert peak != next_peak
        assert abs(values[first] - values[second]) >= size


def test_missing_moments_are_passed_over() -> None:
    holes = np.array(HILL)
    holes[3:5] = np.nan
    assert [rise.peak for flood in floods(holes, 4, reversal=1.0) for rise in flood.rises] == [5]
    assert turning_points(np.full(5, np.nan), 1.0) == []


def test_a_record_of_real_size_has_the_floods_that_it_is_known_for() -> None:
    for series in (real_floods(), river()[0]):
        grid = grid_of(series)
        assert isinstance(grid, Grid)
        found = floods(grid.values, grid.per_hour)
        assert len(found) >= 8
        highest = int(np.nanargmax(grid.values))
        assert any(rise.peak == highest for flood in found for rise in flood.rises)
        assert all(
            grid.values[rise.peak] - grid.values[rise.low] >= reversal_m(grid.values)
            for flood in found
            for rise in flood.rises
        )
