"""Every code that dispatch gives out has its sentence in both languages."""

import re
from pathlib import Path

import pytest

import dispatch
from eoc.words import Language, catalogue

FAMILIES = (
    "audience", "check", "conflict", "drafting", "invalid", "not_found", "phone", "recipient", "refused", "sms",
    "warning",
)  # fmt: skip
CODE = re.compile(rf'"((?:{"|".join(FAMILIES)})\.[a-z_]+)"')


def codes() -> set[str]:
    """Codes in the sources, without the kinds of events (which the timeline has its own sentences for)."""
    found: set[str] = set()
    kinds: set[str] = set()
    for file in Path(dispatch.__path__[0]).rglob("*.py"):
        source = file.read_text("utf-8")
        found |= set(CODE.findall(source))
        kinds |= set(re.findall(r'(?:_report|Draft)\(\s*"([a-z_.]+)"', source))
    return found - kinds - {"warning.id", "warning.approved"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_sentence(language: Language) -> None:
    known = catalogue(language)
    found = codes()
    assert len(found) > 50
    missing = [code for code in found if not {code, f"{code}_one", f"{code}_other"} & known.keys()]
    assert sorted(missing) == []
