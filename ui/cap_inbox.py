"""Warnings of other authorities (CAP) into the bulletin inbox: which hazard, which of our units, what they replace.

A CAP severity is not a disaster risk level of Decision 18/2021/QĐ-TTg, so such a bulletin names no official level: it
is quoted and filed, and a person who reads a level in it enters that.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from eoc.engine import BulletinDesk
from eoc.engine.bulletins import MOST_TEXT, Entry
from eoc.errors import Conflict, EocError, Invalid
from eoc.incidents import Actor
from eoc.packs import Pack, search_key
from eoc.store import Store
from eoc.store import bulletins as bulletin_store
from sensors.pollers.ports import CapAlert, CapArea, CapInfo

log = logging.getLogger(__name__)

_ANYWHERE = "other"
_LONGEST = 200


class CapInbox:
    """Takes alerts of feeds; see `sensors.pollers.ports.CapListener`. `exercise`: exercises count, real ones do not."""

    def __init__(self, store: Store, desk: BulletinDesk, pack: Pack, now: datetime, *, exercise: bool = False) -> None:
        self._store = store
        self._desk = desk
        self._status = "Exercise" if exercise else "Actual"
        self._keywords = [
            (search_key(word), hazard) for hazard, words in pack.hazards.cap_events.items() for word in words
        ]
        communes = pack.areas_at(now, "commune")
        self._outlines: dict[str, BaseGeometry] = {each.code: each.outline for each in communes if each.outline}
        self._names = {search_key(each.name): each.code for each in pack.areas_at(now)}
        self._codes = {each.code for each in pack.areas_at(now)}

    async def take(self, alerts: Sequence[CapAlert]) -> None:
        """Each alert once: what is known already, meant as a test or about elsewhere changes nothing."""
        for alert in sorted(alerts, key=lambda each: each.sent):
            if alert.status != self._status or not alert.infos:
                continue
            try:
                await self._take(alert)
            except (Conflict, Invalid) as error:
                log.info("CAP %s is passed over: %s", alert.key, error)
            except EocError:
                log.exception("CAP %s cannot be taken in", alert.key)
                raise

    async def _take(self, alert: CapAlert) -> None:
        info = _preferred(alert.infos)
        areas = self.areas(info.areas)
        issuer = (info.sender_name or alert.sender)[:_LONGEST]
        actor = Actor(f"feed:{alert.feed}", "system")
        async with self._store.read() as connection:
            earlier = [
                known
                for number in _numbers(alert.references)
                if (known := await bulletin_store.same(connection, issuer, number)) is not None
            ]
        current = next((each for each in earlier if each.state == "current"), None)
        if alert.msg_type == "Cancel":
            if current is not None:
                await self._desk.close(current.id, actor, current.version)
            return
        if areas is None:
            return
        entry = Entry(
            number=alert.identifier[:_LONGEST],
            issuer=issuer,
            hazard=self.hazard(info),
            official_level=None,
            areas=areas,
            issued_at=alert.sent,
            valid_until=info.expires,
            text="\n\n".join(part for part in (info.headline, info.description, info.instruction) if part)[:MOST_TEXT],
            source="cap",
        )
        made = await self._desk.enter(entry, actor, supersedes=current.id if current is not None else None)
        await self._desk.attach(made.id, "alert.xml", alert.xml, actor)

    def hazard(self, info: CapInfo) -> str:
        """The hazard whose word stands in the event's name; the longest word decides."""
        event = search_key(info.event)
        found = [(len(word), hazard) for word, hazard in self._keywords if word in event]
        return max(found)[1] if found else _ANYWHERE

    def areas(self, given: Sequence[CapArea]) -> tuple[str, ...] | None:
        """Our units that are meant, by code, by polygon, by name; () where the message draws no line, None = not us."""
        found: set[str] = set()
        drawn = False
        for area in given:
            codes = {value for _, value in area.geocodes} & self._codes
            drawn = drawn or bool(area.polygons or area.geocodes)
            for ring in area.polygons:
                shape = Polygon(ring)
                if not shape.is_valid:
                    shape = shape.buffer(0)
                codes |= {code for code, outline in self._outlines.items() if outline.intersects(shape)}
            if not codes and (named := self._names.get(search_key(area.description))) is not None:
                codes = {named}
            found |= codes
        if found:
            return tuple(sorted(found))
        return None if drawn or given else ()


def _preferred(infos: Sequence[CapInfo]) -> CapInfo:
    """The Vietnamese text if there is one, else the first."""
    return next((each for each in infos if each.language.lower().startswith("vi")), infos[0])


def _numbers(references: Sequence[str]) -> list[str]:
    """The identifiers in CAP references (`sender,identifier,sent`)."""
    return [parts[1] for each in references if len(parts := each.split(",")) == 3]
