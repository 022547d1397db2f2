"""Official bulletins stand above our view while they hold; the compound rule only ever asks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock
from eoc.engine import BulletinDesk, Engine, Sequels, World
from eoc.engine.bulletins import Entry
from eoc.engine.sequels import PROPOSED
from eoc.errors import Conflict, Invalid, NotFound
from eoc.hazards.binding import HazardParams
from eoc.incidents import Actor, Command, Incident
from eoc.incidents.compound import CompoundParams
from eoc.store import Store, Unit, bulletins, incidents, journal_log
from tests.engine.conftest import ADMIN, FLOOD, START, gauge, levels

OPERATOR = Actor("an", "operator")
SUPERVISOR = Actor("binh", "supervisor")
WORLD = World(
    HazardParams(replace(FLOOD, risk_table={"be": (("bd1", 1), ("bd2", 2), ("bd3", 3))})),
    neighbours={"A": frozenset({"B"}), "B": frozenset({"A"})},
    parents={"A": "D1", "B": "D1", "C": "D2", "D1": "P", "D2": "P"},
)
RISE = [2.0, 2.5, 3.2, 3.4, 3.6]


class Room:
    """An engine with its desks, and what a test wants to know of them."""

    def __init__(self, store: Store, people: int | None = None, params: CompoundParams | None = None) -> None:
        async def at_risk(_unit: Unit, _incident: Incident) -> int | None:
            return people

        self.store = store
        self.engine = Engine(store, WORLD, DataClock(), LocalBus())
        self.desk = BulletinDesk(store, self.engine)
        self.sequels = Sequels(store, self.engine, self.desk, params, at_risk)

    async def start(self) -> "Room":
        await self.engine.start()
        await self.engine.put_station(replace(gauge("a"), area="A"), ADMIN)
        await self.engine.put_station(replace(gauge("c", river="other"), area="C"), ADMIN)
        return self

    async def flood(self, station: str = "a", hours: float = 0, values: list[float] = RISE) -> Incident:
        for record in levels(station, values, START + timedelta(hours=hours)):
            await self.engine.observe([record])
        while await self.sequels.step():
            pass
        return await self.case()

    async def pass_time(self, hours: float) -> None:
        await self.engine.observe(levels("c", [1.0], START + timedelta(hours=hours)))

    async def case(self) -> Incident:
        async with self.store.read() as connection:
            return (await incidents.find(connection))[-1]

    async def kinds(self) -> list[str]:
        async with self.store.read() as connection:
            assert (await journal_log.audit(connection)).ok
            return [each.kind for each in await journal_log.read_after(connection, 0, 10_000)]

    async def proposals(self, incident: str) -> list[Any]:
        async with self.store.read() as connection:
            return [each for each in await incidents.tasks_of(connection, incident) if each.kind == PROPOSED]


def bulletin(number: str = "12", level: int | None = 3, areas: tuple[str, ...] = ("D1",), **more: Any) -> Entry:
    return Entry(number, "Đài KTTV", "river_flood", level, areas, START, **more)


async def test_a_bulletin_stands_above_us_in_its_area_and_the_mismatch_is_said(store: Store) -> None:
    room = await Room(store).start()
    case = await room.flood()
    assert (case.reference, case.official_level) == (1, None)
    given = await room.desk.enter(bulletin(), OPERATOR)
    case = await room.case()
    assert (case.official_level, case.bulletin) == (3, given.id)
    async with store.read() as connection:
        applied = [
            e for e in await journal_log.read_after(connection, 0, 1000) if e.kind == "incident.bulletin_applied"
        ]
    assert applied[0].data["mismatch"]["params"] == {"official": 3, "reference": 1}
    assert applied[0].data["bulletin_number"] == "12"


async def test_a_case_opened_later_goes_by_the_bulletin_that_is_there(store: Store) -> None:
    room = await Room(store).start()
    await room.pass_time(0)
    given = await room.desk.enter(bulletin(), OPERATOR)
    case = await room.flood(hours=1)
    assert (case.official_level, case.bulletin) == (3, given.id)


@pytest.mark.parametrize(("areas", "covered"), [(("D2",), False), (("A",), True), (("P",), True), ((), True)])
async def test_it_covers_its_units_and_what_lies_under_them(
    store: Store, areas: tuple[str, ...], covered: bool
) -> None:
    room = await Room(store).start()
    await room.flood()
    await room.desk.enter(bulletin(areas=areas), OPERATOR)
    assert ((await room.case()).official_level == 3) is covered


async def test_it_ends_by_itself_and_the_next_one_is_missed_once(store: Store) -> None:
    room = await Room(store).start()
    await room.flood()
    due, until = START + timedelta(hours=3), START + timedelta(hours=6)
    given = await room.desk.enter(bulletin(valid_until=until, next_due_at=due), OPERATOR)
    for hours in (2, 4, 5):
        await room.pass_time(hours)
    assert (await room.kinds()).count("system.bulletin_overdue") == 1
    assert (await room.case()).official_level == 3
    await room.pass_time(7)
    assert ((await room.case()).official_level, (await room.case()).bulletin) == (None, None)
    async with store.read() as connection:
        ended = await bulletins.get(connection, given.id)
    assert ended is not None
    assert (ended.state, ended.overdue_at) == ("expired", due)


async def test_the_next_bulletin_in_time_is_not_missed(store: Store) -> None:
    room = await Room(store).start()
    await room.flood()
    await room.desk.enter(bulletin(next_due_at=START + timedelta(hours=3)), OPERATOR)
    later = replace(bulletin("13", 2), issued_at=START + timedelta(hours=1))
    await room.pass_time(2)
    await room.desk.enter(later, OPERATOR)
    await room.pass_time(9)
    assert "system.bulletin_overdue" not in await room.kinds()


async def test_a_correction_replaces_and_a_number_is_taken_once(store: Store) -> None:
    room = await Room(store).start()
    await room.flood()
    first = await room.desk.enter(bulletin(), OPERATOR)
    with pytest.raises(Conflict):
        await room.desk.enter(bulletin(), OPERATOR)
    second = await room.desk.enter(bulletin(level=2), OPERATOR, supersedes=first.id)
    case = await room.case()
    assert (case.official_level, case.bulletin) == (2, second.id)
    with pytest.raises(Conflict):
        await room.desk.close(first.id, OPERATOR, 2)
    await room.desk.close(second.id, OPERATOR, second.version)
    assert (await room.case()).official_level is None


async def test_contradictions_are_refused_and_files_known_by_their_bytes(store: Store) -> None:
    room = await Room(store).start()
    with pytest.raises(Invalid):
        await room.desk.enter(bulletin(valid_until=START), OPERATOR)
    given = await room.desk.enter(bulletin(), OPERATOR)
    for wrong in (b"MZ\x90\x00", b"\xff\xfe\x00", b"  "):
        with pytest.raises(Invalid):
            await room.desk.attach(given.id, "tin.pdf", wrong, OPERATOR)
    file = await room.desk.attach(given.id, "tin.pdf", b"%PDF-1.7 ...", OPERATOR)
    assert file.media_type == "application/pdf"
    with pytest.raises(Conflict):
        await room.desk.attach(given.id, "other.pdf", b"%PDF-1.4", OPERATOR)
    async with store.read() as connection:
        kept = await bulletins.file_of(connection, given.id)
    assert kept is not None
    assert kept[1] == b"%PDF-1.7 ..."


async def test_two_hazards_in_one_place_are_proposed_and_a_supervisor_decides(store: Store) -> None:
    room = await Room(store, params=CompoundParams()).start()
    flood = await room.flood()
    await room.engine.open_by_hand(hazard="landslide", title="Sạt lở", level=2, actor=OPERATOR, area="B")
    while await room.sequels.step():
        pass
    (asked,) = await room.proposals(flood.id)
    assert (asked.params["add"], asked.params["from"], asked.params["to"]) == (1, 2, 3)
    flood = await room.case()
    assert flood.level == 2, "nothing rises by itself"
    order = {"proposal": asked.id, "accept": True}
    raised = await room.engine.command(flood.id, Command("uplift", flood.version, order), SUPERVISOR)
    assert (raised.level, raised.risk_uplift, raised.reference) == (3, 1, 2)
    with pytest.raises(NotFound):
        await room.engine.command(flood.id, Command("uplift", raised.version, order), SUPERVISOR)
    while await room.sequels.step():
        pass
    assert len(await room.proposals(flood.id)) == 1, "one question, not a stream of them"


async def test_a_rejection_says_why_and_changes_nothing(store: Store) -> None:
    room = await Room(store, people=5000, params=CompoundParams(people=2000)).start()
    flood = await room.flood()
    (asked,) = await room.proposals(flood.id)
    assert asked.params["add"] == 2
    flood = await room.case()
    order: dict[str, Any] = {"proposal": asked.id, "accept": False}
    with pytest.raises(Invalid):
        await room.engine.command(flood.id, Command("uplift", flood.version, order), SUPERVISOR)
    order["reason"] = "đã sơ tán xong"
    after = await room.engine.command(flood.id, Command("uplift", flood.version, order), SUPERVISOR)
    assert (after.level, after.risk_uplift) == (2, 0)


async def test_unknown_people_and_far_away_cases_propose_nothing(store: Store) -> None:
    room = await Room(store, people=None, params=CompoundParams(people=1)).start()
    flood = await room.flood()
    await room.engine.open_by_hand(hazard="landslide", title="Sạt lở", level=3, actor=OPERATOR, area="C")
    await room.engine.open_by_hand(hazard="storm", title="Lốc", level=1, actor=OPERATOR, area="A")
    while await room.sequels.step():
        pass
    assert await room.proposals(flood.id) == []
