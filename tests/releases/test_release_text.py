"""Pasted notices: every hand-written one is read as a careful person would, and nothing that can be misread is
claimed."""

import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards.release_text import LIKELY, SURE, UNCLEAR, read_notice
from eoc.hazards.text_parts import flatten, number
from eoc.words import catalogue

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RECEIVED = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)
RESERVOIRS = {
    "ho-thac-mo": "Hồ Thác Mơ",
    "ho-can-don": "Hồ Cần Đơn",
    "ho-srok-phu-mieng": "Hồ Srok Phu Miêng",
    "ho-phuoc-hoa": "Hồ Phước Hòa",
}
WRITTEN: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("notices.yaml").read_text("utf-8"))


def expected(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value).replace(tzinfo=ZONE) if name in ("planned_at", "until") and value else value


def test_there_are_enough_of_them() -> None:
    assert len(WRITTEN) >= 25


@pytest.mark.parametrize("written", WRITTEN, ids=[each["id"] for each in WRITTEN])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_written_notice_is_read(written: dict[str, Any], form: Any) -> None:
    read = read_notice(unicodedata.normalize(form, written["text"]), RECEIVED, RESERVOIRS)
    assert read.kind == written["kind"]
    for name, value in written["want"].items():
        field = read.fields.get(name)
        assert field is not None, (name, read)
        assert field.value == expected(name, value), (name, field)
        if value is None:
            assert (field.confidence, bool(field.candidates), bool(field.why)) == (UNCLEAR, True, True), field
        elif name in written.get("doubt", ()):
            assert field.confidence <= LIKELY, field
            assert field.why or name == "cancelled", field
        assert read.text[field.start : field.end] == field.piece or " + " in field.piece
        if field.why:
            assert field.why in catalogue("vi")
    if written.get("only"):
        assert set(read.fields) == set(written["want"])
    for name in written.get("only_not", ()):
        assert name not in read.fields


def test_a_plain_notice_is_sure() -> None:
    read = read_notice(WRITTEN[0]["text"], RECEIVED, RESERVOIRS)
    assert {field.confidence for field in read.fields.values()} == {SURE}
    assert read.fields["planned_at"].piece == "15h00 ngày 22/11/2026"
    assert read.fields["spill_m3s"].piece == "84 m3/s"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("384", 384.0),
        ("1.200", 1200.0),
        ("1 200", 1200.0),
        ("1.200.300", 1200300.0),
        ("84,5", 84.5),
        ("1.250,25", 1250.25),
        ("84.5", 84.5),
        ("1,200.5", 1200.5),
        ("1,200", None),
        ("0.123", None),
        ("12,345", None),
        ("1.20.3", None),
    ],
)
def test_numbers_are_read_as_they_are_written_in_vietnam(text: str, value: float | None) -> None:
    read, confidence, why = number(text)
    assert read == value
    assert (why is not None) == (confidence < SURE)


moments = st.integers(-28 * 1440, 28 * 1440).map(lambda minutes: RECEIVED + timedelta(minutes=minutes))
SPELLINGS = (
    lambda at: f"{at.hour}h{at.minute:02d} ngày {at.day}/{at.month}/{at.year}",
    lambda at: f"{at.hour:02d}g{at.minute:02d} ngày {at.day:02d}/{at.month:02d}/{at.year}",
    lambda at: f"{at.hour} giờ {at.minute:02d} phút, ngày {at.day} tháng {at.month} năm {at.year}",
    lambda at: f"{at.hour:02d}:{at.minute:02d} ngày {at.day:02d}-{at.month:02d}-{at.year}",
    lambda at: f"{at.hour}h{at.minute:02d} {at.day}.{at.month}.{at.year}",
)


def vietnamese(value: int, tenths: int) -> str:
    whole = f"{value:,}".replace(",", ".")
    return f"{whole},{tenths}" if tenths else whole


@given(moments, st.integers(1, 30), st.sampled_from(SPELLINGS), st.integers(1, 9999), st.integers(0, 9),
       st.sampled_from(["m3/s", " m³/s", " m3/giây"]), st.sampled_from(sorted(RESERVOIRS)))  # fmt: skip
def test_whatever_the_spelling_it_is_the_same_notice(
    at: datetime, hours: int, spell: Any, flow: int, tenths: int, unit: str, station: str
) -> None:
    until = at + timedelta(hours=hours)
    text = (
        f"{RESERVOIRS[station]} thông báo xả nước từ {spell(at)} đến {spell(until)}, "
        f"tổng lưu lượng {vietnamese(flow, tenths)}{unit}."
    )
    read = read_notice(text, at - timedelta(hours=5), RESERVOIRS)
    values = {name: field.value for name, field in read.fields.items()}
    assert values == {
        "reservoir": station,
        "planned_at": at,
        "until": until,
        "discharge_m3s": pytest.approx(flow + tenths / 10),
    }


PIECES = ["xả ", "lúc ", "15h", "7h30 ", "ngày ", "22/11/2026 ", "31/2/2026 ", "1.2.3 ", "m3/s ", "384 ", "1,200 "]
PIECES += ["đến ", "từ ", "mở ", "02 cửa ", "hủy ", "tràn ", "tổng ", "Thác Mơ ", "Cần Đơn ", "\n", ". ", "25h99 "]


@given(st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_has_an_answer_whose_pieces_are_in_it(text: str) -> None:
    read = read_notice(text, RECEIVED, RESERVOIRS)
    assert len(flatten(read.text)) == len(read.text)
    for name, field in read.fields.items():
        assert 0 <= field.start <= field.end <= len(read.text)
        assert 0 <= field.confidence <= SURE
        assert (field.value is None) == (field.confidence == UNCLEAR), (name, field)
        if name in ("planned_at", "until") and field.value is not None:
            assert field.value.tzinfo is not None
