"""The figures of a backtest: error, CRPS, coverage, the time of the peak, lead times, false announcements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eoc.forecast.grid import Grid
from eoc.forecast.moments import HOURS
from eoc.forecast.quantiles import Array, Flags, Whole, crps, inside

_CALM_H = 12


@dataclass(frozen=True, slots=True)
class Score:
    """One contender at one hour ahead: mean absolute error and CRPS in metres, coverage 0-1, n moments."""

    scope: str
    contender: str
    hour: int
    count: int
    mae_m: float
    crps_m: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Peaks:
    """Forecasts made on rising limbs: mean absolute error of the time (h) and height (m) of the highest level of the
    next 24 hours, and the mean error of the height (negative: too low).
    """

    count: int
    time_h: float
    height_m: float
    bias_m: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that was passed upwards after 12 h below, and how long before a contender said so without a break.

    `lead_h` 0 when it did not. Announced means: its path gets there within 24 h.
    """

    contender: str
    threshold_m: float
    index: int
    lead_h: float


def score(scope: str, name: str, hour: int, truth: Array, likely: Array, quantiles: Array, rows: Flags) -> Score:
    """Score one hour ahead over the rows whose truth is known."""
    rows = rows & np.isfinite(truth[:, hour - 1])
    real, said = truth[rows, hour - 1], quantiles[rows, hour - 1]
    if not len(real):
        return Score(scope, name, hour, 0, np.nan, np.nan, np.nan)
    return Score(
        scope,
        name,
        hour,
        len(real),
        float(np.abs(real - likely[rows, hour - 1]).mean()),
        float(crps(real, said).mean()),
        float(inside(real, said).mean()),
    )


def peaks(truth: Array, likely: Array, rows: Flags) -> Peaks:
    """Where the next 24 hours have their highest level, hour by hour, in truth and in the forecast."""
    rows = rows & np.isfinite(truth).all(axis=1)
    if not rows.any():
        return Peaks(0, np.nan, np.nan, np.nan)
    now = np.zeros((int(rows.sum()), 1))
    real, said = np.hstack([now, truth[rows]]), np.hstack([now, likely[rows]])
    late = said.argmax(axis=1) - real.argmax(axis=1)
    higher = said.max(axis=1) - real.max(axis=1)
    return Peaks(len(real), float(np.abs(late).mean()), float(np.abs(higher).mean()), float(higher.mean()))


def leads(
    name: str, grid: Grid, thresholds: Sequence[float], index: Whole, now_m: Array, likely: Array
) -> list[Crossing]:
    """The lead time at each crossing that lies within the moments that were asked."""
    found = []
    highest = now_m + np.maximum.accumulate(likely, axis=1)[:, -1]
    for threshold in thresholds:
        for crossing in _crossings(grid, threshold):
            before = (index >= crossing - HOURS * grid.per_hour) & (index < crossing)
            if not before.any():
                continue
            announced = highest[before] >= threshold
            silent = np.flatnonzero(~announced)
            since = 0 if len(silent) == 0 else int(silent[-1]) + 1
            asked = index[before]
            lead = (crossing - int(asked[since])) / grid.per_hour if since < len(asked) else 0.0
            found.append(Crossing(name, threshold, crossing, lead))
    return found


def false_share(thresholds: Sequence[float], now_m: Array, truth: Array, likely: Array, rows: Flags) -> float:
    """Of the hours at which a contender announced a threshold, the share after which it was not reached in 24 h."""
    rows = rows & np.isfinite(truth).all(axis=1)
    said = now_m[rows] + likely[rows].max(axis=1, initial=-np.inf)
    real = now_m[rows] + truth[rows].max(axis=1, initial=-np.inf)
    announced = false = 0
    for threshold in thresholds:
        below = now_m[rows] < threshold
        announced += int((below & (said >= threshold)).sum())
        false += int((below & (said >= threshold) & (real < threshold)).sum())
    return false / announced if announced else float("nan")


def _crossings(grid: Grid, threshold: float) -> list[int]:
    calm = _CALM_H * grid.per_hour
    high = np.nan_to_num(grid.values, nan=-np.inf) >= threshold
    ups = np.flatnonzero(high[1:] & ~high[:-1]) + 1
    return [int(up) for up in ups if not high[max(0, up - calm) : up].any()]
