"""From an entry of the pack to a feed that can be asked."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from eoc.errors import Permanent
from eoc.packs.sources import FeedEntry
from sensors.pollers.folder import DropFolder
from sensors.pollers.ftp import FtpFetcher
from sensors.pollers.http import HttpFetcher
from sensors.pollers.ports import Fetcher
from sensors.pollers.readers import REGISTRY
from sensors.pollers.runner import Feed


def feeds_of(
    entries: Sequence[FeedEntry], zone: tzinfo, data_dir: Path, keys: Mapping[str, str]
) -> tuple[list[Feed], dict[str, Permanent]]:
    """The feeds that are switched on, and for those that cannot be asked the reason. `keys`: secrets by their names."""
    made: list[Feed] = []
    faults: dict[str, Permanent] = {}
    for entry in entries:
        if not entry.enabled:
            continue
        secret = keys.get(entry.key.lower()) if entry.key is not None else None
        if entry.key is not None and not secret:
            faults[entry.id] = Permanent("feed.no_key", key=entry.key)
            continue
        made.append(Feed(entry, _fetcher(entry, zone, data_dir, secret), REGISTRY[entry.kind](entry, zone)))
    return made, faults


def _fetcher(entry: FeedEntry, zone: tzinfo, data_dir: Path, secret: str | None) -> Fetcher:
    if entry.scheme == "file-drop":
        return DropFolder(entry, data_dir)
    if entry.scheme == "ftp":
        return FtpFetcher(entry, zone, secret)
    return HttpFetcher(entry, zone, secret)
