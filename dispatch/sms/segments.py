"""How long a text is as SMS, and the same text without Vietnamese diacritics.

Of the 67 accented lower-case letters of Vietnamese only à è é ì ò ù are in the GSM-7 alphabet, so an ordinary
sentence with diacritics is sent as UCS-2: 70 units in a single message and 67 in each part of a longer one,
against 160 and 153 (3GPP TS 23.038 for the alphabet, TS 23.040 for the parts). Length is money and, above all,
queue time: 50,000 people at ten segments a second wait 83 minutes for one segment each, 167 for two.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from eoc.packs.names import without_marks

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet: one unit each (the escape itself is not a character)."""

GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""The extension table: an escape and a character, two units that a part's end never separates."""

_TYPOGRAPHY = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "•": "-"}
    | dict.fromkeys(("\u00a0", "\u202f", "\u2009"), " ")
    | {"₫": "d", "²": "2", "³": "3", "°": " do "}
)
"""Signs that office programs put in by themselves and that alone would double the number of segments."""

Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True, slots=True)
class SmsSize:
    """`units`: septets (GSM-7) or UTF-16 units (UCS-2); `segments`: messages on the air, each one charged."""

    encoding: Encoding
    units: int
    segments: int

    def as_json(self) -> dict[str, Any]:
        return {"encoding": self.encoding, "units": self.units, "segments": self.segments}


def measure(text: str) -> SmsSize:
    """Size of a text as SMS. It is measured as it will be sent: composed (NFC).

    An empty text is one empty message, as in the published vectors.
    """
    composed = unicodedata.normalize("NFC", text)
    if all(letter in GSM_BASIC or letter in GSM_EXTENDED for letter in composed):
        costs = [2 if letter in GSM_EXTENDED else 1 for letter in composed]
        return SmsSize("GSM-7", sum(costs), _segments(costs, single=160, part=153))
    costs = [2 if ord(letter) > 0xFFFF else 1 for letter in composed]
    return SmsSize("UCS-2", sum(costs), _segments(costs, single=70, part=67))


def _segments(costs: Iterable[int], *, single: int, part: int) -> int:
    """Messages needed when an escaped character or a surrogate pair must stay in one part."""
    whole = list(costs)
    if sum(whole) <= single:
        return 1
    count, used = 1, 0
    for cost in whole:
        if used + cost > part:
            count, used = count + 1, 0
        used += cost
    return count


def plain(text: str) -> str:
    """The text "không dấu": Vietnamese letters without marks, đ as d, and typographic signs as GSM-7 has them.

    Composed and decomposed spellings give the same result. What has no plain form (an emoji, another script)
    stays as it is, and the count then shows what it costs.
    """
    return without_marks(text.translate(_TYPOGRAPHY))
