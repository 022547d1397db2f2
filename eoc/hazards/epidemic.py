"""Early Aberration Reporting System: daily counts of a disease against the days just before. C1, C2, C3.

Sources: Hutwagner, Thompson, Seeman & Treadwell (2003), The bioterrorism preparedness and response Early Aberration
Reporting System, J Urban Health 80 (2 Suppl 1): i89-i96; formulas as in Fricker, Hegler & Dunfee (2008), Comparing
syndromic surveillance detection methods, Statistics in Medicine 27: 3407-3429; reference values of the R package
`surveillance` (earsC) in `tests/epidemic`.

    C1  baseline t-7..t-1    alarm when the count is above mean + 3 standard deviations
    C2  baseline t-9..t-3    the same; two days lie between, so that a slow rise does not raise its own baseline
    C3  sum over t, t-1, t-2 of max(0, C2 - 1) > 2, where C2 = (count - mean) / standard deviation

The standard deviation is the sample one (n-1). It counts as at least `least_deviation`: after seven days without a
case it is 0, and without that floor one single case would be infinitely many deviations. With `at_least_poisson` (our
own addition, not of the papers) it is also at least the square root of the mean, which is what pure chance gives: the
deviation of seven counts is itself so uncertain that the plain method alarms about every fourth week without cause.

Days without a count are missing, not zero. A baseline uses the known days of its window, and the method is silent with
fewer than `fewest_days` of them; the window is not stretched further back, which would make it another method. A day
that is missing adds nothing to C3.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from eoc.model import Reason

EarsMethod = Literal["c1", "c2", "c3"]
METHODS: tuple[EarsMethod, ...] = ("c1", "c2", "c3")
Counts = Mapping[date, int]
"""Known counts by day; a day that is not there is not known."""


@dataclass(frozen=True, slots=True)
class EarsParams:
    """The pack's numbers; `levels` is the severity of an alarm by method."""

    methods: tuple[EarsMethod, ...] = METHODS
    baseline_days: int = 7
    fewest_days: int = 5
    deviations: float = 3.0
    c3_sum: float = 2.0
    least_deviation: float = 0.2
    at_least_poisson: bool = False
    least_count: int = 0
    confirm: int = 1
    """So many known days in a row must alarm, this one included, before it counts (`eoc.hazards.outbreak`)."""
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a method says of one period.

    `expected` and `threshold` are cases; an alarm needs more than the threshold. `silent`: why the method says
    nothing, None when it spoke. `level` is the severity of its alarm by the pack, 0 without one.
    """

    method: str
    period: date
    count: int | None
    expected: float | None = None
    threshold: float | None = None
    alarm: bool = False
    level: int = 0
    silent: Reason | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """Mean and standard deviation of the known days."""

    mean: float
    deviation: float


def baseline(counts: Counts, last: date, params: EarsParams) -> Baseline | None:
    """Of the window that ends with `last`; None when too few of its days are known."""
    days = [last - timedelta(days=back) for back in range(params.baseline_days)]
    known = [counts[day] for day in days if day in counts]
    if len(known) < max(2, params.fewest_days):
        return None
    mean, deviation = spread(known, params.least_deviation)
    return Baseline(mean, max(deviation, math.sqrt(mean)) if params.at_least_poisson else deviation)


def spread(known: list[int], least_deviation: float) -> tuple[float, float]:
    """Mean and sample standard deviation, the latter at least `least_deviation`."""
    mean = math.fsum(known) / len(known)
    variance = math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return mean, max(math.sqrt(variance), least_deviation)


def ears(counts: Counts, day: date, params: EarsParams) -> tuple[Judgement, ...]:
    """What each method of the pack says of one day."""
    return tuple(_judge(method, counts, day, params) for method in params.methods)


def _judge(method: EarsMethod, counts: Counts, day: date, params: EarsParams) -> Judgement:
    count = counts.get(day)
    if count is None:
        return Judgement(method, day, None, silent=Reason("reason.count_missing", {"period": day.isoformat()}))
    before = baseline(counts, day - timedelta(days=1 if method == "c1" else 3), params)
    if before is None:
        facts = {"days": params.baseline_days, "fewest": params.fewest_days, "method": method.upper()}
        return Judgement(method, day, count, silent=Reason("reason.ears_too_few_days", facts))
    if method == "c3":
        earlier = math.fsum(_above_one(counts, day - timedelta(days=back), params) for back in (1, 2))
        # The count from which on the sum of the three days passes the limit; days before may have passed it alone.
        left = params.c3_sum - earlier
        threshold = before.mean + (1 + left) * before.deviation if left >= 0 else 0.0
        above = earlier + _above_one(counts, day, params) > params.c3_sum
    else:
        threshold = before.mean + params.deviations * before.deviation
        above = count > threshold
    alarm = above and count >= params.least_count
    return Judgement(
        method,
        day,
        count,
        before.mean,
        threshold,
        alarm,
        params.levels.get(method, 0) if alarm else 0,
        reasons=(_reason(method, day, count, before, threshold),) if alarm else (),
    )


def _above_one(counts: Counts, day: date, params: EarsParams) -> float:
    """max(0, C2 - 1) of a day; 0 where its count or its baseline is not known."""
    before = baseline(counts, day - timedelta(days=3), params)
    if before is None or day not in counts:
        return 0.0
    return max(0.0, (counts[day] - before.mean) / before.deviation - 1)


def _reason(method: str, day: date, count: int, before: Baseline, threshold: float) -> Reason:
    facts = {
        "method": method.upper(),
        "period": day.isoformat(),
        "count": count,
        "expected": round(before.mean, 1),
        "threshold": round(threshold, 1),
    }
    return Reason("reason.ears_c3" if method == "c3" else "reason.ears_above", facts)
