"""Vietnamese mobiles in, everything else out, and no number in what is said about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.sms.numbers import mobile_number
from eoc.errors import Invalid


@pytest.mark.parametrize(
    "text",
    [
        "0912345678", "84912345678", "+84912345678", "+84 912 345 678", "0912.345.678", "(0912) 345-678",
        "０９１２３４５６７８", "８４９１２３４５６７８", "912345678", "  0912345678  ", "0084912345678",
    ],
)  # fmt: skip
def test_one_number_in_many_spellings(text: str) -> None:
    assert mobile_number(text) == "+84912345678"


def test_a_number_that_lost_its_zero_is_not_taken_for_an_international_one() -> None:
    assert mobile_number("0842345678") == mobile_number("842345678") == "+84842345678"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "phone.unreadable"),
        ("chưa có", "phone.unreadable"),
        ("0912345678 ext 5", "phone.unreadable"),
        ("1800FLOWERS", "phone.unreadable"),
        ("9" * 60, "phone.unreadable"),
        ("01234567890", "phone.impossible"),
        ("1022", "phone.impossible"),
        ("000000000000", "phone.impossible"),
        ("113", "phone.impossible"),
        ("02713888888", "phone.not_mobile"),
        ("19001234", "phone.not_mobile"),
        ("+84190012345", "phone.not_mobile"),
        ("+19005551234", "phone.foreign"),
        ("+447911123456", "phone.foreign"),
        ("0086 13800138000", "phone.foreign"),
    ],
)
def test_what_may_not_receive_a_warning(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        mobile_number(text)
    assert refused.value.code == code
    assert all(digits not in str(refused.value) for digits in [text] if len(digits) > 4)


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[+0-9 ().-]{0,25}", fullmatch=True)))
def test_never_anything_but_a_vietnamese_mobile(text: str) -> None:
    try:
        number = mobile_number(text)
    except Invalid as refused:
        assert refused.code.startswith("phone.")
    else:
        assert number.startswith("+84")
        assert len(number) == 12
        assert number[1:].isascii()
        assert mobile_number(number) == number
