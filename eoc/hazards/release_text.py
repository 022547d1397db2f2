"""From the text of a release notice (a fax, a Zalo message, an e-mail) to proposed fields, each with the piece of text
it came from and how sure it is. Pure; a person confirms every field.

Nothing is guessed. What can be read in two ways is proposed with no value and all its candidates, or with a low
confidence and the reason. Vietnamese habits that matter: 15h00, 15 giờ 30 phút, 7 giờ rưỡi, 3 giờ chiều; 22/11/2026 is
day/month; 1.200 is one thousand two hundred and 84,5 eighty-four and a half; m3/s, m³/s, m3/giây.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from eoc.hazards.text_parts import Found, flatten, flows, moments
from eoc.hazards.text_parts import Moment as _Moment

SURE, LIKELY, DOUBTFUL, UNCLEAR = 0.9, 0.7, 0.4, 0.0
"""Said outright; said, with something to complete; can be meant otherwise; two readings, so no value."""

MAX_CHARS = 20_000
Kind = Literal["notice", "update", "cancel"]


@dataclass(frozen=True, slots=True)
class Field:
    """A proposed value. `start`, `end`: where its text stands in what was given; `why`: code of what is doubtful."""

    value: Any
    piece: str
    start: int
    end: int
    confidence: float
    why: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `fields` has only what was found; `kind` is None when the text says nothing of a release.
    `text` is what the places in the fields count in: the given one, composed (NFC) and cut to `MAX_CHARS`."""

    text: str
    kind: Kind | None
    fields: Mapping[str, Field]


def read_notice(text: str, received_at: datetime, reservoirs: Mapping[str, str]) -> Reading:
    """Proposed fields of a notice. `received_at` is local and aware: its zone is the text's, its day completes dates;
    `reservoirs` maps ids to names. Fields: reservoir, number, planned_at, until, discharge_m3s, spill_m3s, turbine_m3s,
    gates_open, reason, cancelled."""
    text = unicodedata.normalize("NFC", text)[:MAX_CHARS]
    flat = flatten(text)
    found: dict[str, Field] = {}
    _put(found, "reservoir", _reservoir(text, flat, reservoirs))
    _put(found, "number", _number(text, flat))
    times = moments(flat, received_at)
    _times(found, text, flat, times, received_at)
    _discharge(found, text, flat)
    _put(found, "gates_open", _gates(text, flat))
    _put(found, "reason", _reason(text, flat))
    kind = _kind(found, text, flat)
    return Reading(text, kind, found)


def _put(fields: dict[str, Field], name: str, value: Field | None) -> None:
    if value is not None:
        fields[name] = value


def _field(text: str, span: tuple[int, int], value: Any, confidence: float, why: str | None = None, /) -> Field:
    return Field(value, text[span[0] : span[1]], span[0], span[1], confidence, why)


def _unclear(text: str, spans: Sequence[tuple[int, int]], why: str) -> Field:
    """Two or more readings: no value, but everything that was seen."""
    pieces = tuple(dict.fromkeys(text[start:end] for start, end in spans))
    start, end = spans[0]
    return Field(None, text[start:end], start, end, UNCLEAR, why, pieces)


# -- which dam, which notice ------------------------------------------------------------------------------------------

_PREFIX = re.compile(r"^(ho chua|ho|thuy dien|dap)\s+")
_OWN = r"(?:cong ty[^.\n]{0,40}?|nha may[^.\n]{0,20}?|thuy dien|ho chua|ho|dap)(?: thuy dien| ho| dap| chua)*\s+$"


def _reservoir(text: str, flat: str, reservoirs: Mapping[str, str]) -> Field | None:
    seen: dict[str, tuple[int, int]] = {}
    owners: list[str] = []
    for station, name in reservoirs.items():
        bare = _PREFIX.sub("", flatten(name)).strip()
        if not bare:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(bare)}(?!\w)", flat):
            seen.setdefault(station, match.span())
            if re.search(_OWN, flat[max(0, match.start() - 80) : match.start()]):
                owners.append(station)
                break
    if not seen:
        return None
    if len(seen) == 1:
        ((station, span),) = seen.items()
        return _field(text, span, station, SURE)
    # Several dams are named; the one whose owner writes opens the letter.
    first = min(seen, key=lambda each: seen[each][0])
    if first in owners and re.search(r"cong ty|nha may", flat[max(0, seen[first][0] - 60) : seen[first][0]]):
        return _field(text, seen[first], first, DOUBTFUL, "reading.several_reservoirs")
    return _unclear(text, sorted(seen.values()), "reading.several_reservoirs")


_NUMBER = re.compile(r"(?<!\w)so\s*[:.]?\s*(\d{1,5}\s*/\s*[a-z][a-z0-9.\-]*(?:/[a-z0-9.\-]+)*)")


def _number(text: str, flat: str) -> Field | None:
    match = _NUMBER.search(flat)
    if match is None:
        return None
    piece = re.sub(r"\s+", "", text[match.start(1) : match.end(1)])
    return _field(text, match.span(1), piece.rstrip(".-"), SURE)


# -- when -------------------------------------------------------------------------------------------------------------

_BEGIN = re.compile(
    r"bat dau|thoi (?:gian|diem)(?: du kien)? (?:xa|mo|van hanh)|(?:se |tien hanh |du kien |ke hoach )?"
    r"(?:mo|van hanh)[^.;\n]{0,30}?cua|(?:se |tien hanh |du kien )?(?:xa|dieu tiet)(?! day)|tu luc|ke tu"
    r"|(?<!\w)tu(?!\w)"
)
_END = re.compile(
    r"(?<!\w)den(?: khi| luc)?(?!\w)|dong (?:tat ca |toan bo |cac )?cua|(?:ket thuc|dung|ngung|thoi)(?: viec)?(?: xa)?"
)
_SENT = re.compile(r"thong bao luc|gui luc|phat luc|cap nhat luc|tinh den|hien tai|luc nay|hien nay|muc nuoc")
_STOP = re.compile(
    r"(?:dung|ngung|ket thuc|cham dut|tam dung)(?: viec)?(?: van hanh)? xa|dong (?:tat ca |toan bo |cac )?cua"
)


_BARE = "reading.time_unlabelled"


def _times(fields: dict[str, Field], text: str, flat: str, times: list[_Moment], received_at: datetime) -> None:
    begins: list[_Moment] = []
    ends: list[_Moment] = []
    others: list[_Moment] = []
    previous = 0
    for moment in times:
        if moment.dated_only:
            continue
        before = flat[max(previous, moment.start - 90) : moment.start]
        before = re.split(r"[.;\n](?=\s|$)", before)[-1] if re.search(r"[.;\n](?=\s|$)", before) else before
        role = _role(before)
        if role == "end":
            ends.append(moment)
        elif role == "begin":
            begins.append(moment)
        elif role is None:
            others.append(moment)
        previous = moment.end
    if not begins:
        # Nothing before it says what the time is for: "15h00 hôm nay hồ sẽ xả".
        begins = [replace(each, confidence=min(each.confidence, DOUBTFUL), why=each.why or _BARE) for each in others]
    _put(fields, "planned_at", _one_time(text, begins, received_at))
    _put(fields, "until", _one_time(text, ends, received_at))
    _check_order(fields, text)


def _role(before: str) -> str | None:
    """What the words just before a time make of it: the nearest one decides."""
    places = {
        "end": max((m.end() for m in _END.finditer(before)), default=-1),
        "begin": max((m.end() for m in _BEGIN.finditer(before)), default=-1),
        "told": max((m.end() for m in _SENT.finditer(before)), default=-1),
    }
    name = max(places, key=lambda each: places[each])
    return name if places[name] >= 0 else None


def _one_time(text: str, found: Sequence[_Moment], received_at: datetime) -> Field | None:
    if not found:
        return None
    distinct = {each.at for each in found}
    if len(distinct) > 1:
        return _unclear(text, [(each.start, each.end) for each in found], "reading.several_times")
    moment = max(found, key=lambda each: each.confidence)
    span = (moment.start, moment.end)
    if moment.at is None:
        return _unclear(text, [span], moment.why or "reading.no_day")
    if abs(moment.at - received_at) > timedelta(days=31):
        return _field(text, span, moment.at, DOUBTFUL, "reading.far_away")
    return _field(text, span, moment.at, moment.confidence, moment.why)


def _check_order(fields: dict[str, Field], text: str) -> None:
    """An end before the beginning is one of the two misread."""
    planned, until = fields.get("planned_at"), fields.get("until")
    if planned is None or until is None or planned.value is None or until.value is None:
        return
    if until.value <= planned.value:
        fields["until"] = _unclear(text, [(until.start, until.end)], "reading.end_before_begin")


# -- how much ---------------------------------------------------------------------------------------------------------

_RELEASE = (
    r"luu luong(?: du kien)? (?:xa|dieu tiet)|(?:xa|dieu tiet)(?: nuoc| lu)?(?: ve ha du)?|ha du|luu luong|muc xa"
)
_FLOW_LABELS = (
    ("inflow", re.compile(r"(?:ve|den|vao) ho|luu luong (?:nuoc )?(?:ve|den|vao)(?! ha)")),
    ("turbine", re.compile(r"tua ?-?bin|turbine?|to may|phat dien|chay may|qua may|qua nha may|nha may")),
    ("total", re.compile(r"tong(?: cong| luu luong| xa)?")),
    ("spill", re.compile(r"(?<!\w)tran|xa mat|cua van|cua xa|xa day|qua cua")),
    ("release", re.compile(_RELEASE)),
)


def _discharge(fields: dict[str, Field], text: str, flat: str) -> None:
    told: dict[str, list[Found]] = {}
    edges = flows(flat)
    for index, flow in enumerate(edges):
        after_last = edges[index - 1].end if index else 0
        before_next = edges[index + 1].start if index + 1 < len(edges) else len(flat)
        label = _label(flat, flow, after_last, before_next)
        told.setdefault(label, []).append(flow)
    total = _flow(text, told.get("total", []))
    spill = _flow(text, told.get("spill", []))
    turbine = _flow(text, told.get("turbine", []))
    plain = _flow(text, told.get("release", []))
    _put(fields, "spill_m3s", spill)
    _put(fields, "turbine_m3s", turbine)
    _put(fields, "discharge_m3s", _outflow(text, total, plain, spill, turbine))


def _label(flat: str, flow: Found, after_last: int, before_next: int) -> str:
    """What a number of m3/s is about: the nearest words before it in its clause, else those right behind it."""
    before = re.split(r"[;\n]|\.(?=\s)", flat[max(after_last, flow.start - 90) : flow.start])[-1]
    best, place = "", -1
    for name, pattern in _FLOW_LABELS:
        end = max((match.end() for match in pattern.finditer(before)), default=-1)
        if end > place:
            # "Tổng lưu lượng xả về hạ du" is the total, whatever stands between.
            best, place = "total" if (name, best) == ("release", "total") else name, end
    behind = re.split(r"[,;.\n)]", flat[flow.end : min(before_next, flow.end + 30)])[0]
    behind = re.sub(r"^[\s(]*(?:(?:xa|chay|phat|nuoc|la)\s+)*", "", behind)
    if best in ("", "release"):
        for name in ("spill", "turbine", "inflow"):
            if re.match(rf"(?:qua )?(?:{dict(_FLOW_LABELS)[name].pattern})", behind):
                return name
    return best or "other"


def _flow(text: str, found: Sequence[Found]) -> Field | None:
    if not found:
        return None
    values = {each.value for each in found}
    if len(values) > 1 or found[0].value is None:
        why = found[0].why if found[0].value is None and found[0].why else "reading.several_flows"
        return _unclear(text, [(each.start, each.end) for each in found], why)
    best = max(found, key=lambda each: each.confidence)
    return _field(text, (best.start, best.end), best.value, best.confidence, best.why)


def _outflow(
    text: str, total: Field | None, plain: Field | None, spill: Field | None, turbine: Field | None
) -> Field | None:
    """Turbines and spillway together: as said, else added up; spill alone is less than what leaves the dam."""
    parts = [each for each in (spill, turbine) if each is not None]
    known = [each.value for each in parts if each.value is not None]
    added = sum(known) if len(known) == 2 else None
    stated = total or plain
    if stated is not None:
        if stated.value is not None and added is not None and abs(stated.value - added) > 0.02 * stated.value:
            if total is None:
                return Field(added, _pieces(parts), parts[0].start, parts[-1].end, DOUBTFUL, "reading.added_up")
            spans = [(stated.start, stated.end), *((each.start, each.end) for each in parts)]
            return _unclear(text, spans, "reading.total_differs")
        if total is None and stated.value is not None and added is None and known:
            return Field(
                stated.value, stated.piece, stated.start, stated.end, min(stated.confidence, LIKELY), "reading.no_total"
            )
        return stated
    if added is not None:
        confidence = min(LIKELY, *(each.confidence for each in parts))
        return Field(added, _pieces(parts), parts[0].start, parts[-1].end, confidence, "reading.added_up")
    if spill is not None and spill.value is not None:
        return Field(spill.value, spill.piece, spill.start, spill.end, DOUBTFUL, "reading.spill_only")
    return spill or None


def _pieces(parts: Sequence[Field]) -> str:
    return " + ".join(each.piece for each in parts)


_WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8}
_GATES = re.compile(
    r"(?:mo|van hanh|nang)\s+(?P<more>them\s+)?(?P<n>\d{1,2}|" + "|".join(_WORDS) + r")\s*(?:/\s*\d{1,2}\s*)?"
    r"(?:cua|khoang)(?!\s*so)"
)


def _gates(text: str, flat: str) -> Field | None:
    found = list(_GATES.finditer(flat))
    if not found:
        return None
    values = {_WORDS.get(match["n"]) or float(match["n"]) for match in found}
    if len(values) > 1:
        return _unclear(text, [match.span() for match in found], "reading.several_gates")
    if any(match["more"] for match in found):
        return _unclear(text, [found[0].span()], "reading.more_gates")
    return _field(text, found[0].span(), float(values.pop()), SURE)


_REASON = re.compile(r"(?<!\w)(?:do|vi|nham|de dam bao|de)\s+[^.;\n]{6,160}")


def _reason(text: str, flat: str) -> Field | None:
    match = _REASON.search(flat)
    if match is None:
        return None
    return _field(text, match.span(), text[match.start() : match.end()].strip(), LIKELY)


# -- what kind --------------------------------------------------------------------------------------------------------

_CANCEL = re.compile(
    r"(?<!\w)huy(?: bo)?(?!\w)(?: \w+){0,4}? (?:xa|thong bao|lenh|ke hoach|viec)|thu hoi (?:thong bao|lenh)"
    r"|(?:se )?khong (?:tien hanh |thuc hien |con )?(?:viec )?xa(?! \w+ gay)|hoan(?: viec)? xa"
)
_UPDATE = re.compile(r"dieu chinh|thay the|thay doi|bo sung|tang luu luong|giam luu luong|cap nhat")
_ABOUT = re.compile(r"xa (?:lu|nuoc|tran|mat|day|dieu tiet)|(?<!\w)xa(?!\w)|cua (?:van|xa)|qua tran|dieu tiet")
_NOT_THIS = re.compile(r"khong$|chua$")


def _kind(fields: dict[str, Field], text: str, flat: str) -> Kind | None:
    if not _ABOUT.search(flat):
        return None
    cancel = next((m for m in _CANCEL.finditer(flat) if not _NOT_THIS.search(flat[: m.start()].rstrip())), None)
    if cancel is not None:
        fields["cancelled"] = _field(text, cancel.span(), True, SURE if "discharge_m3s" not in fields else DOUBTFUL)
        return "cancel"
    stop = _STOP.search(flat)
    if stop is not None and "discharge_m3s" not in fields and "planned_at" not in fields:
        # "Ngừng xả": the release ends. Whether that withdraws the notice or ends it at an hour, a person says.
        fields["cancelled"] = _field(text, stop.span(), True, LIKELY if "until" not in fields else DOUBTFUL)
        return "cancel"
    return "update" if _UPDATE.search(flat) else "notice"
