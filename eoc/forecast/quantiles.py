"""Forecasts as quantiles, and the scores that judge them.

A forecast of one moment is the levels below which the water stays with 5, 10, ... 95 % probability. The band shown is
the 10 % and the 90 % one (80 % between them), the line is the median.

Source: pinball loss and its mean over even levels as the CRPS: Gneiting and Raftery, Strictly Proper Scoring Rules,
Prediction, and Estimation, JASA 102 (2007), section 4. The mean over 19 levels is a few per cent off the integral, for
every contender alike.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

LEVELS: Array = np.round(np.arange(1, 20) / 20.0, 2)
LOW, LIKELY, HIGH = 1, 9, 17
NOMINAL_COVERAGE = 0.8


def crps(truth: Array, quantiles: Array) -> Array:
    """Continuous ranked probability score of each forecast, in the unit of the levels; smaller is better.

    `truth` has any shape, `quantiles` the same and one axis of LEVELS more.
    """
    miss = truth[..., None] - quantiles
    loss: Array = 2.0 * np.maximum(LEVELS * miss, (LEVELS - 1.0) * miss).mean(axis=-1)
    return loss


def inside(truth: Array, quantiles: Array) -> Flags:
    """Whether the truth lies in the 80 % band; the edges belong to it."""
    found: Flags = (truth >= quantiles[..., LOW]) & (truth <= quantiles[..., HIGH])
    return found


def of_residuals(residuals: Array) -> Array:
    """The LEVELS of a sample along its first axis (linear between ranks); the levels become the last axis."""
    ranked = np.sort(residuals, axis=0)
    place = LEVELS * (len(ranked) - 1)
    below = np.floor(place).astype(int)
    share = (place - below).reshape(-1, *([1] * (ranked.ndim - 1)))
    above = np.minimum(below + 1, len(ranked) - 1)
    found: Array = np.moveaxis(ranked[below] * (1.0 - share) + ranked[above] * share, 0, -1)
    return found
