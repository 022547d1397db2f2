"""A reservoir against its notices: found when it should be, quiet when it should be, and independent of how often
somebody looks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards.dam_release import Notice
from eoc.hazards.reservoir_checks import (
    LOOK_BACK,
    Finding,
    Judgement,
    ReservoirSample,
    covering,
    history_needed,
    judge,
    standing_spill,
)
from eoc.packs import load_pack, pack_path
from eoc.packs.releases import DamRelease, ReservoirChecks

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FOUND_RULE = load_pack(pack_path("binh-phuoc")).hazards.rules.dam_release
assert FOUND_RULE is not None
RULE: DamRelease = FOUND_RULE


def series(
    spill: Sequence[float], *, turbine: float = 180.0, step: timedelta = 5 * MINUTES, **more: float
) -> list[ReservoirSample]:
    return [ReservoirSample(START + i * step, qxt=turbine, qxm=value, **more) for i, value in enumerate(spill)]


def notice(
    planned_h: float,
    until_h: float | None = None,
    *,
    heard_h: float = -6,
    flow: float | None = 500,
    name: str = "1",
    cancelled: bool = False,
) -> Notice:
    until = None if until_h is None else START + until_h * HOUR
    return Notice("d", name, START + heard_h * HOUR, START + planned_h * HOUR, until, flow, cancelled=cancelled)


def only(judgement: Judgement, check: str) -> list[Finding]:
    return [each for each in judgement.findings if each.check == check]


def test_spilling_that_nobody_announced_is_found_after_the_packs_minutes() -> None:
    found = judge(series([0] * 6 + [200] * 12 + [0] * 12), [], RULE)
    (finding,) = only(found, "unannounced")
    assert (finding.since, finding.decided_at) == (START + 30 * MINUTES, START + 50 * MINUTES)
    assert finding.ended_at == START + 90 * MINUTES
    assert (finding.level, finding.reason.code) == (3, "reason.release_unannounced")
    assert finding.reason.params == {"spill_m3s": 200, "from_m3s": 20}
    (spell,) = found.spells
    assert (spell.since, spell.ended_at) == (START + 30 * MINUTES, START + 90 * MINUTES)


def test_an_announced_release_is_quiet_a_little_early_and_a_little_late_too() -> None:
    spill = [0] * 6 + [200] * 24 + [0] * 6
    for told in (notice(0.5, 2.5), notice(0.7, 2.3), notice(0, None, flow=None)):
        assert not only(judge(series(spill), [told], RULE), "unannounced"), told
    too_late = judge(series(spill), [notice(1.5, 2.5)], RULE)
    assert only(too_late, "unannounced")[0].ended_at == START + 1.25 * HOUR


def test_a_notice_counts_from_when_it_was_heard_and_until_it_is_withdrawn() -> None:
    spill = [0] * 6 + [200] * 30
    late = judge(series(spill), [notice(0.5, heard_h=1.5)], RULE)
    (finding,) = only(late, "unannounced")
    assert finding.ended_at == START + 1.5 * HOUR
    told = notice(0.5)
    withdrawn = [told, replace(told, heard_at=START + HOUR, cancelled=True)]
    (finding,) = only(judge(series(spill), withdrawn, RULE), "unannounced")
    assert finding.since == START + HOUR


def test_an_update_of_a_running_release_keeps_what_has_begun() -> None:
    first = notice(0.5, 10, flow=300)
    more = replace(first, heard_at=START + HOUR, planned_at=START + 2 * HOUR, discharge_m3s=900)
    assert covering([first, more], START + 1.5 * HOUR) == covering([first], START + 1.5 * HOUR)
    later = covering([first, more], START + 3 * HOUR)
    assert later is not None
    assert later.discharge_m3s == 900
    moved = replace(first, heard_at=START, planned_at=START + 5 * HOUR)  # put off before it began
    assert covering([first, moved], START + HOUR) is None
    other = notice(0, None, name="2", flow=100)
    both = covering([other, first], START + HOUR)
    assert both is not None
    assert both.notice == "1"
    again = [replace(first, cancelled=True), replace(first, heard_at=START + HOUR)]
    assert covering(again, START + 2 * HOUR) is not None


def test_more_than_announced_is_found() -> None:
    found = judge(series([320] * 3 + [700] * 12), [notice(-1, 10)], RULE)
    (finding,) = only(found, "above_notice")
    assert finding.reason.params == {"notice": "1", "announced_m3s": 500, "outflow_m3s": 880.0}
    assert not only(judge(series([440] * 20), [notice(-1, 10)], RULE), "above_notice")  # within the tolerance
    assert not only(judge(series([700] * 20), [notice(-1, 10, flow=None)], RULE), "above_notice")


def test_a_notice_after_which_nothing_comes_is_found() -> None:
    found = judge(series([0] * 36), [notice(1, 6)], RULE)
    (finding,) = only(found, "not_seen")
    assert finding.since == START + 2 * HOUR
    assert finding.level == 0
    late = judge(series([0] * 26 + [320] * 10), [notice(1, 6)], RULE)
    assert only(late, "not_seen")[0].ended_at == START + 26 * 5 * MINUTES
    assert not only(judge(series([0] * 12 + [320] * 24), [notice(1, 6)], RULE), "not_seen")
    # Seen, and closed again before the announced end: it was there.
    closed_early = judge(series([0] * 12 + [320] * 12 + [0] * 60), [notice(1, 10)], RULE)
    assert not only(closed_early, "not_seen")
    # Turbines may be all that was announced.
    assert not only(judge(series([0] * 36, turbine=480), [notice(1, 6)], RULE), "not_seen")


def test_a_sudden_rise_is_found_and_a_gentle_one_is_not() -> None:
    found = judge(series([100] * 6 + [600] * 24), [notice(-1, flow=1000)], RULE)
    (finding,) = only(found, "sudden_rise")
    assert finding.reason.params["rise_m3s"] == 500
    assert finding.ended_at is not None
    gentle = [100 + 20 * i for i in range(40)]  # 240 in an hour
    assert not only(judge(series(gentle), [notice(-1, flow=1000)], RULE), "sudden_rise")
    wild = [100] * 6 + [5000] + [100] * 12
    assert not only(judge(series(wild), [notice(-1, flow=9000)], RULE), "sudden_rise")


def test_a_nearly_full_lake_with_rising_inflow_is_found() -> None:
    def lake(inflows: Sequence[float], htl: float, hdbt: float | None) -> list[ReservoirSample]:
        return [
            ReservoirSample(START + 15 * i * MINUTES, htl=htl, hdbt=hdbt, qve=flow) for i, flow in enumerate(inflows)
        ]

    rising = [500 + 20.0 * i for i in range(30)]
    (finding,) = only(judge(lake(rising, 217.8, 218.0), [], RULE), "near_full")
    assert finding.reason.params["normal_level_m"] == 218.0
    assert only(judge(lake(rising, 217.8, None), [], RULE, 218.0), "near_full")
    assert not only(judge(lake(rising, 217.8, None), [], RULE), "near_full")  # no normal level: not judged
    assert not only(judge(lake(rising, 217.0, 218.0), [], RULE), "near_full")
    assert not only(judge(lake([500.0] * 30, 217.8, 218.0), [], RULE), "near_full")


def test_a_total_that_is_not_its_parts_is_found() -> None:
    def told(total: float) -> list[ReservoirSample]:
        return series([100] * 20, turbine=300, total_m3s=total)

    (finding,) = only(judge(told(430), [notice(-1)], RULE), "sum_differs")
    assert finding.reason.params == {"total_m3s": 430, "turbine_m3s": 300, "spill_m3s": 100}
    assert not only(judge(told(407), [notice(-1)], RULE), "sum_differs")


def test_what_is_missing_is_never_zero() -> None:
    gaps = [ReservoirSample(START + 5 * i * MINUTES, htl=217.0) for i in range(40)]
    assert judge(gaps, [notice(1, 6)], RULE) == Judgement()
    # A spillway that is not reported in between neither ends nor confirms anything.
    holes = [replace(each, qxm=None) if index % 2 else each for index, each in enumerate(series([0] * 6 + [200] * 24))]
    (finding,) = only(judge(holes, [], RULE), "unannounced")
    assert finding.ended_at is None
    assert ReservoirSample(START, qxt=100).outflow_m3s is None
    assert ReservoirSample.of(START, {"discharge_m3s": 300, "qxt": 100}).outflow_m3s == 300


def test_gates_that_stood_open_when_we_began_to_listen_were_announced_before() -> None:
    open_from_the_start = series([200] * 12 + [0] * 12 + [200] * 12)
    standing = standing_spill(open_from_the_start[0], RULE)
    assert standing is not None
    until_closed = replace(standing, until=START + HOUR)
    (again,) = only(judge(open_from_the_start, [until_closed], RULE), "unannounced")
    assert again.since == START + 2 * HOUR
    assert standing_spill(series([0])[0], RULE) is None
    assert standing_spill(ReservoirSample(START), RULE) is None
    assert standing_spill(open_from_the_start[0], None) is None


def test_a_check_that_the_pack_leaves_out_is_off() -> None:
    off = RULE.model_copy(update={"checks": ReservoirChecks()})
    assert judge(series([0] * 6 + [2000] * 40), [], off) == Judgement()
    assert judge(series([0] * 6 + [2000] * 40), [], None) == Judgement()


flows = st.lists(st.sampled_from([0.0, 10.0, 60.0, 300.0, 900.0]), min_size=4, max_size=120)
notices = st.lists(
    st.builds(
        notice,
        st.floats(-2, 8),
        st.none() | st.floats(8, 12),
        heard_h=st.floats(-6, 6),
        flow=st.none() | st.floats(50, 1000),
        name=st.sampled_from(["1", "2"]),
        cancelled=st.booleans(),
    ),
    max_size=4,
)


def as_of(finding: Finding, end: datetime) -> Finding:
    """As it was known at a time: an end that was decided later had not been seen."""
    if finding.end_decided_at is None or finding.end_decided_at <= end:
        return finding
    return replace(finding, ended_at=None, end_decided_at=None)


@given(flows, notices, st.integers(1, 119))
def test_what_was_found_is_not_changed_by_what_comes_later(spill: list[float], told: list[Notice], cut: int) -> None:
    samples = series(spill)
    whole, part = judge(samples, told, RULE), judge(samples[:cut], told, RULE)
    end = samples[min(cut, len(samples)) - 1].at
    seen = [as_of(each, end) for each in whole.findings if each.decided_at <= end]
    assert list(part.findings) == seen
    # And a notice heard later changes nothing before.
    known = [each for each in told if each.heard_at <= end]
    assert judge(samples[:cut], known, RULE) == part


@given(st.lists(st.sampled_from([0.0, 60.0, 900.0]), min_size=60, max_size=200), st.integers(0, 50))
def test_older_samples_change_nothing(spill: list[float], drop: int) -> None:
    """Beginning the fold one look-back earlier than asked for ends in the same latches."""
    samples = series(spill, step=HOUR)
    end = samples[-1].at
    needed = [each for each in samples if each.at >= end - history_needed(RULE)]
    longer = samples[max(0, len(samples) - len(needed) - drop) :]
    assert history_needed(RULE) >= LOOK_BACK
    now = {each.check for each in judge(longer, [], RULE).findings if each.ended_at is None}
    assert {each.check for each in judge(needed, [], RULE).findings if each.ended_at is None} == now


@given(flows)
def test_one_wild_sample_says_nothing(spill: list[float]) -> None:
    quiet = [0.0] * len(spill)
    for index in (1, len(spill) // 2):
        wild = [*quiet]
        wild[index] = 4000.0
        found = judge(series(wild), [], RULE)
        assert found.findings == ()
        assert found.spells == ()
