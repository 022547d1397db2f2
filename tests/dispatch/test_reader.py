"""The journal's reader: incidents become drafts once, approved warnings begin once, and no event holds up the rest."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dispatch.desk import Desk
from dispatch.reader import CURSOR, MOST_TRIES, JournalReader
from dispatch.service import WarningService
from dispatch.store import warnings as warning_store
from dispatch.warnings import PublicWarning
from eoc.bus import LocalBus
from eoc.clock import iso
from eoc.events import Draft
from eoc.store import Store, journal_log
from tests.dispatch.world import (
    GAUGE,
    LEADER,
    NOW,
    HandClock,
    add_incident,
    approved,
    desk_at,
    enlist,
    incident,
    journal,
    person,
    put_gauge,
    small_pack,
    template,
)

CAUSE = {
    "rule": "river_flood@1",
    "station": GAUGE.id,
    "observed_at": iso(NOW - timedelta(minutes=5)),
    "value": 4.9,
    "reasons": [{"code": "reason.level_at_or_above", "params": {"threshold": "bd3", "threshold_m": 4.8}}],
}


async def happen(store: Store, *drafts: Draft) -> None:
    async with store.write() as unit:
        await unit.append(drafts)


def opened(level: int = 4, case: str = "inc-1", kind: str = "incident.opened", **more: Any) -> Draft:
    data = {"number": 1, "hazard": "river_flood", "level": level, "area": "101", "station": GAUGE.id, **more}
    return Draft(kind, case, NOW, data, CAUSE)


async def warnings(store: Store) -> list[PublicWarning]:
    async with store.read() as connection:
        return list(reversed(await warning_store.page(connection, limit=100)))


@pytest.fixture
async def flood(store: Store) -> Store:
    """A store with the gauge, its open case, and a few people."""
    await put_gauge(store)
    await add_incident(store, incident())
    await enlist(store, [person(1), person(2, "102"), person(3, "103")])
    return store


async def test_a_case_becomes_a_draft(flood: Store, desk: Desk) -> None:
    await happen(flood, opened())
    await JournalReader(flood, desk, LocalBus()).step()
    (draft,) = await warnings(flood)
    assert draft.content.text.vi == (
        "EOC Mẫu: LŨ Sông Mẫu vượt BĐ3, ngập xã Thượng, Trung từ 16h26 22/11. SƠ TÁN NGAY tới nơi xã chỉ định. Hỏi 1022"
    )
    assert (
        draft.content.text.en
        == "Model EOC: FLOOD at Thượng, Trung from 16:26 on 22/11. EVACUATE to the place your commune names."
    )
    assert draft.content.areas == ("101", "102")
    assert draft.content.expires_at == NOW + timedelta(hours=6)
    assert (draft.drafted_by, draft.authors, draft.state) == ("system", (), "draft")
    assert (draft.origin.lon, draft.origin.lat) == (GAUGE.lon, GAUGE.lat)
    event = (await journal(flood))[-1]
    assert (event.kind, event.actor, event.data["template"]) == ("warning.drafted", "system", "LU_THU")
    assert event.cause["seq"] == event.seq - 1


async def test_one_draft_for_each_step_of_the_plan(flood: Store, desk: Desk) -> None:
    reader = JournalReader(flood, desk, LocalBus())
    await happen(flood, opened(3), opened(3, kind="incident.escalated"), opened(4, kind="incident.escalated"))
    await reader.step()
    await happen(flood, opened(5, kind="incident.escalated"), opened(2), opened(4, kind="incident.escalated"))
    await reader.step()
    # Level 5 has no plan of its own: that of level 4 is the same step. Level 2 has none.
    assert [each.content.level for each in await warnings(flood)] == [3, 4]


async def test_reading_again_does_nothing_again(flood: Store, desk: Desk, service: WarningService) -> None:
    await happen(flood, opened())
    agreed = await approved(service)
    readers = [JournalReader(flood, desk, LocalBus()) for _ in range(4)]
    await asyncio.gather(*(reader.step() for reader in readers))
    for reader in (*readers, JournalReader(flood, desk, LocalBus())):
        await reader.step()
    kinds = [event.kind for event in await journal(flood)]
    assert kinds.count("warning.drafted") == 2  # one by hand, one by the system
    assert kinds.count("warning.progress") == 1
    assert {each.id: each.state for each in await warnings(flood)}[agreed["id"]] == "sending"
    async with flood.read() as connection:
        assert await journal_log.cursor(connection, CURSOR) > 0


async def test_a_cancelled_warning_does_not_begin(flood: Store, desk: Desk, service: WarningService) -> None:
    agreed = await approved(service)
    await service.cancel(agreed["id"], agreed["version"], LEADER)
    await JournalReader(flood, desk, LocalBus()).step()
    assert [each.state for each in await warnings(flood)] == ["cancelled"]


@pytest.mark.parametrize(
    ("reason", "setting"),
    [
        ("drafting.too_late", {"hours": 7}),
        ("drafting.no_template", {"pack": small_pack(templates=())}),
        ("drafting.no_area", {"pack": small_pack(areas=())}),
        ("invalid.text_too_long", {"pack": small_pack(templates=(template(vi="{sender} " + "x" * 1500),))}),
    ],
)
async def test_why_there_is_no_draft_is_on_record(
    flood: Store, clock: HandClock, reason: str, setting: dict[str, Any]
) -> None:
    clock.advance(hours=setting.get("hours", 0))
    desk = desk_at(clock, pack=setting.get("pack"))
    await happen(flood, opened())
    await JournalReader(flood, desk, LocalBus()).step()
    assert await warnings(flood) == []
    event = (await journal(flood))[-1]
    assert (event.kind, event.data) == ("warning.not_drafted", {"incident": "inc-1", "reason": reason})


async def test_a_plan_without_a_text_is_nothing_to_tell(flood: Store, clock: HandClock) -> None:
    await happen(flood, opened())
    await JournalReader(flood, desk_at(clock, pack=small_pack(playbooks=())), LocalBus()).step()
    assert [event.kind for event in await journal(flood) if event.family == "warning"] == []


async def test_an_event_that_cannot_be_handled_is_passed_over(
    flood: Store, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await happen(flood, opened(level="gâteau"), opened())  # type: ignore[arg-type]
    reader = JournalReader(flood, desk, LocalBus())
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(ValueError, match="gâteau"):
            await reader.step()
    await reader.step()
    assert len(await warnings(flood)) == 1
    reasons = [event.data["reason"] for event in await journal(flood) if event.kind == "warning.not_drafted"]
    assert reasons == ["drafting.failed"]
    assert "passed over" in caplog.text


async def test_a_long_journal_is_read_page_by_page(flood: Store, desk: Desk) -> None:
    await happen(flood, *(Draft("system.note", "x", NOW, {"n": n}) for n in range(1200)), opened())
    reader = JournalReader(flood, desk, LocalBus())
    while await reader.step():
        pass
    assert len(await warnings(flood)) == 1


async def test_a_case_opened_by_hand_without_a_gauge_leaves_named_gaps(store: Store, desk: Desk) -> None:
    await add_incident(store, incident(station=None, lon=None, lat=None))
    await happen(store, Draft("incident.opened", "inc-1", NOW, {"level": 4, "hazard": "river_flood"}))
    await JournalReader(store, desk, LocalBus()).step()
    (draft,) = await warnings(store)
    assert "{river}" in draft.content.text.vi
    assert "{threshold}" in draft.content.text.vi
    assert "từ 16h11 22/11" in draft.content.text.vi
    assert draft.content.areas == ("101",)
