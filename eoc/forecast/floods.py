"""Finds the floods of a series: rises between turning points, gathered into events.

A turning point is a reversal of at least `reversal_m`, so that ripples neither start nor end a rise. A rise leads from
a low turning point to the next high one; its **rising limb** begins when a tenth of the rise is done (before that, no
gauge could know) and ends at the peak. Rises whose low point comes less than `apart` after the peak before are one
flood event: the later one started on the wet ground of the earlier.

The size that counts is a quarter of the range between the 5 % and the 99 % quantile of the series, at least 0.1 m: a
choice of ours (proposal), documented in docs/decisions/0012-forecast.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from eoc.forecast.quantiles import Array, Flags

SHARE_OF_RANGE = 0.25
SMALLEST_M = 0.1
APART_H = 12
LIMB_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Rise:
    """Indices into the series: the low before, the beginning of the limb, the peak."""

    low: int
    onset: int
    peak: int


@dataclass(frozen=True, slots=True)
class Flood:
    """One event: its rises in order."""

    rises: tuple[Rise, ...]

    @property
    def start(self) -> int:
        return self.rises[0].low

    @property
    def last_peak(self) -> int:
        return self.rises[-1].peak


def reversal_m(values: Array) -> float:
    """The smallest rise that counts as a flood in this series, in metres."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return SMALLEST_M
    low, high = np.quantile(known, (0.05, 0.99))
    return max(SMALLEST_M, SHARE_OF_RANGE * float(high - low))


def turning_points(values: Array, reversal: float) -> list[tuple[int, bool]]:
    """(index, is a peak) of each reversal of at least `reversal`; missing moments are passed over."""
    found: list[tuple[int, bool]] = []
    indices = np.flatnonzero(np.isfinite(values))
    if len(indices) == 0:
        return found
    low = high = int(indices[0])
    lowest = highest = float(values[low])
    direction = 0
    for index, value in zip(indices.tolist(), values[indices].tolist(), strict=True):
        if direction >= 0 and value > highest:
            high, highest = index, value
        if direction <= 0 and value < lowest:
            low, lowest = index, value
        if direction >= 0 and value <= highest - reversal:
            found.append((high, True))
            direction, low, lowest = -1, index, value
        elif direction <= 0 and value >= lowest + reversal:
            found.append((low, False))
            direction, high, highest = 1, index, value
    return found


def floods(values: Array, per_hour: int, reversal: float | None = None) -> list[Flood]:
    """The flood events of a series in order; `reversal` replaces the size that counts."""
    size = reversal_m(values) if reversal is None else reversal
    points = turning_points(values, size)
    rises = [
        _rise(values, low, peak) for (low, is_peak), (peak, then_peak) in pairwise(points) if not is_peak and then_peak
    ]
    events: list[list[Rise]] = []
    for rise in rises:
        if events and rise.low - events[-1][-1].peak < APART_H * per_hour:
            events[-1].append(rise)
        else:
            events.append([rise])
    return [Flood(tuple(event)) for event in events]


def limbs(events: Sequence[Flood], length: int) -> Flags:
    """True at each moment on a rising limb; the peak itself is not."""
    found = np.zeros(length, dtype=bool)
    for event in events:
        for rise in event.rises:
            found[rise.onset : rise.peak] = True
    return found


def _rise(values: Array, low: int, peak: int) -> Rise:
    leg = values[low : peak + 1]
    begun = leg[0] + LIMB_SHARE * (leg[-1] - leg[0])
    return Rise(low, low + int(np.flatnonzero(np.nan_to_num(leg, nan=np.inf) <= begun)[-1]), peak)
