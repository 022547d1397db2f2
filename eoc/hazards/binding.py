"""Which rules watch a station: the one table from a station and the province's parameters to its rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eoc.hazards.dam_failure import DamFailureParams, DamFailureRule
from eoc.hazards.rain import RAIN_HAZARDS, RainParams, RainRule
from eoc.hazards.river_flood import FloodParams, FloodRule
from eoc.hazards.rule import StationRule
from eoc.hazards.smoke import SmokeParams
from eoc.hazards.smoke import bind as bind_smoke
from eoc.hazards.wind import WindParams, WindRule
from eoc.model import Station


@dataclass(frozen=True, slots=True)
class HazardParams:
    """The parameters of every rule that the pack switches on; None = that rule is off."""

    flood: FloodParams = field(default_factory=FloodParams)
    smoke: SmokeParams | None = None
    rain: RainParams | None = None
    susceptibility: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(commune, hazard) to low, medium or high; what is not there is unknown."""
    wind: WindParams | None = None
    dam_failure: DamFailureParams | None = None


def _flood(station: Station, params: HazardParams) -> Sequence[StationRule]:
    return [FloodRule.of(station, params.flood)]


def _rain(station: Station, params: HazardParams) -> Sequence[StationRule]:
    if params.rain is None:
        return []
    return [
        RainRule.of(hazard, station, params.rain, params.susceptibility.get((station.area or "", hazard)))
        for hazard in RAIN_HAZARDS
        if params.rain.rows.get(hazard)
    ]


def _wind(station: Station, params: HazardParams) -> Sequence[StationRule]:
    return [] if params.wind is None else [WindRule.of(station, params.wind)]


def _dam_failure(station: Station, params: HazardParams) -> Sequence[StationRule]:
    rule = None if params.dam_failure is None else DamFailureRule.of(station, params.dam_failure)
    return [] if rule is None else [rule]


def _smoke(station: Station, params: HazardParams) -> Sequence[StationRule]:
    return bind_smoke(station, params.smoke)


Binder = Callable[[Station, HazardParams], Sequence[StationRule]]
BINDERS: tuple[Binder, ...] = (_flood, _rain, _wind, _dam_failure, _smoke)


def rules_of(station: Station, params: HazardParams) -> tuple[StationRule, ...]:
    """Every rule that applies to a station. ValueError when its own parameters contradict one of them."""
    return tuple(rule for bind in BINDERS for rule in bind(station, params))
