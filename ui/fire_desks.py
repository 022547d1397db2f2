"""The fire desks of a running product, put together: the map, its bulletins, notified burning, hot spots."""

import logging
from dataclasses import dataclass

from eoc.bus import Bus
from eoc.engine import Engine
from eoc.engine.burning import BurningDesk
from eoc.engine.fire import FireDesk
from eoc.engine.fire_bulletins import FireBulletins
from eoc.engine.fire_province import FireProvince
from eoc.engine.hotspots import HotspotDesk
from eoc.events import Event
from eoc.hazards.fire_book import CurrentBook
from eoc.hazards.smoke import HAZARD, SmokeParams
from eoc.packs import Pack
from eoc.secrets import Vault
from eoc.store import Store, journal_log

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 5.0


@dataclass(slots=True)
class FireDesks:
    """`smoke` are the numbers that sensors and cameras are judged by; None = off."""

    store: Store
    map: FireDesk
    bulletins: FireBulletins
    burning: BurningDesk
    hotspots: HotspotDesk
    smoke: SmokeParams | None

    @classmethod
    async def open(cls, store: Store, engine: Engine, pack: Pack, vault: Vault) -> "FireDesks":
        """Build them around the book that the engine's smoke rules already look into, and start the map's timer."""
        smoke = engine.world.hazards.smoke
        context = smoke.context if smoke is not None else None
        book = context if isinstance(context, CurrentBook) else CurrentBook()
        desk = FireDesk(store, engine, FireProvince.of(pack), book)
        await desk.start()
        return cls(
            store,
            desk,
            FireBulletins(store, engine),
            BurningDesk(store, engine, desk, vault),
            HotspotDesk(store, engine, desk, smoke),
            smoke,
        )

    async def run(self, bus: Bus) -> None:
        """Follow the journal: another process computed the map or took a burning, or the inbox got a fire bulletin."""
        waiter = bus.waiter("journal")
        async with self.store.read() as connection:
            seq = await journal_log.head_seq(connection)
        while True:
            await waiter.wait(_LOOK_AGAIN_S)
            try:
                async with self.store.read() as connection:
                    events = await journal_log.read_after(connection, seq)
                if any(_announced(each) for each in events):
                    await self.map.follow()
                elif any(each.family == "fire" for each in events):
                    await self.map.refresh()
            except Exception:
                log.exception("the fire desk cannot follow the journal; trying again")
                continue
            if events:
                seq = events[-1].seq


def _announced(event: Event) -> bool:
    return event.kind.startswith("system.bulletin_") and event.data.get("hazard") == HAZARD
