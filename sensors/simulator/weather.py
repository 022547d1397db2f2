"""Dry-season air at the fire-weather stations, smoke at their sensors, and case counts of a disease.

The day of a hot season: warmest and driest about 14:00, coolest before sunrise, wind with the heat of the day. Figures
are shapes, not a climate: enough that the indices climb and that a sensor has a background to stand out from.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from random import Random
from typing import Annotated

from pydantic import Field

from eoc.packs.parts import AreaCode, Id, NotNegative, Number, Part, Positive, Text

Percent = Annotated[Number, Field(ge=0, le=100)]
_WARMEST_H, _HOURS = 14.0, 24.0


class WeatherEntry(Part):
    """The air at one station: extremes of an ordinary day, and rain of a day (mm) by day after the history's first."""

    station: Id
    coolest_c: Number = 22.0
    warmest_c: Number = 36.0
    driest_pct: Percent = 38.0
    dampest_pct: Percent = 85.0
    wind_ms: NotNegative = 2.5
    rain_mm: dict[int, NotNegative] = Field(default_factory=dict)
    smoke_background: NotNegative = 0.02


class SmokeEntry(Part):
    """Smoke at a sensor. `fire`: real (there has to be a case) or not (a truck, a kitchen: there must be none)."""

    station: Id
    at_h: Number
    minutes: Positive
    ratio: Annotated[Number, Field(gt=0, le=1)]
    fire: bool = True


class CountEntry(Part):
    """Cases of a disease in an area: a daily mean, and a rise from `rises_day` on (days after the live start).

    `days_before`: days of history. Without a rise it stays quiet. Each day doubles in `doubling_days` until `most`.
    """

    area: AreaCode
    disease: Text
    mean: NotNegative
    days_before: Annotated[int, Field(strict=True, ge=10, le=400)] = 28
    rises_day: int | None = None
    doubling_days: Positive = 2.0
    most: Positive = 60.0


@dataclass(frozen=True, slots=True)
class Count:
    """What the health service reports at `at`: cases of one day in one area."""

    at: datetime
    area: str
    disease: str
    day: date
    count: int


def air(entry: WeatherEntry, local: datetime, day: int, random: Random) -> dict[str, float]:
    """The readings of a moment; `day` counts from the first day of the history."""
    hour = local.hour + local.minute / 60
    warmth = 0.5 + 0.5 * math.cos((hour - _WARMEST_H) / _HOURS * 2 * math.pi)
    temperature = entry.coolest_c + (entry.warmest_c - entry.coolest_c) * warmth + random.gauss(0, 0.3)
    humidity = entry.dampest_pct - (entry.dampest_pct - entry.driest_pct) * warmth + random.gauss(0, 1.5)
    rain = entry.rain_mm.get(day, 0.0)
    # The afternoon shower: between 15:00 and 16:00.
    falling = rain / 6 if 15 <= hour < 16 else 0.0
    return {
        "temperature_c": round(temperature, 1),
        "humidity_pct": round(min(100.0, max(5.0, humidity)), 1),
        "wind_speed_ms": round(max(0.0, entry.wind_ms * (0.5 + warmth) + random.gauss(0, 0.4)), 1),
        "rain_mm": round(falling, 1),
    }


def smoke(entry: WeatherEntry, plumes: list[SmokeEntry], hours: float, random: Random) -> float:
    """The smoke ratio a sensor shows."""
    ratio = entry.smoke_background + abs(random.gauss(0, 0.01))
    for plume in plumes:
        if plume.at_h <= hours < plume.at_h + plume.minutes / 60:
            ratio = max(ratio, plume.ratio * random.uniform(0.85, 1.0))
    return round(min(1.0, ratio), 3)


def counts(entry: CountEntry, start: datetime, live_h: float, zone: tzinfo, random: Random) -> Iterator[Count]:
    """Daily counts, each reported at 08:00 of the next day."""
    first = start.astimezone(zone).date() - timedelta(days=entry.days_before)
    last = (start + timedelta(hours=live_h)).astimezone(zone).date()
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        since = number - entry.days_before - (entry.rises_day or 0)
        mean = entry.mean
        if entry.rises_day is not None and since >= 0:
            mean = min(entry.most, entry.mean + max(3.0, entry.mean) * 2 ** (since / entry.doubling_days))
        at = datetime(day.year, day.month, day.day, 8, tzinfo=zone) + timedelta(days=1)
        yield Count(at, entry.area, entry.disease, day, _poisson(mean, random))


def _poisson(mean: float, random: Random) -> int:
    """Knuth's method; the means here are small."""
    limit, product, number = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        number += 1
    return number
