"""YAML without its traps, names in one spelling, templates with their gaps."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.packs.folder import _feature_lines
from eoc.packs.marked_yaml import parse_yaml
from eoc.packs.names import nfc, search_key, without_marks

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef_", min_size=1), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_json_is_read_as_json(value: object) -> None:
    marked = parse_yaml(json.dumps(value, ensure_ascii=False))
    assert marked.faults == []
    assert marked.data == json.loads(nfc(json.dumps(value, ensure_ascii=False)))


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    marked = parse_yaml(text.encode("utf-8", "replace").decode())
    assert marked.data is None or isinstance(marked.data, dict | list | str | int | float | bool)
    assert all(fault.line >= 1 for fault in marked.faults)


@given(st.text("[]{}:,-&*!?|>'\"%@ \n\tab0", max_size=80))
def test_no_punctuation_makes_the_reader_raise(text: str) -> None:
    parse_yaml(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("2025-07-01", "2025-07-01"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".nan", ".nan"),
        ("1e3", 1000.0),
        ("-2.50", -2.5),
        ("25217", 25217),
        ("'25217'", "25217"),
        ("true", True),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_plain_words_stay_words(text: str, value: object) -> None:
    assert parse_yaml(f"field: {text}").data == {"field": value}


def test_every_key_knows_its_line() -> None:
    marked = parse_yaml("a: 1\nb:\n  - c: 2\n    d: 3\n  - e\n")
    assert marked.line(("b", 0, "d")) == 4
    assert marked.line(("b", 1)) == 5
    assert marked.line(("b", 0, "missing")) == 3
    assert marked.line(()) == 1


def test_deep_nesting_is_a_fault_not_a_crash() -> None:
    for text in ("[" * 100_000, "{a: " * 50_000, "- " * 100_000):
        (fault,) = parse_yaml(text).faults
        assert fault.code == "pack.too_deep"


def test_features_know_their_lines_and_survive_a_misleading_word() -> None:
    text = '{"type": "FeatureCollection",\n"features": [\n{"a": 1},\n\n{"b":\n2}, {"c": 3}]}'
    assert _feature_lines(text, 3) == [3, 5, 6]
    assert _feature_lines('{"note": "features", "features"\n: [{}, {}]}', 2) == [2, 2]
    assert _feature_lines('{"about": {"features": 7}, "features": [\n{}, {}]}', 2) in ([2, 2], [1, 1])


VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàằầèềìòồờùừỳáắấéếíóốớúứýảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ "


@given(st.text(VIETNAMESE + VIETNAMESE.upper(), max_size=60))
def test_a_search_key_forgets_marks_case_and_spelling(text: str) -> None:
    key = search_key(text)
    assert key.isascii()
    assert key == search_key(unicodedata.normalize("NFD", text)) == search_key(text.upper()) == search_key(key)
    assert len(without_marks(text)) == len(nfc(text))
    assert without_marks(text).isascii()


def test_names_that_people_type() -> None:
    assert search_key("Bù  Gia Mập ") == search_key("bu gia map") == "bu gia map"
    assert search_key("Đắk Ơ") == search_key("Đak Ơ") == "dak o"
    assert without_marks("Thác Mơ, Đồng Nai") == "Thac Mo, Dong Nai"
