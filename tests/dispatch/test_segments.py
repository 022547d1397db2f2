"""The counter against published vectors, against the product's own templates, and against its laws."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.sms.segments import GSM_BASIC, GSM_EXTENDED, measure, plain

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "sms"

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
SENTENCES = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + " ,.0123456789/-()"), max_size=400)


def published() -> list[Any]:
    """The vectors beside the checkout; where they are absent, cases of the same kinds made from the standard."""
    found = [
        case
        for name in ("gsm", "unicode")
        if (VECTORS / f"{name}.test.json").exists()
        for case in json.loads((VECTORS / f"{name}.test.json").read_text("utf-8"))
    ]
    if found:
        return [pytest.param(case, id=case["description"][:60]) for case in found]
    lengths = [(160, 1), (161, 2), (306, 2), (307, 3)]
    made = [({"message": "x" * n, "parts": [{}] * parts, "gsm": True}, f"made-gsm-{n}") for n, parts in lengths]
    lengths = [(70, 1), (71, 2), (134, 2), (135, 3)]
    made += [({"message": "☃" * n, "parts": [{}] * parts, "gsm": False}, f"made-ucs-{n}") for n, parts in lengths]
    return [pytest.param(case, id=name) for case, name in made]


@pytest.mark.parametrize("case", published())
def test_published_vectors(case: Any) -> None:
    message = case["message"]
    contents = "".join(part.get("content", "") for part in case["parts"])
    if contents and contents != message:
        # These vectors force GSM-7 on text that has no GSM-7 form and show what is left of it: spaces.
        message = contents
    size = measure(message)
    assert size.segments == len(case["parts"])
    if "totalBytes" in case:
        expected = case["totalBytes"] if size.encoding == "GSM-7" else case["totalBytes"] // 2
        assert size.units == expected


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("[" + "a" * 158, "GSM-7", 160, 1),
        ("[" + "a" * 159, "GSM-7", 161, 2),
        # The escape and its character stay together: 152 + 2 do not fit into the first part of 153.
        ("a" * 152 + "[" + "a" * 152, "GSM-7", 306, 3),
        ("à è é ì ò ù", "GSM-7", 11, 1),
        ("á", "UCS-2", 1, 1),
        ("ế" * 70, "UCS-2", 70, 1),
        ("ế" * 71, "UCS-2", 71, 2),
        ("a" * 159 + "–", "UCS-2", 160, 3),
        ("🐳" * 35, "UCS-2", 70, 1),
        ("🐳" * 36, "UCS-2", 72, 2),
    ],
)
def test_sizes(text: str, encoding: str, units: int, segments: int) -> None:
    assert measure(text).as_json() == {"encoding": encoding, "units": units, "segments": segments}


@given(SENTENCES)
def test_composed_and_decomposed_are_one_text(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert measure(decomposed) == measure(text)
    assert plain(decomposed) == plain(text)


@given(SENTENCES)
def test_vietnamese_without_marks_is_gsm_and_as_long(text: str) -> None:
    bare = plain(text)
    assert measure(bare).encoding == "GSM-7"
    assert len(bare) == len(text)
    assert measure(bare).segments <= measure(text).segments
    assert plain(bare) == bare


@given(st.text(max_size=300))
def test_segments_hold_the_text_and_not_one_is_wasted(text: str) -> None:
    size = measure(text)
    single, part = (160, 153) if size.encoding == "GSM-7" else (70, 67)
    if size.units <= single:
        assert size.segments == 1
    else:
        # A boundary wastes at most one unit of each part (an escape or a surrogate pair moved on).
        assert size.units <= size.segments * part
        assert size.units > (size.segments - 1) * (part - 1)


@given(st.text(max_size=100))
def test_the_alphabet_decides(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert (measure(text).encoding == "GSM-7") == all(c in GSM_BASIC or c in GSM_EXTENDED for c in composed)


def test_the_alphabets_are_those_of_the_standard() -> None:
    assert len(GSM_BASIC) == 127  # 128 places, one of them the escape
    assert len(GSM_EXTENDED) == 10
    assert not GSM_BASIC & GSM_EXTENDED


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Đường ĐẮK Ơ, sông Bé", "Duong DAK O, song Be"),
        ("từ “16h” – “18h”…", 'tu "16h" - "18h"...'),
        ("35°C, 2 m², 5.000 ₫", "35 do C, 2 m2, 5.000 d"),
        ("🐳 中", "🐳 中"),
    ],
)
def test_without_marks(text: str, bare: str) -> None:
    assert plain(text) == bare
