"""The daily map: which sample is the day's, whose rain, what a missing day does, and that missing is never zero."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards import nesterov
from eoc.hazards.fire_danger import (
    HUMIDITY,
    RAIN,
    TEMPERATURE,
    WIND,
    Danger,
    Method,
    Point,
    ReadingRule,
    StationDay,
    advance,
    nearest,
    official_wins,
    rain_total,
    station_day,
)
from eoc.hazards.fwi_day_length import DayLengths

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULE = ReadingRule(ZONE)
DAY = date(2026, 3, 10)
ONE = datetime(2026, 3, 10, 6, tzinfo=UTC)  # 13:00 local
TEN = timedelta(minutes=10)
TABLE = nesterov.IndexTable("nesterov-vn", "secondary", (5000.0, 10000.0, 15000.0, 20000.0))
METHOD = Method("all", TABLE, 5.0, "deficit", DayLengths.at(11.75))
DRY = StationDay("kt-1", 35.0, 45.0, 2.0, 0.0, True)
ADDED = nesterov.daily(35.0, 45.0)


def dry_rain(amount: float = 0.0, missing: int = 0) -> list[Point]:
    return [(ONE - TEN * index, amount if index == 0 else 0.0) for index in range(145, -1, -1) if index >= missing]


def test_the_sample_nearest_one_oclock_local_time() -> None:
    points = [(ONE - timedelta(minutes=25), 33.0), (ONE + timedelta(minutes=5), 35.0), (ONE + timedelta(hours=6), 25.0)]
    assert nearest(points, RULE.moment(DAY), RULE.tolerance) == 35.0
    assert nearest(points[2:], RULE.moment(DAY), RULE.tolerance) is None
    tie = [(ONE - TEN, 1.0), (ONE + TEN, 2.0)]
    assert nearest(tie, ONE, RULE.tolerance) == 1.0
    assert nearest([], ONE, RULE.tolerance) is None


def test_rain_is_known_for_a_share_of_the_window() -> None:
    assert rain_total(dry_rain(2.5), ONE, timedelta(hours=24), TEN) == (2.5, 1.0)
    amount, share = rain_total(dry_rain(missing=72), ONE, timedelta(hours=24), TEN)
    assert (amount, round(share, 2)) == (0.0, 0.5)
    assert rain_total([], ONE, timedelta(hours=24), TEN) == (None, 0.0)
    # One daily total read at 13:00 covers the day; the interval is that of the station.
    assert rain_total([(ONE, 7.0)], ONE, timedelta(hours=24), timedelta(days=1)) == (7.0, 1.0)
    # Without an interval the usual distance between points is taken.
    assert rain_total(dry_rain(), ONE, timedelta(hours=24), None)[1] == pytest.approx(1.0)


def test_a_whole_day_and_what_it_lacks() -> None:
    series = {TEMPERATURE: [(ONE, 35.0)], HUMIDITY: [(ONE, 45.0)], WIND: [(ONE, 2.0)], RAIN: dry_rain()}
    assert station_day("kt-1", DAY, series, RULE, TEN) == DRY
    halved = station_day("kt-1", DAY, {**series, RAIN: dry_rain(missing=72)}, RULE, TEN)
    assert halved.missing() == [RAIN]
    empty = station_day("kt-1", DAY, {}, RULE, TEN)
    assert empty.missing() == [TEMPERATURE, HUMIDITY, RAIN]


def run(readings: list[StationDay | None], distance_km: float = 3.0) -> list[Danger]:
    found: list[Danger] = []
    for number, reading in enumerate(readings):
        near = [] if reading is None else [(distance_km, reading)]
        before = found[-1] if found else None
        found.append(advance(before, "x1", DAY + timedelta(days=number), near, METHOD))
    return found


def test_the_sum_grows_to_level_five_in_about_nineteen_dry_days() -> None:
    found = run([DRY] * 20)
    assert [each.level for each in found[:5]] == [1, 1, 1, 1, 2]
    assert (found[17].level, found[18].level) == (4, 5)
    assert found[18].p == pytest.approx(19 * ADDED)
    assert found[0].codes is not None
    assert found[-1].codes is not None
    assert found[-1].codes.fwi > found[0].codes.fwi
    # Counted since the first day of data: before it there may have been more.
    assert found[-1].since == DAY
    assert found[-1].why is not None
    assert found[-1].why.code == "reason.fire_counted_since"


def test_rain_ends_the_sum_and_with_it_the_doubt() -> None:
    wet = StationDay("kt-1", 28.0, 80.0, 1.0, 5.0, True)
    found = run([DRY, DRY, wet, DRY])
    assert (found[2].p, found[2].level) == (0.0, 1)
    assert found[3].p == pytest.approx(ADDED)
    assert (found[3].since, found[3].missed_days, found[3].why) == (None, 0, None)


def test_a_missing_day_has_no_level_and_is_carried_as_a_lower_bound() -> None:
    gone = StationDay("kt-1", None, 45.0, 2.0, 0.0, True)
    found = run([StationDay("kt-1", 30.0, 70.0, 1.0, 9.0, True), DRY, gone, DRY])
    assert (found[2].level, found[2].p) == (None, found[1].p)
    assert found[2].why is not None
    assert found[2].why.code == "reason.fire_no_reading"
    assert found[2].why.params == {"station": "kt-1", "missing": "temperature_c"}
    assert found[3].p == pytest.approx(2 * ADDED)
    assert found[3].missed_days == 1
    assert found[3].why is not None
    assert found[3].why.code == "reason.fire_days_missed"


def test_days_that_nobody_wrote_down_count_as_missed() -> None:
    first = advance(None, "x1", DAY, [(1.0, DRY)], METHOD)
    later = advance(first, "x1", DAY + timedelta(days=4), [(1.0, DRY)], METHOD)
    assert later.missed_days == 3
    assert later.p == pytest.approx(2 * ADDED)


def test_rain_that_is_known_to_be_enough_ends_the_sum_whatever_else_is_missing() -> None:
    half_known = StationDay("kt-1", None, None, None, 6.0, False)
    found = run([DRY, half_known])
    assert (found[1].p, found[1].level, found[1].codes) == (0.0, 1, None)
    assert found[1].moisture == found[0].moisture
    too_little = StationDay("kt-1", 35.0, 45.0, 2.0, 3.0, False)
    assert run([DRY, too_little])[1].level is None


def test_without_a_station_there_is_no_level_and_a_reason() -> None:
    found = run([None])[0]
    assert (found.level, found.p) == (None, None)
    assert found.why is not None
    assert found.why.code == "reason.fire_no_station"


def test_the_nearest_station_that_has_a_reading_is_taken() -> None:
    silent = StationDay("kt-0")
    found = advance(None, "x1", DAY, [(1.0, silent), (9.0, DRY)], METHOD)
    assert (found.station, found.distance_km, found.level) == ("kt-1", 9.0, 1)


def test_without_wind_there_is_an_index_but_no_fwi() -> None:
    calm = StationDay("kt-1", 35.0, 45.0, None, 0.0, True)
    found = advance(None, "x1", DAY, [(1.0, calm)], METHOD)
    assert (found.level, found.codes) == (1, None)


def test_the_official_level_wins_and_the_difference_is_told() -> None:
    assert official_wins(3, None) == (3, None)
    assert official_wins(None, 5) == (5, None)
    assert official_wins(4, 4) == (4, None)
    level, why = official_wins(3, 5)
    assert level == 5
    assert why is not None
    assert why.params == {"official": 5, "ours": 3}


NOON = st.builds(
    StationDay,
    st.just("kt-1"),
    st.one_of(st.none(), st.floats(10, 42)),
    st.one_of(st.none(), st.floats(15, 100)),
    st.one_of(st.none(), st.floats(0, 20)),
    st.one_of(st.none(), st.floats(0, 40)),
    st.booleans(),
)


@given(st.lists(NOON, min_size=1, max_size=40), st.floats(0, 8))
def test_hotter_is_never_milder_and_missing_is_never_zero(days: list[StationDay], warmer: float) -> None:
    hot = [
        StationDay(
            each.station,
            None if each.temperature_c is None else each.temperature_c + warmer,
            each.humidity_pct,
            each.wind_speed_ms,
            each.rain_mm,
            each.rain_whole,
        )
        for each in days
    ]
    previous = None
    for mild, worse, reading in zip(run(list(days)), run(list(hot)), days, strict=True):
        assert (mild.level is None) == (worse.level is None)
        if mild.p is not None and worse.p is not None:
            assert worse.p >= mild.p - 1e-6
        if mild.level is not None and worse.level is not None:
            assert worse.level >= mild.level
        if mild.level is None and previous is not None:
            assert mild.p == previous
        wet = reading.rain_mm is not None and reading.rain_mm >= 5.0
        if mild.p == 0.0 and previous and not wet:
            assert previous == 0.0
        previous = mild.p
