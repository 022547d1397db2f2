"""Hypothesis strategies of everything that devices, clients and people get wrong; written once, used everywhere.

Numbers, text, times, places and protocol fields as they really arrive: sensor sentinels, decimal commas, seconds sent
as milliseconds, NFD, lone surrogates, repeated keys, bombs of brackets.
"""

import json
import math
from typing import Any

from hypothesis import strategies as st

PROPERTIES = ["water_level_m", "rain_mm", "discharge_m3s", "temperature_c", "htl", "qxm"]

SENTINELS = [-999, -9999, 9999, 65535, 32767, -32768, 85.0, 6553.5, 2**53 - 1, 2**53, 2**53 + 1, 10**30, -(10**30)]
ODD_NUMBERS = [0, -0.0, 1e308, -1e308, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, *SENTINELS]

#: Written into JSON as they stand, so that also what no parser should take gets there.
RAW_NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1,5", "1.234,5", "٣", "１２", "0x10", "01", "+1", ".5", "1.",
    "12.3.4", "--1", "1e", "-", "1_000", "9" * 400, "9" * 5000, "true", "null", '""', '" 12 "', '"1,5"', '"NaN"', "[]",
    "{}", "[1]", '{"value":1}', "1e-999", "-0",
]  # fmt: skip

TEXTS = [
    "", " ", "Sông Bé", "So\u0302ng Be\u0301", "đ", "Đ", "\u200b", "\u202e123", "👩‍🚒", "🇻🇳", "\x00", "a\x00b",
    "\r\nX: y", "{{7*7}}", "${jndi:ldap://x}", "<svg onload=alert(1)>", "';--", "../../etc/passwd", "=HYPERLINK(\"x\")",
    "\x1b[2J", "\ufeff", "\ud800", "\udfff", "a" * 65, "a" * 70_000, "B\xe9", "%s%n", "\\", '"', "CON", "ﬁ",
]  # fmt: skip

TIMES = [
    "2026-11-23T10:00:00+07:00", "2026-11-23T03:00:00Z", "2026-11-23T03:00:00.123456Z", "20261123T030000Z",
    "2026-11-23T10:00:00", "2026-11-23", "1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z",
    "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2016-12-31T23:59:60Z",
    "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "7h30", "22/11/2026", "11/22/2026 10:00", "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:00+25:00", "2026-11-23x10:00:00Z", "２０２６-11-23T10:00:00Z", "", "now", "1795432328",
    0, 1, -1, 1_795_432_328, 1_795_432_328_000, 1_795_432_328_000.5, 1_795_432_328_000_000, 2**63, -(2**63),
    1e308, -1e308, 10**30, True, False, None, [], {},
]  # fmt: skip

STATION_IDS = [
    "s1",
    "be-phuoc-long",
    "A.b_c-9",
    "a" * 64,
    "a" * 65,
    "",
    "sông",
    "a b",
    "a/b",
    "+",
    "#",
    "$SYS",
    "a\x00",
    "..",
]
SEQS = [0, 1, 2**31, 2**53, 2**53 + 1, -1, 10**30, 1.0, 1.5, "1", True, None, [], {}]

numbers = st.one_of(st.sampled_from(ODD_NUMBERS), st.floats(allow_nan=False, allow_infinity=False), st.integers())
texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=40))
times = st.one_of(
    st.sampled_from(TIMES),
    st.datetimes().map(lambda moment: moment.isoformat() + "+07:00"),
    st.integers(min_value=0, max_value=4_102_444_800_000),
)
station_ids = st.sampled_from(STATION_IDS)
good_values = st.floats(min_value=0, max_value=0.9).map(lambda value: round(value, 4))

scalars = st.one_of(numbers, texts, st.booleans(), st.none())
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=10
)


@st.composite
def good_records(draw: st.DrawFn) -> dict[str, Any]:
    """A record that must be accepted."""
    record: dict[str, Any] = {
        "ts": draw(st.one_of(st.sampled_from(TIMES[:4]), st.integers(min_value=10**12, max_value=4 * 10**12))),
        "seq": draw(st.integers(min_value=0, max_value=2**53)),
        "data": draw(st.dictionaries(st.sampled_from(PROPERTIES), good_values, min_size=1, max_size=4)),
    }
    if draw(st.booleans()):
        record["boot"] = draw(st.sampled_from(["", "b1", "2026-11-23 khởi động", "x" * 64]))
    if draw(st.booleans()):
        record["q"] = draw(st.fixed_dictionaries({}, optional={"battery_v": good_values, "rssi": st.integers(-120, 0)}))
    return record


@st.composite
def odd_records(draw: st.DrawFn) -> Any:
    """A record with one or several things wrong, or not a record at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(json_values)
    record = draw(good_records())
    for _ in range(draw(st.integers(1, 3))):
        match draw(
            st.sampled_from(["ts", "seq", "boot", "value", "property", "missing", "more", "data", "q", "station"])
        ):
            case "ts":
                record["ts"] = draw(times)
            case "seq":
                record["seq"] = draw(st.sampled_from(SEQS))
            case "boot":
                record["boot"] = draw(st.one_of(texts, scalars))
            case "value":
                record["data"] = {draw(st.sampled_from(PROPERTIES)): draw(json_values)}
            case "property":
                record["data"] = {draw(texts): draw(numbers)}
            case "missing":
                record.pop(draw(st.sampled_from(sorted(record))), None) if record else None
            case "more":
                record[draw(texts)] = draw(scalars)
            case "data":
                record["data"] = draw(json_values)
            case "q":
                record["q"] = draw(json_values)
            case _:
                record["station"] = draw(station_ids)
    return record


def written(value: Any) -> bytes:
    """As JSON bytes, lone surrogates and NaN included (as a careless program would write them)."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def broken_bytes(draw: st.DrawFn) -> bytes:
    """Bytes that were JSON before something happened to them."""
    raw = bytearray(written(draw(good_records())))
    match draw(st.integers(0, 6)):
        case 0:
            return bytes(raw[: draw(st.integers(0, len(raw)))])
        case 1:
            at = draw(st.integers(0, len(raw) - 1))
            raw[at] = draw(st.integers(0, 255))
            return bytes(raw)
        case 2:
            return b"\xef\xbb\xbf" + bytes(raw)
        case 3:
            number = draw(st.sampled_from(RAW_NUMBERS))
            return b'{"ts":"2026-11-23T03:00:00Z","seq":1,"data":{"water_level_m":%s}}' % number.encode()
        case 4:
            depth = draw(st.sampled_from([100, 900, 1100, 30_000]))
            bracket = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
            return (bracket[0] * depth + b"1" + bracket[1] * depth)[:65_536]
        case 5:
            name = draw(st.sampled_from(["ts", "seq", "data", "boot"]))
            again = json.dumps(name).encode() + b":" + written(draw(scalars)) + b","
            return b"{" + again + bytes(raw[1:])
        case _:
            return draw(st.binary(max_size=200))


@st.composite
def payloads(draw: st.DrawFn) -> tuple[bytes, int | None]:
    """(payload, records in it); None when only the codec can tell whether it comes apart."""
    match draw(st.integers(0, 5)):
        case 0:
            return written(draw(good_records())), 1
        case 1 | 2:
            return written(draw(odd_records())), None
        case 3:
            return draw(broken_bytes()), None
        case 4:
            records = draw(st.lists(st.one_of(good_records(), odd_records()), min_size=1, max_size=8))
            raw = written(records)
            takes_apart = _takes_apart(raw)
            return raw, len(records) if takes_apart else None
        case _:
            many = draw(st.sampled_from([0, 1, 999, 1000, 1001, 5000]))
            return b"[" + b",".join([b"{}"] * many) + b"]", many if 0 < many <= 1000 else None


def _takes_apart(raw: bytes) -> bool:
    try:
        parsed = json.loads(raw.decode("utf-8"), parse_constant=lambda _: math.nan)
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, list) and b"NaN" not in raw and b"Infinity" not in raw and len(raw) <= 65_536
