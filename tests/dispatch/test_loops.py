"""Workers that outlive their bad moments, and a pace that is kept."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.loop import keep_doing
from dispatch.pacing import Pacer
from eoc.bus import LocalBus
from eoc.errors import Temporary


async def test_a_worker_goes_on_after_failures_and_rests_when_there_is_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.loop._FIRST_PAUSE_S", 0.001)
    bus, stop = LocalBus(), asyncio.Event()
    turns: list[str] = []
    spoken = "no such number: +84912345678"

    async def step() -> bool:
        turns.append("x")
        match len(turns):
            case 1:
                raise Temporary("database.unavailable")
            case 2:
                raise RuntimeError(spoken)
            case 3:
                return True
        return False

    async with asyncio.TaskGroup() as group:
        waiter = bus.waiter("x")
        group.create_task(keep_doing("w", step, waiter, idle_s=30, stop=stop, chance=random.Random(1)))
        while len(turns) < 4:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert len(turns) == 4  # resting
        await bus.wake("x")
        while len(turns) < 5:
            await asyncio.sleep(0.001)
        stop.set()
        await bus.wake("x")
    assert "database.unavailable" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "912345678" not in caplog.text


async def test_cancelling_ends_a_worker_at_once() -> None:
    async def step() -> bool:
        return False

    loop = keep_doing("w", step, LocalBus().waiter("x"), idle_s=30, stop=asyncio.Event(), chance=random.Random(1))
    task = asyncio.ensure_future(loop)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@given(
    rate=st.floats(1, 1000),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=60),
    gaps=st.lists(st.floats(0, 0.5), min_size=60, max_size=60),
)
def test_never_more_than_the_rate_over_any_stretch(rate: float, sizes: list[int], gaps: list[float]) -> None:
    """With time and sleep in the test's hand: between any two turns at least what lies between them is waited."""
    now = 0.0
    taken: list[tuple[float, int]] = []

    async def turns() -> None:
        nonlocal now
        pacer = Pacer(rate, lambda: now)
        for size, gap in zip(sizes, gaps, strict=False):
            now += gap
            begin = now + pacer.backlog_s
            turn = pacer.turn(size)
            try:
                turn.send(None)  # runs to its sleep, if it has to wait
                turn.close()
            except StopIteration:
                pass
            now = max(now, begin)
            taken.append((begin, size))

    asyncio.run(turns())
    for first in range(len(taken)):
        for last in range(first + 1, len(taken)):
            segments = sum(size for _, size in taken[first:last])
            assert taken[last][0] - taken[first][0] >= segments / rate - 1e-6


async def test_a_free_turn_does_not_wait() -> None:
    now = 100.0
    pacer = Pacer(1.0, lambda: now)
    async with asyncio.timeout(0.5):
        await pacer.turn(3)
    assert pacer.backlog_s == 3.0
