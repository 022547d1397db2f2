"""A folder (or one file) on an FTP server: what is new there or has changed since it was last read."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aioftp

from eoc.errors import Permanent, Temporary
from eoc.packs.sources import FeedEntry
from sensors.pollers.address import filled
from sensors.pollers.ports import Document, Fetched

_MOST_FILES: Final = 200
_UNFINISHED: Final = (".part", ".tmp", ".filepart", "~")


class FtpFetcher:
    """`ftp://user@host/folder/`; the key is the password. The server is left as it is: what was read is remembered."""

    def __init__(self, entry: FeedEntry, zone: tzinfo, secret: str | None) -> None:
        self._entry = entry
        self._zone = zone
        self._secret = secret

    async def fetch(self, memory: Mapping[str, Any], now: datetime) -> Fetched:
        parts = urlsplit(filled(self._entry, self._zone, now, self._secret))
        user = unquote(parts.username or "anonymous")
        seconds = self._entry.timeout_s
        client = aioftp.Client(socket_timeout=seconds, connection_timeout=seconds)
        try:
            async with asyncio.timeout(seconds):
                await client.connect(parts.hostname or "", parts.port or 21)
                await client.login(user, self._secret or "anonymous@")
                return await self._gather(client, unquote(parts.path) or "/", dict(memory.get("files", {})))
        except TimeoutError:
            raise Temporary("feed.no_answer", seconds=seconds) from None
        except aioftp.StatusCodeError as error:
            codes = ", ".join(str(code) for code in error.received_codes)
            raise Temporary("feed.ftp", codes=codes) from None
        except (OSError, EOFError, aioftp.AIOFTPException) as error:
            raise Temporary("feed.unreachable", detail=type(error).__name__) from None
        finally:
            client.close()

    async def _gather(self, client: aioftp.Client, path: str, known: dict[str, str]) -> Fetched:
        found: list[Document] = []
        seen: dict[str, str] = {}
        for name, mark in sorted(await self._listing(client, path)):
            if known.get(name) == mark or len(found) == _MOST_FILES:
                if name in known:
                    seen[name] = known[name]
                continue
            found.append(Document(PurePosixPath(name).name, await self._download(client, name)))
            seen[name] = mark
        return Fetched(tuple(found), unchanged=not found, memory={"files": seen})

    async def _listing(self, client: aioftp.Client, path: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        async for entry, facts in client.list(path):
            name = str(entry)
            if facts.get("type") != "file" or name.endswith(_UNFINISHED) or entry.name.startswith("."):
                continue
            found.append((name, f"{facts.get('size', '')}:{facts.get('modify', '')}"))
        return found

    async def _download(self, client: aioftp.Client, name: str) -> bytes:
        pieces, size, most = [], 0, self._entry.max_bytes
        async with client.download_stream(name) as stream:
            async for piece in stream.iter_by_block():
                size += len(piece)
                if size > most:
                    raise Permanent("feed.too_large", limit=most)
                pieces.append(piece)
        return b"".join(pieces)

    async def follow(self, link: str) -> Document:
        raise Permanent("feed.elsewhere", host=link[:80])

    async def done(self, document: Document, reason: str | None) -> None:
        """Nothing to do: the folder is somebody else's."""
