"""Two gauges of a made river, and real floods where they are at hand.

Rain falls in bursts drawn with a seed, a catchment delays it, and the gauge downstream sees the water some hours later,
mixed with rain of its own. Small, but with the one thing that a drawing by straight lines lacks: rises that slow down,
peak and drain.
"""

import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from eoc.forecast.gauge import Series
from sensors.simulator import read_tape
from tests.tapes import armley, dead_run_file, drawn_armley

START_S = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
STEP_S = 900
TRAVEL_H = 5.0


@cache
def river(days: int = 120, seed: int = 1) -> tuple[Series, Series]:
    """(the gauge downstream, the gauge upstream): levels in metres each 15 minutes."""
    rng = random.Random(seed)
    count = days * 96
    rain_up, rain_down = np.zeros(count), np.zeros(count)
    at = 0.0
    while (at := at + rng.expovariate(1 / 5.0)) < days:
        begin, length = int(at * 96), rng.randint(8, 40)
        depth = rng.lognormvariate(0.0, 0.7)
        rain_up[begin : begin + length] += depth * rng.uniform(0.6, 1.4)
        rain_down[begin : begin + length] += depth * rng.uniform(0.1, 0.5)
    up = 0.5 + _response(rain_up, 5.0)
    travelled = np.concatenate([np.full(int(TRAVEL_H * 4), up[0]), up])[:count]
    down = travelled + _response(rain_down, 4.0)
    times = [START_S + STEP_S * index for index in range(count)]
    return Series(times, _levels(down, rng)), Series(times, _levels(up, rng))


def hourly() -> tuple[Series, Series]:
    """The same two gauges, reporting each hour."""
    down, up = river()
    return Series(down.times_s[::4], down.levels_m[::4]), Series(up.times_s[::4], up.levels_m[::4])


def part(series: Series, until: int, since: int = 0) -> Series:
    """Some of a series by position."""
    return Series(series.times_s[since:until], series.levels_m[since:until])


def shifted(series: Series, by_m: float, factor: float = 1.0) -> Series:
    return Series(series.times_s, [level * factor + by_m for level in series.levels_m])


def real_floods(days: int | None = None, *, whole: bool = False) -> Series:
    """The Aire at Armley from 20 October 2015 on, `whole` from May on; the made river where the tape is absent."""
    readings = armley()
    if readings == drawn_armley():
        return river(150)[0]
    first = datetime(2015, 5 if whole else 10, 1 if whole else 20, tzinfo=UTC)
    chosen = [(at.timestamp(), level) for at, level in readings if at >= first][: days and days * 96]
    return Series([at for at, _ in chosen], [level for _, level in chosen])


def flash_floods(folder: Path) -> Series:
    """Dead Run in June 2018, or the made river where the tape is absent."""
    file = dead_run_file(folder)
    if file.parent == folder:
        return river(90, seed=3)[0]
    rows = [(row.at.timestamp(), row.values["water_level_m"]) for row in read_tape(file, station="d").rows()]
    return Series([at for at, _ in rows], [level for _, level in rows])


def _response(rain: np.ndarray, delay_h: float) -> np.ndarray:
    hours = np.arange(0, 72, 0.25)
    kernel = hours * np.exp(-hours / delay_h)
    return np.convolve(rain, kernel / kernel.sum())[: len(rain)]


def _levels(flow: np.ndarray, rng: random.Random) -> list[float]:
    """What a gauge says of a flow: steps of a millimetre, and a few of them too many or too few."""
    return [round(float(level) + rng.gauss(0.0, 0.003), 3) for level in 1.0 + 0.8 * np.sqrt(flow)]
