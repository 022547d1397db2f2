"""What every store promises, on SQLite and on real PostgreSQL alike."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from eoc.clock import to_us
from eoc.events import Draft
from eoc.ids import uuid7
from eoc.incidents import Incident
from eoc.store import Store, incidents, journal_log, readings
from eoc.store.readings import ReadingRow
from eoc.store.tables import JournalHeadRow

NOW = datetime(2026, 11, 22, 16, 31, 7, 123456, tzinfo=UTC)
HEAD = JournalHeadRow.__table__  # type: ignore[attr-defined]


def row(minute: int, value: float = 1.0, station: str = "a") -> ReadingRow:
    return ReadingRow(
        station, "water_level_m", to_us(NOW + timedelta(minutes=minute)), value, to_us(NOW), "good", "", minute
    )


async def test_readings_are_inserted_once_and_what_was_there_is_told(store: Store) -> None:
    async with store.write() as unit:
        assert await readings.insert(unit.connection, [row(0), row(1), row(2)]) == {}
    async with store.write() as unit:
        told = await readings.insert(unit.connection, [row(1), row(2, 9.5), row(3)])
    assert told == {readings.key(row(1)): 1.0, readings.key(row(2)): 1.0}
    async with store.read() as connection:
        found = await readings.series(connection, "a", name=None, since=None, until=None, limit=10)
    assert [(each.seq, each.value) for each in found] == [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)]


async def test_a_window_gives_good_readings_in_order(store: Store) -> None:
    doubtful = row(2)._replace(quality="suspect")
    async with store.write() as unit:
        await readings.insert(unit.connection, sorted([row(3, 3.0), row(1, 1.0), doubtful, row(9)]))
    async with store.read() as connection:
        found = await readings.window(connection, "a", "water_level_m", row(1).observed_at, row(3).observed_at)
    assert [value for _, value in found] == [1.0, 3.0]


async def test_buckets_summarise(store: Store) -> None:
    async with store.write() as unit:
        await readings.insert(unit.connection, [row(minute, float(minute)) for minute in range(120)])
    async with store.read() as connection:
        found = await readings.buckets(
            connection, "a", name=None, since=row(0).observed_at, until=row(119).observed_at, every_us=3_600_000_000
        )
    assert sum(each.n for each in found) == 120
    assert found[0].low == 0.0
    assert found[-1].high == 119.0
    assert all(each.low <= each.mean <= each.high for each in found)


async def test_the_journal_numbers_without_gaps_even_when_transactions_fail(store: Store) -> None:
    for number in range(6):
        try:
            async with store.write() as unit:
                await unit.append([Draft("incident.noted", "x", NOW, {"n": number})])
                if number % 2:
                    raise RuntimeError
        except RuntimeError:
            continue
    async with store.read() as connection:
        events = await journal_log.read_after(connection, 0)
        assert (await journal_log.audit(connection)).ok
    assert [(event.seq, event.data["n"]) for event in events] == [(1, 0), (2, 2), (3, 4)]


async def test_concurrent_writers_lose_nothing(store: Store) -> None:
    async def _write(worker: int) -> None:
        for number in range(10):
            async with store.write() as unit:
                await unit.lock()
                await unit.append([Draft("incident.noted", str(worker), NOW, {"n": number})])

    await asyncio.gather(*(_write(worker) for worker in range(20)))
    async with store.read() as connection:
        audit = await journal_log.audit(connection)
        events = await journal_log.read_after(connection, 0, 1000)
    assert (audit.ok, audit.rows) == (True, 200)
    for worker in range(20):
        mine = [event.data["n"] for event in events if event.subject == str(worker)]
        assert mine == list(range(10))


async def test_a_snapshot_does_not_move(store: Store) -> None:
    async with store.read() as connection:
        before = await journal_log.head_seq(connection)
        async with store.write() as unit:
            await unit.append([Draft("incident.noted", "x", NOW)])
        assert await journal_log.head_seq(connection) == before
        assert await journal_log.read_after(connection, before) == []
    async with store.read() as connection:
        assert await journal_log.head_seq(connection) == before + 1


async def test_a_reader_cannot_write(store: Store) -> None:
    async with store.read() as connection:
        with pytest.raises(Exception, match=r"(?i)read-?only|readonly"):
            await connection.execute(update(HEAD).values(seq=99))


async def test_cursors_are_durable(store: Store) -> None:
    async with store.write() as unit:
        assert await journal_log.cursor(unit.connection, "dispatch") == 0
        await journal_log.move_cursor(unit.connection, "dispatch", 7)
        await journal_log.move_cursor(unit.connection, "dispatch", 9)
    async with store.read() as connection:
        assert await journal_log.cursor(connection, "dispatch") == 9


def incident(number: int, key: str | None) -> Incident:
    return Incident(uuid7(), number, "river_flood", 2, 3, {"text": "Lũ"}, NOW, NOW, NOW, event_key=key)


async def test_incidents_come_back_as_they_went_in(store: Store) -> None:
    made = incident(1, "river_flood:a")
    async with store.write() as unit:
        await incidents.add(unit.connection, made)
    async with store.read() as connection:
        assert await incidents.get(connection, made.id) == made


async def test_the_second_belt_refuses_two_open_cases_of_one_event(store: Store) -> None:
    async with store.write() as unit:
        await incidents.add(unit.connection, incident(1, "river_flood:a"))
        await incidents.add(unit.connection, incident(2, None))
        await incidents.add(unit.connection, incident(3, None))
    with pytest.raises(IntegrityError):
        async with store.write() as unit:
            await incidents.add(unit.connection, incident(4, "river_flood:a"))


async def test_timers_move_and_come_in_order(store: Store) -> None:
    async with store.write() as unit:
        await incidents.set_timer(unit.connection, "k", "late", NOW + timedelta(hours=2))
        await incidents.set_timer(unit.connection, "k", "soon", NOW + timedelta(hours=1))
        await incidents.set_timer(unit.connection, "k", "late", NOW + timedelta(minutes=5))
        await incidents.set_timer(unit.connection, "k", "gone", NOW)
        await incidents.drop_timer(unit.connection, "k", "gone")
    async with store.read() as connection:
        due = await incidents.due_timers(connection, NOW + timedelta(hours=3))
    assert [subject for _, _, subject in due] == ["late", "soon"]
    assert due[0][0] == NOW + timedelta(minutes=5)


async def test_the_head_row_exists_once(store: Store) -> None:
    async with store.read() as connection:
        assert len(list(await connection.execute(select(HEAD)))) == 1
