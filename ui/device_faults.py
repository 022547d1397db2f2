"""What the watchdog asks quality control: which instruments stand still, drift or have a slow clock.

The shell around `eoc.quality.neighbours` and `eoc.quality.skew`: it picks the neighbours, reads their series, and
remembers who stands still for as long as the number stays the same, because a record that has become all flat says
nothing any more. Cheap where nothing is wrong: of each station only the last hours are read, and the long series of
drift every six hours.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from eoc.clock import from_us, to_us
from eoc.geo import haversine_km
from eoc.model import Quality, Reason, Station
from eoc.quality.neighbours import STUCK, StuckRule, attenuated, drift, stuck
from eoc.quality.skew import clock_behind
from eoc.store import Store, readings
from sensors.watchdog import DeviceFault


class _Kind(NamedTuple):
    """What is compared at stations of a kind, how far away neighbours may be, and what counts as movement there."""

    property: str
    within_km: float
    least_move: float


_KINDS: Final = {
    "river": _Kind("water_level_m", 80.0, STUCK.least_move),
    "fire_weather": _Kind("temperature_c", 60.0, 1.0),
}
_RECENT: Final = timedelta(hours=4)
_RECORD: Final = timedelta(hours=72)
_SEASON: Final = timedelta(days=31)
_DRIFT_EVERY: Final = timedelta(hours=6)
_HOUR_US: Final = 3_600_000_000
_MOST_NEIGHBOURS: Final = 4

Series = list[tuple[datetime, float]]


class FaultFinder:
    """A `ui.device_watch.Faults`. `wall`: clocks can be judged, because received and observed are of one day."""

    def __init__(self, store: Store, *, wall: bool) -> None:
        self._store = store
        self._wall = wall
        self._still: dict[str, tuple[float, DeviceFault]] = {}
        self._slow: dict[str, DeviceFault] = {}
        self._slow_at: datetime | None = None

    async def __call__(self, stations: Sequence[Station], now: datetime) -> Mapping[str, tuple[DeviceFault, ...]]:
        """The faults of every station that has some."""
        found: dict[str, list[DeviceFault]] = {}
        async with self._store.read() as connection:
            if self._slow_at is None or now - self._slow_at >= _DRIFT_EVERY or now < self._slow_at:
                self._slow_at, self._slow = now, await self._slow_faults(connection, stations, now)
            for station in stations:
                kind = _KINDS.get(station.kind)
                if kind is None:
                    continue
                rows = await readings.flagged_window(
                    connection, station.id, kind.property, to_us(now - _RECENT), to_us(now)
                )
                still = await self._stands_still(connection, station, stations, kind, rows, now)
                if still is not None:
                    found.setdefault(station.id, []).append(still)
                if self._wall and (behind := await self._clock(connection, station, kind, now)) is not None:
                    found.setdefault(station.id, []).append(behind)
        for name, fault in self._slow.items():
            found.setdefault(name, []).append(fault)
        return {name: tuple(faults) for name, faults in found.items()}

    async def _stands_still(
        self,
        connection: Any,
        station: Station,
        stations: Sequence[Station],
        kind: _Kind,
        rows: Sequence[Any],
        now: datetime,
    ) -> DeviceFault | None:
        last = [row.value for row in rows if row.quality != Quality.BAD.value][-STUCK.least_n :]
        known = self._still.get(station.id)
        if known is not None:
            if all(value == known[0] for value in last):
                # Silent or still the same number: as before.
                return known[1]
            del self._still[station.id]
        if len(last) < STUCK.least_n or max(last) - min(last) > STUCK.eps:
            return None
        rule = StuckRule(least_move=kind.least_move)
        own = await _series(connection, station.id, kind.property, now)
        beside = {
            other.id: await _series(connection, other.id, kind.property, now)
            for other in _neighbours(station, stations, kind)
        }
        finding = stuck(own, beside, rule)
        if finding is None:
            return None
        fault = DeviceFault("stuck", finding.reason)
        self._still[station.id] = (last[-1], fault)
        return fault

    async def _slow_faults(self, connection: Any, stations: Sequence[Station], now: datetime) -> dict[str, DeviceFault]:
        """Drift and dullness of river gauges, from hourly means of a month."""
        kind = _KINDS["river"]
        gauges = [station for station in stations if station.kind == "river"]
        hourly: dict[str, Series] = {}
        for station in gauges:
            buckets = await readings.buckets(
                connection,
                station.id,
                name=kind.property,
                since=to_us(now - _SEASON),
                until=to_us(now),
                every_us=_HOUR_US,
                good=True,
            )
            hourly[station.id] = [(from_us(row.bucket), float(row.mean)) for row in buckets]
        faults: dict[str, DeviceFault] = {}
        for station in gauges:
            beside = {other.id: hourly[other.id] for other in _neighbours(station, gauges, kind)}
            finding = drift(hourly[station.id], beside) or attenuated(hourly[station.id], beside)
            if finding is not None:
                faults[station.id] = DeviceFault("drift", finding.reason)
        return faults

    async def _clock(self, connection: Any, station: Station, kind: _Kind, now: datetime) -> DeviceFault | None:
        # Received in the last hours, whatever time the device put on them.
        rows = await readings.series(
            connection,
            station.id,
            name=kind.property,
            since=to_us(now - timedelta(hours=24)),
            until=None,
            limit=2000,
        )
        # A table that is fetched now and then is late by its own fault; only a device that counts speaks for itself.
        told = [row for row in rows if row.seq is not None]
        told.sort(key=lambda row: (row.received_at, row.observed_at))
        behind = clock_behind([(from_us(row.observed_at), from_us(row.received_at)) for row in told])
        if behind is None:
            return None
        return DeviceFault("clock", Reason("reason.clock_behind", {"minutes": round(behind.total_seconds() / 60)}))


async def _series(connection: Any, station: str, name: str, now: datetime) -> Series:
    rows = await readings.flagged_window(connection, station, name, to_us(now - _RECORD), to_us(now))
    return [(from_us(row.observed_at), row.value) for row in rows if row.quality != Quality.BAD.value]


def _neighbours(station: Station, stations: Sequence[Station], kind: _Kind) -> list[Station]:
    """The nearest stations that see the same: along one river by chainage, else by distance over land."""
    near = []
    for other in stations:
        if other.id == station.id or other.kind != station.kind:
            continue
        apart_km = _apart_km(station, other)
        if apart_km is not None and apart_km <= kind.within_km:
            near.append((apart_km, other.id, other))
    return [other for _, _, other in sorted(near)[:_MOST_NEIGHBOURS]]


def _apart_km(one: Station, other: Station) -> float | None:
    if one.kind == "river":
        if one.river is None or one.river != other.river:
            return None
        if one.chainage_km is not None and other.chainage_km is not None:
            return abs(one.chainage_km - other.chainage_km)
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return haversine_km((one.lon, one.lat), (other.lon, other.lat))
