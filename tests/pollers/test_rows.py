"""Rain networks, the reservoir table and CSV, over real HTTP: what is taken, what is missing, and what is nobody's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eoc.store.feeds import FeedState
from sensors.codecs.moments import Fault
from sensors.pollers import texts
from sensors.pollers.rain_day import grown, rain_day
from sensors.pollers.tables import tables
from tests.pollers import shapes
from tests.pollers.server import Answer, FeedServer
from tests.pollers.stage import START, ZONE, Stage

DEVICES = {
    "Bù Gia Mập": "mua-1",
    "Phú Văn": "mua-2",
    "Lộc Quang": "mua-3",
    "Đồng Tâm": "mua-5",
    "Long Hà": "mua-6",
    "Bù Đốp": "mua-7",
    "Đắk Ơ": "mua-8",
}


def rain(url: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "json_rows",
        "url": url,
        "interval_s": 600,
        "device": "station.name",
        "devices": DEVICES,
        "fields": {"depth": "rain_mm"},
        **more,
    }


async def test_a_rain_network_missing_is_not_zero(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**rain(server.put("/bp.json", shapes.RAIN_NETWORK)))
    state = await stage.ask(feed)
    # The network's list tells what is now: the reading belongs to the interval of asking.
    assert stage.intake.values == {("mua-1", "rain_mm", "23 11:00"): 12.4, ("mua-2", "rain_mm", "23 11:00"): 0.0}
    # Absent, null, "-", and a station that the list does not know; -9999 is refused and kept.
    assert set(state.missing) == {(name, "rain_mm") for name in ("mua-3", "mua-5", "mua-6", "mua-8")}
    assert [(each.code, each.station) for each in stage.intake.refused] == [("value_out_of_range", "mua-7")]
    assert "Bù Đốp".encode() in stage.intake.refused[0].raw
    assert state.unmapped == ("Minh Hưng",)
    assert state.counts["accepted"] == 2
    assert state.counts["quarantined"] == 1
    assert (state.problem, state.failures, state.good_at) == (None, 0, START)


async def test_asked_twice_within_an_interval_it_is_one_reading(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(**rain(server.put("/bp.json", shapes.RAIN_NETWORK)))
    await stage.ask(feed)
    stage.time.now_ += timedelta(seconds=200)
    server.put("/bp.json", shapes.RAIN_NETWORK.replace(b"12.4", b"12.9"))
    state = await stage.ask(feed)
    assert len(stage.intake.records) == 2
    assert len(stage.intake.refused) == 1
    assert state.counts["unchanged"] == 6  # all that have a station
    assert set(state.missing) >= {("mua-3", "rain_mm")}
    stage.time.now_ += timedelta(seconds=400)
    await stage.ask(feed)
    assert stage.intake.values["mua-1", "rain_mm", "23 11:10"] == 12.9


async def test_a_count_of_the_day_becomes_what_fell_since(server: FeedServer, stage: Stage) -> None:
    counting = {"fields": {"depth": {"property": "rain_mm", "counts": "rain_day"}}, "devices": {"A": "mua-1"}}

    async def shown(at: str, depth: object) -> FeedState:
        stage.time.now_ = datetime.fromisoformat(f"2026-11-23T{at}:00+07:00").astimezone(UTC)
        url = server.put("/x.json", f'[{{"station": {{"name": "A"}}, "depth": {depth}}}]'.encode())
        return await stage.ask(stage.feed(**rain(url, **counting)))

    # The first look tells nothing: nobody knows when it fell.
    assert (await shown("18:30", 40.0)).missing == (("mua-1", "rain_mm"),)
    await shown("18:40", 41.5)
    await shown("18:50", 41.5)
    await shown("19:00", 42.0)
    await shown("19:10", 0.8)  # a new rain day since 19:00
    await shown("19:20", 1.0)
    assert (await shown("19:30", "null")).missing == (("mua-1", "rain_mm"),)
    await shown("19:40", 3.0)
    assert (await shown("19:50", 2.5)).missing == (("mua-1", "rain_mm"),)  # corrected downwards
    await shown("20:00", 2.5)
    assert (await shown("23:00", 30.0)).missing == (("mua-1", "rain_mm"),)  # three hours: when did it fall?
    await shown("23:10", 31.0)
    assert {at: value for (_, _, at), value in stage.intake.values.items()} == {
        "23 18:40": 1.5, "23 18:50": 0.0, "23 19:00": 0.5, "23 19:10": 0.8, "23 19:20": 0.2, "23 19:40": 2.0,
        "23 20:00": 0.0, "23 23:10": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "hour", "day"),
    [
        ("2026-11-23T18:59", 19, 22),
        ("2026-11-23T19:00", 19, 22),
        ("2026-11-23T19:01", 19, 23),
        ("2026-11-24T00:01", 0, 24),
    ],
)
def test_a_rain_day_begins_at_its_hour(at: str, hour: int, day: int) -> None:
    assert rain_day(datetime.fromisoformat(f"{at}:00+07:00"), hour, ZONE).day == day


def test_what_grew_is_not_known_backwards_or_after_a_gap() -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    later = at + timedelta(minutes=10)
    longest = timedelta(minutes=25)
    assert grown(None, (at, 5.0), 19, ZONE, longest) is None
    assert grown((at, 5.0), (later, 5.25), 19, ZONE, longest) == 0.25
    assert grown((at, 5.0), (later, 4.0), 19, ZONE, longest) is None
    assert grown((at, 5.0), (at + timedelta(minutes=26), 6.0), 19, ZONE, longest) is None


async def test_a_keyed_rain_service_with_times_of_its_own(server: FeedServer, stage: Stage) -> None:
    stage.keys["vrain"] = "s3cret-key"
    url = server.put("/v1/stations/stats", shapes.RAIN_API)
    feed = stage.feed(
        kind="json_rows",
        url=url + "?start_time={since:%Y-%m-%d %H:00:00}&end_time={now:%Y-%m-%d %H:00:00}",
        look_back_h=2,
        key="vrain",
        items="data",
        device="station_id",
        time="time_point",
        naive_time="+07:00",
        devices={"BP-01": "mua-1", "BP-02": "mua-2"},
        fields={"depth": "rain_mm"},
    )
    state = await stage.ask(feed)
    assert server.asked[0].headers["x-api-key"] == "s3cret-key"
    assert server.asked[0].target.endswith("?start_time=2026-11-23%2009%3A00%3A00&end_time=2026-11-23%2011%3A00%3A00")
    assert stage.intake.values == {("mua-1", "rain_mm", "23 10:00"): 3.5, ("mua-1", "rain_mm", "23 11:00"): 0.0}
    assert state.missing == (("mua-2", "rain_mm"),)
    assert state.newest_at == datetime(2026, 11, 23, 4, tzinfo=UTC)
    # Told again, it is neither offered again nor refused again.
    again = await stage.ask(feed)
    assert again.counts["unchanged"] == 3
    assert again.missing == (("mua-2", "rain_mm"),)
    assert len(stage.intake.records) == 2


COLUMNS = ["ten", "ngay", "htl", "hdbt", "hc", "qve", "qx", "qxt", "qxm", "ncxs", "ncxm"]
RESERVOIR = {
    "kind": "html_table",
    "device": "ten",
    "time": "ngay",
    "naive_time": "+07:00",
    "devices": {"Thác Mơ": "ho-1", "Cần Đơn": "ho-2", "Srok Phu Miêng": "ho-3"},
    "fields": {name: name for name in ("htl", "hdbt", "hc", "qve", "qxt", "qxm", "ncxs", "ncxm")},
}


async def test_the_table_of_the_reservoirs(server: FeedServer, stage: Stage) -> None:
    url = server.put("/ho.aspx", shapes.RESERVOIRS, content_type="text/html; charset=utf-8")
    feed = stage.feed(**RESERVOIR, columns=COLUMNS, url=url + "?td={now:%d/%m/%Y %H:%M}")
    state = await stage.ask(feed)
    assert server.asked[0].target == "/ho.aspx?td=23%2F11%2F2026%2011%3A00"
    kept = stage.intake.values
    assert [kept["ho-1", name, "23 10:00"] for name in RESERVOIR["fields"]] == [217.52, 218, 198, 355.5, 200, 280, 0, 3]
    assert kept["ho-1", "qxm", "23 09:00"] == 220
    assert {name for station, name, _ in kept if station == "ho-2"} == {"htl", "hdbt", "hc", "qxt", "qxm"}
    assert set(state.missing) == {("ho-2", name) for name in ("qve", "ncxs", "ncxm")} | {
        ("ho-3", name) for name in RESERVOIR["fields"]
    }
    assert state.unmapped == ("Sơn La",)
    assert stage.intake.refused == []


async def test_a_table_with_headings_needs_no_columns(server: FeedServer, stage: Stage) -> None:
    page = """<table><tr><th>Hồ chứa</th><th>Thời điểm</th><th>Htl (m)</th><th>QVE [m3/s]</th></tr>
    <tr><td>THÁC MƠ</td><td>07h00 23/11/2026</td><td>217,35</td><td>1.310,5</td></tr></table>"""
    entry = {**RESERVOIR, "device": "Hồ chứa", "time": "Thời điểm", "decimal": ",", "devices": {"THÁC MƠ": "ho-1"}}
    state = await stage.ask(stage.feed(**entry, url=server.put("/x", page.encode())))
    assert state.problem is None
    assert stage.intake.values == {("ho-1", "htl", "23 07:00"): 217.35, ("ho-1", "qve", "23 07:00"): 1310.5}


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (b"", "feed.no_table"),
        (b"<p>Bao tri</p>", "feed.no_table"),
        (b"<table><tr><td>a</td></tr></table>", "feed.columns"),
        (b"\xff\xfe<table>", "feed.not_text"),
    ],
)
async def test_a_page_without_the_table_says_so(server: FeedServer, stage: Stage, page: bytes, code: str) -> None:
    feed = stage.feed(**RESERVOIR, url=server.put("/x", page))
    state = await stage.ask(feed)
    assert state.problem is not None
    assert (state.problem.code, state.failures, state.good_at) == (code, 1, None)
    assert [(each.code, each.raw) for each in stage.intake.refused] == [("feed_unreadable", page)]
    # As long as it stays the same it is kept only once.
    assert (await stage.ask(feed)).failures == 2
    assert len(stage.intake.refused) == 1


async def test_csv_over_http(server: FeedServer, stage: Stage) -> None:
    feed = stage.feed(
        kind="csv",
        url=server.put("/x.csv", b"\xef\xbb\xbf" + shapes.MEASURED, content_type="text/csv"),
        device="tram",
        time="thoi_gian",
        naive_time="+07:00",
        decimal=",",
        devices={"be-long-binh": "s1", "be-nha-bich": "s2"},
        fields={"muc_nuoc_m": "water_level_m", "mua_mm": "rain_mm"},
    )
    state = await stage.ask(feed)
    assert stage.intake.values == {("s1", "water_level_m", "23 07:00"): 52.31, ("s1", "rain_mm", "23 07:00"): 0.0}
    # 13:00 has not come yet (it is 11:00), and 1234.5 mm is more than can fall.
    assert sorted(each.code for each in stage.intake.refused) == ["in_future", "value_out_of_range"]
    assert state.unmapped == ("khong-biet",)


NUMBERS: list[tuple[str, str, float | None]] = [
    ("12.5", ".", 12.5), ("-0.4", ".", -0.4), ("1,234.5", ".", 1234.5), ("1 234.5", ".", 1234.5), ("1e3", ".", 1000.0),
    ("12,5", ",", 12.5), ("1.234,5", ",", 1234.5), ("1.234", ",", 1234.0), ("12", ",", 12.0), ("−3", ".", -3.0),
    ("12,5", ".", None), ("1,234", ".", None), ("12.5", ",", None), ("1,2,3", ",", None), ("٣", ".", None),
    ("１２", ".", None), ("0x10", ".", None), ("12.3.4", ".", None), ("NaN", ".", None), ("1_000", ".", None),
    ("=1+1", ".", None), ("", ".", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "decimal", "value"), NUMBERS)
def test_numbers_as_people_write_them(text: str, decimal: str, value: float | None) -> None:
    if value is not None:
        assert texts.number("x", text, decimal) == value
        return
    with pytest.raises(Fault) as caught:
        texts.number("x", text, decimal)
    assert caught.value.code == "value_not_number"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("23/11/2026 07:00", "2026-11-23T07:00:00"),
        ("7h30 23-11-2026", "2026-11-23T07:30:00"),
        ("07:00:15 3/1/2026", "2026-01-03T07:00:15"),
        ("2026-11-23 07:00", "2026-11-23 07:00"),
        ("11/22/2026 10:00", "2026-22-11T10:00:00"),
        ("23/11/2026", "23/11/2026"),
        ("", ""),
    ],
)
def test_times_with_the_day_first(text: str, iso: str) -> None:
    assert texts.moment(text) == iso


def test_what_means_that_there_is_nothing() -> None:
    assert all(map(texts.is_missing, [None, "", " - ", "--", "N/A", "null", "Kđ"]))
    assert not any(map(texts.is_missing, [0, 0.0, "0", False, "0,0", "x1"]))


def test_spans_reach_down_and_across() -> None:
    page = "<table><tr><td rowspan=3>a<td colspan=2>b<tr><td rowspan=2>c<td>d<tr><td>e</table>"
    assert tables(page) == [[["a", "b", "b"], ["a", "c", "d"], ["a", "c", "e"]]]
    assert tables("<table><tr><td>1<table><tr><td>2</table><td>3</table>") == [[["2"]], [["1", "3"]]]


async def test_a_feed_that_names_one_station(server: FeedServer, stage: Stage) -> None:
    url = server.put("/one.json", b'[{"t": 1795402800, "level": {"cm": 231}}]')
    fields = {"level.cm": {"property": "water_level_m", "unit": "cm"}}
    state = await stage.ask(stage.feed(kind="json_rows", url=url, station="s1", time="t", fields=fields))
    assert stage.intake.values == {("s1", "water_level_m", "23 10:00"): 2.31}
    assert state.counts["accepted"] == 1


async def test_rows_that_are_no_objects_are_none(server: FeedServer, stage: Stage) -> None:
    for body in (b"[1,2]", b'{"a": []}', b'"x"', b"[[[]]]"):
        state = await stage.ask(stage.feed(**rain(server.put("/bp.json", Answer(body)))))
        assert state.problem is not None
        assert state.problem.code == "feed.no_list"
    assert (await stage.ask(stage.feed(**rain(server.put("/bp.json", b"[]"))))).problem is None
