"""The whole of dispatch as the product runs it: from a case to the phones of the demo, and how fast."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from dispatch.dispatcher import Dispatcher, open_dispatcher
from dispatch.metrics import OutboxMetrics
from dispatch.queries import WarningQueries
from dispatch.service import WarningService
from dispatch.settings import SmsSettings
from eoc.bus import LocalBus
from eoc.clock import DataClock, iso, to_us, wall_now
from eoc.events import Draft
from eoc.store import Store, open_store
from tests.dispatch.world import (
    GAUGE,
    NOW,
    SUPERVISOR,
    SUPERVISOR2,
    VAULT,
    add_incident,
    approved,
    desk_at,
    enlist,
    incident,
    journal,
    person,
    put_gauge,
    small_pack,
    until,
    wall_desk,
    words,
)
from ui.migrations import upgrade


@contextlib.asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    work = asyncio.ensure_future(dispatcher.run())
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


@pytest.fixture
async def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
async def store(database_url: str, bus: LocalBus) -> AsyncIterator[Store]:
    await upgrade(database_url)
    async with open_store(database_url, bus) as opened:
        yield opened


async def warning_kinds(store: Store) -> list[str]:
    return [event.kind for event in await journal(store) if event.family == "warning"]


async def test_from_a_case_to_the_phones(store: Store, bus: LocalBus) -> None:
    desk = wall_desk(500.0)
    service, queries = WarningService(store, desk), WarningQueries(store, VAULT, desk)
    registry = CollectorRegistry()
    await put_gauge(store)
    await add_incident(store, incident())
    await enlist(store, [person(n, ["101", "102", "103"][n % 3]) for n in range(300)])
    settings = SmsSettings(rate_per_s=500.0)
    metrics = OutboxMetrics(registry)
    opened = open_dispatcher(settings, store, VAULT, desk, bus, owner="w", metrics=metrics)
    async with opened as dispatcher, running(dispatcher):
        reason = {"code": "reason.level_at_or_above", "params": {"threshold": "bd3"}}
        cause = {"observed_at": iso(wall_now()), "reasons": [reason]}
        async with store.write() as unit:
            data = {"level": 4, "hazard": "river_flood"}
            await unit.append([Draft("incident.opened", "inc-1", wall_now(), data, cause)])

        async def drafted() -> bool:
            return bool(await queries.of_incident("inc-1"))

        await until(drafted, 5)
        (mine,) = await queries.of_incident("inc-1")
        handed_in = await service.submit(mine["id"], 1, SUPERVISOR)
        begin = time.perf_counter()
        await service.approve(mine["id"], 2, handed_in["audience"]["count"], SUPERVISOR2)

        async def first_sms() -> bool:
            return bool((await queries.console_messages(limit=1)).body["items"])

        await until(first_sms, 5)
        first_s = time.perf_counter() - begin
        await until(lambda: _is(store, "warning.sent"), 30)
    assert first_s < 5.0
    body = (await queries.get(mine["id"])).body
    assert body["state"] == "sent"
    assert body["counts"]["sent"] == body["audience"]["count"] == 200
    messages = (await queries.console_messages(limit=300)).body
    assert len(messages["items"]) == 200
    assert messages["next"] is None
    assert {each["from"] for each in messages["items"]} == {"EOCMAU"}
    assert {each["body"] for each in messages["items"]} == {body["text"]["vi_plain"]}
    kinds = await warning_kinds(store)
    assert kinds[:3] == ["warning.drafted", "warning.submitted", "warning.approved"]
    assert kinds[-1] == "warning.sent"
    assert set(kinds[3:-1]) == {"warning.progress"}
    assert registry.get_sample_value("eoc_outbox_settled_total", {"state": "sent"}) == 200
    assert registry.get_sample_value("eoc_outbox_send_seconds_count") == 200


async def _is(store: Store, kind: str) -> bool:
    return kind in await warning_kinds(store)


async def test_progress_is_told_at_most_once_a_second(store: Store, bus: LocalBus) -> None:
    desk = wall_desk(60.0)
    await enlist(store, [person(n) for n in range(150)])
    agreed = await approved(WarningService(store, desk), expires_at=wall_now() + timedelta(hours=1))
    settings = SmsSettings(rate_per_s=60.0)
    async with open_dispatcher(settings, store, VAULT, desk, bus, owner="w") as dispatcher, running(dispatcher):
        await until(lambda: _is(store, "warning.sent"), 30)
    events = [event for event in await journal(store) if event.subject == agreed["id"]]
    reports = [event for event in events if event.kind == "warning.progress"]
    assert 3 <= len(reports) <= 5
    for earlier, later in itertools.pairwise(reports):
        assert later.at - earlier.at >= timedelta(seconds=0.95)
    sent = [event.data["counts"]["sent"] for event in reports[1:]]
    assert sent == sorted(sent)
    for event in reports[1:]:
        assert sum(event.data["counts"].values()) == 150


async def test_on_the_data_clock_a_warning_ends_with_the_data(store: Store, bus: LocalBus) -> None:
    clock = DataClock()
    desk = desk_at(clock)
    service = WarningService(store, desk)
    await put_gauge(store)
    await add_incident(store, incident())

    async def tape_runs_to(moment: datetime) -> None:
        async with store.write() as unit:
            (await unit.lock()).data_now = to_us(moment)
            await unit.append([Draft("system.note", "tape", moment)])
        clock.advance(moment)

    await tape_runs_to(NOW)
    async with store.write() as unit:
        data = {"level": 4, "hazard": "river_flood", "station": GAUGE.id}
        await unit.append([Draft("incident.opened", "inc-1", NOW, data, {"observed_at": iso(NOW), "reasons": []})])
    async with open_dispatcher(SmsSettings(), store, VAULT, desk, bus, owner="w") as dispatcher, running(dispatcher):
        await until(lambda: _is(store, "warning.drafted"), 10)
        page = (await WarningQueries(store, VAULT, desk).page()).body["items"]
        assert page[0]["expires_at"] == iso(NOW + timedelta(hours=6))
        assert page[0]["drafted_at"] == iso(NOW)
        await tape_runs_to(NOW + timedelta(hours=6))
        await until(lambda: _is(store, "warning.expired"), 10)
    last = (await journal(store))[-1]
    assert (last.at, last.data["was"]) == (NOW + timedelta(hours=6), "draft")
    assert (await service.draft(words(expires_at=NOW + timedelta(hours=9)), SUPERVISOR))["drafted_at"] == iso(
        NOW + timedelta(hours=6)
    )


async def test_a_pack_without_a_sender_still_works(store: Store, bus: LocalBus) -> None:
    pack = small_pack()
    nameless = pack.manifest.model_copy(update={"senders": ()})
    desk = desk_at(wall_desk().clock, pack=small_pack(manifest=nameless))
    draft = await WarningService(store, desk).draft(words(expires_at=wall_now() + timedelta(hours=1)), SUPERVISOR)
    assert draft["sender"] == ""
    assert not next(check for check in draft["checks"] if check["code"] == "check.source")["ok"]
    async with open_dispatcher(SmsSettings(), store, VAULT, desk, bus, owner="w") as dispatcher, running(dispatcher):
        await asyncio.sleep(0)
