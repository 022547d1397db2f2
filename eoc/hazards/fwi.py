"""The Canadian Forest Fire Weather Index System: three moisture codes and three indices from one reading a day.

Source: Van Wagner and Pickett (1985), Equations and FORTRAN program for the Canadian Forest Fire Weather Index System,
Forestry Technical Report 33; equation numbers are theirs. Inputs are those of noon local standard time: temperature,
relative humidity, wind at 10 m, and the rain of the 24 hours before.

Two things differ between published programs, and both are visible in results. The FFMC scale's constant is 147.2 in
the report and 147.27723 (250 x 59.5 / 101, which makes the scale and its inverse agree exactly) in later programs.
Equations 12 and 15 of the DMC are printed with rounded constants; the report's own table of test days is met to its
last digit only by the unrounded forms (280 exp(-0.023 P) and 43.43 (5.6348 - ln)), so those are used here.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from eoc.hazards.fwi_day_length import CANADA, DayLengths

FFMC_MAX = 101.0
_WETTEST_PCT = 250.0
"""Pine litter holds no more than about 250 % of its dry weight."""


@dataclass(frozen=True, slots=True)
class FfmcScale:
    """The constant that ties the Fine Fuel Moisture Code to a moisture content, under the name it is shown with."""

    name: str
    constant: float

    def moisture_pct(self, code: float) -> float:
        """Equation 1."""
        return self.constant * (101.0 - code) / (59.5 + code)

    def code(self, moisture_pct: float) -> float:
        """Equation 10, within 0 and 101."""
        return min(FFMC_MAX, max(0.0, 59.5 * (250.0 - moisture_pct) / (self.constant + moisture_pct)))


SCALES: dict[str, FfmcScale] = {
    "147.2": FfmcScale("147.2", 147.2),
    "147.27723": FfmcScale("147.27723", 250.0 * 59.5 / 101.0),
}
STANDARD = SCALES["147.2"]


@dataclass(frozen=True, slots=True)
class Noon:
    """The day's reading. Temperature in °C, humidity in %, wind in km/h at 10 m, rain of the last 24 h in mm."""

    temperature_c: float
    humidity_pct: float
    wind_speed_kmh: float
    rain_mm: float


@dataclass(frozen=True, slots=True)
class Moisture:
    """What one day hands to the next. The defaults are the standard start values after the snow has gone."""

    ffmc: float = 85.0
    dmc: float = 6.0
    dc: float = 15.0


@dataclass(frozen=True, slots=True)
class Codes:
    """The six codes of a day, all without unit."""

    ffmc: float
    dmc: float
    dc: float
    isi: float
    bui: float
    fwi: float

    @property
    def moisture(self) -> Moisture:
        return Moisture(self.ffmc, self.dmc, self.dc)

    def as_json(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in CODE_NAMES}


CODE_NAMES = ("ffmc", "dmc", "dc", "isi", "bui", "fwi")


def constants(scale: FfmcScale, lengths: DayLengths) -> dict[str, Any]:
    """Which published variant was computed; shown with every result."""
    return {"ffmc": scale.name, "dmc_day_length": lengths.dmc_name, "dc_day_length": lengths.dc_name}


def step(before: Moisture, noon: Noon, month: int, lengths: DayLengths = CANADA, scale: FfmcScale = STANDARD) -> Codes:
    """One day. `month` 1-12 picks the day length."""
    fine = ffmc(before.ffmc, noon, scale)
    duff = dmc(before.dmc, noon, lengths.dmc[month - 1])
    drought = dc(before.dc, noon, lengths.dc[month - 1])
    spread = isi(fine, noon.wind_speed_kmh, scale)
    fuel = bui(duff, drought)
    return Codes(fine, duff, drought, spread, fuel, fwi(spread, fuel))


def series(
    days: Iterable[tuple[date, Noon]],
    start: Moisture | None = None,
    lengths: DayLengths = CANADA,
    scale: FfmcScale = STANDARD,
) -> Iterator[Codes]:
    """Day after day from the start values."""
    before = start or Moisture()
    for day, noon in days:
        codes = step(before, noon, day.month, lengths, scale)
        yield codes
        before = codes.moisture


def ffmc(before: float, noon: Noon, scale: FfmcScale = STANDARD) -> float:
    """Fine Fuel Moisture Code, 0-101: litter and other cured fine fuels (equations 1-10)."""
    humidity, wind = noon.humidity_pct, noon.wind_speed_kmh
    moisture = scale.moisture_pct(before)
    if noon.rain_mm > 0.5:
        moisture = _after_rain(moisture, noon.rain_mm - 0.5)
    warmth = 0.18 * (21.1 - noon.temperature_c) * (1.0 - math.exp(-0.115 * humidity))
    wet = math.exp((humidity - 100.0) / 10.0)
    drying_to = 0.942 * humidity**0.679 + 11.0 * wet + warmth
    wetting_to = 0.618 * humidity**0.753 + 10.0 * wet + warmth
    if moisture > drying_to:
        rate = _rate(humidity / 100.0, wind, noon.temperature_c)
        moisture = drying_to + (moisture - drying_to) * 10.0**-rate
    elif moisture < wetting_to:
        rate = _rate((100.0 - humidity) / 100.0, wind, noon.temperature_c)
        moisture = wetting_to - (wetting_to - moisture) * 10.0**-rate
    return scale.code(moisture)


def _after_rain(moisture_pct: float, rain_mm: float) -> float:
    """Equations 3a and 3b, capped."""
    soaked = moisture_pct + 42.5 * rain_mm * math.exp(-100.0 / (251.0 - moisture_pct)) * (
        1.0 - math.exp(-6.93 / rain_mm)
    )
    if moisture_pct > 150.0:
        soaked += 0.0015 * (moisture_pct - 150.0) ** 2 * math.sqrt(rain_mm)
    return min(_WETTEST_PCT, soaked)


def _rate(share: float, wind_kmh: float, temperature_c: float) -> float:
    """Equations 6 and 7: the logarithmic rate of drying (share of humidity) or wetting (share of dryness) a day."""
    at_21_c: float = 0.424 * (1.0 - share**1.7) + 0.0694 * math.sqrt(wind_kmh) * (1.0 - share**8)
    return at_21_c * 0.581 * math.exp(0.0365 * temperature_c)


def dmc(before: float, noon: Noon, day_length_h: float) -> float:
    """Duff Moisture Code, from 0: loosely compacted organic layers (equations 11-17)."""
    kept = before
    if noon.rain_mm > 1.5:
        rain = 0.92 * noon.rain_mm - 1.27
        moisture = 20.0 + 280.0 * math.exp(-0.023 * before)
        soaked = moisture + 1000.0 * rain / (48.77 + _slope(before) * rain)
        kept = max(0.0, 43.43 * (5.6348 - math.log(soaked - 20.0)))
    drying = 1.894e-4 * (max(noon.temperature_c, -1.1) + 1.1) * (100.0 - noon.humidity_pct) * day_length_h
    return kept + drying


def _slope(before: float) -> float:
    """Equations 13a-c."""
    if before <= 33.0:
        return 100.0 / (0.5 + 0.3 * before)
    if before <= 65.0:
        return 14.0 - 1.3 * math.log(before)
    return 6.2 * math.log(before) - 17.2


def dc(before: float, noon: Noon, day_length: float) -> float:
    """Drought Code, from 0: deep compact organic layers (equations 18-23)."""
    kept = before
    if noon.rain_mm > 2.8:
        rain = 0.83 * noon.rain_mm - 1.27
        store = 800.0 * math.exp(-before / 400.0)
        kept = max(0.0, before - 400.0 * math.log(1.0 + 3.937 * rain / store))
    evaporation = 0.36 * (max(noon.temperature_c, -2.8) + 2.8) + day_length
    return kept + max(0.0, evaporation) / 2.0


def isi(ffmc_now: float, wind_speed_kmh: float, scale: FfmcScale = STANDARD) -> float:
    """Initial Spread Index: fine fuel and wind, without the amount of fuel (equations 24-26)."""
    moisture = scale.moisture_pct(ffmc_now)
    fine_fuel = 91.9 * math.exp(-0.1386 * moisture) * (1.0 + moisture**5.31 / 4.93e7)
    return float(0.208 * math.exp(0.05039 * wind_speed_kmh) * fine_fuel)


def bui(dmc_now: float, dc_now: float) -> float:
    """Buildup Index: the fuel available to a spreading fire (equation 27)."""
    if dmc_now <= 0.0:
        return 0.0
    if dmc_now <= 0.4 * dc_now:
        return 0.8 * dmc_now * dc_now / (dmc_now + 0.4 * dc_now)
    share = 1.0 - 0.8 * dc_now / (dmc_now + 0.4 * dc_now)
    excess: float = dmc_now - share * (0.92 + (0.0114 * dmc_now) ** 1.7)
    return max(0.0, excess)


def fwi(isi_now: float, bui_now: float) -> float:
    """Fire Weather Index: the intensity of a spreading fire (equations 28-30)."""
    intermediate = 0.1 * isi_now * _fuel(bui_now)
    if intermediate <= 1.0:
        return intermediate
    return math.exp(2.72 * (0.434 * math.log(intermediate)) ** 0.647)


def _fuel(bui_now: float) -> float:
    """Equations 28a and 28b."""
    if bui_now <= 80.0:
        return float(0.626 * bui_now**0.809 + 2.0)
    return 1000.0 / (25.0 + 108.64 * math.exp(-0.023 * bui_now))
