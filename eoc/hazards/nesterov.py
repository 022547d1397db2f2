"""The Nesterov index: heat and dryness at one o'clock, summed up since the last wet day.

Vietnam uses P = K x sum of t13 x d13 (temperature in °C and saturation deficit in hPa at 13:00), K = 0 on a day with at
least so much rain and 1 otherwise; the index table (levels I-V) and the rain that ends a sum are the province's and may
differ by zone and month. Sources: five levels by Decision 127/2000/QĐ-BNN-KL; table and rain by month and zone for
example in Decision 33/2022/QĐ-UBND of Thừa Thiên Huế. The original of Nesterov (1949) sums up t x (t - dew point),
is ended by 3 mm, and has a table of its own. Which one applies is in the pack, never here.

Saturation vapour pressure over water: Magnus form of WMO-No. 8 (2018), annex 4.B.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

Formula = Literal["deficit", "dew_point"]
"""`deficit`: t x saturation deficit in hPa. `dew_point`: t x (t - dew point)."""

LEVELS = 5
_A, _B, _C = 6.112, 17.62, 243.12


def saturation_hpa(temperature_c: float) -> float:
    """Saturation vapour pressure over water."""
    return _A * math.exp(_B * temperature_c / (_C + temperature_c))


def deficit_hpa(temperature_c: float, humidity_pct: float) -> float:
    """How much more vapour the air would take up, in hPa; never negative."""
    return saturation_hpa(temperature_c) * (1.0 - min(100.0, humidity_pct) / 100.0)


def dew_point_c(temperature_c: float, humidity_pct: float) -> float:
    """The temperature at which this air is saturated; that of 0.1 % for drier air, where there is none."""
    vapour = saturation_hpa(temperature_c) * min(100.0, max(0.1, humidity_pct)) / 100.0
    logged = math.log(vapour / _A)
    return _C * logged / (_B - logged)


def daily(temperature_c: float, humidity_pct: float, formula: Formula = "deficit") -> float:
    """What a dry day adds. Frost adds nothing."""
    warmth = max(0.0, temperature_c)
    if formula == "dew_point":
        return warmth * max(0.0, temperature_c - dew_point_c(temperature_c, humidity_pct))
    return warmth * deficit_hpa(temperature_c, humidity_pct)


def step(before: float, added: float, rain_mm: float, reset_mm: float) -> float:
    """P of a day: 0 on a wet one, else the sum so far and what the day adds."""
    return 0.0 if rain_mm >= reset_mm else before + added


@dataclass(frozen=True, slots=True)
class IndexTable:
    """Levels I-V of an index: `upper` are the highest values that still count as I, II, III and IV."""

    id: str
    source: str
    upper: tuple[float, float, float, float]

    def level(self, p: float) -> int:
        """1-5 for I-V."""
        return bisect_left(self.upper, p) + 1
