"""How the feeds are: what is asked, when it last answered, how old what we have from it is, and what is wrong."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from eoc.clock import wall_now
from eoc.packs.sources import FeedEntry
from eoc.store import feeds, journal_log
from eoc.store.feeds import FeedState
from ui.access import InRoom, PartsHere
from ui.api.shapes import page, when
from ui.feeds import asked

router = APIRouter(tags=["devices"])

LATE_AFTER = 3
"""Intervals without a good answer after which a feed is late; the same as for a station's silence."""


@router.get("/feeds")
async def list_feeds(person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """Every feed of the pack: `state` is good, late, failing, never (asked so far) or off."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        known = await feeds.every(connection)
    running = {entry.id for entry in asked(parts.pack, parts.settings)}
    now = wall_now()
    return page([_json(entry, known.get(entry.id), entry.id in running, now) for entry in parts.pack.feeds], None)


def _json(entry: FeedEntry, state: FeedState | None, running: bool, now: datetime) -> dict[str, Any]:
    good_at = state.good_at if state else None
    return {
        "id": entry.id,
        "name": entry.name.model_dump() if entry.name else entry.id,
        "kind": entry.kind,
        "from": urlsplit(entry.url).hostname or entry.url.removeprefix("file-drop:"),
        "via": entry.scheme,
        "interval_s": entry.interval_s,
        "state": state_of(entry, state, running, now),
        "last_attempt_at": when(state.attempted_at) if state else None,
        "last_good_at": when(good_at),
        "age_s": None if good_at is None else max(0, int((now - good_at).total_seconds())),
        "newest_at": when(state.newest_at) if state else None,
        "next_at": when(state.next_at) if state else None,
        "failures": state.failures if state else 0,
        "last_error": state.problem.as_json() if state and state.problem else None,
        "counts": dict(state.counts) if state else {},
        "missing": [{"station": station, "property": name} for station, name in (state.missing if state else ())],
        "unmapped": list(state.unmapped) if state else [],
    }


def state_of(entry: FeedEntry, state: FeedState | None, running: bool, now: datetime) -> str:
    """One word for how a feed is."""
    if not running:
        return "off"
    if state is None:
        return "never"
    if state.problem is not None:
        return "failing"
    if state.good_at is None:
        return "never"
    return "late" if (now - state.good_at).total_seconds() > LATE_AFTER * entry.interval_s else "good"
