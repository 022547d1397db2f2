"""Tapes as gauging services export them: columns found, units turned into SI, odd rows told and left out."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.simulator import TapeError, read_tape
from sensors.simulator.tape import CUBIC_FOOT_M3, FOOT_M, _number
from tests.tapes import ARMLEY_READINGS, DEAD_RUN_READINGS, armley_file, dead_run_file

Write = Callable[[str], Path]

AGENCY = "time_utc,water_level_m,quality\n2015-12-26T10:00:00Z,3.881,G;Ed\n2015-12-26T10:15:00Z,3.92,G\n"
USGS = (
    "datetimeUTC,USGS:01589330:00060:00000_qualifiers,USGS:01589330:00060:00000,"
    "USGS:01589330:00065:00000_qualifiers,USGS:01589330:00065:00000\n"
    "2018-06-01 04:00:00+00:00,A,100.0,A,10.0\n"
    "2018-06-01 04:05:00+00:00,A,,A,9.5\n"
    "2018-06-01 04:10:00+00:00,A,Ice,A,9.0\n"
    "2018-06-01 04:15:00+00:00,A,,A,\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "tape.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_an_agencys_tape_in_metres(write: Write) -> None:
    tape = read_tape(write(AGENCY), station="aire")
    rows = list(tape.rows())
    assert [(row.line, row.at, dict(row.values)) for row in rows] == [
        (2, datetime(2015, 12, 26, 10, 0, tzinfo=UTC), {"water_level_m": 3.881}),
        (3, datetime(2015, 12, 26, 10, 15, tzinfo=UTC), {"water_level_m": 3.92}),
    ]
    assert (tape.count, tape.skipped) == (2, [])


def test_the_usgs_speaks_feet_and_qualifiers_are_no_numbers(write: Write) -> None:
    tape = read_tape(write(USGS), station="dead-run")
    rows = list(tape.rows())
    assert [column.property for column in tape.columns] == ["discharge_m3s", "water_level_m"]
    assert dict(rows[0].values) == {
        "discharge_m3s": round(100 * CUBIC_FOOT_M3, 6),
        "water_level_m": round(10 * FOOT_M, 6),
    }
    # An empty cell is nothing, a remark is told, and neither spoils the other column.
    assert dict(rows[1].values) == {"water_level_m": round(9.5 * FOOT_M, 6)}
    assert dict(rows[2].values) == {"water_level_m": round(9.0 * FOOT_M, 6)}
    assert [(row.line, row.code) for row in tape.skipped] == [(4, "tape.not_a_number"), (5, "tape.no_value")]
    assert tape.count == 3


def test_one_property_can_be_picked(write: Write) -> None:
    tape = read_tape(write(USGS), station="dead-run", property="discharge_m3s")
    assert [dict(row.values) for row in tape.rows()] == [{"discharge_m3s": round(100 * CUBIC_FOOT_M3, 6)}]


def test_an_unknown_column_is_named_by_the_caller(write: Write) -> None:
    path = write("ts;H;Remark\n2024-01-01T00:00:00+07:00;1.5;ok\n")
    with pytest.raises(TapeError, match=r"tape\.no_value_column"):
        read_tape(path, station="a")
    tape = read_tape(path, station="a", property="water_level_m")
    (row,) = tape.rows()
    assert row.at == datetime(2023, 12, 31, 17, tzinfo=UTC)
    assert dict(row.values) == {"water_level_m": 1.5}


def test_reading_twice_counts_once(write: Write) -> None:
    tape = read_tape(write(USGS), station="a")
    assert list(tape.rows()) == list(tape.rows())
    assert (tape.count, len(tape.skipped)) == (3, 2)


def test_times_without_an_offset_need_a_zone(write: Write) -> None:
    path = write("time,water_level_m\n2024-01-01 07:00,1.0\n01/02/2024,1.1\n2024-01-01T08:00:00+07:00,1.2\n")
    tape = read_tape(path, station="a")
    assert [row.line for row in tape.rows()] == [4]
    assert [(row.line, row.code) for row in tape.skipped] == [(2, "tape.naive_time"), (3, "tape.bad_time")]
    local = read_tape(path, station="a", assume_zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert [row.at.hour for row in local.rows()] == [0, 1]


def test_short_rows_and_numbers_that_are_none_are_told(write: Write) -> None:
    path = write("time_utc,water_level_m\n2024-01-01T00:00Z\n2024-01-01T00:10Z,nan\n2024-01-01T00:20Z,-9999x\n\n")
    tape = read_tape(path, station="a")
    assert list(tape.rows()) == []
    assert [(row.line, row.code) for row in tape.skipped] == [
        (2, "tape.too_few_cells"),
        (3, "tape.not_a_number"),
        (4, "tape.not_a_number"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "tape.no_time_column"),
        ("when,water_level_m\n", "tape.no_time_column"),
        ("time_utc,something,else\n", "tape.no_value_column"),
        ("time_utc,water_level_m,stage_ft\n", "tape.column_twice"),
    ],
)
def test_a_tape_without_the_columns_says_what_it_has(write: Write, text: str, code: str) -> None:
    with pytest.raises(TapeError) as caught:
        read_tape(write(text), station="a")
    assert caught.value.code == code
    assert caught.value.params["line"] == 1


def test_what_cannot_be_played(write: Write, tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"tape\.not_found"):
        read_tape(tmp_path / "none.csv", station="a")
    with pytest.raises(TapeError, match=r"tape\.unknown_property"):
        read_tape(write(AGENCY), station="a", property="level")
    with pytest.raises(TapeError, match=r"tape\.no_such_column"):
        read_tape(write(USGS), station="a", property="rain_mm")
    (tmp_path / "tape.csv").write_bytes(b"time_utc,water_level_m\n2024-01-01T00:00Z,\xff\n")
    with pytest.raises(TapeError, match=r"tape\.bad_encoding"):
        list(read_tape(tmp_path / "tape.csv", station="a").rows())


def test_emissions_are_numbered_observations_of_the_station(write: Write) -> None:
    first, second = read_tape(write(AGENCY), station="aire").emissions()
    assert (first.station, first.topic_suffix, first.at) == ("aire", "obs", datetime(2015, 12, 26, 10, tzinfo=UTC))
    assert dict(second.payload) == {
        "ts": "2015-12-26T10:15:00Z",
        "seq": 2,
        "boot": "tape",
        "data": {"water_level_m": 3.92},
    }


@given(st.floats(-100, 10_000, allow_nan=False).map(lambda number: round(number, 3)))
def test_a_number_survives_its_text(number: float) -> None:
    assert _number(str(number)) == number


@given(st.text(max_size=8))
def test_no_text_is_taken_for_an_odd_number(text: str) -> None:
    number = _number(text)
    assert number is None or abs(number) < float("inf")


def test_whole_tapes_of_two_services_are_read(tmp_path: Path) -> None:
    """The real ones, or drawings in the same two formats where those are absent (tests/tapes.py)."""
    aire = read_tape(armley_file(tmp_path), station="aire")
    assert max(row.values["water_level_m"] for row in aire.rows()) == 5.217
    assert (aire.count, aire.skipped) == (ARMLEY_READINGS, [])
    dead_run = read_tape(dead_run_file(tmp_path), station="dead-run")
    peak = max(row.values["discharge_m3s"] for row in dead_run.rows())
    assert peak == pytest.approx(1360 * CUBIC_FOOT_M3)
    assert (dead_run.count, dead_run.skipped) == (DEAD_RUN_READINGS, [])
