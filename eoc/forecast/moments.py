"""What the water did until a moment, in numbers that do not depend on a gauge's datum.

The columns: the change over the last 15 min, 30 min, 1, 2, 3, 6, 12 and 24 h; the height above the lowest level of the
last 48 h; the height above the lowest level of the history; and, when a gauge upstream is used, the water on its way
(its change over the travel time) and its change over the last hour. All are compressed by a logarithm relative to the
spread of the history, so that a moment of a small flood can resemble one of a large flood.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from eoc.forecast.grid import Grid
from eoc.forecast.quantiles import Array, Flags, Whole

HOURS = 24
"""Hours ahead that are forecast, one by one."""
LOOK_BACK_H = 48
LAGS_H = (0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0)
LAG_WEIGHTS = (1.0, 2.0, 2.0, 2.0, 1.0, 0.7, 0.5, 0.3)
UPSTREAM_WEIGHTS = (2.0, 1.0)
RISING, FALLING, QUIET = 0, 1, 2
_RISING_SHARE = 0.03
_WET_SHARE = 0.25
_FINEST_M, _COARSEST_M = 0.0005, 0.05


@dataclass(frozen=True, slots=True)
class Norm:
    """What a history says about its own size (metres): a reference level, the lowest below it, the spread, and the
    smallest step that the gauge can tell.
    """

    reference_m: float
    lowest_m: float
    spread_m: float
    resolution_m: float

    @classmethod
    def of(cls, values: Array) -> "Norm":
        known = values[np.isfinite(values)]
        reference = float(np.median(known))
        steps = np.abs(np.diff(known))
        resolution = float(steps[steps >= _FINEST_M].min(initial=_COARSEST_M))
        spread = float(np.round((known - reference).std(), 6))
        return cls(reference, float(known.min()) - reference, spread, round(resolution, 6))


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows of a series that can be described, and what followed where that is known.

    `index` into the series; `features` (rows, columns); `rate_m_per_h` over the last hour; `height_m` above the
    lowest level of 48 h, `depth_m` above the lowest of the history; `upstream_m` on its way (0 without a gauge
    upstream); `amplitude_m` the size of what is going on; `regime` RISING, FALLING or QUIET, known at the moment
    itself; `change_m` (rows, HOURS) of the level after 1, 2, ... h, NaN where it is not known.
    """

    index: Whole
    features: Array
    rate_m_per_h: Array
    height_m: Array
    depth_m: Array
    upstream_m: Array
    amplitude_m: Array
    regime: Whole
    change_m: Array

    def rows(self, chosen: Whole | Flags) -> "Moments":
        """Some of the rows."""
        return Moments(
            self.index[chosen],
            self.features[chosen],
            self.rate_m_per_h[chosen],
            self.height_m[chosen],
            self.depth_m[chosen],
            self.upstream_m[chosen],
            self.amplitude_m[chosen],
            self.regime[chosen],
            self.change_m[chosen],
        )

    def __len__(self) -> int:
        return len(self.index)


def describe(grid: Grid, norm: Norm, upstream: Array | None = None, lag_steps: int = 0) -> Moments:
    """Every moment of a grid that has all it takes; `upstream` lies on the same grid."""
    per_hour, spread = grid.per_hour, norm.spread_m
    # Rounded to a micrometre, so that another datum gives the same numbers to the last digit.
    level = np.round(grid.values - norm.reference_m, 6)
    changes = np.column_stack([_change(level, max(1, round(hours * per_hour))) for hours in LAGS_H])
    depth = level - round(norm.lowest_m, 6)
    height = level - _lowest(level, LOOK_BACK_H * per_hour)
    columns = [
        _compressed(changes, 0.02 * spread) * np.array(LAG_WEIGHTS),
        np.log1p(np.maximum(height, 0.0) / (0.1 * spread))[:, None],
        np.log1p(np.maximum(depth, 0.0) / (0.1 * spread))[:, None],
    ]
    way = np.zeros(len(level))
    if upstream is not None:
        above = np.round(upstream, 6)
        way = _change(above, lag_steps)
        both = np.column_stack([way, _change(above, per_hour)])
        columns.append(_compressed(both, 0.02 * spread) * np.array(UPSTREAM_WEIGHTS))
    features = np.round(np.hstack(columns), 6)
    rate = changes[:, LAGS_H.index(1.0)]
    index = np.flatnonzero(np.isfinite(features).all(axis=1))
    ahead = np.column_stack([_ahead(level, hours * per_hour) for hours in range(1, HOURS + 1)])
    regime = np.full(len(level), QUIET)
    regime[height > _WET_SHARE * spread] = FALLING
    regime[rate > _RISING_SHARE * spread] = RISING
    amplitude = np.abs(rate) + 0.3 * np.maximum(height, 0.0) + 0.05 * spread
    after = ahead - level[:, None]
    whole = Moments(np.arange(len(level)), features, rate, height, depth, way, amplitude, regime, after)
    return whole.rows(index)


def _change(level: Array, steps: int) -> Array:
    found = np.full(len(level), np.nan)
    if 0 < steps < len(level):
        found[steps:] = level[steps:] - level[:-steps]
    return found


def _ahead(level: Array, steps: int) -> Array:
    found = np.full(len(level), np.nan)
    if steps < len(level):
        found[:-steps] = level[steps:]
    return found


def _lowest(level: Array, window: int) -> Array:
    """The lowest known level of the last `window` steps; NaN where fewer than half of them are known."""
    padded = np.concatenate([np.full(window - 1, np.nan), level])
    known = np.isfinite(padded)
    lowest = sliding_window_view(np.where(known, padded, np.inf), window).min(axis=1)
    counted = np.cumsum(np.concatenate([[0], known]))
    enough = (counted[window:] - counted[:-window]) * 2 >= window
    return np.where(enough, lowest, np.nan)


def _compressed(change: Array, unit: float) -> Array:
    found: Array = np.sign(change) * np.log1p(np.abs(change) / unit)
    return found
