"""A process and its leased places: kept, looked after for others, given back, lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from eoc.clock import wall_now
from eoc.errors import Refused
from eoc.store import Store, leases
from ui import slots
from ui.slots import Slots, leased_slots, owner_on


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LIFE", timedelta(seconds=2))
    monkeypatch.setattr(slots, "_RENEW_S", 0.05)


class Process:
    """What `ui.wiring` does with its places."""

    def __init__(self, held: Slots) -> None:
        self.held = held
        self.serving: set[int] = set()
        self.task = asyncio.create_task(held.keep(self._serve))

    async def _serve(self, number: int) -> None:
        self.serving.add(number)
        try:
            await asyncio.Event().wait()
        finally:
            self.serving.discard(number)

    async def until_serving(self, *numbers: int) -> None:
        async with asyncio.timeout(20):
            while self.serving != set(numbers):
                assert not self.task.done(), self.task.exception()
                await asyncio.sleep(0.01)


@asynccontextmanager
async def process(store: Store, owner: str) -> AsyncIterator[Process]:
    async with leased_slots(store, "ingest", owner) as held:
        made = Process(held)
        yield made
        made.task.cancel()
        await asyncio.gather(made.task, return_exceptions=True)


async def test_places_without_a_process_are_served_until_somebody_takes_them(store: Store) -> None:
    async with process(store, "a") as first:
        async with process(store, "b") as second:
            assert (first.held.number, second.held.number) == (0, 1)
        await first.until_serving(1)
        async with process(store, "c") as third:
            assert third.held.number == 1
            await first.until_serving()
            assert third.serving == set()


async def test_the_places_of_a_dead_process_are_served_when_their_lease_is_over(store: Store) -> None:
    async with process(store, "a") as first:
        async with store.write() as unit:
            await leases.take(unit, "ingest", "killed", wall_now())
        await first.until_serving(1)


async def test_a_process_that_lost_its_own_place_ends(store: Store) -> None:
    async with process(store, "a") as first:
        async with store.write() as unit:
            await leases.take(unit, "ingest", "b", wall_now() + timedelta(minutes=1))
        async with asyncio.timeout(20):
            with pytest.raises(ExceptionGroup) as ended:
                await first.task
    assert ended.group_contains(Refused)


def test_a_data_folder_keeps_its_name_and_no_two_have_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    names = [owner_on(folder) for folder in folders]
    assert names == [owner_on(folder) for folder in folders]
    assert len(set(names)) == 2
