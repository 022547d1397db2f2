"""What really happened in a scenario, from the water and the rain themselves and never from an instrument.

This is the yardstick for alarms, so it knows no rule: no hysteresis, no duration, no latch. `must` is what a centre may
not miss; what is not `must` is close enough to a limit, or quick enough, that a case about it is no false alarm. A
margin of a tenth lies between the two: rain between gauges and the noise of an instrument are real.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensors.simulator.flood import Flood
from sensors.simulator.notices import notices
from sensors.simulator.scenario import Scenario

_STEP_H = 1 / 12
_LASTING_H = 0.5
_TOGETHER_H = 24.0
_RAIN_MUST = 1.1
_RAIN_MAY = 0.9


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Something that happened: hours from the live start. `grace_h`: how long after the beginning a case may take."""

    hazard: str
    begins_h: float
    ends_h: float
    must: bool
    grace_h: float
    stations: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()


def events(scenario: Scenario, flood: Flood, prone: Mapping[tuple[str, str], str]) -> list[TrueEvent]:
    """Everything true of one run; `prone` is the pack's susceptibility by (commune, hazard)."""
    found = [*_floods(scenario, flood), *_rains(scenario, flood, prone), *_fires(scenario), *_releases(scenario, flood)]
    for entry in scenario.file.counts:
        if entry.rises_day is not None:
            begins_h = 24.0 * (entry.rises_day + 1) + 8
            places = frozenset({entry.area})
            found.append(TrueEvent("epidemic", begins_h, scenario.file.live_h, must=True, grace_h=120, areas=places))
    return sorted(found, key=lambda event: (event.begins_h, event.hazard))


def reaches_at(scenario: Scenario, flood: Flood, station: str, threshold: str) -> float | None:
    """The hour at which true water first reaches a threshold; None when it never does or there is none."""
    limits = scenario.stations[station].thresholds
    limit_m = getattr(limits, threshold) if limits else None
    if limit_m is None:
        return None
    return next((hours for hours in _hours(scenario) if flood.stage_at(station, hours) >= limit_m), None)


def station_weeks(scenario: Scenario) -> float:
    """How much watching a run is: instruments times weeks."""
    file = scenario.file
    count = len(file.gauges) + len(file.rain_gauges) + len(file.reservoirs) + len(file.weather)
    return count * (file.history_h + file.live_h) / 168


def _hours(scenario: Scenario) -> list[float]:
    file = scenario.file
    count = round((file.history_h + file.live_h) / _STEP_H)
    return [-file.history_h + index * _STEP_H for index in range(count + 1)]


def _floods(scenario: Scenario, flood: Flood) -> list[TrueEvent]:
    hours = _hours(scenario)
    found = []
    for chain in scenario.file.chains:
        gauges = [str(link.target) for link in chain.links if link.kind == "gauge"]
        over: list[tuple[float, float]] = []
        quick: list[tuple[float, float]] = []
        for gauge in gauges:
            stages = [flood.stage_at(gauge, each) for each in hours]
            limit_m = scenario.alarm_m(gauge)
            if limit_m is not None:
                over += _spans(hours, [stage >= limit_m for stage in stages])
            rules = scenario.stations[gauge].rules
            rise = rules.rise_m_per_h if rules else None
            if rise is not None:
                ahead = round(1 / _STEP_H)
                rising = [
                    index >= ahead and stages[index] - stages[index - ahead] >= _RAIN_MAY * rise
                    for index in range(len(stages))
                ]
                quick += _spans(hours, rising)
        stations = frozenset(gauges)
        lasting = [span for span in over if span[1] - span[0] >= _LASTING_H]
        for begins_h, ends_h in _joined(lasting):
            found.append(TrueEvent("river_flood", begins_h, ends_h, must=True, grace_h=1.0, stations=stations))
        for begins_h, ends_h in quick:
            found.append(TrueEvent("river_flood", begins_h, ends_h, must=False, grace_h=1.0, stations=stations))
    return found


def _rains(scenario: Scenario, flood: Flood, prone: Mapping[tuple[str, str], str]) -> list[TrueEvent]:
    hours = _hours(scenario)
    found = []
    for gauge in scenario.file.rain_gauges:
        area = scenario.stations[gauge.station].area or ""
        fallen = [gauge.factor * flood.rain_between(gauge.catchment, each - _STEP_H, each) for each in hours]
        total = [0.0]
        for amount in fallen:
            total.append(total[-1] + amount)

        places, stations = frozenset({area}), frozenset({gauge.station})
        low = prone.get((area, "flash_flood")) == "low"
        sums = {window_h: _sums(total, window_h) for window_h in (6, 24, 72)}
        # A low commune has no line for six hours in the demo pack.
        six_mm = math.inf if low else 100 * _RAIN_MUST
        certain = [six >= six_mm or day >= 200 * _RAIN_MUST for six, day in zip(sums[6], sums[24], strict=True)]
        for begins_h, ends_h in _joined(_spans(hours, certain)):
            found.append(TrueEvent("flash_flood", begins_h, ends_h, True, 0.75, stations, places))
        likely = [
            max(six, day) >= 100 * _RAIN_MAY or days >= 300 * _RAIN_MAY
            for six, day, days in zip(sums[6], sums[24], sums[72], strict=True)
        ]
        found += [
            TrueEvent(hazard, begins_h, ends_h, False, 0.75, stations, places)
            for begins_h, ends_h in _joined(_spans(hours, likely))
            for hazard in ("flash_flood", "landslide")
        ]
    return found


def _sums(total: Sequence[float], window_h: float) -> list[float]:
    """Rain of the hours before each moment, mm, from the running total."""
    back = round(window_h / _STEP_H)
    return [total[index] - total[max(0, index - back)] for index in range(1, len(total))]


def _fires(scenario: Scenario) -> list[TrueEvent]:
    return [
        TrueEvent(
            "forest_fire",
            plume.at_h,
            plume.at_h + plume.minutes / 60,
            must=True,
            grace_h=1.0,
            stations=frozenset({plume.station}),
        )
        for plume in scenario.file.smoke
        if plume.fire
    ]


def _releases(scenario: Scenario, flood: Flood) -> list[TrueEvent]:
    found = []
    for entry in scenario.file.reservoirs:
        steps = flood.reservoirs[entry.station]
        given = notices(entry, steps, flood.first_h, flood.step_s / 3600)
        for number in sorted({notice.number for notice in given}):
            first = next(notice for notice in given if notice.number == number)
            ends_h = first.until_h if first.until_h is not None else scenario.file.live_h
            stations = frozenset({entry.station})
            found.append(TrueEvent("dam_release", first.given_h, ends_h, must=True, grace_h=0.25, stations=stations))
    return found


def _spans(hours: Sequence[float], holds: Sequence[bool]) -> list[tuple[float, float]]:
    """The stretches in which something holds."""
    found: list[tuple[float, float]] = []
    began: float | None = None
    for at, held in zip(hours, holds, strict=True):
        if held and began is None:
            began = at
        elif not held and began is not None:
            found.append((began, at))
            began = None
    if began is not None:
        found.append((began, hours[-1]))
    return found


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches closer than a day are one event."""
    joined: list[tuple[float, float]] = []
    for begins_h, ends_h in sorted(spans):
        if joined and begins_h - joined[-1][1] <= _TOGETHER_H:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_h))
        else:
            joined.append((begins_h, ends_h))
    return joined
