"""A storm bulletin is a case: opened, raised, lowered and ended by bulletins alone, on each database."""

from datetime import datetime, timedelta

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock
from eoc.engine import BulletinDesk, Engine, World
from eoc.engine.bulletin_cases import BulletinSeverity
from eoc.engine.bulletins import Entry
from eoc.incidents import Actor, Incident
from eoc.store import Store, incidents
from tests.engine.conftest import ADMIN, START, gauge, levels

OPERATOR = Actor("an", "operator")
TABLE = {
    "storm": BulletinSeverity({1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, without_level=1),
    "dam_failure": BulletinSeverity(dict.fromkeys(range(1, 6), 5), without_level=5),
}


class Inbox:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.engine = Engine(store, World(parents={"A": "D1"}), DataClock(), LocalBus())
        self.desk = BulletinDesk(store, self.engine, opening=TABLE)

    async def at(self, hours: float) -> datetime:
        """Let the data clock run to so many hours after the start."""
        moment = START + timedelta(hours=hours)
        await self.engine.observe(levels("clock", [1.0], moment))
        return moment

    async def bulletin(
        self, number: str, level: int | None, hours: float, *, hazard: str = "storm", until: float | None = None,
        supersedes: str | None = None, areas: tuple[str, ...] = (),
    ) -> str:  # fmt: skip
        issued = await self.at(hours)
        valid = None if until is None else START + timedelta(hours=until)
        entry = Entry(number, "Đài KTTV", hazard, level, areas, issued, valid)
        return (await self.desk.enter(entry, OPERATOR, supersedes=supersedes)).id

    async def cases(self) -> list[Incident]:
        async with self.store.read() as connection:
            return sorted(await incidents.find(connection), key=lambda each: each.number)


@pytest.fixture
async def inbox(store: Store) -> Inbox:
    made = Inbox(store)
    await made.engine.put_station(gauge("clock"), ADMIN)
    return made


async def test_a_storm_bulletin_opens_a_case_that_the_next_ones_move_and_the_last_one_ends(inbox: Inbox) -> None:
    first = await inbox.bulletin("01/BT", 2, 0)
    (case,) = await inbox.cases()
    assert (case.hazard, case.level, case.official_level) == ("storm", 2, 2)
    assert case.title["params"]["number"] == "01/BT"
    second = await inbox.bulletin("02/BT", 4, 3, supersedes=first)
    (case,) = await inbox.cases()
    assert (case.level, case.official_level) == (4, 4)
    await inbox.bulletin("03/BT", 1, 6, supersedes=second, until=9)
    (case,) = await inbox.cases()
    assert (case.level, case.peak_level) == (1, 4)
    await inbox.at(9.5)
    (case,) = await inbox.cases()
    assert (case.level, case.stood_down_at is not None) == (0, True)


async def test_a_hazard_that_the_pack_does_not_name_opens_nothing(inbox: Inbox) -> None:
    await inbox.bulletin("05/LU", 3, 0, hazard="river_flood")
    assert await inbox.cases() == []


async def test_a_bulletin_on_a_failing_dam_is_critical_whatever_it_says(inbox: Inbox) -> None:
    await inbox.bulletin("01/D", None, 0, hazard="dam_failure", areas=("A",))
    (case,) = await inbox.cases()
    assert (case.hazard, case.level, case.area) == ("dam_failure", 5, "A")


async def test_a_withdrawn_bulletin_stands_its_case_down(inbox: Inbox) -> None:
    bulletin = await inbox.bulletin("01/BT", 3, 0)
    await inbox.desk.close(bulletin, OPERATOR, 1)
    (case,) = await inbox.cases()
    assert (case.level, case.peak_level) == (0, 3)
