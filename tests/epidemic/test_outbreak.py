"""Several methods, one severity: runs that hold, ends that hold, clusters, corrected counts."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.hazards.endemic_channel import ChannelParams, same_week
from eoc.hazards.epidemic import EarsParams
from eoc.hazards.outbreak import ClusterParams, EpidemicParams, Outlook, cluster, outlook
from eoc.packs import load_pack, pack_path
from ui.world_epidemic import province_of

DAY = date(2026, 6, 1)
RULE = ClusterParams(cases=2, within_days=7, over_after_days=14, level=1)
PARAMS = EpidemicParams(
    EarsParams(least_count=3, levels={"c1": 1, "c2": 2, "c3": 1}),
    ChannelParams(levels={"epidemic": 3}),
    {"dengue": RULE},
    confirm_quiet=2,
)


def days(values: list[int | None], first: date = DAY) -> dict[date, int]:
    return {first + timedelta(days=i): value for i, value in enumerate(values) if value is not None}


def look(values: list[int | None], weekly: dict[date, int] | None = None, disease: str = "flu") -> Outlook:
    return outlook(disease, days(values), weekly or {}, PARAMS)


QUIET: list[int | None] = [2, 3, 2, 1, 2, 3, 2, 2, 1, 2]


def test_a_sudden_rise_is_an_outbreak_with_its_reasons() -> None:
    found = look([*QUIET, 9])
    assert (found.level, found.since, found.through) == (2, DAY + timedelta(days=10), DAY + timedelta(days=11))
    assert {reason.params["method"] for reason in found.reasons} == {"C1", "C2", "C3"}
    assert found.reasons[0].params["method"] == "C2"


def test_one_quiet_day_does_not_end_it_and_two_do() -> None:
    rise: list[int | None] = [*QUIET, 9, 10, 11]
    assert look([*rise, 2]).level == 2
    one = look([*rise, 2])
    assert one.since == DAY + timedelta(days=10)
    # C3 still has the sum of the days before in it; then it is over too.
    after: list[int | None] = [2, 2, 2, 2, 2]
    assert look([*rise, *after]).level == 0
    assert look([*rise, *after]).since is None


def test_days_that_nobody_reported_end_nothing() -> None:
    rise: list[int | None] = [*QUIET, 9, 10, 11]
    assert look([*rise, None, None, None]).level == 2


def test_a_corrected_count_leads_to_what_it_would_have_led_to() -> None:
    wrong: list[int | None] = [*QUIET, 30, 2]
    assert look(wrong).level == 2
    wrong[10] = 3
    assert look(wrong) == look([*QUIET, 3, 2])
    assert look(wrong).level == 0


def test_the_channel_counts_beside_the_days() -> None:
    week = date(2026, 6, 8)
    weekly = {same_week(week, back): 10 + back for back in range(1, 6)} | {week: 40}
    found = look(QUIET, weekly)
    assert (found.level, found.since, found.through) == (3, week, week + timedelta(days=7))
    assert [each.method for each in found.latest] == ["c1", "c2", "c3", "channel"]


def test_nothing_counted_is_nothing_said() -> None:
    found = outlook("dengue", {}, {}, PARAMS)
    assert found == Outlook((), 0, None, None, ())


def test_a_method_that_cannot_speak_says_why() -> None:
    found = look([1, 2])
    assert [each.silent.code for each in found.latest if each.silent] == ["reason.ears_too_few_days"] * 3


@pytest.mark.parametrize(
    ("values", "is_cluster"),
    [
        ([0, 1, 0, 0, 0, 0, 0], False),
        ([0, 1, 0, 0, 0, 0, 1], True),
        ([0, 1, 0, 0, 0, 0, 0, 0, 1], False),  # eight days apart
        ([2], True),
        ([1, 1, *[0] * 13], True),
        ([1, 1, *[0] * 14], False),
        ([1, 1, *[None] * 14, 0], True),  # two weeks without a report are not two weeks without a case
        ([1, 1, *[0] * 10, 1, *[0] * 13], True),  # a new case begins the two weeks again
        ([1, 1, *[0] * 10, 1, *[0] * 14], False),
    ],
)
def test_two_cases_in_seven_days_are_a_cluster_until_two_weeks_without(
    values: list[int | None], is_cluster: bool
) -> None:
    judged, began = cluster(days(values), RULE)
    assert (judged.alarm, judged.level, began is not None) == (is_cluster, int(is_cluster), is_cluster)


def test_a_cluster_is_a_matter_of_its_disease() -> None:
    values: list[int | None] = [0, 1, 1, 0]
    assert look(values, disease="dengue").level == 1
    assert look(values, disease="dengue").reasons[0].code == "reason.cluster"
    assert look(values, disease="flu").level == 0


@given(st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=1, max_size=40))
@settings(max_examples=150, deadline=None)
def test_the_severity_is_that_of_the_gravest_recent_judgement(values: list[int | None]) -> None:
    if not days(values):
        return
    found = look(values, disease="dengue")
    assert found.level >= max(each.level for each in found.latest)
    assert (found.since is None) == (found.level == 0)
    assert bool(found.reasons) == bool(found.level)


CONFIRMED = EpidemicParams(
    EarsParams(least_count=3, at_least_poisson=True, confirm=2, levels={"c2": 2}), confirm_quiet=2
)


def test_one_wild_count_is_shown_and_opens_nothing() -> None:
    found = outlook("flu", days([*QUIET, 400]), {}, CONFIRMED)
    assert (found.level, [each.alarm for each in found.latest]) == (0, [True, True, True])
    assert outlook("flu", days([*QUIET, 400, 2]), {}, CONFIRMED).level == 0


def test_the_second_day_confirms_and_the_rise_began_with_the_first() -> None:
    found = outlook("flu", days([*QUIET, 12, 13]), {}, CONFIRMED)
    assert (found.level, found.since) == (2, DAY + timedelta(days=10))
    assert {reason.params["method"] for reason in found.reasons} == {"C2"}
    assert outlook("flu", days([*QUIET, 12, 13, 2]), {}, CONFIRMED).level == 2
    assert outlook("flu", days([*QUIET, 12, 13, 2, 2]), {}, CONFIRMED).level == 0


def test_two_weeks_above_the_channel_confirm_each_other() -> None:
    params = EpidemicParams(channel=ChannelParams(confirm=2, levels={"epidemic": 3}), confirm_quiet=1)
    week = date(2026, 6, 8)
    before = {same_week(each, back): 10 + back for back in range(1, 6) for each in (week, week - timedelta(weeks=1))}
    assert outlook("flu", {}, before | {week: 40}, params).level == 0
    found = outlook("flu", {}, before | {week: 40, week - timedelta(weeks=1): 38}, params)
    assert (found.level, found.since) == (3, week - timedelta(weeks=1))


@pytest.mark.parametrize("mean", [0.5, 2.0, 10.0])
def test_chance_alone_seldom_opens_a_case(demo_params: EpidemicParams, mean: float) -> None:
    """At most 2 false cases in 100 area-weeks of pure chance at any level, by the pack that ships (fixed seed)."""
    rng = np.random.default_rng(20_260_601)
    areas, length, begun = 12, 7 * 13, 0
    for _ in range(areas):
        counted: dict[date, int] = {}
        before = 0
        for number, count in enumerate(rng.poisson(mean, length)):
            counted[DAY + timedelta(days=number)] = int(count)
            recent = {day: known for day, known in counted.items() if day > DAY + timedelta(days=number - 30)}
            level = outlook("tay-chan-mieng", recent, {}, demo_params).level
            begun += level > 0 and before == 0
            before = level
    assert begun <= 2 * areas * length / 700


def test_a_real_rise_is_found_within_days(demo_params: EpidemicParams) -> None:
    """Cases that double every two days from a background of two a day: found within a week, mostly within four days."""
    rng = np.random.default_rng(20_260_602)
    found_after = []
    for _ in range(30):
        means = [2.0] * 20 + [2 + 3 * 2 ** (day / 2) for day in range(8)]
        values = [int(count) for count in rng.poisson(means)]
        upto = next(day for day in range(8) if look_at(values[: 21 + day], demo_params).level)
        found_after.append(upto)
    assert sorted(found_after)[len(found_after) // 2] <= 4


def look_at(values: list[int], params: EpidemicParams) -> Outlook:
    return outlook("tay-chan-mieng", days([*values]), {}, params)


@pytest.fixture(scope="module")
def demo_params() -> EpidemicParams:
    """The rules of the pack that ships."""
    params = province_of(load_pack(pack_path("binh-phuoc")), datetime(2026, 6, 1, tzinfo=UTC)).params
    assert params is not None
    return params
