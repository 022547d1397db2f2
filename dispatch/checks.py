"""What is looked at before a warning may go out, pure: the five elements, the wording, the length, the limits.

Two kinds. A *safety* check blocks always: what it finds must never leave (an unfilled placeholder, a forbidden
phrase). A *wording* check blocks below level 4, where there is time to find better words; from level 4 on it is
shown and does not block, because a clumsy warning is better than a late one.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dispatch import wording
from dispatch.sms.segments import measure, plain
from eoc.clock import iso
from eoc.packs.names import nfc, search_key, without_marks
from eoc.packs.wording import AMBIGUOUS

NEVER_BLOCKED_FROM = 4
MOST_SEGMENTS_PLAIN = 1
MOST_SEGMENTS_VI = 2
LONGEST_LIFE = timedelta(hours=24)

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:vn|com|net|org|gov|info|me|ly|io)\b", re.IGNORECASE)
_HOUR = re.compile(r"\b(?:[01]?\d|2[0-4])\s?(?:h|giờ|gio|:)\s?(?:[0-5]\d)?\b", re.IGNORECASE)
_DATE = re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?:/\d{4})?\b")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `code` is a key of the message catalogue; `blocking`: while not ok, the warning stays here."""

    code: str
    ok: bool
    blocking: bool
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "ok": self.ok, "blocking": self.blocking, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: the texts as they would be sent, and what they are supposed to be about.

    `place_names`: names of the warned areas, of what they belong to, and of the rivers and stations around.
    `rate_per_s`: segments a second that leave for all recipients together. `audience`: people it would reach.
    """

    vi: str
    vi_plain: str
    en: str | None
    level: int
    hazard: str
    sender: str
    place_names: Sequence[str]
    expires_at: datetime
    audience: int
    rate_per_s: float

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.vi, self.vi_plain, self.en or "")

    def says(self, phrases: Sequence[str]) -> bool:
        """Whether both Vietnamese texts contain one of the phrases."""
        return all(any(mentions(text, phrase) for phrase in phrases) for text in (self.vi, self.vi_plain))


def review(subject: Subject, now: datetime) -> tuple[Check, ...]:
    """Every check, in the order a person reads them: safety first, then the five elements, then the wording."""
    return (*_safety(subject, now), *_elements(subject), *_wording(subject))


def seconds_to_send(count: int, segments: int, rate_per_s: float) -> int:
    """How long `count` messages of `segments` each take at the contracted rate, in whole seconds."""
    return math.ceil(count * segments / rate_per_s)


def _safety(subject: Subject, now: datetime) -> list[Check]:
    gaps = list(dict.fromkeys(_GAP.findall(" ".join(subject.texts))))
    said = [phrase for phrase in wording.FORBIDDEN if _says_forbidden(subject, phrase)]
    left = subject.expires_at - now
    in_time = timedelta(0) < left <= LONGEST_LIFE
    return [
        Check("check.gap", not gaps, True, {"count": len(gaps), "names": ", ".join(gaps)}),
        Check("check.forbidden", not said, True, {"phrases": ", ".join(said)}),
        Check("check.expiry", in_time, left <= timedelta(0), {"expires_at": iso(subject.expires_at)}),
        Check("check.audience", subject.audience > 0, False, {"count": subject.audience}),
    ]


def _says_forbidden(subject: Subject, phrase: str) -> bool:
    # Compared without marks and punctuation: "KHONG PHAI, DIEN TAP" reads like the forbidden words to everyone.
    wanted = _words(search_key(phrase))
    return any(_has(_words(search_key(text)), wanted) for text in subject.texts)


def _elements(subject: Subject) -> list[Check]:
    """Source, hazard, place, time, action: in the text with diacritics and in the one that most phones get."""
    blocking = subject.level < NEVER_BLOCKED_FROM
    hazard_words = wording.HAZARD_WORDS.get(subject.hazard, ())
    places = [name for name in subject.place_names if mentions(subject.vi, name)]
    return [
        Check("check.source", subject.says([subject.sender]), blocking, {"sender": subject.sender}),
        Check(
            "check.hazard",
            not hazard_words or subject.says(hazard_words),
            blocking,
            {"words": ", ".join(hazard_words)},
        ),
        Check("check.place", subject.says(subject.place_names), blocking, {"places": ", ".join(places[:5])}),
        Check("check.time", all(_is_timed(text) for text in (subject.vi, subject.vi_plain)), blocking),
        Check("check.action", subject.says(wording.ACTION_WORDS), blocking),
    ]


def _is_timed(text: str) -> bool:
    """A date, with an hour or a part of the day: "tonight" means another night to whoever reads it tomorrow."""
    hour = _HOUR.search(text) or any(mentions(text, part) for part in wording.DAY_PARTS)
    return bool(hour and _DATE.search(text))


def _wording(subject: Subject) -> list[Check]:
    blocking = subject.level < NEVER_BLOCKED_FROM
    unclear = {
        word: instead for word, instead in AMBIGUOUS.items() if instead and mentions(subject.vi, word, exactly=True)
    }
    facts = {"words": ", ".join(unclear), "instead": ", ".join(unclear.values())}
    link = any(_LINK.search(text) for text in subject.texts)
    return [
        *_lengths(subject, blocking=blocking),
        # Phones get the one, the room reads the other: a person who changed only one of them should notice.
        Check("check.plain", plain(subject.vi) == subject.vi_plain, False),
        Check("check.ambiguous", not unclear, blocking, facts),
        Check("check.link", not link, blocking),
    ]


def _lengths(subject: Subject, *, blocking: bool) -> list[Check]:
    """The plain text is what phones get, so its length is time and money. The one with diacritics is for those who
    ask for it and for the web: too long is worth a word, no more."""
    bare, vi = measure(subject.vi_plain), measure(subject.vi)
    seconds = seconds_to_send(subject.audience, bare.segments, subject.rate_per_s)
    facts = {"segments": bare.segments, "most": MOST_SEGMENTS_PLAIN, "units": bare.units, "seconds": seconds}
    facts_vi = {"segments": vi.segments, "most": MOST_SEGMENTS_VI, "units": vi.units}
    return [
        Check("check.length", bare.segments <= MOST_SEGMENTS_PLAIN, blocking, facts),
        Check("check.length_vi", vi.segments <= MOST_SEGMENTS_VI, False, facts_vi),
    ]


def mentions(text: str, phrase: str, *, exactly: bool = False) -> bool:
    """Whether a text contains a phrase as whole words, whatever the case.

    A text written with diacritics must have the phrase with its diacritics ("lũ", not "lu"); a text without any is
    compared without, unless `exactly`.
    """
    text, phrase = nfc(text), nfc(phrase)
    if not exactly and text == without_marks(text):
        return _has(_words(search_key(text)), _words(search_key(phrase)))
    return _has(_words(text.casefold()), _words(phrase.casefold()))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return size > 0 and any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))
