"""Makes the band as wide as the errors were: conformal widening for each regime and hour ahead.

Source: conformalised quantile regression (Romano, Patterson and Candes, NeurIPS 2019), here relative to the width on
each side and for groups of moments (Mondrian). The errors come from forecasts that were made without knowing the flood
they are about. Moments within one flood are not independent, so what is learnt from few floods counts less: n / (n + 4)
of the correction with n floods. Quiet hours are many; they count in full.

While the water rises the band is calibrated on the rising limbs of the past, as seen afterwards, because that is when
people act on it; once the peak has passed it is a little too wide until the rate drops.
"""

from dataclasses import dataclass

import numpy as np

from eoc.forecast.moments import FALLING, HOURS, QUIET, RISING, Moments, Norm
from eoc.forecast.quantiles import HIGH, LIKELY, LOW, Array, Flags, Whole

_PRIOR_FLOODS = 4
_NARROWEST, _WIDEST = 0.7, 2.0
_FEWEST = 20
_LEAST_WIDTH_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Widening:
    """Factors (regime, HOURS, below or above the median), what each half of the band gets beforehand, and what it has
    at least: the smallest step that the gauge can tell (both metres).
    """

    factors: Array
    least_m: float
    resolution_m: float

    @classmethod
    def learn(cls, groups: dict[int, tuple[Array, Array]], floods: int, norm: Norm) -> "Widening":
        """From (what followed, what was forecast without knowing) for each regime."""
        least = _LEAST_WIDTH_SHARE * norm.spread_m
        factors = np.ones((3, HOURS, 2))
        for regime, (truth, forecast) in groups.items():
            if len(truth) < _FEWEST:
                continue
            trust = 1.0 if regime == QUIET else floods / (floods + _PRIOR_FLOODS)
            middle = forecast[..., LIKELY]
            below = np.maximum(middle - truth, 0.0) / (middle - forecast[..., LOW] + least)
            above = np.maximum(truth - middle, 0.0) / (forecast[..., HIGH] - middle + least)
            found = np.stack([np.quantile(each, 0.9, axis=0) for each in (below, above)], axis=-1)
            factors[regime] = 1.0 + trust * (_calm(np.clip(found, _NARROWEST, _WIDEST)) - 1.0)
        return cls(factors, least, norm.resolution_m)

    def apply(self, forecast: Array, regime: Whole) -> Array:
        """Widened quantiles, still in order; the median stays."""
        middle = forecast[..., LIKELY : LIKELY + 1]
        spread = forecast - middle
        share = self.factors[regime]
        below, above = share[..., 0][..., None], share[..., 1][..., None]
        # The least width grows from the median outwards, so that neighbouring quantiles keep their order.
        rank = (np.arange(forecast.shape[-1]) - LIKELY) / (HIGH - LIKELY)
        lower = np.minimum((spread + rank * self.least_m) * below, rank * self.resolution_m)
        upper = np.maximum((spread + rank * self.least_m) * above, rank * self.resolution_m)
        widened = np.where(rank < 0, lower, upper)
        widened[..., LIKELY] = 0.0
        return np.sort(middle + widened, axis=-1)


def _calm(by_hour: Array) -> Array:
    """Each hour's factor as the median of it and its neighbours: one hour's luck is no reason for a jagged band."""
    padded = np.concatenate([by_hour[:1], by_hour, by_hour[-1:]])
    found: Array = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return found


def groups_of(seen: Moments, on_limb: Flags, most: int) -> dict[int, Moments]:
    """The moments that each regime is calibrated on, thinned evenly to at most `most`."""
    chosen = {RISING: on_limb, FALLING: seen.regime == FALLING, QUIET: seen.regime == QUIET}
    found = {}
    for regime, flags in chosen.items():
        rows = np.flatnonzero(flags)
        found[regime] = seen.rows(rows[:: max(1, -(-len(rows) // most))])
    return found
