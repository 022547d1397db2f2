"""Numbered places: one owner at a time, none left alone, never more than processes."""

from datetime import UTC, datetime, timedelta

import pytest

from eoc.store import Store, leases

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + leases.LIFE + timedelta(seconds=1)
KIND = "ingest"


async def take(store: Store, owner: str, now: datetime = NOW) -> int:
    async with store.write() as unit:
        return await leases.take(unit, KIND, owner, now)


async def renew(store: Store, number: int, owner: str, now: datetime = NOW) -> bool:
    async with store.write() as unit:
        return await leases.renew(unit, KIND, number, owner, now)


async def leave(store: Store, number: int, owner: str, now: datetime = NOW) -> None:
    async with store.write() as unit:
        await leases.leave(unit, KIND, number, owner, now)


async def look_after(store: Store, owner: str, holding: set[int], now: datetime = NOW) -> list[int]:
    async with store.write() as unit:
        return await leases.look_after(unit, KIND, owner, holding, now)


async def test_each_process_gets_a_place_of_its_own(store: Store) -> None:
    assert [await take(store, owner) for owner in "abc"] == [0, 1, 2]
    assert [await renew(store, number, owner) for number, owner in enumerate("abc")] == [True] * 3
    assert not await renew(store, 0, "b")
    assert not await renew(store, 3, "a")


async def test_a_process_that_comes_back_takes_up_its_own_place(store: Store) -> None:
    await take(store, "a")
    await take(store, "b")
    assert await take(store, "b") == 1
    await leave(store, 0, "a")
    assert await take(store, "b") == 1


async def test_the_lowest_place_nobody_renews_is_taken(store: Store) -> None:
    await take(store, "a")
    await take(store, "b")
    assert await take(store, "c", LATER) == 0
    assert not await renew(store, 0, "a", LATER)
    assert await take(store, "d", LATER) == 1


@pytest.mark.parametrize("gently", [True, False])
async def test_a_place_without_its_process_is_looked_after_until_somebody_takes_it(store: Store, gently: bool) -> None:
    await take(store, "a")
    await take(store, "b")
    assert await look_after(store, "b", {1}) == []
    now = NOW + timedelta(seconds=1) if gently else LATER
    if gently:
        await leave(store, 0, "a")
    await renew(store, 1, "b", now)
    assert await look_after(store, "b", {1}, now) == [0]
    assert await look_after(store, "b", {0, 1}, now) == []
    assert await renew(store, 0, "b", now)
    assert await take(store, "c", now) == 0
    assert not await renew(store, 0, "b", now)
    assert await renew(store, 0, "c", now)


async def test_what_a_killed_process_looked_after_is_its_again_but_not_its_own(store: Store) -> None:
    await take(store, "a")
    await take(store, "b")
    await leave(store, 0, "a", NOW)
    soon = NOW + timedelta(seconds=1)
    assert await look_after(store, "b", {1}, soon) == [0]
    assert await take(store, "b", soon) == 1
    assert await look_after(store, "b", {1}, soon) == [0]


async def test_restarts_in_turn_need_no_more_places_than_processes(store: Store) -> None:
    holding = {owner: await take(store, owner) for owner in "ab"}
    now = NOW
    for round_ in range(200):
        leaving, staying = "ab"[round_ % 2], "ba"[round_ % 2]
        await leave(store, holding[leaving], leaving, now)
        now += timedelta(seconds=2)
        await renew(store, holding[staying], staying, now)
        await look_after(store, staying, {holding[staying]}, now)
        holding[leaving] = await take(store, leaving, now)
        assert sorted(holding.values()) == [0, 1]


async def test_there_is_an_end_to_places(store: Store) -> None:
    for number in range(leases._MOST):
        await take(store, str(number))
    with pytest.raises(RuntimeError):
        await take(store, "one more")
