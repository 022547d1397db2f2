"""The backtest is honest, and the forecast is better than what anybody can do without it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from eoc.forecast.backtest import CONTENDERS, HORIZONS_H, OURS, Report, Scheme, run
from eoc.forecast.gauge import Series, grid_of
from eoc.forecast.grid import Grid
from eoc.model import Reason
from tests.forecast.rivers import flash_floods, part, real_floods, river

SCOPES = ("rising", "flood", "all")


def report_on(series: Series, scheme: Scheme = Scheme.PAST) -> Report:
    grid = grid_of(series)
    assert isinstance(grid, Grid)
    report = run(grid, scheme)
    assert isinstance(report, Report)
    return report


@cache
def made(scheme: Scheme = Scheme.PAST) -> Report:
    return report_on(part(river()[0], 100 * 96), scheme)


def beats_both(report: Report, figure: str) -> bool:
    ours = report.mean("rising", OURS, figure)
    return all(ours < report.mean("rising", name, figure) for name in ("persistence", "linear"))


@pytest.mark.parametrize("scheme", Scheme)
def test_it_beats_both_baselines_on_a_made_river(scheme: Scheme) -> None:
    report = made(scheme)
    assert len(report.judged) >= 5
    assert beats_both(report, "mae_m")
    assert beats_both(report, "crps_m")


def test_every_contender_is_scored_on_the_same_moments() -> None:
    for scope in SCOPES:
        for hour in HORIZONS_H:
            counts = {each.count for each in made().scores if (each.scope, each.hour) == (scope, hour)}
            assert len(counts) == 1
            assert counts.pop() > 0
    assert {each.contender for each in made().scores} == set(CONTENDERS)


def test_the_future_is_not_known() -> None:
    """What happens after the first peak of a flood changes nothing of what was said before it."""
    grid = made().grid
    judged = {each.start for each in made().judged}
    # One that was learnt for less than a day before, so that a target beyond its lesson would show.
    flood = min((each for each in made().events if each.start in judged), key=lambda e: e.rises[0].peak - e.start)
    now = flood.rises[0].peak
    assert now - flood.start < 24 * grid.per_hour
    other = grid.values.copy()
    # The same levels in another order: which floods count is decided on the whole record, and stays as it was.
    other[now + 1 :] = other[now + 1 :][::-1]
    changed = run(Grid(grid.start_s, grid.step_s, other))
    assert isinstance(changed, Report)
    assert [each.start for each in changed.events if each.start <= now] == [
        each.start for each in made().events if each.start <= now
    ]
    for name in CONTENDERS:
        before, after = said(made(), name, now), said(changed, name, now)
        assert before.keys() == after.keys()
        assert max(before) >= flood.start
        assert all(np.array_equal(before[index], after[index]) for index in before)


def said(report: Report, name: str, before: int) -> dict[int, np.ndarray]:
    """What a contender said at each moment before a place in the series."""
    index = report.forecasts.asked.index
    return {int(index[row]): report.forecasts.quantiles[name][row] for row in np.flatnonzero(index < before)}


def test_moments_come_once_and_limbs_every_step() -> None:
    index = made().forecasts.asked.index
    assert len(set(index.tolist())) == len(index)
    first = made().judged[0].start
    limb = np.flatnonzero(made().on_limb)
    assert set(limb[limb >= first].tolist()) <= set(index.tolist())


def test_persistence_and_linear_are_what_their_names_say() -> None:
    said_by, asked = made().forecasts.likely, made().forecasts.asked
    assert not said_by["persistence"].any()
    assert said_by["linear"][:, 5] == pytest.approx(6 * asked.rate_m_per_h)
    peaks = made().peaks
    assert peaks["linear"].time_h > peaks[OURS].time_h
    assert peaks["persistence"].bias_m <= 0


def test_lead_times_are_those_of_crossings_that_happened() -> None:
    grid = made().grid
    assert made().crossings
    for each in made().crossings:
        assert grid.values[each.index] >= each.threshold_m > grid.values[each.index - 1]
        assert 0.0 <= each.lead_h <= 24.0
    assert max(each.lead_h for each in made().crossings if each.contender == "persistence") == 0.0
    assert max(each.lead_h for each in made().crossings if each.contender == OURS) > 0.0


def test_the_first_floods_are_told_with_their_reason() -> None:
    numbers = [number for number, _ in made().untrained]
    assert numbers == list(range(len(numbers)))
    assert {reason.code for _, reason in made().untrained} <= {"forecast.too_little_history", "forecast.too_few_floods"}
    assert len(made().untrained) + len(made().judged) == len(made().events)


def test_a_record_without_floods_is_refused() -> None:
    grid = grid_of(Series([900.0 * i for i in range(5000)], [1.0] * 5000))
    assert isinstance(grid, Grid)
    refused = run(grid)
    assert isinstance(refused, Reason)
    assert refused.code == "forecast.too_few_floods"


def test_gaps_are_left_out_of_every_score() -> None:
    grid = made().grid
    holed = grid.values.copy()
    holed[4000:4400] = np.nan
    report = run(replace(grid, values=holed))
    assert isinstance(report, Report)
    index = report.forecasts.asked.index
    assert not ((index >= 4000) & (index < 4400)).any()
    assert all(np.isfinite([each.mae_m, each.crps_m]).all() for each in report.scores)


# -- real floods ------------------------------------------------------------------------------------------------------


def assert_good(report: Report, coverage_within: float) -> None:
    """Better than both at 3-6 h on rising limbs, by error and by CRPS; the band is as sure as it says."""
    assert beats_both(report, "mae_m")
    assert beats_both(report, "crps_m")
    for scope in SCOPES:
        assert report.mean(scope, OURS, "coverage") == pytest.approx(0.8, abs=coverage_within)


def test_it_beats_both_on_a_winter_of_the_aire() -> None:
    """The short form: ten weeks, the Boxing Day flood of 2015 among them, learnt from at most ten weeks."""
    assert_good(report_on(real_floods(days=75)), coverage_within=0.1)


@pytest.mark.parametrize("scheme", Scheme)
def test_it_beats_both_on_flash_floods(scheme: Scheme, tmp_path: Path) -> None:
    """Dead Run: six floods in a month say little about coverage; see docs/decisions/0012-forecast.md."""
    report = report_on(flash_floods(tmp_path), scheme)
    assert beats_both(report, "mae_m")
    assert beats_both(report, "crps_m")
    assert report.mean("all", OURS, "coverage") >= 0.75


@pytest.mark.long
def test_it_beats_both_on_the_whole_aire_and_its_coverage_is_within_five_points() -> None:
    assert_good(report_on(real_floods(whole=True)), coverage_within=0.05)
