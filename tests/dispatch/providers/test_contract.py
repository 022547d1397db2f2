"""What every provider promises: one suite over each of `REGISTRY`, and over the fake the other tests use."""

import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from dispatch.providers import (
    REGISTRY,
    ConsoleConfig,
    Found,
    OutgoingSms,
    Provider,
    ProviderParts,
    TwilioConfig,
    open_provider,
)
from dispatch.store import console
from eoc.clock import wall_now
from eoc.store import Store
from tests.dispatch.world import VAULT, FakeProvider
from tests.fakes.twilio_server import ACCOUNT, TOKEN, TwilioServer

CANARY = "+84987654321"
SMS = OutgoingSms("w.3.17", CANARY, "EOC Mẫu: LŨ, SƠ TÁN NGAY", valid_s=3600.0, segments=1, warning="w")


@dataclass
class Stage:
    """A provider, and what its other side has received: (number, text) in order."""

    provider: Provider
    received: Callable[[], AbstractAsyncContextManager[list[tuple[str, str]]]]


@contextlib.asynccontextmanager
async def console_stage(store: Store) -> AsyncIterator[Stage]:
    @contextlib.asynccontextmanager
    async def received() -> AsyncIterator[list[tuple[str, str]]]:
        async with store.read() as connection:
            found = await console.page(connection, limit=1000)
        yield [(VAULT.open(each.phone_sealed), each.body) for each in reversed(found)]

    async with open_provider(ConsoleConfig(), ProviderParts(store, VAULT, "EOCMAU")) as provider:
        yield Stage(provider, received)


@contextlib.asynccontextmanager
async def twilio_stage(store: Store) -> AsyncIterator[Stage]:
    async with TwilioServer(random.Random(1)) as server:

        @contextlib.asynccontextmanager
        async def received() -> AsyncIterator[list[tuple[str, str]]]:
            yield [(each.to, each.body) for each in server.accepted]

        config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "EOCMAU", "base_url": server.base_url}
        )
        async with open_provider(config, ProviderParts(store, VAULT, "EOCMAU")) as provider:
            yield Stage(provider, received)


@contextlib.asynccontextmanager
async def fake_stage(_store: Store) -> AsyncIterator[Stage]:
    fake = FakeProvider()

    @contextlib.asynccontextmanager
    async def received() -> AsyncIterator[list[tuple[str, str]]]:
        yield [(each.to, each.body) for each in fake.accepted]

    yield Stage(fake, received)


STAGES = {"console": console_stage, "twilio": twilio_stage, "fake": fake_stage}


@pytest.fixture(params=list(STAGES))
async def stage(request: pytest.FixtureRequest, store: Store) -> AsyncIterator[Stage]:
    async with STAGES[request.param](store) as ready:
        yield ready


def test_every_provider_is_on_stage() -> None:
    assert set(STAGES) - {"fake"} == set(REGISTRY)


async def test_a_sent_message_arrives_with_a_name_of_its_own(stage: Stage) -> None:
    first = await stage.provider.send(SMS)
    second = await stage.provider.send(replace(SMS, reference="w.3.18", to="+84911111111"))
    assert first.provider_id
    assert first.provider_id != second.provider_id
    async with stage.received() as received:
        assert received == [(CANARY, SMS.body), ("+84911111111", SMS.body)]


async def test_what_was_sent_is_found_and_nothing_else(stage: Stage) -> None:
    if not stage.provider.can_look_up:
        return
    before = wall_now() - timedelta(seconds=1)
    assert list(await stage.provider.lookup(SMS, before)) == []
    sent = await stage.provider.send(SMS)
    assert list(await stage.provider.lookup(SMS, before)) == [Found(sent.provider_id)]
    other = replace(SMS, reference="w.3.99", to="+84922222222")
    assert list(await stage.provider.lookup(other, before)) == []
    another_text = replace(SMS, reference="w.4.17", body="something else")
    assert list(await stage.provider.lookup(another_text, before)) == []


async def test_nothing_shows_the_number(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sent = await stage.provider.send(SMS)
    if stage.provider.can_look_up:
        await stage.provider.lookup(SMS, wall_now())
    shown = f"{caplog.text} {SMS!r} {sent!r} {stage.provider!r}"
    assert CANARY[3:] not in shown
    assert CANARY[1:] not in shown


async def test_a_provider_says_what_it_is(stage: Stage) -> None:
    assert isinstance(stage.provider.kind, str)
    assert isinstance(stage.provider.can_look_up, bool)
