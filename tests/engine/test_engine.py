"""From batches of readings to cases: opening, attaching, standing down, joining, closing; in any order and crash."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from eoc.clock import wall_now
from eoc.engine import Engine
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.events import Event
from eoc.incidents import Actor, Command, Incident
from eoc.model import Observation, Station, Thresholds, Verdict
from eoc.store import Store, incidents, journal_log, quarantine
from tests.engine.conftest import ADMIN, START, MakeEngine, gauge, levels
from tests.tapes import armley

OPERATOR = Actor("an", "operator")
RISE = [2.0, 2.5, 3.2, 3.4, 3.6]
FLOOD = [2.0] * 4 + [3.2] * 8 + [4.1] * 8 + [3.2] * 8 + [2.0] * 8


async def cases(store: Store) -> list[Incident]:
    async with store.read() as connection:
        return sorted(await incidents.find(connection), key=lambda each: each.number)


async def events(store: Store) -> list[Event]:
    async with store.read() as connection:
        assert (await journal_log.audit(connection)).ok
        return await journal_log.read_after(connection, 0, 10_000)


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found if event.family == "incident"]


async def ready(make: MakeEngine, *stations: Station) -> Engine:
    engine = make()
    await engine.start()
    for station in stations:
        await engine.put_station(station, ADMIN)
    return engine


async def feed(engine: Engine, records: list[Observation], size: int = 7) -> None:
    for start in range(0, len(records), size):
        await engine.observe(records[start : start + size])


async def test_a_flood_opens_escalates_lowers_and_stands_down(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    await feed(engine, levels("a", FLOOD))
    (case,) = await cases(store)
    assert (case.level, case.peak_level, case.state) == (0, 3, "new")
    assert case.observed_at == START + timedelta(minutes=60)
    assert case.decided_at == START + timedelta(minutes=75)
    assert case.stood_down_at == START + timedelta(minutes=15 * 28)
    found = await events(store)
    assert kinds(found) == ["incident.opened", "incident.escalated", "incident.lowered", "incident.stood_down"]
    assert found[1].cause["reasons"][0]["params"]["threshold"] == "bd1"


async def test_every_record_has_one_outcome(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    first, second = levels("a", [2.0, 2.1])
    contradicting = Observation("a", first.observed_at, {"water_level_m": 9.0}, first.received_at, seq=7, raw=b"x")
    stranger = levels("nobody", [1.0])[0]
    told = await engine.observe([first, second, first, contradicting, stranger])
    assert [each.verdict for each in told] == [
        Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.QUARANTINED, Verdict.QUARANTINED,
    ]  # fmt: skip
    assert [each.code for each in told[3:]] == ["conflict", "unknown_station"]
    again = await engine.observe([second, contradicting])
    assert [each.verdict for each in again] == [Verdict.DUPLICATE, Verdict.QUARANTINED]
    async with store.read() as connection:
        kept = await quarantine.newest(connection, before=None, limit=10)
    assert sorted(each.code for each in kept) == ["conflict", "conflict", "unknown_station"]
    assert {each.raw for each in kept} == {b"x", b"{}"}


async def test_a_restart_in_the_middle_changes_nothing(data_engine: MakeEngine, store: Store) -> None:
    await ready(data_engine, gauge("a"))
    for record in levels("a", FLOOD):
        engine = data_engine()
        await engine.start()
        await engine.observe([record])
    (case,) = await cases(store)
    assert (case.peak_level, case.observed_at) == (3, START + timedelta(minutes=60))
    assert kinds(await events(store)).count("incident.opened") == 1


@pytest.mark.parametrize("seed", range(4))
async def test_disorder_and_repetition_end_in_the_same_case(data_engine: MakeEngine, store: Store, seed: int) -> None:
    engine = await ready(data_engine, gauge("a"))
    chance = random.Random(seed)
    records = levels("a", FLOOD)
    arriving = records + chance.sample(records, 12)
    order = sorted(range(len(arriving)), key=lambda index: index + chance.uniform(0, 9))
    await feed(engine, [arriving[index] for index in order], size=5)
    (case,) = await cases(store)
    assert (case.level, case.peak_level) == (0, 3)
    assert case.observed_at == START + timedelta(minutes=60)


async def test_the_reopen_window_joins_and_then_attracts_nothing(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    hour = 3600
    for begins_h in (0, 20, 60):
        await feed(engine, levels("a", FLOOD, START + timedelta(seconds=begins_h * hour)))
    first, second = await cases(store)
    assert (first.state, first.outcome, first.event_key) == ("closed", "resolved", None)
    assert second.observed_at == START + timedelta(hours=61)
    closing = next(event for event in await events(store) if event.kind == "incident.closed")
    assert closing.actor == "system"
    assert closing.at == first.stood_down_at + timedelta(hours=24, minutes=15) if first.stood_down_at else False


async def test_an_acknowledged_case_waits_as_a_task(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"), gauge("z", river=None))
    await feed(engine, levels("a", FLOOD))
    (case,) = await cases(store)
    await engine.command(case.id, Command("acknowledge", case.version), OPERATOR)
    for day in range(1, 4):
        await engine.observe(levels("z", [1.0], START + timedelta(hours=20 * day)))
    (case,) = await cases(store)
    assert case.state == "acknowledged"
    async with store.read() as connection:
        (task,) = await incidents.tasks_of(connection, case.id)
    assert (task.kind, task.state) == ("task.confirm_end", "open")
    await feed(engine, levels("a", FLOOD, START + timedelta(hours=70)))
    assert [each.number for each in await cases(store)] == [1, 2]


async def test_gauges_of_one_river_are_one_case_and_another_river_is_another(
    data_engine: MakeEngine, store: Store
) -> None:
    engine = await ready(data_engine, gauge("up", 10), gauge("down", 40), gauge("other", 40, river="dn"))
    for name in ("up", "other", "down"):
        await feed(engine, levels(name, RISE))
    first, second = await cases(store)
    assert (first.station, second.station) == ("up", "other")
    assert (first.evidence_count, second.evidence_count) == (2, 1)
    async with store.read() as connection:
        evidence = (await incidents.evidence_of(connection, [first.id]))[first.id]
    (reason,) = [each for each in evidence[1].reasons if each.code.startswith("reason.same_river")]
    assert (reason.code, reason.params["km"]) == ("reason.same_river_downstream", 30.0)


async def test_fifty_simultaneous_readings_open_one_case(data_engine: MakeEngine, store: Store) -> None:
    stations = [gauge(f"s{number:02}", number) for number in range(50)]
    await ready(data_engine, *stations)
    engines = [data_engine(), data_engine()]
    for engine in engines:
        await engine.start()
    for step in range(3):
        at = START + timedelta(minutes=15 * step)
        records = [levels(station.id, [3.3], at)[0] for station in stations]
        await asyncio.gather(*(engines[index % 2].observe([record]) for index, record in enumerate(records)))
    found = await cases(store)
    assert [(case.level, case.evidence_count) for case in found] == [(2, 50)]
    assert kinds(await events(store)).count("incident.opened") == 1


async def test_two_processes_with_one_stations_readings_agree(data_engine: MakeEngine, store: Store) -> None:
    await ready(data_engine, gauge("a"))
    engines = [data_engine(), data_engine()]
    for engine in engines:
        await engine.start()
    records = levels("a", FLOOD)
    for start in range(0, len(records), 6):
        part = records[start : start + 6]
        await asyncio.gather(engines[0].observe(part[::2]), engines[1].observe(part[1::2]), engines[0].observe(part))
    (case,) = await cases(store)
    assert (case.level, case.peak_level, case.observed_at) == (0, 3, START + timedelta(minutes=60))


async def test_a_clock_years_ahead_is_quarantined(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"), gauge("b"))
    await engine.observe(levels("a", [1.0]))
    await engine.observe(levels("b", [1.0], START + timedelta(hours=3)))
    (told,) = await engine.observe(levels("b", [1.0], START + timedelta(days=400)))
    assert (told.verdict, told.code) == (Verdict.QUARANTINED, "clock_jump")
    assert engine.shown_now() == START + timedelta(hours=3)


async def test_old_readings_on_the_wall_clock_are_kept_and_open_nothing(wall_engine: MakeEngine, store: Store) -> None:
    engine = await ready(wall_engine, gauge("a"))
    told = await engine.observe(levels("a", FLOOD))
    assert {each.verdict for each in told} == {Verdict.ACCEPTED}
    assert await cases(store) == []
    assert "station.late_episode" in [event.kind for event in await events(store)]


async def test_fresh_readings_on_the_wall_clock_open_a_case_and_timers_close_it(
    wall_engine: MakeEngine, store: Store
) -> None:
    engine = await ready(wall_engine, gauge("a"))
    began = wall_now() - timedelta(hours=3)
    await engine.observe(levels("a", [2, 3.2, 3.2, 3.2, 2, 2, 2], began))
    (case,) = await cases(store)
    assert case.stood_down_at is not None
    async with store.write() as unit:
        await incidents.set_timer(unit.connection, "incident.window_ends", case.id, wall_now() - timedelta(seconds=1))
    await asyncio.gather(engine.tick(), wall_engine().tick(), engine.tick())
    (case,) = await cases(store)
    assert (case.state, case.outcome) == ("closed", "resolved")
    assert kinds(await events(store)).count("incident.closed") == 1


async def test_commands_follow_the_version_and_the_loser_sees_the_case(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    await feed(engine, levels("a", RISE))
    (case,) = await cases(store)
    crowd = [
        engine.command(case.id, Command("acknowledge", case.version), Actor(f"p{i}", "operator")) for i in range(20)
    ]
    told = await asyncio.gather(*crowd, return_exceptions=True)
    winners = [each for each in told if isinstance(each, Incident)]
    losers = [each for each in told if isinstance(each, Conflict)]
    assert (len(winners), len(losers)) == (1, 19)
    for loser in losers:
        assert isinstance(loser.current, Incident)
        assert loser.current.acknowledged_by == winners[0].acknowledged_by


async def test_the_life_of_a_case_by_hand(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine)
    case = await engine.open_by_hand(hazard="fire", title="Cháy chợ", level=2, actor=OPERATOR, area="25216")
    case = await engine.command(case.id, Command("acknowledge", case.version), OPERATOR)
    case = await engine.command(case.id, Command("note", case.version, {"text": "Đã gọi 114"}), OPERATOR)
    case = await engine.command(case.id, Command("escalate", case.version, {"level": 4}), OPERATOR)
    case = await engine.command(case.id, Command("assign", case.version, {"assigned_to": "PCCC"}), OPERATOR)
    case = await engine.command(case.id, Command("respond", case.version), OPERATOR)
    with pytest.raises(Invalid):
        await engine.command(case.id, Command("escalate", case.version, {"level": 3}), OPERATOR)
    with pytest.raises(Invalid):
        await engine.command(case.id, Command("close", case.version, {"outcome": "false_alarm"}), OPERATOR)
    case = await engine.command(case.id, Command("resolve", case.version), OPERATOR)
    assert (case.state, case.outcome, case.level) == ("closed", "resolved", 4)
    with pytest.raises(Refused):
        await engine.command(case.id, Command("respond", case.version), OPERATOR)
    case = await engine.command(case.id, Command("reopen", case.version, {"reason": "còn khói"}), OPERATOR)
    assert (case.state, case.outcome) == ("acknowledged", None)
    with pytest.raises(NotFound):
        await engine.command("nobody", Command("note", 1, {"text": "x"}), OPERATOR)
    told = kinds(await events(store))
    assert told[0] == "incident.opened"
    assert told[-1] == "incident.reopened"
    async with store.read() as connection:
        notes = await incidents.notes_of(connection, case.id)
    assert set(notes.values()) == {"Đã gọi 114", "còn khói"}
    assert not any("114" in str(event.data) or "khói" in str(event.data) for event in await events(store))


async def test_changed_thresholds_count_from_now_in_every_process(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    other = data_engine()
    await other.start()
    await other.observe(levels("a", [2.0, 2.0]))
    lower = Station("a", "Trạm a", "river", thresholds=Thresholds(1.0), rules={"min_duration_s": 600.0})
    await engine.put_station(lower, ADMIN)
    await other.observe(levels("a", [2.0, 2.0], START + timedelta(minutes=30)))
    (case,) = await cases(store)
    assert case.level == 2


def autumn() -> list[Observation]:
    """The real tape from 10 November 2015 to 10 January 2016, or its drawing where it is absent (tests/tapes.py)."""
    begin, end = datetime(2015, 11, 10, tzinfo=UTC), datetime(2016, 1, 10, tzinfo=UTC)
    kept = [(at, level_m) for at, level_m in armley() if begin <= at < end]
    return [
        Observation("a", at, {"water_level_m": level_m}, wall_now(), seq=index)
        for index, (at, level_m) in enumerate(kept)
    ]


async def test_the_floods_of_2015_are_three_cases_and_one_passes_bd1(data_engine: MakeEngine, store: Store) -> None:
    engine = await ready(data_engine, gauge("a"))
    await feed(engine, autumn(), size=200)
    found = await cases(store)
    begun = [(case.observed_at.month, case.observed_at.day) for case in found]
    assert begun == [(11, 15), (12, 12), (12, 25)]
    assert [case.peak_level for case in found] == [2, 2, 4]
    assert [case.state for case in found] == ["closed"] * 3
