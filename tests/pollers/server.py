"""A small HTTP server for feeds: plays what a test puts on a path, misbehaviour included, and remembers the asking."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """`cut`: promise the whole body, send that many bytes and hang up. `raw`: bytes instead of HTTP."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    raw: bytes | None = None
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    target: str
    headers: dict[str, str]


class FeedServer:
    """`put` an answer (or a function of the request) on a path; the query does not count."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[str, Answer | Callable[[Asked], Answer]] = {}
        self._serving: set[asyncio.Task[None] | None] = set()
        self.port = 0

    def put(self, path: str, answer: Answer | bytes | Callable[[Asked], Answer], **headers: str) -> str:
        """The URL of the path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[path] = Answer(answer, headers=named) if isinstance(answer, bytes) else answer
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}
            asked = Asked(first.split()[1], headers)
            self.asked.append(asked)
            found = self._answers.get(asked.target.partition("?")[0], Answer(status=404))
            await self._play(found if isinstance(found, Answer) else found(asked), writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(asyncio.current_task())
            writer.close()

    async def stop(self) -> None:
        for task in self._serving:
            if task is not None:
                task.cancel()
        while self._serving:
            await asyncio.sleep(0)

    async def _play(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(answer.wait_s)
        if answer.raw is not None:
            writer.write(answer.raw)
        else:
            headers = {"Content-Length": str(len(answer.body)), "Connection": "close", **answer.headers}
            lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
            writer.write("\r\n".join(lines).encode() + answer.body[: answer.cut])
        await writer.drain()


@contextlib.asynccontextmanager
async def feed_server() -> AsyncIterator[FeedServer]:
    made = FeedServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        await made.stop()
        server.close()
        await server.wait_closed()
