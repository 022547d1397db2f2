"""Checks of citizens' texts: known gaps, the five elements, no province's name, no trap without marks, short
enough."""

import re
from collections.abc import Mapping
from typing import Any

from eoc.packs.contents import Contents
from eoc.packs.findings import Findings, Placed
from eoc.packs.names import search_key, without_marks
from eoc.packs.templates import ELEMENTS, PLACEHOLDERS, WARNS, Template, gaps, sample_values

AMBIGUOUS: Mapping[str, str] = {
    "đừng": "không",
    "dừng": "ngừng lại",
    "đứng": "ở lại",
    "dời": "chuyển",
    "đợi": "chờ",
    "đói": "thiếu ăn",
    "rời": "ra khỏi",
    "rồi": "đã",
    "rơi": "ngã",
    "thử": "kiểm tra",
    "thứ": "",
    "nhầm": "sai",
    "nhắm": "hướng",
    "lùi": "ra xa",
}
"""Words that read as another word, even the opposite one, once marks are lost ("đừng" and "dùng"), and what
to use."""

_KIND_OF_UNIT = ("tinh ", "thanh pho ")
_WORD = re.compile(r"\w+")
PLAIN_LIMIT = 160
"""One GSM segment: above it the plain text costs and takes twice as much."""


def check_wording(contents: Contents, findings: Findings) -> None:
    """Every template against every rule of wording."""
    provinces = {_bare(area.value.name): area.value.name for area in contents.areas if area.value.kind == "province"}
    for template in contents.templates:
        _gaps_known(template, findings)
        _elements_present(template, findings)
        _texts_sound(template, findings, provinces)


def _gaps_known(template: Placed[Template], findings: Findings) -> None:
    declared = set(template.value.placeholders)
    for index, name in enumerate(template.value.placeholders):
        if name not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            findings.on(template, "pack.unknown_placeholder", "placeholders", index, name=name, known=known)
    for form, text in _forms(template.value).items():
        used = gaps(text)
        for name in sorted(used - declared):
            findings.on(template, "pack.undeclared_placeholder", "texts", form, name=name)
        if form == "vi":
            for name in sorted(declared - used):
                findings.on(template, "pack.unused_placeholder", "texts", form, name=name)
        stray = text.count("{") != len(re.findall(r"\{[^{}]*\}", text)) or text.count("{") != text.count("}")
        if stray:
            findings.on(template, "pack.stray_brace", "texts", form)
    for name in template.value.defaults:
        if name not in declared:
            findings.on(template, "pack.undeclared_placeholder", "defaults", name, name=name)


def _elements_present(template: Placed[Template], findings: Findings) -> None:
    given = template.value.elements
    for element in ELEMENTS:
        if element not in given and template.value.kind in WARNS:
            findings.on(template, "pack.element_missing", "elements", element=element)
    for element, words in given.items():
        if words not in template.value.texts.vi:
            findings.on(template, "pack.element_not_in_text", "elements", element, element=element, words=words)


def _texts_sound(template: Placed[Template], findings: Findings, provinces: Mapping[str, str]) -> None:
    for form, text in _forms(template.value).items():
        key = search_key(text)
        for bare, name in provinces.items():
            if re.search(rf"\b{re.escape(bare)}\b", key):
                findings.on(template, "pack.template_names_province", "texts", form, name=name)
    for word in _WORD.findall(template.value.texts.vi.casefold()):
        if word in AMBIGUOUS:
            facts: dict[str, Any] = {"word": word, "plain": without_marks(word), "instead": AMBIGUOUS[word] or "…"}
            findings.on(template, "pack.ambiguous_word", "texts", "vi", severity="warning", **facts)
    if template.value.kind == "dispatch":
        return
    filled = template.value.text("vi_plain")
    for name, sample in sample_values(template.value, "vi").items():
        filled = filled.replace("{" + name + "}", without_marks(sample))
    if len(filled) > PLAIN_LIMIT:
        findings.on(
            template, "pack.template_long", "texts", "vi", severity="warning", got=len(filled), limit=PLAIN_LIMIT
        )


def _forms(template: Template) -> dict[str, str]:
    given: dict[str, Any] = template.texts.model_dump(exclude_none=True)
    return {form: str(text) for form, text in given.items()}


def _bare(name: str) -> str:
    """ "Tỉnh Bình Phước" -> "binh phuoc"."""
    key = search_key(name)
    for kind in _KIND_OF_UNIT:
        key = key.removeprefix(kind)
    return key
