"""The tests that need only one instrument, as a fold over its readings.

Whether a reading is in doubt depends on the two readings before it and on the one after it, never on how those were
judged: a doubt must not feed on earlier doubts, or two histories of the same readings could differ for ever. Memory is
therefore a few readings, none older than seven hours, and one reading of each quarter of a day for the unit.

* `sentinel` (bad): what instruments and protocols say instead of a number: -9999, 65535, 85.0 °C after power-on.
* `range` (bad outside what the property can physically be; suspect outside the station's own limits).
* `unit_slip` (suspect): metres sent as centimetres or millimetres or the other way round. The number is implausible
  as it stands and fits once it is scaled.
* `rate` (suspect): further from the reading before than the station can move, and not confirmed yet.
* `spike` (suspect): what became of a `rate` that the next reading did not confirm.
* `flat` (suspect): unchanged for longer than the station ever rests. Off unless the station says how long that is:
  a river may well stay the same to the centimetre for a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from eoc.model import PHYSICAL_RANGE, Quality

SENTINELS = frozenset({-9999.0, -999.0, -99999.0, 9999.0, 99999.0, 65535.0, 32767.0, -32768.0, 6553.5, 3276.7})
"""Numbers that mean "no number": fill values of loggers, and the ends of 16-bit registers."""
POWER_ON_C = 85.0
"""What a DS18B20 thermometer holds before its first conversion (data sheet)."""
SLIPPING = frozenset({"water_level_m", "htl", "hdbt", "hc"})
"""Lengths, which are sent in metres, centimetres or millimetres."""
_SLIPS = (100.0, 1000.0)
_LEAST_M = 0.5
"""Below this a factor of 100 is no proof: a creek of 3 cm may well become one of 3 m."""
_APART, _NEAR = 10.0, 2.0
"""Within a day no level grows tenfold from half a metre; a slipped one is within twice of it once it is scaled."""
_STEP_S = 600.0
_ANY_NUMBER = (-1e18, 1e18)
LOOK_BACK = timedelta(hours=48)
MEMORY = timedelta(hours=7)
"""Readings further apart are not compared; observers read every six hours."""
LONGEST_FLAT = timedelta(hours=36)
FLAT_LEAST_N = 6
_QUARTER_S = 6 * 3600
_QUARTERS = 4


class Reading(Protocol):
    """What is folded: when and how much. The samples of the hazard rules are such."""

    @property
    def at(self) -> datetime: ...
    @property
    def value(self) -> float: ...


class Point(NamedTuple):
    """A reading as it is remembered."""

    at: datetime
    value: float


class Anchor(NamedTuple):
    """The first plausible reading of a quarter of a day; `quarter` counts from 1970."""

    quarter: int
    value: float


class Revision(NamedTuple):
    """An earlier reading that is seen differently now."""

    at: datetime
    flag: Quality
    codes: tuple[str, ...]


class Verdict(NamedTuple):
    """The flag of a reading, why, and what it says about the reading before it."""

    flag: Quality = Quality.GOOD
    codes: tuple[str, ...] = ()
    revised: tuple[Revision, ...] = ()


GOOD = Verdict()
_SENTINEL = Verdict(Quality.BAD, ("sentinel",))
_IMPOSSIBLE = Verdict(Quality.BAD, ("range",))
_OUTSIDE = Verdict(Quality.SUSPECT, ("range",))
_SLIPPED = Verdict(Quality.SUSPECT, ("unit_slip",))


@dataclass(frozen=True, slots=True)
class QualityState:
    """What one property of one station remembers.

    `last_at`: the newest reading folded, plausible or not. `recent`: at most two plausible readings, oldest first.
    `doubts`: the codes of the newest of them while it is a jump that nothing has confirmed, else empty. `flat_n`,
    `flat_since`: the run of equal readings at the end, counted only where the test is on. `anchors`: oldest first.
    """

    last_at: datetime | None = None
    recent: tuple[Point, ...] = ()
    doubts: tuple[str, ...] = ()
    flat_n: int = 0
    flat_since: datetime | None = None
    anchors: tuple[Anchor, ...] = ()


BLANK = QualityState()


@dataclass(frozen=True, slots=True)
class QualityRule:
    """The limits of one property at one station. Build it with `of`; None is a test that is off."""

    measures: str
    least: float | None = None
    most: float | None = None
    most_step: float | None = None
    flat: timedelta | None = None
    physical: tuple[float, float] = _ANY_NUMBER
    slips: bool = False

    @classmethod
    def of(cls, property: str, limits: Mapping[str, float | None] | None = None) -> "QualityRule":  # noqa: A002
        """Bind a station's limits; those that are absent or None leave their test off.

        `min`, `max` in the property's unit; `max_step_per_10min` the largest real change within ten minutes (two
        readings closer in time may differ as much); `flat_line_s` how long the same number may be repeated.
        ValueError when `flat_line_s` is more than 36 hours: the look-back could not tell.
        """
        given = {name: float(value) for name, value in (limits or {}).items() if value is not None}
        flat_s = given.get("flat_line_s")
        flat = None if flat_s is None else timedelta(seconds=flat_s)
        if flat is not None and flat > LONGEST_FLAT:
            message = f"flat_line_s {flat_s:g} is more than {LONGEST_FLAT.total_seconds():g}"
            raise ValueError(message)
        return cls(
            property,
            given.get("min"),
            given.get("max"),
            given.get("max_step_per_10min"),
            flat,
            PHYSICAL_RANGE.get(property, _ANY_NUMBER),
            property in SLIPPING,
        )

    @property
    def look_back(self) -> timedelta:
        """Folding this much again ends in the same state and flags as folding everything."""
        return LOOK_BACK

    @property
    def blank(self) -> QualityState:
        """The state before the first reading."""
        return BLANK

    def step(self, state: QualityState, sample: Reading) -> tuple[QualityState, Verdict]:
        """Fold in one reading, later than all before it. Raises nothing, whatever the number is."""
        at, value = sample.at, sample.value
        recent, anchors = state.recent, state.anchors
        if recent and at - recent[0].at > MEMORY:
            recent = tuple(point for point in recent if at - point.at <= MEMORY)
        quarter = int(at.timestamp()) // _QUARTER_S if self.slips else 0
        if anchors and anchors[0].quarter < quarter - _QUARTERS:
            anchors = tuple(anchor for anchor in anchors if anchor.quarter >= quarter - _QUARTERS)
        doubts, flat_n, flat_since = state.doubts, state.flat_n, state.flat_since
        if not recent:
            doubts, flat_n, flat_since = (), 0, None

        implausible = self._implausible(value)
        if implausible is not None:
            # It says nothing about the water, so it is no neighbour of any reading.
            return QualityState(at, recent, doubts, flat_n, flat_since, anchors), implausible

        if self.most_step is None and self.flat is None and not self.slips:
            return QualityState(at), GOOD
        jumped = False
        revised: tuple[Revision, ...] = ()
        if self.most_step is not None and recent:
            jumped, revised = _jump(recent, at, value, self.most_step, doubts)
        flat = False
        if self.flat is not None:
            same = flat_since is not None and recent[-1].value == value
            flat_n = min(flat_n + 1, FLAT_LEAST_N) if same else 1
            flat_since = max(flat_since, at - self.flat) if same and flat_since is not None else at
            flat = flat_n >= FLAT_LEAST_N and at - flat_since >= self.flat
        slipped = bool(anchors) and _slipped(value, anchors)
        if self.slips and (not anchors or anchors[-1].quarter != quarter):
            anchors = (*anchors, Anchor(quarter, value))

        recent = (*recent[-1:], Point(at, value)) if self.most_step is not None or self.flat is not None else ()
        if not (jumped or slipped or flat):
            after = QualityState(at, recent, (), flat_n, flat_since, anchors)
            return after, Verdict(revised=revised) if revised else GOOD
        named = (("unit_slip", slipped), ("rate", jumped), ("flat", flat))
        codes = tuple(code for code, found in named if found)
        after = QualityState(at, recent, codes if jumped else (), flat_n, flat_since, anchors)
        return after, Verdict(Quality.SUSPECT, codes, revised)

    def _implausible(self, value: float) -> Verdict | None:
        """The tests of the number by itself; None when it may be a measurement."""
        if value in SENTINELS or (value == POWER_ON_C and self.measures == "temperature_c"):
            return _SENTINEL
        # A chained comparison is also false for what is not a number.
        if not self.physical[0] <= value <= self.physical[1]:
            return _IMPOSSIBLE
        least, most = self.least, self.most
        if (least is None or value >= least) and (most is None or value <= most):
            return None
        if self.slips and least is not None and most is not None:
            scaled = [value / slip for slip in _SLIPS] + [value * slip for slip in _SLIPS]
            if any(least <= each <= most for each in scaled):
                return _SLIPPED
        return _OUTSIDE


def _jump(
    recent: tuple[Point, ...], at: datetime, value: float, most_step: float, doubts: tuple[str, ...]
) -> tuple[bool, tuple[Revision, ...]]:
    """(is this reading a jump that nothing confirms yet, what that says about the one before if it was one)."""
    before = recent[-1]
    # The same allowance for both: twice the time since the one before that would let a spike of twice the step pass.
    allowed = most_step * max(1.0, (at - before.at).total_seconds() / _STEP_S)
    if abs(value - before.value) <= allowed:
        return False, _confirmed(before, doubts)
    earlier = recent[0] if len(recent) > 1 else None
    if earlier is not None and abs(value - earlier.value) <= allowed:
        return False, _alone(before, doubts)
    # Three in one direction, each too fast: a rise that the instrument saw; only the last of them is still alone.
    onward = earlier is not None and (before.value - earlier.value) * (value - before.value) > 0
    return True, _confirmed(before, doubts) if onward else _alone(before, doubts)


def _confirmed(point: Point, doubts: tuple[str, ...]) -> tuple[Revision, ...]:
    if not doubts:
        return ()
    codes = tuple(code for code in doubts if code != "rate")
    return (Revision(point.at, Quality.SUSPECT if codes else Quality.GOOD, codes),)


def _alone(point: Point, doubts: tuple[str, ...]) -> tuple[Revision, ...]:
    if not doubts:
        return ()
    return (Revision(point.at, Quality.SUSPECT, tuple("spike" if code == "rate" else code for code in doubts)),)


def _slipped(value: float, anchors: tuple[Anchor, ...]) -> bool:
    """Does the number fit more of the day before as another unit than as it stands?"""
    if _about(value, anchors[0].value, _APART) and _about(value, anchors[-1].value, _APART):
        return False
    direct = sum(_about(value, anchor.value, _APART) for anchor in anchors)
    scaled = sum(_about_scaled(value, anchor.value) for anchor in anchors)
    return scaled > direct


def _about(value: float, reference: float, factor: float) -> bool:
    return value == reference or (reference != 0 and 1 / factor <= value / reference <= factor)


def _about_scaled(value: float, reference: float) -> bool:
    if abs(reference) < _LEAST_M:
        return False
    return any(_about(value / slip, reference, _NEAR) or _about(value * slip, reference, _NEAR) for slip in _SLIPS)
