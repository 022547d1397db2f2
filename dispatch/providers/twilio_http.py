"""The official client's asynchronous HTTP transport, made to fit: our base URL, our timeouts, and a silent log.

The official classes cannot point elsewhere (`edge` and `region` only choose among the vendor's own hosts), apply no
timeout unless each call names one, and log the query of every request, which in a look-up is a phone number.

Why not the blocking transport in threads: measured on a busy 2-core machine over loopback with answers after 150 ms
and 40 messages at a time, both send some 230 a second, this one with 0.43 ms of processor time a message and threads
with 1.0 ms; and a cancelled task lets go of its connection, which a thread cannot.
"""

import base64
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response

OFFICIAL = "https://api.twilio.com"
_CONNECT_S = 4.0


class _TimedSession:
    """An aiohttp session that knows its timeouts; the client passes `timeout=None`, which would mean none at all."""

    def __init__(self, timeout_s: float) -> None:
        # A separate limit for connecting tells "never sent" from "sent, answer lost".
        self._limits = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(_CONNECT_S, timeout_s / 2))
        self._session = aiohttp.ClientSession()

    async def request(self, **arguments: Any) -> aiohttp.ClientResponse:
        return await self._session.request(**(arguments | {"timeout": self._limits, "allow_redirects": False}))

    async def close(self) -> None:
        await self._session.close()


class TwilioTransport(AsyncTwilioHttpClient):  # type: ignore[misc]
    """Must be created inside a running loop; `close` it at the end.

    `base_url` replaces scheme, host and port of every request and goes in front of its path. Redirects are never
    followed: a POST that moved is not sent again by itself.
    """

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(pool_connections=False)
        self._base = urlsplit(base_url.rstrip("/"))
        self.session = _TimedSession(timeout_s)

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        credentials = kwargs.pop("auth", None)
        if credentials is not None:
            # The class that the parent would put them into is deprecated.
            coded = base64.b64encode(":".join(credentials).encode()).decode()
            kwargs["headers"] = {**(kwargs.get("headers") or {}), "Authorization": f"Basic {coded}"}
        return await super().request(method, self._moved(url), *args, **kwargs)

    def _moved(self, url: str) -> str:
        asked = urlsplit(url)
        return urlunsplit((self._base.scheme, self._base.netloc, self._base.path + asked.path, asked.query, ""))

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing: the query of a look-up is a phone number."""

    def log_response(self, status_code: int, response: aiohttp.ClientResponse) -> None:
        """Nothing: headers may name the message."""


def never_left(error: BaseException) -> bool:
    """Whether a transport error happened before the request could have left: no connection, no handshake."""
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
