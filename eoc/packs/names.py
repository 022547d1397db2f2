"""Names as people type them: one spelling of Unicode, and a search key without Vietnamese marks."""

import unicodedata

_WITHOUT_STROKE = str.maketrans({"đ": "d", "Đ": "D"})


def nfc(text: str) -> str:
    """The composed spelling (Unicode NFC). The decomposed one looks the same, sorts apart and doubles an
    SMS."""
    return unicodedata.normalize("NFC", text)


def without_marks(text: str) -> str:
    """Vietnamese without diacritics ("không dấu"), case kept: "Thác Mơ, Đồng Nai" -> "Thac Mo, Dong Nai"."""
    decomposed = unicodedata.normalize("NFD", text.translate(_WITHOUT_STROKE))
    return nfc("".join(char for char in decomposed if not unicodedata.combining(char)))


def search_key(text: str) -> str:
    """What two spellings of one name share: no marks, no case, single spaces.

    "Bù Gia Mập", "bu gia map" and the decomposed form all give "bu gia map".
    """
    return " ".join(without_marks(text).casefold().split())
