"""The pack's sources for ingest, with the filters of packs before it, so that a kept session lets go of them."""

from eoc.packs import Pack
from eoc.store import Store, kept
from sensors.sources import Sources

_NAME = "mqtt.filters"
_MOST = 1_000


async def sources_of(store: Store, pack: Pack) -> Sources:
    """What ingest listens to beside our own topics; remembers the filters for the packs to come."""
    filters = [entry.topic for entry in pack.sources]
    async with store.write() as unit:
        before = await kept.get(unit.connection, _NAME) or {}
        known: list[str] = list(before.get("filters", []))
        every = list(dict.fromkeys([*known, *filters]))[-_MOST:]
        if every != known:
            await kept.put(unit.connection, _NAME, {"filters": every})
    return Sources(pack.sources, former=known)
