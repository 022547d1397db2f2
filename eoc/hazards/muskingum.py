"""Routing of a flood wave along a river by the Muskingum method (McCarthy 1938): how much later and how much flatter.

Storage of a reach S = K [X I + (1 - X) O]; K is the time of travel of the wave, X runs from 0 (a lake: flattens most)
to 0.5 (moves the wave without changing it). With trapezoids in time (Chow, Maidment & Mays, Applied Hydrology, 1988,
chapter 8.4, equations 8.4.7 to 8.4.10):

    O2 = C1 I2 + C2 I1 + C3 O1
    C1 = (dt - 2KX) / D,  C2 = (dt + 2KX) / D,  C3 = (2K(1 - X) - dt) / D,  D = 2K(1 - X) + dt

All three are at least zero, and the method makes no waves of its own, only when 2KX <= dt <= 2K(1 - X). A long reach is
therefore cut into equal pieces in a row (K/n each, Cunge 1969) and a long step into shorter ones.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

_SECONDS_PER_HOUR = 3600.0
_MOST_PARTS = 720
_SLACK = 1e-9


class MuskingumReach:
    """A reach at work, one step at a time. Flows are m3/s as means over a step.

    Raises ValueError when no number of pieces allows the step (`route` shortens the step instead).
    """

    def __init__(self, k_h: float, x: float, step_s: float, flow_m3s: float = 0.0) -> None:
        k_s = k_h * _SECONDS_PER_HOUR
        pieces = max(1, math.ceil(2 * k_s * x / step_s - _SLACK))
        if k_s / pieces < step_s / (2 * (1 - x)) - _SLACK:
            raise ValueError(f"a step of {step_s:g} s is too long for k = {k_h:g} h, x = {x:g}")
        self._k_s, self._x, self._step_s = k_s / pieces, x, step_s
        scale = 2 * self._k_s * (1 - x) + step_s
        self.coefficients = (
            (step_s - 2 * self._k_s * x) / scale,
            (step_s + 2 * self._k_s * x) / scale,
            (2 * self._k_s * (1 - x) - step_s) / scale,
        )
        self._flows = [flow_m3s] * (pieces + 1)
        # Flow at every joint, the first being the inflow of the step before.

    @property
    def storage_m3(self) -> float:
        """Water in the reach: the method's own relation, plus half a step of difference.

        The method balances flows at the ends of steps (trapezoids); ours are means over steps, and the two sums
        differ by exactly this term.
        """
        pieces = pairwise(self._flows)
        held = sum(self._k_s * (self._x * inflow + (1 - self._x) * outflow) for inflow, outflow in pieces)
        return held + self._step_s / 2 * (self._flows[0] - self._flows[-1])

    def begin(self, inflow_m3s: float, outflow_m3s: float) -> None:
        """Start from different flows at the two ends, along a straight line in between."""
        last = len(self._flows) - 1
        self._flows = [inflow_m3s + (outflow_m3s - inflow_m3s) * joint / last for joint in range(last + 1)]

    def step(self, inflow_m3s: float) -> float:
        """Outflow during a step with this inflow."""
        c1, c2, c3 = self.coefficients
        after = [inflow_m3s]
        for upper_before, lower_before in pairwise(self._flows):
            after.append(c1 * after[-1] + c2 * upper_before + c3 * lower_before)
        self._flows = after
        return after[-1]


def parts_of_step(k_h: float, x: float, step_h: float) -> int:
    """Into how many equal parts a step has to be cut so that a reach can be routed at all.

    Raises ValueError when none is found (x = 0.5 and a K that is no simple fraction of the step).
    """
    for parts in range(1, _MOST_PARTS + 1):
        short = step_h / parts
        pieces = max(1, math.ceil(2 * k_h * x / short - _SLACK))
        if k_h / pieces >= short / (2 * (1 - x)) - _SLACK:
            return parts
    raise ValueError(f"no stable step for k = {k_h:g} h, x = {x:g}")


def route(inflow_m3s: Sequence[float], k_h: float, x: float, step_h: float, outflow_m3s: float) -> list[float]:
    """The outflow at the moments of the inflow, for a hydrograph given at equal steps of `step_h` hours.

    `outflow_m3s` is the flow at the lower end at the first moment (Chow's example begins with another one than the
    inflow). Between two given moments the inflow is taken as a straight line. ValueError as in `parts_of_step`.
    """
    if not inflow_m3s:
        return []
    parts = parts_of_step(k_h, x, step_h)
    reach = MuskingumReach(k_h, x, step_h / parts * _SECONDS_PER_HOUR, outflow_m3s)
    reach.begin(inflow_m3s[0], outflow_m3s)
    outflow = [outflow_m3s]
    for before, after in pairwise(inflow_m3s):
        for part in range(1, parts + 1):
            flow = reach.step(before + (after - before) * part / parts)
        outflow.append(flow)
    return outflow
