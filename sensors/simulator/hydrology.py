"""The textbook pieces a flood is made of, each conserving water exactly: losses, hillslope, reservoir, gauge.

The reach between them is `eoc.hazards.muskingum`, the same that estimates a release downstream.

Flows are m3/s as means over a step, volumes m3 (reservoirs hm3 = million m3), rain mm, times hours unless the name
says otherwise. Nothing here draws a random number or knows a province.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

HM3 = 1e6
_SECONDS_PER_HOUR = 3600.0
_M3S_PER_MM_KM2_H = 1000.0 / 3600.0
"""1 mm per hour on 1 km2 is 1,000 m3 per hour."""


def scs_excess_mm(rain_mm: Sequence[float], curve_number: float, initial_share: float = 0.2) -> list[float]:
    """Rain that runs off, per step, by the curve number method (USDA SCS, NEH-4): losses first, then a growing share.

    `curve_number` runs from above 0 (all soaks away) to 100 (all runs off).
    """
    retention = 25400.0 / curve_number - 254.0
    initial = initial_share * retention
    excess, total, before = [], 0.0, 0.0
    for depth in rain_mm:
        total += depth
        effective = total - initial
        after = effective**2 / (effective + retention) if effective > 0 else 0.0
        excess.append(after - before)
        before = after
    return excess


def runoff_m3s(excess_mm: float, area_km2: float, step_s: float) -> float:
    """Mean flow of an excess depth that fell on an area within one step."""
    return excess_mm * area_km2 * _M3S_PER_MM_KM2_H * _SECONDS_PER_HOUR / step_s


class NashCascade:
    """`n` equal linear stores in a row (Nash 1957): a catchment's delay and flattening; mean delay n x k hours.

    Solved exactly for a constant inflow within the step, so water is neither made nor lost.
    """

    def __init__(self, n: int, k_h: float, step_s: float, inflow_m3s: float = 0.0) -> None:
        self._step_s = step_s
        self._k_s = k_h * _SECONDS_PER_HOUR
        self._keep = math.exp(-step_s / self._k_s)
        # In balance with a steady inflow each store holds k x inflow.
        self._stores_m3 = [inflow_m3s * self._k_s] * n

    @property
    def storage_m3(self) -> float:
        """Water on its way."""
        return sum(self._stores_m3)

    def step(self, inflow_m3s: float) -> float:
        """Outflow during one step."""
        flow = inflow_m3s
        for index, before in enumerate(self._stores_m3):
            after = before * self._keep + flow * self._k_s * (1 - self._keep)
            flow += (before - after) / self._step_s
            self._stores_m3[index] = after
        return flow


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising or level line through points, straight between them and clipped at the ends."""

    points: tuple[tuple[float, float], ...]

    def at(self, x: float) -> float:
        """The value at x."""
        xs = [point[0] for point in self.points]
        if x <= xs[0]:
            return self.points[0][1]
        if x >= xs[-1]:
            return self.points[-1][1]
        upper = bisect_right(xs, x)
        (x0, y0), (x1, y1) = self.points[upper - 1], self.points[upper]
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0)

    def inverse(self, y: float) -> float:
        """The x of a value; only for strictly rising values."""
        return Curve(tuple((value, x) for x, value in self.points)).at(y)


@dataclass(frozen=True, slots=True)
class Rating:
    """A gauge's rating curve Q = a (stage - zero)^b: more water always stands higher (ISO 1100-2 form)."""

    zero_m: float
    a: float
    b: float

    def stage_m(self, discharge_m3s: float) -> float:
        """Water level for a discharge."""
        return float(self.zero_m + (max(0.0, discharge_m3s) / self.a) ** (1 / self.b))

    def discharge_m3s(self, stage_m: float) -> float:
        """Discharge for a water level."""
        return float(self.a * max(0.0, stage_m - self.zero_m) ** self.b)


@dataclass(frozen=True, slots=True)
class Spillway:
    """Gates and how they are worked.

    `rule` gives the share of the inflow that leaves in all, by lake level: below the first point nothing is spilled,
    above the normal level as much leaves as comes. Decided every `decide_every_s`, on the mean inflow of the last
    hour, and moved by at most `ramp_m3s_per_h`, because a release must not surprise anybody downstream.
    """

    gates: int
    max_m3s: float
    rule: Curve
    ramp_m3s_per_h: float
    decide_every_s: float


@dataclass(frozen=True, slots=True)
class ReservoirStep:
    """What a reservoir did in one step."""

    level_m: float
    inflow_m3s: float
    turbine_m3s: float
    spill_m3s: float
    gates_open: int

    @property
    def outflow_m3s(self) -> float:
        return self.turbine_m3s + self.spill_m3s


class Reservoir:
    """A lake behind a dam: storage by level, turbines up to their capacity, gates by rule."""

    def __init__(
        self,
        storage_hm3: Curve,
        level_m: float,
        turbine_max_m3s: float,
        turbine_from_m: float,
        spillway: Spillway,
        step_s: float,
    ) -> None:
        self._curve, self._spillway, self._step_s = storage_hm3, spillway, step_s
        self._turbine_max_m3s, self._turbine_from_m = turbine_max_m3s, turbine_from_m
        self.storage_m3 = storage_hm3.at(level_m) * HM3
        self._spill_m3s = 0.0
        self._since_decision_s = spillway.decide_every_s
        self._last_hour: list[float] = []

    @property
    def level_m(self) -> float:
        """Lake level now."""
        return self._curve.inverse(self.storage_m3 / HM3)

    def step(self, inflow_m3s: float) -> ReservoirStep:
        """Let one step pass."""
        level_m = self.level_m
        turbine = self._turbine_max_m3s if level_m > self._turbine_from_m else 0.0
        # Turbines follow the river when it brings less than they could take and the lake is not above its rule.
        if self._spillway.rule.at(level_m) <= 0:
            turbine = min(turbine, max(inflow_m3s, 0.3 * self._turbine_max_m3s))
        self._decide(inflow_m3s, level_m, turbine)
        available = self.storage_m3 - self._curve.points[0][1] * HM3 + inflow_m3s * self._step_s
        outflow = min(turbine + self._spill_m3s, max(0.0, available / self._step_s))
        turbine = min(turbine, outflow)
        spill = outflow - turbine
        self.storage_m3 += (inflow_m3s - outflow) * self._step_s
        gate_m3s = self._spillway.max_m3s / self._spillway.gates
        return ReservoirStep(self.level_m, inflow_m3s, turbine, spill, math.ceil(spill / gate_m3s))

    def _decide(self, inflow_m3s: float, level_m: float, turbine_m3s: float) -> None:
        steps_per_hour = max(1, round(_SECONDS_PER_HOUR / self._step_s))
        self._last_hour = [*self._last_hour, inflow_m3s][-steps_per_hour:]
        self._since_decision_s += self._step_s
        if self._since_decision_s < self._spillway.decide_every_s:
            return
        ramp = self._spillway.ramp_m3s_per_h * self._since_decision_s / _SECONDS_PER_HOUR
        self._since_decision_s = 0.0
        mean_inflow = sum(self._last_hour) / len(self._last_hour)
        wanted = self._spillway.rule.at(level_m) * mean_inflow - turbine_m3s
        # Gates stand at notches; 10 m3/s is finer than anybody can set them.
        wanted = round(min(max(0.0, wanted), self._spillway.max_m3s) / 10) * 10
        self._spill_m3s = min(max(wanted, self._spill_m3s - ramp), self._spill_m3s + ramp)
