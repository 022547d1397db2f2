"""From a frozen audience to rows: everyone once, nearest first, in small steps that leave others room."""

import asyncio
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch.desk import Desk
from dispatch.expansion import UNKNOWN_M, Expander, distance_m, priority
from dispatch.reader import JournalReader
from dispatch.service import WarningService
from dispatch.store import recipients
from dispatch.store.recipients import Member
from dispatch.store.tables import OutboxRow
from eoc.bus import LocalBus
from eoc.events import Draft
from eoc.store import Store
from tests.dispatch.world import (
    NOW,
    VAULT,
    add_incident,
    approved,
    enlist,
    incident,
    person,
    phone,
    put_gauge,
    rows_of,
)

OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]


async def begun(store: Store, desk: Desk, service: WarningService, people: list[dict[str, Any]]) -> str:
    """A warning for these people, about to be expanded; the danger is at the gauge."""
    await put_gauge(store)
    await add_incident(store, incident())
    await enlist(store, people)
    agreed = await approved(service, incident="inc-1", areas=["10"])
    await JournalReader(store, desk, LocalBus()).step()
    return str(agreed["id"])


async def written(store: Store, warning: str) -> list[Any]:
    async with store.read() as connection:
        query = select(OUTBOX).where(OUTBOX.c.warning == warning).order_by(OUTBOX.c.id)
        return list(await connection.execute(query))


def scattered(count: int, seed: int = 5) -> list[dict[str, Any]]:
    """People here and there; some are known only by their commune, some by nothing that has a place."""
    chance = random.Random(seed)
    people = []
    for number in range(count):
        place = {} if number % 5 == 0 else {"lon": chance.uniform(106.6, 106.9), "lat": chance.uniform(11.4, 11.9)}
        people.append(person(number, chance.choice(["101", "102", "103"]), **place))
    return people


async def test_everyone_once_nearest_first_in_chunks(store: Store, desk: Desk, service: WarningService) -> None:
    warning = await begun(store, desk, service, scattered(230))
    expander = Expander(store, desk, LocalBus(), chunk=50)
    sizes = []
    while await expander.step():
        sizes.append(len(await written(store, warning)))
    assert sizes == [50, 100, 150, 200, 230]
    rows = await written(store, warning)
    assert [row.priority for row in rows] == sorted(row.priority for row in rows)
    assert len({row.phone_fingerprint for row in rows}) == 230


async def test_an_audience_whose_size_is_a_multiple_of_the_chunk_ends_too(
    store: Store, desk: Desk, service: WarningService
) -> None:
    warning = await begun(store, desk, service, scattered(100))
    expander = Expander(store, desk, LocalBus(), chunk=50)
    while await expander.step():
        pass
    assert (await rows_of(store, warning)).rows == 100


async def test_nobody_at_all_is_also_an_end(store: Store, desk: Desk, service: WarningService) -> None:
    warning = await begun(store, desk, service, [person(1, "101", channel="call")])
    expander = Expander(store, desk, LocalBus())
    assert await expander.step()
    assert not await expander.step()
    assert (await rows_of(store, warning)).rows == 0


@pytest.mark.parametrize("kill_after", [0, 1, 2, 3])
async def test_another_process_continues_where_the_table_says(
    store: Store, desk: Desk, service: WarningService, kill_after: int
) -> None:
    warning = await begun(store, desk, service, scattered(200))
    first = Expander(store, desk, LocalBus(), chunk=50)
    for _ in range(kill_after):
        await first.step()
    second = Expander(store, desk, LocalBus(), chunk=70)
    await asyncio.gather(first.step(), second.step())
    while await second.step() or await first.step():
        pass
    rows = await written(store, warning)
    assert len(rows) == len({row.phone_fingerprint for row in rows}) == 200
    assert [row.priority for row in rows] == sorted(row.priority for row in rows)


async def test_the_audience_is_the_list_as_it_was_approved(store: Store, desk: Desk, service: WarningService) -> None:
    warning = await begun(store, desk, service, [person(n) for n in range(10)])
    await enlist(store, [person(n) for n in range(5, 20)])
    async with store.write() as unit:
        assert await recipients.end(unit.connection, VAULT.fingerprint(phone(3)), (await unit.lock()).seq)
    expander = Expander(store, desk, LocalBus())
    while await expander.step():
        pass
    expected = {VAULT.fingerprint(phone(n)) for n in range(10) if n != 3}
    assert {row.phone_fingerprint for row in await written(store, warning)} == expected


async def test_two_thousand_rows_leave_another_writer_its_turns(
    store: Store, desk: Desk, service: WarningService
) -> None:
    await begun(store, desk, service, scattered(2000))
    expander = Expander(store, desk, LocalBus())
    waits: list[float] = []
    done = asyncio.Event()

    async def someone_else() -> None:
        while not done.is_set():
            begin = time.perf_counter()
            async with store.write() as unit:
                await unit.append([Draft("system.note", "x", NOW)])
            waits.append(time.perf_counter() - begin)

    async def expand() -> None:
        while await expander.step():
            pass
        done.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(someone_else())
        group.create_task(expand())
    assert len(waits) >= 4
    assert max(waits) < 1.0  # measured: some 0.1 s here; a second would be felt by the ingest


metres = st.integers(min_value=0, max_value=2_000_000)


@given(level=st.integers(0, 5), other=st.integers(0, 5), near=metres, far=metres)
def test_gravity_before_distance(level: int, other: int, near: int, far: int) -> None:
    if level > other:
        assert priority(level, far) < priority(other, near)
    elif level == other:
        assert (priority(level, near) < priority(other, far)) == (near < far)
    assert priority(level, UNKNOWN_M) >= priority(level, far)


def test_a_person_is_as_far_as_is_known() -> None:
    danger = (106.75, 11.75)
    at_home = Member(1, "f", "101", 106.75, 11.75)
    somewhere_in = Member(2, "f", "101", None, None)
    nowhere = Member(3, "f", "999", None, None)
    points = {"101": (106.75, 11.76)}
    assert distance_m(at_home, danger, points) == 0
    assert distance_m(somewhere_in, danger, points) == pytest.approx(1112, abs=2)
    assert distance_m(nowhere, danger, points) == UNKNOWN_M
    assert distance_m(at_home, None, points) == 0
