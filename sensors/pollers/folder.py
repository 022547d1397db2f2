"""A folder of this machine into which somebody drops files: each is read once, then moved to `done` or `rejected`."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from eoc.errors import Permanent
from eoc.packs.sources import FeedEntry
from sensors.pollers.ports import Document, Fetched

DONE: Final = "done"
REJECTED: Final = "rejected"
_MOST_FILES: Final = 200
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".filepart", "~")


class DropFolder:
    """`drop/NAME` of the data folder. A file that was touched less than `settled_s` ago may still be being written."""

    def __init__(self, entry: FeedEntry, data_dir: Path, settled_s: float = 2.0) -> None:
        self.folder = data_dir / "drop" / entry.url.removeprefix("file-drop:")
        self._most_bytes = entry.max_bytes
        self._settled_s = settled_s

    async def fetch(self, memory: Mapping[str, Any], now: datetime) -> Fetched:  # noqa: ARG002
        return await asyncio.to_thread(self._look)

    def _look(self) -> Fetched:
        for name in ("", DONE, REJECTED):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        found: list[Document] = []
        for path in sorted(self.folder.iterdir()):
            if len(found) == _MOST_FILES:
                break
            if path.is_symlink() or not path.is_file() or path.name.startswith(".") or path.name.endswith(_UNFINISHED):
                continue
            status = path.stat()
            if time.time() - status.st_mtime < self._settled_s:
                continue
            if status.st_size > self._most_bytes:
                self._move(path.name, json.dumps({"code": "feed.too_large", "params": {"limit": self._most_bytes}}))
                continue
            found.append(
                Document(path.name, path.read_bytes(), modified_at=datetime.fromtimestamp(status.st_mtime, UTC))
            )
        return Fetched(tuple(found))

    async def follow(self, link: str) -> Document:
        raise Permanent("feed.elsewhere", host=link[:80])

    async def done(self, document: Document, reason: str | None) -> None:
        await asyncio.to_thread(self._move, document.name, reason)

    def _move(self, name: str, reason: str | None) -> None:
        source = self.folder / name
        if not source.is_file():
            return
        shelf = self.folder / (DONE if reason is None else REJECTED)
        target = shelf / name
        number = 1
        while target.exists():
            number += 1
            target = shelf / f"{number}-{name}"
        source.rename(target)
        if reason is not None:
            target.with_name(f"{target.name}.why.json").write_text(reason, "utf-8")
