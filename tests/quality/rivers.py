"""Generated gauges of one basin, with faults whose beginning is known. The same seed gives the same traces."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 1, tzinfo=UTC)
Series = list[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Basin:
    """The water of a basin over time: baseflow with a slow tide of its own, and floods."""

    base: float
    wobble: float
    floods: tuple[tuple[float, float, float], ...]
    """(beginning in hours, height, hours to the crest)"""

    def at(self, hours: float) -> float:
        level = self.base + self.wobble * math.sin(hours / 17.0) + 0.3 * self.wobble * math.sin(hours / 5.3)
        for began, height, to_crest in self.floods:
            since = (hours - began) / to_crest
            if since > 0:
                level += height * since * math.exp(1 - since)
        return level


@dataclass(frozen=True, slots=True)
class Gauge:
    """How one instrument shows its basin: `factor` and `zero` of its section, `lag_h`, noise, resolution (m)."""

    factor: float
    zero: float
    lag_h: float
    noise: float
    resolution: float

    def shows(self, basin: Basin, hours: float, chance: random.Random) -> float:
        true = self.zero + self.factor * basin.at(hours - self.lag_h)
        return round(round((true + chance.gauss(0, self.noise)) / self.resolution) * self.resolution, 4)


def gauge(chance: random.Random) -> Gauge:
    resolution = chance.choice([0.001, 0.001, 0.005, 0.01])
    noise = chance.choice([0.0, 0.002, 0.006])
    return Gauge(chance.uniform(0.6, 1.6), chance.uniform(0, 100), chance.uniform(-3, 3), noise, resolution)


def series(
    made: Gauge,
    basin: Basin,
    chance: random.Random,
    *,
    hours: float,
    every_s: float = 600.0,
    bias: Callable[[float], float] = lambda _: 0.0,
) -> Series:
    count = round(hours * 3600 / every_s)
    return [
        (
            START + timedelta(seconds=every_s * index),
            round(made.shows(basin, index * every_s / 3600, chance) + bias(index * every_s / 3600), 4),
        )
        for index in range(count)
    ]


def stand_still(values: Series, first: int) -> Series:
    """From its reading `first` on the instrument repeats that reading."""
    return [*values[:first], *((at, values[first][1]) for at, _ in values[first:])]
