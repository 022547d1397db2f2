"""`devices.yaml`: when a device needs somebody's hands, and which stations speak through one gateway.

Everything may be left out: without `battery` no battery is ever low, without `storm` silence is urgent only where a
case is open, without `gateways` every station is on its own.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import Id, Part, Positive, Source, Text


class Silence(Part):
    """How many intervals of waiting make a regular sender silent."""

    intervals: Annotated[float, Field(ge=1.5, le=10)]
    source: Source


class Battery(Part):
    """Low at or below, by the device's own word: volts, or per cent of charge."""

    low_v: Positive | None = None
    low_pct: Annotated[Positive, Field(lt=100)] | None = None
    source: Source

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.low_v is None and self.low_pct is None:
            raise PydanticCustomError("pack.battery_empty", "neither volts nor per cent")
        return self


class Storm(Part):
    """A silent station is urgent when a neighbour on its river rises at least this fast."""

    rise_m_per_h: Positive
    within_km: Positive
    source: Source


class GatewayEntry(Part):
    """A logger, LoRaWAN server or hub: when it is down, that is one ticket and not one for each station."""

    id: Id
    name: Text
    stations: Annotated[tuple[Id, ...], Field(min_length=1)]


class Devices(Part):
    """The whole file."""

    silence: Silence | None = None
    battery: Battery | None = None
    storm: Storm | None = None
    gateways: tuple[GatewayEntry, ...] = ()
