"""A clock that is behind, told apart from readings that come late."""

from datetime import UTC, datetime, timedelta

from eoc.quality import clock_behind

START = datetime(2026, 11, 24, 6, tzinfo=UTC)


def minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


def test_each_message_equally_too_old_is_a_slow_clock() -> None:
    records = [(START + minutes(10 * n), START + minutes(10 * n + 12)) for n in range(4)]
    assert clock_behind(records) == minutes(12)


def test_a_right_clock_and_a_slow_road_are_none() -> None:
    assert clock_behind([(START + minutes(10 * n), START + minutes(10 * n + 2)) for n in range(6)]) is None


def test_a_buffer_that_empties_itself_is_late_and_not_slow() -> None:
    records = [(START + minutes(10 * n), START + minutes(300) + timedelta(seconds=n)) for n in range(30)]
    assert clock_behind(records) is None


def test_a_burst_measured_within_a_minute_and_sent_later_proves_nothing() -> None:
    records = [(START + timedelta(seconds=10 * n), START + minutes(40) + timedelta(seconds=10 * n)) for n in range(4)]
    assert clock_behind(records) is None


def test_three_messages_are_too_few() -> None:
    assert clock_behind([(START + minutes(10 * n), START + minutes(10 * n + 60)) for n in range(3)]) is None


def test_a_table_that_is_always_an_hour_old_is_measured_from_there() -> None:
    records = [(START + minutes(60 * n), START + minutes(60 * n + 62)) for n in range(4)]
    assert clock_behind(records, usual=minutes(60)) is None
    assert clock_behind(records) == minutes(62)


def test_a_clock_set_right_is_forgotten_after_four_messages() -> None:
    records = [(START + minutes(10 * n), START + minutes(10 * n + 30)) for n in range(4)]
    records += [(START + minutes(10 * n), START + minutes(10 * n + 1)) for n in range(4, 6)]
    assert clock_behind(records) is None
