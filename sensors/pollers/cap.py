"""CAP 1.2: one message, or an Atom or RSS feed that holds or links to many.

What the OASIS standard requires is required here (CAP 1.2, section 3.2; its schema): a message that lacks it, or that
updates nothing, is refused with the element that is wrong. Document types are refused before anything in them is read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, NamedTuple

from eoc.errors import Invalid
from eoc.packs.sources import FeedEntry
from sensors.codecs.moments import Fault, from_text, shown
from sensors.codecs.translate import refusal
from sensors.pollers import xml
from sensors.pollers.ports import CapAlert, CapArea, CapInfo, Document, Harvest

_CAP: Final = "urn:oasis:names:tc:emergency:cap:"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_CAP_TYPES: Final = frozenset({"application/cap+xml", "application/xml", "text/xml"})
_REMEMBERED: Final = 2_000
_MOST_LINKS: Final = 50
_TOLERANCE: Final = timedelta(hours=1)

_ALERT: Final = {
    "identifier": None,
    "sender": None,
    "sent": None,
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
}
_INFO: Final = {
    "event": None,
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown", "Very Likely"},
}
_REFERRING: Final = {"Update", "Cancel", "Ack", "Error"}


class _Asked(NamedTuple):
    """When, and the latest time a message may carry."""

    at: datetime
    latest: datetime | None


class CapReader:
    """See the module."""

    def __init__(self, entry: FeedEntry, zone: tzinfo) -> None:  # noqa: ARG002 - CAP's times name their offset
        self._feed = entry.id

    def read(self, document: Document, memory: Mapping[str, Any], now: datetime, limit: datetime | None) -> Harvest:
        root = xml.parse(document.body)
        asked = _Asked(now, None if limit is None else limit + _TOLERANCE)
        known = dict.fromkeys(memory.get("seen", ()))
        found = Harvest()
        if root.tag == "alert" and root.space.startswith(_CAP):
            self._alert(root, document.body, found, known, asked)
        elif root.tag == "feed" and root.space == _ATOM:
            for entry in root.all("entry"):
                self._entry(entry, document.body, found, known, asked)
        elif root.tag == "rss":
            for item in (item for channel in root.all("channel") for item in channel.all("item")):
                self._link(item.one("link"), item.one("guid") + item.one("pubDate"), found, known)
        else:
            raise Invalid("feed.not_cap", root=shown(root.tag))
        found.memory = {"seen": list(known)[-_REMEMBERED:]}
        return found

    def _entry(self, entry: xml.Node, body: bytes, found: Harvest, known: dict[str, None], asked: _Asked) -> None:
        alerts = [alert for content in entry.all("content") for alert in content.all("alert")]
        if alerts:
            for alert in alerts:
                self._alert(alert, body[alert.start : body.find(b">", alert.end) + 1], found, known, asked)
            return
        links = entry.all("link")
        typed = [each for each in links if each.attributes.get("type") in _CAP_TYPES]
        link = next(iter(typed or links), None)
        if link is not None:
            self._link(link.attributes.get("href", ""), entry.one("id") + entry.one("updated"), found, known)

    def _link(self, href: str, mark: str, found: Harvest, known: dict[str, None]) -> None:
        mark = shown(f"{href} {mark}", 400)
        if not href:
            return
        if mark in known:
            found.unchanged += 1
        elif len(found.links) < _MOST_LINKS:
            known[mark] = None
            found.links.append(href)

    def _alert(self, root: xml.Node, raw: bytes, found: Harvest, known: dict[str, None], asked: _Asked) -> None:
        mark = shown(f"{root.one('sender')},{root.one('identifier')},{root.one('sent')}", 400)
        if mark in known:
            found.unchanged += 1
            return
        known[mark] = None
        try:
            found.alerts.append(_credible(alert_of(root, self._feed, raw), asked.latest))
        except Fault as fault:
            found.refusals.append(refusal(fault, raw, f"feed:{self._feed}", asked.at))


def alert_of(root: xml.Node, feed: str, raw: bytes) -> CapAlert:
    """A message from its `alert` element; raises `Fault` with the element that is missing or wrong."""
    given = _required(root, _ALERT)
    references = tuple(root.one("references").split())
    if given["msgType"] in _REFERRING and not references:
        raise Fault("cap_invalid", {"element": "references", "value": ""})
    return CapAlert(
        feed=feed,
        identifier=given["identifier"],
        sender=given["sender"],
        sent=_moment("sent", given["sent"]),
        status=given["status"],
        msg_type=given["msgType"],
        scope=given["scope"],
        references=references,
        infos=tuple(_info(node) for node in root.all("info")),
        xml=raw,
    )


def _credible(alert: CapAlert, latest: datetime | None) -> CapAlert:
    if latest is not None and alert.sent > latest:
        raise Fault("in_future", {"ts": alert.sent.isoformat(), "limit": latest.isoformat()})
    return alert


def _info(node: xml.Node) -> CapInfo:
    given = _required(node, _INFO)
    categories = tuple(each.text for each in node.all("category"))
    if not categories:
        raise Fault("cap_invalid", {"element": "category", "value": ""})
    return CapInfo(
        language=node.one("language") or "en-US",
        event=given["event"],
        urgency=given["urgency"],
        severity=given["severity"],
        certainty=given["certainty"],
        categories=categories,
        headline=node.one("headline"),
        description=node.one("description"),
        instruction=node.one("instruction"),
        sender_name=node.one("senderName"),
        effective=_optional("effective", node),
        onset=_optional("onset", node),
        expires=_optional("expires", node),
        areas=tuple(_area(area) for area in node.all("area")),
    )


def _area(node: xml.Node) -> CapArea:
    description = node.one("areaDesc")
    if not description:
        raise Fault("cap_invalid", {"element": "areaDesc", "value": ""})
    return CapArea(
        description,
        tuple(_ring(polygon.text) for polygon in node.all("polygon") if polygon.text),
        tuple((code.one("valueName"), code.one("value")) for code in node.all("geocode")),
    )


def _ring(text: str) -> tuple[tuple[float, float], ...]:
    """CAP writes `lat,lon` pairs; the first and last must be the same."""
    try:
        points = [tuple(float(part) for part in pair.split(",")) for pair in text.split()]
        ring = tuple((lon, lat) for lat, lon in points)
    except ValueError:
        raise Fault("cap_invalid", {"element": "polygon", "value": shown(text)}) from None
    sound = all(-90 <= lat <= 90 and -180 <= lon <= 180 for lon, lat in ring)
    if len(ring) < 4 or ring[0] != ring[-1] or not sound:
        raise Fault("cap_invalid", {"element": "polygon", "value": shown(text)})
    return ring


def _required(node: xml.Node, elements: Mapping[str, set[str] | None]) -> dict[str, str]:
    given: dict[str, str] = {}
    for element, allowed in elements.items():
        text = node.one(element)
        if not text or (allowed is not None and text not in allowed):
            raise Fault("cap_invalid", {"element": element, "value": shown(text)})
        given[element] = text
    return given


def _moment(element: str, text: str) -> datetime:
    try:
        return from_text(text)
    except Fault:
        raise Fault("cap_invalid", {"element": element, "value": shown(text)}) from None


def _optional(element: str, node: xml.Node) -> datetime | None:
    text = node.one(element)
    return _moment(element, text) if text else None
