"""River flood: alarm levels báo động 1-3 of a gauge, rate of rise, and what is likely next.

Sources: alarm levels per gauge are those of Decision 05/2020/QĐ-TTg or of the operator, always from the pack or the
station's record, never from this file. Operational severity 0-5 is our own scale and comes from the pack's table.
The disaster risk level of Decision 18/2021/QĐ-TTg, article 45, is kept beside it as a reference ("tương đương cấp ...
(tham khảo)"); only the hydromet service announces it, so it drives nothing here.

Each condition (bd1, bd2, bd3, above_bd3, rise, forecast_bd*) is a latch. Severity is the highest of the active
conditions, raised by the pack's uplift rules, at most 5. More water is never milder: raising a whole series leaves
every condition at least as active.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from eoc.hazards.latch import OFF, Change, Latch, LatchRule
from eoc.hazards.latch import step as latch_step
from eoc.hazards.rule import Assessment, Sample
from eoc.model import MAX_LEVEL, Reason, Station

RULE = "river_flood@1"
_HOUR_S = 3600.0
_KEEP_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Uplift:
    """Raises the severity by `add` while the gauge is at or above `at_or_above` and every further line holds.

    `rise_m_per_h` counts only at stations that have a rise rule of their own; people exposed that are not known
    never count. `code` is the reason shown.
    """

    code: str
    add: int
    at_or_above: str
    rise_m_per_h: float | None = None
    people_exposed: int | None = None


@dataclass(frozen=True, slots=True)
class FloodParams:
    """The pack's numbers for this hazard; `severity` maps a condition to an operational level."""

    property: str = "water_level_m"
    look_back: timedelta = timedelta(hours=48)
    max_gap: timedelta = timedelta(hours=28)
    severity: Mapping[str, int] = field(default_factory=dict)
    above_bd3_m: float | None = None
    rise_window: timedelta = timedelta(hours=1)
    rise_min_span: timedelta = timedelta(minutes=10)
    uplifts: tuple[Uplift, ...] = ()
    forecast_below: int = 1
    highest: int = MAX_LEVEL
    risk_table: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    river_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FloodState:
    """What one station remembers about this hazard. `recent` are samples of the last rise window."""

    last: Sample | None = None
    latches: Mapping[str, Latch] = field(default_factory=dict)
    recent: tuple[Sample, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class FloodRule:
    """The rule of one station: its thresholds and rules bound to the pack's parameters.

    Built once per station and version. A station without thresholds and without `rise_m_per_h` has no conditions:
    it is recorded, drawn, and never opens a case.
    """

    name: ClassVar[str] = RULE
    hazard: ClassVar[str] = "river_flood"
    slot: ClassVar[str] = "river_flood"
    blank: ClassVar[FloodState] = FloodState()

    station: Station
    params: FloodParams
    latch_rule: LatchRule
    thresholds: tuple[tuple[str, float], ...]
    hysteresis_m: float
    rise_m_per_h: float | None
    forecast: timedelta | None

    @classmethod
    def of(cls, station: Station, params: FloodParams) -> "FloodRule":
        """Bind. ValueError when the station's own rules contradict the look-back (see LatchRule.within)."""
        rules = station.rules
        named = station.thresholds.named()
        bd3 = station.thresholds.bd3
        if bd3 is not None and params.above_bd3_m is not None:
            named.append(("above_bd3", bd3 + params.above_bd3_m))
        forecast_h = rules.get("forecast_h")
        return cls(
            station,
            params,
            LatchRule.within(
                params.look_back,
                min_duration=timedelta(seconds=rules.get("min_duration_s", 0.0)),
                max_gap=params.max_gap,
            ),
            tuple(named),
            rules.get("hysteresis_m", 0.0),
            rules.get("rise_m_per_h"),
            timedelta(hours=forecast_h) if forecast_h else None,
        )

    @property
    def observed_property(self) -> str:
        return self.params.property

    @property
    def look_back(self) -> timedelta:
        return self.params.look_back

    def forgotten(self, state: FloodState) -> FloodState:
        """The station's rules changed: every condition starts afresh."""
        return FloodState(last=state.last)

    def step(self, state: FloodState, sample: Sample) -> tuple[FloodState, Assessment | None]:
        """Fold in one sample, later than all before it."""
        previous_at = state.last.at if state.last else None
        watch_rate = self.rise_m_per_h is not None or self.forecast is not None
        recent = self._remember(state, sample) if watch_rate else ()
        rate = self._rate(state, recent, sample) if watch_rate else None

        # Only latches that have something to remember are kept: most stations have none most of the time.
        latches = state.latches
        changes: dict[str, Change] = {}
        for name, on, off in self._tests(sample.value, rate):
            known = state.latches.get(name)
            if known is None and not on:
                continue
            latch, change = latch_step(
                known or OFF, self.latch_rule, on=on, off=off, previous_at=previous_at, at=sample.at
            )
            rest = {other: each for other, each in latches.items() if other != name}
            latches = rest if latch == OFF else {**rest, name: latch}
            if change is not None:
                changes[name] = change

        level = self._severity(latches) if changes else state.level
        after = FloodState(sample, latches, recent, level)
        if level == state.level:
            return after, None
        return after, self._assessment(state.level, after, changes, rate)

    def rate_m_per_h(self, state: FloodState) -> float | None:
        """The present rate of rise for display, in m/h; None while there is too little to say."""
        if state.last is None:
            return None
        return self._rate(replace(state, last=None), state.recent, state.last)

    def next_threshold(self, state: FloodState) -> tuple[str, float] | None:
        """The next alarm level and the seconds until it at the present rate; None when not rising to one."""
        rate = self.rate_m_per_h(state)
        if state.last is None or rate is None or rate <= 0:
            return None
        for name, threshold_m in self.thresholds:
            if threshold_m > state.last.value:
                return name, (threshold_m - state.last.value) / rate * _HOUR_S
        return None

    def alarm(self, state: FloodState) -> str | None:
        """The highest active alarm level: "bd1", "bd2", "bd3", or None."""
        for name in ("bd3", "bd2", "bd1"):
            if state.latches.get(name, OFF).active:
                return name
        return None

    def _tests(self, value_m: float, rate: float | None) -> list[tuple[str, bool, bool]]:
        tests = [
            (name, value_m >= threshold_m, value_m < threshold_m - self.hysteresis_m)
            for name, threshold_m in self.thresholds
        ]
        if self.rise_m_per_h is not None:
            tests.append(("rise", *_fast_or_slow(rate, self.rise_m_per_h)))
            tests += [
                (_rise_name(uplift.rise_m_per_h), *_fast_or_slow(rate, uplift.rise_m_per_h))
                for uplift in self.params.uplifts
                if uplift.rise_m_per_h is not None
            ]
        if self.forecast is not None:
            ahead_h = self.forecast.total_seconds() / _HOUR_S
            expected_m = value_m + max(0.0, rate or 0.0) * ahead_h
            tests += [
                (f"forecast_{name}", expected_m >= threshold_m, expected_m < threshold_m - self.hysteresis_m)
                for name, threshold_m in self.thresholds
                if name != "above_bd3"
            ]
        return tests

    def _remember(self, state: FloodState, sample: Sample) -> tuple[Sample, ...]:
        recent, horizon = state.recent, sample.at - self.params.rise_window
        if recent and recent[0].at < horizon:
            first = next((index for index, kept in enumerate(recent) if kept.at >= horizon), len(recent))
            recent = recent[first:]
        # One sample a minute is enough for an hourly rate and bounds the state; which one must not depend on
        # arrival, so minutes are those of the clock and the first sample in each is kept.
        if recent and _minute(recent[-1].at) == _minute(sample.at):
            return recent
        return (*recent, sample)

    def _rate(self, state: FloodState, recent: tuple[Sample, ...], sample: Sample) -> float | None:
        oldest = recent[0] if recent else None
        if oldest is None or sample.at - oldest.at < self.params.rise_min_span:
            # Devices slower than the window: the last two readings are all there is.
            oldest = state.last
            if oldest is None or sample.at - oldest.at < self.params.rise_min_span:
                return None
            if sample.at - oldest.at > self.latch_rule.max_gap:
                return None
        return (sample.value - oldest.value) / ((sample.at - oldest.at).total_seconds() / _HOUR_S)

    def _severity(self, latches: Mapping[str, Latch]) -> int:
        active = {name for name, latch in latches.items() if latch.active}
        expected = {name for name in active if name.startswith("forecast_")}
        observed = max((self._level_of(name) for name in active - expected), default=0)
        if observed:
            observed += sum(uplift.add for uplift in self._uplifts(active))
        # Uplifts count on what is seen only: a fast rise must not count twice, once as itself and once in the
        # forecast that it makes. A gauge at BĐ1 that heads for BĐ3 is grave, but nobody is told to leave yet.
        forecast = max((self._level_of(name) for name in expected), default=0)
        return min(self.params.highest, max(observed, forecast))

    def _level_of(self, condition: str) -> int:
        if condition.startswith("forecast_"):
            named = self.params.severity.get(condition.removeprefix("forecast_"), 0)
            return max(0, named - self.params.forecast_below)
        return self.params.severity.get(condition, 0)

    def _uplifts(self, active: set[str]) -> list[Uplift]:
        return [uplift for uplift in self.params.uplifts if self._applies(uplift, active)]

    def _applies(self, uplift: Uplift, active: set[str]) -> bool:
        if not any(_RANK[name] >= _RANK[uplift.at_or_above] for name in active if name in _RANK):
            return False
        if uplift.rise_m_per_h is not None and _rise_name(uplift.rise_m_per_h) not in active:
            return False
        return uplift.people_exposed is None or self._people(active) >= uplift.people_exposed

    def _people(self, active: set[str]) -> int:
        return max((self.station.people_exposed.get(name, 0) for name in active), default=0)

    def _assessment(
        self, before: int, after: FloodState, changes: Mapping[str, Change], rate: float | None
    ) -> Assessment:
        rising = after.level > before
        decisive = [name for name, change in changes.items() if change.active == rising]
        onset = (
            changes[max(decisive, key=self._level_of)].since
            if decisive
            else after.last.at
            if after.last
            else min(change.since for change in changes.values())
        )
        told = [name for name in decisive if not name.startswith("rise_")]
        if not told and not rising:
            # Only an uplift ended: say which state of the gauge counts now.
            told = sorted(decisive)
        reasons = tuple(self._reason(name, changes[name], after, rate) for name in told)
        if rising:
            active = {name for name, latch in after.latches.items() if latch.active}
            facts = {"people": self._people(active), "rise_m_per_h": None if rate is None else round(rate, 2)}
            reasons += tuple(Reason(uplift.code, {**facts, "add": uplift.add}) for uplift in self._uplifts(active))
        return Assessment(before, after.level, onset, reasons, self.reference(after), self._title(after))

    def _title(self, state: FloodState) -> Reason:
        """The river if it has a name, the station, the highest alarm level reached."""
        river = self.params.river_names.get(self.station.river or "", "")
        facts = {"station": self.station.id, "station_name": self.station.name, "river": river}
        alarm = self.alarm(state)
        if alarm is None:
            return Reason("title.rising_river" if river else "title.rising_station", facts)
        code = "title.flood_river" if river else "title.flood_station"
        return Reason(code, {**facts, "alarm": f"BĐ{alarm[-1]}"})

    def reference(self, state: FloodState) -> int | None:
        """Decision 18/2021/QĐ-TTg art. 45 for this river's region: a reference, None where it is unknown."""
        table = self.params.risk_table.get(self.station.river or "", ())
        known = [risk for name, risk in table if state.latches.get(name, OFF).active]
        return max(known, default=None)

    def _reason(self, name: str, change: Change, state: FloodState, rate: float | None) -> Reason:
        value_m = round(state.last.value, 3) if state.last else None
        held_s = int((state.last.at - change.since).total_seconds()) if state.last else 0
        facts: dict[str, Any] = {
            "station": self.station.id,
            "station_name": self.station.name,
            "value_m": value_m,
            "minutes": held_s // 60,
        }
        if name == "rise":
            code = "reason.rising_fast" if change.active else "reason.rise_over"
            shown = None if rate is None else round(rate, 2)
            return Reason(code, {**facts, "rise_m_per_h": shown, "limit_m_per_h": self.rise_m_per_h})
        if name.startswith("rise_"):
            shown = None if rate is None else round(rate, 2)
            return Reason("reason.rise_over", {**facts, "rise_m_per_h": shown})
        limits = dict(self.thresholds)
        if name.startswith("forecast_"):
            threshold = name.removeprefix("forecast_")
            code = "reason.forecast_reaches" if change.active else "reason.forecast_over"
            hours = (self.forecast or timedelta()).total_seconds() / _HOUR_S
            facts["hours"] = round(hours, 1)
        else:
            threshold = name
            code = "reason.level_at_or_above" if change.active else "reason.level_below"
        facts["threshold"] = threshold
        facts["threshold_m"] = round(limits[threshold], 3)
        return Reason(code, facts)


_RANK = {"bd1": 1, "bd2": 2, "bd3": 3, "above_bd3": 4}


def _rise_name(rise_m_per_h: float) -> str:
    return f"rise_{rise_m_per_h:g}"


def _fast_or_slow(rate: float | None, limit: float) -> tuple[bool, bool]:
    """(rising fast enough to count, slow enough to end it); half the limit between them is the dead band."""
    return rate is not None and rate >= limit, rate is None or rate < limit / 2


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // _KEEP_EVERY_S
