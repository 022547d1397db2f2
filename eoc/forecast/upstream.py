"""Which gauge upstream tells something, and how long the water takes from there.

The travel time is the lag at which the hourly changes of the two gauges resemble each other most (cross-correlation
over the history). It is used only where the resemblance is clear and the water does take time; whether it then improves
the forecast is decided by trial (`eoc.forecast.training`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eoc.forecast.quantiles import Array

LONGEST_H = 24
CLEAR = 0.3
_FEWEST_PAIRS = 500


@dataclass(frozen=True, slots=True)
class Lead:
    """A gauge upstream: who, how many grid steps the water takes, and how alike the changes are (0-1)."""

    station: str
    steps: int
    correlation: float


def best_lead(level: Array, others: Mapping[str, Array], per_hour: int) -> Lead | None:
    """The gauge upstream whose changes arrive most clearly; None when none does. All lie on the same grid."""
    found = [lead for name, other in sorted(others.items()) if (lead := _lead(name, level, other, per_hour))]
    return max(found, key=lambda lead: lead.correlation, default=None)


def _lead(name: str, level: Array, other: Array, per_hour: int) -> Lead | None:
    here, there = _hourly_change(level, per_hour), _hourly_change(other, per_hour)
    best: Lead | None = None
    for steps in range(1, LONGEST_H * per_hour + 1):
        if steps >= len(here):
            break
        now, before = here[steps:], there[:-steps]
        both = np.isfinite(now) & np.isfinite(before)
        if both.sum() < _FEWEST_PAIRS:
            continue
        a, b = now[both], before[both]
        size = float(a.std() * b.std())
        likeness = float(((a - a.mean()) * (b - b.mean())).mean()) / size if size > 0 else 0.0
        if likeness >= CLEAR and (best is None or likeness > best.correlation):
            best = Lead(name, steps, round(likeness, 6))
    return best


def _hourly_change(level: Array, per_hour: int) -> Array:
    found = np.full(len(level), np.nan)
    if per_hour < len(level):
        found[per_hour:] = level[per_hour:] - level[:-per_hour]
    return found
