"""The address of a feed at a moment: times and the secret put in where the pack left a place for them."""

from datetime import datetime, timedelta, tzinfo
from re import Match
from urllib.parse import quote

from eoc.packs.sources import URL_SLOT, FeedEntry


def filled(entry: FeedEntry, zone: tzinfo, now: datetime, secret: str | None) -> str:
    """`{now:FORMAT}`, `{since:FORMAT}` and `{key}` replaced and percent-encoded."""

    def text(slot: Match[str]) -> str:
        which, form = slot[1], slot[2]
        if which is None:
            return quote(secret or "", safe="")
        at = now if which == "now" else now - timedelta(hours=entry.look_back_h)
        return quote(at.astimezone(zone).strftime(form), safe="")

    return URL_SLOT.sub(text, entry.url)
