"""The scores are what the literature says they are."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.forecast.calibration import Widening
from eoc.forecast.moments import HOURS, Norm
from eoc.forecast.quantiles import HIGH, LEVELS, LIKELY, LOW, crps, inside, of_residuals

NORMAL = np.array([NormalDist().inv_cdf(level) for level in LEVELS])


@pytest.mark.parametrize("truth", [0.0, 0.5, -1.5])
def test_crps_of_the_normal_distribution(truth: float) -> None:
    """The closed form of Gneiting and Raftery (2007), equation 21; 19 levels come within 8 % of it."""
    normal = NormalDist()
    exact = truth * (2 * normal.cdf(truth) - 1) + 2 * normal.pdf(truth) - 1 / np.sqrt(np.pi)
    assert float(crps(np.array(truth), NORMAL)) == pytest.approx(exact, rel=0.08)


def test_crps_of_a_sure_forecast_is_its_error() -> None:
    assert float(crps(np.array(2.5), np.full(len(LEVELS), 2.0))) == pytest.approx(0.5)


def test_a_calibrated_band_holds_four_fifths() -> None:
    truth = np.array([NormalDist().inv_cdf((i + 0.5) / 1000) for i in range(1000)])
    assert inside(truth, np.tile(NORMAL, (1000, 1))).mean() == pytest.approx(0.8, abs=0.002)
    assert (LEVELS[LOW], LEVELS[LIKELY], LEVELS[HIGH]) == (0.1, 0.5, 0.9)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50))
def test_levels_of_a_sample_are_those_of_numpy(sample: list[float]) -> None:
    assert of_residuals(np.array(sample)) == pytest.approx(np.quantile(sample, LEVELS), abs=1e-9)


@given(st.floats(0.2, 5.0))
def test_widening_brings_the_band_to_its_nominal_share(true_width: float) -> None:
    """A forecaster that is always as sure as a standard normal, and errors that are `true_width` times larger."""
    truth = np.array([NormalDist().inv_cdf((i + 0.5) / 800) for i in range(800)]) * true_width
    said = np.tile(NORMAL, (800, HOURS, 1))
    learnt = Widening.learn({0: (np.tile(truth[:, None], HOURS), said)}, floods=10_000, norm=Norm(0.0, 0.0, 1.0, 0.001))
    widened = learnt.apply(said, np.zeros(800, dtype=int))
    share = inside(np.tile(truth[:, None], HOURS), widened).mean()
    assert (np.diff(widened, axis=-1) >= 0).all()
    if 0.72 <= true_width <= 1.95:
        assert share == pytest.approx(0.8, abs=0.01)
    else:
        # Beyond the limits it goes as far as it may.
        assert share >= 0.799 if true_width < 1 else share <= 0.801
