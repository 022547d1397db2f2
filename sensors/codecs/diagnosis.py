"""What exactly is wrong with a payload: the slow path of codec `json`, taken only by payloads that are refused.

Python's own parser is used on purpose: it accepts more than JSON (NaN, lone surrogates, repeated keys), so each of
those can be named instead of "invalid".
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from eoc.model import PHYSICAL_RANGE
from sensors.codecs.moments import Fault, from_epoch_ms, from_text, is_boot, shown

__all__ = ["Fault", "first_fault", "record_identity", "whole_fault"]

_REQUIRED: Final = ("ts", "seq", "data")
_FIELDS: Final = frozenset({*_REQUIRED, "boot", "station", "q"})
_MAX_SEQ: Final = 2**53


class _NotFinite:
    """Stands for NaN, Infinity and numbers that no float can hold."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class _Object:
    """A JSON object as it was written, repeated keys included."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.fields = dict(pairs)
        self.repeated = _first_repeated(pairs) if len(self.fields) != len(pairs) else None

    def __repr__(self) -> str:
        return "{…}"


def first_fault(raw: bytes) -> Fault | None:
    """The first thing wrong with one record, or None if nothing is. Never raises."""
    try:
        parsed = _parse(raw)
        _check_object(parsed)
    except Fault as fault:
        return fault
    return None


def whole_fault(payload: bytes) -> Fault:
    """Why a list cannot be taken apart."""
    try:
        _parse(payload)
    except Fault as fault:
        return fault
    return Fault("json_invalid", {"at": 0, "detail": ""})


def record_identity(raw: bytes) -> tuple[str, int | None]:
    """(boot, seq) of a refused record as far as they can be made out, so that its sender can be told."""
    try:
        parsed = _parse(raw)
    except Fault:
        return "", None
    if not isinstance(parsed, _Object):
        return "", None
    boot, seq = parsed.fields.get("boot"), parsed.fields.get("seq")
    known = boot if isinstance(boot, str) and is_boot(boot) else ""
    return known, seq if type(seq) is int and 0 <= seq <= _MAX_SEQ else None


def _parse(raw: bytes) -> Any:
    if not raw.strip():
        raise Fault("payload_empty")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("not_utf8", {"at": error.start}) from None
    try:
        return json.loads(text, object_pairs_hook=_Object, parse_constant=_NotFinite, parse_float=_float)
    except json.JSONDecodeError as error:
        raise Fault("json_invalid", {"at": len(text[: error.pos].encode()), "detail": error.msg}) from None
    except RecursionError:
        raise Fault("json_too_deep") from None
    except ValueError:  # an integer of thousands of digits
        raise Fault("json_invalid", {"at": 0, "detail": "number too long"}) from None


def _float(text: str) -> Any:
    value = float(text)
    return value if abs(value) != float("inf") else _NotFinite(shown(text))


def _check_object(parsed: Any) -> None:
    if not isinstance(parsed, _Object):
        raise Fault("record_not_object", {"given": _kind(parsed)})
    fields = parsed.fields
    if parsed.repeated is not None:
        raise Fault("field_repeated", {"field": shown(parsed.repeated)})
    for name in _REQUIRED:
        if name not in fields:
            raise Fault("field_missing", {"field": name})
    for name in fields:
        if name not in _FIELDS:
            raise Fault("field_unknown", {"field": shown(name)})
    _check_ts(fields["ts"])
    seq = fields["seq"]
    if type(seq) is not int or not 0 <= seq <= _MAX_SEQ:
        raise Fault("seq_invalid", {"seq": shown(seq)})
    boot = fields.get("boot")
    if boot is not None and not (isinstance(boot, str) and is_boot(boot)):
        raise Fault("boot_invalid", {"boot": shown(boot)})
    if not isinstance(fields.get("station", ""), str | None):
        raise Fault("station_mismatch", {"given": shown(fields["station"]), "topic": ""})
    _check_data(fields["data"])
    _check_quality(fields.get("q"))


def _check_ts(ts: Any) -> None:
    if isinstance(ts, str):
        from_text(ts)
    elif isinstance(ts, int | float) and not isinstance(ts, bool):
        from_epoch_ms(ts)
    else:
        raise Fault("ts_invalid", {"ts": shown(ts)})


def _check_data(data: Any) -> None:
    if not isinstance(data, _Object):
        raise Fault("data_invalid", {"given": _kind(data)})
    if data.repeated is not None:
        raise Fault("field_repeated", {"field": shown(data.repeated)})
    if not data.fields:
        raise Fault("data_empty")
    for name, value in data.fields.items():
        if name not in PHYSICAL_RANGE:
            raise Fault("property_unknown", {"property": shown(name)})
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Fault("value_not_number", {"property": name, "value": shown(value)})
        low, high = PHYSICAL_RANGE[name]
        if not low <= value <= high:
            raise Fault("value_out_of_range", {"property": name, "value": _number(value), "low": low, "high": high})


def _number(value: float) -> float | str:
    return shown(value) if isinstance(value, int) else value


def _check_quality(quality: Any) -> None:
    if quality is None:
        return
    if not isinstance(quality, _Object):
        raise Fault("quality_invalid", {"given": _kind(quality)})
    if quality.repeated is not None:
        raise Fault("field_repeated", {"field": shown(quality.repeated)})
    for value in quality.fields.values():
        if isinstance(value, _Object | list | _NotFinite):
            raise Fault("quality_invalid", {"given": _kind(value)})


def _first_repeated(pairs: Sequence[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _kind(value: Any) -> str:
    if isinstance(value, _Object):
        return "object"
    if isinstance(value, list):
        return "array"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "string" if isinstance(value, str) else "number"
