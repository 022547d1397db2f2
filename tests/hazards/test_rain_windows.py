"""Rolling windows: what is known, what is missing, counters, gaps, and an independent way to add it up."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.rain_windows import WINDOWS_H, Amount, Gauge, Rainfall, at_any_time, day_start, pick
from eoc.hazards.rule import Sample

START = datetime(2026, 8, 1, tzinfo=UTC)
TEN = Gauge(timedelta(minutes=10))
COUNTER = Gauge(timedelta(minutes=10), counter=True)


def records(mm: list[float], every_min: int = 10, start: datetime = START) -> list[Sample]:
    return [Sample(start + timedelta(minutes=every_min * (i + 1)), value) for i, value in enumerate(mm)]


def look(gauge: Gauge, samples: list[Sample], at: datetime | None = None, days: int = 0) -> Rainfall:
    moment = at or samples[-1].at
    return at_any_time(gauge, samples, moment, days=days, day_starts=day_start(moment, 0))


def test_a_window_is_the_sum_of_its_records_and_nothing_else() -> None:
    rain = look(TEN, records([5.0] * 6 + [0.0] * 6 + [1.0] * 6))
    assert rain.windows[1] == Amount(6.0, 0, 5.0)
    assert rain.windows[3].total_mm == 36.0
    assert rain.windows[6].total_mm is None
    assert rain.windows[6].mm == 36.0
    assert rain.windows[6].missing_min == 180


def test_a_lost_record_is_missing_time_not_dry_time() -> None:
    samples = records([1.0] * 18)
    del samples[15]
    rain = look(TEN, samples)
    assert rain.windows[1].total_mm is None
    assert rain.windows[1] == Amount(5.0, 600, 4.0)
    assert rain.windows[3].missing_min == 10


def test_a_record_a_little_late_leaves_no_gap() -> None:
    samples = records([1.0] * 6)
    samples.append(Sample(samples[-1].at + timedelta(minutes=14), 3.0))
    assert look(TEN, samples).windows[1].missing_s == 0


def test_until_the_next_record_is_overdue_the_window_ends_with_the_last_one() -> None:
    samples = records([1.0] * 6)
    assert look(TEN, samples, samples[-1].at + timedelta(minutes=9)).windows[1].total_mm == 6.0
    late = look(TEN, samples, samples[-1].at + timedelta(minutes=20))
    assert late.windows[1] == Amount(4.0, 1200, 3.0)


def test_nothing_reported_is_nothing_known() -> None:
    rain = at_any_time(TEN, [], START, days=2, day_starts=day_start(START, 19))
    assert {amount.total_mm for amount in rain.windows.values()} == {None}
    assert rain.windows[72].missing_s == 72 * 3600
    assert rain.antecedent(0.85, 2).total_mm is None


def test_records_after_the_moment_asked_for_do_not_exist_yet() -> None:
    samples = records([2.0] * 12)
    assert look(TEN, samples, samples[5].at) == look(TEN, samples[:6])


def test_a_counter_tells_what_fell_in_a_gap_but_not_when() -> None:
    values = [Sample(START + timedelta(hours=h), mm) for h, mm in ((0, 100.0), (6, 130.0))]
    rain = look(COUNTER, values)
    assert rain.windows[6].total_mm == 30.0
    assert rain.windows[3].total_mm is None  # some of the 30 mm may lie in it, nobody knows how much
    assert rain.windows[3].mm == 0.0
    assert rain.windows[12].mm == 30.0
    assert rain.windows[12].missing_min == 360


def test_a_counter_set_to_zero_loses_ten_minutes_and_says_so() -> None:
    values = [100.0, 101.0, 0.4, 0.6]
    rain = look(COUNTER, [Sample(START + timedelta(minutes=10 * i), value) for i, value in enumerate(values)])
    assert rain.windows[1].mm == pytest.approx(1.2)
    assert rain.windows[1].missing_min == 30 + 10


def test_a_counter_and_its_increments_agree() -> None:
    mm = [0.2, 0.0, 1.4, 3.0, 0.0, 0.0, 7.2] * 30
    total, counter = 50.0, [Sample(START, 50.0)]
    for sample in records(mm):
        total += sample.value
        counter.append(Sample(sample.at, total))
    increments = look(TEN, records(mm), days=1)
    counted = look(COUNTER, counter, days=1)
    for hours in WINDOWS_H:
        assert counted.windows[hours].mm == pytest.approx(increments.windows[hours].mm)
        assert counted.windows[hours].missing_s == increments.windows[hours].missing_s


def test_more_than_can_fall_counts_only_as_what_can() -> None:
    gauge = Gauge(timedelta(minutes=10), most_mm_per_10min=60.0)
    rain = look(gauge, records([0.0] * 5 + [400.0]))
    assert rain.windows[1] == Amount(60.0, 600, 0.0)
    jumped = Gauge(timedelta(minutes=10), counter=True, most_mm_per_10min=60.0)
    counter = [Sample(START + timedelta(minutes=10 * i), value) for i, value in enumerate([1.0, 1.0, 501.0])]
    assert look(jumped, counter).windows[1].mm == 60.0


def test_the_rain_day_begins_in_the_evening() -> None:
    vietnam = timezone(timedelta(hours=7))
    assert day_start(datetime(2026, 8, 2, 18, 59, tzinfo=vietnam), 19) == datetime(2026, 8, 1, 19, tzinfo=vietnam)
    assert day_start(datetime(2026, 8, 2, 19, 0, tzinfo=vietnam), 19) == datetime(2026, 8, 2, 19, tzinfo=vietnam)
    samples = records([1.0] * 144)
    day = at_any_time(TEN, samples, samples[-1].at, days=0, day_starts=START + timedelta(hours=12))
    assert day.today == Amount(72.0, 0, 71.0)


def test_rain_days_before_count_in_a_row_and_end_at_a_day_nobody_knows() -> None:
    day = [0.0] * 143
    samples = records([20.0, *day] * 4)
    rain = look(TEN, samples, days=3)
    assert rain.rain_days(10.0) == 3
    assert rain.rain_days(25.0) == 0
    gone = [sample for sample in samples if not 144 <= (sample.at - START) / timedelta(minutes=10) - 1 < 200]
    assert look(TEN, gone, days=3).rain_days(10.0) == 1
    assert rain.antecedent(0.5, 3).total_mm == pytest.approx(20 * (0.5 + 0.25 + 0.125))
    assert look(TEN, gone, days=3).antecedent(0.5, 3).total_mm is None


amounts = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.2, 1.0, 5.5, 20.0]), min_size=1, max_size=200)


@given(amounts, st.data())
@settings(max_examples=150, deadline=None)
def test_windows_agree_with_counting_minute_by_minute(mm: list[float], data: st.DataObject) -> None:
    """An independent account: every minute is covered by a record or it is missing."""
    samples = [each for each in records(mm) if data.draw(st.integers(0, 9)) or each.value > 10] or records([1.0])
    end = samples[-1].at
    covered: set[int] = set()
    for sample in samples:
        minute = int((sample.at - START).total_seconds()) // 60
        covered |= set(range(minute - 10, minute))
    rain = look(TEN, samples)
    for hours in WINDOWS_H:
        last = int((end - START).total_seconds()) // 60
        window = range(last - hours * 60, last)
        missing = sum(minute not in covered for minute in window)
        known = sum(sample.value for sample in samples if end - sample.at < timedelta(hours=hours))
        assert rain.windows[hours].mm == pytest.approx(known)
        assert rain.windows[hours].missing_min == missing
        assert (rain.windows[hours].total_mm is None) == (missing > 0)


@given(amounts, st.integers(0, 199), st.floats(0, 50))
@settings(max_examples=100, deadline=None)
def test_more_rain_never_lowers_any_part_of_a_window(mm: list[float], where: int, more: float) -> None:
    before = look(TEN, records(mm))
    mm[where % len(mm)] += more
    after = look(TEN, records(mm))
    for hours in WINDOWS_H:
        assert after.windows[hours].mm >= before.windows[hours].mm - 1e-9
        assert after.windows[hours].rest_mm >= before.windows[hours].rest_mm - 1e-9


def test_the_first_reading_of_a_counter_says_nothing_about_the_past() -> None:
    assert pick(COUNTER, None, Sample(START, 812.0)).mm == 0.0
