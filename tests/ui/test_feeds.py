"""The feeds of the pack in the product: asked by one process at a time, shown with their age, warnings as bulletins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from eoc.clock import iso, wall_now
from eoc.model import Reason
from eoc.packs.sources import FeedEntry
from eoc.store import Store, feeds, leases
from eoc.store import bulletins as bulletin_store
from eoc.store.feeds import FeedState
from sensors.metrics import IngestMetrics
from sensors.pollers.ports import CapAlert, CapArea, CapInfo
from sensors.settings import FeedSettings
from tests.ui.conftest import Desk
from ui.api.feeds import state_of
from ui.cap_inbox import CapInbox
from ui.feeds import KIND, FeedKeeper
from ui.sources import sources_of

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


async def test_the_board_of_feeds(desk: Desk) -> None:
    async with desk.parts.store.write() as unit:
        await feeds.put(
            unit.connection,
            FeedState(
                "so-do-tay", wall_now(), good_at=wall_now(), newest_at=NOW, counts={"accepted": 3},
                missing=(("be-nha-bich", "water_level_m"),), unmapped=("x",), memory={"fetcher": {"etag": "1"}},
            ),
        )  # fmt: skip
    answer = await desk["operator"].get("/api/v1/feeds")
    assert answer.status_code == 200
    items = {item["id"]: item for item in answer.json()["items"]}
    assert set(items) == {"vrain", "evn-ho-chua", "so-do-tay", "firms-viirs"}
    mine = items["so-do-tay"]
    assert mine | {"last_attempt_at": None, "last_good_at": None} == {
        "id": "so-do-tay", "name": {"vi": "Sổ đo tay, thả tệp CSV", "en": "Hand readings, dropped as CSV"},
        "kind": "csv", "from": "so-do", "via": "file-drop", "interval_s": 30, "state": "good",
        "last_attempt_at": None, "last_good_at": None, "age_s": mine["age_s"], "newest_at": iso(NOW), "next_at": None,
        "failures": 0, "last_error": None, "counts": {"accepted": 3},
        "missing": [{"station": "be-nha-bich", "property": "water_level_m"}], "unmapped": ["x"],
    }  # fmt: skip
    assert 0 <= mine["age_s"] < 60
    assert (items["vrain"]["state"], items["vrain"]["from"]) == ("off", "data.vrain.vn")
    assert "key" not in items["firms-viirs"]


ENTRY = FeedEntry.model_validate({"id": "x", "kind": "cap", "url": "http://h/", "interval_s": 60})
GOOD = FeedState("x", NOW, good_at=NOW)


@pytest.mark.parametrize(
    ("state", "running", "word"),
    [
        (GOOD, True, "good"),
        (GOOD, False, "off"),
        (None, True, "never"),
        (FeedState("x", NOW), True, "never"),
        (replace(GOOD, good_at=NOW - timedelta(seconds=180)), True, "good"),
        (replace(GOOD, good_at=NOW - timedelta(seconds=181)), True, "late"),
        (replace(GOOD, problem=Reason("feed.status", {"status": 500})), True, "failing"),
    ],
)
def test_one_word_for_how_a_feed_is(state: FeedState | None, running: bool, word: str) -> None:
    assert state_of(ENTRY, state, running, NOW) == word


@contextlib.asynccontextmanager
async def keeping(desk: Desk, owner: str, **changes: Any) -> AsyncIterator[None]:
    parts = desk.parts
    pack = replace(parts.pack, **changes) if changes else parts.pack
    keeper = FeedKeeper(
        parts.settings,
        pack,
        parts.store,
        parts.engine,
        IngestMetrics(CollectorRegistry()),
        owner,
        caps=inbox_of(desk),
        hotspots=parts.fire.hotspots,
    )
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def inbox_of(desk: Desk) -> CapInbox:
    parts = desk.parts
    return CapInbox(parts.store, parts.bulletins, parts.pack, wall_now())


async def until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_a_dropped_file_becomes_readings(desk: Desk) -> None:
    folder = desk.parts.settings.data_dir / "drop" / "so-do"
    folder.mkdir(parents=True)
    (folder / "sang.csv").write_text("tram,thoi_gian,muc_nuoc_m\nbe-long-binh,23/11/2026 07:00,52.31\n", "utf-8")

    async def read() -> bool:
        answer = await desk["operator"].get("/api/v1/stations/be-long-binh/observations")
        return [item["value"] for item in answer.json()["items"]] == [52.31]

    # The file was written this moment; it is read once it has been left alone.
    import os
    import time

    os.utime(folder / "sang.csv", (time.time() - 60,) * 2)
    async with keeping(desk, "one"):
        await until(read)
    assert (folder / "done" / "sang.csv").exists()
    items = (await desk["operator"].get("/api/v1/feeds")).json()["items"]
    assert next(item for item in items if item["id"] == "so-do-tay")["counts"]["accepted"] == 1


async def test_a_feed_without_its_secret_says_so(desk: Desk) -> None:
    entry = ENTRY.model_copy(update={"url": "file-drop:x", "key": "nobody"})

    async def told() -> bool:
        async with desk.parts.store.read() as connection:
            state = await feeds.get(connection, "x")
        return state is not None and state.problem == Reason("feed.no_key", {"key": "nobody"})

    async with keeping(desk, "one", feeds=(entry,)):
        await until(told)


async def test_one_process_at_a_time(store: Store) -> None:
    start = wall_now()

    async def hold(owner: str, after_s: float) -> bool:
        async with store.write() as unit:
            return await leases.hold(unit, KIND, owner, start + timedelta(seconds=after_s))

    assert await hold("one", 0)
    assert not await hold("two", 1)
    assert await hold("one", 15)
    assert not await hold("two", 30)
    assert await hold("two", 36)
    assert not await hold("one", 37)
    async with store.write() as unit:
        await leases.leave(unit, KIND, 0, "two", start + timedelta(seconds=40))
    assert await hold("one", 40)


async def test_the_feeds_move_to_the_process_that_lives(desk: Desk) -> None:
    async with desk.parts.store.write() as unit:
        await leases.hold(unit, KIND, "gone", wall_now() - leases.LIFE - timedelta(seconds=1))

    async def asked() -> bool:
        async with desk.parts.store.read() as connection:
            return await feeds.get(connection, "so-do-tay") is not None

    async with keeping(desk, "alive"):
        await until(asked)
    # Leaving gives the place back at once.
    async with desk.parts.store.write() as unit:
        assert await leases.hold(unit, KIND, "next", wall_now())


def test_secrets_by_their_names() -> None:
    settings = FeedSettings.model_validate({"feed_keys": {"vrain": "s3cret"}})
    assert settings.feed_keys["vrain"].get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ui.settings import Settings

    monkeypatch.setenv("EOC_FEED_KEYS__VRAIN", "a")
    assert Settings(data_dir=tmp_path).feed_keys["vrain"].get_secret_value() == "a"
    monkeypatch.delenv("EOC_FEED_KEYS__VRAIN")
    monkeypatch.setenv("EOC_FEED_KEYS", '{"VRAIN": "b"}')
    assert Settings(data_dir=tmp_path).feed_keys["VRAIN"].get_secret_value() == "b"


def alert(number: str, kind: str = "Alert", *references: str, **info: Any) -> CapAlert:
    told = CapInfo(
        "vi-VN", info.pop("event", "Lũ trên sông"), "Expected", "Severe", "Likely", sender_name="Đài KTTV tỉnh",
        headline="Cảnh báo lũ", description="Nước lên nhanh",
        expires=info.pop("expires", wall_now() + timedelta(days=400)),
        areas=(CapArea("Long Bình", geocodes=(("GSO", "25240"), ("GSO", "99999"))),),
    )  # fmt: skip
    sent = wall_now() - timedelta(minutes=5) + timedelta(seconds=len(number))
    return CapAlert("kttv", number, "kttv@x", sent, info.pop("status", "Actual"), kind, "Public", references, (told,))


async def current(desk: Desk) -> list[Any]:
    items = (await desk["operator"].get("/api/v1/bulletins")).json()["items"]
    return sorted((item["number"], item["hazard"], item["state"]) for item in items)


async def test_warnings_of_others_enter_the_bulletin_inbox(desk: Desk) -> None:
    inbox = inbox_of(desk)
    first = alert("KT-1")
    await inbox.take([first, alert("KT-T", status="Test"), alert("KT-X", event="Sương mù")])
    assert await current(desk) == [("KT-1", "river_flood", "current"), ("KT-X", "other", "current")]
    async with desk.parts.store.read() as connection:
        kept = await bulletin_store.same(connection, "Đài KTTV tỉnh", "KT-1")
    assert kept is not None
    assert (kept.official_level, kept.areas, kept.source) == (None, ("25240",), "cap")
    assert kept.text == "Cảnh báo lũ\n\nNước lên nhanh"
    # The same once more changes nothing; an update takes the first one's place; a cancellation ends it.
    await inbox.take([first])
    update = alert("KT-1-bis", "Update", f"kttv@x,KT-1,{iso(first.sent)}")
    await inbox.take([update])
    assert await current(desk) == [
        ("KT-1", "river_flood", "superseded"), ("KT-1-bis", "river_flood", "current"), ("KT-X", "other", "current"),
    ]  # fmt: skip
    await inbox.take([alert("KT-1-ter!", "Cancel", f"kttv@x,KT-1-bis,{iso(update.sent)}")])
    assert ("KT-1-bis", "river_flood", "closed") in await current(desk)


async def test_a_warning_that_is_over_is_not_entered(desk: Desk) -> None:
    await inbox_of(desk).take([alert("KT-0", expires=wall_now() - timedelta(hours=1))])
    assert await current(desk) == []


async def test_filters_of_earlier_packs_are_remembered(desk: Desk) -> None:
    pack, store = desk.parts.pack, desk.parts.store
    first = await sources_of(store, pack)
    assert set(first.former) <= {entry.topic for entry in pack.sources} == set(first.filters)
    bare = await sources_of(store, replace(pack, sources=()))
    assert bare.filters == ()
    assert set(bare.former) == {entry.topic for entry in pack.sources}
