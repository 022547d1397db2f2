"""Killed anywhere, again and again, and taken over: nobody is missed, and what comes twice is counted."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.delivery import Policy
from dispatch.desk import Desk
from dispatch.expansion import Expander
from dispatch.loop import keep_doing
from dispatch.outbox import WINDOW_BLIND, Sender
from dispatch.progress import Progress
from dispatch.providers import Provider, ProviderParts, TwilioConfig, Unknown, open_provider
from dispatch.reader import JournalReader
from dispatch.service import WarningService
from eoc.bus import LocalBus
from eoc.clock import wall_now
from eoc.errors import Temporary
from eoc.store import Store, open_store
from tests.dispatch.world import (
    VAULT,
    FakeProvider,
    add_incident,
    approved,
    enlist,
    incident,
    journal,
    now_and_then,
    person,
    phone,
    put_gauge,
    rows_of,
    until,
    wall_desk,
)
from tests.fakes.twilio_server import ACCOUNT, TOKEN, Faults, TwilioServer
from ui.migrations import upgrade

QUICK = Policy(base_s=0.01, cap_s=0.1, lookup_after_s=0.02)


@dataclass
class ShiftedWall:
    """The time on the wall, put forward after each death so that nobody has to wait for a lease to end."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return wall_now() + self.ahead


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """SQLite: many short lives, and one disk is enough for that."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'eoc.sqlite3'}"
    await upgrade(url)
    async with open_store(url, LocalBus()) as opened:
        yield opened


async def machine(store: Store, provider: Provider, desk: Desk, wall: ShiftedWall, owner: str, chunk: int) -> None:
    """Everything that runs by itself, as one process would, until it is killed."""
    bus, stop, chance = LocalBus(), asyncio.Event(), random.Random(owner)
    steps = {
        "journal": JournalReader(store, desk, bus).step,
        "outbox": Expander(store, desk, bus, chunk).step,
        "progress": Progress(store, desk, wall).step,
    }
    sender = Sender(store, VAULT, provider, desk, bus, owner=owner, policy=QUICK, chance=chance, wall=wall)
    async with asyncio.TaskGroup() as group:
        for topic, step in steps.items():
            loop = keep_doing(topic, step, bus.waiter(topic), idle_s=0.02, stop=stop, chance=chance)
            group.create_task(loop)
        group.create_task(sender.run(stop))


async def live_and_die(
    make: Callable[[str], Any],
    wall: ShiftedWall,
    chance: random.Random,
    kills: int,
    longest_s: float,
    done: Callable[[], int],
) -> list[int]:
    """Start it, kill it at some moment, start another; returns how much was done at each death."""
    deaths = []
    for life in range(kills):
        running = asyncio.ensure_future(make(f"worker-{life}"))
        await asyncio.sleep(chance.uniform(0, longest_s))
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        deaths.append(done())
        wall.ahead += timedelta(seconds=61)
    return deaths


def in_the_middle(deaths: list[int], everything: int) -> int:
    """Deaths that did hurt: after the first message, before the last."""
    return sum(0 < done < everything for done in deaths)


async def finish(store: Store, make: Callable[[str], Any], warning: str, timeout_s: float = 60.0) -> None:
    """One more life, long enough."""

    async def sent() -> bool:
        return any(event.kind == "warning.sent" and event.subject == warning for event in await journal(store))

    running = asyncio.ensure_future(make("survivor"))
    try:
        await until(sent, timeout_s)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def flood(store: Store, desk: Desk, people: int, level: int = 5) -> str:
    await put_gauge(store)
    await add_incident(store, incident())
    await enlist(store, [person(n, ["101", "102", "103"][n % 3]) for n in range(people)])
    service = WarningService(store, desk)
    agreed = await approved(
        service, incident="inc-1", areas=["10"], level=level, expires_at=wall_now() + timedelta(hours=12)
    )
    return str(agreed["id"])


@pytest.mark.parametrize("seed", range(3))
async def test_killed_anywhere_nobody_is_missed_and_nobody_gets_two(store: Store, seed: int) -> None:
    """With look-up: exactly one message each, whatever dies when, and although answers get lost as well."""
    people, chance, wall, desk = 200, random.Random(seed), ShiftedWall(), wall_desk(400.0)
    provider = FakeProvider(
        latency_s=0.005,
        before=now_and_then(chance, 0.05, lambda: Temporary("sms.try_again")),
        after=now_and_then(chance, 0.1, lambda: Unknown("sms.answer_lost")),
    )
    warning = await flood(store, desk, people)

    def make(owner: str) -> Any:
        return machine(store, provider, desk, wall, owner, chunk=20)

    deaths = await live_and_die(make, wall, chance, 40, 0.08, lambda: len(provider.accepted))
    await finish(store, make, warning)
    assert provider.received() == {phone(n): 1 for n in range(people)}
    assert in_the_middle(deaths, people) >= 10
    assert provider.lookups >= 20
    tally = await rows_of(store, warning)
    assert tally.counts["sent"] == people
    kinds = [event.kind for event in await journal(store)]
    assert kinds.count("warning.sent") == 1


@pytest.mark.parametrize("seed", range(3))
async def test_without_look_up_a_death_costs_at_most_what_was_in_flight(store: Store, seed: int) -> None:
    people, chance, wall, desk = 200, random.Random(100 + seed), ShiftedWall(), wall_desk(200.0)
    provider = FakeProvider(can_look_up=False, latency_s=0.005)
    warning = await flood(store, desk, people)

    def make(owner: str) -> Any:
        return machine(store, provider, desk, wall, owner, chunk=20)

    deaths = await live_and_die(make, wall, chance, 25, 0.12, lambda: len(provider.accepted))
    await finish(store, make, warning)
    assert in_the_middle(deaths, people) >= 10
    received = provider.received()
    assert len(received) == people
    assert (await rows_of(store, warning)).counts["sent"] == people
    twice = sum(received.values()) - len(received)
    assert 0 < twice <= len(deaths) * WINDOW_BLIND
    assert max(received.values()) <= 1 + len(deaths)
    assert provider.most_in_flight <= WINDOW_BLIND


async def test_below_the_highest_levels_doubt_is_shown_instead(store: Store) -> None:
    people, chance, wall, desk = 100, random.Random(8), ShiftedWall(), wall_desk(200.0)
    provider = FakeProvider(can_look_up=False, latency_s=0.005)
    warning = await flood(store, desk, people, level=3)

    def make(owner: str) -> Any:
        return machine(store, provider, desk, wall, owner, chunk=20)

    deaths = await live_and_die(make, wall, chance, 15, 0.12, lambda: len(provider.accepted))
    await finish(store, make, warning)
    assert in_the_middle(deaths, people) >= 3
    received = provider.received()
    assert set(received.values()) == {1}
    counts = (await rows_of(store, warning)).counts
    assert counts["unknown"] > 0
    assert counts["sent"] + counts["unknown"] == people
    assert len(received) >= counts["sent"]


async def test_a_stalled_worker_that_wakes_up_sends_nothing_its_successor_sent(store: Store) -> None:
    """A SIGSTOP in other words: the lease ends while messages wait for their turn."""
    wall, desk = ShiftedWall(), wall_desk()
    slow = replace(desk, rate_per_s=20.0)
    provider = FakeProvider()
    warning = await flood(store, desk, 60)
    await JournalReader(store, desk, LocalBus()).step()
    expander = Expander(store, desk, LocalBus())
    while await expander.step():
        pass
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        stalled = Sender(store, VAULT, provider, slow, LocalBus(), owner="stalled", policy=QUICK, wall=wall)
        group.create_task(stalled.run(stop))
        await until(lambda: len(provider.accepted) >= 3)
        wall.ahead += timedelta(seconds=61)
        successor = Sender(store, VAULT, provider, desk, LocalBus(), owner="successor", policy=QUICK, wall=wall)
        group.create_task(successor.run(stop))
        await until(lambda: len(provider.received()) == 60)
        stop.set()
    assert provider.received() == {phone(n): 1 for n in range(60)}
    assert (await rows_of(store, warning)).counts["sent"] == 60


async def test_two_workers_on_postgresql_never_take_the_same_row(postgres_url: str) -> None:
    await upgrade(postgres_url)
    people, desk = 400, wall_desk()
    provider = FakeProvider(latency_s=0.002)
    async with open_store(postgres_url, LocalBus()) as one, open_store(postgres_url, LocalBus()) as two:
        warning = await flood(one, desk, people)
        wall = ShiftedWall()
        running = [
            asyncio.ensure_future(machine(store, provider, desk, wall, owner, chunk=50))
            for store, owner in ((one, "one"), (two, "two"), (one, "three"))
        ]
        try:
            await finish(one, lambda owner: machine(one, provider, desk, wall, owner, 50), warning)
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        assert provider.received() == {phone(n): 1 for n in range(people)}
        assert provider.lookups == 0
        events = [event for event in await journal(one) if event.subject == warning]
        kinds = [event.kind for event in events]
        assert kinds.count("warning.sent") == 1
        reports = [event.at for event in events if event.kind == "warning.progress"]
        gaps = [later - earlier for earlier, later in itertools.pairwise(reports)]
        assert all(gap >= timedelta(seconds=0.95) for gap in gaps)


async def test_killed_workers_on_postgresql(postgres_url: str) -> None:
    await upgrade(postgres_url)
    people, desk, wall, chance = 150, wall_desk(300.0), ShiftedWall(), random.Random(5)
    provider = FakeProvider(latency_s=0.005)
    async with open_store(postgres_url, LocalBus()) as store:
        warning = await flood(store, desk, people)

        def make(owner: str) -> Any:
            return machine(store, provider, desk, wall, owner, chunk=20)

        deaths = await live_and_die(make, wall, chance, 20, 0.12, lambda: len(provider.accepted))
        await finish(store, make, warning)
        assert in_the_middle(deaths, people) >= 5
        assert provider.received() == {phone(n): 1 for n in range(people)}


# -- through the stateful Twilio --------------------------------------------------------------------------------------

BAD_DAY = Faults(
    too_many=0.05,
    error_before=0.02,
    reset_before=0.02,
    error_after=0.03,
    reset_after=0.02,
    hang_after=0.003,
    garbage=0.005,
    lookup_error=0.05,
)


async def a_bad_day(
    store: Store, people: int, kills: int, seed: int, longest_s: float, timeout_s: float
) -> tuple[TwilioServer, str]:
    chance, wall, desk = random.Random(seed), ShiftedWall(), wall_desk()
    async with TwilioServer(random.Random(seed + 1), BAD_DAY) as server:
        config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "EOC", "base_url": server.base_url, "timeout_s": 1.0}
        )
        warning = await flood(store, desk, people)

        async def life(owner: str) -> None:
            async with open_provider(config, ProviderParts(store, VAULT, "EOC")) as provider:
                await machine(store, provider, desk, wall, owner, chunk=500)

        deaths = await live_and_die(life, wall, chance, kills, longest_s, lambda: len(server.accepted))
        assert in_the_middle(deaths, people) >= kills // 3
        await finish(store, life, warning, timeout_s)
    return server, warning


async def test_a_bad_day_at_twilio(store: Store) -> None:
    server, warning = await a_bad_day(store, people=400, kills=8, seed=1, longest_s=0.5, timeout_s=90)
    assert server.received() == {phone(n): 1 for n in range(400)}
    assert (await rows_of(store, warning)).counts["sent"] == 400
    assert all(server.outcomes.get(name) for name in ("too_many", "error_after", "reset_after")), server.outcomes


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_bad_day_for_12480_people(store: Store) -> None:
    people = 12_480
    server, warning = await a_bad_day(store, people, kills=20, seed=2, longest_s=6.0, timeout_s=1500)
    received = server.received()
    twice = sum(received.values()) - people
    print(f"{people} people, 20 deaths, {server.outcomes}: missed {people - len(received)}, twice {twice}")
    assert len(received) == people
    assert twice <= people // 1000
    assert (await rows_of(store, warning)).counts["sent"] == people


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_five_hundred_deaths(store: Store) -> None:
    people, chance, wall, desk = 1500, random.Random(77), ShiftedWall(), wall_desk(150.0)
    provider = FakeProvider(latency_s=0.001)
    warning = await flood(store, desk, people)

    def make(owner: str) -> Any:
        return machine(store, provider, desk, wall, owner, chunk=50)

    deaths = await live_and_die(make, wall, chance, 500, 0.06, lambda: len(provider.accepted))
    assert in_the_middle(deaths, people) >= 200
    await finish(store, make, warning, timeout_s=600)
    assert provider.received() == {phone(n): 1 for n in range(people)}
