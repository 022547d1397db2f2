"""Each codec reads what the real programs write, and refuses with a reason what it cannot use."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eoc.clock import iso
from eoc.model import Observation, Refusal
from sensors.codecs.registry import make_codec
from sensors.codecs.senml import resolve
from tests.sensors.codecs.payloads import (
    CHIRPSTACK_UP,
    GOOD,
    KINDS,
    SOURCES,
    TASMOTA_SENSOR,
    TTN_UP,
    Expected,
    Sample,
    written,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "senml"
SAMPLES = [(kind, sample) for kind in KINDS for sample in GOOD[kind]]


def decode(kind: str, topic: str, payload: bytes, **options: Any) -> list[Observation | Refusal]:
    return make_codec(SOURCES[kind]).decode(payload, topic, NOW, **options)


def code(kind: str, topic: str, payload: bytes, **options: Any) -> str:
    (answer,) = decode(kind, topic, payload, **options)
    assert isinstance(answer, Refusal), answer
    return answer.code


@pytest.mark.parametrize(("kind", "sample"), SAMPLES, ids=[f"{kind}: {sample.name}" for kind, sample in SAMPLES])
def test_a_real_message_is_read(kind: str, sample: Sample) -> None:
    answers = decode(kind, sample.topic, sample.payload)
    read = [
        Expected(
            each.station,
            iso(each.observed_at),
            dict(each.values),
            dict(each.health) if each.health else None,
            each.seq,
            each.boot,
        )
        for each in answers
        if isinstance(each, Observation)
    ]
    assert (read, [each for each in answers if isinstance(each, Refusal)]) == (sample.expected, [])
    assert all(each.raw in sample.payload and each.origin == sample.topic for each in answers)


def test_a_bare_object_has_the_topics_last_word_on_the_device() -> None:
    assert code("json", "wsn/node-9/up", written({"ts": 1_795_402_800_000, "lvl": 1})) == "device_unmapped"


def changed(message: dict[str, Any], **paths: Any) -> bytes:
    """The message with values at `a__b`; `...` removes one."""
    made = json.loads(json.dumps(message))
    for path, value in paths.items():
        *parents, last = path.split("__")
        holder = made
        for name in parents:
            holder = holder[name]
        if value is ...:
            del holder[last]
        else:
            holder[last] = value
    return written(made)


UP = "application/1/device/0101010101010101/event/up"
TTN = "v3/a@ttn/devices/dev1/up"
TELE = "tele/tasmota_9CF9D1/SENSOR"
OBS = "v1.1/Datastreams(1)/Observations"
REFUSED: list[tuple[str, str, bytes, str]] = [
    ("json", "wsn/node-7/up", written({"lvl": 1}), "field_missing"),
    ("json", "wsn/node-7/up", written({"ts": "2026-11-23", "lvl": 1}), "ts_no_offset"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "lvl": "1,5"}), "value_not_number"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "lvl": True}), "value_not_number"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "lvl": None}), "data_empty"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "rain": -9999}), "value_out_of_range"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "rain": 10**400}), "value_out_of_range"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800_000, "rain": 1, "humid": 3}), "field_unmapped"),
    ("json", "wsn/node-7/up", written({"ts": 1_795_402_800, "rain": 1}), "ts_too_old"),
    ("json", "wsn/node-7/up", b'{"ts":1795402800000,"rain":1,"rain":2}', "field_repeated"),
    ("json", "wsn/node-7/up", b'{"ts":1795402800000,"rain":NaN}', "json_invalid"),
    ("json", "wsn/node-7/up", b'{"ts":1795402800000,"rain":1e999}', "json_invalid"),
    ("json", "wsn/node-7/up", written({"ts": 0, "x": list(range(600))}), "fields_too_many"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, object=...), "not_decoded"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, time=...), "field_missing"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, deviceInfo=...), "device_unmapped"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, deviceInfo__devEui="02", deviceInfo__deviceName="?"), "device_unmapped"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, object__temp=21.5), "field_unmapped"),
    ("chirpstack", UP, changed(CHIRPSTACK_UP, object__level_cm=10**7), "value_out_of_range"),
    ("chirpstack", UP, b"[" + written(CHIRPSTACK_UP) + b"]", "record_not_object"),
    ("ttn", TTN, changed(TTN_UP, simulated=True), "simulated"),
    ("ttn", TTN, changed(TTN_UP, uplink_message__decoded_payload=...), "not_decoded"),
    ("ttn", TTN, written({"end_device_ids": {"device_id": "dev1"}, "join_accept": {}}), "not_decoded"),
    ("ttn", TTN, changed(TTN_UP, uplink_message__decoded_payload__x=1), "field_unmapped"),
    ("tasmota", TELE, changed(TASMOTA_SENSOR, Time=...), "field_missing"),
    ("tasmota", TELE, changed(TASMOTA_SENSOR, DS18B20={"Id": "0316", "Temperature": 85.0}), "field_unmapped"),
    ("tasmota", TELE, changed(TASMOTA_SENSOR, SI7021={"Temperature": 1000}), "value_out_of_range"),
    ("tasmota", "tele/other/SENSOR", written(TASMOTA_SENSOR), "device_unmapped"),
    ("sensorthings", OBS, written({"phenomenonTime": "2026-11-23T03:00:00Z"}), "field_missing"),
    ("sensorthings", OBS, written({"result": 1}), "field_missing"),
    ("sensorthings", OBS, written({"phenomenonTime": "2026-11-23T03:00:00Z", "result": "1"}), "value_not_number"),
    ("sensorthings", OBS, written({"phenomenonTime": "2026-11-23T03:00:00Z", "result": [1, 2]}), "field_unmapped"),
    ("sensorthings", "v1.1/Observations", written({"phenomenonTime": "2026-11-23", "result": 1}), "field_missing"),
    ("sensorthings", "v1.1/Datastreams(9)/Observations", written({"resultTime": "x", "result": 1}), "device_unmapped"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "t": 2**33, "v": 1, "u": "m"}]), "in_future"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "v": 1, "u": "m"}]), "unit_mismatch"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "v": 1, "u": "parsec"}]), "unit_mismatch"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a010800631", "v": 1}]), "device_unmapped"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "vs": "hot"}]), "value_not_number"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "vb": True}]), "value_not_number"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "v": 1, "vs": "x"}]), "senml_values"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "u": "Cel"}]), "senml_values"),
    ("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "v": "23.1"}]), "senml_type"),
    ("senml", "senml/x", written([{"n": "sông bé", "v": 1}]), "senml_name"),
    ("senml", "senml/x", written([{"v": 1}]), "senml_name"),
    ("senml", "senml/x", written([{"bver": 11, "n": "a", "v": 1}, {"n": "b", "v": 1}]), "senml_version"),
    ("senml", "senml/x", written([{"n": "a", "v": 1, "new_": 1}, {"n": "b", "v": 1}]), "senml_not_understood"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "topic", "payload", "wanted"), REFUSED, ids=[f"{r[0]}-{r[3]}-{n}" for n, r in enumerate(REFUSED)]
)
def test_what_cannot_be_used_says_why(kind: str, topic: str, payload: bytes, wanted: str) -> None:
    assert code(kind, topic, payload, limit=NOW + timedelta(seconds=60)) == wanted


def test_a_hostile_unit_is_told_in_a_form_that_every_database_takes() -> None:
    (answer,) = decode("senml", "senml/x", written([{"n": "urn:dev:ow:10e2073a01080063", "v": 1, "u": "\x00"}]))
    assert isinstance(answer, Refusal)
    assert answer.params == {"property": "temperature_c", "given": "\\x00", "wanted": "Cel"}


def test_a_clock_without_a_zone_is_refused_where_nobody_vouched_for_it() -> None:
    entry = SOURCES["tasmota"].model_copy(update={"naive_time": None})
    (answer,) = make_codec(entry).decode(written(TASMOTA_SENSOR), TELE, NOW)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.station) == ("ts_no_offset", "s1")


def test_the_devices_own_time_can_be_asked_for() -> None:
    entry = SOURCES["chirpstack"].model_copy(update={"time": "object.measured"})
    payload = changed(CHIRPSTACK_UP, object__measured=1_795_400_000)
    (answer,) = make_codec(entry).decode(payload, UP, NOW)
    assert isinstance(answer, Observation)
    assert iso(answer.observed_at) == "2026-11-23T02:13:20Z"
    assert dict(answer.values) == {"water_level_m": 3.52}


def test_the_level_of_the_topic_that_names_the_device_can_be_chosen() -> None:
    entry = SOURCES["json"].model_copy(update={"topic": "tinh/+/+/data", "device_level": 3})
    (answer,) = make_codec(entry).decode(written({"ts": 1_795_402_800_000, "rain": 1}), "tinh/x/node-7/data", NOW)
    assert answer.station == "s1"


def test_a_remembered_message_with_relative_times_is_refused_an_absolute_one_is_not() -> None:
    pack = written(
        [
            {"n": "urn:dev:ow:10e2073a01080063", "v": 20},
            {"bt": 1_795_402_800, "n": "urn:dev:ow:10e2073a01080063", "v": 21},
        ]
    )
    first, second = decode("senml", "senml/x", pack, retained=True)
    assert isinstance(first, Refusal)
    assert first.code == "time_relative"
    assert isinstance(second, Observation)
    assert all(isinstance(each, Observation) for each in decode("senml", "senml/x", pack))


RFC: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "one value": (
        [{"n": "urn:dev:ow:10e2073a01080063", "v": 23.1, "u": "Cel"}],
        [{"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "t": 1_498_780_179, "v": 23.1}],
    ),
    "base values change along the way": (
        [
            {"bn": "a:", "bt": 1_276_020_076, "bu": "A", "bv": 10, "bs": 5, "n": "x", "v": 1, "s": 1},
            {"n": "y", "t": -5, "v": 2},
            {"bu": "V", "bv": 0, "n": "z", "u": "W", "vs": "on"},
            {"n": "q", "vb": False},
        ],
        [
            {"n": "a:x", "u": "A", "t": 1_276_020_076, "v": 11, "s": 6},
            {"n": "a:y", "u": "A", "t": 1_276_020_071, "v": 12, "s": 5},
            {"n": "a:z", "u": "W", "t": 1_276_020_076, "vs": "on", "s": 5},
            {"n": "a:q", "u": "V", "t": 1_276_020_076, "vb": False, "s": 5},
        ],
    ),
    "update time and data": (
        [{"n": "a", "ut": 60, "vd": "aGkgCg"}],
        [{"n": "a", "t": 1_498_780_179, "vd": "aGkgCg", "ut": 60}],
    ),
}


# The RFC's own examples, with their resolved form, lie outside the repository.
RFC |= {
    file.stem: (json.loads(file.read_text()), json.loads(file.with_name(f"{file.stem}.gen.resolved.json").read_text()))
    for file in sorted(SHARED.glob("ex?.json"))
}


@pytest.mark.parametrize("name", RFC)
def test_senml_is_resolved_as_the_rfc_says(name: str) -> None:
    pack, wanted = RFC[name]
    found = resolve(pack, 1_498_780_179)
    assert len(found) == len(wanted)
    for got, expected in zip(found, wanted, strict=True):
        assert isinstance(got, dict)
        assert got.keys() == expected.keys()
        for key, value in expected.items():
            assert got[key] == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value), key
