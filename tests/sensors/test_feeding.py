"""What a gateway takes in: judged as the product would, no two records under one identity, nothing swallowed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eoc.model import Observation
from eoc.words import catalogue
from sensors.codecs.json import JsonCodec
from sensors.feeding import Fed, Feeder
from tests.strategies import good_records, payloads, written

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def feeder(station: str | None = None) -> Feeder:
    return Feeder(station=station, now=lambda: NOW, boot="run")


def line(**more: Any) -> bytes:
    record = {"station": "s1", "ts": "2026-11-23T03:00:00Z", "data": {"water_level_m": 1.25}, **more}
    return json.dumps({name: value for name, value in record.items() if value is not ...}).encode()


def identities(fed: Fed) -> list[tuple[str, Any, Any]]:
    found = [(station, json.loads(payload)) for station, payload in fed.records]
    return [(station, payload.get("boot"), payload["seq"]) for station, payload in found]


def test_a_record_without_a_number_gets_one_of_its_station() -> None:
    fed = feeder().take([line(), line(station="s2"), line(), b"", b"  \r", line(boot="theirs")])
    assert identities(fed) == [("s1", "run", 1), ("s2", "run", 1), ("s1", "run", 2), ("s1", "theirs", 3)]
    assert fed.refused == []
    payload = json.loads(fed.records[0][1])
    assert payload == {"ts": "2026-11-23T03:00:00Z", "seq": 1, "boot": "run", "data": {"water_level_m": 1.25}}


def test_a_record_keeps_the_identity_it_brings() -> None:
    given = [line(seq=7, boot="b"), line(seq=3, boot=""), line(seq=4, boot=None), line(seq=7, boot="c")]
    expected = [("s1", "b", 7), ("s1", "", 3), ("s1", None, 4), ("s1", "c", 7)]
    assert identities(feeder().take(given)) == expected


def test_a_count_without_a_boot_mark_that_goes_back_begins_a_new_mark() -> None:
    """The device restarted, or its 16 bits were full: a receipt for the first 1 must not let go of the second."""
    counts = [1, 2, 5, 1, 2, 2]
    fed = feeder().take([line(seq=seq, data={"water_level_m": i}) for i, seq in enumerate(counts)])
    marks = ["run.1", "run.1", "run.1", "run.2", "run.2", "run.3"]
    assert identities(fed) == [("s1", mark, seq) for mark, seq in zip(marks, counts, strict=True)]


def test_the_same_line_twice_is_one_record_and_another_of_its_name_gets_a_name_of_ours() -> None:
    fed = feeder().take(
        [line(seq=1, boot="b"), line(seq=1, boot="b"), line(seq=1, boot="b", data={"water_level_m": 2})]
    )
    assert identities(fed) == [("s1", "b", 1), ("s1", "run", 1)]
    assert fed.repeated == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "json_invalid"),
        (b"[1]", "record_not_object"),
        (b'"text"', "record_not_object"),
        (b"\xff", "not_utf8"),
        (line(station=...), "field_missing"),
        (line(station=None), "field_missing"),
        (line(station="a/b"), "station_id_invalid"),
        (line(station=5), "station_id_invalid"),
        (line(ts=...), "field_missing"),
        (line(ts="2026-11-23T03:00:00"), "ts_no_offset"),
        (line(ts=1_700_000_000), "ts_too_old"),
        (line(data={}), "data_empty"),
        (line(data={"level": 1}), "property_unknown"),
        (line(data={"water_level_m": -9999}), "value_out_of_range"),
        (line(data={"water_level_m": "1,5"}), "value_not_number"),
        (line(seq=-1), "seq_invalid"),
        (line(seq=None), "seq_invalid"),
        (line(seq=10**30), "seq_invalid"),
        (line(boot="x" * 65), "boot_invalid"),
        (line(more=1), "field_unknown"),
        (line()[:-1] + b',"ts":5}', "field_repeated"),
        (line(seq=1)[:-1] + b',"seq":2}', "field_repeated"),
        (line()[:-1] + b',"station":"s2"}', "field_repeated"),
        # Without `seq`, which the gateway would give, what is wrong is still found and named.
        (line().replace(b"1.25", b'1.25, "water_level_m": 9'), "field_repeated"),
        (line().replace(b"1.25", b"NaN"), "value_not_number"),
        (line().replace(b"1.25", b"1e999"), "value_not_number"),
        (line(q={"note": "x" * 70_000}), "payload_too_large"),
    ],
)
def test_what_the_product_would_refuse_is_refused_here_with_the_same_code(raw: bytes, code: str) -> None:
    fed = feeder().take([raw, line()])
    assert [each.code for each in fed.refused] == [code]
    assert fed.refused[0].raw == raw[:65_536]
    assert fed.refused[0].origin == "stdin"
    assert identities(fed) == [("s1", "run", 1)]


def test_a_station_given_beforehand_is_whose_a_nameless_record_is() -> None:
    fed = feeder("s9").take([line(station=...), line()])
    assert [station for station, _ in fed.records] == ["s9", "s1"]


@settings(max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(payloads())
def test_every_line_is_answered_for_and_judged_as_by_the_product(drawn: tuple[bytes, int | None]) -> None:
    payload = drawn[0].replace(b"\n", b" ")
    raw = b'{"station":"s1",' + payload[1:] if payload[:1] == b"{" else payload
    fed = feeder().take([raw])
    assert fed.count == (1 if raw.strip() else 0)
    for refusal in fed.refused:
        assert f"refusal.{refusal.code}" in catalogue("vi")
    for station, kept in fed.records:
        assert b"\n" not in kept
        (judged,) = JsonCodec().decode(kept, f"eoc/v1/{station}/obs", NOW)
        assert isinstance(judged, Observation)
    if payload[:1] == b"{" and len(raw) <= 65_536 and b'"station"' not in payload and b'"seq"' in payload:
        # The whole record came with the line, so there is one judgement: here it is the product's.
        (judged,) = JsonCodec().decode(payload, "eoc/v1/s1/obs", NOW)
        assert isinstance(judged, Observation) == bool(fed.records)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(["s1", "s2"]), good_records()), max_size=12), st.booleans())
def test_what_is_kept_says_what_was_given_and_no_two_share_an_identity(
    given: list[tuple[str, dict[str, Any]]], numbered: bool
) -> None:
    if not numbered:
        given = [(station, {**record, "seq": ...}) for station, record in given]
    lines = [written({"station": s, **{k: v for k, v in record.items() if v is not ...}}) for s, record in given]
    fed = feeder().take(lines)
    assert fed.refused == []
    assert len(fed.records) + fed.repeated == len(given)
    names = identities(fed)
    assert len({(s, boot or "", seq) for s, boot, seq in names}) == len(names)
    said = [(s, record["ts"], record["data"], record.get("q")) for s, record in given]
    kept = [(s, json.loads(p)) for s, p in fed.records]
    for each in [(s, p["ts"], p["data"], p.get("q")) for s, p in kept]:
        assert each in said
