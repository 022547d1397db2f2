"""Which rules watch a station: the one table from a station and the province's parameters to its rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eoc.hazards.river_flood import FloodParams, FloodRule
from eoc.hazards.rule import StationRule
from eoc.model import Station


@dataclass(frozen=True, slots=True)
class HazardParams:
    """The parameters of every rule that the pack switches on; None = that rule is off."""

    flood: FloodParams = field(default_factory=FloodParams)


def _flood(station: Station, params: HazardParams) -> Sequence[StationRule]:
    return [FloodRule.of(station, params.flood)]


Binder = Callable[[Station, HazardParams], Sequence[StationRule]]
BINDERS: tuple[Binder, ...] = (_flood,)


def rules_of(station: Station, params: HazardParams) -> tuple[StationRule, ...]:
    """Every rule that applies to a station. ValueError when its own parameters contradict one of them."""
    return tuple(rule for bind in BINDERS for rule in bind(station, params))
