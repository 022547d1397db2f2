"""The Nesterov index P and its tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards import nesterov
from eoc.packs import Pack, load_pack, pack_path

DEMO: Pack = load_pack(pack_path("binh-phuoc"))
VIETNAM = nesterov.IndexTable("vn", "secondary", (5000.0, 10000.0, 15000.0, 20000.0))


def test_a_day_at_35_degrees_and_45_percent_adds_about_1080() -> None:
    assert nesterov.daily(35.0, 45.0) == pytest.approx(1080, rel=0.01)
    # Level V after about 19 dry days: what the dry season there looks like.
    assert VIETNAM.level(18 * nesterov.daily(35.0, 45.0)) == 4
    assert VIETNAM.level(19 * nesterov.daily(35.0, 45.0)) == 5


def test_saturation_vapour_pressure_of_the_wmo_table() -> None:
    # The psychrometric tables' hPa over water (Goff-Gratch); the Magnus form stays within 0.3 % of them.
    for celsius, hpa in ((0.0, 6.11), (10.0, 12.27), (20.0, 23.37), (30.0, 42.43), (40.0, 73.77)):
        assert nesterov.saturation_hpa(celsius) == pytest.approx(hpa, rel=3e-3)


@pytest.mark.parametrize(
    ("p", "level"),
    [(0, 1), (5000, 1), (5001, 2), (10000, 2), (10001, 3), (15000, 3), (15001, 4), (20000, 4), (20001, 5)],
)  # fmt: skip
def test_levels_of_the_vietnamese_table(p: float, level: int) -> None:
    assert VIETNAM.level(p) == level


def test_the_pack_has_that_table_with_its_source_and_the_original_one_beside_it() -> None:
    rule = DEMO.fire.index
    assert rule is not None
    table, original = rule.table("nesterov-vn"), rule.table("nesterov-goc")
    assert table is not None
    assert original is not None
    assert (table.upper, table.source) == ((5000, 10000, 15000, 20000), "secondary")
    assert (original.upper, original.source) == ((300, 1000, 4000, 10000), "unverified")
    zone = rule.zone_of("25222")
    assert zone is not None
    assert zone.reset_in(3) == 5


def test_enough_rain_ends_the_sum_and_less_does_not() -> None:
    p = 0.0
    for rain in (0.0, 4.9, 0.0):
        p = nesterov.step(p, 1000.0, rain, 5.0)
    assert p == 3000.0
    assert nesterov.step(p, 1000.0, 5.0, 5.0) == 0.0
    assert nesterov.step(0.0, 1000.0, 0.0, 5.0) == 1000.0


def test_the_original_index_takes_the_dew_point() -> None:
    dew_point = nesterov.dew_point_c(25.0, 50.0)
    assert dew_point == pytest.approx(13.85, abs=0.05)
    assert nesterov.daily(25.0, 50.0, "dew_point") == pytest.approx(25.0 * (25.0 - dew_point))
    assert nesterov.dew_point_c(25.0, 100.0) == pytest.approx(25.0)


@given(st.floats(-40, 60), st.floats(0, 20), st.floats(0, 100), st.sampled_from(["deficit", "dew_point"]))
def test_heat_and_dryness_are_never_milder(
    celsius: float, warmer: float, humidity: float, formula: nesterov.Formula
) -> None:
    here = nesterov.daily(celsius, humidity, formula)
    assert here >= 0
    assert math.isfinite(here)
    assert nesterov.daily(celsius + warmer, humidity, formula) >= here - 1e-9
    assert nesterov.daily(celsius, humidity / 2, formula) >= here - 1e-9


@given(st.lists(st.floats(0, 2000), max_size=40), st.floats(0, 500))
def test_p_only_grows_without_rain(added: list[float], rain: float) -> None:
    p = 0.0
    for each in added:
        after = nesterov.step(p, each, min(rain, 4.9), 5.0)
        assert after >= p
        p = after
    assert VIETNAM.level(p) >= 1
