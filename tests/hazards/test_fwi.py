"""The Canadian FWI System against published figures, and what must hold for any weather."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards import fwi
from eoc.hazards.fwi_day_length import CANADA, DC_TABLES, DMC_TABLES, DayLengths, dc_band, dmc_band
from tests.hazards.fwi_tables import AT_12_NORTH, DAYS, FULL_PRECISION, LATER, PRINTED, Six

LATER_SCALE = fwi.SCALES["147.27723"]


def codes(
    days: tuple[Six, ...] = DAYS, lengths: DayLengths = CANADA, scale: fwi.FfmcScale = fwi.STANDARD
) -> list[fwi.Codes]:
    weather = [(date(1985, int(month), int(day)), fwi.Noon(*noon)) for month, day, *noon in days]
    return list(fwi.series(weather, None, lengths, scale))


def compare(found: list[fwi.Codes], expected: tuple[Six, ...], share: float) -> None:
    assert len(found) == len(expected) == 48
    for number, (each, row) in enumerate(zip(found, expected, strict=True), 1):
        assert list(each.as_json().values()) == pytest.approx(row, rel=share), f"day {number}"


def test_the_48_days_to_a_thousandth_in_all_six_codes() -> None:
    compare(codes(), FULL_PRECISION, 1e-3)
    compare(codes(), FULL_PRECISION, 1e-5)


def test_the_later_constant_reproduces_the_later_program() -> None:
    compare(codes(scale=LATER_SCALE), LATER, 1e-5)


def test_the_printed_table_is_met_to_its_last_digit() -> None:
    as_printed = tuple((5.0, 10.0, 11.5, *row[3:]) if row[:2] == (5, 10) else row for row in DAYS)
    for number, (each, row) in enumerate(zip(codes(as_printed), PRINTED, strict=True), 1):
        for name, value, printed in zip(fwi.CODE_NAMES, each.as_json().values(), row, strict=True):
            assert abs(value - printed) <= 0.0501, f"day {number}: {name} {value} is not {printed}"


def test_the_two_constants_are_told_apart() -> None:
    first, later = codes()[0], codes(scale=LATER_SCALE)[0]
    assert (round(first.ffmc, 4), round(later.ffmc, 4)) == (87.6930, 87.6494)
    told = fwi.constants(LATER_SCALE, DayLengths.at(12.0))
    assert told == {"ffmc": "147.27723", "dmc_day_length": "20n", "dc_day_length": "equator"}


def test_at_12_degrees_north() -> None:
    compare(codes(lengths=DayLengths.at(12.0)), AT_12_NORTH, 1e-5)
    # By hand, for the first dry day: 6 + 1.894e-4 x 18.1 x 58 x 9.5 and 15 + (0.36 x 19.8 + 1.4) / 2.
    first = codes(lengths=DayLengths.at(12.0))[0]
    assert first.dmc == pytest.approx(7.888905, abs=1e-6)
    assert first.dc == pytest.approx(19.264, abs=1e-6)


@pytest.mark.parametrize(
    ("latitude", "dmc", "dc"),
    [
        (55, "46n", "north"),
        (30.1, "46n", "north"),
        (30, "20n", "north"),
        (20.1, "20n", "north"),
        (20, "20n", "equator"),
        (12, "20n", "equator"),
        (10, "equator", "equator"),
        (-9.9, "equator", "equator"),
        (-10, "20s", "equator"),
        (-20, "20s", "south"),
        (-30, "40s", "south"),
    ],
)
def test_bands_of_latitude(latitude: float, dmc: str, dc: str) -> None:
    assert (dmc_band(latitude), dc_band(latitude)) == (dmc, dc)
    assert DayLengths.at(latitude).dmc == DMC_TABLES[dmc]
    assert DayLengths.at(latitude).dc == DC_TABLES[dc]


def test_the_constants_near_the_equator() -> None:
    assert set(DMC_TABLES["equator"]) == {9.0}
    assert set(DC_TABLES["equator"]) == {1.4}
    assert all(len(table) == 12 for table in (*DMC_TABLES.values(), *DC_TABLES.values()))


WEATHER = st.builds(
    fwi.Noon,
    st.floats(-10, 50),
    st.floats(0, 100),
    st.floats(0, 150),
    st.one_of(st.just(0.0), st.floats(0, 400)),
)
BEFORE = st.builds(fwi.Moisture, st.floats(0, 101), st.floats(0, 500), st.floats(0, 1500))
MONTHS = st.integers(1, 12)


@given(BEFORE, WEATHER, MONTHS, st.sampled_from(["147.2", "147.27723"]), st.floats(-60, 60))
def test_codes_stay_in_their_ranges(
    before: fwi.Moisture, noon: fwi.Noon, month: int, scale: str, latitude: float
) -> None:
    found = fwi.step(before, noon, month, DayLengths.at(latitude), fwi.SCALES[scale])
    assert 0 <= found.ffmc <= 101
    assert all(value >= 0 for value in found.as_json().values())


@given(BEFORE, WEATHER, MONTHS, st.floats(0, 20))
def test_heat_is_never_milder(before: fwi.Moisture, noon: fwi.Noon, month: int, warmer: float) -> None:
    hot = fwi.Noon(noon.temperature_c + warmer, noon.humidity_pct, noon.wind_speed_kmh, noon.rain_mm)
    mild, harsh = (fwi.step(before, each, month, CANADA) for each in (noon, hot))
    assert harsh.dmc >= mild.dmc - 1e-9
    assert harsh.dc >= mild.dc - 1e-9


@given(BEFORE, WEATHER, MONTHS, st.floats(0, 60))
def test_wind_and_fuel_are_never_milder(before: fwi.Moisture, noon: fwi.Noon, month: int, stronger: float) -> None:
    calm = fwi.step(before, noon, month, CANADA)
    assert fwi.isi(calm.ffmc, noon.wind_speed_kmh + stronger) >= calm.isi - 1e-9
    assert fwi.fwi(calm.isi, calm.bui + stronger) >= calm.fwi * (1 - 5e-3)


@given(BEFORE, WEATHER, MONTHS, st.floats(0.01, 100))
def test_rain_is_never_drier_for_the_deep_layers(before: fwi.Moisture, noon: fwi.Noon, month: int, more: float) -> None:
    wet = fwi.Noon(noon.temperature_c, noon.humidity_pct, noon.wind_speed_kmh, noon.rain_mm + more)
    less, rain = (fwi.step(before, each, month, CANADA) for each in (noon, wet))
    assert rain.dc <= less.dc + 1e-9


def test_a_dry_month_dries() -> None:
    noon = fwi.Noon(35.0, 45.0, 12.0, 0.0)
    days = [(date(2026, 2, 1) + timedelta(days=number), noon) for number in range(28)]
    found = list(fwi.series(days, None, DayLengths.at(11.75)))
    assert all(later.fwi > earlier.fwi for earlier, later in pairwise(found))
    assert all(later.dc > earlier.dc for earlier, later in pairwise(found))
