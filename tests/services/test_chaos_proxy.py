"""The proxy must do exactly the harm it is asked for, and none otherwise."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.services.chaos_proxy import ChaosProxy, Faults


@pytest.fixture
async def echo_port() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def proxy(echo_port: int) -> AsyncIterator[ChaosProxy]:
    async with ChaosProxy("127.0.0.1", echo_port, random.Random(7)) as proxy:
        yield proxy


class Peer:
    """A connection through the proxy to the echo server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, proxy: ChaosProxy) -> "Peer":
        return cls(*await asyncio.open_connection(proxy.host, proxy.port))

    async def __aenter__(self) -> "Peer":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, payload: bytes, timeout_s: float = 5.0) -> bytes:
        self.writer.write(payload)
        async with asyncio.timeout(timeout_s):
            return await self.reader.readexactly(len(payload))


async def test_without_faults_every_byte_arrives_in_order(proxy: ChaosProxy) -> None:
    payload = random.Random(1).randbytes(3_000_000)
    async with await Peer.connect(proxy) as peer:
        assert await peer.ask(payload, timeout_s=20) == payload
    assert proxy.connections == 1


async def test_an_orderly_end_passes_through_both_ways(proxy: ChaosProxy) -> None:
    async with await Peer.connect(proxy) as peer:
        peer.writer.write(b"last words")
        peer.writer.write_eof()
        assert await peer.reader.read() == b"last words"


async def test_delay_is_added_each_way_without_narrowing_the_line(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(delay_s=0.1)
    async with await Peer.connect(proxy) as peer:
        started = time.monotonic()
        await peer.ask(b"ping")
        assert 0.2 <= time.monotonic() - started < 3.0
        started = time.monotonic()
        await peer.ask(bytes(20 * 65_536))  # piece by piece this would take 4 s
        assert time.monotonic() - started < 3.0


async def test_jitter_varies_the_delay_and_keeps_the_order(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(jitter_s=0.05, portion_bytes=1)
    async with await Peer.connect(proxy) as peer:
        assert await peer.ask(bytes(range(50)), timeout_s=20) == bytes(range(50))


async def test_bandwidth_is_what_was_asked_for(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(bandwidth_bps=100_000, portion_bytes=1000)
    async with await Peer.connect(proxy) as peer:
        started = time.monotonic()
        await peer.ask(bytes(30_000))
        assert 0.3 <= time.monotonic() - started < 3.0


async def test_a_slow_drip_gives_one_byte_at_a_time(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(bandwidth_bps=100, portion_bytes=1)
    async with await Peer.connect(proxy) as peer:
        peer.writer.write(b"abc")
        async with asyncio.timeout(5):
            assert [await peer.reader.read(100) for _ in range(3)] == [b"a", b"b", b"c"]


async def test_half_open_swallows_everything_and_tells_nobody(proxy: ChaosProxy) -> None:
    async with await Peer.connect(proxy) as peer:
        await peer.ask(b"before")
        proxy.faults = Faults(half_open=True)
        peer.writer.write(b"lost")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await peer.reader.read(1)
        assert proxy.open_connections == 1
        proxy.faults = Faults()
        assert await peer.ask(b"after") == b"after"


async def test_reset_all_is_seen_as_a_reset(proxy: ChaosProxy) -> None:
    async with await Peer.connect(proxy) as peer:
        await peer.ask(b"before")
        proxy.reset_all()
        with pytest.raises(ConnectionResetError):
            async with asyncio.timeout(5):
                await peer.reader.read(1)
    await _until(lambda: proxy.open_connections == 0)


async def test_close_all_is_seen_as_an_orderly_end(proxy: ChaosProxy) -> None:
    async with await Peer.connect(proxy) as peer:
        await peer.ask(b"before")
        proxy.close_all()
        async with asyncio.timeout(5):
            assert await peer.reader.read() == b""


async def test_refused_connections_are_reset_and_later_ones_served(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(refuse=True)
    async with await Peer.connect(proxy) as peer:
        with pytest.raises(ConnectionResetError):
            async with asyncio.timeout(5):
                await peer.reader.read(1)
    proxy.faults = Faults()
    async with await Peer.connect(proxy) as peer:
        assert await peer.ask(b"hello") == b"hello"


@pytest.mark.parametrize("fault", [Faults(drop=0.5, portion_bytes=10), Faults(corrupt=0.5, portion_bytes=10)])
async def test_drop_and_corrupt_harm_about_as_often_as_asked(proxy: ChaosProxy, fault: Faults) -> None:
    proxy.faults = fault
    sent = bytes(2000)
    async with await Peer.connect(proxy) as peer:
        peer.writer.write(sent)
        peer.writer.write_eof()
        async with asyncio.timeout(10):
            got = await peer.reader.read()
    if fault.drop:
        assert 0.1 < len(got) / len(sent) < 0.4  # a quarter survives both directions
    else:
        flipped = sum(byte != 0 for byte in got)
        assert len(got) == len(sent)
        assert 130 < flipped < 270  # 200 portions, half of them harmed in each direction


async def test_random_resets_come_and_new_connections_work(proxy: ChaosProxy) -> None:
    proxy.faults = Faults(reset=0.2)
    resets = 0
    for _ in range(40):
        async with await Peer.connect(proxy) as peer:
            try:
                assert await peer.ask(b"x") == b"x"
            except (ConnectionResetError, asyncio.IncompleteReadError):
                resets += 1
    assert 5 < resets < 30


async def test_a_target_that_is_down_resets_the_client(free_port: int) -> None:
    async with ChaosProxy("127.0.0.1", free_port, random.Random(7)) as proxy, await Peer.connect(proxy) as peer:
        with pytest.raises(ConnectionResetError):
            async with asyncio.timeout(5):
                await peer.reader.read(1)


async def _until(true: Callable[[], bool], timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.01)
