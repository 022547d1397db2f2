"""A task cancelled at any moment of a transaction leaves the database to the next one, at once."""

import asyncio
import contextlib
import random
import time

import pytest

from eoc.clock import wall_now
from eoc.events import Draft
from eoc.store import Store, journal_log


async def note(store: Store) -> None:
    async with store.write() as unit:
        await unit.append([Draft("system.note", "x", wall_now())])


@pytest.mark.parametrize("seed", range(3))
async def test_the_next_writer_need_not_wait(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    longest_s = 0.0
    for _ in range(60):
        task = asyncio.ensure_future(note(store))
        await asyncio.sleep(chance.uniform(0, 0.02))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        begin = time.perf_counter()
        await note(store)
        longest_s = max(longest_s, time.perf_counter() - begin)
    assert longest_s < 5.0  # a lock left behind costs the driver's 15 s
    async with store.read() as connection:
        assert (await journal_log.audit(connection)).ok
        assert 60 <= await journal_log.head_seq(connection) <= 120
