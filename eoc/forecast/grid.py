"""Irregular readings on an even grid, without inventing water where nothing was measured.

Between two readings no more than `max_gap_s` apart the level is taken as a straight line; a longer gap stays missing
(NaN), and whatever needs a missing moment is not forecast. The grid ends at the newest reading, so that a forecast
starts from what was really measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eoc.forecast.quantiles import Array

STEPS_S = (300, 600, 900, 1800, 3600)
SLOWEST_S = 5400
"""Gauges that report less often than each 90 minutes are too slow for a forecast of hours."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Levels in metres at `start_s`, `start_s + step_s`, ... (seconds since 1970); NaN where nothing is known."""

    start_s: int
    step_s: int
    values: Array

    @property
    def per_hour(self) -> int:
        return 3600 // self.step_s

    def at_s(self, index: int) -> int:
        return self.start_s + index * self.step_s


def clean(times_s: Sequence[float], values: Sequence[float]) -> tuple[Array, Array]:
    """Finite readings in time order, one for each moment (the last given)."""
    times, levels = np.asarray(times_s, dtype=float), np.asarray(values, dtype=float)
    keep = np.isfinite(times) & np.isfinite(levels)
    times, levels = times[keep], levels[keep]
    order = np.argsort(times, kind="stable")
    times, levels = times[order], levels[order]
    if len(times) > 1:
        last = np.append(np.diff(times) > 0, True)
        times, levels = times[last], levels[last]
    return times, levels


def usual_interval_s(times: Array) -> float | None:
    """The interval between most readings; None when there are fewer than two."""
    return float(np.median(np.diff(times))) if len(times) > 1 else None


def step_for(interval_s: float) -> int | None:
    """The grid that suits a gauge: its own pace rounded down, 5 minutes to 1 hour; None when it is too slow."""
    if interval_s > SLOWEST_S:
        return None
    return max((step for step in STEPS_S if step <= interval_s * 1.01), default=STEPS_S[0])


def max_gap_s(step_s: int) -> float:
    """An hour, or two steps of a slow gauge."""
    return max(3600.0, 2.0 * step_s)


def on_grid(
    times: Array,
    levels: Array,
    step_s: int,
    *,
    start_s: int | None = None,
    end_s: int | None = None,
    hold_s: float = 0.0,
) -> Grid:
    """Cleaned readings on a grid that ends at the newest of them, or at `end_s`.

    `hold_s`: so long the newest reading stands for what follows it (two gauges never report at the same second).
    """
    if len(times) == 0:
        return Grid(start_s or 0, step_s, np.empty(0))
    last = int(times[-1]) if end_s is None else end_s
    first = int(times[0]) if start_s is None else start_s
    count = max(0, (last - first) // step_s) + 1
    moments = last - step_s * np.arange(count - 1, -1, -1, dtype=float)
    after = np.searchsorted(times, moments, side="left")
    right = np.minimum(after, len(times) - 1)
    left = np.maximum(after - 1, 0)
    exact = times[right] == moments
    known = exact | (
        (after > 0) & (after < len(times)) & (times[right] - times[left] <= max_gap_s(step_s)) & (right > left)
    )
    known |= (moments > times[-1]) & (moments - times[-1] <= hold_s)
    values = np.where(known, np.interp(moments, times, levels), np.nan)
    return Grid(int(moments[0]), step_s, values)
