"""Warnings of others that come as CAP, into the bulletin inbox: as their issuer wrote them, under its own number."""

import logging
from collections.abc import Sequence

from eoc.engine import BulletinDesk
from eoc.engine.bulletins import MOST_TEXT, Entry
from eoc.errors import Conflict, Invalid
from eoc.incidents import Actor
from eoc.packs import Pack
from eoc.packs.names import search_key
from eoc.store import Store
from eoc.store import bulletins as bulletin_store
from sensors.pollers.ports import CapAlert, CapInfo
from ui.places import Places

log = logging.getLogger(__name__)

_ANNOUNCING = {"Alert", "Update"}


class CapInbox:
    """A `sensors.pollers.ports.CapListener`.

    Only messages with status `Actual` count (`Exercise` in an exercise). CAP has no level of Decision 18/2021, so none
    is invented: the officer who reads the bulletin enters it. The hazard is the one whose name in the pack the event
    bears, else `other`.
    """

    def __init__(self, store: Store, bulletins: BulletinDesk, pack: Pack, places: Places, *, drill: bool) -> None:
        self._store = store
        self._bulletins = bulletins
        self._places = places
        self._wanted = "Exercise" if drill else "Actual"
        names = [(code, name) for code, names in pack.hazards.names.items() for name in (names.vi, names.en)]
        # The longest name first: "lũ quét" is not "lũ".
        self._hazards = sorted(((search_key(name), code) for code, name in names), key=lambda pair: -len(pair[0]))
        self._language = "vi"

    async def take(self, alerts: Sequence[CapAlert]) -> None:
        """Enter each that is news; one that is known already, or over, changes nothing."""
        for alert in sorted(alerts, key=lambda each: each.sent):
            if alert.status != self._wanted:
                continue
            try:
                await self._enter(alert)
            except (Conflict, Invalid) as error:
                log.info("cap %s: %s", alert.identifier, error)

    async def _enter(self, alert: CapAlert) -> None:
        actor = Actor(f"feed:{alert.feed}", "system")
        before = await self._before(alert)
        if alert.msg_type == "Cancel":
            if before is not None:
                await self._bulletins.close(before[0], actor, before[1])
            return
        info = self._info(alert.infos)
        if alert.msg_type not in _ANNOUNCING or info is None:
            return
        entry = Entry(
            number=alert.identifier,
            issuer=issuer_of(alert),
            hazard=self.hazard_of(info),
            official_level=None,
            areas=self._areas(info),
            issued_at=alert.sent,
            valid_until=info.expires,
            text="\n\n".join(part for part in (info.headline, info.description, info.instruction) if part)[:MOST_TEXT],
            source="feed",
        )
        await self._bulletins.enter(entry, actor, supersedes=before[0] if before is not None else None)

    async def _before(self, alert: CapAlert) -> tuple[str, int] | None:
        """(id, version) of the bulletin in force that a message refers to."""
        async with self._store.read() as connection:
            for reference in reversed(alert.references):
                _, _, rest = reference.partition(",")
                known = await bulletin_store.same(connection, issuer_of(alert), rest.partition(",")[0])
                if known is not None and known.state == "current":
                    return known.id, known.version
        return None

    def _info(self, infos: Sequence[CapInfo]) -> CapInfo | None:
        ours = (info for info in infos if info.language.lower().startswith(self._language))
        return next(ours, next(iter(infos), None))

    def hazard_of(self, info: CapInfo) -> str:
        """The hazard of the pack that an event is named after."""
        event = f" {search_key(info.event)} "
        return next((code for name, code in self._hazards if f" {name} " in event or name == event.strip()), "other")

    def _areas(self, info: CapInfo) -> tuple[str, ...]:
        codes = (value for area in info.areas for _, value in area.geocodes)
        return tuple(dict.fromkeys(code for code in codes if self._places.known(code)))


def issuer_of(alert: CapAlert) -> str:
    """Who issued it, in the words people read: the sender's name if there is one."""
    return next((info.sender_name for info in alert.infos if info.sender_name), alert.sender)
