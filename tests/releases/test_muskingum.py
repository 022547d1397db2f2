"""Routing: the textbook's own table, no drop lost, nothing but delay at x = 0.5, and stable whatever the step."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards.muskingum import MuskingumReach, parts_of_step, route

# Chow, Maidment & Mays (1988), Example 8.4.1, Table 8.4.1: K = 2.3 h, X = 0.15, dt = 1 h (flows in cfs, rounded).
INFLOW = [93, 137, 208, 320, 442, 546, 630, 678, 691, 675, 634, 571, 477, 390, 329, 247, 184, 134, 108, 90]
OUTFLOW = [85, 91, 114, 159, 233, 324, 420, 509, 578, 623, 642, 635, 603, 546, 479, 413, 341, 274, 215, 170]


def test_the_published_example_is_reproduced() -> None:
    reach = MuskingumReach(2.3, 0.15, 3600.0)
    assert reach.coefficients == pytest.approx((0.0631, 0.3442, 0.5927), abs=5e-5)
    assert route(INFLOW, 2.3, 0.15, 1.0, 85) == pytest.approx(OUTFLOW, abs=1.0)


hydrographs = st.lists(st.floats(0, 5000), min_size=1, max_size=60)
numbers = st.tuples(st.floats(0.05, 30), st.floats(0, 0.49))


@given(hydrographs, numbers, st.sampled_from([0.25, 1.0, 3.0]))
def test_no_drop_is_lost_and_no_wave_is_made(flows: list[float], reach: tuple[float, float], step_h: float) -> None:
    k_h, x = reach
    settled = round(40 * k_h / step_h) + 40
    inflow = [100.0, *flows, *[100.0] * settled]
    outflow = route(inflow, k_h, x, step_h, 100.0)

    def volume(series: list[float]) -> float:
        return sum(before + after for before, after in pairwise(series)) / 2 * step_h

    assert volume(outflow) == pytest.approx(volume(inflow), rel=1e-6)
    assert min(inflow) - 1e-6 <= min(outflow)
    assert max(outflow) <= max(inflow) + 1e-6


@given(numbers, st.floats(0.05, 6))
def test_the_parts_of_a_step_are_stable(reach: tuple[float, float], step_h: float) -> None:
    k_h, x = reach
    try:
        parts = parts_of_step(k_h, x, step_h)
    except ValueError:
        assert x > 0.4 or k_h < step_h / 500
        return
    made = MuskingumReach(k_h, x, step_h / parts * 3600)
    assert all(c >= -1e-6 for c in made.coefficients)
    assert sum(made.coefficients) == pytest.approx(1)


def test_half_moves_the_wave_and_leaves_its_shape() -> None:
    inflow = [10.0, 50.0, 200.0, 80.0, 20.0, *[10.0] * 8]
    outflow = route(inflow, 3.0, 0.5, 1.0, 10.0)
    assert outflow == pytest.approx([10.0] * 3 + inflow[:-3])


def test_a_smaller_x_flattens_more_and_a_larger_k_delays_more() -> None:
    wave = [100.0, *[900.0] * 4, *[100.0] * 60]
    flat, sharp = (route(wave, 4.0, x, 0.5, 100.0) for x in (0.0, 0.4))
    assert max(flat) < max(sharp) < 900.0
    soon, late = (route(wave, k_h, 0.2, 0.5, 100.0) for k_h in (2.0, 6.0))
    assert soon.index(max(soon)) < late.index(max(late))
    assert route([], 2.0, 0.2, 1.0, 5.0) == []


def test_a_k_that_is_no_fraction_of_the_step_is_refused_at_half() -> None:
    with pytest.raises(ValueError, match="no stable step"):
        parts_of_step(2**0.5, 0.5, 1.0)
