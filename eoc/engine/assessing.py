"""New readings of one station into its state and its signals; reads the window of the past when they are late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from eoc.clock import from_us, to_us
from eoc.engine.folding import Watch, clusters
from eoc.hazards.binding import HazardParams, rules_of
from eoc.hazards.rule import Sample, StationRule
from eoc.hazards.state import Latest, StationState, Vitals
from eoc.model import Quality, Signal, Station
from eoc.store import Unit, readings
from eoc.store.readings import ReadingRow

_GOOD = Quality.GOOD.value


@dataclass(slots=True)
class Known:
    """A station, its rules and its last state as this process knows them; `raw` tells whether the database agrees."""

    station: Station
    rules: Mapping[str, tuple[StationRule, ...]]
    raw: bytes = b""
    state: StationState = field(default_factory=StationState)

    @classmethod
    def of(cls, station: Station, params: HazardParams) -> "Known":
        """Bind the station's rules, by the property they look at. ValueError when its parameters contradict one."""
        by_property: dict[str, tuple[StationRule, ...]] = {}
        for rule in rules_of(station, params):
            by_property[rule.observed_property] = (*by_property.get(rule.observed_property, ()), rule)
        return cls(station, by_property)

    def every_rule(self) -> Iterable[StationRule]:
        return (rule for rules in self.rules.values() for rule in rules)


async def assess(
    unit: Unit, known: Known, state: StationState, rows: Sequence[ReadingRow], vitals: Vitals | None
) -> tuple[StationState, list[Signal]]:
    """Fold newly stored rows of one station (sorted) into its state."""
    memories: dict[str, Any] = {}
    signals: list[Signal] = []
    for name, rules in known.rules.items():
        fresh = [
            Sample(from_us(row.observed_at), row.value) for row in rows if row.property == name and row.quality == _GOOD
        ]
        if not fresh:
            continue
        for rule in rules:
            memories[rule.slot], told = await _fold(unit, Watch(known.station, rule), state.memory(rule.slot), fresh)
            signals += told
    after = msgspec.structs.replace(
        state,
        station_version=known.station.version,
        latest=_latest(state, rows),
        vitals=_newer(state.vitals, vitals),
        **memories,
    )
    return after, signals


async def _fold(unit: Unit, watch: Watch, state: Any, fresh: Sequence[Sample]) -> tuple[Any, list[Signal]]:
    if state.last is None or fresh[0].at > state.last.at:
        return watch.in_order(state, fresh)
    look_back = watch.rule.look_back
    horizon = state.last.at - look_back
    signals: list[Signal] = []
    # Older than anything the present state may remember: history, which can still hold a flood nobody saw.
    for group in clusters([sample for sample in fresh if sample.at < horizon], look_back):
        window = await _window(unit, watch, group[0].at - look_back, group[-1].at + look_back)
        told, _ = watch.difference(_without(window, group), window)
        signals += [signal for signal in told if signal.at < horizon]
    recent = [sample for sample in fresh if sample.at >= horizon]
    if recent and recent[0].at > state.last.at:
        after, told = watch.in_order(state, recent)
    elif recent:
        newest = max(recent[-1].at, state.last.at)
        window = await _window(unit, watch, recent[0].at - look_back, newest)
        after, told = watch.late(state, _without(window, recent), window)
    else:
        after, told = state, []
    return after, signals + told


def _without(window: Sequence[Sample], fresh: Sequence[Sample]) -> list[Sample]:
    new = set(fresh)
    return [sample for sample in window if sample not in new]


async def _window(unit: Unit, watch: Watch, since: datetime, until: datetime) -> list[Sample]:
    name = watch.rule.observed_property
    found = await readings.window(unit.connection, watch.station.id, name, to_us(since), to_us(until))
    return [Sample(from_us(at), value) for at, value in found]


def _latest(state: StationState, rows: Sequence[ReadingRow]) -> dict[str, Latest]:
    latest = dict(state.latest)
    for row in rows:
        observed_at = from_us(row.observed_at)
        known = latest.get(row.property)
        if known is None or observed_at > known.observed_at:
            latest[row.property] = Latest(row.value, observed_at, from_us(row.received_at), Quality(row.quality))
    return latest


def _newer(known: Vitals | None, given: Vitals | None) -> Vitals | None:
    return given if given is not None and (known is None or given.at >= known.at) else known
