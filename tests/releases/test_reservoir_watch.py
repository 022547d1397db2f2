"""The watch: findings open and end cases, open gates start releases, and the pace of looking changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from eoc.engine.reservoir_watch import ReservoirWatch
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from tests.releases.conftest import DAM, HOUR, START, Bench, announced

MINUTE = timedelta(minutes=1)
Values = list[tuple[datetime, dict[str, float]]]


def spilling(spill: list[float], start_h: float = 0.0) -> Values:
    """Every ten minutes; turbines run at 300."""
    return [
        (START + start_h * HOUR + 10 * i * MINUTE, {"htl": 71.0, "hdbt": 72.0, "qve": 400.0, "qxt": 300.0, "qxm": each})
        for i, each in enumerate(spill, start=1)
    ]


async def checks(bench: Bench) -> list[tuple[str, bool]]:
    async with bench.store.read() as connection:
        found = await release_store.checks(connection, since=START)
    return [(each.name, each.ended_at is None) for each in found]


async def test_water_that_nobody_announced_opens_a_case_and_its_end_stands_it_down(bench: Bench) -> None:
    await bench.water(DAM, spilling([0.0] * 6 + [90.0] * 6))
    assert await bench.watch.sweep() == 1
    assert await bench.watch.sweep() == 0  # nothing new
    assert await checks(bench) == [("unannounced", True)]
    async with bench.store.read() as connection:
        (case,) = await incident_store.find(connection, hazard="dam_release")
        (evidence,) = (await incident_store.evidence_of(connection, [case.id]))[case.id]
    assert (case.level, case.station, case.observed_at) == (3, DAM, START + 70 * MINUTE)
    assert (evidence.source, evidence.ref) == ("station", DAM)
    assert [each.code for each in evidence.reasons] == ["reason.release_unannounced"]
    (event,) = await bench.events("station.reservoir_check")
    assert (event.subject, event.data["check"], event.data["since"]) == (DAM, "unannounced", "2026-11-22T01:10:00Z")

    await bench.water(DAM, spilling([0.0] * 6, start_h=2))
    await bench.watch.sweep()
    assert await checks(bench) == [("unannounced", False)]
    async with bench.store.read() as connection:
        (case,) = await incident_store.find(connection, hazard="dam_release")
    assert case.level == 0
    assert len(await bench.events("station.reservoir_check_ended")) == 1


async def test_a_replay_that_rushes_by_is_judged_when_its_notices_are_there(bench: Bench) -> None:
    assert await bench.watch.look() == 0
    await bench.water(DAM, spilling([0.0] * 38 + [90.0] * 6))
    assert await bench.watch.look() == 0  # seven hours at once
    await bench.desk.take(announced(planned_h=6.4, heard_h=1, flow=400))
    assert [await bench.watch.look() for _ in range(4)] == [0, 0, 1, 0]
    assert await checks(bench) == []


async def test_an_announced_release_is_quiet_and_the_gates_start_and_end_it(bench: Bench) -> None:
    taken = await bench.desk.take(announced(planned_h=4, until_h=None, flow=400))
    await bench.water(DAM, spilling([0.0] * 23 + [90.0] * 6))  # ten minutes early
    await bench.watch.sweep()
    assert await checks(bench) == []
    release, communes, _ = await bench.book(taken.id)
    assert (release.state, release.started_at) == ("running", START + 4 * HOUR)
    await bench.water(DAM, spilling([90.0] * 6 + [0.0] * 3, start_h=5))
    await bench.watch.sweep()
    release, _, _ = await bench.book(taken.id)
    assert (release.state, release.ended_at) == ("ended", START + 6 * HOUR + 10 * MINUTE)
    assert [each.data["observed"] for each in await bench.events("station.release_ended")] == [True]
    assert communes


async def test_gates_that_open_early_set_the_clock_to_it(bench: Bench) -> None:
    taken = await bench.desk.take(announced(planned_h=4, flow=400))
    _, before, _ = await bench.book(taken.id)
    await bench.water(DAM, [*spilling([0.0] * 22), (START + 229 * MINUTE, {"qxt": 300.0, "qxm": 90.0})])
    await bench.water(DAM, [(START + 235 * MINUTE, {"qxt": 300.0, "qxm": 90.0})])
    await bench.watch.sweep()
    release, after, _ = await bench.book(taken.id)
    assert (release.state, release.started_at) == ("running", START + 229 * MINUTE)
    sooner = [(b.earliest_at, a.earliest_at) for b, a in zip(before, after, strict=True) if b.earliest_at]
    assert all(a is not None and a < b for b, a in sooner)
    assert [each.data["observed"] for each in await bench.events("station.release_started")] == [True]


async def test_a_notice_that_comes_after_the_water_ends_the_finding(bench: Bench) -> None:
    await bench.water(DAM, spilling([0.0] * 6 + [90.0] * 6))
    await bench.watch.sweep()
    await bench.desk.take(announced(planned_h=1, heard_h=2.2, flow=400, until_h=9))
    await bench.water(DAM, spilling([90.0] * 3, start_h=2.25))
    await bench.watch.sweep()
    assert await checks(bench) == [("unannounced", False)]
    async with bench.store.read() as connection:
        (case,) = await incident_store.find(connection, hazard="dam_release")
        evidence = (await incident_store.evidence_of(connection, [case.id]))[case.id]
    assert sorted((each.source, each.level) for each in evidence) == [("notice", 3), ("station", 0)]
    assert case.level == 3  # late: the notice itself is grave


@pytest.mark.parametrize("pace", [1, 4, 1000])
async def test_how_often_it_looks_changes_nothing(bench: Bench, pace: int) -> None:
    """The same series and notices, looked at after each reading, now and then, or once at the end."""
    store, engine, desk = bench.store, bench.engine, bench.desk
    readings = spilling([0.0] * 6 + [90.0] * 8 + [0.0] * 6 + [700.0] * 12 + [0.0] * 6)
    told = {
        3: announced(planned_h=2, until_h=3, heard_h=0.5, flow=330),
        22: announced(id="tb-2", planned_h=3.5, heard_h=3.6),
    }
    for index, each in enumerate(readings):
        if index in told:
            await desk.take(told[index])
        await bench.water(DAM, [each])
        if (index + 1) % pace == 0:
            # A fresh watch each time: nothing that matters is only in its memory.
            await ReservoirWatch(store, engine, desk, clock="data").sweep()
    await ReservoirWatch(store, engine, desk, clock="data").sweep()
    async with store.read() as connection:
        found = await release_store.checks(connection, since=START)
        cases = await incident_store.find(connection, hazard="dam_release")
        evidence = await incident_store.evidence_of(connection, [each.id for each in cases])
    conclusions: list[Any] = [(each.name, each.since, each.decided_at, each.ended_at, each.level) for each in found]
    assert conclusions == EXPECTED
    of_station = [each for many in evidence.values() for each in many if each.source == "station"]
    assert [(each.level, each.observed_at) for each in of_station] == [(0, of_station[0].observed_at)]


def minutes(name: str, since: int, decided: int, ended: int | None, level: int) -> tuple[Any, ...]:
    over = None if ended is None else START + ended * MINUTE
    return (name, START + since * MINUTE, START + decided * MINUTE, over, level)


@pytest.mark.parametrize("pace", [1, 7, 1000])
async def test_gates_open_from_the_first_report_are_no_finding_until_they_open_again(bench: Bench, pace: int) -> None:
    readings = spilling([90.0] * 12 + [0.0] * 6 + [90.0] * 6)
    for index, each in enumerate(readings):
        await bench.water(DAM, [each])
        if (index + 1) % pace == 0:
            await bench.watch.sweep()
    await bench.watch.sweep()
    async with bench.store.read() as connection:
        found = await release_store.checks(connection, since=START)
    assert [(each.name, each.since) for each in found] == [("unannounced", START + 190 * MINUTE)]


EXPECTED = [
    minutes("unannounced", 70, 90, 110, 3),  # covered from a quarter of an hour before the announced 2:00
    minutes("sudden_rise", 210, 220, 270, 3),
    minutes("above_notice", 220, 250, 330, 3),  # heard at 3:36
]
