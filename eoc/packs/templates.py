"""`templates.yaml`: the only source of what citizens read. Registered texts with named gaps, nothing
free-hand."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from eoc.errors import Invalid
from eoc.packs.names import nfc, without_marks
from eoc.packs.parts import HazardCode, LocalText, Part, TemplateId, Text

_GAP = re.compile(r"\{([^{}]*)\}")

PLACEHOLDERS: Mapping[str, tuple[str, str]] = {
    "sender": ("EOC Tỉnh Mẫu", "EOC Model Province"),
    "river": ("sông Bé", "the Bé River"),
    "reservoir": ("Thủy điện Thác Mơ", "Thác Mơ dam"),
    "places": ("xã Bình Tân, Long Hà", "Bình Tân, Long Hà"),
    "time": ("18h 22/11", "18:00 on 22/11"),
    "next_time": ("20h", "20:00"),
    "threshold": ("BĐ3", "alarm 3"),
    "level_words": ("rất lớn", "very high"),
    "station": ("Long Bình", "Long Bình"),
    "hamlets": ("thôn 1, thôn 2", "thôn 1, thôn 2"),
    "bulletin": ("tin 12/LULU Đài KTTV", "bulletin 12/LULU of the hydromet station"),
    "shelter": ("nơi xã chỉ định", "the place your commune names"),
    "discharge": ("620", "620"),
    "number": ("2", "2"),
    "replaces_time": ("16h31", "16:31"),
    "hotline": ("1022", "1022"),
    "code": ("482913", "482913"),
    "summary": ("lũ cuốn 2 người, ngầm Suối Rạt", "2 people swept away, Suối Rạt ford"),
    "link": ("eoc.local/d/7K2Q", "eoc.local/d/7K2Q"),
}
"""Every gap a template may have, with a sample in Vietnamese and English for previews and for the length
check."""

Element = Literal["source", "hazard", "where", "when", "action"]
ELEMENTS: tuple[Element, ...] = ("source", "hazard", "where", "when", "action")
"""What a warning must say (the first five elements of warning research; impact is a welcome sixth)."""

TemplateKind = Literal[
    "watch", "evacuate", "release", "fire", "update", "end", "correct", "exercise", "dispatch", "subscribe"
]
WARNS: frozenset[str] = frozenset({"watch", "evacuate", "release", "fire"})
"""Kinds that tell people of a danger, so that all five elements are demanded of them."""


class TemplateTexts(Part):
    """One message in its forms. `vi_plain` (without marks) is derived from `vi` unless given; `spoken` is for
    loudspeakers and the telephone: whole sentences, no abbreviations."""

    vi: Text
    en: Text
    vi_plain: Text | None = None
    spoken: Text | None = None


class Template(Part):
    """A registered text. `elements` names, for each of the five elements, the words of `vi` that carry it."""

    id: TemplateId
    kind: TemplateKind
    hazards: tuple[HazardCode, ...] = ()
    title: LocalText
    placeholders: tuple[str, ...]
    defaults: dict[str, LocalText] = Field(default_factory=dict)
    elements: dict[Element, Text] = Field(default_factory=dict)
    texts: TemplateTexts
    registered: Annotated[str, Field(max_length=60)] | None = None
    """The operator's registration number of the text, once there is one."""

    def render(self, form: Literal["vi", "vi_plain", "en", "spoken"], values: Mapping[str, str]) -> str:
        """The text with its gaps filled, NFC. Raises Invalid(`template.missing_value`) naming every empty
        gap."""
        language: Literal["vi", "en"] = "en" if form == "en" else "vi"
        filled = {name: getattr(text, language) for name, text in self.defaults.items()} | dict(values)
        missing = [name for name in self.placeholders if not filled.get(name, "").strip()]
        if missing:
            raise Invalid("template.missing_value", template=self.id, names=", ".join(missing))
        source = self.text(form)
        rendered = nfc(_GAP.sub(lambda gap: filled.get(gap[1], gap[0]), source))
        return without_marks(rendered) if form == "vi_plain" else rendered

    def text(self, form: Literal["vi", "vi_plain", "en", "spoken"]) -> str:
        """The text with its gaps still open; `spoken` falls back to `vi`, `vi_plain` to `vi` without
        marks."""
        if form == "vi_plain":
            return self.texts.vi_plain or without_marks(self.texts.vi)
        if form == "spoken":
            return self.texts.spoken or self.texts.vi
        return self.texts.en if form == "en" else self.texts.vi


def gaps(text: str) -> frozenset[str]:
    """The names in braces of a text; an empty or odd name comes back as written, for the checker to
    refuse."""
    return frozenset(_GAP.findall(text))


def sample_values(template: Template, language: Literal["vi", "en"]) -> dict[str, str]:
    """Values for a preview: the template's own defaults, else the general samples."""
    column = 1 if language == "en" else 0
    general = {name: PLACEHOLDERS[name][column] for name in template.placeholders if name in PLACEHOLDERS}
    return general | {name: getattr(text, language) for name, text in template.defaults.items()}
