"""Asking over HTTP: one GET with a deadline, a limit on size, the validators of last time, and no wandering off."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx

from eoc.errors import Permanent, Temporary
from eoc.packs.sources import FeedEntry
from sensors.pollers.address import filled
from sensors.pollers.ports import Document, Fetched

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MOST_REDIRECTS: Final = 3
_AGENT: Final = "eoc-feed/1"


class HttpFetcher:
    """One http or https address. The secret goes only to the address itself, never into a log or an error."""

    def __init__(self, entry: FeedEntry, zone: Any, secret: str | None) -> None:
        self._entry = entry
        self._zone = zone
        self._secret = secret

    async def fetch(self, memory: Mapping[str, Any], now: datetime) -> Fetched:
        url = filled(self._entry, self._zone, now, self._secret)
        headers = self._headers()
        # A template with the time in it is another resource at every asking.
        same = "{" not in self._entry.url.replace("{key}", "")
        if same and memory.get("etag"):
            headers["If-None-Match"] = str(memory["etag"])
        if same and memory.get("modified"):
            headers["If-Modified-Since"] = str(memory["modified"])
        response, body = await self._get(url, headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Fetched(unchanged=True, memory=dict(memory))
        validators = {"etag": response.headers.get("etag"), "modified": response.headers.get("last-modified")}
        return Fetched((self._document("", response, body),), memory={k: v for k, v in validators.items() if v})

    async def follow(self, link: str) -> Document:
        base = self._entry.url
        url = urljoin(base, link)
        if _origin(url) != _origin(base):
            raise Permanent("feed.elsewhere", host=urlsplit(url).hostname or "")
        response, body = await self._get(url, self._headers())
        return self._document(url, response, body)

    async def done(self, document: Document, reason: str | None) -> None:
        """Nothing to do: it stays where it is."""

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        if self._secret is not None and "{key}" not in self._entry.url:
            headers[self._entry.key_header] = self._secret
        return headers

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        timeout_s = self._entry.timeout_s
        try:
            async with asyncio.timeout(timeout_s), httpx.AsyncClient(timeout=timeout_s, trust_env=False) as client:
                for _ in range(_MOST_REDIRECTS + 1):
                    async with client.stream("GET", url, headers=headers) as response:
                        if response.status_code not in _REDIRECTS:
                            return response, await self._body(response)
                        target = urljoin(url, response.headers.get("location", ""))
                    if _origin(target) != _origin(url):
                        raise Permanent("feed.elsewhere", host=urlsplit(target).hostname or "")
                    url = target
        except (TimeoutError, httpx.TimeoutException):
            raise Temporary("feed.no_answer", seconds=timeout_s) from None
        except httpx.RemoteProtocolError:
            raise Temporary("feed.broken_off") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Temporary("feed.unreachable", detail=type(error).__name__) from None
        raise Permanent("feed.redirects", limit=_MOST_REDIRECTS)

    async def _body(self, response: httpx.Response) -> bytes:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return b""
        if response.status_code != httpx.codes.OK:
            raise Temporary("feed.status", status=response.status_code)
        pieces, size, most = [], 0, self._entry.max_bytes
        async for piece in response.aiter_bytes(65_536):
            size += len(piece)
            if size > most:
                raise Permanent("feed.too_large", limit=most)
            pieces.append(piece)
        return b"".join(pieces)

    @staticmethod
    def _document(name: str, response: httpx.Response, body: bytes) -> Document:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Document(name, body, kind, _moment(response.headers.get("last-modified")))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: where a request really goes."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
