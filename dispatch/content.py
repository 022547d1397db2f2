"""The words and limits of a warning: what a writer decides, cleaned and within bounds. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.sms.segments import plain
from eoc.clock import iso
from eoc.errors import Invalid
from eoc.model import MAX_LEVEL
from eoc.packs.names import nfc

LONGEST_TEXT = 1000
"""Characters of one text. Beyond 1,600 the operators' gateways refuse a message altogether."""
MOST_AREAS = 500
DRILL_PREFIX = "DIỄN TẬP - "
DRILL_PREFIX_EN = "EXERCISE - "

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_SPACES = re.compile(r"[ \u00a0]+")
_HAZARD = re.compile(r"[a-z][a-z0-9_]{1,31}")


@dataclass(frozen=True, slots=True)
class Text:
    """What people read. `vi_plain` is `vi` without diacritics, what most phones get; `en` may be missing."""

    vi: str
    vi_plain: str
    en: str | None = None

    @classmethod
    def of(cls, vi: str, en: str | None = None, vi_plain: str | None = None) -> "Text":
        """Composed (NFC), without control and direction characters, single spaces. The plain form is derived from
        `vi` unless it is given; either way it has no diacritics."""
        words = tidy(vi)
        return cls(words, plain(tidy(vi_plain or "") or words), tidy(en or "") or None)

    def drilled(self) -> "Text":
        """The same, marked as an exercise in front. People cannot edit the mark away: it is put on at each edit."""
        vi = self.vi if self.vi.startswith(DRILL_PREFIX) else DRILL_PREFIX + self.vi
        mark = plain(DRILL_PREFIX)
        bare = self.vi_plain if self.vi_plain.startswith(mark) else mark + self.vi_plain
        en = self.en if self.en is None or self.en.startswith(DRILL_PREFIX_EN) else DRILL_PREFIX_EN + self.en
        return Text(vi, bare, en)

    def for_language(self, language: str) -> str:
        """What is sent to a phone: English to those who asked for it, else Vietnamese without diacritics."""
        return self.en if language == "en" and self.en else self.vi_plain


@dataclass(frozen=True, slots=True)
class Content:
    """What a writer decides about a warning: how severe, what, for whom, until when."""

    level: int
    hazard: str
    text: Text
    areas: tuple[str, ...]
    expires_at: datetime


def valid_content(content: Content, now: datetime, *, drill: bool) -> Content:
    """The content as it is kept. Raises `Invalid` naming the field."""
    if isinstance(content.level, bool) or not 0 <= content.level <= MAX_LEVEL:
        raise Invalid("invalid.level", level=content.level, above=-1)
    if not _HAZARD.fullmatch(content.hazard):
        raise Invalid("invalid.hazard", field="hazard")
    areas = tuple(dict.fromkeys(content.areas))
    if not areas:
        raise Invalid("warning.no_area", field="areas")
    if len(areas) > MOST_AREAS:
        raise Invalid("warning.too_many_areas", field="areas", most=MOST_AREAS)
    if content.expires_at.tzinfo is None:
        raise Invalid("invalid.time_without_zone", field="expires_at")
    if content.expires_at <= now:
        raise Invalid("warning.expiry_past", field="expires_at", expires_at=iso(content.expires_at))
    text = _valid_text(content.text, drill=drill)
    return replace(content, areas=areas, text=text)


def _valid_text(given: Text, *, drill: bool) -> Text:
    text = Text.of(given.vi, given.en, given.vi_plain)
    if not text.vi:
        raise Invalid("invalid.text_missing", field="text.vi")
    text = text.drilled() if drill else text
    for name, value in (("vi", text.vi), ("vi_plain", text.vi_plain), ("en", text.en or "")):
        if len(value) > LONGEST_TEXT:
            raise Invalid("invalid.text_too_long", field=f"text.{name}", longest=LONGEST_TEXT)
    return text


def tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in _CONTROL.sub("", nfc(text)).split("\n"))
    return "\n".join(line for line in lines if line)
