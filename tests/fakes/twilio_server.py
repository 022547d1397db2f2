"""A stateful Twilio on loopback: it keeps what it accepted, lists it, calls back, and fails on request.

    async with TwilioServer(random.Random(7)) as twilio:
        provider talks to twilio.base_url with ACCOUNT and TOKEN
        twilio.faults = Faults(error_after=0.1)        # from now on one in ten is accepted and answered with a 500
        twilio.accepted                                # what phones would have received, in order

It speaks plain HTTP/1.1 with keep-alive over real sockets, so that resets, hangs and lost answers are real ones. What
it accepted is the truth a test judges by: never our own tables.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import re
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from dispatch.sms.segments import measure
from tests.fakes.openapi import Judge

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "token-of-the-tests"
SERVICE = "MG" + "0123456789abcdef" * 2
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_LINGER_ZERO = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Faults:
    """Shares (0 to 1) of the requests to send that go wrong, tried in this order; the default never does.

    too_many: 429. error_before / error_after: 500 without / with the message accepted. reset_before / reset_after: RST
    without / with it. hang_after: accepted, and no answer ever. garbage: accepted, and an answer that is no JSON.
    lookup_error: 503 to a list. latency_s: before every answer.
    """

    too_many: float = 0.0
    error_before: float = 0.0
    reset_before: float = 0.0
    error_after: float = 0.0
    reset_after: float = 0.0
    hang_after: float = 0.0
    garbage: float = 0.0
    lookup_error: float = 0.0
    latency_s: float = 0.0


@dataclass(frozen=True)
class Message:
    """One accepted message. `at`: when, on the loop's clock (for rates)."""

    sid: str
    to: str
    body: str
    form: Mapping[str, str] = field(repr=False)
    created: datetime
    at: float
    status: str = "queued"
    error_code: int | None = None


@dataclass(frozen=True)
class Request:
    """What arrived: method, path, query or form."""

    method: str
    path: str
    fields: Mapping[str, list[str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class TwilioServer:
    """See the module. `refuse` may answer a number with a code of Twilio's (21211 ...); `rate_per_s` is kept to."""

    chance: random.Random
    faults: Faults = Faults()
    judge: Judge | None = None
    refuse: Callable[[str], int | None] = lambda _to: None
    rate_per_s: float | None = None
    page_size: int = 50
    host: str = "127.0.0.1"
    accepted: list[Message] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    _by_number: dict[str, list[int]] = field(default_factory=dict)
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _allowance: float = 0.0
    _asked_at: float = 0.0

    async def __aenter__(self) -> TwilioServer:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, self.host, port)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything, open connections included (RST): an outage. `start(port)` ends it."""
        self._server.close()
        for writer in list(self._connections):
            _reset(writer)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def received(self) -> dict[str, int]:
        """How many messages each number got."""
        return {number: len(indexes) for number, indexes in self._by_number.items()}

    # -- connections ----------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or `stop` ended it
        finally:
            self._tasks.discard(task)
            self._connections.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines if each)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        asked = urlsplit(target)
        fields = parse_qs(body if method == "POST" else asked.query, keep_blank_values=True)
        request = Request(method, asked.path, fields, headers)
        self.requests.append(request)
        if self.faults.latency_s:
            await asyncio.sleep(self.faults.latency_s)
        answer = await self._answer(request, writer)
        if answer is None:
            return False
        status, payload = answer
        text = payload if isinstance(payload, str) else json.dumps(payload)
        reply = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text.encode())}\r\n\r\n"
        writer.write(reply.encode() + text.encode())
        await writer.drain()
        return True

    # -- the API --------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> tuple[int, Any] | None:
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return _error(401, 20003, "Authenticate")
        path = MESSAGES.replace("{AccountSid}", ACCOUNT)
        if request.path != path:
            return _error(404, 20404, "The requested resource was not found")
        if request.method == "GET":
            return self._list(request)
        return await self._send(request, writer)

    async def _send(self, request: Request, writer: asyncio.StreamWriter) -> tuple[int, Any] | None:
        if self.judge is not None:
            self.disagreements += self.judge.form(MESSAGES, request.fields)
        form = {name: values[0] for name, values in request.fields.items()}
        problem = self._problem(form)
        if problem is not None:
            return problem
        fault = self._fault()
        self.outcomes[fault] = self.outcomes.get(fault, 0) + 1
        if fault == "too_many":
            return _error(429, 20429, "Too Many Requests")
        if fault == "error_before":
            return _error(500, 20500, "Internal Server Error")
        if fault == "reset_before":
            _reset(writer)
            return None
        message = self._take(form)
        if fault == "error_after":
            return _error(500, 20500, "Internal Server Error")
        if fault == "reset_after":
            _reset(writer)
            return None
        if fault == "hang_after":
            await asyncio.sleep(3600)
        if fault == "garbage":
            return 201, "<html>proxy</html>"
        return self._agreed("post", 201, _as_json(message))

    def _problem(self, form: Mapping[str, str]) -> tuple[int, Any] | None:
        to = form.get("To", "")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
            return _error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if (code := self.refuse(to)) is not None:
            return _error(400, code, f"Refused: {to}")
        if "From" not in form and "MessagingServiceSid" not in form:
            return _error(400, 21603, "A 'From' phone number is required.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        return None

    def _fault(self) -> str:
        if self.rate_per_s is not None and not self._allowed(self.rate_per_s):
            return "too_many"
        drawn = self.chance.random()
        for name in (
            "too_many", "error_before", "reset_before", "error_after", "reset_after", "hang_after", "garbage",
        ):  # fmt: skip
            share: float = getattr(self.faults, name)
            if drawn < share:
                return name
            drawn -= share
        return "none"

    def _allowed(self, rate_per_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        self._allowance = min(rate_per_s, self._allowance + (now - self._asked_at) * rate_per_s)
        self._asked_at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True

    def _take(self, form: Mapping[str, str]) -> Message:
        message = Message(
            sid=f"SM{len(self.accepted):032x}",
            to=form["To"],
            body=form["Body"],
            form=form,
            created=datetime.now(UTC),
            at=asyncio.get_running_loop().time(),
        )
        self._by_number.setdefault(message.to, []).append(len(self.accepted))
        self.accepted.append(message)
        return message

    def _list(self, request: Request) -> tuple[int, Any]:
        if self.judge is not None:
            self.disagreements += self.judge.query(MESSAGES, request.fields)
        if self.chance.random() < self.faults.lookup_error:
            return _error(503, 20503, "Service Unavailable")
        query = {name: values[0] for name, values in request.fields.items()}
        if "To" in query:
            found = [self.accepted[index] for index in reversed(self._by_number.get(query["To"], []))]
        else:
            found = list(reversed(self.accepted))
        size = min(int(query.get("PageSize", self.page_size)), self.page_size)
        page = int(query.get("Page", 0))
        part = found[page * size : (page + 1) * size]
        path = MESSAGES.replace("{AccountSid}", ACCOUNT)

        def uri(number: int) -> str:
            return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': number})}"

        body = {
            "messages": [_as_json(message) for message in part],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(0, len(part) - 1),
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1) if (page + 1) * size < len(found) else None,
            "previous_page_uri": uri(page - 1) if page else None,
            "uri": uri(page),
        }
        return self._agreed("get", 200, body)

    def _agreed(self, method: str, status: int, body: Any) -> tuple[int, Any]:
        if self.judge is not None:
            self.disagreements += self.judge.answer(MESSAGES, method, status, body)
        return status, body

    # -- afterwards -----------------------------------------------------------------------------------------------

    async def report(self, index: int, status: str, error_code: int | None = None) -> None:
        """A message changes its status; whoever asked for it is called back, signed."""
        message = self.accepted[index] = replace(self.accepted[index], status=status, error_code=error_code)
        url = message.form.get("StatusCallback")
        if url is None:
            return
        fields = {"MessageSid": message.sid, "MessageStatus": status, "To": message.to, "AccountSid": ACCOUNT}
        if error_code is not None:
            fields["ErrorCode"] = str(error_code)
        signature = RequestValidator(TOKEN).compute_signature(url, fields)
        await _post(url, fields, {"X-Twilio-Signature": signature})


def _as_json(message: Message) -> dict[str, Any]:
    stamp = format_datetime(message.created)
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}"
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": stamp,
        "date_sent": None if message.status == "queued" else stamp,
        "date_updated": stamp,
        "direction": "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": message.form.get("From"),
        "messaging_service_sid": message.form.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": str(measure(message.body).segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _error(status: int, code: int, message: str) -> tuple[int, Any]:
    info = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": info, "status": status}


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    writer.transport.abort()


async def _post(url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    body = urlencode(fields)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/x-www-form-urlencoded", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    await writer.drain()
    await reader.read()
    writer.close()
    await writer.wait_closed()
