"""Which telephone numbers may receive a warning: Vietnamese mobiles, and nothing else.

The numbering library calls a foreign mobile and a premium +1900 number "valid", so country and type are checked as
well (toll fraud lives on exactly that gap). Landlines are refused by the operators.
"""

import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from eoc.errors import Invalid

_COUNTRY_CODE = 84
_INTERNATIONAL_DIGITS = 11
_LONGEST = 40
_MOBILE = frozenset({PhoneNumberType.MOBILE})


def mobile_number(text: str) -> str:
    """The number in E.164 (`+84912345678`) from whatever spelling people use (`0912 345 678`, `84912345678`).

    Raises `Invalid` with one of `phone.unreadable`, `phone.foreign`, `phone.impossible`, `phone.not_mobile`. The
    error never holds the number itself: errors are logged, numbers are not.
    """
    # The numbering library reads letters as keypad digits (1-800-FLOWERS): a name in the wrong column is no number.
    if len(text) > _LONGEST or any(letter.isalpha() for letter in text):
        raise Invalid("phone.unreadable")
    number = _parsed(text)
    if number is None:
        raise Invalid("phone.unreadable")
    if number.country_code != _COUNTRY_CODE:
        raise Invalid("phone.foreign", country_code=number.country_code)
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Invalid("phone.impossible")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise Invalid("phone.not_mobile")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter.isdigit())
    # "84912345678" is international without its sign; "842345678" is national and lost its 0 in a spreadsheet.
    if digits.startswith(str(_COUNTRY_CODE)) and len(digits) == _INTERNATIONAL_DIGITS:
        text = "+" + digits
    try:
        return phonenumbers.parse(text, "VN")
    except NumberParseException:
        return None
