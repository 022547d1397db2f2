"""The forecast desk: trains gauges from the stored history, keeps what they learnt, and looks ahead when asked.

Training takes a second or two of one core, so it runs in a worker thread, one gauge at a time. What was learnt is kept
in memory and in a file of the data folder, and learnt anew once a day on the engine's clock; a reason for silence is
asked again after an hour. On a data clock that runs fast, ten minutes of the wall pass at least between two lessons.
Only good readings are used. A forecast never opens a case.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from eoc.clock import to_us
from eoc.forecast.gauge import RECENT, Gauge, Series, dumps, learn, loads, silent
from eoc.forecast.outlook import Outlook
from eoc.model import Reason, Station
from eoc.store import Store, readings
from eoc.store import stations as station_store

log = logging.getLogger(__name__)

PROPERTY = "water_level_m"
LEARN_AGAIN = timedelta(hours=24)
ASK_AGAIN = timedelta(hours=1)
HISTORY = timedelta(days=400)
NEAREST_UPSTREAM = 3
_PART = timedelta(days=15)
_SCHEDULE_S = 600.0
_SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a gauge, since when (engine's clock, seconds of the process), and where it lies."""

    learnt: Gauge | Reason
    at: datetime
    place: tuple[str | None, float | None]
    since_s: float

    def fresh(self, station: Station, now: datetime, rest_s: float) -> bool:
        life = ASK_AGAIN if isinstance(self.learnt, Reason) else LEARN_AGAIN
        # A clock of data may have been set back for an exercise: nothing learnt in its future counts.
        if self.place != _place(station) or now < self.at:
            return False
        return now - self.at < life or time.monotonic() - self.since_s < rest_s


class ForecastDesk:
    """See the module. `now` is the engine's clock; `folder` takes one file a gauge; `rest_s` between two lessons."""

    def __init__(self, store: Store, now: Callable[[], datetime], folder: Path, *, rest_s: float = 600.0) -> None:
        self._store = store
        self._now = now
        self._folder = folder
        self._rest_s = rest_s
        self._known: dict[str, _Known] = {}
        self._training = asyncio.Lock()

    async def look(self, station: Station) -> Outlook:
        """The next 24 hours of a river station, or why there is no forecast."""
        if station.kind != "river":
            return silent("forecast.not_a_river_gauge")
        now = self._now()
        learnt = await self._learnt(station, now)
        if isinstance(learnt, Reason):
            return Outlook(None, learnt)
        recent = await self._series(station.id, now - RECENT, now)
        upstream = await self._series(learnt.upstream, now - RECENT, now) if learnt.upstream else None
        return learnt.look(recent, upstream, station.thresholds.named(), now)

    async def run(self) -> None:
        """Keep every river gauge's model fresh, so that nobody waits for one."""
        await asyncio.sleep(_SETTLE_S)
        while True:
            try:
                await self.refresh()
            except Exception:
                log.exception("learning from the history failed; trying again")
            await asyncio.sleep(_SCHEDULE_S)

    async def refresh(self) -> int:
        """Learn what is due; the number of gauges that can be forecast."""
        now = self._now()
        async with self._store.read() as connection:
            rivers = [each for each in await station_store.every(connection) if each.kind == "river"]
        for gone in self._known.keys() - {each.id for each in rivers}:
            del self._known[gone]
        learnt = [await self._learnt(each, now) for each in rivers]
        return sum(isinstance(each, Gauge) for each in learnt)

    async def _learnt(self, station: Station, now: datetime) -> Gauge | Reason:
        known = self._known.get(station.id)
        if known is not None and known.fresh(station, now, self._rest_s):
            return known.learnt
        async with self._training:
            known = self._known.get(station.id) or await asyncio.to_thread(self._kept, station)
            if known is None or not known.fresh(station, now, self._rest_s):
                known = await self._learn(station, now)
            self._known[station.id] = known
        return known.learnt

    async def _learn(self, station: Station, now: datetime) -> _Known:
        history = await self._series(station.id, now - HISTORY, now)
        upstream = {each: await self._series(each, now - HISTORY, now) for each in await self._upstream(station)}
        learnt = await asyncio.to_thread(learn, history, upstream)
        known = _Known(learnt, now, _place(station), time.monotonic())
        if isinstance(learnt, Gauge):
            await asyncio.to_thread(self._keep, station.id, known, learnt)
        return known

    async def _upstream(self, station: Station) -> list[str]:
        """The nearest gauges upstream on the same river, nearest first; chainage grows downstream."""
        if station.river is None or station.chainage_km is None:
            return []
        async with self._store.read() as connection:
            every = await station_store.every(connection)
        above = [
            (station.chainage_km - each.chainage_km, each.id)
            for each in every
            if each.kind == "river"
            and each.river == station.river
            and each.chainage_km is not None
            and each.chainage_km < station.chainage_km
        ]
        return [name for _, name in sorted(above)[:NEAREST_UPSTREAM]]

    async def _series(self, station: str, since: datetime, until: datetime) -> Series:
        """Good readings, read in parts so that a long history never holds the loop."""
        times: list[float] = []
        levels: list[float] = []
        begin = since
        while begin < until:
            end = min(begin + _PART, until)
            async with self._store.read() as connection:
                # Both ends belong to a window; a reading on a seam comes twice and is one again on the grid.
                rows = await readings.window(connection, station, PROPERTY, to_us(begin), to_us(end))
            times += [at_us / 1e6 for at_us, _ in rows]
            levels += [value for _, value in rows]
            begin = end
        return Series(times, levels)

    # -- files ------------------------------------------------------------------------------------------------------

    def _file(self, station: str) -> Path:
        return self._folder / f"{station}.npz"

    def _keep(self, station: str, known: _Known, gauge: Gauge) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = self._file(station).with_suffix(".new")
            fresh.write_bytes(dumps(gauge, {"at": known.at.isoformat(), "place": list(known.place)}))
            fresh.replace(self._file(station))
        except OSError:
            # It is a cache: without it the gauge is learnt anew after a restart.
            log.warning("cannot keep what was learnt about %s", station, exc_info=True)

    def _kept(self, station: Station) -> _Known | None:
        try:
            gauge, about = loads(self._file(station.id).read_bytes())
            return _Known(gauge, datetime.fromisoformat(about["at"]), _as_place(about), -math.inf)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("what was learnt about %s cannot be read; learning anew", station.id, exc_info=True)
            return None


def _place(station: Station) -> tuple[str | None, float | None]:
    return station.river, station.chainage_km


def _as_place(about: Mapping[str, Any]) -> tuple[str | None, float | None]:
    river, chainage_km = about["place"]
    return river, chainage_km
