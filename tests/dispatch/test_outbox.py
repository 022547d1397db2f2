"""The sender: each person once, nearest first, at the rate, never after the end, and patient with its provider."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.delivery import Policy
from dispatch.desk import Desk
from dispatch.expansion import Expander
from dispatch.outbox import Sender
from dispatch.progress import Progress
from dispatch.providers import OutgoingSms, Unavailable, Unknown
from dispatch.reader import JournalReader
from dispatch.service import WarningService
from dispatch.store import audiences, recipients
from eoc.bus import LocalBus
from eoc.clock import wall_now
from eoc.errors import Permanent, Temporary
from eoc.store import Store
from tests.dispatch.world import (
    LEADER,
    VAULT,
    FakeProvider,
    HandClock,
    approved,
    desk_at,
    enlist,
    journal,
    person,
    phone,
    rows_of,
    until,
    wall_desk,
    words,
)

QUICK = Policy(base_s=0.01, cap_s=0.05, lookup_after_s=0.02)


@pytest.fixture
def desk() -> Desk:
    return wall_desk()


def living(**changes: Any) -> dict[str, Any]:
    return {"expires_at": wall_now() + timedelta(hours=6), **changes}


def made_sender(store: Store, provider: FakeProvider, desk: Desk, **changes: Any) -> Sender:
    parts: dict[str, Any] = {"owner": "w1", "policy": QUICK, "chance": random.Random(7)} | changes
    return Sender(store, VAULT, provider, desk, LocalBus(), **parts)


@contextlib.asynccontextmanager
async def working(*senders: Sender) -> AsyncIterator[None]:
    """The senders at work; stopped in good order at the end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for sender in senders:
            group.create_task(sender.run(stop))
        try:
            yield
        finally:
            stop.set()


async def written(store: Store, desk: Desk) -> None:
    """Let the reader and the expander do all there is to do."""
    bus = LocalBus()
    await JournalReader(store, desk, bus).step()
    expander = Expander(store, desk, bus)
    while await expander.step():
        pass


async def finished(store: Store, warning: str) -> bool:
    tally = await rows_of(store, warning)
    return tally.rows > 0 and tally.live == 0


async def test_everybody_gets_one_message_and_the_journal_the_numbers(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(60)])
    provider = FakeProvider()
    agreed = await approved(service, **living())
    await written(store, desk)
    progress = Progress(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    await progress.step()
    assert provider.received() == {phone(n): 1 for n in range(60)}
    assert {sms.body for sms in provider.accepted} == {agreed["text"]["vi_plain"]}
    last = (await journal(store))[-1]
    assert last.kind == "warning.sent"
    assert last.data["counts"] == {
        "queued": 0, "sending": 0, "sent": 60, "delivered": 0, "failed": 0, "unknown": 0, "expired": 0,
    }  # fmt: skip
    assert last.data["state"] == "sent"


async def test_english_only_for_those_who_asked(store: Store, service: WarningService, desk: Desk) -> None:
    await enlist(store, [person(1), person(2, language="en")])
    provider = FakeProvider()
    agreed = await approved(service, en="Leave now", **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert {sms.to: sms.body for sms in provider.accepted} == {
        phone(1): agreed["text"]["vi_plain"],
        phone(2): "Leave now",
    }


async def test_nearest_first_and_the_gravest_warning_before_all(
    store: Store, service: WarningService, desk: Desk
) -> None:
    far_to_near = [person(n, lon=106.75, lat=11.40 + n * 0.01) for n in range(30)]
    await enlist(store, random.Random(3).sample(far_to_near, 30))
    provider = FakeProvider()
    mild = await approved(service, level=2, **living())
    grave = await approved(service, level=5, vi=words().vi + " NGAY", **living())
    for warning in (mild, grave):
        async with store.write() as unit:
            # The incident's place, which these warnings by hand do not have.
            audience = await audiences.of_warning(unit.connection, warning["id"])
            assert audience is not None
            table = audiences._AUDIENCE
            await unit.connection.execute(table.update().where(table.c.id == audience.id).values(lon=106.75, lat=11.75))
    await written(store, desk)
    async with working(made_sender(store, provider, desk, window=1)):
        await until(lambda: finished(store, mild["id"]))
    order = [(sms.body == grave["text"]["vi_plain"], sms.to) for sms in provider.accepted]
    near_to_far = [phone(n) for n in reversed(range(30))]
    assert order == [(True, to) for to in near_to_far] + [(False, to) for to in near_to_far]


async def test_a_passing_failure_is_tried_again_a_lasting_one_is_given_up(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(4)])

    def before(sms: OutgoingSms, attempt: int) -> Exception | None:
        if sms.to == phone(0) and attempt < 3:
            return Temporary("sms.try_again")
        if sms.to == phone(1):
            return Permanent("sms.number_refused")
        if sms.to == phone(2):
            return Temporary("sms.try_again")
        return None

    provider = FakeProvider(before=before)
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert provider.attempts == {phone(0): 3, phone(1): 1, phone(2): QUICK.most_attempts, phone(3): 1}
    assert (await rows_of(store, agreed["id"])).counts | {"sent": 2, "failed": 2} == (
        await rows_of(store, agreed["id"])
    ).counts


async def test_an_unknown_outcome_is_looked_up_before_anything_is_sent_again(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(20)])
    chance = random.Random(1)
    provider = FakeProvider(
        before=lambda _sms, _n: Unknown("sms.answer_lost") if chance.random() < 0.3 else None,
        after=lambda _sms, _n: Unknown("sms.provider_error") if chance.random() < 0.5 else None,
    )
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert provider.received() == {phone(n): 1 for n in range(20)}
    assert provider.lookups > 0
    assert (await rows_of(store, agreed["id"])).counts["sent"] == 20


async def test_the_same_words_in_an_earlier_warning_are_not_taken_for_this_one(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(10)])
    provider = FakeProvider()
    first = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, first["id"]))
    provider.before = lambda _sms, n: Unknown("sms.answer_lost") if n == 2 else None
    second = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, second["id"]))
    assert provider.received() == {phone(n): 2 for n in range(10)}


@pytest.mark.parametrize(("level", "expected"), [(5, 2), (3, 1)])
async def test_where_nobody_can_be_asked_only_the_gravest_are_sent_again(
    store: Store, service: WarningService, desk: Desk, level: int, expected: int
) -> None:
    await enlist(store, [person(1)])
    provider = FakeProvider(can_look_up=False, after=lambda _sms, _n: Unknown("sms.answer_lost"))
    agreed = await approved(service, level=level, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert provider.received() == {phone(1): expected}
    assert (await rows_of(store, agreed["id"])).counts["unknown"] == 1


async def test_nothing_leaves_after_the_end(store: Store) -> None:
    await enlist(store, [person(n) for n in range(40)])
    provider = FakeProvider()
    clock = HandClock()
    desk = desk_at(clock, rate_per_s=50.0)
    agreed = await approved(WarningService(store, desk))
    await written(store, desk)
    progress = Progress(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: len(provider.accepted) >= 10)
        clock.advance(hours=6, seconds=-4)  # too little left for anyone to act on it
        await until(lambda: finished(store, agreed["id"]))
        clock.advance(seconds=5)
        await until(progress.step)
    counts = (await rows_of(store, agreed["id"])).counts
    assert 10 <= counts["sent"] == len(provider.accepted) < 40
    assert counts["sent"] + counts["expired"] == 40
    assert [event.kind for event in await journal(store)][-1] == "warning.expired"


async def test_cancelling_stops_what_has_not_left(store: Store, service: WarningService, desk: Desk) -> None:
    await enlist(store, [person(n) for n in range(300)])
    provider = FakeProvider()
    slow = replace(desk, rate_per_s=50.0)
    agreed = await approved(service, **living())
    await written(store, slow)
    progress = Progress(store, slow)
    async with working(made_sender(store, provider, slow)):
        await until(lambda: len(provider.accepted) >= 10)
        await service.cancel(agreed["id"], agreed["version"], LEADER)
        at_cancel = len(provider.accepted)
        await progress.step()
        await until(lambda: finished(store, agreed["id"]))
    # What a worker already had in its hands may still leave, nothing else.
    assert len(provider.accepted) <= at_cancel + 40
    counts = (await rows_of(store, agreed["id"])).counts
    assert counts["sent"] == len(provider.accepted)
    assert counts["expired"] == 300 - counts["sent"]


async def test_a_provider_that_takes_nothing_costs_nobody_an_attempt(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(30)])
    down = True
    provider = FakeProvider(before=lambda _sms, _n: Unavailable("sms.unreachable", 0.02) if down else None)
    sender = made_sender(store, provider, desk, window=5)
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(sender):
        await until(lambda: sum(provider.attempts.values()) > 40)
        assert sender.trouble is not None
        assert sender.trouble.code == "sms.unreachable"
        assert (await rows_of(store, agreed["id"])).counts["failed"] == 0
        down = False
        await until(lambda: finished(store, agreed["id"]))
    assert provider.received() == {phone(n): 1 for n in range(30)}
    assert sender.trouble is None


async def test_a_refusal_of_everything_does_not_burn_everybody(
    store: Store, service: WarningService, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.outbox._REFUSED_PAUSE_S", 0.01)
    await enlist(store, [person(n) for n in range(100)])
    broken = True
    provider = FakeProvider(before=lambda _sms, _n: Permanent("sms.refused") if broken else None)
    sender = made_sender(store, provider, desk)
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(sender):
        await until(lambda: sum(provider.attempts.values()) > 150)
        assert sender.trouble is not None
        assert sender.trouble.code == "sms.everything_refused"
        broken = False
        await until(lambda: finished(store, agreed["id"]))
    counts = (await rows_of(store, agreed["id"])).counts
    assert counts["failed"] == 20
    assert counts["sent"] == 80


async def test_one_message_that_seems_to_close_the_provider_does_not_stand_before_the_others(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(50)])
    provider = FakeProvider(
        before=lambda sms, _n: Unavailable("sms.account_refused", 0.05) if sms.to == phone(0) else None
    )
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk, window=5)):
        await until(lambda: len(provider.accepted) == 49)
    assert (await rows_of(store, agreed["id"])).counts["queued"] == 1


async def test_the_rate_is_kept(store: Store, service: WarningService, desk: Desk) -> None:
    await enlist(store, [person(n) for n in range(100)])
    provider = FakeProvider(latency_s=0.005)
    paced = replace(desk, rate_per_s=100.0)
    agreed = await approved(service, **living())
    await written(store, paced)
    async with working(made_sender(store, provider, paced)):
        await until(lambda: finished(store, agreed["id"]))
    span = provider.at[-1] - provider.at[0]
    assert span >= 0.97
    for start in provider.at:
        assert sum(start <= moment < start + 0.25 for moment in provider.at) <= 32


async def test_a_provider_that_raises_anything_is_survived(
    store: Store, service: WarningService, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await enlist(store, [person(7654321)])
    provider = FakeProvider(after=lambda sms, n: RuntimeError(f"no such number {sms.to}") if n == 1 else None)
    agreed = await approved(service, **living())
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert provider.received() == {phone(7654321): 1}
    assert "RuntimeError" in caplog.text
    assert "7654321" not in caplog.text


async def test_a_database_that_is_away_for_a_moment_is_survived(
    store: Store, service: WarningService, desk: Desk
) -> None:
    await enlist(store, [person(n) for n in range(50)])
    provider = FakeProvider(latency_s=0.002)
    agreed = await approved(service, **living())
    await written(store, desk)
    turns = itertools.count()
    honest = store.write

    @contextlib.asynccontextmanager
    async def flaky() -> AsyncIterator[Any]:
        turn = next(turns)
        if turn % 3 == 1:
            raise Temporary("database.unavailable")
        async with honest() as unit:
            yield unit
        if turn % 3 == 2:
            raise Temporary("database.unavailable")  # committed, but nobody was told

    store.write = flaky  # type: ignore[method-assign]
    try:
        # Reclaimed rows wait for the end of a lease that nobody knew it had: a short one here.
        policy = replace(QUICK, lease_s=0.5, reserve_s=0.1)
        async with working(made_sender(store, provider, desk, policy=policy)):
            await until(lambda: finished(store, agreed["id"]))
    finally:
        store.write = honest  # type: ignore[method-assign]
    assert provider.received() == {phone(n): 1 for n in range(50)}


async def test_a_person_who_left_meanwhile_gets_nothing(store: Store, service: WarningService, desk: Desk) -> None:
    await enlist(store, [person(1), person(2)])
    provider = FakeProvider()
    agreed = await approved(service, **living())
    async with store.write() as unit:
        assert await recipients.end(unit.connection, VAULT.fingerprint(phone(2)), (await unit.lock()).seq)
    await written(store, desk)
    async with working(made_sender(store, provider, desk)):
        await until(lambda: finished(store, agreed["id"]))
    assert provider.received() == {phone(1): 1}


async def test_stopping_settles_what_is_in_flight(store: Store, service: WarningService, desk: Desk) -> None:
    await enlist(store, [person(n) for n in range(30)])
    provider = FakeProvider(latency_s=0.05)
    agreed = await approved(service, **living())
    await written(store, desk)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(made_sender(store, provider, desk, window=10).run(stop))
        await until(lambda: provider.in_flight == 10)
        stop.set()
    counts = (await rows_of(store, agreed["id"])).counts
    assert counts["sending"] == 0
    assert counts["sent"] == len(provider.accepted) > 0
