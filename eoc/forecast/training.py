"""Learns a gauge from its history, or says why it cannot.

Two models stand for election: the statistical one (analogues) and the transparent one (rate, upstream, recession), each
with and without the gauge upstream. They are judged by the CRPS on the rising limbs of the past, each forecast without
knowing its own flood. On real floods the analogues are better, so the transparent one is taken only where many floods
say so clearly (8 floods, 5 %); a gauge upstream has to earn its place by 2 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eoc.forecast.analogs import Analogs
from eoc.forecast.calibration import Widening, groups_of
from eoc.forecast.floods import floods, limbs
from eoc.forecast.grid import Grid
from eoc.forecast.moments import HOURS, QUIET, RISING, Moments, Norm, describe
from eoc.forecast.quantiles import Array, Flags, crps
from eoc.forecast.recession import Recession
from eoc.forecast.upstream import Lead, best_lead
from eoc.model import Reason

FEWEST_DAYS = 7
FEWEST_FLOODS = 3
MOST_MOMENTS = 12_000
APART_H = 36
_CALIBRATED_ON = 600
_UPSTREAM_GAIN = 0.02
_RECESSION_GAIN = 0.05
_RECESSION_FLOODS = 8
_JUDGED_HOURS = slice(0, 12)
_STILL_SHARE = 0.02
_BELOW_LOWEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Forecaster:
    """A trained gauge: turns described moments into quantiles of the change of its level.

    `floods` and `samples` say what it has learnt from; `score_m` is the CRPS that won the election.
    """

    step_s: int
    norm: Norm
    method: Analogs | Recession
    widening: Widening
    lead: Lead | None
    floods: int
    samples: int
    score_m: float

    def describe(self, grid: Grid, upstream: Array | None) -> Moments:
        """The moments of a series as this gauge's model wants them."""
        if self.lead is None:
            return describe(grid, self.norm)
        missing = np.full(len(grid.values), np.nan)
        return describe(grid, self.norm, missing if upstream is None else upstream, self.lead.steps)

    def quantiles(self, asked: Moments) -> Array:
        """Changes of the level in metres: (rows, HOURS, LEVELS), each row in order."""
        free = self.widening.apply(self.method.quantiles(asked), asked.regime)
        # Within a day a river does not fall far below the lowest level that it ever had.
        floor = -np.maximum(asked.depth_m, 0.0) - _BELOW_LOWEST_SHARE * self.norm.spread_m
        return np.maximum(free, floor[:, None, None])


@dataclass(frozen=True, slots=True)
class _Candidate:
    method: Analogs | Recession
    lead: Lead | None
    groups: dict[int, tuple[Array, Array]]
    score_m: float


def train(grid: Grid, upstream: Mapping[str, Array] | None = None) -> Forecaster | Reason:
    """A forecaster from the history on a grid; a Reason when there is too little to learn from.

    `upstream` are the levels of gauges upstream on the same grid, by their ids.
    """
    known = int(np.isfinite(grid.values).sum())
    days = known / grid.per_hour / 24.0
    if days < FEWEST_DAYS:
        return Reason("forecast.too_little_history", {"days": round(days, 1), "needed": FEWEST_DAYS})
    events = floods(grid.values, grid.per_hour)
    if len(events) < FEWEST_FLOODS:
        return Reason("forecast.too_few_floods", {"floods": len(events), "needed": FEWEST_FLOODS})
    norm = Norm.of(grid.values)
    on_limb = limbs(events, len(grid.values))
    lead = best_lead(grid.values, upstream or {}, grid.per_hour)
    moments: list[tuple[Moments, Lead | None]] = [(describe(grid, norm), None)]
    if lead is not None:
        moments.append((describe(grid, norm, (upstream or {})[lead.station], lead.steps), lead))
    found: list[_Candidate] = []
    for whole, used in moments:
        seen = _worth_keeping(whole, on_limb, norm, grid.per_hour)
        if len(seen) >= FEWEST_FLOODS * grid.per_hour * 24:
            methods = (Analogs, Recession) if len(events) >= _RECESSION_FLOODS else (Analogs,)
            found += [_judge(method.fit(seen), seen, on_limb, used, grid.per_hour) for method in methods]
    if not found:
        return Reason("forecast.too_little_history", {"days": round(days, 1), "needed": FEWEST_DAYS})
    best = min(found, key=_handicapped)
    widening = Widening.learn(best.groups, len(events), norm)
    return Forecaster(grid.step_s, norm, best.method, widening, best.lead, len(events), known, best.score_m)


def _handicapped(each: _Candidate) -> float:
    upstream = 1.0 + (_UPSTREAM_GAIN if each.lead else 0.0)
    return each.score_m * upstream * (1.0 + (_RECESSION_GAIN if isinstance(each.method, Recession) else 0.0))


def _worth_keeping(whole: Moments, on_limb: Flags, norm: Norm, per_hour: int) -> Moments:
    """Moments that know what followed: every one while something happens, one an hour in quiet times."""
    complete = np.isfinite(whole.change_m).all(axis=1)
    still = (np.abs(whole.rate_m_per_h) <= _STILL_SHARE * norm.spread_m) & ~on_limb[whole.index]
    hourly = whole.index % per_hour == 0
    rows = np.flatnonzero(complete & (~still | hourly))
    if len(rows) > MOST_MOMENTS:
        rows = rows[:: -(-len(rows) // MOST_MOMENTS)]
    return whole.rows(rows)


def _judge(method: Analogs | Recession, seen: Moments, on_limb: Flags, lead: Lead | None, per_hour: int) -> _Candidate:
    groups = {
        regime: (chosen.change_m, method.held_out(chosen, APART_H * per_hour))
        for regime, chosen in groups_of(seen, on_limb[seen.index], _CALIBRATED_ON).items()
        if len(chosen)
    }
    truth, forecast = groups.get(RISING) or groups.get(QUIET) or (np.zeros((1, HOURS)), np.zeros((1, HOURS, 19)))
    score = float(crps(truth[:, _JUDGED_HOURS], forecast[:, _JUDGED_HOURS]).mean())
    return _Candidate(method, lead, groups, score)
