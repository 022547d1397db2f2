"""JSON that came from elsewhere, as plain values: strict about what is in doubt, and never deeper than it must be."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from sensors.codecs.diagnosis import whole_fault
from sensors.codecs.moments import Fault, shown

MAX_BYTES: Final = 65_536
MAX_RECORDS: Final = 1_000
_MAX_DEPTH: Final = 16
_MAX_LEAVES: Final = 500

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def check_size(payload: bytes) -> None:
    if len(payload) > MAX_BYTES:
        raise Fault("payload_too_large", {"bytes": len(payload), "limit": MAX_BYTES})


def parse(raw: bytes) -> Any:
    """The document; raises `Fault` for anything that two readers might read differently."""
    if not raw.strip():
        raise Fault("payload_empty")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("not_utf8", {"at": error.start}) from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_not_finite, parse_float=_float)
    except json.JSONDecodeError as error:
        raise Fault("json_invalid", {"at": len(text[: error.pos].encode()), "detail": error.msg}) from None
    except RecursionError:
        raise Fault("json_too_deep") from None
    except ValueError:  # an integer of thousands of digits
        raise Fault("json_invalid", {"at": 0, "detail": "number too long"}) from None


def parse_object(raw: bytes) -> dict[str, Any]:
    """The document, which must be an object."""
    found = parse(raw)
    if not isinstance(found, dict):
        raise Fault("record_not_object", {"given": _kind(found)})
    return found


def records(payload: bytes) -> list[bytes]:
    """The bytes of each record: of every item of a list, or of the one object there is."""
    if payload.lstrip()[:1] != b"[":
        return [payload]
    try:
        parts = _split(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise whole_fault(payload) from None
    if not parts:
        raise Fault("records_none")
    if len(parts) > MAX_RECORDS:
        raise Fault("records_too_many", {"count": len(parts), "limit": MAX_RECORDS})
    return [bytes(part) for part in parts]


def at(document: Any, path: str) -> Any:
    """What stands at `a.b.c`; None when there is no such thing. A key that holds dots itself goes first."""
    if not isinstance(document, dict):
        return None
    if path in document:
        return document[path]
    head, _, rest = path.partition(".")
    return at(document.get(head), rest) if rest else None


def text_at(document: Any, path: str) -> str | None:
    """As `at`, but only text."""
    found = at(document, path)
    return found if isinstance(found, str) else None


def leaves(document: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """(path, value) of everything inside that is no object and no list; raises `Fault` for far too much of it."""
    found: list[tuple[str, Any]] = []
    for leaf in _walk(document, prefix, 0):
        found.append(leaf)
        if len(found) > _MAX_LEAVES:
            raise Fault("fields_too_many", {"limit": _MAX_LEAVES})
    return found


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        raise Fault("json_too_deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{index}" if path else str(index), depth + 1)
    else:
        yield path, value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Fault("field_repeated", {"field": shown(name)})
            seen.add(name)
    return fields


def _not_finite(text: str) -> Any:
    raise Fault("json_invalid", {"at": 0, "detail": text})


def _float(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise Fault("json_invalid", {"at": 0, "detail": shown(text)})
    return value


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "string" if isinstance(value, str) else "number"
