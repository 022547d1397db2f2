"""New readings of one station into its state and its signals; reads the window of the past when they are late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from eoc.clock import from_us, to_us
from eoc.engine.folding import Watch, clusters
from eoc.engine.qualifying import Flag, Judgement, judge
from eoc.hazards.binding import HazardParams, rules_of
from eoc.hazards.rule import Sample, StationRule
from eoc.hazards.state import Latest, StationState, Vitals
from eoc.model import Limits, Quality, Signal, Station
from eoc.quality import QualityRule, QualityState
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
    _quality: dict[str, QualityRule] = field(default_factory=dict)

    @classmethod
    def of(cls, station: Station, params: HazardParams) -> "Known":
        """Bind the station's rules, by the property they look at. ValueError when its parameters contradict one."""
        by_property: dict[str, tuple[StationRule, ...]] = {}
        for name, limits in station.limits.items():
            _quality_rule(name, limits)
        for rule in rules_of(station, params):
            by_property[rule.observed_property] = (*by_property.get(rule.observed_property, ()), rule)
        return cls(station, by_property)

    def quality(self, name: str) -> QualityRule:
        """The quality control of one property."""
        rule = self._quality.get(name)
        if rule is None:
            rule = self._quality[name] = _quality_rule(name, self.station.limits.get(name))
        return rule

    def every_rule(self) -> Iterable[StationRule]:
        return (rule for rules in self.rules.values() for rule in rules)


def _quality_rule(name: str, limits: Limits | None) -> QualityRule:
    return QualityRule.of(name, asdict(limits) if limits is not None else None)


async def assess(
    unit: Unit, known: Known, state: StationState, rows: Sequence[ReadingRow], vitals: Vitals | None
) -> tuple[StationState, list[Signal]]:
    """Judge newly stored rows of one station (sorted) and fold those that can be trusted into its rules."""
    memories: dict[str, Any] = {}
    quality: dict[str, QualityState] = dict(state.quality)
    flags: dict[tuple[str, datetime], Flag] = {}
    signals: list[Signal] = []
    for name, fresh in _by_property(rows).items():
        judged = await judge(unit, known.station.id, known.quality(name), quality.get(name, QualityState()), fresh)
        quality[name] = judged.state
        flags |= {(name, sample.at): flag for sample, flag in judged.flags.items()}
        if not judged.gained and not judged.lost:
            continue
        for rule in known.rules.get(name, ()):
            memory = memories.get(rule.slot, state.memory(rule.slot))
            memories[rule.slot], told = await _fold(unit, Watch(known.station, rule), memory, judged)
            signals += told
    after = msgspec.structs.replace(
        state,
        station_version=known.station.version,
        latest=_latest(state, rows, flags),
        quality=quality,
        vitals=_newer(state.vitals, vitals),
        **memories,
    )
    return after, signals


def _by_property(rows: Sequence[ReadingRow]) -> dict[str, list[Sample]]:
    """Rows that came in undoubted, by property, in time order."""
    found: dict[str, list[Sample]] = {}
    for row in rows:
        if row.quality == _GOOD:
            found.setdefault(row.property, []).append(Sample(from_us(row.observed_at), row.value))
    return found


async def _fold(unit: Unit, watch: Watch, state: Any, judged: Judgement) -> tuple[Any, list[Signal]]:
    gained, lost = judged.gained, judged.lost
    if not lost and (state.last is None or gained[0].at > state.last.at):
        return watch.in_order(state, gained)
    if state.last is None:
        return state, []
    look_back = watch.rule.look_back
    horizon = state.last.at - look_back
    changed = sorted([*gained, *lost])
    signals: list[Signal] = []
    # Older than anything the present state may remember: history, which can still hold a flood nobody saw.
    for group in clusters([sample for sample in changed if sample.at < horizon], look_back):
        window = await _window(unit, watch, group[0].at - look_back, group[-1].at + look_back)
        told, _ = watch.difference(_as_it_was(window, judged), window)
        signals += [signal for signal in told if signal.at < horizon]
    recent = [sample for sample in changed if sample.at >= horizon]
    if recent and recent[0].at > state.last.at:
        after, told = watch.in_order(state, [sample for sample in gained if sample.at >= horizon])
    elif recent:
        newest = max(recent[-1].at, state.last.at)
        window = await _window(unit, watch, recent[0].at - look_back, newest)
        after, told = watch.late(state, _as_it_was(window, judged), window)
    else:
        after, told = state, []
    return after, signals + told


def _as_it_was(window: Sequence[Sample], judged: Judgement) -> list[Sample]:
    """The trusted readings of a window before this judgement."""
    if not window:
        return []
    new = set(judged.gained)
    lost = [sample for sample in judged.lost if window[0].at <= sample.at <= window[-1].at]
    return sorted([*(sample for sample in window if sample not in new), *lost])


async def _window(unit: Unit, watch: Watch, since: datetime, until: datetime) -> list[Sample]:
    name = watch.rule.observed_property
    found = await readings.window(unit.connection, watch.station.id, name, to_us(since), to_us(until))
    return [Sample(from_us(at), value) for at, value in found]


def _latest(
    state: StationState, rows: Sequence[ReadingRow], flags: Mapping[tuple[str, datetime], Flag]
) -> dict[str, Latest]:
    latest = dict(state.latest)
    for row in rows:
        observed_at = from_us(row.observed_at)
        known = latest.get(row.property)
        if known is None or observed_at > known.observed_at:
            latest[row.property] = Latest(row.value, observed_at, from_us(row.received_at), Quality(row.quality))
    for name, each in latest.items():
        flag = flags.get((name, each.observed_at))
        if flag is not None and (flag.quality, flag.codes) != (each.quality, each.codes):
            latest[name] = replace(each, quality=flag.quality, codes=flag.codes)
    return latest


def _newer(known: Vitals | None, given: Vitals | None) -> Vitals | None:
    return given if given is not None and (known is None or given.at >= known.at) else known
