"""Faults change what they say they change and leave everything else to the last digit."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError

from sensors.simulator.emission import Emission
from sensors.simulator.faults import Fault, suffer
from sensors.simulator.weather import CountEntry, SmokeEntry, WeatherEntry, air, counts, smoke

START = datetime(2026, 3, 1, tzinfo=UTC)


def sent(hours: float = 24.0) -> list[Emission]:
    made = []
    for index in range(int(hours * 6)):
        at = START + timedelta(minutes=10 * index)
        payload = {"ts": at.isoformat(), "seq": index + 1, "boot": "b", "data": {"water_level_m": 2 + index / 1000}}
        made.append(Emission(at, "obs", "g", payload))
    return made


def arrived(hours: float = 24.0, **fault: object) -> list[Emission]:
    wrong = Fault.model_validate({"station": "g", "from_h": 6, "to_h": 12, **fault})
    return list(suffer(sent(hours), [wrong], START, random.Random(1)))


def level(emission: Emission) -> float:
    return float(emission.payload["data"]["water_level_m"])


def changed(arriving: list[Emission]) -> list[Emission]:
    return [one for one, other in zip(arriving, sent(), strict=True) if one != other]


def test_a_stuck_gauge_repeats_the_first_value_of_its_time() -> None:
    values = {level(each) for each in arrived(kind="stuck")[36:72]}
    assert values == {2.036}
    assert level(arrived(kind="stuck")[72]) == 2.072


def test_spikes_are_single_and_at_least_an_hour_apart() -> None:
    wild = changed(arrived(kind="spike", by=5.0, each_h=1.0))
    assert len(wild) > 2
    assert all(later.at - earlier.at >= timedelta(hours=1) for earlier, later in pairwise(wild))
    assert all(6 < level(each) < 9 for each in wild)


def test_drift_slip_sentinel_and_clock_change_what_is_said() -> None:
    assert level(arrived(kind="drift", per_day=0.24)[71]) == pytest.approx(2.071 + 0.24 * (71 / 144 - 0.25), abs=1e-3)
    assert level(arrived(kind="unit_slip", factor=100)[40]) == pytest.approx(204.0)
    said = {level(each) for each in changed(arrived(kind="sentinel", value=-9999))}
    assert said == {-9999}
    slow = arrived(kind="slow_clock", behind_s=900)[40]
    assert (slow.at - datetime.fromisoformat(slow.payload["ts"])) == timedelta(minutes=15)


def test_silence_and_dropout_leave_messages_out() -> None:
    assert [each for each in sent() if each not in arrived(kind="silence")] == sent()[36:72]
    lost = 36 - (len(arrived(kind="dropout", share=0.5)) - 108)
    assert 8 < lost < 28


def test_a_replay_says_again_what_was_said_and_a_buffer_says_it_late() -> None:
    again = arrived(kind="replay", after_h=3)
    assert len(again) == 144 + 36
    assert [each.payload["seq"] for each in again].count(40) == 2
    late = arrived(kind="held_back")
    assert sorted(each.payload["seq"] for each in late) == list(range(1, 145))
    assert min(each.at for each in late if each.payload["seq"] == 37) >= START + timedelta(hours=12)
    assert [each.at for each in late] == sorted(each.at for each in late)


def test_what_was_held_back_at_the_end_still_comes() -> None:
    wrong = Fault(kind="held_back", station="g", from_h=20, to_h=30)
    assert len(list(suffer(sent(), [wrong], START, random.Random(1)))) == 144


@pytest.mark.parametrize(
    "fault", [{"kind": "spike"}, {"kind": "drift"}, {"kind": "stuck", "to_h": 1}, {"kind": "sentinel"}]
)
def test_a_fault_without_what_it_needs_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"station": "g", "from_h": 6, "to_h": 12, **fault})


def test_the_air_is_warmest_and_driest_in_the_afternoon_and_smoke_stands_out() -> None:
    entry, chance = (
        WeatherEntry(station="f", coolest_c=22, warmest_c=38, driest_pct=30, rain_mm={2: 12}),
        random.Random(2),
    )
    day = [air(entry, START.replace(hour=hour), 1, chance) for hour in range(24)]
    hottest = max(range(24), key=lambda hour: day[hour]["temperature_c"])
    assert 12 <= hottest <= 16
    assert day[hottest]["humidity_pct"] < day[4]["humidity_pct"] - 30
    assert sum(each["rain_mm"] for each in day) == 0
    rainy = [air(entry, START + timedelta(minutes=10 * step), 2, chance)["rain_mm"] for step in range(144)]
    assert sum(rainy) == pytest.approx(12)
    plume = SmokeEntry(station="f", at_h=5, minutes=30, ratio=0.7)
    assert smoke(entry, [plume], 5.2, chance) > 0.5
    assert smoke(entry, [plume], 5.6, chance) < 0.1


def test_counts_are_daily_reported_next_morning_and_rise_when_told() -> None:
    quiet = CountEntry(area="25216", disease="x", mean=2.0, days_before=100)
    rising = CountEntry(area="25216", disease="x", mean=2.0, days_before=100, rises_day=0, most=50)
    told = list(counts(quiet, START, 240, UTC, random.Random(3)))
    assert [each.at.hour for each in told] == [8] * len(told)
    assert all(later.day - earlier.day == timedelta(days=1) for earlier, later in pairwise(told))
    assert 1.5 < sum(each.count for each in told) / len(told) < 2.5
    assert sum(each.count for each in list(counts(rising, START, 240, UTC, random.Random(3)))[-3:]) > 60
