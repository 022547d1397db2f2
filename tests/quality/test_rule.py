"""Quality of one instrument as a fold: bounded memory, the same flags in any order, real rises pass, spikes do not."""

import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.river_flood import FloodParams, FloodRule, FloodState
from eoc.hazards.rule import Sample
from eoc.model import Quality, Station, Thresholds
from eoc.quality import QualityRule, QualityState, Verdict
from eoc.quality.rule import GOOD, LOOK_BACK, SENTINELS
from tests.tapes import armley

START = datetime(2026, 11, 1, tzinfo=UTC)
LIMITS = {"min": 0.0, "max": 30.0, "max_step_per_10min": 1.0}
LEVEL = QualityRule.of("water_level_m", LIMITS)
RESTLESS = QualityRule.of("water_level_m", {**LIMITS, "flat_line_s": 3600.0})
BARE = QualityRule.of("water_level_m")
RULES = [LEVEL, RESTLESS, BARE, QualityRule.of("water_level_m", {"max_step_per_10min": 0.5})]

Flags = dict[datetime, tuple[Quality, tuple[str, ...]]]


def fold(rule: QualityRule, samples: Iterable[Sample], state: QualityState | None = None) -> tuple[QualityState, Flags]:
    """The state at the end, and how every reading is seen by then."""
    state, flags = state or rule.blank, {}
    for sample in samples:
        state, verdict = rule.step(state, sample)
        flags[sample.at] = (verdict.flag, verdict.codes)
        flags |= {past.at: (past.flag, past.codes) for past in verdict.revised}
    return state, flags


def every(values: Iterable[float], every_s: float = 600.0) -> list[Sample]:
    return [Sample(START + timedelta(seconds=every_s * index), value) for index, value in enumerate(values)]


def seen(rule: QualityRule, values: Iterable[float], every_s: float = 600.0) -> list[str]:
    """How each reading is seen at the end: "good" or its codes."""
    _, flags = fold(rule, every(values, every_s))
    return ["+".join(codes) if flag is not Quality.GOOD else "good" for flag, codes in flags.values()]


odd_values = st.sampled_from([0.0, 2.0, 2.1, 3.0, 5.0, 9.0, 29.0, 31.0, 200.0, 210.0, 2100.0, 0.02, -9999.0, 65535.0])
walks = st.lists(
    st.one_of(odd_values, st.floats(0.0, 30.0, allow_subnormal=False), st.just(2.0)), min_size=1, max_size=80
)
gaps = st.lists(st.sampled_from([60, 600, 3600, 6 * 3600, 20 * 3600, 60 * 3600]), min_size=80, max_size=80)


def timed(values: list[float], gaps_s: list[int]) -> list[Sample]:
    at, samples = START, []
    for value, gap_s in zip(values, gaps_s, strict=False):
        at += timedelta(seconds=gap_s)
        samples.append(Sample(at, value))
    return samples


@given(walks, gaps, st.sampled_from(RULES))
@settings(max_examples=400, deadline=None)
def test_state_and_flags_depend_on_the_last_48_hours_only(
    values: list[float], gaps_s: list[int], rule: QualityRule
) -> None:
    samples = timed(values, gaps_s)
    state, flags = fold(rule, samples)
    recent = [sample for sample in samples if sample.at >= samples[-1].at - rule.look_back]
    again, recent_flags = fold(rule, recent)
    assert again == state
    # The newest reading, and the one before it, which the newest may have revised, are seen alike as well.
    settled = [sample.at for sample in recent if sample.at >= samples[-1].at - timedelta(hours=1)]
    assert {at: recent_flags[at] for at in settled} == {at: flags[at] for at in settled}


@given(walks, gaps, st.sampled_from(RULES), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_order_of_arrival_ends_in_the_same_state(
    values: list[float], gaps_s: list[int], rule: QualityRule, chance: random.Random
) -> None:
    samples = timed(values, gaps_s)
    expected, _ = fold(rule, samples)
    arriving = list(samples)
    chance.shuffle(arriving)
    known: list[Sample] = []
    state = rule.blank
    for sample in arriving:
        known.append(sample)
        if state.last_at is None or sample.at > state.last_at:
            state, _ = rule.step(state, sample)
        else:
            newest = max(each.at for each in known)
            state, _ = fold(rule, sorted(each for each in known if each.at >= newest - LOOK_BACK))
    assert state == expected


@given(walks, gaps, st.sampled_from(RULES))
@settings(max_examples=100, deadline=None)
def test_the_state_survives_the_database(values: list[float], gaps_s: list[int], rule: QualityRule) -> None:
    state, _ = fold(rule, timed(values, gaps_s))
    assert msgspec.json.decode(msgspec.json.encode(state), type=QualityState) == state


@given(st.lists(st.floats(), max_size=20), st.sampled_from([*RULES, QualityRule.of("of_a_plugin", {"min": 0.0})]))
def test_no_number_breaks_it_and_none_that_is_no_number_is_good(values: list[float], rule: QualityRule) -> None:
    state = rule.blank
    for sample in every(values):
        state, verdict = rule.step(state, sample)
        assert math.isfinite(sample.value) or verdict.flag is Quality.BAD


def test_a_quiet_reading_costs_no_verdict() -> None:
    state, _ = fold(LEVEL, every([2.0, 2.01, 2.02]))
    _, verdict = LEVEL.step(state, Sample(START + timedelta(hours=1), 2.03))
    assert verdict is GOOD


@pytest.mark.parametrize("value", sorted(SENTINELS))
@pytest.mark.parametrize("name", ["water_level_m", "rain_mm", "discharge_m3s", "temperature_c"])
def test_a_sentinel_is_bad_with_or_without_limits(value: float, name: str) -> None:
    _, verdict = QualityRule.of(name).step(QualityState(), Sample(START, value))
    assert verdict == Verdict(Quality.BAD, ("sentinel",))


def test_85_degrees_is_a_sentinel_of_thermometers_only() -> None:
    _, hot = QualityRule.of("temperature_c").step(QualityState(), Sample(START, 85.0))
    _, wet = QualityRule.of("water_level_m").step(QualityState(), Sample(START, 85.0))
    assert (hot.codes, wet.flag) == (("sentinel",), Quality.GOOD)


def test_a_sentinel_between_two_readings_does_not_come_between_them() -> None:
    assert seen(LEVEL, [2.0, 2.0, -9999.0, 2.1, 65535.0, 2.1]) == [
        "good",
        "good",
        "sentinel",
        "good",
        "sentinel",
        "good",
    ]


def test_outside_the_possible_is_bad_and_outside_the_station_is_suspect() -> None:
    humidity = QualityRule.of("humidity_pct", {"min": 5.0})
    _, impossible = humidity.step(QualityState(), Sample(START, 130.0))
    _, unlikely = humidity.step(QualityState(), Sample(START, 2.0))
    assert (impossible.flag, impossible.codes) == (Quality.BAD, ("range",))
    assert (unlikely.flag, unlikely.codes) == (Quality.SUSPECT, ("range",))


def test_a_spike_stays_suspect_and_its_neighbours_good() -> None:
    assert seen(LEVEL, [2.0, 2.0, 7.0, 2.1, 2.1]) == ["good", "good", "spike", "good", "good"]
    assert seen(LEVEL, [9.0, 9.0, 0.0, 9.1]) == ["good", "good", "spike", "good"]


def test_a_jump_is_suspect_until_the_next_reading_agrees() -> None:
    state, flags = fold(LEVEL, every([2.0, 2.0, 7.0]))
    at = START + timedelta(minutes=20)
    assert flags[at] == (Quality.SUSPECT, ("rate",))
    _, verdict = LEVEL.step(state, Sample(at + timedelta(minutes=10), 7.2))
    assert verdict.flag is Quality.GOOD
    assert verdict.revised == ((at, Quality.GOOD, ()),)


def test_a_rise_of_three_readings_each_too_fast_is_believed_one_by_one() -> None:
    assert seen(LEVEL, [2.0, 2.0, 4.0, 6.5, 9.0, 9.2]) == ["good"] * 6
    assert seen(LEVEL, [2.0, 2.0, 4.0, 6.5, 9.0]) == ["good"] * 4 + ["rate"]


def test_two_wild_readings_in_opposite_directions_are_both_spikes() -> None:
    found = seen(LEVEL, [5.0, 5.0, 9.0, 1.0, 5.1, 5.1])
    assert found == ["good", "good", "spike", "spike", "good", "good"]


def test_the_step_grows_with_the_time_between_two_readings() -> None:
    assert seen(LEVEL, [2.0, 7.0, 7.0], every_s=3600.0)[1] == "good"
    assert seen(LEVEL, [2.0, 9.0], every_s=3600.0)[1] == "rate"
    assert seen(LEVEL, [2.0, 2.9], every_s=60.0)[1] == "good"


def test_readings_far_apart_are_not_compared() -> None:
    assert seen(LEVEL, [2.0, 20.0], every_s=8 * 3600.0) == ["good", "good"]


def test_flat_is_suspect_only_where_the_station_says_how_long_it_rests() -> None:
    values = [2.0] * 12
    assert set(seen(LEVEL, values)) == {"good"}
    assert seen(RESTLESS, values) == ["good"] * 6 + ["flat"] * 6
    assert set(seen(RESTLESS, [2.0, 2.01] * 12)) == {"good"}
    assert seen(RESTLESS, [*values, 2.01])[-1] == "good"


def test_a_rest_longer_than_the_look_back_can_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="flat_line_s"):
        QualityRule.of("water_level_m", {"flat_line_s": 40 * 3600.0})


@pytest.mark.parametrize(
    ("sent", "limits"), [(5520.0, {"min": 45.0, "max": 70.0}), (0.552, {"min": 45.0, "max": 70.0})]
)
def test_centimetres_are_seen_by_the_limits_for_ever(sent: float, limits: dict[str, float]) -> None:
    assert seen(QualityRule.of("water_level_m", limits), [55.2, *[sent] * 400])[-1] == "unit_slip"


def test_centimetres_and_millimetres_are_seen_without_limits_by_the_day_before() -> None:
    quiet = [2.1 + 0.01 * (index % 5) for index in range(144)]
    assert seen(BARE, [*quiet, 212.0, 213.0, 2.12, 2130.0, 0.0213]) == [
        *["good"] * 144,
        "unit_slip",
        "unit_slip",
        "good",
        "unit_slip",
        "unit_slip",
    ]


def test_what_was_confirmed_by_another_slipped_one_is_still_slipped() -> None:
    rule = QualityRule.of("water_level_m", {"max_step_per_10min": 1.0})
    quiet = [2.1] * 12
    assert seen(rule, [*quiet, 212.0, 212.5, 212.6])[12:] == ["unit_slip"] * 3


def test_a_flash_flood_in_a_nearly_dry_creek_is_no_slip_of_unit() -> None:
    assert set(seen(BARE, [0.02] * 100 + [0.05, 0.9, 2.0, 3.1, 3.0])) == {"good"}


def test_discharge_may_grow_a_hundredfold() -> None:
    flow = QualityRule.of("discharge_m3s")
    assert set(seen(flow, [0.4] * 50 + [4.0, 38.0, 39.0])) == {"good"}


@given(st.lists(st.floats(-0.4, 0.4), min_size=2, max_size=100), st.floats(0.0, 500.0))
@settings(max_examples=100, deadline=None)
def test_more_water_changes_no_judgement_of_a_jump(moves: list[float], more_m: float) -> None:
    rule = QualityRule.of("discharge_m3s", {"max_step_per_10min": 0.2})
    values = [10.0 + sum(moves[: index + 1]) for index in range(len(moves))]
    lower, higher = seen(rule, values), seen(rule, [value + more_m for value in values])
    close = any(
        abs(abs(two - one) - 0.2) < 1e-6 for gap in (1, 2) for one, two in zip(values, values[gap:], strict=False)
    )
    assert close or lower == higher


# -- together with the flood rule --------------------------------------------------------


FLOOD = FloodRule.of(
    Station(
        "s",
        "Trạm",
        "river",
        thresholds=Thresholds(bd1=5.0, bd2=6.0, bd3=7.0),
        rules={"min_duration_s": 600.0, "hysteresis_m": 0.05, "rise_m_per_h": 0.5, "forecast_h": 3.0},
    ),
    FloodParams(severity={"rise": 1, "bd1": 2, "bd2": 3, "bd3": 4}),
)


def opened(values: list[float], rule: QualityRule = LEVEL) -> list[int]:
    """The index of every reading at which the flood rule, fed with good readings only, leaves level 0."""
    quality, flood, waiting, found = rule.blank, FloodState(), None, []
    for index, sample in enumerate(every(values)):
        quality, verdict = rule.step(quality, sample)
        taken = [waiting] if waiting and any(past.flag is Quality.GOOD for past in verdict.revised) else []
        taken += [sample] if verdict.flag is Quality.GOOD else []
        waiting = sample if "rate" in verdict.codes else None
        for each in taken:
            before = flood.level
            flood, _ = FLOOD.step(flood, each)
            if before == 0 and flood.level:
                found.append(index)
    return found


def test_isolated_spikes_among_a_hundred_thousand_readings_open_nothing() -> None:
    chance = random.Random(20261124)
    values = [2.0 + 0.3 * math.sin(index / 700) + chance.gauss(0, 0.006) for index in range(100_000)]
    spikes: set[int] = set()
    while len(spikes) < 3000:
        where = chance.randrange(2, len(values) - 2)
        if not any(near in spikes for near in range(where - 3, where + 4)):
            spikes.add(where)
    for where in spikes:
        values[where] += chance.choice([5.0, 5.0, 12.0, -1.9, 1.5, chance.uniform(1.2, 20.0)])
    assert opened(values) == []
    codes = seen(LEVEL, values)
    assert {index for index, code in enumerate(codes) if code != "good"} == spikes


@pytest.mark.parametrize("rise", [[5.5, 6.5, 7.5], [3.5, 5.2, 7.0], [5.2, 5.3, 5.4], [2.9, 3.8, 4.7], [8.0, 8.0, 8.0]])
def test_a_real_rise_of_three_readings_opens_a_case_at_most_two_later(rise: list[float]) -> None:
    values = [2.0] * 30 + rise + [rise[-1]] * 5
    (first, *_) = opened(values)
    assert first <= 30 + 2 + 2


def test_the_boxing_day_flood_is_left_as_it_is() -> None:
    rule = QualityRule.of("water_level_m", {"min": 0.0, "max": 8.0, "max_step_per_10min": 0.5})
    _, flags = fold(rule, (Sample(at, level_m) for at, level_m in armley()))
    doubtful = [at for at, (flag, _) in flags.items() if flag is not Quality.GOOD]
    assert doubtful == []
