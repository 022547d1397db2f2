"""How much rain fell in a window, from what a gauge reported, and how much of the window nobody knows.

A record of `rain_mm` covers the time since the record before it, a reading of the counter `rain_acc_mm` what has come
together since then. Everything is kept as two sorted lists: `wet`, the amounts by the moment they were reported, and
`spans`, stretches of time of which only the total is known (a counter over a gap) or nothing at all (`mm` None).
A window is the sum of what lies wholly inside it; what is missing is told in seconds and never counts as dry.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from eoc.hazards.rule import Sample

WINDOWS_H = (1, 3, 6, 12, 24, 48, 72)
"""The rolling windows of the national practice, in hours."""
DAY_S = 86_400
HOUR_S = 3_600

Wet = tuple[int, float]
"""(stamp in seconds since 1970, mm): fell in the time that the record at this stamp covers."""
Span = tuple[int, int, float | None]
"""(since, until, mm): only the total of this time is known; None: nothing is known of it."""

ALWAYS = -(2**40)
"""Before any reading: the beginning of a span that was never observed."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """How a station speaks of rain.

    A gap longer than `gap_intervals` expected intervals is time without data. `most_mm_per_10min` is what can fall
    at all: of a record above it only that much counts, and its time counts as not fully known.
    """

    interval: timedelta = timedelta(minutes=10)
    counter: bool = False
    gap_intervals: float = 1.5
    most_mm_per_10min: float = math.inf

    @property
    def patience(self) -> timedelta:
        """How long after a record the next one is not yet missed."""
        return self.interval * self.gap_intervals


class Amount(NamedTuple):
    """Rain of a window: what is known to have fallen, the seconds nobody knows, and the rain without the heaviest.

    `rest_mm` leaves out the largest single amount: what remains if one record was nonsense.
    """

    mm: float
    missing_s: int
    rest_mm: float

    @property
    def total_mm(self) -> float | None:
        """The amount as a fact: None while any part of the window is missing."""
        return None if self.missing_s else round(self.mm, 2)

    @property
    def missing_min(self) -> int:
        return math.ceil(self.missing_s / 60)


class Picked(NamedTuple):
    """What one record adds."""

    mm: float
    spans: tuple[Span, ...]


def pick(gauge: Gauge, before: Sample | None, sample: Sample) -> Picked:
    """What a record adds to what was known, given the one before it.

    A counter that goes backwards was set to zero in between, or one of the two readings is wrong: nothing is known
    of the time since the last reading. (Taking what it shows now as rain would let one wild reading count twice,
    up and down again.)
    """
    at = second(sample.at)
    if gauge.counter:
        if before is None:
            return Picked(0.0, ((ALWAYS, at, None),))
        since, gained = second(before.at), sample.value - before.value
        overdue = sample.at - before.at > gauge.patience
        if gained < 0:
            return Picked(0.0, ((since, at, None),))
        possible = _possible(gauge, gained, at - since)
        if overdue:
            return Picked(0.0, ((since, at, possible),))
        return Picked(possible, ((since, at, None),) if possible < gained else ())
    alone = before is None or sample.at - before.at > gauge.patience
    covered_since = second(sample.at - gauge.interval) if before is None or alone else second(before.at)
    spans: list[Span] = []
    if alone:
        spans.append((ALWAYS if before is None else second(before.at), covered_since, None))
    possible = _possible(gauge, sample.value, at - covered_since)
    if possible < sample.value:
        spans.append((covered_since, at, None))
    return Picked(possible, tuple(spans))


def _possible(gauge: Gauge, mm: float, covered_s: int) -> float:
    if math.isinf(gauge.most_mm_per_10min):
        return mm
    return min(mm, gauge.most_mm_per_10min * max(1.0, covered_s / 600))


def amount(wet: Sequence[Wet], spans: Iterable[Span], since: int, until: int) -> Amount:
    """The rain of (since, until], seconds since 1970."""
    first = bisect_right(wet, (since, math.inf))
    last = bisect_right(wet, (until, math.inf))
    mm, heaviest, missing = 0.0, 0.0, 0
    for index in range(first, last):
        fallen = wet[index][1]
        mm += fallen
        heaviest = max(heaviest, fallen)
    for begins, ends, known_mm in spans:
        overlap = min(ends, until) - max(begins, since)
        if overlap <= 0:
            continue
        if known_mm is None or begins < since or ends > until:
            missing += overlap
        else:
            mm += known_mm
            heaviest = max(heaviest, known_mm)
    return Amount(mm, missing, mm - heaviest)


@dataclass(frozen=True, slots=True)
class Rainfall:
    """The rain at one moment: rolling windows by hours, the days before the last 24 hours, and the rain day so far.

    `days[0]` is the day that ended 24 hours ago, `days[1]` the one before it.
    """

    at: datetime
    windows: Mapping[int, Amount]
    days: tuple[Amount, ...]
    today: Amount

    def rain_days(self, rain_day_mm: float) -> int:
        """How many days in a row before the last 24 hours had at least so much rain.

        A day of which a part is missing counts when the known part is enough, and otherwise ends the row: the true
        number is at least this one.
        """
        count = 0
        for day in self.days:
            if day.mm < rain_day_mm:
                break
            count += 1
        return count

    def antecedent(self, decay: float, days: int) -> Amount:
        """The antecedent precipitation index: the days before, each day older counting `decay` times as much.

        Source: Kohler & Linsley (1951), Predicting the runoff from storm rainfall, US Weather Bureau Research
        Paper 34: `I_t = k·I_(t-1) + P_t`, here over `days` days.
        """
        counted = self.days[:days]
        mm = sum(day.mm * decay ** (index + 1) for index, day in enumerate(counted))
        return Amount(mm, sum(day.missing_s for day in counted), mm)


def rainfall(
    wet: Sequence[Wet], spans: Sequence[Span], at: datetime, *, edge: int, hours: Iterable[int], days: int, day: int
) -> Rainfall:
    """Every window that ends at `at`; `edge` is the same moment on the marks that `wet` is kept by.

    `day` is the beginning of the rain day, in seconds since 1970.
    """
    until = second(at)
    return Rainfall(
        at,
        {each: amount(wet, spans, edge - each * HOUR_S, max(edge, until)) for each in hours},
        tuple(amount(wet, spans, edge - (index + 2) * DAY_S, edge - (index + 1) * DAY_S) for index in range(days)),
        amount(wet, spans, day, max(edge, until)),
    )


def at_any_time(gauge: Gauge, samples: Sequence[Sample], at: datetime, *, days: int, day_starts: datetime) -> Rainfall:
    """The rain as it was known to be at a moment, for screens and reports; to the second.

    `samples`: the good records up to that moment, sorted, from at least the longest window before it. While the
    next record is not yet overdue, windows end with the last one; afterwards the time since then is missing.
    """
    wet: list[Wet] = []
    spans: list[Span] = []
    before: Sample | None = None
    for sample in samples:
        if sample.at > at:
            break
        picked = pick(gauge, before, sample)
        if picked.mm > 0:
            wet.append((second(sample.at), picked.mm))
        spans += picked.spans
        before = sample
    end = at
    if before is None:
        spans.append((ALWAYS, second(at), None))
    elif at - before.at <= gauge.patience:
        end = before.at
    else:
        spans.append((second(before.at), second(at), None))
    ends = second(end)
    return rainfall(wet, spans, end, edge=ends, hours=WINDOWS_H, days=days, day=min(second(day_starts), ends))


def day_start(at: datetime, hour: int) -> datetime:
    """The beginning of the rain day that `at` (in the province's zone) belongs to; it starts at `hour` local."""
    starts = at.replace(hour=hour, minute=0, second=0, microsecond=0)
    return starts if starts <= at else starts - timedelta(days=1)


def second(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return math.floor(moment.timestamp())
