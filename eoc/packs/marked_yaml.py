"""YAML with the line of every key, and without YAML's traps.

PyYAML's parser (the C one where there is one) gives the events; values are read here by the JSON-like rules
of YAML 1.2, because by those of 1.1 the commune code 0123 is octal, `no` is false, and 12:30 is 750. Tags
are refused, and so are aliases: a pack is read by people, and nine nested aliases can fill the memory. The
tree is not built by PyYAML either: its C composer recurses without a limit, so that a file of 100,000
brackets ends the process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from eoc.packs.names import nfc
from eoc.packs.problems import Path

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 40
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "True": True, "false": False, "False": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in the writing itself: the line, the path as far as known, a message code and its facts."""

    line: int
    code: str
    params: dict[str, Any]
    path: Path = ()


@dataclass(slots=True)
class Marked:
    """A parsed file: its data, the line of each path, and the faults met on the way."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it (for a field that is missing)."""
        for end in range(len(path), -1, -1):
            found = self.lines.get(path[:end])
            if found is not None:
                return found
        return None


def parse_yaml(text: str) -> Marked:
    """Read one YAML document; never raises for bad input, the faults say what is wrong."""
    marked = Marked()
    try:
        _Builder(marked, yaml.parse(text, Loader=_LOADER)).document()
    except _TooDeepError as error:
        marked.faults.append(Fault(error.line, "pack.too_deep", {"limit": _MAX_DEPTH}))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        detail = error.problem or error.context or ""
        marked.faults.append(Fault(line, "pack.yaml_syntax", {"detail": detail}))
    except yaml.YAMLError as error:
        # A control character: the reader knows only its position in the text.
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        detail = getattr(error, "reason", str(error))
        marked.faults.append(Fault(line, "pack.yaml_syntax", {"detail": detail}))
    return marked


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Builder:
    """Turns parser events into plain Python values and writes down where each of them stood."""

    def __init__(self, marked: Marked, events: Iterator[Any]) -> None:
        self._marked = marked
        self._events = events

    def document(self) -> None:
        """The first document of the stream; a second one is a mistake (a stray `---`)."""
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self._marked.lines:
                    self._fault(event, "pack.second_document", ())
                    return
                self._marked.data = self._value(next(self._events), ())

    def _value(self, event: Any, path: Path) -> Any:
        line = _line(event)
        self._marked.lines.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent):
            self._fault(event, "pack.yaml_alias", path)
            return None
        if len(path) > _MAX_DEPTH:
            raise _TooDeepError(line)
        if event.tag is not None:
            self._fault(event, "pack.yaml_tag", path, tag=event.tag)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(path))
        return dict(self._pairs(path))

    def _items(self, path: Path) -> Iterator[Any]:
        index = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._value(event, (*path, index))
            index += 1

    def _pairs(self, path: Path) -> Iterator[tuple[str, Any]]:
        first_line: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._fault(event, "pack.key_not_text", path)
                self._value(event, (*path, "?"))
                self._value(next(self._events), (*path, "?"))
                continue
            key, line = nfc(event.value), _line(event)
            if key in first_line:
                self._fault(event, "pack.duplicate_key", (*path, key), key=key, first_line=first_line[key])
                self._value(next(self._events), (*path, key))
                continue
            first_line[key] = line
            self._marked.lines[(*path, key)] = line
            yield key, self._value(next(self._events), (*path, key))

    def _fault(self, event: Any, code: str, path: Path, **params: Any) -> None:
        self._marked.faults.append(Fault(_line(event), code, params, path))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = nfc(event.value)
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 20 else text
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
