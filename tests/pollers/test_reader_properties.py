"""Whatever a feed answers, its reader says something about it, or that it is not of its kind; never anything else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eoc.errors import Invalid
from eoc.model import PHYSICAL_RANGE
from eoc.words import catalogue, placeholders
from sensors.codecs.moments import Fault
from sensors.pollers import texts
from sensors.pollers.ports import Document, Harvest
from sensors.pollers.readers import REGISTRY
from tests.pollers import shapes
from tests.pollers.stage import START, ZONE, make_entry
from tests.strategies import RAW_NUMBERS, payloads
from tests.strategies import texts as odd_texts

LIMIT = START + timedelta(minutes=1)
TABLE: dict[str, Any] = {
    "device": "ten", "time": "ngay", "naive_time": "+07:00", "devices": {"Thác Mơ": "s1", "a": "s2"},
    "fields": {"htl": "htl", "qxm": "qxm"},
    "columns": ["ten", "ngay", "htl", "hdbt", "hc", "qve", "qx", "qxt", "qxm", "ncxs", "ncxm"],
}  # fmt: skip
ENTRIES = {
    "json_rows": make_entry(
        kind="json_rows", url="http://h/", device="station.name", devices={"Bù Gia Mập": "s1", "Phú Văn": "s2"},
        fields={"depth": {"property": "rain_mm", "counts": "rain_day"}, "sumDepth": "rain_acc_mm"},
    ),
    "html_table": make_entry(kind="html_table", url="http://h/", **TABLE),
    "csv": make_entry(
        kind="csv", url="http://h/", device="tram", time="thoi_gian", naive_time="+07:00", decimal=",",
        devices={"be-long-binh": "s1", "be-nha-bich": "s2"},
        fields={"muc_nuoc_m": "water_level_m", "mua_mm": "rain_mm"},
    ),
    "cap": make_entry(kind="cap", url="http://h/"),
    "firms_csv": make_entry(kind="firms_csv", url="http://h/"),
}  # fmt: skip
REAL = {
    "json_rows": [shapes.RAIN_NETWORK],
    "html_table": [shapes.RESERVOIRS],
    "csv": [shapes.MEASURED],
    "cap": [
        shapes.cap(1), shapes.cap(2, "Update", "a,b,c"), shapes.embedded(1, 2), shapes.linked("/1", "/2"),
        shapes.rss("/1"),
    ],
    "firms_csv": [shapes.VIIRS, shapes.MODIS],
}  # fmt: skip
KINDS = sorted(REGISTRY)


def check(kind: str, body: bytes) -> None:
    reader = REGISTRY[kind](ENTRIES[kind], ZONE)
    try:
        found = reader.read(Document("x", body), {}, START, LIMIT)
    except Invalid as error:
        for language in ("vi", "en"):
            assert placeholders(catalogue(language)[error.code]) <= set(error.params)
        json.dumps(dict(error.params), allow_nan=False)
        return
    sound(found)
    # What it remembers can be stored, and with it nothing that was said is said again.
    memory = json.loads(json.dumps(found.memory, allow_nan=False))
    again = reader.read(Document("x", body), memory, START, LIMIT)
    assert (again.observations, again.alerts, again.hotspots, again.refusals, again.links) == ([], [], [], [], [])


def sound(found: Harvest) -> None:
    for each in found.observations:
        assert each.station in {"s1", "s2"}
        assert each.observed_at <= LIMIT
        for name, value in each.values.items():
            low, high = PHYSICAL_RANGE[name]
            assert low <= value <= high
    for spot in found.hotspots:
        assert -180 <= spot.lon <= 180
        assert -90 <= spot.lat <= 90
    for alert in found.alerts:
        assert alert.sender
        assert alert.sent.tzinfo is not None
    for refused in found.refusals:
        for language in ("vi", "en"):
            assert placeholders(catalogue(language)[f"refusal.{refused.code}"]) <= set(refused.params)
        json.dumps(dict(refused.params), allow_nan=False).encode()


def test_the_registry_has_every_kind() -> None:
    assert set(KINDS) == set(ENTRIES) == set(REAL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_real_shapes(kind: str) -> None:
    for body in REAL[kind]:
        check(kind, body)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.one_of(
        st.binary(max_size=300), payloads().map(lambda drawn: drawn[0]), st.text(max_size=200).map(str.encode)
    )
)
def test_any_bytes(kind: str, body: bytes) -> None:
    check(kind, body)


@st.composite
def spoiled(draw: st.DrawFn, kind: str) -> bytes:
    """A real answer after an accident: bytes changed, cut, doubled, or a word replaced by a hostile one."""
    body = bytearray(draw(st.sampled_from(REAL[kind])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        match draw(st.integers(0, 4)):
            case 0 if body:
                body[at] = draw(st.integers(0, 255))
            case 1:
                body = body[:at]
            case 2:
                body[at:at] = body[at : at + draw(st.integers(0, 80))]
            case 3:
                word = draw(st.one_of(odd_texts, st.sampled_from(RAW_NUMBERS)))[:400]
                body[at:at] = word.encode("utf-8", "surrogatepass")
            case _:
                numbers = [index for index, byte in enumerate(body) if chr(byte).isdigit()]
                if numbers:
                    spot = draw(st.sampled_from(numbers))
                    body[spot : spot + 1] = draw(st.sampled_from(RAW_NUMBERS))[:400].encode()
    return bytes(body)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_real_answer_after_an_accident(kind: str, data: st.DataObject) -> None:
    check(kind, data.draw(spoiled(kind)))


@given(value=st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3)))
def test_a_number_survives_both_ways_of_writing(value: float) -> None:
    english = f"{value:.3f}"
    assert texts.number("x", english, ".") == float(english)
    vietnamese = f"{value:,.3f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    assert texts.number("x", vietnamese, ",") == float(english)


@given(text=st.one_of(odd_texts, st.sampled_from(RAW_NUMBERS)), decimal=st.sampled_from([".", ","]))
def test_what_is_no_number_is_refused_and_never_guessed(text: str, decimal: str) -> None:
    try:
        found = texts.number("x", text, decimal)
    except Fault as fault:
        assert fault.code == "value_not_number"
        return
    assert all(each in "0123456789.,+-eE −" for each in text.strip())
    assert found == found
