"""What arrives on MQTT beside readings: who is online, and which dam announces a release.

A status is remembered here only: the broker keeps it retained and tells it again at every reconnect. A release notice
is kept in the journal, once per content; what follows from it (the release clock) is the next step of the product.
"""

import hashlib

from eoc.clock import iso
from eoc.engine import Engine
from eoc.events import Draft
from eoc.store import Store, kept
from sensors.notices import Notice, ReleaseNotice, StatusNotice


class Notices:
    """Takes notices for good; see `sensors.notices.NoticeListener`."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self.status: dict[str, StatusNotice] = {}

    async def take(self, notice: Notice) -> None:
        if isinstance(notice, ReleaseNotice):
            await self._release(notice)
        else:
            self.status[notice.station] = notice

    async def _release(self, notice: ReleaseNotice) -> None:
        name = f"release:{notice.reservoir}:{notice.id}"
        content = hashlib.sha256(notice.raw).hexdigest()
        async with self._store.write() as unit:
            known = await kept.get(unit.connection, name)
            if known is not None and known["content"] == content:
                return
            await kept.put(unit.connection, name, {"content": content})
            data = {
                "notice": notice.id,
                "planned_at": iso(notice.planned_at) if notice.planned_at else None,
                "until": iso(notice.until) if notice.until else None,
                "discharge_m3s": notice.discharge_m3s,
                "gates_open": notice.gates_open,
                "update": known is not None,
            }
            kind = "station.release_cancelled" if notice.cancelled else "station.release_noticed"
            await unit.append([Draft(kind, notice.reservoir, self._engine.shown_now(), data)])
