"""Codec `senml`: Sensor Measurement Lists in JSON (RFC 8428), the records of one or many devices in one pack.

`resolve` is the RFC's section 4.6: base values put into every record, relative times made absolute. A device is the
longest entry of `devices` that a resolved name begins with; what follows (without `:`, `/`, `.`, `-` or `_` between) is
the field, `v` when nothing does. A sum has `.sum` behind it. CBOR, XML and EXI are not read.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from eoc.clock import to_us
from eoc.packs.sources import SourceEntry
from sensors.codecs import documents
from sensors.codecs.moments import Fault, from_epoch_ms, shown
from sensors.codecs.translate import Bad, Heard, Report, Translating

VERSION: Final = 10
RELATIVE_BELOW_S: Final = 2.0**28
"""Times below are relative to now (section 4.5.3)."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")
_BETWEEN: Final = ":/.-_"
_BASE: Final = ("bn", "bt", "bu", "bv", "bs")
_NUMBERS: Final = frozenset({"bt", "bv", "bs", "v", "s", "t", "ut", "bver"})
_TEXTS: Final = frozenset({"bn", "bu", "n", "u", "vs", "vd"})
_VALUES: Final = ("v", "vs", "vb", "vd")

Resolved = dict[str, Any]
"""A record by itself: `n`, `t` (seconds since 1970), one of `v vs vb vd` or only `s`, perhaps `u`, `s`, `ut`."""


def resolve(pack: Sequence[Any], now_s: float) -> list[Resolved | Fault | None]:
    """One entry per record of a pack, in order; None for one that only sets base values for those after it.

    Raises `Fault` when the pack must not be read at all: a version or a field (`..._`) that we do not understand.
    """
    return [answer for answer, _ in _resolve(pack, now_s)]


def _resolve(pack: Sequence[Any], now_s: float) -> list[tuple[Resolved | Fault | None, bool]]:
    """As `resolve`, each with whether its time depends on when it arrives. A `Fault` in the pack stays one."""
    base: dict[str, Any] = {}
    found: list[tuple[Resolved | Fault | None, bool]] = []
    for record in pack:
        if isinstance(record, dict):
            _understood(record)
    for record in pack:
        try:
            _typed(record)
            base.update((name, record[name]) for name in _BASE if name in record)
            relative = base.get("bt", 0) + record.get("t", 0) < RELATIVE_BELOW_S
            found.append((_one(record, base, now_s), relative))
        except Fault as fault:
            found.append((fault, False))
    return found


def _understood(record: Mapping[str, Any]) -> None:
    for name in record:
        if name.endswith("_"):
            raise Fault("senml_not_understood", {"field": shown(name)})
    version = record.get("bver", VERSION)
    if isinstance(version, bool) or not isinstance(version, int | float) or not 0 < version <= VERSION:
        raise Fault("senml_version", {"version": shown(version), "limit": VERSION})


def _typed(record: Any) -> None:
    if isinstance(record, Fault):
        raise record
    if not isinstance(record, dict):
        raise Fault("record_not_object", {"given": shown(record)})
    for name, value in record.items():
        if name in _NUMBERS:
            sound = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300
        else:
            sound = isinstance(value, str if name in _TEXTS else bool if name == "vb" else object)
        if not sound:
            raise Fault("senml_type", {"field": name, "value": shown(value)})


def _one(record: Mapping[str, Any], base: Mapping[str, Any], now_s: float) -> Resolved | None:
    values = [name for name in _VALUES if name in record]
    if len(values) > 1:
        raise Fault("senml_values", {"count": len(values)})
    if record and all(name.startswith("b") for name in record):
        return None
    name = f"{base.get('bn', '')}{record.get('n', '')}"
    if not _NAME.fullmatch(name):
        raise Fault("senml_name", {"name": shown(name)})
    resolved: Resolved = {"n": name}
    unit = record.get("u", base.get("bu"))
    if unit is not None:
        resolved["u"] = unit
    at = base.get("bt", 0) + record.get("t", 0)
    resolved["t"] = at + now_s if at < RELATIVE_BELOW_S else at
    if values and values[0] != "v":
        resolved[values[0]] = record[values[0]]
    elif "v" in record or "bv" in base:
        # A missing one of the two counts as zero (section 4.1).
        resolved["v"] = base.get("bv", 0) + record.get("v", 0)
    if "s" in record or "bs" in base:
        resolved["s"] = base.get("bs", 0) + record.get("s", 0)
    if not any(name in resolved for name in (*_VALUES, "s")):
        raise Fault("senml_values", {"count": 0})
    if "ut" in record:
        resolved["ut"] = record["ut"]
    return resolved


class SenML(Translating):
    """See the module."""

    kind: ClassVar = "senml"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry)
        self._names = sorted(entry.devices, key=len, reverse=True)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        raws = documents.records(heard.payload)
        resolved = _resolve([_parsed(raw) for raw in raws], to_us(heard.received_at) / 1e6)
        found: list[Report | Bad] = []
        for raw, (answer, relative) in zip(raws, resolved, strict=True):
            if answer is None:
                continue
            if isinstance(answer, dict) and relative and heard.retained:
                # What a broker remembered has no "now": told again at each reconnect, an old flood would be a new one.
                answer = Fault("time_relative")
            found.append(self._report(answer, raw))
        return found

    def _report(self, resolved: Resolved | Fault, raw: bytes) -> Report | Bad:
        if isinstance(resolved, Fault):
            return Bad(resolved, raw)
        try:
            at = from_epoch_ms(resolved["t"] * 1000)
        except Fault as fault:
            return Bad(fault, raw)
        name = resolved["n"]
        device = next((known for known in self._names if _begins(name, known)), None)
        field = "v" if device is None else name.removeprefix(device).lstrip(_BETWEEN) or "v"
        fields = [(field, resolved[value]) for value in _VALUES if value in resolved]
        # Of a sum the unit is the record's, times seconds: the mapping has to say what it makes of that.
        units = {field: resolved["u"]} if fields and "u" in resolved else {}
        total = f"{field}.sum"
        if "s" in resolved:
            fields.append((total, resolved["s"]))
        optional = frozenset({total}) if len(fields) > 1 else frozenset()
        return Report((device or name,), at, fields, raw, units=units, optional=optional)


def _parsed(raw: bytes) -> Any:
    try:
        return documents.parse(raw)
    except Fault as fault:
        return fault


def _begins(name: str, device: str) -> bool:
    """Whether a resolved name is the device's: `urn:dev:7` is not the beginning of `urn:dev:71`."""
    if not name.startswith(device):
        return False
    rest = name[len(device) :]
    return not rest or device[-1] in _BETWEEN or rest[0] in _BETWEEN
