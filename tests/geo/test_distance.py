"""Distances and coordinate faults."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.geo import (
    EARTH_RADIUS_KM,
    bounds_of,
    contains,
    coordinate_fault,
    haversine_km,
    widened,
)

BINH_PHUOC = (106.3, 11.0, 107.6, 12.4)

points = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def test_one_degree_of_meridian_and_a_known_pair_of_cities() -> None:
    assert haversine_km((0, 0), (0, 1)) == pytest.approx(111.195, abs=0.001)
    # Hà Nội to Hồ Chí Minh City: 1,137-1,140 km as the crow flies, depending on the points chosen.
    assert haversine_km((105.8542, 21.0285), (106.6297, 10.8231)) == pytest.approx(1138, abs=4)


def test_antipodes_do_not_fall_off_the_arc_sine() -> None:
    assert haversine_km((0, 0), (180, 0)) == pytest.approx(math.pi * EARTH_RADIUS_KM)
    assert haversine_km((12.5, -33.3), (-167.5, 33.3)) == pytest.approx(math.pi * EARTH_RADIUS_KM)


@given(points, points, points)
def test_distance_is_a_metric(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    assert haversine_km(a, a) == 0
    assert haversine_km(a, b) == pytest.approx(haversine_km(b, a), abs=1e-9)
    assert haversine_km(a, c) <= haversine_km(a, b) + haversine_km(b, c) + 1e-6
    assert 0 <= haversine_km(a, b) <= math.pi * EARTH_RADIUS_KM + 1e-6


@given(st.lists(points, min_size=1))
def test_bounds_hold_every_point(many: list[tuple[float, float]]) -> None:
    box = bounds_of(many)
    assert all(contains(box, point) for point in many)
    assert all(contains(widened(box, 0.1), point) for point in many)


def test_bounds_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        bounds_of([])


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (106.9, 11.8, None),
        (11.8, 106.9, "geo.swapped"),
        (562_345.0, 1_275_110.0, "geo.projected"),
        (0, 0, "geo.null_island"),
        (math.nan, 11, "geo.not_finite"),
        (106.9, math.inf, "geo.not_finite"),
        (106.9, 21.0, "geo.outside_bounds"),
        (190, 11.8, "geo.out_of_range"),
        (106.3, 11.0, None),
    ],
)
def test_each_mistake_has_its_name(lon: float, lat: float, code: str | None) -> None:
    assert coordinate_fault(lon, lat, BINH_PHUOC) == code


def test_without_bounds_only_the_certain_mistakes_are_named() -> None:
    assert coordinate_fault(11.8, 106.9) == "geo.swapped"
    assert coordinate_fault(11.8, 11.9) is None
    assert coordinate_fault(500, 500) == "geo.out_of_range"


@given(st.floats(106.3, 107.6), st.floats(11.0, 12.4))
def test_any_point_of_the_province_is_recognised_when_swapped_or_projected(lon: float, lat: float) -> None:
    assert coordinate_fault(lon, lat, BINH_PHUOC) is None
    assert coordinate_fault(lat, lon, BINH_PHUOC) == "geo.swapped"
    assert coordinate_fault(lon * 5000, lat * 100_000, BINH_PHUOC) == "geo.projected"
