"""Asking over HTTP, FTP and a folder, and everything that can go wrong there: each with its code, none of it fatal."""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aioftp
import pytest

from eoc.errors import Invalid, Permanent
from eoc.store.feeds import FeedState
from sensors.pollers.address import filled
from sensors.pollers.assembly import feeds_of
from tests.pollers import shapes
from tests.pollers.server import Answer, Asked, FeedServer
from tests.pollers.stage import START, ZONE, Stage, make_entry

ROWS = {
    "kind": "csv",
    "device": "tram",
    "time": "thoi_gian",
    "naive_time": "+07:00",
    "devices": {"a": "s1", "b": "s2"},
    "fields": {"muc": "water_level_m"},
}
GOOD = b"tram,thoi_gian,muc\na,2026-11-23 10:00,1.5\nb,2026-11-23 10:00,2.5\n"


def problem(state: FeedState) -> str:
    assert state.problem is not None
    assert state.failures >= 1
    return state.problem.code


FAILURES: list[tuple[str, Answer, str]] = [
    ("an error of the server", Answer(b"oops", 500), "feed.status"),
    ("not there", Answer(b"", 404), "feed.status"),
    ("locked out", Answer(b"", 403), "feed.status"),
    ("nothing at all", Answer(b"", 204), "feed.status"),
    ("slower than allowed", Answer(GOOD, wait_s=3.0), "feed.no_answer"),
    ("broken off", Answer(GOOD, cut=20), "feed.broken_off"),
    ("no HTTP", Answer(raw=b"\x00\x01garbage\r\n\r\n"), "feed.broken_off"),
    ("hung up", Answer(raw=b""), "feed.broken_off"),
    ("a login page", Answer(b"<!DOCTYPE html>login", headers={"Content-Type": "text/html"}), "feed.html_instead"),
    ("the wrong table", Answer(b"x,y\n1,2\n"), "feed.columns"),
    ("not text", Answer(b"tram,thoi_gian,muc\n\xff\xfe,1,2\n"), "feed.not_text"),
    ("torn quotes", Answer(b'tram,thoi_gian,muc\n"a,2026'), "feed.csv"),
    ("much too large", Answer(GOOD + b"a,2026-11-23 10:00,1.5\n" * 100_000), "feed.too_large"),
    ("bombs", Answer(raw=b"HTTP/1.1 200 X\r\nContent-Type: text/csv\r\n\r\n" + b"a" * 3_000_000), "feed.too_large"),
    ("another host", Answer(b"", 302, {"Location": "http://localhost:1/x"}), "feed.elsewhere"),
    ("a file", Answer(b"", 301, {"Location": "file:///etc/passwd"}), "feed.elsewhere"),
    ("in circles", Answer(b"", 307, {"Location": "/x"}), "feed.redirects"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "code"), FAILURES, ids=[name for name, _, _ in FAILURES])
async def test_a_failure_has_its_code(server: FeedServer, stage: Stage, name: str, answer: Answer, code: str) -> None:
    feed = stage.feed(**ROWS, url=server.put("/x", answer), timeout_s=1.0, max_bytes=1_000_000)
    state = await stage.ask(feed)
    assert problem(state) == code
    assert state.good_at is None
    assert stage.intake.records == []
    # Mended, it works at once, and what was good before is still known when it breaks again.
    server.put("/x", GOOD)
    mended = await stage.ask(feed)
    assert (mended.problem, mended.failures, mended.good_at) == (None, 0, START)
    assert len(stage.intake.records) == 2
    server.put("/x", answer)
    stage.time.now_ += timedelta(minutes=10)
    broken = await stage.ask(feed)
    assert problem(broken) == code
    assert (broken.good_at, broken.attempted_at) == (START, START + timedelta(minutes=10))
    assert broken.counts["accepted"] == 2


async def test_nobody_there(stage: Stage, free_port: int) -> None:
    state = await stage.ask(stage.feed(**ROWS, url=f"http://127.0.0.1:{free_port}/x"))
    assert problem(state) == "feed.unreachable"


async def test_validators_are_sent_and_304_is_a_good_answer(server: FeedServer, stage: Stage) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"':
            return Answer(b"", 304)
        return Answer(GOOD, headers={"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 03:00:00 GMT"})

    feed = stage.feed(**ROWS, url=server.put("/x", answer))
    first = await stage.ask(feed)
    stage.time.now_ += timedelta(minutes=10)
    second = await stage.ask(feed)
    assert server.asked[1].headers["if-modified-since"] == "Mon, 23 Nov 2026 03:00:00 GMT"
    assert second.good_at == START + timedelta(minutes=10)
    assert (second.counts, second.newest_at) == (first.counts, first.newest_at)
    third = await stage.ask(feed)
    assert server.asked[2].headers["if-none-match"] == '"v1"'
    assert third.failures == 0


async def test_a_redirect_within_the_host_is_followed(server: FeedServer, stage: Stage) -> None:
    server.put("/new", GOOD)
    state = await stage.ask(stage.feed(**ROWS, url=server.put("/old", Answer(b"", 301, {"Location": "/new"}))))
    assert state.counts["accepted"] == 2


async def test_a_secret_is_sent_and_never_told(
    server: FeedServer, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for chatty in ("httpx", "httpcore"):
        caplog.set_level(logging.WARNING, chatty)  # as ui.logs configures them
    stage.keys["firms"] = "top/secret"
    url = server.put("/api/top%2Fsecret/x", Answer(b"", 500)).replace("top%2Fsecret", "{key}")
    state = await stage.ask(stage.feed(**ROWS, url=url, key="firms"))
    assert server.asked[0].target == "/api/top%2Fsecret/x"
    assert "x-api-key" not in server.asked[0].headers
    state = await stage.ask(stage.feed(**ROWS, url=server.put("/y", Answer(b"", 500)), key="firms", key_header="x-key"))
    assert server.asked[1].headers["x-key"] == "top/secret"
    assert "secret" not in caplog.text + repr(state)


async def test_a_secret_does_not_follow_to_another_host(server: FeedServer, stage: Stage) -> None:
    stage.keys["k"] = "s3cret"
    elsewhere = Answer(b"", 302, {"Location": f"http://localhost:{server.port}/y"})
    state = await stage.ask(stage.feed(**ROWS, url=server.put("/x", elsewhere), key="k"))
    assert problem(state) == "feed.elsewhere"
    assert len(server.asked) == 1


def test_a_feed_whose_secret_is_missing_is_named(tmp_path: Path) -> None:
    entries = [
        make_entry(**ROWS, url="http://127.0.0.1/x", key="k"),
        make_entry(**ROWS, url="http://h/x", enabled=False),
    ]
    made, faults = feeds_of(entries, ZONE, tmp_path, {})
    assert made == []
    assert isinstance(faults["feed"], Permanent)
    assert (faults["feed"].code, dict(faults["feed"].params)) == ("feed.no_key", {"key": "k"})


def test_an_address_with_times_in_it() -> None:
    entry = make_entry(**ROWS, url="http://h/{key}?a={since:%Y-%m-%d %H:%M}&b={now:%d/%m/%Y}", look_back_h=5)
    assert filled(entry, ZONE, START, "a b/c") == "http://h/a%20b%2Fc?a=2026-11-23%2006%3A00&b=23%2F11%2F2026"


# -- a folder ---------------------------------------------------------------------------------------------------------


def drop(stage: Stage, name: str, body: bytes, age_s: float = 60.0) -> Path:
    folder = stage.data_dir / "drop" / "so-do"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


async def test_a_dropped_file_is_read_once_and_put_away(stage: Stage) -> None:
    feed = stage.feed(**ROWS, url="file-drop:so-do", max_bytes=10_000)
    assert (await stage.ask(feed)).problem is None
    good = drop(stage, "a.csv", GOOD)
    bad = drop(stage, "b.csv", b"x,y\n1,2\n")
    huge = drop(stage, "c.csv", b"x" * 20_000)
    fresh = drop(stage, "d.csv", GOOD, age_s=0)
    drop(stage, "e.csv.part", GOOD)
    (good.parent / "link.csv").symlink_to("/etc/passwd")
    state = await stage.ask(feed)
    assert state.counts["accepted"] == 2
    folder = good.parent
    assert [each.name for each in sorted((folder / "done").iterdir())] == ["a.csv"]
    assert [each.name for each in sorted((folder / "rejected").iterdir())] == [
        "b.csv", "b.csv.why.json", "c.csv", "c.csv.why.json",
    ]  # fmt: skip
    why = json.loads((folder / "rejected" / "b.csv.why.json").read_text("utf-8"))
    assert why == {"code": "feed.columns", "params": {"names": "thoi_gian, tram"}}
    assert not good.exists()
    assert not bad.exists()
    assert not huge.exists()
    assert fresh.exists()
    assert (folder / "link.csv").is_symlink()
    assert [each.origin for each in stage.intake.refused] == ["feed:feed/b.csv"]
    # The same name again does not overwrite what was put away.
    drop(stage, "a.csv", GOOD)
    await stage.ask(feed)
    assert [each.name for each in sorted((folder / "done").iterdir())] == ["2-a.csv", "a.csv"]


# -- FTP --------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def ftp(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    home = tmp_path / "ftp"
    (home / "out").mkdir(parents=True)
    user = aioftp.User("eoc", "mat-khau", base_path=home, home_path="/")
    server = aioftp.Server([user])
    await server.start("127.0.0.1", 0)
    yield server.address[1], home / "out"
    await server.close()


async def test_an_ftp_folder_gives_what_is_new(stage: Stage, ftp: tuple[int, Path]) -> None:
    port, folder = ftp
    stage.keys["kttv"] = "mat-khau"
    feed = stage.feed(**ROWS, url=f"ftp://eoc@127.0.0.1:{port}/out/", key="kttv", timeout_s=10)
    (folder / "1.csv").write_bytes(GOOD)
    (folder / "2.csv").write_bytes(b"nonsense")
    (folder / "3.csv.part").write_bytes(GOOD)
    state = await stage.ask(feed)
    assert state.problem is None
    assert state.counts["accepted"] == 2
    assert [each.origin for each in stage.intake.refused] == ["feed:feed/2.csv"]
    again = await stage.ask(feed)
    assert (again.counts, len(stage.intake.refused)) == (state.counts, 1)
    (folder / "4.csv").write_bytes(b"tram,thoi_gian,muc\na,2026-11-23 10:10,1.6\n")
    assert (await stage.ask(feed)).counts["accepted"] == 1
    # Another length is another file.
    (folder / "1.csv").write_bytes(GOOD + b"a,2026-11-23 10:20,1.7\n")
    assert (await stage.ask(feed)).counts["accepted"] == 1
    assert len(list(folder.iterdir())) == 4


async def test_what_goes_wrong_with_ftp(stage: Stage, ftp: tuple[int, Path], free_port: int) -> None:
    port, folder = ftp
    url = f"ftp://eoc@127.0.0.1:{port}/out/"
    stage.keys |= {"k": "wrong", "right": "mat-khau"}
    assert problem(await stage.ask(stage.feed(**ROWS, url=url, key="k"))) == "feed.ftp"
    assert problem(await stage.ask(stage.feed(**ROWS, url=f"ftp://127.0.0.1:{free_port}/"))) == "feed.unreachable"
    (folder / "huge.csv").write_bytes(b"x" * 200_000)
    state = await stage.ask(stage.feed(**ROWS, url=url, key="right", max_bytes=100_000))
    assert problem(state) == "feed.too_large"


async def test_an_ftp_server_that_does_not_speak(stage: Stage) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        state = await stage.ask(stage.feed(**ROWS, url=f"ftp://127.0.0.1:{port}/", timeout_s=0.5))
    assert problem(state) == "feed.no_answer"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://h/", "http:///x", "http://h:0/", "file-drop:a/../b"])
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"url|pack\."):
        make_entry(**ROWS, url=url)


def test_readers_raise_only_what_the_runner_expects() -> None:
    entry = make_entry(**ROWS, url="http://h/")
    (feed,), _ = feeds_of([entry], ZONE, Path(), {})
    from sensors.pollers.ports import Document

    bodies: list[Any] = [b"", b"\x00", shapes.MEASURED, shapes.RESERVOIRS, shapes.VIIRS, b"," * 1000, b"\n" * 1000]
    for body in bodies:
        try:
            feed.reader.read(Document("", body), {}, START, None)
        except Invalid as error:
            assert error.code.startswith("feed.")
