"""The transparent model: the present rate, what is on its way from upstream, and recession.

For each hour ahead the change of the level is  a x rate + b x height above the low of 48 h + c x water on its way,
one set of three numbers while the water rises and one while it does not, by least squares over the history (a small
ridge keeps them calm). `a` says how much of the present rate lasts, `b` (mostly negative) how the water drains, `c` how
much of an upstream change arrives. The band are the errors that it made, relative to the size of what was going on.
Source: linear transfer functions and exponential recession as in any text of engineering hydrology (for example
Maidment, Handbook of Hydrology, 1993, chapters 9 and 26).
"""

from dataclasses import dataclass

import numpy as np

from eoc.forecast.moments import HOURS, RISING, Moments
from eoc.forecast.quantiles import LEVELS, Array, Flags, of_residuals

_RIDGE = 1e-3
_FEWEST = 40


@dataclass(frozen=True, slots=True)
class Recession:
    """`coefficients` (rising or not, 3, HOURS) and `errors` (rising or not, HOURS, LEVELS), errors in amplitudes.

    `seen` is what it was fitted on; a fit that was kept and taken up again goes without.
    """

    coefficients: Array
    errors: Array
    seen: Moments | None = None

    @classmethod
    def fit(cls, seen: Moments) -> "Recession":
        """Least squares on moments that know what followed."""
        coefficients, errors = np.zeros((2, 3, HOURS)), np.zeros((2, HOURS, len(LEVELS)))
        inputs = _inputs(seen)
        for state, chosen in enumerate(_states(seen)):
            # Too few of one kind: all together rather than a wild guess.
            rows = chosen if chosen.sum() >= _FEWEST else np.ones(len(seen), dtype=bool)
            weights = 1.0 / seen.amplitude_m[rows][:, None]
            x, y = inputs[rows] * weights, seen.change_m[rows] * weights
            found = np.linalg.solve(x.T @ x + _RIDGE * len(x) * np.eye(3), x.T @ y)
            coefficients[state], errors[state] = found, of_residuals(y - x @ found)
        return cls(coefficients, errors, seen)

    def quantiles(self, asked: Moments) -> Array:
        """Changes of the level in metres: (rows, HOURS, LEVELS)."""
        found = np.empty((len(asked), HOURS, len(LEVELS)))
        inputs = _inputs(asked)
        for state, chosen in enumerate(_states(asked)):
            middle = inputs[chosen] @ self.coefficients[state]
            found[chosen] = middle[:, :, None] + self.errors[state] * asked.amplitude_m[chosen][:, None, None]
        return found

    def held_out(self, asked: Moments, apart_steps: int) -> Array:
        """The same, each moment judged by a fit that has not seen its surroundings."""
        if self.seen is None:
            raise ValueError("the moments of this fit were not kept")
        found = np.empty((len(asked), HOURS, len(LEVELS)))
        blocks = asked.index // (16 * apart_steps)
        for block in np.unique(blocks):
            chosen = blocks == block
            first, last = asked.index[chosen].min() - apart_steps, asked.index[chosen].max() + apart_steps
            rest = (self.seen.index < first) | (self.seen.index > last)
            fitted = Recession.fit(self.seen.rows(rest)) if rest.sum() >= _FEWEST else self
            found[chosen] = fitted.quantiles(asked.rows(chosen))
        return found


def _inputs(moments: Moments) -> Array:
    return np.column_stack([moments.rate_m_per_h, moments.height_m, moments.upstream_m])


def _states(moments: Moments) -> tuple[Flags, Flags]:
    rising = moments.regime == RISING
    return rising, ~rising
