"""Numbers, times and gaps as tables for people write them."""

import re
from typing import Any, Final

from sensors.codecs.moments import Fault, shown

MISSING: Final = frozenset(
    {"", "-", "--", "---", "—", "–", "...", "n/a", "na", "null", "none", "nan", "x", "k/đ", "kđ"}
)
"""What stands where there was no reading ("k/đ": không đo). None of it is zero."""
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[., ]\d{3})+(?:[.,]\d+)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_CLOCK: Final = re.compile(r"(?<![\d:])(\d{1,2})[:hg](\d{2})(?::(\d{2}))?(?![\d:])")


def is_missing(value: Any) -> bool:
    """Whether a cell says that there is nothing."""
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def number(name: str, value: Any, decimal: str) -> float | int:
    """A number, or text that is one: `decimal` is the mark of its fraction, the other one may group thousands.

    Raises `Fault`. A comma where a point was agreed is refused and not read as a thousand.
    """
    if isinstance(value, bool):
        raise Fault("value_not_number", {"property": name, "value": shown(value)})
    if isinstance(value, int | float):
        return value
    text = str(value).strip().replace("\u2212", "-")
    plain = text
    if decimal == "," or _GROUPED.fullmatch(text):
        grouping = "." if decimal == "," else ","
        whole, mark, fraction = text.partition(decimal)
        groups = re.split(rf"[{re.escape(grouping)} ]", whole)
        if len(groups) > 1 and any(len(each) != 3 for each in groups[1:]):
            raise Fault("value_not_number", {"property": name, "value": shown(value)})
        if decimal == "." and len(groups) == 2 and not mark and " " not in whole:
            # "1,234": a thousand, or 1.234 of somebody who forgot to say so. Never guessed.
            raise Fault("value_not_number", {"property": name, "value": shown(value)})
        plain = "".join(groups) + ("." + fraction if mark else "")
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise Fault("value_not_number", {"property": name, "value": shown(value)})
    return float(plain)


def moment(text: str) -> str:
    """A time with the day first, as Vietnam writes it (`23/11/2026 07:00`, `7h00 23-11-2026`), in ISO order.

    Anything else is given back as it is; the parts are not checked here.
    """
    day = _DAY_FIRST.search(text)
    if day is None:
        return text.strip()
    clock = _CLOCK.search(text[: day.start()] + " " + text[day.end() :])
    if clock is None:
        return text.strip()
    date = f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
    return f"{date}T{int(clock[1]):02}:{clock[2]}:{clock[3] or '00'}"
