"""The message catalogue: two complete languages, and a sentence for everything that the product may say.

Codes are found where the sources name them. What a code fills in is compared with what its sentence asks for, so that
nobody ever reads a bare `{{station}}`.
"""

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from eoc.errors import EocError
from eoc.words import Language, catalogue, placeholders

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("eoc", "sensors", "video", "dispatch", "ui")
LANGUAGES: tuple[Language, Language] = ("vi", "en")
DOTTED = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
#: Look like codes and are none: columns, files, the beginning of codes.
NO_CODES = {
    "bulletin.id", "mqtt.filters", "pack.note_no_", "pack.yaml", "secret.key", "station.id", "station.removed",
    "warning.id",
}  # fmt: skip
#: What these are called with is a code; one of a single word is told under the prefix.
TAKERS = {
    "Reason": "",
    "Check": "",
    "PydanticCustomError": "",
    "Fault": "refusal.",
    "Refusal": "refusal.",
    "refuse": "refusal.",
}
#: What these are called with is the kind of an event.
EVENTS = {"Draft", "_report"}


class Use(NamedTuple):
    """A code in the sources; `given` are the names of its parameters, None where they cannot be read off."""

    code: str
    where: str
    given: frozenset[str] | None = None


@cache
def modules() -> list[tuple[str, ast.Module]]:
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return [
        (str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8")))
        for file in files
        if "node_modules" not in file.parts
    ]


def sentences(code: str, language: Language = "vi") -> list[str]:
    known = catalogue(language)
    return [known[key] for key in (code, f"{code}_one", f"{code}_other") if key in known]


@cache
def error_names() -> frozenset[str]:
    """Every class of ours whose first argument is a code."""
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.rpartition(".")[2].startswith("__") and ".migrations" not in module.name:
                importlib.import_module(module.name)

    def below(parent: type[EocError]) -> Iterator[str]:
        for child in parent.__subclasses__():
            # Those that list several problems carry a code of their own, by their own constructor.
            if child.__init__ is EocError.__init__ or "code" in child.__init__.__code__.co_varnames[:2]:
                yield child.__name__
            yield from below(child)

    return frozenset(below(EocError))


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(what is called, without what it belongs to; where; the call)."""
    for file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield name, f"{file}:{node.lineno}", node


def constants(node: ast.expr | None) -> list[str]:
    """The strings an expression may be, as far as they are written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return []


def errors() -> list[Use]:
    found = []
    for name, where, call in calls():
        if name in error_names():
            names = [keyword.arg for keyword in call.keywords]
            given = None if None in names else frozenset(each for each in names if each)
            found += [Use(code, where, given) for code in constants(call.args[0] if call.args else None)]
    return found


def first_texts(takers: Collection[str]) -> list[tuple[str, str, str]]:
    """(the first text that one of these is called with, what is called, where)."""
    return [
        (text, name, where)
        for name, where, call in calls()
        if name in takers
        for text in next(filter(None, map(constants, call.args)), [])
    ]


def mentioned() -> list[Use]:
    """Every string in the sources that is built like a code of a family the catalogue has."""
    families = {key.partition(".")[0] for key in catalogue("vi")}
    return [
        Use(node.value, f"{file}:{node.lineno}")
        for file, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and DOTTED.fullmatch(node.value)
        and node.value.partition(".")[0] in families
    ]


def in_packs() -> list[Use]:
    """Codes of reasons that a pack's rules name."""
    files = sorted((ROOT / "packs").rglob("*.yaml"))
    found = [(file, code) for file in files for code in re.findall(r"\breason\.[a-z_]+", file.read_text("utf-8"))]
    return [Use(code, str(file.relative_to(ROOT))) for file, code in found]


def untold(uses: list[Use]) -> list[str]:
    return sorted({f"{use.code} ({use.where})" for use in uses if not sentences(use.code)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_flat_sorted_and_has_no_empty_or_double_entry(language: Language) -> None:
    text = (ROOT / "eoc" / "messages" / f"{language}.json").read_text("utf-8")
    pairs: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert keys == sorted(set(keys))
    assert [key for key, value in pairs if not (isinstance(value, str) and value.strip())] == []


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    assert vi.keys() ^ en.keys() == set()
    assert {key for key in vi if placeholders(vi[key]) != placeholders(en[key])} == set()


def test_every_placeholder_is_well_formed() -> None:
    for language in LANGUAGES:
        rest = {key: re.sub(r"\{\{\w+\}\}", "", text) for key, text in catalogue(language).items()}
        assert {key: text for key, text in rest.items() if "{{" in text or "}}" in text} == {}


def test_every_error_has_a_sentence() -> None:
    found = errors()
    assert len(found) > 80
    assert untold(found) == []


def test_every_error_brings_what_its_sentence_asks_for() -> None:
    bare = [
        f"{use.code} lacks {sorted(wanted)} ({use.where})"
        for use in errors()
        if use.given is not None
        and (wanted := frozenset().union(*(placeholders(each) for each in sentences(use.code))) - use.given)
    ]
    assert bare == []


def test_every_reason_check_and_refusal_has_a_sentence() -> None:
    found = [Use(code if "." in code else TAKERS[name] + code, where) for code, name, where in first_texts(TAKERS)]
    assert {"reason", "check", "refusal"} <= {use.code.partition(".")[0] for use in found}
    assert untold(found) == []


def test_every_event_has_a_line_for_the_timeline() -> None:
    found = [Use(f"timeline.{kind}", where) for kind, _, where in first_texts(EVENTS)]
    assert len({use.code for use in found}) > 20
    assert untold(found) == []


def test_whatever_looks_like_a_code_has_a_sentence() -> None:
    """Codes reach people on other ways as well: from tables, by way of variables, out of a pack."""
    found = [use for use in mentioned() + in_packs() if use.code not in NO_CODES]
    found = [use for use in found if not sentences(f"timeline.{use.code}")]
    assert len(found) > 300
    assert untold(found) == []


def test_the_exceptions_are_still_needed() -> None:
    found = {use.code for use in mentioned()}
    assert sorted(NO_CODES - found) == []
    assert not any(sentences(code) for code in NO_CODES)


def test_a_code_without_a_sentence_is_found() -> None:
    uses = [Use(code, "planted") for code in ("refused.nowhere", "check.length", "refused.login")]
    assert untold(uses) == ["refused.nowhere (planted)"]
