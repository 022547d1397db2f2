"""Units as devices write them, and what a number in one of them is in the unit of a property.

The names are those of SenML (RFC 8428 section 12.1, secondary units of RFC 8798) and the spellings that data sheets
use. A unit of another dimension than the property's is a mistake, never a guess.
"""

from collections.abc import Mapping
from typing import NamedTuple

_DIGITS = 9
"""Decimals that are kept: far below any instrument, above the noise of multiplying (57 cm are 0.57 m)."""


class Unit(NamedTuple):
    """A number in this unit, times `factor` plus `offset`, is in the base unit of its dimension."""

    dimension: str
    factor: float
    offset: float = 0.0


UNITS: Mapping[str, Unit] = {
    "m": Unit("length", 1.0),
    "km": Unit("length", 1000.0),
    "dm": Unit("length", 0.1),
    "cm": Unit("length", 0.01),
    "mm": Unit("length", 0.001),
    "in": Unit("length", 0.0254),
    "ft": Unit("length", 0.3048),
    "Cel": Unit("temperature", 1.0),
    "°C": Unit("temperature", 1.0),
    "C": Unit("temperature", 1.0),
    "K": Unit("temperature", 1.0, -273.15),
    "degF": Unit("temperature", 5 / 9, -160 / 9),
    "°F": Unit("temperature", 5 / 9, -160 / 9),
    "F": Unit("temperature", 5 / 9, -160 / 9),
    "/": Unit("ratio", 1.0),
    "%": Unit("ratio", 0.01),
    "%RH": Unit("ratio", 0.01),
    "%EL": Unit("ratio", 0.01),
    "m/s": Unit("speed", 1.0),
    "km/h": Unit("speed", 1 / 3.6),
    "kn": Unit("speed", 1852 / 3600),
    "mph": Unit("speed", 0.44704),
    "deg": Unit("angle", 1.0),
    "rad": Unit("angle", 57.29577951308232),
    "ug/m3": Unit("density", 1.0),
    "µg/m3": Unit("density", 1.0),
    "mg/m3": Unit("density", 1000.0),
    "kg/m3": Unit("density", 1e9),
    "m3/s": Unit("flow", 1.0),
    "l/s": Unit("flow", 0.001),
    "m3/h": Unit("flow", 1 / 3600),
    "ft3/s": Unit("flow", 0.028316846592),
    "V": Unit("voltage", 1.0),
    "mV": Unit("voltage", 0.001),
    "dBm": Unit("power", 1.0),
    "dBW": Unit("power", 1.0, 30.0),
    "dB": Unit("gain", 1.0),
    "count": Unit("count", 1.0),
}

OWN: Mapping[str, str] = {
    "water_level_m": "m",
    "rain_mm": "mm",
    "rain_acc_mm": "mm",
    "temperature_c": "Cel",
    "humidity_pct": "%",
    "wind_speed_ms": "m/s",
    "wind_dir_deg": "deg",
    "pm25_ugm3": "ug/m3",
    "smoke_ratio": "/",
    "discharge_m3s": "m3/s",
    "htl": "m",
    "hdbt": "m",
    "hc": "m",
    "qve": "m3/s",
    "qxt": "m3/s",
    "qxm": "m3/s",
    "ncxs": "count",
    "ncxm": "count",
    "battery_v": "V",
    "battery_pct": "%",
    "rssi_dbm": "dBm",
    "snr_db": "dB",
}
"""The unit each property and each figure of a device's health is stored in."""


def fits(unit: str, name: str) -> bool:
    """Whether a number in `unit` can be turned into what `name` is stored in."""
    given, own = UNITS.get(unit), OWN.get(name)
    return given is not None and own is not None and given.dimension == UNITS[own].dimension


def converted(value: float, unit: str, name: str) -> float:
    """`value` in `unit` as the number `name` is stored as. The two must fit (see `fits`)."""
    own = OWN[name]
    given, wanted = UNITS[unit], UNITS[own]
    if (given.factor, given.offset) == (wanted.factor, wanted.offset):
        return value
    return round((value * given.factor + given.offset - wanted.offset) / wanted.factor, _DIGITS)
