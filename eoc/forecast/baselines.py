"""What anybody can do without a model: the level stays, or it goes on as in the last hour.

They are given a fair band: their own errors on the same history, while the water rose and while it did not apart.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from eoc.forecast.moments import HOURS, RISING, Moments
from eoc.forecast.quantiles import LEVELS, Array, of_residuals

_FEWEST = 20


class Baseline(StrEnum):
    PERSISTENCE = "persistence"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Naive:
    """A baseline with its own errors: (rising or not, HOURS, LEVELS)."""

    kind: Baseline
    errors: Array

    @classmethod
    def fit(cls, kind: Baseline, seen: Moments) -> "Naive":
        """Its errors on moments; those of an hour ahead that are not known are left out."""
        errors = np.zeros((2, HOURS, len(LEVELS)))
        residuals = seen.change_m - _point(kind, seen)
        for state, chosen in enumerate((seen.regime == RISING, seen.regime != RISING)):
            for hour in range(HOURS):
                known = residuals[chosen, hour][np.isfinite(residuals[chosen, hour])]
                if len(known) < _FEWEST:
                    known = residuals[:, hour][np.isfinite(residuals[:, hour])]
                errors[state, hour] = of_residuals(known) if len(known) else 0.0
        return cls(kind, errors)

    def point(self, asked: Moments) -> Array:
        """The change it expects, (rows, HOURS) in metres."""
        return _point(self.kind, asked)

    def quantiles(self, asked: Moments) -> Array:
        state = (asked.regime != RISING).astype(int)
        found: Array = self.point(asked)[:, :, None] + self.errors[state]
        return found


def _point(kind: Baseline, asked: Moments) -> Array:
    ahead = np.arange(1.0, HOURS + 1.0)
    rate = asked.rate_m_per_h if kind is Baseline.LINEAR else np.zeros(len(asked))
    return rate[:, None] * ahead[None, :]
