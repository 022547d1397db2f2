"""The desk's commands and questions, on both databases: two persons, one moment, no words in the journal."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from dispatch.desk import Desk
from dispatch.queries import WarningQueries
from dispatch.service import WarningService
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.incidents import Actor
from eoc.store import Store
from tests.dispatch.world import (
    DISPATCHER,
    GOOD_TEXT,
    LEADER,
    NOW,
    OPERATOR,
    SUPERVISOR,
    SUPERVISOR2,
    HandClock,
    add_incident,
    approved,
    desk_at,
    enlist,
    incident,
    journal,
    person,
    put_gauge,
    words,
)

SHAPE = {
    "id", "number", "incident", "level", "hazard", "state", "version", "text", "areas", "expires_at", "drafted_by",
    "drafted_at", "submitted_by", "submitted_at", "approved_by", "approved_at", "rejected_reason", "audience",
    "segments", "checks", "sender", "counts", "eta_s",
}  # fmt: skip


async def test_from_the_first_word_to_approval(store: Store, service: WarningService, queries: WarningQueries) -> None:
    await enlist(store, [person(1), person(2, "102"), person(3, "103"), person(4, channel="call")])
    draft = await service.draft(words(en="Flood. Leave now."), OPERATOR)
    assert draft.keys() >= SHAPE
    assert (draft["state"], draft["version"], draft["number"]) == ("draft", 1, 1)
    assert draft["audience"] == {"count": 2, "excluded": [{"code": "audience.wants_call", "count": 1}]}
    assert draft["segments"]["vi_plain"]["encoding"] == "GSM-7"
    assert all(check["ok"] for check in draft["checks"]), draft["checks"]

    handed_in = await service.submit(draft["id"], 1, DISPATCHER)
    assert (handed_in["state"], handed_in["submitted_by"]) == ("submitted", "binh")
    agreed = await service.approve(draft["id"], 2, 2, SUPERVISOR)
    assert (agreed["state"], agreed["approved_by"], agreed["version"]) == ("approved", "chi", 3)
    assert agreed["audience"] == {"count": 2, "excluded": []}
    assert agreed["counts"]["queued"] == 2

    seen = await queries.get(draft["id"])
    assert seen.body == agreed
    events = await journal(store)
    assert [event.kind for event in events if event.family == "warning"] == [
        "warning.drafted", "warning.submitted", "warning.approved",
    ]  # fmt: skip
    assert seen.seq == events[-1].seq
    assert events[-1].data["audience"] == 2
    assert "audience_id" in events[-1].data


async def test_the_journal_holds_no_words(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    draft = await service.draft(words(vi=GOOD_TEXT + " bí mật", en="secret"), OPERATOR)
    await service.submit(draft["id"], 1, OPERATOR)
    await service.reject(draft["id"], 2, "lý do riêng tư", LEADER)
    spoken = json.dumps([dict(event.data) for event in await journal(store)], ensure_ascii=False)
    for word in ("bí mật", "bi mat", "secret", "riêng tư", "SƠ TÁN"):
        assert word not in spoken


@pytest.mark.parametrize("path", ["drafter", "submitter", "editor", "drafter who is also the second submitter"])
async def test_nobody_approves_their_own(store: Store, service: WarningService, path: str) -> None:
    await enlist(store, [person(1)])
    mine, other = SUPERVISOR, SUPERVISOR2
    draft = await service.draft(words(), mine if path.startswith("drafter") else OPERATOR)
    version = 1
    if path == "editor":
        version = (await service.edit(draft["id"], words(level=3), version, mine))["version"]
        version = (await service.edit(draft["id"], words(level=4), version, OPERATOR))["version"]
    if path.endswith("second submitter"):
        await service.submit(draft["id"], version, other)
        version = (await service.edit(draft["id"], words(level=3), version + 1, OPERATOR))["version"]
    submitter = mine if "submitter" in path else DISPATCHER
    version = (await service.submit(draft["id"], version, submitter))["version"]
    with pytest.raises(Refused) as refused:
        await service.approve(draft["id"], version, 1, mine)
    assert refused.value.code == "same_person"
    assert (await service.approve(draft["id"], version, 1, other))["state"] == "approved"


async def test_the_approver_must_name_the_true_number(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1), person(2)])
    draft = await service.draft(words(), OPERATOR)
    await service.submit(draft["id"], 1, OPERATOR)
    await enlist(store, [person(3)])
    with pytest.raises(Conflict) as raised:
        await service.approve(draft["id"], 2, 2, SUPERVISOR)
    assert raised.value.code == "warning.count_differs"
    assert raised.value.params["count"] == 3
    current: Any = raised.value.current
    assert (current["state"], current["audience"]["count"]) == ("submitted", 3)
    assert (await service.approve(draft["id"], 2, 3, SUPERVISOR))["state"] == "approved"


async def test_the_second_of_two_is_told_what_is_true_now(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    draft = await service.draft(words(), OPERATOR)
    await service.submit(draft["id"], 1, OPERATOR)

    async def attempt(actor: Actor) -> str:
        try:
            await service.approve(draft["id"], 2, 1, actor)
        except Conflict as error:
            assert error.code == "conflict.version"
            state: Any = error.current
            return str(state["state"])
        return "mine"

    outcomes = await asyncio.gather(*(attempt(actor) for actor in (SUPERVISOR, SUPERVISOR2, LEADER)))
    assert sorted(outcomes) == ["approved", "approved", "mine"]


async def test_refusals_leave_nothing_behind(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    before = len(await journal(store))
    with pytest.raises(Refused):
        await service.draft(words(), Actor("root", "admin"))
    with pytest.raises(Invalid, match="unknown_area"):
        await service.draft(words(areas=["101", "999"]), OPERATOR)
    with pytest.raises(Invalid, match="expiry_past"):
        await service.draft(words(expires_at=NOW), OPERATOR)
    with pytest.raises(NotFound):
        await service.draft(words(), OPERATOR, incident="none")
    with pytest.raises(NotFound):
        await service.submit("none", 1, OPERATOR)
    assert len(await journal(store)) == before
    assert (await service.draft(words(), OPERATOR))["number"] == 1


async def test_a_warning_with_an_open_gap_cannot_be_handed_in(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    draft = await service.draft(words(vi=GOOD_TEXT.replace("nơi xã chỉ định", "{shelter}"), level=5), OPERATOR)
    with pytest.raises(Refused) as refused:
        await service.submit(draft["id"], 1, OPERATOR)
    assert refused.value.code == "warning.checks_failed"
    assert refused.value.params["checks"] == ["check.gap"]


async def test_a_warning_that_became_too_old_cannot_be_approved(
    store: Store, service: WarningService, clock: HandClock
) -> None:
    await enlist(store, [person(1)])
    draft = await service.draft(words(), OPERATOR)
    await service.submit(draft["id"], 1, OPERATOR)
    clock.advance(hours=6)
    with pytest.raises(Refused) as refused:
        await service.approve(draft["id"], 2, 1, SUPERVISOR)
    assert refused.value.code == "warning.expiry_past"


async def test_preview_computes_and_saves_nothing(
    store: Store, service: WarningService, queries: WarningQueries
) -> None:
    await enlist(store, [person(1), person(2, "103")])
    draft = await service.draft(words(), OPERATOR)
    seq = (await queries.get(draft["id"])).seq
    preview = await queries.preview(draft["id"], words(vi="Lũ", areas=["10"], level=2))
    assert preview.body["audience"]["count"] == 2
    failed = {check["code"] for check in preview.body["checks"] if not check["ok"]}
    assert {"check.source", "check.place", "check.time", "check.action"} <= failed
    unsaved = await queries.preview_new(words(areas=["103"]), OPERATOR)
    assert unsaved.body["audience"]["count"] == 1
    assert unsaved.body["eta_s"] == 1
    assert (await queries.get(draft["id"])).body == draft
    assert (await queries.get(draft["id"])).seq == seq


async def test_areas_include_everything_inside(store: Store, queries: WarningQueries) -> None:
    await enlist(store, [person(1), person(2, "102"), person(3, "103"), person(4, "10")])
    assert (await queries.preview_new(words(areas=["10"]), OPERATOR)).body["audience"]["count"] == 4
    assert (await queries.preview_new(words(areas=["1"]), OPERATOR)).body["audience"]["count"] == 4
    assert (await queries.preview_new(words(areas=["102"]), OPERATOR)).body["audience"]["count"] == 1


async def test_pages_follow_each_other_without_gap_or_repeat(
    store: Store, service: WarningService, queries: WarningQueries
) -> None:
    await put_gauge(store)
    await add_incident(store, incident())
    for index in range(7):
        await service.draft(words(), OPERATOR, incident="inc-1" if index % 2 else None)
    numbers: list[int] = []
    cursor: str | None = None
    while True:
        seen = await queries.page(limit=3, cursor=cursor)
        numbers += [item["number"] for item in seen.body["items"]]
        cursor = seen.body["next"]
        if cursor is None:
            break
    assert numbers == [7, 6, 5, 4, 3, 2, 1]
    assert [each["number"] for each in await queries.of_incident("inc-1")] == [6, 4, 2]
    assert len((await queries.page(states=["submitted"])).body["items"]) == 0
    with pytest.raises(Invalid):
        await queries.page(cursor="1; drop table")


async def test_a_cancelled_warning_says_what_it_was(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    agreed = await approved(service)
    with pytest.raises(Refused) as refused:
        await service.cancel(agreed["id"], agreed["version"], OPERATOR)
    assert refused.value.code == "refused.role"
    assert (await service.cancel(agreed["id"], agreed["version"], LEADER))["state"] == "cancelled"
    assert (await journal(store))[-1].data["was"] == "approved"


async def test_in_an_exercise_every_text_says_so(store: Store, clock: HandClock) -> None:
    desk: Desk = desk_at(clock, drill=True)
    service = WarningService(store, desk)
    draft = await service.draft(words(en="Leave now"), OPERATOR)
    assert draft["text"]["vi"].startswith("DIỄN TẬP - ")
    assert draft["text"]["vi_plain"].startswith("DIEN TAP - ")
    assert draft["text"]["en"].startswith("EXERCISE - ")
    edited = await service.edit(draft["id"], words(vi="Không có tiền tố"), 1, OPERATOR)
    assert edited["text"]["vi"] == "DIỄN TẬP - Không có tiền tố"


async def test_the_list_of_people_is_masked(store: Store, queries: WarningQueries) -> None:
    await enlist(store, [person(1234567)])
    seen = await queries.recipients()
    assert seen.body["items"][0]["phone"] == "+84 9•• ••• 567"
    assert "1234567" not in json.dumps(seen.body)


async def test_expiry_is_kept_to_the_microsecond(store: Store, service: WarningService) -> None:
    moment = NOW + timedelta(hours=1, microseconds=7)
    draft = await service.draft(words(expires_at=moment), OPERATOR)
    assert draft["expires_at"] == "2026-11-22T10:31:00.000007Z"
