"""CAP in all its wrappings, and FIRMS: what reaches its listener, what is refused, and what is never opened."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from eoc.errors import Invalid, Temporary
from sensors.pollers.cap import CapReader
from sensors.pollers.ports import Document
from tests.pollers import shapes
from tests.pollers.server import Answer, FeedServer
from tests.pollers.stage import START, ZONE, Stage, make_entry

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cap"
FEED = make_entry(kind="cap", url="http://h/")


async def test_one_message(server: FeedServer, stage: Stage) -> None:
    state = await stage.ask(stage.feed(kind="cap", url=server.put("/x", shapes.cap(1))))
    (alert,) = stage.ear.alerts
    assert (alert.identifier, alert.sender, alert.status, alert.msg_type) == (
        "KTTV-1", "kttv@binhphuoc.example", "Actual", "Alert",
    )  # fmt: skip
    assert alert.sent == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    assert alert.xml == shapes.cap(1)
    (info,) = alert.infos
    assert (info.event, info.severity, info.language, info.sender_name) == ("Lũ", "Severe", "vi-VN", "Đài KTTV tỉnh")
    assert info.expires == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    (area,) = info.areas
    assert area.polygons[0][0] == (107.0, 12.0)
    assert area.geocodes == (("GSO", "25222"),)
    assert (state.counts["alerts"], state.newest_at) == (1, alert.sent)


async def test_messages_inside_a_feed_are_told_once(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(kind="cap", url=server.put("/atom", shapes.embedded(1, 2)))
    await stage.ask(feed)
    server.put("/atom", shapes.embedded(1, 2, 3))
    state = await stage.ask(feed)
    assert [alert.identifier for alert in stage.ear.alerts] == ["KTTV-1", "KTTV-2", "KTTV-3"]
    assert (state.counts["alerts"], state.counts["unchanged"]) == (1, 2)
    again = CapReader(FEED, ZONE).read(Document("", stage.ear.alerts[0].xml), {}, START, None)
    assert again.alerts[0].key == stage.ear.alerts[0].key


@pytest.mark.parametrize("wrap", [shapes.linked, shapes.rss])
async def test_links_are_followed_on_the_same_host_until_they_work(
    server: FeedServer, stage: Stage, wrap: object
) -> None:
    one, two = server.put("/1.cap", shapes.cap(1)), server.put("/2.cap", Answer(b"", 503))
    feed = stage.feed(kind="cap", url=server.put("/atom", wrap(one, two, "http://localhost:1/3.cap")))  # type: ignore[operator]
    state = await stage.ask(feed)
    assert [alert.identifier for alert in stage.ear.alerts] == ["KTTV-1"]
    assert (state.problem, state.counts["broken_links"]) == (None, 2)
    server.put("/2.cap", shapes.cap(2, "Update", "kttv@binhphuoc.example,KTTV-1,2026-11-23T09:30:00+07:00"))
    await stage.ask(feed)
    assert [alert.identifier for alert in stage.ear.alerts] == ["KTTV-1", "KTTV-2"]
    assert stage.ear.alerts[1].references == ("kttv@binhphuoc.example,KTTV-1,2026-11-23T09:30:00+07:00",)
    assert [each.target for each in server.asked].count("/1.cap") == 1


async def test_a_listener_that_is_away_is_asked_again(server: FeedServer, stage: Stage) -> None:
    stage.ear.fault = Temporary("database.unavailable", detail="x")
    feed = stage.feed(kind="cap", url=server.put("/x", shapes.embedded(1)))
    state = await stage.ask(feed)
    assert state.problem is not None
    assert state.problem.code == "database.unavailable"
    stage.ear.fault = None
    await stage.ask(feed)
    assert [alert.identifier for alert in stage.ear.alerts] == ["KTTV-1"]


BROKEN = [
    ("no scope", shapes.cap(1).replace(b"<scope>Public</scope>", b""), "scope"),
    ("unknown severity", shapes.cap(1).replace(b">Severe<", b">Terrible<"), "severity"),
    ("no offset", shapes.cap(1).replace(b"09:30:00+07:00", b"09:30:00"), "sent"),
    ("an update of nothing", shapes.cap(1, "Update"), "references"),
    ("an open ring", shapes.cap(1).replace(b" 12.0,107.0</polygon>", b" 12.0,107.5</polygon>"), "polygon"),
    ("words for a ring", shapes.cap(1).replace(b"12.1,107.1", b"xa"), "polygon"),
    ("no area", shapes.cap(1).replace("<areaDesc>Bù Gia Mập</areaDesc>".encode(), b""), "areaDesc"),
    ("no category", shapes.cap(1).replace(b"<category>Met</category>", b""), "category"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "element"), BROKEN, ids=[name for name, _, _ in BROKEN])
async def test_a_message_that_breaks_the_standard_is_kept_with_what_is_wrong(
    server: FeedServer, stage: Stage, name: str, body: bytes, element: str
) -> None:
    state = await stage.ask(stage.feed(kind="cap", url=server.put("/x", body)))
    (refused,) = stage.intake.refused
    assert (refused.code, refused.params["element"], refused.raw) == ("cap_invalid", element, body)
    assert stage.ear.alerts == []
    assert state.problem is None


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&b;</identifier></alert>"""
WRONG = [
    ("entities", ENTITIES, "feed.doctype"),
    ("a document type alone", b"<!DOCTYPE alert SYSTEM 'http://127.0.0.1:1/x.dtd'><alert/>", "feed.doctype"),
    ("something else", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "feed.not_cap"),
    ("another alert", b"<alert/>", "feed.not_cap"),
    ("torn", shapes.cap(1)[:300], "feed.xml"),
    ("nothing", b"", "feed.xml"),
    ("a deep well", b"<a>" * 5_000, "feed.xml"),
]


@pytest.mark.parametrize(("name", "body", "code"), WRONG, ids=[name for name, _, _ in WRONG])
async def test_what_is_no_cap_at_all(server: FeedServer, stage: Stage, name: str, body: bytes, code: str) -> None:
    state = await stage.ask(stage.feed(kind="cap", url=server.put("/x", body)))
    assert state.problem is not None
    assert state.problem.code == code
    assert [each.code for each in stage.intake.refused] == ["feed_unreadable"]


#: Real messages, and what must become of them; they lie outside the repository.
REAL = {
    "australia.cap": (1, None), "canada.cap": (1, None), "weather.cap": (1, None),
    "cap_amber_alert_example.xml": (1, None), "canada_errors.cap": (0, "references"), "invalid.cap": (0, "scope"),
    "xee.cap": (0, "feed.doctype"),
}  # fmt: skip
CASES = [(name, *REAL[name]) for name in REAL if (SHARED / name).is_file()] or [("generated", 1, None)]


@pytest.mark.parametrize(("name", "alerts", "wrong"), CASES, ids=[case[0] for case in CASES])
def test_real_messages(name: str, alerts: int, wrong: str | None) -> None:
    body = shapes.cap(1) if name == "generated" else (SHARED / name).read_bytes()
    reader = CapReader(FEED, ZONE)
    if wrong is not None and wrong.startswith("feed."):
        with pytest.raises(Invalid) as caught:
            reader.read(Document(name, body), {}, START, None)
        assert caught.value.code == wrong
        return
    found = reader.read(Document(name, body), {}, START, None)
    assert [each.params["element"] for each in found.refusals] == ([wrong] if wrong else [])
    assert len(found.alerts) == alerts
    assert all(alert.infos and alert.sender for alert in found.alerts)


async def test_hot_spots_of_both_instruments(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(kind="firms_csv", url=server.put("/x", shapes.VIIRS, content_type="text/csv"))
    await stage.ask(feed)
    first, second, third = stage.ear.hotspots
    assert (first.lon, first.lat, first.satellite, first.instrument) == (106.9455, 11.8123, "N", "VIIRS")
    assert (first.at, first.confidence, first.frp_mw) == (datetime(2026, 11, 22, 18, 42, tzinfo=UTC), "nominal", 5.21)
    assert (second.at.hour, second.at.minute, second.confidence) == (5, 41, "high")
    assert (third.at.hour, third.at.minute, third.confidence, third.frp_mw) == (0, 5, "low", None)
    # Asked again with one more: only that is news.
    server.put("/x", shapes.VIIRS + b"11.9,106.9,,,,2026-11-22,1842,N,VIIRS,h,2.0NRT,,1.0,N\n")
    state = await stage.ask(feed)
    assert len(stage.ear.hotspots) == 4
    assert (state.counts["hotspots"], state.counts["unchanged"]) == (1, 3)


async def test_hot_spots_that_cannot_be(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(kind="firms_csv", url=server.put("/x", shapes.MODIS))
    await stage.ask(feed)
    assert [spot.confidence for spot in stage.ear.hotspots] == ["high", "low"]
    assert [each.code for each in stage.intake.refused] == ["ts_invalid", "value_out_of_range", "feed_row_torn"]
    await stage.ask(feed)
    assert len(stage.intake.refused) == 3


async def test_a_wrong_key_is_a_sentence_with_status_200(server: FeedServer, stage: Stage) -> None:
    state = await stage.ask(stage.feed(kind="firms_csv", url=server.put("/x", b"Invalid MAP_KEY.")))
    assert state.problem is not None
    assert state.problem.code == "feed.columns"
    state = await stage.ask(stage.feed(kind="firms_csv", url=server.put("/x", shapes.VIIRS.splitlines(True)[0])))
    assert (state.problem, state.counts["hotspots"]) == (None, 0)
