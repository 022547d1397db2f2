"""`SPOOL/rejected.jsonl`: every record that was refused, as it came and with the reason, until somebody has looked.

One JSON object a line. `by`: `gateway` (refused before it was kept) or `eoc` (the product's quarantine). `line` can be
corrected and fed again; bytes that are no text come as `base64` instead.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from eoc.clock import iso, wall_now
from eoc.model import Refusal

_encode = msgspec.json.Encoder().encode


class Rejections:
    """The open file; what `add` was given is on the disk when it returns."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a+b", buffering=0)
        self._file.seek(0)
        content = self._file.read()
        # The last line of a process that was killed while writing it: its record was not let go, and comes again.
        self._size = content.rfind(b"\n") + 1
        self._file.truncate(self._size)

    def add(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Raises OSError when the disk refuses; then none of them is kept."""
        data = b"".join(_encode(entry) + b"\n" for entry in entries)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fdatasync(self._file.fileno())
        except OSError:
            self._file.truncate(self._size)
            raise
        self._size += len(data)

    def close(self) -> None:
        self._file.close()


def entry(
    by: Literal["gateway", "eoc"], code: str, params: Mapping[str, Any], raw: bytes, **more: Any
) -> dict[str, Any]:
    """One refused record; `more` are station, boot and seq as far as they are known."""
    facts = {"at": iso(wall_now()), "by": by, "code": code, "params": dict(params), **more}
    try:
        return {**facts, "line": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {**facts, "base64": base64.b64encode(raw).decode()}


def entry_of(refusal: Refusal) -> dict[str, Any]:
    """What the checks before the spool turned away."""
    identity = {"station": refusal.station, "boot": refusal.boot, "seq": refusal.seq}
    return entry("gateway", refusal.code, refusal.params, refusal.raw, **identity)
