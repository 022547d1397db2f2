"""What one instrument cannot know of itself: it stands still, drifts or has gone dull while its neighbours move.

Source: QARTOD for water level, test 13 (comparison with nearby sensors), which leaves the method to the operator. Ours
compares each instrument with how it used to move beside the same neighbours, so stations of different datum, rating
and river size need no table of relations. All functions are pure; series are (at, value) in time order, plausible
readings only (not flagged `bad`), each series of one property in one unit. They return a `Finding` for a maintenance
ticket or None; too little to judge by is None as well.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from eoc.model import Reason

Series = Sequence[tuple[datetime, float]]
Kind = Literal["stuck", "drift", "attenuated"]

_DAY_S = 86_400
_DAYS_OF_MEMORY = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of an instrument, since when, and the figures that show it."""

    kind: Kind
    since: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class StuckRule:
    """`least_n`: equal readings that count as standing still (the sixth of them decides).

    `chance`: how improbable such a run must be for this instrument by its own record, when the neighbours move at all.
    `moved_steps`: how many of its smallest steps it should have moved, going by its neighbours, when that says nothing.
    """

    least_n: int = 6
    eps: float = 1e-6
    chance: float = 1e-3
    moved_steps: float = 6.0
    lag: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DriftRule:
    """`learn_days` of common history give the relation, `watch_days` after it are judged; both at least, in days."""

    learn_days: int = 10
    watch_days: int = 7
    least_per_day: float = 0.01
    least_total: float = 0.10
    doubt: float = 4.0
    least_neighbours: int = 2


STUCK = StuckRule()
DRIFT = DriftRule()


def stuck(series: Series, neighbours: Mapping[str, Series], rule: StuckRule = STUCK) -> Finding | None:
    """The instrument repeats one number while its neighbours move.

    `series`: its readings of the last one to three days, newest last; `neighbours`: the same span for stations
    that see the same water or weather (up- and downstream, or the same basin), by id. Ask at each reading or each few
    minutes. With one neighbour that moves it is found at the sixth equal reading, later where the water itself rests.
    """
    run = _run(series, rule.eps)
    if run < rule.least_n:
        return None
    began, ended = series[-run][0], series[-1][0]
    before = series[: len(series) - run]
    smallest = _smallest_step(before, rule.eps)
    moving: dict[str, float] = {}
    for name, other in neighbours.items():
        span = _between(other, began, ended)
        if len(span) >= 2:
            moving[name] = max(span) - min(span)
    awake = [name for name, moved in moving.items() if moved > rule.eps]
    if not awake or len(before) < rule.least_n:
        return None
    if _chance(before, run, rule.eps) > rule.chance:
        expected = _expected_move(before, neighbours, began, ended, rule)
        if smallest is None or expected is None or expected < rule.moved_steps * smallest:
            return None
    busiest = max(awake, key=lambda name: (moving[name], name))
    facts = {
        "samples": run,
        "value": series[-1][1],
        "minutes": round((ended - began).total_seconds() / 60),
        "neighbour": busiest,
        "moved": round(moving[busiest], 3),
    }
    return Finding("stuck", began, Reason("reason.stuck", facts))


def drift(series: Series, neighbours: Mapping[str, Series], rule: DriftRule = DRIFT) -> Finding | None:
    """The instrument leaves its neighbours behind by a little every day.

    `series` and `neighbours`: the same 17 to 30 days, several readings a day. The relation to each neighbour is learnt
    from the first days, and what is left of the last days has to grow steadily: a bias of 2 cm a day is found within
    14 days. Fewer than two neighbours cannot say which of the two instruments drifts: None.
    """
    residuals = _residuals(series, neighbours, rule)
    if residuals is None:
        return None
    learnt, watched = residuals
    scatter = median(abs(value) for _, value in learnt) * 1.4826
    slope = _slope(watched)
    total = median(value for _, value in watched[-3:])
    needed = max(rule.least_total, rule.doubt * scatter)
    # Both ends speak: it has come far, and it is still going the same way.
    if abs(slope) < rule.least_per_day or abs(total) < needed or (slope > 0) != (total > 0):
        return None
    facts = {"per_day": round(slope, 3), "total": round(total, 2), "days": len(watched), "neighbours": len(neighbours)}
    return Finding("drift", _midnight(series[0][0], watched[0][0]), Reason("reason.drift", facts))


def attenuated(series: Series, neighbours: Mapping[str, Series], rule: DriftRule = DRIFT) -> Finding | None:
    """The instrument still moves, but much less than it used to beside its neighbours: a silted well, a clogged funnel.

    The same span as for `drift`. Compared is its daily range with that of its neighbours, in the last three days and in
    the days of learning; it must be below 30 % of what it was while the neighbours are as lively as before.
    """
    own = _daily(series, lambda values: max(values) - min(values))
    days = sorted(own)
    if len(days) < rule.learn_days + 3 or len(neighbours) < rule.least_neighbours:
        return None
    early, late = days[: rule.learn_days], days[-3:]
    ratios, lively = [], 0
    for other in neighbours.values():
        theirs = _daily(other, lambda values: max(values) - min(values))
        then = [(own[day], theirs[day]) for day in early if theirs.get(day, 0.0) > 0]
        now = [(own[day], theirs[day]) for day in late if theirs.get(day, 0.0) > 0]
        if len(then) < rule.learn_days // 2 or len(now) < 2:
            continue
        share_then = sum(each for each, _ in then) / sum(each for _, each in then)
        share_now = sum(each for each, _ in now) / sum(each for _, each in now)
        lively += median(each for _, each in now) >= median(each for _, each in then)
        if share_then > 0:
            ratios.append(share_now / share_then)
    if len(ratios) < rule.least_neighbours or lively < rule.least_neighbours or max(ratios) >= 0.3:
        return None
    facts = {"percent": round(100 * median(ratios)), "days": len(late), "neighbours": len(ratios)}
    return Finding("attenuated", _midnight(series[0][0], late[0]), Reason("reason.attenuated", facts))


# -- standing still ----------------------------------------------------------------------------------------------------


def _run(series: Series, eps: float) -> int:
    """How many readings at the end are the same number."""
    count = 0
    for _, value in reversed(series):
        if abs(value - series[-1][1]) > eps:
            break
        count += 1
    return count


def _chance(before: Series, run: int, eps: float) -> float:
    """How likely a run of this length is for an instrument with this record.

    Repeats come in groups (a river at rest, a coarse display), so a run that was nearly matched before is no
    surprise whatever the share of repeats says.
    """
    repeats, longest, current = 0, 1, 1
    for (_, one), (_, two) in pairwise(before):
        same = abs(two - one) <= eps
        repeats += same
        current = current + 1 if same else 1
        longest = max(longest, current)
    if longest >= run - 1:
        return 1.0
    pairs = len(before) - 1
    # Laplace's rule, so that a short record never makes anything impossible.
    return float(((repeats + 1) / (pairs + 2)) ** (run - 1))


def _smallest_step(before: Series, eps: float) -> float | None:
    """The resolution of the instrument, as far as its record shows it."""
    steps = [abs(two - one) for (_, one), (_, two) in pairwise(before) if abs(two - one) > eps]
    return min(steps) if steps else None


def _expected_move(
    before: Series, neighbours: Mapping[str, Series], began: datetime, ended: datetime, rule: StuckRule
) -> float | None:
    """How far it should have moved meanwhile, by the neighbours' movement and how it used to follow them."""
    expected = []
    own_range = max(value for _, value in before) - min(value for _, value in before)
    for other in neighbours.values():
        past = _between(other, before[0][0], began)
        # Water takes its time between two stations: the quietest of the shifts counts.
        shifts = [rule.lag * part / 4 for part in range(-4, 5)]
        moves = [_between(other, began + shift, ended + shift) for shift in shifts]
        ranges = [max(span) - min(span) for span in moves if len(span) >= rule.least_n]
        if len(past) < rule.least_n or not ranges:
            continue
        their_range = max(past) - min(past)
        if their_range > rule.eps:
            expected.append(min(ranges) * own_range / their_range)
    return median(expected) if expected else None


def _between(series: Series, began: datetime, ended: datetime) -> list[float]:
    first = bisect_left(series, began, key=lambda each: each[0])
    last = bisect_right(series, ended, key=lambda each: each[0])
    return [value for _, value in series[first:last]]


# -- leaving the neighbours --------------------------------------------------------------------------------------------


def _residuals(
    series: Series, neighbours: Mapping[str, Series], rule: DriftRule
) -> tuple[list[tuple[int, float]], list[tuple[int, float]]] | None:
    """Per day, own level less what the neighbours suggest: (days of learning, days of watching)."""
    own = _daily(series, median)
    if not own:
        return None
    last = max(own)
    days = [day for day in sorted(own) if day > last - _DAYS_OF_MEMORY]
    if len(days) < rule.learn_days + rule.watch_days:
        return None
    learning = days[: rule.learn_days]
    guesses: list[dict[int, float]] = []
    for other in neighbours.values():
        theirs = _daily(other, median)
        pairs = [(theirs[day], own[day]) for day in learning if day in theirs]
        if len(pairs) < rule.learn_days - 2:
            continue
        line = _line(pairs)
        low, high = min(each for each, _ in pairs), max(each for each, _ in pairs)
        margin = (high - low) / 2
        # Outside of what was learnt the line is a guess; such a day says nothing.
        guesses.append(
            {day: line(theirs[day]) for day in days if day in theirs and low - margin <= theirs[day] <= high + margin}
        )
    if len(guesses) < rule.least_neighbours:
        return None
    residuals = []
    for day in days:
        told = [guess[day] for guess in guesses if day in guess]
        if len(told) >= rule.least_neighbours:
            residuals.append((day, own[day] - median(told)))
    learnt = [each for each in residuals if each[0] <= learning[-1]]
    watched = [each for each in residuals if each[0] > learning[-1]]
    if len(learnt) < rule.learn_days - 2 or len(watched) < rule.watch_days:
        return None
    return learnt, watched


def _line(pairs: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """The straight line of least squares, level where the neighbour did not move."""
    count = len(pairs)
    mean_x = sum(x for x, _ in pairs) / count
    mean_y = sum(y for _, y in pairs) / count
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    common = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    return _Line(mean_x, mean_y, common / spread if spread > 0 else 0.0)


@dataclass(frozen=True, slots=True)
class _Line:
    mean_x: float
    mean_y: float
    slope: float

    def __call__(self, x: float) -> float:
        return self.mean_y + self.slope * (x - self.mean_x)


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """Theil and Sen: the median of the slopes of all pairs, which single odd days do not move."""
    slopes = [
        (later - earlier) / (day - before)
        for index, (before, earlier) in enumerate(points)
        for day, later in points[index + 1 :]
    ]
    return median(slopes) if slopes else 0.0


def _daily(series: Series, reduce: Callable[[list[float]], float]) -> dict[int, float]:
    """One figure a day (days of 24 hours from 1970), for days with at least three readings."""
    days: dict[int, list[float]] = {}
    for at, value in series:
        days.setdefault(math.floor(at.timestamp() / _DAY_S), []).append(value)
    return {day: reduce(values) for day, values in days.items() if len(values) >= 3}


def _midnight(like: datetime, day: int) -> datetime:
    return datetime.fromtimestamp(day * _DAY_S, like.tzinfo)
