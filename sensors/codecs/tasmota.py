"""Codec `tasmota`: the periodic telemetry of Tasmota firmware, `tele/<topic>/SENSOR` and `tele/<topic>/STATE`.

Fields of SENSOR are `<sensor>.<reading>` (`DS18B20.Temperature`). STATE tells about the device: its Wi-Fi signal is
taken as `rssi_dbm`, everything else only where the source maps it. Tasmota's clock names no zone unless told to
(`SetOption52 1`), so a source usually says `naive_time: "+07:00"`. A sensor that does not answer is written as null:
missing, not zero. Source: Tasmota documentation, "MQTT", "JSON status responses".
"""

from typing import Any, ClassVar, Final

from eoc.packs.sources import SourceEntry
from sensors.codecs import documents
from sensors.codecs.translate import Bad, Heard, Report, Translating

_TEMPERATURES: Final = ("Temperature", "DewPoint")
_SPEEDS: Final = {"km/h": "km/h", "m/s": "m/s", "mph": "mph", "kn": "kn"}


class Tasmota(Translating):
    """See the module. The topic names the device."""

    kind: ClassVar = "tasmota"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        if heard.topic.endswith("/LWT"):
            return []  # the last will, a bare word: not a record
        told = documents.parse_object(heard.payload)
        time_path = self.entry.time or "Time"
        fields = [each for each in documents.leaves(told) if each[0] != time_path]
        is_state = heard.topic.endswith("/STATE") or "UptimeSec" in told
        return [
            Report(
                devices=(self.device_of(heard.topic),),
                at=documents.at(told, time_path),
                fields=fields,
                raw=heard.payload,
                units=_units(told, fields),
                health=_health(told) if is_state else {},
                optional=frozenset(name for name, _ in fields if is_state or _is_bookkeeping(name)),
            )
        ]


def _units(told: dict[str, Any], fields: list[tuple[str, Any]]) -> dict[str, str]:
    """Tasmota names the unit of all its temperatures once, and that of all its speeds."""
    units: dict[str, str] = {}
    temperature, speed = told.get("TempUnit"), told.get("SpeedUnit")
    for name, _ in fields:
        last = name.rpartition(".")[2]
        if last in _TEMPERATURES and temperature in ("C", "F"):
            units[name] = "Cel" if temperature == "C" else "degF"
        elif "Speed" in last and isinstance(speed, str) and speed in _SPEEDS:
            units[name] = _SPEEDS[speed]
    return units


def _health(told: dict[str, Any]) -> dict[str, float]:
    signal = documents.at(told, "Wifi.Signal")
    if isinstance(signal, int | float) and not isinstance(signal, bool):
        return {"rssi_dbm": signal}
    return {}


def _is_bookkeeping(name: str) -> bool:
    return name.endswith("Unit") or name.rpartition(".")[2] in {"Id", "Address"}
