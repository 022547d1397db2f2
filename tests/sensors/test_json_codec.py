"""The `json` codec: what is taken, and for everything else the one precise reason."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eoc.model import Observation, Quality, Refusal
from eoc.words import catalogue, placeholders
from sensors.codecs.json import JsonCodec

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TOPIC = "eoc/v1/s1/obs"
GOOD: dict[str, Any] = {"ts": "2026-11-23T10:00:00+07:00", "seq": 7, "data": {"water_level_m": 3.25}}


def decode(payload: bytes, topic: str = TOPIC, limit: datetime | None = None) -> list[Observation | Refusal]:
    return JsonCodec().decode(payload, topic, NOW, limit)


def one(payload: bytes, **options: Any) -> Observation | Refusal:
    (record,) = decode(payload, **options)
    return record


def changed(**fields: Any) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


def test_a_record_becomes_an_observation() -> None:
    raw = changed(boot="b1", q={"battery_v": 3.6, "rssi": -90}, data={"water_level_m": 3.25, "rain_mm": 0})
    assert one(raw) == Observation(
        station="s1",
        observed_at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        values={"water_level_m": 3.25, "rain_mm": 0.0},
        received_at=NOW,
        seq=7,
        boot="b1",
        quality=Quality.GOOD,
        origin=TOPIC,
        raw=raw,
        health={"battery_v": 3.6, "rssi_dbm": -90.0},
    )


@pytest.mark.parametrize(
    "ts",
    [
        "2026-11-23T03:00:00Z",
        "2026-11-23T10:00:00+07:00",
        "2026-11-23 10:00:00+07:00",
        "20261123T030000Z",
        1_795_402_800_000,
        1_795_402_800_000.0,
    ],
)
def test_the_same_moment_in_every_spelling(ts: object) -> None:
    record = one(changed(ts=ts))
    assert isinstance(record, Observation)
    assert record.observed_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert record.observed_at.tzinfo is UTC


def test_absent_and_null_options_are_the_same() -> None:
    plain, nulls = one(changed()), one(changed(boot=None, q=None, station=None))
    assert isinstance(plain, Observation)
    assert isinstance(nulls, Observation)
    assert (plain.boot, plain.observed_at, plain.values) == (nulls.boot, nulls.observed_at, nulls.values)


def test_escaped_quotes_are_not_taken_for_repeated_keys() -> None:
    record = one(changed(boot='a"b"c'))
    assert isinstance(record, Observation)
    assert record.boot == 'a"b"c'


def test_a_list_keeps_order_and_each_record_its_own_bytes() -> None:
    whole = b'{"ts":1795402800000,"seq":%d,"data":{"rain_mm":1}}'
    payload = b' [ %s , {"seq":2}, %s]' % (whole % 1, whole % 3)
    first, second, third = decode(payload)
    assert isinstance(first, Observation)
    assert isinstance(second, Refusal)
    assert isinstance(third, Observation)
    assert first.raw == whole % 1
    assert (second.code, second.seq, second.raw) == ("field_missing", 2, b'{"seq":2}')
    assert third.seq == 3


WRONG = [
    (b"", "payload_empty", {}),
    (b"  \n", "payload_empty", {}),
    (b"\xff\xfe", "not_utf8", {"at": 0}),
    (b'{"ts":"\xff"}', "not_utf8", {"at": 7}),
    (b"\xef\xbb\xbf{}", "json_invalid", None),
    (b"{", "json_invalid", None),
    (changed() + b"x", "json_invalid", {"at": len(changed()), "detail": "Extra data"}),
    (b"[" * 40_000 + b"]" * 20_000, "json_too_deep", {}),
    (b'{"ts":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "json_too_deep", {}),
    (b'{"a":"' + b"x" * 66_000 + b'"}', "payload_too_large", {"bytes": 66_008, "limit": 65_536}),
    (b"[]", "records_none", {}),
    (b"[" + b",".join([b"{}"] * 1001) + b"]", "records_too_many", {"count": 1001, "limit": 1000}),
    (b"7", "record_not_object", {"given": "number"}),
    (b"null", "record_not_object", {"given": "null"}),
    (b'"x"', "record_not_object", {"given": "string"}),
    (b"[[]]", "record_not_object", {"given": "array"}),
    (b"{}", "field_missing", {"field": "ts"}),
    (b'{"ts":0,"data":{}}', "field_missing", {"field": "seq"}),
    (b'{"ts":0,"seq":0}', "field_missing", {"field": "data"}),
    (changed(unit="m"), "field_unknown", {"field": "unit"}),
    (changed(**{"a\x00b": 1}), "field_unknown", {"field": "a\\x00b"}),
    (changed()[:-1] + b',"seq":8}', "field_repeated", {"field": "seq"}),
    (
        b'{"ts":"2026-11-23T03:00:00Z","seq":1,"data":{"rain_mm":1,"rain_mm":2}}',
        "field_repeated",
        {"field": "rain_mm"},
    ),
    (changed(ts="2026-11-23T10:00:00"), "ts_no_offset", {"ts": "2026-11-23T10:00:00"}),
    (changed(ts="7h30"), "ts_invalid", {"ts": "7h30"}),
    (changed(ts="22/11/2026"), "ts_invalid", {"ts": "22/11/2026"}),
    (changed(ts="2026-11-23x10:00:00Z"), "ts_invalid", {"ts": "2026-11-23x10:00:00Z"}),
    (changed(ts="9999-12-31T23:59:59-23:59"), "ts_invalid", None),
    (changed(ts="2016-12-31T23:59:60Z"), "ts_invalid", None),
    (changed(ts=True), "ts_invalid", {"ts": "true"}),
    (changed(ts=None), "ts_invalid", {"ts": "null"}),
    (changed(ts=[1]), "ts_invalid", {"ts": "[…]"}),
    (changed(ts=1e300), "ts_invalid", None),
    (changed(ts=10**40), "ts_invalid", None),
    (changed(ts=1_795_402_800), "ts_too_old", {"ts": "1795402800"}),
    (changed(ts=-1), "ts_too_old", {"ts": "-1"}),
    (changed(ts="1999-12-31T23:59:59Z"), "ts_too_old", None),
    (changed(seq=-1), "seq_invalid", {"seq": "-1"}),
    (changed(seq=2**53 + 1), "seq_invalid", {"seq": str(2**53 + 1)}),
    (changed(seq=True), "seq_invalid", {"seq": "true"}),
    (changed(seq="7"), "seq_invalid", {"seq": "7"}),
    (changed(seq=1.5), "seq_invalid", {"seq": "1.5"}),
    (changed(seq=None), "seq_invalid", {"seq": "null"}),
    (changed(boot=5), "boot_invalid", {"boot": "5"}),
    (changed(boot="x" * 65), "boot_invalid", None),
    (changed(boot="a\x00b"), "boot_invalid", {"boot": "a\\x00b"}),
    (changed(data={}), "data_empty", {}),
    (changed(data=[1]), "data_invalid", {"given": "array"}),
    (changed(data=None), "data_invalid", {"given": "null"}),
    (changed(data={"level": 1}), "property_unknown", {"property": "level"}),
    (changed(data={"water_level_m": "3,25"}), "value_not_number", {"property": "water_level_m", "value": "3,25"}),
    (changed(data={"water_level_m": True}), "value_not_number", {"property": "water_level_m", "value": "true"}),
    (changed(data={"water_level_m": None}), "value_not_number", {"property": "water_level_m", "value": "null"}),
    (changed(data={"water_level_m": float("nan")}), "value_not_number", {"property": "water_level_m", "value": "NaN"}),
    (changed(data={"water_level_m": float("inf")}), "value_not_number", None),
    (changed(data={"water_level_m": -9999}), "value_out_of_range", None),
    (changed(data={"water_level_m": 10**40}), "value_out_of_range", None),
    (
        changed(data={"rain_mm": -0.1}),
        "value_out_of_range",
        {"property": "rain_mm", "value": -0.1, "low": 0.0, "high": 500.0},
    ),
    (changed(data={"humidity_pct": 65535}), "value_out_of_range", None),
    (b'{"ts":"2026-11-23T03:00:00Z","seq":1,"data":{"rain_mm":1e999}}', "value_not_number", None),
    (changed(q=[1]), "quality_invalid", {"given": "array"}),
    (changed(q={"a": {"b": 1}}), "quality_invalid", {"given": "object"}),
    (changed(station="s2"), "station_mismatch", {"given": "s2", "topic": "s1"}),
    (changed(station=5), "station_mismatch", None),
    (b'{"ts":"2026-11-23T03:00:00Z","seq":1,"boot":"\\ud800","data":{"rain_mm":1}}', "boot_invalid", None),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "code", "params"), WRONG, ids=[f"{i}-{each[1]}" for i, each in enumerate(WRONG)])
def test_everything_else_is_refused_for_a_precise_reason(payload: bytes, code: str, params: Any) -> None:
    refusal = one(payload)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    if params is not None:
        assert dict(refusal.params) == params
    assert refusal.raw == (payload if payload != b"[[]]" else b"[]")[:65_536]
    assert (refusal.station, refusal.received_at, refusal.origin) == ("s1", NOW, TOPIC)


@pytest.mark.parametrize("code", sorted({code for _, code, _ in WRONG} | {"in_future", "station_id_invalid"}))
def test_every_reason_has_its_sentence(code: str) -> None:
    for language in ("vi", "en"):
        sentence = catalogue(language)[f"refusal.{code}"]
        for _, each, params in WRONG:
            if each == code and params is not None:
                assert placeholders(sentence) <= set(params)


def test_a_refused_record_names_its_sender_as_far_as_it_can() -> None:
    refusal = one(changed(boot="b1", data={}))
    assert isinstance(refusal, Refusal)
    assert (refusal.station, refusal.boot, refusal.seq) == ("s1", "b1", 7)
    refusal = one(changed(seq=-4, boot=3))
    assert isinstance(refusal, Refusal)
    assert (refusal.boot, refusal.seq) == ("", None)


@pytest.mark.parametrize(
    "topic", ["eoc/v1//obs", "eoc/v1/sông/obs", "eoc/v1/a b/obs", "eoc/v1/" + "a" * 65 + "/obs", "x", ""]
)
def test_a_topic_without_a_valid_station_is_refused(topic: str) -> None:
    refusal = one(changed(), topic=topic)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.station) == ("station_id_invalid", None)


def test_the_future_is_refused_only_where_there_is_a_limit() -> None:
    ahead = (NOW + timedelta(seconds=61)).isoformat()
    assert isinstance(one(changed(ts=ahead)), Observation)
    refusal = one(changed(ts=ahead), limit=NOW + timedelta(seconds=60))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "in_future"
    just = (NOW + timedelta(seconds=60)).isoformat()
    assert isinstance(one(changed(ts=just), limit=NOW + timedelta(seconds=60)), Observation)
