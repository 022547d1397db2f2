"""A TCP proxy that misbehaves on request: what `tc netem` would do, without a kernel that has it.

    async with ChaosProxy("127.0.0.1", broker.port, random.Random(7)) as proxy:
        connect_to(proxy.host, proxy.port)
        proxy.faults = Faults(delay_s=0.2, jitter_s=0.1)   # from now on, both ways, open connections included
        proxy.faults = Faults(half_open=True)              # nothing passes, nobody is told
        proxy.reset_all()                                  # RST to both ends

Faults act on pieces of the stream as they come from the socket (at most 64 KiB), not on packets.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass
from types import TracebackType

PIECE = 65_536
PIECES_IN_FLIGHT = 1024
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN


Pair = tuple[asyncio.StreamWriter, asyncio.StreamWriter]
InFlight = asyncio.Queue[tuple[float, bytes]]


@dataclass(frozen=True)
class Faults:
    """What the proxy does to each piece; the default does nothing.

    delay_s: arrives this much later. jitter_s: and by a random time up to this, in order all the same. bandwidth_bps:
    bytes a second, per direction. portion_bytes: pieces are cut to this size, so 1 with a low bandwidth is a slow drip.
    drop: probability that a piece vanishes (what a broken middlebox does; TCP itself never loses bytes). corrupt:
    probability that one bit of it is flipped. reset: probability that it ends the connection with RST. half_open:
    pieces vanish and connections stay open. refuse: new connections are reset at once.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    bandwidth_bps: float | None = None
    portion_bytes: int = PIECE
    drop: float = 0.0
    corrupt: float = 0.0
    reset: float = 0.0
    half_open: bool = False
    refuse: bool = False


class ChaosProxy:
    """Listens on a free port of the loopback and passes each connection on to `target_host:target_port`.

    `faults` may be replaced at any time. `connections` counts the accepted ones, `open_connections` those alive.
    All randomness comes from the generator that is handed in, so a seed repeats a run.
    """

    host = "127.0.0.1"

    def __init__(self, target_host: str, target_port: int, chance: random.Random, faults: Faults | None = None) -> None:
        self._target = (target_host, target_port)
        self._chance = chance
        self.faults = faults or Faults()
        self.port = 0
        self.connections = 0
        self._open: set[Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ChaosProxy:
        self._server = await asyncio.start_server(self._accept, self.host, 0, limit=PIECE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def reset_all(self) -> None:
        """End every open connection with RST towards both ends."""
        for pair in list(self._open):
            _reset(*pair)

    def close_all(self) -> None:
        """End every open connection with an orderly FIN towards both ends."""
        for pair in list(self._open):
            for writer in pair:
                writer.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:  # only our own __aexit__ cancels; the stream server would report it as an error
            pass
        finally:
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.faults.refuse:
            _reset(writer)
            return
        try:
            target_reader, target_writer = await asyncio.open_connection(*self._target, limit=PIECE)
        except OSError:
            _reset(writer)
            return
        pair = (writer, target_writer)
        self._open.add(pair)
        try:
            async with asyncio.TaskGroup() as both_ways:
                for source, sink in ((reader, target_writer), (target_reader, writer)):
                    in_flight: InFlight = asyncio.Queue(PIECES_IN_FLIGHT)
                    both_ways.create_task(self._take_in(source, in_flight, pair))
                    both_ways.create_task(self._let_out(in_flight, sink, pair))
        finally:
            self._open.discard(pair)
            for end in pair:
                end.close()

    async def _take_in(self, source: asyncio.StreamReader, in_flight: InFlight, pair: Pair) -> None:
        """Give each piece the time at which it is due at the other end; the empty piece stands for the FIN."""
        now = asyncio.get_running_loop().time
        due = line_free = now()
        while True:
            try:
                piece = await source.read(self.faults.portion_bytes)
            except OSError:
                _reset(*pair)
                piece = b""
            faults = self.faults
            line_free = max(line_free, now()) + (len(piece) / faults.bandwidth_bps if faults.bandwidth_bps else 0.0)
            due = max(due, line_free + faults.delay_s + self._chance.uniform(0, faults.jitter_s))
            await in_flight.put((due, piece))
            if not piece:
                return

    async def _let_out(self, in_flight: InFlight, sink: asyncio.StreamWriter, pair: Pair) -> None:
        loop = asyncio.get_running_loop()
        piece = b"first"
        while piece:
            due, piece = await in_flight.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            faults = self.faults
            if faults.half_open or (piece and self._chance.random() < faults.drop):
                continue
            if piece and self._chance.random() < faults.reset:
                _reset(*pair)
            elif piece and self._chance.random() < faults.corrupt:
                piece = self._flip_one_bit(piece)
            with contextlib.suppress(OSError):  # the other end has gone; its own reader says so to ours
                if piece:
                    sink.write(piece)
                    await sink.drain()
                elif sink.can_write_eof():
                    sink.write_eof()

    def _flip_one_bit(self, portion: bytes) -> bytes:
        position = self._chance.randrange(len(portion))
        flipped = portion[position] ^ (1 << self._chance.randrange(8))
        return portion[:position] + bytes([flipped]) + portion[position + 1 :]


def _reset(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        with contextlib.suppress(OSError):  # the socket is already closed
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        writer.transport.abort()
