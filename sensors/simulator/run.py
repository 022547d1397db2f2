"""Plays a scenario: the computed flood as the messages that gauges, rain gauges and dams would send."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from random import Random

from eoc.clock import iso
from sensors.simulator.emission import Emission
from sensors.simulator.faults import suffer
from sensors.simulator.flood import Flood, compute, drawn_for
from sensors.simulator.notices import notice_emissions, notices
from sensors.simulator.scenario import Gauge, RainGauge, ReservoirEntry, Scenario
from sensors.simulator.weather import Count, WeatherEntry, air, counts, smoke

_HOUR_S = 3600.0
_FIRST_LINK_S = 60.0
"""Devices do not all report in the same second: each has its own moment within a minute."""


def default_start(scenario: Scenario, now: datetime, zone: tzinfo) -> datetime:
    """The live start on the day of `now`: today at the scenario's local time. UTC."""
    hour, minute = map(int, scenario.file.start_local.split(":"))
    local = datetime.combine(now.astimezone(zone).date(), time(hour, minute), tzinfo=zone)
    return local.astimezone(UTC)


def run(scenario: Scenario, *, start: datetime, seed: int | None = None) -> Iterator[Emission]:
    """Every message of the scenario in the order of sending.

    `start` (aware) is the live start; `history_h` hours before it come first. Same scenario, start and seed give the
    same messages to the last digit, so sending them twice makes duplicates, not new readings.
    """
    used_seed = scenario.file.seed if seed is None else seed
    flood = compute(scenario, used_seed)
    return _Devices(scenario, flood, start, used_seed).emissions()


def run_counts(scenario: Scenario, *, start: datetime, zone: tzinfo, seed: int | None = None) -> list[Count]:
    """What the health service reports meanwhile, in order: it comes by form or table, not from a device."""
    used_seed = scenario.file.seed if seed is None else seed
    reported = [
        count
        for entry in scenario.file.counts
        for count in counts(
            entry, start, scenario.file.live_h, zone, drawn_for(used_seed, f"{entry.area}/{entry.disease}")
        )
    ]
    return sorted(reported, key=lambda count: (count.at, count.area, count.disease))


class _Devices:
    """All devices of a scenario, each a stream of its own; the streams are merged by time."""

    def __init__(self, scenario: Scenario, flood: Flood, start: datetime, seed: int) -> None:
        self._scenario, self._flood, self._start, self._seed = scenario, flood, start, seed
        self._reporting = scenario.file.reporting
        self._first_h, self._last_h = -scenario.file.history_h, scenario.file.live_h
        self._boot = f"{seed}-{start:%Y%m%d%H%M}"
        # The air follows the sun over the province: local time of the live start is what the file says.
        hour, minute = map(int, scenario.file.start_local.split(":"))
        utc = start.astimezone(UTC)
        ahead_min = (hour * 60 + minute - utc.hour * 60 - utc.minute + 720) % 1440 - 720
        self._zone = timezone(timedelta(minutes=ahead_min))

    def emissions(self) -> Iterator[Emission]:
        file = self._scenario.file
        streams = [self._faulty(gauge.station, self._gauge(gauge)) for gauge in file.gauges]
        streams += [self._faulty(rain.station, self._rain(rain)) for rain in file.rain_gauges]
        streams += [self._faulty(entry.station, self._reservoir(entry)) for entry in file.reservoirs]
        streams += [self._faulty(entry.station, self._air(entry)) for entry in file.weather]
        streams += [self._notices(entry) for entry in file.reservoirs]
        yield from heapq.merge(*streams, key=lambda emission: (emission.at, emission.station))

    def _faulty(self, station: str, stream: Iterator[Emission]) -> Iterator[Emission]:
        faults = [fault for fault in self._scenario.file.faults if fault.station == station]
        return suffer(stream, faults, self._start, drawn_for(self._seed, f"{station}/faults")) if faults else stream

    def _air(self, entry: WeatherEntry) -> Iterator[Emission]:
        random, voice = drawn_for(self._seed, entry.station), _Voice(self, entry.station)
        plumes = [plume for plume in self._scenario.file.smoke if plume.station == entry.station]
        yield voice.online()
        hours = voice.first_h
        while hours <= self._last_h:
            local = self.moment(hours).astimezone(self._zone)
            day = int((hours - voice.first_h) // 24)
            ratio = smoke(entry, plumes, hours, random)
            yield from voice.says(hours, {**air(entry, local, day, random), "smoke_ratio": ratio})
            hours += self._reporting.weather_s / _HOUR_S

    def _gauge(self, gauge: Gauge) -> Iterator[Emission]:
        random, voice = drawn_for(self._seed, gauge.station), _Voice(self, gauge.station)
        yield voice.online()
        hours = voice.first_h
        alarm_m = self._scenario.alarm_m(gauge.station)
        while hours <= self._last_h:
            true_m = self._flood.stage_at(gauge.station, hours)
            level_m = round(true_m + random.gauss(0.0, gauge.noise_m), 3)
            yield from voice.says(hours, {"water_level_m": level_m})
            alarmed = alarm_m is not None and level_m >= alarm_m
            hours += (self._reporting.level_alarm_s if alarmed else self._reporting.level_s) / _HOUR_S

    def _rain(self, rain: RainGauge) -> Iterator[Emission]:
        voice = _Voice(self, rain.station)
        yield voice.online()
        interval_h = self._reporting.rain_s / _HOUR_S
        hours, fallen_mm, told_mm = voice.first_h, 0.0, 0.0
        while hours <= self._last_h:
            fallen_mm += rain.factor * self._flood.rain_between(rain.catchment, hours - interval_h, hours)
            # A tipping bucket counts whole tips of 0.2 mm and keeps the rest for the next interval.
            total_mm = int(fallen_mm / 0.2 + 1e-9) * 0.2
            values = {"rain_mm": round(total_mm - told_mm, 1), "rain_acc_mm": round(total_mm, 1)}
            yield from voice.says(hours, values)
            told_mm = total_mm
            hours += interval_h

    def _reservoir(self, entry: ReservoirEntry) -> Iterator[Emission]:
        voice = _Voice(self, entry.station)
        yield voice.online()
        facts = self._scenario.stations[entry.station].reservoir
        fixed = {"hdbt": facts.normal_level_m, "hc": facts.dead_level_m} if facts else {}
        hours = voice.first_h
        while hours <= self._last_h:
            step = self._flood.reservoirs[entry.station][self._flood.index(hours)]
            values: dict[str, float] = {
                "htl": round(step.level_m, 2),
                **{name: value for name, value in fixed.items() if value is not None},
                "qve": round(step.inflow_m3s, 1),
                "qxt": round(step.turbine_m3s, 1),
                "qxm": round(step.spill_m3s, 1),
                "ncxs": 0,
                "ncxm": step.gates_open,
            }
            yield from voice.says(hours, values)
            spilling = step.gates_open > 0
            every_s = self._reporting.reservoir_spilling_s if spilling else self._reporting.reservoir_s
            hours += every_s / _HOUR_S

    def _notices(self, entry: ReservoirEntry) -> Iterator[Emission]:
        steps = self._flood.reservoirs[entry.station]
        given = notices(entry, steps, self._flood.first_h, self._flood.step_s / _HOUR_S)
        return notice_emissions(entry, given, self._start)

    def moment(self, hours: float) -> datetime:
        """The time of an hour, to the second."""
        return self._start + timedelta(seconds=round(hours * _HOUR_S))

    @property
    def first_h(self) -> float:
        return self._first_h

    @property
    def boot(self) -> str:
        """Marks one run of all devices, as a restart of a real one would."""
        return self._boot

    def luck(self, station: str) -> Random:
        """Decides which reports of a device are lost, and how its battery does."""
        return drawn_for(self._seed, f"{station}/link")

    @property
    def loss_share(self) -> float:
        return self._reporting.loss_share


class _Voice:
    """How one device speaks: its moment within the minute, its counter, its lost reports."""

    def __init__(self, devices: _Devices, station: str) -> None:
        self._devices, self._station = devices, station
        self._luck = devices.luck(station)
        self._seq = 0
        self._battery_v = 12.2 + 0.6 * self._luck.random()
        self.first_h = devices.first_h + self._luck.randrange(int(_FIRST_LINK_S)) / _HOUR_S

    def online(self) -> Emission:
        at = self._devices.moment(self.first_h)
        return Emission(at, "status", self._station, {"state": "online", "ts": iso(at)})

    def says(self, hours: float, values: dict[str, float]) -> Iterator[Emission]:
        """One report, unless the radio loses it; the counter shows the gap."""
        self._seq += 1
        if self._luck.random() < self._devices.loss_share:
            return
        at = self._devices.moment(hours)
        quality = {"battery_v": round(self._battery_v, 2), "rssi": -60 - self._luck.randrange(30)}
        payload = {"ts": iso(at), "seq": self._seq, "boot": self._devices.boot, "data": values, "q": quality}
        yield Emission(at, "obs", self._station, payload)
