"""The live channel over real sockets: dropping and resuming, a screen that stops reading, who may listen."""

import asyncio
import contextlib
import json
import random
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.product import PASSWORD, Product, running
from tests.services.chaos_proxy import ChaosProxy

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("live") / "data") as started:
        started.add_user("an", "operator")
        yield started


def token(product: Product, account: str = "an") -> dict[str, str]:
    with product.client(account) as client:
        return {"Authorization": client.headers["Authorization"]}


def url(port: int, after: int | None = None) -> str:
    return f"ws://127.0.0.1:{port}/api/v1/live" + (f"?after={after}" if after is not None else "")


async def make_events(product: Product, headers: dict[str, str], count: int, pause_s: float = 0.0) -> None:
    """Cases opened by hand: one event each."""
    async with httpx.AsyncClient(base_url=f"{product.url}/api/v1", headers=headers, timeout=30) as client:
        for number in range(count):
            body = {"hazard": "fire", "title": f"Cháy {number}", "level": number % 5}
            (await client.post("/incidents", json=body)).raise_for_status()
            await asyncio.sleep(pause_s)


async def head(product: Product, headers: dict[str, str]) -> int:
    async with httpx.AsyncClient(base_url=f"{product.url}/api/v1", headers=headers, timeout=30) as client:
        return int((await client.get("/incidents?limit=1")).headers["EOC-Seq"])


async def journal(product: Product, headers: dict[str, str], after: int) -> list[int]:
    """What a screen of this role must have seen."""
    async with httpx.AsyncClient(base_url=f"{product.url}/api/v1", headers=headers, timeout=30) as client:
        items = (await client.get("/journal", params={"after": after, "limit": 10_000})).json()["items"]
    return [each["seq"] for each in items]


class Screen:
    """A subscriber that remembers where it is and what it saw."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.seen: list[int] = []

    async def read(self, connection: ClientConnection) -> None:
        async for text in connection:
            message: dict[str, Any] = json.loads(text)
            assert message["type"] != "resync"
            if message["type"] == "event":
                assert message["prev"] == self.after, "an event was lost"
                self.after = message["seq"]
                self.seen.append(message["seq"])
            elif message["type"] == "ping" and not self.seen_after(message["through"]):
                self.after = max(self.after, message["through"])

    def seen_after(self, seq: int) -> bool:
        return bool(self.seen) and self.seen[-1] > seq


async def test_dropping_and_resuming_twenty_times_sees_every_event_once(product: Product) -> None:
    headers = token(product)
    start = await head(product, headers)
    chance = random.Random(7)
    screen = Screen(start)
    async with ChaosProxy("127.0.0.1", product.port, chance) as proxy:
        writing = asyncio.create_task(make_events(product, headers, 120, 0.02))
        for drop in range(20):
            with contextlib.suppress(ConnectionClosed, OSError):
                async with connect(url(proxy.port, screen.after), additional_headers=headers) as connection:
                    reading = asyncio.create_task(screen.read(connection))
                    await asyncio.sleep(chance.uniform(0.02, 0.3))
                    if drop % 2:
                        proxy.reset_all()
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        await writing
        expected = await journal(product, headers, start)
        async with connect(url(proxy.port, screen.after), additional_headers=headers) as connection:
            reading = asyncio.create_task(screen.read(connection))
            async with asyncio.timeout(20):
                while screen.seen[-1:] != expected[-1:]:
                    assert not reading.done(), reading.exception()
                    await asyncio.sleep(0.02)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    assert screen.seen == expected
    assert len(expected) == 120


async def test_a_screen_that_stops_reading_delays_nobody(product: Product) -> None:
    headers = token(product)
    start = await head(product, headers)
    stopped = socket.create_connection(("127.0.0.1", product.port))
    stopped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = (
        f"GET /api/v1/live?after={start} HTTP/1.1\r\nHost: 127.0.0.1:{product.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: {headers['Authorization']}\r\n\r\n"
    )
    stopped.sendall(request.encode())
    silences: list[float] = []
    async with connect(url(product.port, start), additional_headers=headers) as healthy:

        async def _watch() -> None:
            last = time.monotonic()
            async for text in healthy:
                if json.loads(text)["type"] == "event":
                    silences.append(time.monotonic() - last)
                    last = time.monotonic()

        watching = asyncio.create_task(_watch())
        # Many small events overflow the stopped screen's queue while the healthy one keeps up.
        await asyncio.gather(*(make_events(product, headers, 200) for _ in range(4)))
        async with asyncio.timeout(20):
            while len(silences) < 800:
                await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    # The first one waits for the first event to be made; every later gap is the channel's own.
    assert max(silences[1:]) < 0.5
    stopped.close()


async def test_who_may_listen(product: Product) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(url(product.port), additional_headers=headers) as connection:
                await connection.recv()
    async with httpx.AsyncClient(base_url=product.url) as client:
        credentials = {"username": "an", "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=credentials)
    cookie = {"Cookie": f"eoc_session={answer.cookies['eoc_session']}"}
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        async with connect(url(product.port), additional_headers=cookie, origin="https://evil.test") as connection:  # type: ignore[arg-type]
            await connection.recv()
    own = f"http://127.0.0.1:{product.port}"
    async with connect(url(product.port), additional_headers=cookie, origin=own) as connection:  # type: ignore[arg-type]
        assert json.loads(await connection.recv())["type"] == "hello"


async def until_closed(connection: ClientConnection) -> None:
    """Read until the server ends it; fails after twenty seconds."""
    async with asyncio.timeout(20):
        while True:
            await connection.recv()


async def test_a_huge_frame_ends_the_connection_and_nothing_else(product: Product) -> None:
    headers = token(product)
    async with connect(url(product.port), additional_headers=headers) as connection:
        with contextlib.suppress(ConnectionClosed, OSError):
            await connection.send("x" * 10_000_000)
        with pytest.raises((ConnectionClosed, OSError)):
            await until_closed(connection)
    async with httpx.AsyncClient(base_url=product.url) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_a_revoked_session_is_closed_within_five_seconds(product: Product) -> None:
    product.add_user("tam", "operator")
    headers = token(product, "tam")
    async with connect(url(product.port), additional_headers=headers) as connection:
        await connection.recv()
        with product.client() as admin:
            admin.put("/users/tam", json={"disabled": True}).raise_for_status()
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            await until_closed(connection)
        assert time.monotonic() - began < 8  # five and what a busy machine adds
