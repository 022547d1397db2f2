"""A canary among the people: its number must not be found anywhere but on its own phone."""

import asyncio
import json
import logging
import random
from pathlib import Path

import pytest

from dispatch.dispatcher import Dispatcher
from dispatch.providers import ConsoleConfig, Provider, ProviderConfig, ProviderParts, TwilioConfig, open_provider
from dispatch.queries import WarningQueries
from dispatch.recipients import import_recipients
from dispatch.service import WarningService
from eoc.bus import LocalBus
from eoc.store import Store, open_store
from tests.dispatch.world import NOW, VAULT, approved, journal, person, rows_of, until, wall_desk
from tests.fakes.twilio_server import ACCOUNT, TOKEN, Faults, TwilioServer
from tests.services.children import free_port
from ui.migrations import upgrade

CANARY = "+84987654321"
TRACES = ("987654321", "84987654321", "0987654321")


def has_trace(text: str) -> bool:
    return any(trace in text for trace in TRACES)


@pytest.mark.parametrize("kind", ["console", "twilio", "twilio on a bad day", "twilio that is away"])
async def test_the_canary_is_nowhere_to_be_found(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "eoc.sqlite3"
    url = f"sqlite+aiosqlite:///{file}"
    await upgrade(url)
    desk, bus = wall_desk(), LocalBus()
    async with open_store(url, bus) as store, TwilioServer(random.Random(5)) as server:
        people = [{"phone": CANARY, "area": "101"}, person(1), {"phone": CANARY + "9", "area": "101"}]
        done = await import_recipients(store, VAULT, people, source="test", now=NOW)
        assert len(done.refused) == 1
        assert not has_trace(json.dumps(done.as_json()) + repr(done))
        service, queries = WarningService(store, desk), WarningQueries(store, VAULT, desk)
        agreed = await approved(service, expires_at=desk.now().replace(year=desk.now().year + 1))
        async with open_provider(_config(kind, server), ProviderParts(store, VAULT, "EOC")) as provider:
            await _work(store, provider, bus, kind, agreed["id"])
        answers = [
            (await queries.get(agreed["id"])).body,
            (await queries.page()).body,
            (await queries.recipients()).body,
            (await queries.console_messages()).body,
        ]
        events = [(event.kind, event.subject, dict(event.data), dict(event.cause)) for event in await journal(store)]
    assert not has_trace(json.dumps(answers))
    assert not has_trace(json.dumps(events))
    assert not has_trace(caplog.text)
    # Nor in any file of the database, the write-ahead log included.
    for written in tmp_path.iterdir():
        content = written.read_bytes()
        assert not any(trace.encode() in content for trace in TRACES), written.name
    if kind == "twilio":
        assert CANARY in server.received()


def _config(kind: str, server: TwilioServer) -> ProviderConfig:
    if kind == "console":
        return ConsoleConfig()
    if kind == "twilio on a bad day":
        server.faults = Faults(error_after=0.3, reset_after=0.3, garbage=0.2, lookup_error=0.3)
    base_url = f"http://127.0.0.1:{free_port()}" if kind == "twilio that is away" else server.base_url
    return TwilioConfig.model_validate(
        {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "EOC", "base_url": base_url, "timeout_s": 1.0}
    )


async def _work(store: Store, provider: Provider, bus: LocalBus, kind: str, warning: str) -> None:
    dispatcher = Dispatcher(store, VAULT, provider, wall_desk(), bus, owner="w")
    running = asyncio.ensure_future(dispatcher.run())
    if kind == "twilio that is away":
        await until(lambda: dispatcher.trouble is not None)
        assert not has_trace(repr(dispatcher.trouble))
    elif kind == "twilio on a bad day":
        await until(lambda: _tried(store, warning))
    else:
        await until(lambda: _done(store, warning))
    assert not has_trace(repr(running))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def _tried(store: Store, warning: str) -> bool:
    counts = (await rows_of(store, warning)).counts
    return counts["unknown"] + counts["sent"] > 0


async def _done(store: Store, warning: str) -> bool:
    tally = await rows_of(store, warning)
    return tally.rows == 2 and tally.live == 0
