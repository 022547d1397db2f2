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
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Literal

from eoc.model import Reason

Series = Sequence[tuple[datetime, float]]
Kind = Literal["stuck", "drift", "attenuated"]

_DAY_S = 86_400
_GRIDS = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
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

    `least_move`: what counts as movement of a neighbour, in the property's unit; shivering is none. `chance`: how
    improbable such a run must be for this instrument by its own record. `moved_steps`: how many of its smallest steps
    it should have moved, going by its neighbours, when the record says nothing.
    """

    least_n: int = 6
    eps: float = 1e-6
    chance: float = 1e-4
    moved_steps: float = 6.0
    least_move: float = 0.05


@dataclass(frozen=True, slots=True)
class DriftRule:
    """When something slow counts; the property's unit, days.

    At least `learn_days` of common history give the relation, and all that is older than `longest_days`. After it at
    least `watch_days` and at most the last `judged_days` are judged. A drift goes at least `least_per_day` and has come
    to `least_total`, with a share `steady` more pairs of days that agree with it than do not (Kendall's tau).
    A neighbour is a witness when it sees at least `seen_share` of the drift.
    """

    learn_days: int = 10
    watch_days: int = 7
    least_per_day: float = 0.01
    least_total: float = 0.10
    judged_days: int = 12
    longest_days: int = 14
    steady: float = 0.6
    seen_share: float = 0.6
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
    moving: dict[str, float] = {}
    for name, other in neighbours.items():
        moving[name] = _net(_between(other, began, ended))
    awake = [name for name, moved in moving.items() if moved >= rule.least_move]
    if not awake or len(before) < rule.least_n:
        return None
    if _chance(before, run, rule.eps) > rule.chance:
        expected = _expected_move(series[: len(series) - run + 1], neighbours, began, ended)
        smallest = _smallest_step(before, rule.eps)
        if smallest is None or expected is None or expected < rule.moved_steps * smallest:
            return None
    busiest = max(awake, key=lambda name: moving[name])
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
    14 days. Fewer than two neighbours cannot say which of the two instruments drifts: None. Of two instruments that go
    apart the one that drifts is the one whom most neighbours, and two at least, see going.
    """
    residuals = _residuals(series, neighbours, rule)
    if residuals is None:
        return None
    together, each = residuals
    recent = together[-rule.judged_days :]
    slope, agreement = _trend(recent)
    total = median(value for _, value in recent[-3:])
    # Far away, and steadily so: a flood throws the relation off for a day or two and gives it back.
    if abs(slope) < rule.least_per_day or abs(total) < rule.least_total or (slope > 0) != (total > 0):
        return None
    if agreement < rule.steady:
        return None
    began = recent[0][0]
    slopes = [_trend([point for point in own if point[0] >= began])[0] for own in each]
    witnesses = sum(one * slope > 0 and abs(one) >= rule.seen_share * abs(slope) for one in slopes)
    if witnesses < max(rule.least_neighbours, len(slopes) // 2 + 1):
        return None
    facts = {"per_day": round(slope, 3), "total": round(total, 2), "days": len(recent), "neighbours": witnesses}
    return Finding("drift", _midnight(series[0][0], recent[0][0]), Reason("reason.drift", facts))


def attenuated(series: Series, neighbours: Mapping[str, Series], rule: DriftRule = DRIFT) -> Finding | None:
    """The instrument still moves, but much less than it used to beside its neighbours: a silted well, a clogged funnel.

    The same span as for `drift`. Compared is its daily range with that of its neighbours, in the last three days and
    before them, on days on which they moved by `least_total` at least: shivering has no range to speak of. It must be
    below 30 % of what it was, by each of two neighbours.
    """
    own = _daily(series, _range)
    days = sorted(own)
    if len(days) < rule.learn_days + 3 or len(neighbours) < rule.least_neighbours:
        return None
    early, late = days[:-3], days[-3:]
    ratios = []
    for other in neighbours.values():
        theirs = _daily(other, _range)
        then = [own[day] / theirs[day] for day in early if theirs.get(day, 0.0) >= rule.least_total]
        now = [own[day] / theirs[day] for day in late if theirs.get(day, 0.0) >= rule.least_total]
        if len(then) >= 3 and len(now) >= 2 and median(then) > 0:
            ratios.append(median(now) / median(then))
    if len(ratios) < rule.least_neighbours or max(ratios) >= 0.3:
        return None
    facts = {"percent": round(100 * median(ratios)), "days": len(late), "neighbours": len(ratios)}
    return Finding("attenuated", _midnight(series[0][0], late[0]), Reason("reason.attenuated", facts))


def _range(values: list[float]) -> float:
    return max(values) - min(values)


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
    """The resolution of the instrument, as far as its record shows it: its grid, or its smallest movement."""
    steps = [abs(two - one) for (_, one), (_, two) in pairwise(before) if abs(two - one) > eps]
    if not steps:
        return None
    for grid in _GRIDS:
        if all(abs(value / grid - round(value / grid)) * grid < eps for _, value in before[-100:]):
            return min(grid, *steps)
    return min(steps)


def _expected_move(before: Series, neighbours: Mapping[str, Series], began: datetime, ended: datetime) -> float | None:
    """How far it should have moved meanwhile: as far as just before, if the neighbours go on as they did just before.

    The relation of this very hour needs no travel time between the stations, which differs from flood to flood.
    """
    span = ended - began
    own = _between(before, began - span, began)
    shares = []
    for other in neighbours.values():
        then, now = _net(_between(other, began - span, began)), _net(_between(other, began, ended))
        if then > 0:
            shares.append(now / then)
    return _net(own) * min(1.0, median(shares)) if shares else None


def _net(values: Sequence[float]) -> float:
    """How far a series went, apart from shivering: twice the way from its first half to its second."""
    half = len(values) // 2
    return 2 * abs(median(values[half:]) - median(values[:half])) if half else 0.0


def _between(series: Series, began: datetime, ended: datetime) -> list[float]:
    first = bisect_left(series, began, key=lambda each: each[0])
    last = bisect_right(series, ended, key=lambda each: each[0])
    return [value for _, value in series[first:last]]


# -- leaving the neighbours --------------------------------------------------------------------------------------------


_Days = list[tuple[int, float]]


def _residuals(series: Series, neighbours: Mapping[str, Series], rule: DriftRule) -> tuple[_Days, list[_Days]] | None:
    """Per day after those of learning, the own level less what the neighbours suggest: their median, and each."""
    own = _daily(series, median)
    if not own:
        return None
    last = max(own)
    days = [day for day in sorted(own) if day > last - _DAYS_OF_MEMORY]
    if len(days) < rule.learn_days + rule.watch_days:
        return None
    count = max(rule.learn_days, len(days) - rule.longest_days)
    learning = days[:count]
    guesses: list[dict[int, float]] = []
    for other in neighbours.values():
        theirs = _daily(other, median)
        pairs = [(theirs[day], own[day]) for day in learning if day in theirs]
        if len(pairs) < count - 2:
            continue
        line = _line(pairs)
        low, high = min(each for each, _ in pairs), max(each for each, _ in pairs)
        margin = high - low
        # Far outside of what was learnt the line is a guess; such a day says nothing.
        guesses.append(
            {day: line(theirs[day]) for day in days if day in theirs and low - margin <= theirs[day] <= high + margin}
        )
    if len(guesses) < rule.least_neighbours:
        return None
    residuals: _Days = []
    for day in days[count:]:
        told = [guess[day] for guess in guesses if day in guess]
        if len(told) >= rule.least_neighbours:
            residuals.append((day, own[day] - median(told)))
    if len(residuals) < rule.watch_days:
        return None
    return residuals, [[(day, own[day] - guess[day]) for day, _ in residuals if day in guess] for guess in guesses]


def _line(pairs: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """The straight line of Theil and Sen: the median slope of all pairs, which a day of flood does not bend."""
    slopes = [
        (y1 - y0) / (x1 - x0) for index, (x0, y0) in enumerate(pairs) for x1, y1 in pairs[index + 1 :] if x1 != x0
    ]
    slope = median(slopes) if slopes else 0.0
    zero = median(y - slope * x for x, y in pairs)
    return lambda x: zero + slope * x


def _trend(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """(the median slope a day of all pairs, the share by which pairs of its direction outnumber the others)."""
    slopes = [
        (later - earlier) / (day - before)
        for index, (before, earlier) in enumerate(points)
        for day, later in points[index + 1 :]
    ]
    if not slopes:
        return 0.0, 0.0
    up, down = sum(slope > 0 for slope in slopes), sum(slope < 0 for slope in slopes)
    return median(slopes), abs(up - down) / len(slopes)


def _daily(series: Series, reduce: Callable[[list[float]], float]) -> dict[int, float]:
    """One figure a day (days of 24 hours from 1970), for days with at least three readings."""
    days: dict[int, list[float]] = {}
    for at, value in series:
        days.setdefault(math.floor(at.timestamp() / _DAY_S), []).append(value)
    return {day: reduce(values) for day, values in days.items() if len(values) >= 3}


def _midnight(like: datetime, day: int) -> datetime:
    return datetime.fromtimestamp(day * _DAY_S, like.tzinfo)
