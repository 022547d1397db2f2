"""Moments and flows in Vietnamese text: where they stand and what they mean; for `eoc.hazards.release_text`.

Works on a flattened copy of the text: one plain lower-case letter for each letter, so that places in the two agree.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

SURE, LIKELY, DOUBTFUL, UNCLEAR = 0.9, 0.7, 0.4, 0.0
_ODD = {"đ": "d", "Đ": "d", "³": "3", "–": "-", "—": "-", "−": "-", "’": "'", "\u00a0": " ", "\t": " "}


def flatten(text: str) -> str:
    """The text without marks and capitals, letter for letter: "Xả lũ" is "xa lu"."""
    return "".join(_ODD.get(each) or (unicodedata.normalize("NFD", each)[0].lower()[:1] or each) for each in text)


@dataclass(frozen=True, slots=True)
class Found:
    """A number that was read, or (None) one that can be read in two ways."""

    value: float | None
    start: int
    end: int
    confidence: float
    why: str | None = None


# -- flows ------------------------------------------------------------------------------------------------------------

_NUMBER = r"\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_UNIT = r"\s*m\s*(?:3|\^3)\s*/\s*(?:s|giay)(?!\w)"
_FLOW = re.compile(rf"(?<![\w.,])(?:(?P<low>{_NUMBER})(?:{_UNIT})?\s*(?P<to>-|den|len)\s*)?(?P<n>{_NUMBER}){_UNIT}")


def flows(flat: str) -> list[Found]:
    """Everything in m3/s. Of a range the upper end counts; of "từ 300 lên 500" the new value."""
    found = []
    for match in _FLOW.finditer(flat):
        value, confidence, why = number(match["n"])
        if match["low"] is not None and match["to"] != "len":
            confidence, why = min(confidence, DOUBTFUL), why or "reading.range"
        found.append(Found(value, match.start(), match.end(), confidence, why))
    return found


def number(text: str) -> tuple[float | None, float, str | None]:
    """A number as it is written in Vietnam: dots (or blanks) between thousands, a comma before decimals.

    "1,200" may be a decimal comma or an English thousand: no value. "84.5" can only be a decimal point.
    """
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return float(text), SURE, None
    if re.fullmatch(r"[1-9]\d{0,2}(?:[. ]\d{3})+(?:,\d{1,2})?", text):
        return float(re.sub(r"[. ]", "", text).replace(",", ".")), SURE, None
    if re.fullmatch(r"\d+,\d{1,2}", text):
        return float(text.replace(",", ".")), SURE, None
    if re.fullmatch(r"\d+\.\d{1,2}", text):
        return float(text), LIKELY, "reading.decimal_point"
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.\d{1,2})?|[1-9]\d{0,2}(?:,\d{3})+\.\d{1,2}", text):
        return float(text.replace(",", "")), DOUBTFUL, "reading.english_thousands"
    return None, UNCLEAR, "reading.number_unclear"


# -- moments ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day with its day, as far as the text gives them. `at` None: it cannot be completed (`why`)."""

    start: int
    end: int
    at: datetime | None
    confidence: float
    why: str | None = None
    dated_only: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    start: int
    end: int
    hour: int
    minute: int
    confidence: float
    next_day: bool = False


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    day: date
    confidence: float
    why: str | None = None


_HALF = r"\s*ruoi"
_CLOCK = re.compile(
    r"(?<![\w/.,])(?P<h>\d{1,2})(?:\s*(?:h|g|gio)(?:\s*(?P<m>\d{2}|\d(?=\s*ph?))(?!\d|\s*[/\-.]\s*\d|\s*(?:m3|m\^3|cua))(?:\s*(?:phut|ph|p|'))?(?![\w/])|"
    rf"(?P<half>{_HALF}))?(?!\w)|:(?P<m2>\d{{2}})(?::\d{{2}})?(?![\w:]))"
    r"(?:\s*(?P<part>sang|trua|chieu|toi|dem|khuya))?(?!\w)"
)
_DATE = re.compile(
    r"(?<![\w/])(?:ngay\s+)?(?P<d>\d{1,2})\s*[/.\-]\s*(?P<mo>\d{1,2})(?:\s*[/.\-]\s*(?P<y>\d{4}|\d{2}))?(?![\w/]|[.,]?\d)"
    r"|ngay\s+(?P<d2>\d{1,2})\s+thang\s+(?P<mo2>\d{1,2})(?:\s+nam\s+(?P<y2>\d{4}))?"
)
_RELATIVE = re.compile(
    r"(?<!\w)(?:(?P<today>hom nay|cung ngay|trong ngay)|(?P<tomorrow>ngay mai|sang mai|chieu mai|toi mai))(?!\w)"
)
_JOIN = re.compile(r"[\s,(:]*(?:(?:sang|trua|chieu|toi|dem|khuya)\s*)?(?:,|-|vao|luc|cua|ngay|hoi|khoang|\(|\s)*")
_NEAR = 25


def moments(flat: str, received_at: datetime) -> list[Moment]:
    """Every time of day with its day, in the order of the text; times are in the zone of `received_at`.

    A day belongs to the time beside it. A range shares its one day; an end before its beginning is the next day. A
    time without any day takes the letter's own date or the day it was received, unless it had passed by then.
    """
    days = sorted([*_days(flat, received_at), *_relative(flat, received_at)], key=lambda each: each.start)
    clocks = list(_clocks(flat, days))
    used: set[int] = set()
    beside = [_beside(flat, clock, clocks, days, used) for clock in clocks]
    letter = next((each for index, each in enumerate(days) if index not in used), None)
    found: list[Moment] = []
    for index, clock in enumerate(clocks):
        day, confidence, why = _day_of(flat, index, clocks, beside)
        if day is None and letter is not None:
            day, confidence, why = letter.day, DOUBTFUL, "reading.day_of_letter"
        if day is None:
            found.append(_without_day(clock, received_at))
            continue
        found.append(_moment(clock, beside[index], day, min(clock.confidence, confidence), why, received_at))
    found += [Moment(each.start, each.end, None, UNCLEAR, dated_only=True) for each in days]
    return sorted(found, key=lambda each: each.start)


def _clocks(flat: str, days: list[_Day]) -> Iterator[_Clock]:
    taken = [(day.start, day.end) for day in days]
    for match in _CLOCK.finditer(flat):
        if any(start <= match.start() < end for start, end in taken):
            continue
        hour = int(match["h"])
        minute = 30 if match["half"] else int(match["m"] or match["m2"] or 0)
        part, confidence, next_day = match["part"], SURE, False
        if part in ("chieu", "toi") and 1 <= hour <= 11:
            hour += 12
        elif part in ("dem", "khuya"):
            if 6 <= hour <= 11:
                hour += 12
            elif hour == 12:
                hour, confidence, next_day = 0, DOUBTFUL, True
        if hour == 24 and minute == 0:
            hour, next_day = 0, True
        if hour > 23 or minute > 59:
            continue
        yield _Clock(match.start(), match.end(), hour, minute, confidence, next_day)


def _days(flat: str, received_at: datetime) -> Iterator[_Day]:
    for match in _DATE.finditer(flat):
        day_text, month_text = match["d"] or match["d2"], match["mo"] or match["mo2"]
        year_text = match["y"] or match["y2"]
        named = flat[match.start() : match.start() + 4] == "ngay"
        if year_text is None and not named and "/" not in match[0]:
            continue  # "2.5", "3-4": numbers, not days
        if day_text is None or month_text is None:
            continue
        found = _day(int(day_text), int(month_text), year_text, received_at)
        if found is not None:
            day, confidence, why = found
            yield _Day(match.start(), match.end(), day, confidence, why)


def _day(day: int, month: int, year_text: str | None, received_at: datetime) -> tuple[date, float, str | None] | None:
    try:
        if year_text is not None:
            year = int(year_text) + (2000 if len(year_text) == 2 else 0)
            return date(year, month, day), SURE, None
        near = [date(received_at.year + shift, month, day) for shift in (-1, 0, 1)]
    except ValueError:
        return None
    return min(near, key=lambda each: abs(each - received_at.date())), LIKELY, "reading.no_year"


def _relative(flat: str, received_at: datetime) -> Iterator[_Day]:
    for match in _RELATIVE.finditer(flat):
        if match[0].startswith("cung"):
            continue  # the day of the time before it: what a time without a day takes anyway
        shift = 1 if match["tomorrow"] else 0
        yield _Day(
            match.start(), match.end(), received_at.date() + timedelta(days=shift), LIKELY, "reading.relative_day"
        )


def _beside(flat: str, clock: _Clock, clocks: list[_Clock], days: list[_Day], used: set[int]) -> _Day | None:
    """The day written next to a time: after it, or before it."""
    for index, day in enumerate(days):
        gap = flat[clock.end : day.start] if day.start >= clock.end else None
        if gap is not None and len(gap) <= _NEAR and _JOIN.fullmatch(gap):
            used.add(index)
            return day
    for index, day in reversed(list(enumerate(days))):
        gap = flat[day.end : clock.start] if day.end <= clock.start else None
        taken = any(other.end <= day.start and _JOIN.fullmatch(flat[other.end : day.start]) for other in clocks)
        if gap is not None and not taken and len(gap) <= _NEAR and _JOIN.fullmatch(gap):
            used.add(index)
            return day
    return None


def _day_of(
    flat: str, index: int, clocks: list[_Clock], beside: list[_Day | None]
) -> tuple[date | None, float, str | None]:
    own = beside[index]
    if own is not None:
        return own.day, own.confidence, own.why
    clock = clocks[index]
    if index + 1 < len(clocks) and (after := beside[index + 1]) is not None:
        between = flat[clock.end : clocks[index + 1].start]
        if re.fullmatch(r"\s*(?:-|den|toi)(?: luc| khoang)?\s*", between):
            # "từ 15h đến 20h ngày 22/11": one day for both, unless the end is earlier in the day.
            later = (clocks[index + 1].hour, clocks[index + 1].minute) > (clock.hour, clock.minute)
            shift = timedelta() if later else timedelta(days=1)
            return after.day - shift, after.confidence if later else DOUBTFUL, after.why or "reading.shared_day"
    if index and (before := beside[index - 1]) is not None:
        between = flat[clocks[index - 1].end : clock.start]
        if re.search(r"(?<!\w)(?:-|den|toi|ket thuc|dung xa)(?!\w)", between) and len(between) <= 60:
            later = (clock.hour, clock.minute) > (clocks[index - 1].hour, clocks[index - 1].minute)
            shift = timedelta() if later else timedelta(days=1)
            return before.day + shift, min(before.confidence, LIKELY) if later else DOUBTFUL, "reading.shared_day"
    return None, UNCLEAR, None


def _without_day(clock: _Clock, received_at: datetime) -> Moment:
    today = received_at.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    today += timedelta(days=clock.next_day)
    if today < received_at - timedelta(hours=1):
        return Moment(clock.start, clock.end, None, UNCLEAR, "reading.no_day")
    return Moment(clock.start, clock.end, today, DOUBTFUL, "reading.day_of_receipt")


def _moment(
    clock: _Clock, beside: _Day | None, day: date, confidence: float, why: str | None, received_at: datetime
) -> Moment:
    at = datetime(day.year, day.month, day.day, clock.hour, clock.minute, tzinfo=received_at.tzinfo)
    at += timedelta(days=clock.next_day)
    start = min(clock.start, beside.start) if beside else clock.start
    end = max(clock.end, beside.end) if beside else clock.end
    return replace(Moment(clock.start, clock.end, at, confidence, why), start=start, end=end)
