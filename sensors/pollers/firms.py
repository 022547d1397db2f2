"""Hot spots of NASA FIRMS as CSV: VIIRS (375 m) and MODIS (1 km) near-real-time active fires.

Columns by name, in any order: latitude, longitude, acq_date (UTC), acq_time (HHMM, leading zeros often lost),
satellite, confidence (`l n h`, words, or 0-100), frp (MW). Source: FIRMS, "Active fire data attributes".
"""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from eoc.errors import Invalid
from eoc.hazards.hotspots import Confidence, Hotspot, confidence_of
from eoc.packs.sources import FeedEntry
from sensors.codecs.moments import OLDEST, Fault, shown
from sensors.codecs.translate import refusal
from sensors.pollers import texts
from sensors.pollers.ports import Document, Harvest

_REQUIRED: Final = ("latitude", "longitude", "acq_date", "acq_time", "satellite")
_WORDS: Final[Mapping[str, Confidence]] = {
    "l": "low",
    "low": "low",
    "n": "nominal",
    "nominal": "nominal",
    "h": "high",
    "high": "high",
}
_REMEMBERED: Final = 20_000
_MOST_ROWS: Final = 50_000
_TOLERANCE: Final = timedelta(hours=1)
"""The satellite's clock is good; this is for ours."""


class FirmsReader:
    """See the module."""

    def __init__(self, entry: FeedEntry, zone: tzinfo) -> None:  # noqa: ARG002 - times are in UTC
        self._feed = entry.id

    def read(self, document: Document, memory: Mapping[str, Any], now: datetime, limit: datetime | None) -> Harvest:
        try:
            text = document.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid("feed.not_text", at=error.start) from None
        lines = csv.DictReader(io.StringIO(text, newline=""))
        header = [name.strip().lower() for name in lines.fieldnames or ()]
        missing = [name for name in _REQUIRED if name not in header]
        if missing:
            # A wrong key is answered with a sentence and status 200.
            raise Invalid("feed.columns", names=", ".join(missing))
        lines.fieldnames = header
        known, found = set(memory.get("seen", ())), Harvest()
        told: dict[str, None] = {}
        try:
            for count, row in enumerate(lines):
                if count >= _MOST_ROWS:
                    raise Invalid("feed.rows_too_many", limit=_MOST_ROWS)
                self._row(row, found, known, told, now, limit)
        except csv.Error as error:
            raise Invalid("feed.csv", detail=str(error)) from None
        found.memory = {"seen": list(told)[-_REMEMBERED:]}
        return found

    def _row(
        self,
        row: dict[str | None, Any],
        found: Harvest,
        known: set[str],
        told: dict[str, None],
        now: datetime,
        limit: datetime | None,
    ) -> None:
        raw = ",".join(str(cell) for cell in row.values()).encode("utf-8", "backslashreplace")
        try:
            spot = hotspot_of(row, self._feed, None if limit is None else max(limit, now + _TOLERANCE))
        except Fault as fault:
            mark = shown(raw.decode("utf-8", "replace"), 200)
            if mark not in known:
                found.refusals.append(refusal(fault, raw, f"feed:{self._feed}", now))
            told[mark] = None
            return
        if spot.key in known:
            found.unchanged += 1
        elif spot.key not in told:
            found.hotspots.append(spot)
        told[spot.key] = None


def hotspot_of(row: Mapping[Any, Any], feed: str, limit: datetime | None) -> Hotspot:
    """One line; raises `Fault`."""
    if None in row or any(row.get(name) in (None, "") for name in _REQUIRED):
        raise Fault("feed_row_torn")
    lat = _number(row, "latitude", -90.0, 90.0)
    lon = _number(row, "longitude", -180.0, 180.0)
    at = _moment(str(row["acq_date"]).strip(), str(row["acq_time"]).strip())
    if limit is not None and at > limit:
        raise Fault("in_future", {"ts": at.isoformat(), "limit": limit.isoformat()})
    frp = row.get("frp")
    return Hotspot(
        satellite=shown(str(row["satellite"]).strip(), 40),
        at=at,
        lon=lon,
        lat=lat,
        confidence=_confidence(row.get("confidence")),
        frp_mw=None if texts.is_missing(frp) else _number(row, "frp", 0.0, 1e6),
        instrument=shown(str(row.get("instrument") or "").strip(), 40),
        source=feed,
    )


def _number(row: Mapping[Any, Any], name: str, low: float, high: float) -> float:
    value = float(texts.number(name, row[name], "."))
    if not low <= value <= high:
        raise Fault("value_out_of_range", {"property": name, "value": shown(value), "low": low, "high": high})
    return value


def _moment(day: str, clock: str) -> datetime:
    padded = clock.zfill(4)
    try:
        at = datetime.strptime(f"{day} {padded}", "%Y-%m-%d %H%M").replace(tzinfo=UTC)
    except ValueError:
        at = None
    if at is None or at < OLDEST or not padded.isascii():
        raise Fault("ts_invalid", {"ts": shown(f"{day} {clock}")})
    return at


def _confidence(given: Any) -> Confidence | None:
    if texts.is_missing(given):
        return None
    text = str(given).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    percent = float(texts.number("confidence", text, "."))
    if not 0 <= percent <= 100:
        raise Fault("value_out_of_range", {"property": "confidence", "value": shown(text), "low": 0, "high": 100})
    return confidence_of(percent)
