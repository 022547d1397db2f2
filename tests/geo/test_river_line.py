"""Chainage: kilometres along a river line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.geo import LonLat, RiverLine, downstream_order, haversine_km

steps = st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.08, -0.01)), min_size=1, max_size=30)


def flowing_south(offsets: list[tuple[float, float]]) -> RiverLine:
    """A winding line that never turns back north, so that it has one nearest place for its own points."""
    points: list[LonLat] = [(107.0, 12.3)]
    for east, south in offsets:
        points.append((points[-1][0] + east, points[-1][1] + south))
    return RiverLine(points)


@given(steps, st.floats(0, 1))
def test_a_point_of_the_line_is_found_again(offsets: list[tuple[float, float]], share: float) -> None:
    river = flowing_south(offsets)
    chainage = share * river.length_km
    found = river.locate(*river.point_at(chainage))
    assert found.distance_km == pytest.approx(0, abs=1e-6)
    # The tangent plane and the sphere differ by about 1e-5 of a segment.
    assert found.chainage_km == pytest.approx(chainage, abs=0.01)


@given(steps, st.floats(106, 108), st.floats(9, 13))
def test_no_vertex_is_nearer_than_the_nearest_place(offsets: list[tuple[float, float]], lon: float, lat: float) -> None:
    river = flowing_south(offsets)
    found = river.locate(lon, lat)
    assert 0 <= found.chainage_km <= river.length_km + 1e-9
    nearest_vertex = min(haversine_km((lon, lat), vertex) for vertex in river.points)
    assert found.distance_km <= nearest_vertex * 1.01 + 0.05


@given(steps)
def test_length_is_the_sum_of_its_segments_and_ends_are_clipped(offsets: list[tuple[float, float]]) -> None:
    river = flowing_south(offsets)
    total = sum(haversine_km(a, b) for a, b in zip(river.points, river.points[1:], strict=False))
    assert river.length_km == pytest.approx(total)
    assert river.point_at(-5) == pytest.approx(river.points[0])
    assert river.point_at(river.length_km + 5) == pytest.approx(river.points[-1])


def test_a_point_beside_the_middle_of_a_straight_reach() -> None:
    river = RiverLine([(107.0, 12.0), (107.0, 11.0)])
    found = river.locate(107.1, 11.5)
    assert found.chainage_km == pytest.approx(river.length_km / 2, rel=1e-6)
    assert found.distance_km == pytest.approx(haversine_km((107.0, 11.5), (107.1, 11.5)), rel=1e-3)


def test_repeated_vertices_do_no_harm_and_a_single_point_is_refused() -> None:
    river = RiverLine([(107, 12), (107, 12), (107, 11.5), (107, 11.5)])
    assert len(river.points) == 2
    assert math.isfinite(river.locate(107, 11.9).chainage_km)
    for useless in ([], [(107, 12)], [(107, 12), (107, 12)]):
        with pytest.raises(ValueError, match="two different points"):
            RiverLine(useless)


@given(st.permutations(range(8)))
def test_downstream_order(order: list[int]) -> None:
    assert downstream_order([(float(n), f"gauge-{n}") for n in order]) == [f"gauge-{n}" for n in range(8)]
