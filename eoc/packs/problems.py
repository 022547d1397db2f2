"""What is wrong with a pack, precisely enough to be mended: file, line, field, and a code of the
catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from eoc.errors import Invalid

Severity = Literal["error", "warning", "note"]
"""An `error` stops the pack from loading, a `warning` is probably a mistake, a `note` tells what the pack
does not say and what the product therefore does not do."""

Path = tuple[str | int, ...]
"""Where in a file: ("stations", 2, "thresholds", "bd2")."""


def spelled(path: Path) -> str:
    """A path as people read it: `stations[2].thresholds.bd2`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `code` is a key of the message catalogue and `params` fill its sentence.

    `file` is relative to the pack with forward slashes, `line` counts from 1 (None: the whole file), `path`
    is the field as written by `spelled`. Personal data never enters `params`.
    """

    file: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    path: str = ""
    severity: Severity = "error"

    def place(self) -> str:
        """`stations.yaml:12 stations[2].thresholds.bd2`, the way compilers point."""
        spot = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{spot} {self.path}".rstrip()

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "path": self.path,
            "severity": self.severity,
            "code": self.code,
            "params": dict(self.params),
        }


class PackInvalid(Invalid):
    """A pack that cannot be used; `problems` lists everything that was found, not only the first."""

    def __init__(self, pack: str, problems: Sequence[Problem]) -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        first = errors[0].place() if errors else ""
        super().__init__("pack.invalid", pack=pack, count=len(errors), first=first)
        self.problems = tuple(problems)
