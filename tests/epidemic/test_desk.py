"""The epidemic desk on each database: versions, what was told, stale archives, processes one after the other."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from eoc.bus import LocalBus
from eoc.clock import WallClock, wall_now
from eoc.correlation import CorrelationParams
from eoc.engine import CaseLife, Engine, World
from eoc.engine.epidemic import EpidemicDesk, Province
from eoc.errors import Invalid
from eoc.hazards.epidemic import EarsParams
from eoc.hazards.outbreak import EpidemicParams
from eoc.incidents import Actor
from eoc.model import Place
from eoc.store import Store, area_counts, journal_log
from eoc.store.area_counts import Count

REPORTER = Actor("reporter1", "operator")
PARAMS = EpidemicParams(EarsParams(levels={"c1": 1, "c2": 2, "c3": 1}, least_count=3))
PROVINCE = Province(PARAMS, {"flu": "Cúm"}, {"696": Place(area="696", name="Huyện Bù Đăng")}, UTC)
WORLD = World(
    lives={"epidemic": CaseLife(timedelta(days=14), timedelta(days=14))},
    reaches={"epidemic": CorrelationParams(0.0, -1.0, same_area=False, neighbouring_areas=False)},
)
QUIET = [2, 3, 2, 1, 2, 3, 2, 2, 1, 2]
MakeDesk = Callable[[], EpidemicDesk]


@pytest.fixture
def make(store: Store) -> MakeDesk:
    """Desks on the wall clock, each as if a process of its own."""
    return lambda: EpidemicDesk(store, Engine(store, WORLD, WallClock(), LocalBus()), PROVINCE)


def counts(values: list[int], through: date) -> list[Count]:
    first = through - timedelta(days=len(values) - 1)
    return [Count("flu", "696", "day", first + timedelta(days=i), value) for i, value in enumerate(values)]


def today() -> date:
    return wall_now().date()


async def test_a_count_put_twice_is_one_version_and_a_changed_one_is_the_next(store: Store, make: MakeDesk) -> None:
    day = today()
    for value in (4, 4, 5, 5, 4):
        await make().put([Count("flu", "696", "day", day, value)], REPORTER)
    async with store.read() as connection:
        kept = await area_counts.versions(connection, "flu", "696", "day", day)
        newest = await area_counts.newest(connection, "flu", "696")
    assert [(each.version, each.count, each.recorded_by) for each in kept] == [
        (1, 4, "reporter1"), (2, 5, "reporter1"), (3, 4, "reporter1"),
    ]  # fmt: skip
    assert [(each.version, each.count) for each in newest] == [(3, 4)]
    assert all(each.recorded_at is not None and each.recorded_at.tzinfo is not None for each in kept)


async def test_the_severity_follows_the_counts_up_and_down_over_processes(store: Store, make: MakeDesk) -> None:
    day = today()
    (opened,) = (await make().put(counts([*QUIET, 20], day), REPORTER)).cases
    assert (opened.level, opened.area) == (2, "696")
    assert (await make().put(counts([*QUIET, 20], day), REPORTER)).cases == ()
    (lowered,) = (await make().put(counts([2], day), REPORTER)).cases
    assert (lowered.id, lowered.level, lowered.peak_level) == (opened.id, 0, 2)
    (again,) = (await make().put(counts([20], day), REPORTER)).cases
    assert (again.id, again.level) == (opened.id, 2)
    async with store.read() as connection:
        kinds = [event.kind for event in await journal_log.read_after(connection, 0)]
    assert kinds == [
        "indicator.counted", "incident.opened",
        "indicator.counted", "incident.stood_down",
        "indicator.counted", "incident.escalated",
    ]  # fmt: skip


async def test_an_archive_typed_in_is_kept_and_opens_nothing(store: Store, make: MakeDesk) -> None:
    receipt = await make().put(counts([*QUIET, 50], today() - timedelta(days=30)), REPORTER)
    assert (len(receipt.stored), receipt.cases) == (11, ())
    (view,) = await make().views()
    assert view.outlook.level == 2


async def test_without_rules_counts_are_refused_and_nothing_breaks(store: Store) -> None:
    desk = EpidemicDesk(store, Engine(store, World(), WallClock(), LocalBus()), Province())
    with pytest.raises(Invalid) as caught:
        await desk.put(counts([1], today()), REPORTER)
    assert caught.value.code == "invalid.disease"
    assert await desk.views() == []


async def test_another_source_counts_in_its_own_transaction(store: Store, make: MakeDesk) -> None:
    """Indicators may carry counts later: the same road, inside the caller's transaction."""
    async with store.write() as unit:
        receipt = await make().count(unit, counts([*QUIET, 20], today()), Actor("indicator", "system"))
    assert [case.level for case in receipt.cases] == [2]


async def test_moments_of_the_case_are_those_of_the_days(store: Store, make: MakeDesk) -> None:
    day = today()
    (case,) = (await make().put(counts([*QUIET, 20], day), REPORTER)).cases
    assert case.observed_at == datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert case.decided_at >= case.observed_at
