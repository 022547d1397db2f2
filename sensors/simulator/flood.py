"""Computes a scenario's flood from rain to gauges, once, before anything is emitted. Deterministic by its seed."""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from eoc.hazards.muskingum import MuskingumReach
from sensors.simulator.hydrology import (
    Curve,
    NashCascade,
    Rating,
    Reservoir,
    ReservoirStep,
    Spillway,
    runoff_m3s,
    scs_excess_mm,
)
from sensors.simulator.scenario import Burst, Catchment, Chain, Link, ReservoirEntry, Scenario, ScenarioFile

SPIN_UP_H = 24.0
"""Computed before the history and thrown away, so that lakes and reaches have found their flow."""
_HOUR_S = 3600.0


@dataclass(slots=True)
class Account:
    """Water of one chain, m3: what came, what left, and what is on the way at the beginning and the end."""

    came: float = 0.0
    left: float = 0.0
    before: float = 0.0
    after: float = 0.0

    def error_share(self) -> float:
        """Water made or lost, as a share of what came."""
        return abs(self.came + self.before - self.left - self.after) / self.came if self.came else 0.0


@dataclass(slots=True)
class Flood:
    """Series over steps; index i covers the step that ends `first_h + (i + 1) * step_s` after the live start."""

    first_h: float
    step_s: float
    rain_mm: dict[str, list[float]] = field(default_factory=dict)
    runoff_m3s: dict[str, list[float]] = field(default_factory=dict)
    discharge_m3s: dict[str, list[float]] = field(default_factory=dict)
    ratings: dict[str, Rating] = field(default_factory=dict)
    reservoirs: dict[str, list[ReservoirStep]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)

    def index(self, hours: float) -> int:
        """The step in force at an hour (0 = live start), clipped to the series."""
        steps = len(next(iter(self.rain_mm.values()), ()))
        return min(max(math.ceil((hours - self.first_h) * _HOUR_S / self.step_s - 1e-9) - 1, 0), steps - 1)

    def discharge_at(self, gauge: str, hours: float) -> float:
        """Discharge at a gauge, straight between the ends of steps."""
        series = self.discharge_m3s[gauge]
        position = (hours - self.first_h) * _HOUR_S / self.step_s - 1
        lower = min(max(math.floor(position), 0), len(series) - 1)
        upper = min(lower + 1, len(series) - 1)
        share = min(max(position - lower, 0.0), 1.0)
        return series[lower] + share * (series[upper] - series[lower])

    def stage_at(self, gauge: str, hours: float) -> float:
        """True water level at a gauge, without the instrument's noise."""
        return self.ratings[gauge].stage_m(self.discharge_at(gauge, hours))

    def rain_between(self, catchment: str, from_h: float, to_h: float) -> float:
        """Mean rain over a catchment between two hours, mm."""
        step_h = self.step_s / _HOUR_S
        first, last = (from_h - self.first_h) / step_h, (to_h - self.first_h) / step_h
        series = self.rain_mm[catchment]
        total = 0.0
        for index in range(max(0, math.floor(first)), min(len(series), math.ceil(last))):
            total += series[index] * (min(last, index + 1) - max(first, index))
        return total


def compute(scenario: Scenario, seed: int | None = None) -> Flood:
    """The flood of a scenario; `seed` replaces the file's own."""
    file = scenario.file
    used_seed = file.seed if seed is None else seed
    spin_up = round(SPIN_UP_H * _HOUR_S / file.step_s)
    steps = spin_up + round((file.history_h + file.live_h) * _HOUR_S / file.step_s)
    begin_h = -file.history_h - spin_up * file.step_s / _HOUR_S
    flood = Flood(begin_h, file.step_s)
    for catchment in file.catchments:
        rain = _rain(file, catchment, drawn_for(used_seed, catchment.id), begin_h, steps)
        excess = scs_excess_mm(rain, catchment.curve_number)
        flood.rain_mm[catchment.id] = rain
        flood.runoff_m3s[catchment.id] = [runoff_m3s(mm, catchment.area_km2, file.step_s) for mm in excess]
    for chain in file.chains:
        flood.accounts[chain.river] = _route(scenario, chain, flood, steps)
    return _without_spin_up(flood, spin_up)


def drawn_for(seed: int, name: str) -> Random:
    """A generator of its own for each catchment and device, so that adding one changes no other."""
    # Not for secrets: the same seed has to give the same flood on every machine.
    return Random(f"{seed}/{name}")  # noqa: S311


def _rain(file: ScenarioFile, catchment: Catchment, random: Random, begin_h: float, steps: int) -> list[float]:
    """Rain per step over a catchment, mm."""
    rain = [0.0] * steps
    if file.storm is None:
        return rain
    for burst in file.storm.bursts:
        factor = catchment.rain_factor * math.exp(random.gauss(0.0, file.storm.spread))
        shift_h = catchment.delay_h + random.uniform(-0.25, 0.25)
        first = math.floor((burst.at_h + shift_h - begin_h) * _HOUR_S / file.step_s)
        spell = _spell(burst, factor, file.step_s, file.storm.gusts, random)
        if burst.catchments and catchment.id not in burst.catchments:
            continue
        for offset, depth_mm in enumerate(spell):
            if 0 <= first + offset < steps:
                rain[first + offset] += depth_mm
    return rain


def _spell(burst: Burst, factor: float, step_s: float, gusts: float, random: Random) -> list[float]:
    """The depths of one spell of rain, step by step; their sum is exactly its depth times the factor."""
    count = max(1, round(burst.duration_h * _HOUR_S / step_s))
    # A beta-shaped spell with its peak where the file says; 4 makes it neither a block nor a spike.
    rise, fall = 4 * burst.peak_at, 4 * (1 - burst.peak_at)
    middles = [(n + 0.5) / count for n in range(count)]
    weights = [m**rise * (1 - m) ** fall * math.exp(random.gauss(0.0, gusts)) for m in middles]
    scale = burst.depth_mm * factor / sum(weights)
    return [weight * scale for weight in weights]


def _route(scenario: Scenario, chain: Chain, flood: Flood, steps: int) -> Account:
    """Take the water of a chain from its head to its end, all links one step at a time."""
    step_s = scenario.file.step_s
    carriers: list[_Carrier] = []
    base_m3s = 0.0
    for link in chain.links:
        carrier, base_m3s = _carrier(scenario, link, flood, base_m3s)
        carriers.append(carrier)
    account = Account(before=sum(carrier.storage_m3() for carrier in carriers))
    for index in range(steps):
        flow = 0.0
        for carrier in carriers:
            account.came += carrier.source_m3s(index) * step_s
            flow = carrier.step(flow, index)
        account.left += flow * step_s
    account.after = sum(carrier.storage_m3() for carrier in carriers)
    return account


class _Carrier(Protocol):
    """A link at work: takes the flow from above and hands on the flow below."""

    def source_m3s(self, index: int) -> float: ...
    def step(self, flow_m3s: float, index: int) -> float: ...
    def storage_m3(self) -> float: ...


def _carrier(scenario: Scenario, link: Link, flood: Flood, base_m3s: float) -> tuple[_Carrier, float]:
    """The link at work and the steady flow below it."""
    file, name = scenario.file, str(link.target)
    if link.kind == "catchment":
        catchment = next(one for one in file.catchments if one.id == name)
        land = _Land(catchment, flood.runoff_m3s[name], file.step_s)
        return land, base_m3s + catchment.baseflow_m3s
    if link.kind == "reservoir":
        entry = next(one for one in file.reservoirs if one.station == name)
        steps = flood.reservoirs.setdefault(name, [])
        return _Lake(entry, steps, file.step_s), base_m3s
    if link.kind == "reach":
        numbers = scenario.reaches[name]
        return _Stretch(MuskingumReach(numbers.k_h, numbers.x, file.step_s, base_m3s)), base_m3s
    gauge = next(one for one in file.gauges if one.station == name)
    flood.ratings[name] = Rating(gauge.rating.zero_m, gauge.rating.a, gauge.rating.b)
    return _Staff(flood.discharge_m3s.setdefault(name, [])), base_m3s


class _Land:
    """A catchment: adds its own water."""

    def __init__(self, catchment: Catchment, runoff: list[float], step_s: float) -> None:
        self._base_m3s, self._runoff = catchment.baseflow_m3s, runoff
        self._cascade = NashCascade(catchment.nash.n, catchment.nash.k_h, step_s, catchment.baseflow_m3s)

    def source_m3s(self, index: int) -> float:
        return self._runoff[index] + self._base_m3s

    def step(self, flow_m3s: float, index: int) -> float:
        return flow_m3s + self._cascade.step(self.source_m3s(index))

    def storage_m3(self) -> float:
        return self._cascade.storage_m3


class _Lake:
    """A reservoir: keeps water back and writes down what it did."""

    def __init__(self, entry: ReservoirEntry, steps: list[ReservoirStep], step_s: float) -> None:
        self._steps = steps
        gates = entry.spillway
        self._reservoir = Reservoir(
            storage_hm3=Curve(entry.storage),
            level_m=entry.start_level_m,
            turbine_max_m3s=entry.turbine.max_m3s,
            turbine_from_m=entry.turbine.min_level_m,
            spillway=Spillway(
                gates.gates, gates.max_m3s, Curve(gates.rule), gates.ramp_m3s_per_h, gates.decide_every_min * 60
            ),
            step_s=step_s,
        )

    def source_m3s(self, index: int) -> float:
        del index
        return 0.0

    def step(self, flow_m3s: float, index: int) -> float:
        del index
        self._steps.append(self._reservoir.step(flow_m3s))
        return self._steps[-1].outflow_m3s

    def storage_m3(self) -> float:
        return self._reservoir.storage_m3


class _Stretch:
    """A reach of river: delays and flattens."""

    def __init__(self, reach: MuskingumReach) -> None:
        self._reach = reach

    def source_m3s(self, index: int) -> float:
        del index
        return 0.0

    def step(self, flow_m3s: float, index: int) -> float:
        del index
        return self._reach.step(flow_m3s)

    def storage_m3(self) -> float:
        return self._reach.storage_m3


class _Staff:
    """A gauge: only looks."""

    def __init__(self, series: list[float]) -> None:
        self._series = series

    def source_m3s(self, index: int) -> float:
        del index
        return 0.0

    def step(self, flow_m3s: float, index: int) -> float:
        del index
        self._series.append(flow_m3s)
        return flow_m3s

    def storage_m3(self) -> float:
        return 0.0


def _without_spin_up(flood: Flood, spin_up: int) -> Flood:
    """The series from the beginning of the history on."""
    for table in (flood.rain_mm, flood.runoff_m3s, flood.discharge_m3s):
        for name in table:
            table[name] = table[name][spin_up:]
    flood.reservoirs = {name: steps[spin_up:] for name, steps in flood.reservoirs.items()}
    flood.first_h += spin_up * flood.step_s / _HOUR_S
    return flood
