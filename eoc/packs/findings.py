"""Turns what pydantic says about one item into problems, and saves the rest of it for the other checks."""

import copy
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from eoc.packs.marked_yaml import Marked
from eoc.packs.problems import Path, Problem, Severity, spelled

Model = TypeVar("Model", bound=BaseModel)
_SHOWN = 60
_LIMITS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", "≥"),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "≤"),
}
_EXPECTED = {
    "int": "whole number",
    "float": "number",
    "string": "text",
    "bool": "true/false",
    "list": "list",
    "tuple": "list",
    "dict": "mapping",
    "model": "mapping",
}
_PRIVATE = frozenset({"phone", "name"})
"""Fields of people whose content must not be repeated in a problem."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[Model]):
    """A valid item and where it stands."""

    value: Model
    file: str
    line: int | None
    path: Path = ()
    marked: Marked | None = None

    def at(self, *steps: str | int) -> tuple[int | None, Path]:
        """Line and path of a field of the item."""
        path = (*self.path, *steps)
        if self.marked is None:
            return self.line, path
        return self.marked.line(path), path


@dataclass(slots=True)
class Findings:
    """The list every check writes to."""

    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        file: str,
        code: str,
        /,
        *,
        line: int | None = None,
        path: Path = (),
        severity: Severity = "error",
        **params: Any,
    ) -> None:
        """Note one problem."""
        self.problems.append(Problem(file, code, params, line, spelled(path), severity))

    def on(
        self, item: Placed[Any], code: str, /, *steps: str | int, severity: Severity = "error", **params: Any
    ) -> None:
        """Note a problem at a field of an item."""
        line, path = item.at(*steps)
        self.add(item.file, code, line=line, path=path, severity=severity, **params)

    def sorted(self) -> list[Problem]:
        """By file and line, errors before notes on one line, each problem once."""
        rank = {"error": 0, "warning": 1, "note": 2}
        unique = {(p.file, p.line, p.path, p.code, str(sorted(p.params.items()))): p for p in self.problems}
        return sorted(unique.values(), key=lambda p: (p.file, p.line or 0, rank[p.severity], p.path, p.code))


def validate(
    model: type[Model],
    data: Any,
    file: str,
    findings: Findings,
    *,
    path: Path = (),
    marked: Marked | None = None,
    line: int | None = None,
    private: bool = False,
) -> Placed[Model] | None:
    """The item as a model, its mistakes noted; None when too little of it is sound.

    An item with a mistake in one field is still returned without that field, so that its other fields take
    part in the checks between files: whoever mends a pack wants the whole list at once.
    """
    where = marked.line(path) if marked else line
    try:
        return Placed(model.model_validate(data), file, where, path, marked)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for detail in details:
        steps = tuple(step for step in detail["loc"] if step != "[key]")
        code, params = _explain(detail, model, private=private)
        at = marked.line((*path, *steps)) if marked else line
        findings.add(file, code, line=at, path=(*path, *steps), **params)
    if not isinstance(data, dict):
        return None
    faulty = [detail["loc"] for detail in details]
    for rest in (_without_fields(data, faulty), _without_sections(data, faulty)):
        try:
            return Placed(model.model_validate(rest), file, where, path, marked)
        except ValidationError:
            continue
    return None


def _without_fields(data: dict[str, Any], faulty: Sequence[Path]) -> dict[str, Any]:
    """The item without exactly the faulty fields. List items stay, so that later paths keep their numbers."""
    rest = copy.deepcopy(data)
    for loc in faulty:
        holder: Any = rest
        for step in loc[:-1]:
            inside = holder[step] if isinstance(holder, dict) and step in holder else None
            if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
                inside = holder[step]
            holder = inside
        if isinstance(holder, dict) and loc:
            holder.pop(loc[-1], None)
    return rest


def _without_sections(data: Mapping[str, Any], faulty: Sequence[Path]) -> dict[str, Any]:
    """The item without every section that has a fault in it."""
    dropped = {loc[0] for loc in faulty if loc}
    return {key: value for key, value in data.items() if key not in dropped}


def _explain(detail: ErrorDetails, model: type[BaseModel], *, private: bool) -> tuple[str, dict[str, Any]]:
    kind, facts = detail["type"], dict(detail.get("ctx") or {})
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    got = _shown(detail["input"]) if not (private and name in _PRIVATE) else "…"
    if "." in kind:
        # One of ours: a validator raised it with its message code; pydantic's own types have no dots.
        return kind, facts
    if kind == "missing":
        return "pack.missing_field", {"field": name}
    if kind == "extra_forbidden":
        return _unknown(name, detail["loc"], model)
    if kind in _LIMITS:
        key, sign = _LIMITS[kind]
        return "pack.out_of_range", {"got": got, "limit": f"{sign} {facts[key]}"}
    if kind in ("literal_error", "enum"):
        return "pack.not_one_of", {"got": got, "allowed": str(facts.get("expected", "")).replace("'", "")}
    if kind == "string_pattern_mismatch":
        return "pack.bad_format", {"got": got, "expected": facts.get("pattern", "")}
    if kind in ("string_too_short", "string_too_long"):
        return "pack.bad_length", {"got": got}
    if kind in ("too_short", "too_long"):
        return "pack.bad_count", {"got": facts.get("actual_length", 0)}
    expected = next((word for start, word in _EXPECTED.items() if kind.startswith(start)), None)
    if expected is not None:
        return "pack.wrong_type", {"expected": expected, "got": got}
    return "pack.bad_value", {"got": got, "detail": detail["msg"]}


def _unknown(name: str, loc: Sequence[str | int], model: type[BaseModel]) -> tuple[str, dict[str, Any]]:
    known = _fields_at(model, loc[:-1])
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return "pack.unknown_field_suggest", {"field": name, "suggestion": close[0]}
    return "pack.unknown_field", {"field": name, "known": ", ".join(sorted(known))}


def _fields_at(model: type[BaseModel], steps: Sequence[str | int]) -> list[str]:
    """Field names of the model that a path leads to; the outer ones when the way is not a plain model."""
    current = model
    for step in steps:
        info = current.model_fields.get(str(step))
        if info is None:
            continue
        for candidate in _models_in(info.annotation):
            current = candidate
    return list(current.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[…]"
    text = "null" if value is None else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
