"""The pace of a replay, and the stamp of the present."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.simulator import Emission, Pace, stamped_now

T0 = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
seconds = st.floats(0, 200_000, allow_nan=False)


@given(st.lists(seconds, min_size=1, max_size=50), st.floats(0.1, 10_000))
def test_each_emission_is_due_at_its_own_moment(offsets: list[float], speed: float) -> None:
    """However long sending takes in between, delays do not add up."""
    pace, clock_s = Pace(speed), 1000.0
    ordered = sorted(offsets)
    for offset in ordered:
        clock_s += pace.delay_s(T0 + timedelta(seconds=offset), clock_s)
        due_s = 1000.0 + (offset - ordered[0]) / speed
        assert clock_s == pytest.approx(due_s, abs=1e-3)


def test_history_goes_out_at_once_and_the_live_part_at_its_pace() -> None:
    pace = Pace(120, live_from=T0)
    assert pace.delay_s(T0 - timedelta(hours=24), 0.0) == 0
    assert pace.delay_s(T0 - timedelta(seconds=1), 3.0) == 0
    # The clock starts with the first live emission, counted from the live start itself.
    assert pace.delay_s(T0 + timedelta(seconds=60), 5.0) == pytest.approx(0.5)
    assert pace.delay_s(T0 + timedelta(hours=1), 5.5) == pytest.approx(29.5)
    assert pace.delay_s(T0 + timedelta(hours=1), 60.0) == 0


def test_as_fast_as_possible_never_waits_and_nonsense_is_refused() -> None:
    assert Pace(None).delay_s(T0 + timedelta(days=300), 0.0) == 0
    for speed in (0, -1):
        with pytest.raises(ValueError, match="positive"):
            Pace(speed)


def test_an_emission_that_goes_back_in_time_is_sent_at_once() -> None:
    pace = Pace(10)
    pace.delay_s(T0, 0.0)
    assert pace.delay_s(T0 - timedelta(hours=1), 1.0) == 0


def test_stamping_with_the_present_keeps_distances_shortened() -> None:
    payload = {
        "id": "ho-thac-mo-1",
        "planned_at": "2026-11-23T03:00:00Z",
        "until": "2026-11-23T11:00:00Z",
        "discharge_m3s": 970.0,
    }
    now = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
    stamped = stamped_now(Emission(T0, "release", "ho-thac-mo", payload), now, speed=120)
    assert stamped.at == now
    assert stamped.payload["planned_at"] == "2026-11-23T08:17:00Z"  # four hours in two minutes
    assert stamped.payload["until"] == "2026-11-23T08:21:00Z"
    assert stamped.payload["discharge_m3s"] == 970.0
    reading = Emission(
        T0, "obs", "be-can-don", {"ts": "2026-11-22T23:00:00Z", "seq": 1, "data": {"water_level_m": 81.0}}
    )
    assert stamped_now(reading, now).payload["ts"] == "2026-11-23T08:15:00Z"
    assert reading.payload["ts"] == "2026-11-22T23:00:00Z"
