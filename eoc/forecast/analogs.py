"""The statistical model: what followed the most similar moments that this gauge has seen (analogues).

Source: Lorenz, Atmospheric predictability as revealed by naturally occurring analogues, J. Atmos. Sci. 26 (1969);
nearest neighbours for river levels: Karlsson and Yakowitz, Nearest-neighbor methods for nonparametric rainfall-runoff
forecasting, Water Resources Research 23 (1987).

For each of the next 24 hours the changes that followed the nearest moments are a sample of what may follow now; their
quantiles are the forecast. A change is scaled by the ratio of the sizes of the two situations to the power 0.75, at
most threefold, so that a flood larger than any before is not held down by the smaller ones that resemble it.
"""

from dataclasses import dataclass

import numpy as np

from eoc.forecast.moments import Moments
from eoc.forecast.quantiles import Array, Flags, Whole, of_residuals

NEIGHBOURS = 80
FEWEST_NEIGHBOURS = 20
SCALE_POWER = 0.75
MOST_SCALE = 3.0
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Analogs:
    """Remembered moments: features (rows, columns), the changes that followed (rows, HOURS), amplitudes (metres)."""

    features: Array
    change_m: Array
    amplitude_m: Array
    index: Whole

    @classmethod
    def fit(cls, seen: Moments) -> "Analogs":
        """Remember; every row must know what followed."""
        return cls(seen.features, seen.change_m, seen.amplitude_m, seen.index)

    @property
    def neighbours(self) -> int:
        return min(len(self.features), NEIGHBOURS, max(FEWEST_NEIGHBOURS, len(self.features) // 10))

    def quantiles(self, asked: Moments) -> Array:
        """Changes of the level in metres: (rows, HOURS, LEVELS)."""
        return self._quantiles(asked, None)

    def held_out(self, asked: Moments, apart_steps: int) -> Array:
        """The same from moments at least `apart_steps` away only: how it would have gone without knowing."""
        return self._quantiles(asked, apart_steps)

    def nearest(self, asked: Moments, apart_steps: int | None = None) -> Whole:
        """Rows of the remembered moments that resemble the asked ones most: (rows, neighbours), unordered."""
        distance = (
            (asked.features**2).sum(axis=1)[:, None]
            + (self.features**2).sum(axis=1)[None, :]
            - 2.0 * asked.features @ self.features.T
        )
        if apart_steps is not None:
            near: Flags = np.abs(asked.index[:, None] - self.index[None, :]) < apart_steps
            distance[near] = np.inf
        count = self.neighbours
        if count >= distance.shape[1]:
            return np.tile(np.arange(distance.shape[1]), (len(asked), 1))
        return np.argpartition(distance, count - 1, axis=1)[:, :count]

    def _quantiles(self, asked: Moments, apart_steps: int | None) -> Array:
        parts = []
        for begin in range(0, len(asked), _AT_ONCE):
            some = asked.rows(np.arange(begin, min(begin + _AT_ONCE, len(asked))))
            rows = self.nearest(some, apart_steps)
            ratio = some.amplitude_m[:, None] / self.amplitude_m[rows]
            scale = np.clip(ratio, 1.0 / MOST_SCALE, MOST_SCALE) ** SCALE_POWER
            followed = self.change_m[rows] * scale[:, :, None]
            parts.append(of_residuals(np.moveaxis(followed, 1, 0)))
        return np.concatenate(parts)
