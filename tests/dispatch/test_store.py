"""What the tables of dispatch promise, on SQLite and on real PostgreSQL alike."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from dispatch.delivery import Settlement
from dispatch.recipients import import_recipients, seed_from_pack
from dispatch.service import WarningService
from dispatch.store import audiences, console, outbox, recipients
from dispatch.store import warnings as warning_store
from dispatch.store.audiences import Place
from dispatch.store.console import ConsoleMessage
from dispatch.store.outbox import NewRow
from dispatch.store.tables import OutboxRow, RecipientRow, WarningRow
from dispatch.warnings import SYSTEM_ACTOR, Begin, decide
from eoc.packs.recipients import Recipient
from eoc.store import Store
from tests.dispatch.world import NOW, OPERATOR, VAULT, approved, enlist, journal, person, phone, words

WARNING = WarningRow.__table__  # type: ignore[attr-defined]
OUTBOX = OutboxRow.__table__  # type: ignore[attr-defined]
RECIPIENT = RecipientRow.__table__  # type: ignore[attr-defined]
SECOND = timedelta(seconds=1)


async def begun(store: Store, service: WarningService, rows: list[tuple[int, int]]) -> str:
    """A warning that is being sent, with rows of (person, priority)."""
    agreed = await approved(service)
    async with store.write() as unit:
        warning = await warning_store.get(unit.connection, agreed["id"])
        assert warning is not None
        await warning_store.save(unit.connection, decide(Begin(), warning, SYSTEM_ACTOR, NOW).warning)
        new = [NewRow(who, VAULT.fingerprint(phone(who)), rank) for who, rank in rows]
        await outbox.add(unit.connection, warning.id, warning.version, new, NOW)
    return str(agreed["id"])


async def claim(store: Store, lease: str, at: Any = NOW, limit: int = 10) -> list[int]:
    async with store.write() as unit:
        return [item.id for item in await outbox.claim(unit.connection, lease, at, limit, 60.0)]


async def rows(store: Store) -> dict[int, Any]:
    async with store.read() as connection:
        return {row.id: row for row in await connection.execute(select(OUTBOX))}


async def settle(store: Store, lease: str, settlement: Settlement) -> None:
    async with store.write() as unit:
        await outbox.settle(unit.connection, [(lease, settlement)])


# -- outbox -----------------------------------------------------------------------------------------------------------


async def test_claims_follow_the_priority_and_do_not_overlap(store: Store, service: WarningService) -> None:
    await begun(store, service, [(1, 30), (2, 10), (3, 20), (4, 10)])
    first = await claim(store, "a:1", limit=3)
    priorities = {row.id: (row.priority, row.recipient) for row in (await rows(store)).values()}
    assert [priorities[item] for item in first] == [(10, 2), (10, 4), (20, 3)]
    assert [priorities[item] for item in await claim(store, "b:1")] == [(30, 1)]
    assert await claim(store, "c:1") == []


async def test_claims_at_the_same_moment_do_not_overlap(store: Store, service: WarningService) -> None:
    await begun(store, service, [(n, n) for n in range(60)])
    claims = await asyncio.gather(*(claim(store, f"w{n}:1", limit=10) for n in range(6)))
    taken = [item for claimed in claims for item in claimed]
    assert len(taken) == len(set(taken))
    # PostgreSQL may leave some for the next round rather than wait for a neighbour's lock.
    assert len(taken) >= 10
    while more := await claim(store, "rest:1", limit=60):
        taken += more
    assert sorted(taken) == sorted(await rows(store))


async def test_a_lease_ends_and_the_row_is_asked_about_first(store: Store, service: WarningService) -> None:
    await begun(store, service, [(1, 1)])
    (item,) = await claim(store, "a:1")
    assert await claim(store, "b:1", NOW + 59 * SECOND) == []
    async with store.write() as unit:
        (again,) = await outbox.claim(unit.connection, "b:1", NOW + 60 * SECOND, 10, 60.0)
    assert (again.id, again.ask_first, again.attempts) == (item, True, 0)
    assert again.first_attempt_at == NOW
    # The old owner may not undo what the new one does...
    await settle(store, "a:1", Settlement(item, "queued", 1, 0, due_at=NOW))
    assert (await rows(store))[item].lease_owner == "b:1"
    # ... but that the provider took it is true whoever says so.
    await settle(store, "a:1", Settlement(item, "sent", 1, 0, provider_id="SM1", sent_at=NOW))
    row = (await rows(store))[item]
    assert (row.state, row.provider_id, row.due_at, row.lease_owner) == ("sent", "SM1", None, None)
    await settle(store, "b:1", Settlement(item, "failed", 1, 0, error_code="late"))
    assert (await rows(store))[item].state == "sent"


async def test_settling_twice_changes_nothing(store: Store, service: WarningService) -> None:
    await begun(store, service, [(1, 1)])
    (item,) = await claim(store, "a:1")
    later = Settlement(item, "queued", 1, 0, due_at=NOW + 5 * SECOND, error_code="sms.try_again")
    await settle(store, "a:1", later)
    await claim(store, "a:2", NOW + 5 * SECOND)
    await settle(store, "a:1", later)
    assert (await rows(store))[item].state == "sending"


async def test_one_row_for_each_person_and_version(store: Store, service: WarningService) -> None:
    warning = await begun(store, service, [(1, 5), (2, 6)])
    async with store.write() as unit:
        for version in (3, 3, 4):
            new = [NewRow(who, VAULT.fingerprint(phone(who)), 9) for who in (1, 2, 3)]
            await outbox.add(unit.connection, warning, version, new, NOW)
    found = sorted((row.warning_version, row.recipient, row.priority) for row in (await rows(store)).values())
    assert found == [(3, 1, 5), (3, 2, 6), (3, 3, 9), (4, 1, 9), (4, 2, 9), (4, 3, 9)]


async def test_rows_of_an_ended_warning_are_closed_but_doubts_are_still_asked_about(
    store: Store, service: WarningService
) -> None:
    warning = await begun(store, service, [(1, 1), (2, 2), (3, 3)])
    (doubtful, taken) = await claim(store, "a:1", limit=2)
    await settle(store, "a:1", Settlement(doubtful, "unknown", 1, 1, due_at=NOW + SECOND))
    async with store.write() as unit:
        await unit.connection.execute(update(WARNING).where(WARNING.c.id == warning).values(state="cancelled"))
        assert await outbox.has_leftovers(unit.connection)
        assert await outbox.close_ended(unit.connection) == 1
        assert not await outbox.has_leftovers(unit.connection)
        (item,) = await outbox.claim(unit.connection, "b:1", NOW + 2 * SECOND, 10, 60.0)
    assert (item.id, item.ask_first, item.ended) == (doubtful, True, True)
    states = {row.recipient: row.state for row in (await rows(store)).values()}
    assert sorted(states.values()) == ["expired", "sending", "sending"]
    assert taken != doubtful


async def test_an_erased_person_leaves_the_record(store: Store, service: WarningService) -> None:
    await enlist(store, [person(1)])
    async with store.read() as connection:
        who = (await connection.execute(select(RECIPIENT.c.id))).scalar_one()
    await begun(store, service, [(who, 1)])
    async with store.write() as unit:
        await unit.connection.execute(RECIPIENT.delete())
        (item,) = await outbox.claim(unit.connection, "a:1", NOW, 10, 60.0)
    assert item.phone_sealed is None
    assert len(await rows(store)) == 1


async def test_when_the_next_row_is_due(store: Store, service: WarningService) -> None:
    async with store.read() as connection:
        assert await outbox.next_due(connection) is None
    await begun(store, service, [(1, 1)])
    async with store.read() as connection:
        assert await outbox.next_due(connection) == NOW
        assert await outbox.waiting(connection) == 1
        assert await outbox.failed_since(connection, NOW - SECOND) == 0


# -- rules the database holds as well ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"state": "flying"},
        {"level": 6},
        {"approved_by": "an", "approved_at": NOW},
        {"approved_by": "binh", "approved_at": NOW, "submitted_by": "binh"},
        {"approved_by": "chi"},
    ],
)
async def test_impossible_warnings_are_refused(store: Store, service: WarningService, values: dict[str, Any]) -> None:
    draft = await service.draft(words(), OPERATOR)
    with pytest.raises(IntegrityError):
        async with store.write() as unit:
            await unit.connection.execute(update(WARNING).where(WARNING.c.id == draft["id"]).values(**values))


@pytest.mark.parametrize("values", [{"state": "gone"}, {"state": "sending", "lease_owner": None}])
async def test_impossible_rows_are_refused(store: Store, service: WarningService, values: dict[str, Any]) -> None:
    await begun(store, service, [(1, 1)])
    with pytest.raises(IntegrityError):
        async with store.write() as unit:
            await unit.connection.execute(update(OUTBOX).values(**values))


# -- audiences --------------------------------------------------------------------------------------------------------


async def test_only_one_of_two_writers_moves_the_mark(store: Store, service: WarningService) -> None:
    await begun(store, service, [])
    async with store.read() as connection:
        audience = await audiences.most_urgent_unwritten(connection)
    assert audience is not None

    async def advance() -> bool:
        async with store.write() as unit:
            return await audiences.advance(unit.connection, audience, Place(5, 5), 1, written=False)

    assert sorted(await asyncio.gather(advance(), advance(), advance())) == [False, False, True]


async def test_the_gravest_is_written_first(store: Store, service: WarningService) -> None:
    mild = await approved(service, level=2)
    grave = await approved(service, level=5)
    async with store.write() as unit:
        await unit.connection.execute(update(WARNING).values(state="sending"))
        found = await audiences.most_urgent_unwritten(unit.connection)
        assert found is not None
        assert found.warning == grave["id"]
        await unit.connection.execute(update(WARNING).where(WARNING.c.id == grave["id"]).values(state="cancelled"))
        found = await audiences.most_urgent_unwritten(unit.connection)
        assert found is not None
        assert found.warning == mild["id"]


# -- people -----------------------------------------------------------------------------------------------------------


async def test_an_import_counts_every_row_and_names_none(store: Store) -> None:
    given = [
        person(1), person(2, language="en"), person(1, "102"), {"phone": "0271 388 8888", "area": "101"},
        {"phone": "+447911123456", "area": "101"}, {"phone": "", "area": "101"}, {"phone": phone(3)},
        person(4, lon="106.5", lat="91"), person(5, channel="pigeon"), person(6, basis="rumour"),
    ]  # fmt: skip
    done = await import_recipients(store, VAULT, given, source="test", now=NOW)
    assert (done.added, done.updated, done.repeated, len(done.refused)) == (2, 0, 1, 7)
    assert [(row.row, row.code) for row in done.refused] == [
        (4, "phone.not_mobile"),
        (5, "phone.foreign"),
        (6, "phone.unreadable"),
        (7, "recipient.no_area"),
        (8, "recipient.bad_coordinate"),
        (9, "recipient.unknown_value"),
        (10, "recipient.unknown_value"),
    ]
    event = (await journal(store))[-1]
    assert event.kind == "config.recipients_imported"
    assert event.data["refused"]["phone.foreign"] == 1
    again = await import_recipients(store, VAULT, given, source="test", now=NOW)
    assert (again.added, again.updated) == (0, 2)


async def test_numbers_lie_sealed(store: Store) -> None:
    await enlist(store, [person(7654321)])
    async with store.read() as connection:
        row = (await connection.execute(select(RECIPIENT))).one()
    assert b"7654321" not in row.phone_sealed
    assert VAULT.open(row.phone_sealed) == phone(7654321)
    assert row.phone_fingerprint == VAULT.fingerprint(phone(7654321))
    assert "7654321" not in str({name: getattr(row, name) for name in row._fields if name != "phone_sealed"})


async def test_the_list_as_of_a_position(store: Store) -> None:
    await enlist(store, [person(1), person(2)])
    async with store.write() as unit:
        seq = (await unit.lock()).seq
        assert await recipients.end(unit.connection, VAULT.fingerprint(phone(2)), seq)
        assert not await recipients.end(unit.connection, VAULT.fingerprint(phone(2)), seq)
        assert not await recipients.end(unit.connection, VAULT.fingerprint(phone(9)), seq)
    await enlist(store, [person(3)])
    async with store.read() as connection:
        then = await recipients.members(connection, ["101"], seq, 0, 10)
        now = await recipients.members(connection, ["101"], seq + 1, 0, 10)
        reach = await recipients.reach(connection, ["101"])
    assert [each.phone_fingerprint for each in then] == [VAULT.fingerprint(phone(1))]
    assert len(now) == 2
    assert reach.as_json() == {"count": 2, "excluded": [{"code": "audience.left_list", "count": 1}]}
    # Whoever comes back is on the list from then on.
    await enlist(store, [person(2)])
    async with store.read() as connection:
        assert len(await recipients.members(connection, ["101"], seq + 1, 0, 10)) == 2
        assert (await recipients.reach(connection, ["101"])).count == 3


async def test_a_packs_people_come_once(store: Store) -> None:
    people = [
        Recipient(id=f"nguoi-{n}", name="Người Mẫu", phone=phone(n), area="101", language="vi", channel="sms")
        for n in range(700)
    ]
    done = await seed_from_pack(store, VAULT, people, NOW)
    assert done is not None
    assert done.added == 700
    async with store.write() as unit:
        for n in range(700):
            await recipients.end(unit.connection, VAULT.fingerprint(phone(n)), (await unit.lock()).seq)
    assert await seed_from_pack(store, VAULT, people, NOW) is None
    async with store.read() as connection:
        assert await recipients.how_many(connection) == 0
        assert await recipients.how_many(connection, ended=True) == 700


# -- console ----------------------------------------------------------------------------------------------------------


async def test_console_messages_once_newest_first(store: Store) -> None:
    def message(number: int) -> ConsoleMessage:
        return ConsoleMessage(f"w.1.{number}", "w", VAULT.seal(phone(number)), "EOC", f"tin {number}", 1, NOW)

    async with store.write() as unit:
        await console.add(unit.connection, [message(n) for n in range(5)])
        await console.add(unit.connection, [message(2), message(5)])
    async with store.read() as connection:
        found = await console.page(connection, limit=4)
        rest = await console.page(connection, limit=4, before_id=found[-1].id)
        assert await console.has(connection, "w.1.2")
        assert not await console.has(connection, "w.1.9")
    assert [each.body for each in (*found, *rest)] == [f"tin {n}" for n in (5, 4, 3, 2, 1, 0)]
