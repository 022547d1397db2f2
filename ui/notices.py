"""What arrives on MQTT beside readings: who is online, and which dam announces a release.

A status is written down when it changes: the watchdog reads it, in whichever process it runs. A release notice
goes to the release desk; one that makes no sense is kept among the refused.
"""

from eoc.engine import Engine
from eoc.engine.releases import ReleaseDesk
from eoc.errors import Invalid
from eoc.hazards.dam_release import Notice as Announcement
from eoc.model import Refusal
from eoc.store import Store, quarantine
from eoc.store import stations as station_store
from sensors.notices import Notice, ReleaseNotice, StatusNotice
from sensors.store import devices


class Notices:
    """Takes notices for good; see `sensors.notices.NoticeListener`."""

    def __init__(self, store: Store, engine: Engine, releases: ReleaseDesk) -> None:
        self._store = store
        self._engine = engine
        self._releases = releases
        self.status: dict[str, StatusNotice] = {}

    async def take(self, notice: Notice) -> None:
        if isinstance(notice, ReleaseNotice):
            await self._release(notice)
        else:
            await self._status(notice)

    async def _status(self, notice: StatusNotice) -> None:
        known = self.status.get(notice.station)
        if known is not None and known.online == notice.online:
            self.status[notice.station] = notice
            return
        async with self._store.write() as unit:
            if notice.station not in await station_store.get(unit.connection, [notice.station]):
                return
            self.status[notice.station] = notice
            held = await devices.status(unit.connection, notice.station)
            # The broker repeats what it kept at every reconnect: that is no news, and not of now.
            if held is not None and held.online == notice.online and notice.retained:
                return
            said_at = await self._engine.moment(unit)
            await devices.put_status(unit.connection, notice.station, online=notice.online, said_at=said_at)

    async def _release(self, notice: ReleaseNotice) -> None:
        told = Announcement(
            reservoir=notice.reservoir,
            id=notice.id,
            heard_at=notice.received_at,
            planned_at=notice.planned_at,
            until=notice.until,
            discharge_m3s=notice.discharge_m3s,
            gates_open=notice.gates_open,
            reason=notice.reason,
            sent_at=notice.sent_at,
            cancelled=notice.cancelled,
            channel="mqtt",
            raw=notice.raw,
        )
        try:
            await self._releases.take(told)
        except Invalid as error:
            # Read well and yet impossible: kept as it came, for somebody to look at.
            await self._refuse(notice, error)

    async def _refuse(self, notice: ReleaseNotice, error: Invalid) -> None:
        code = _REFUSALS.get(error.code, "release_invalid")
        facts = {"detail": error.code, **error.params}
        origin = f"eoc/v1/{notice.reservoir}/release"
        refused = Refusal(code, facts, origin, notice.raw, notice.received_at, notice.reservoir)
        async with self._store.write() as unit:
            await quarantine.keep(unit.connection, [refused])


_REFUSALS = {"invalid.reservoir": "release_no_reservoir", "invalid.release_ends_first": "release_ends_first"}
