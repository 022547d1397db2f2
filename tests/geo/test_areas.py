"""Point in area and neighbours, on a chessboard whose truth is plain arithmetic."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from eoc.geo import AreaIndex

SIDE = 6
BOARD = {f"{x}{y}": box(x, y, x + 1, y + 1) for x in range(SIDE) for y in range(SIDE)}
INDEX = AreaIndex(BOARD)

inside = st.floats(0, SIDE, allow_nan=False)


@given(inside, inside)
def test_every_point_of_the_board_lies_in_its_square(lon: float, lat: float) -> None:
    expected = {
        f"{column}{row}"
        for column in range(SIDE)
        for row in range(SIDE)
        if column <= lon <= column + 1 and row <= lat <= row + 1
    }
    assert set(INDEX.all_at(lon, lat)) == expected
    assert INDEX.at(lon, lat) == min(expected)


def test_a_corner_belongs_to_four_and_the_answer_is_stable() -> None:
    assert INDEX.all_at(2, 3) == ("12", "13", "22", "23")
    assert INDEX.at(2, 3) == "12"


@pytest.mark.parametrize(("lon", "lat"), [(-0.01, 1), (6.01, 3), (math.nan, 1), (1, math.inf)])
def test_outside_is_nowhere(lon: float, lat: float) -> None:
    assert INDEX.at(lon, lat) is None
    assert INDEX.all_at(lon, lat) == ()


@given(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
def test_neighbours_are_those_a_king_reaches_and_are_mutual(column: int, row: int) -> None:
    code = f"{column}{row}"
    reached = {
        f"{c}{r}"
        for c in range(max(0, column - 1), min(SIDE, column + 2))
        for r in range(max(0, row - 1), min(SIDE, row + 2))
        if (c, r) != (column, row)
    }
    assert set(INDEX.neighbours(code)) == reached
    assert all(code in INDEX.neighbours(other) for other in reached)


def test_a_sliver_between_simplified_outlines_is_bridged_but_a_field_is_not() -> None:
    index = AreaIndex({"a": box(0, 0, 1, 1), "b": box(1.001, 0, 2, 1), "c": box(2.05, 0, 3, 1)})
    assert index.neighbours("a") == ("b",)
    assert index.neighbours("b") == ("a",)
    assert index.neighbours("b", gap_km=10) == ("a", "c")
    assert index.neighbours("nowhere") == ()


def test_holes_and_islands_count_as_drawn() -> None:
    ring = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    index = AreaIndex({"ring": MultiPolygon([ring, box(8, 8, 9, 9)]), "core": box(1, 1, 3, 3)})
    assert index.at(2, 2) == "core"
    assert index.at(0.5, 2) == "ring"
    assert index.at(8.5, 8.5) == "ring"


def test_a_pack_without_outlines_has_an_empty_index() -> None:
    assert AreaIndex({}).at(106.9, 11.8) is None
    assert AreaIndex({}).neighbours("25217") == ()
