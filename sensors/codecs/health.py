"""What a device or its network says about its own health: names and limits of the figures we keep."""

from collections.abc import Mapping
from typing import Any, Final

RANGE: Final[Mapping[str, tuple[float, float]]] = {
    "battery_v": (0.0, 100.0),
    "battery_pct": (0.0, 100.0),
    "rssi_dbm": (-200.0, 30.0),
    "snr_db": (-60.0, 60.0),
}
"""A figure outside is left out; it is no reason to refuse a reading."""

_SPELLED: Final = {"rssi": "rssi_dbm", "snr": "snr_db", **{name: name for name in RANGE}}


def is_plausible(name: str, value: Any) -> bool:
    """Whether `value` is a number, and one that `name` can be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = RANGE[name]
    return low <= value <= high


def of_record(quality: Any) -> dict[str, float] | None:
    """The figures of a record's `q` that we have a name for (`rssi` is in dBm); None when there is none."""
    if not isinstance(quality, dict):
        return None
    found = {
        _SPELLED[name]: float(value)
        for name, value in quality.items()
        if name in _SPELLED and is_plausible(_SPELLED[name], value)
    }
    return found or None
