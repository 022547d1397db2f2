"""What every codec of the registry promises, whatever arrives: an answer for each record, with its reason, at once."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eoc.model import PHYSICAL_RANGE, Observation, Refusal
from eoc.packs.sources import CodecKind, SourceEntry
from eoc.words import catalogue, placeholders
from sensors.codecs import documents, health
from sensors.codecs.documents import MAX_BYTES
from sensors.codecs.moments import OLDEST, Fault
from sensors.codecs.registry import REGISTRY, make_codec
from sensors.codecs.senml import resolve
from tests.sensors.codecs.payloads import GOOD, SOURCES, Sample
from tests.strategies import RAW_NUMBERS, json_values, numbers, payloads, texts, times, written

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LIMIT = NOW + timedelta(seconds=60)
SLOWEST_S = 0.5
"""Of CPU. 64 KiB of the worst case takes tens of milliseconds; the rest is room for a busy machine."""
EVERY = sorted(REGISTRY)
LISTS = {"json", "senml", "sensorthings"}
"""Formats of which one payload may hold many records."""


def strict(kind: str) -> SourceEntry:
    """The source without anything to ignore: no record may vanish."""
    return SOURCES[kind].model_copy(update={"ignore": (), "ignore_devices": ()})


def check(kind: str, payload: bytes, topic: str, *, retained: bool = False) -> list[Observation | Refusal]:
    codec = make_codec(strict(kind))
    for _ in range(3):
        started = time.thread_time()
        answers = codec.decode(payload, topic, NOW, LIMIT, retained=retained)
        if (spent_s := time.thread_time() - started) < SLOWEST_S:
            break  # a slow one may have paid for the collection of everybody's garbage
    assert spent_s < SLOWEST_S
    stations = {device.station for device in SOURCES[kind].devices.values()}
    for answer in answers:
        assert answer.received_at == NOW
        assert answer.raw == payload[:MAX_BYTES] or answer.raw in payload
        storable = json.dumps([answer.origin, answer.boot, answer.seq, answer.station], ensure_ascii=False)
        if isinstance(answer, Observation):
            assert answer.station in stations
            assert answer.values or answer.health
            for name, value in answer.values.items():
                low, high = PHYSICAL_RANGE[name]
                assert low <= value <= high
            for name, value in (answer.health or {}).items():
                assert health.is_plausible(name, value)
            assert OLDEST <= answer.observed_at <= LIMIT
            assert answer.observed_at.tzinfo is UTC
        else:
            assert answer.station is None or answer.station in stations
            for language in ("vi", "en"):
                sentence = catalogue(language)[f"refusal.{answer.code}"]
                assert placeholders(sentence) <= set(answer.params), (answer.code, answer.params)
            storable += json.dumps(dict(answer.params), ensure_ascii=False, allow_nan=False)
        assert "\x00" not in storable
        assert "\\u0000" not in storable
        assert len(storable) < 2000
        storable.encode("utf-8")
    # Told again (QoS 1, a retained message, a reconnect), it is the same record under the same key.
    assert codec.decode(payload, topic, NOW, LIMIT, retained=retained) == answers
    return answers


def test_the_registry_has_what_packs_can_name() -> None:
    assert set(REGISTRY) == set(get_args(CodecKind)) == set(SOURCES)
    for kind in EVERY:
        assert make_codec(SOURCES[kind]).kind == kind
    with pytest.raises(KeyError):
        make_codec(SOURCES["json"].model_copy(update={"codec": "morse"}))


HOSTILE: list[bytes] = [
    b"", b" \n", b"\x00", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{", b"[", b"[]", b"[[]]", b"null", b"7", b'"x"', b"{}",
    b"[" * 40_000 + b"]" * 20_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"x":"' + b"y" * 70_000 + b'"}',
    b"[" + b",".join([b"{}"] * 1001) + b"]", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":' + b"9" * 5000 + b"}",
    b'{"\\ud800":"\\udfff"}', b'{"a":"\x1b[2J"}', b"{'a':1}", b'{"a":1}x', b"<alert/>", b"Offline",
]  # fmt: skip


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_payload_is_one_refusal(kind: str, payload: bytes) -> None:
    answers = check(kind, payload, GOOD[kind][0].topic)
    assert len(answers) == 1
    assert isinstance(answers[0], Refusal)
    assert answers[0].raw in payload


@pytest.mark.parametrize("kind", EVERY)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    drawn=payloads(), topic=st.one_of(st.text(max_size=60), st.sampled_from(["a/b/c", "///", "v1.1/Datastreams('')"]))
)
def test_any_bytes_on_any_topic(kind: str, drawn: tuple[bytes, int | None], topic: str) -> None:
    check(kind, drawn[0], topic)
    check(kind, drawn[0], GOOD[kind][0].topic, retained=True)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, the whole of it included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, each in inner for path in paths(each, (*here, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def mutated(draw: st.DrawFn, kind: str) -> tuple[bytes, str]:
    """A real message after something happened to it."""
    sample: Sample = draw(st.sampled_from([each for each in GOOD[kind] if each.payload[:1] in b"{["]))
    if draw(st.integers(0, 3)) == 0:
        raw = bytearray(sample.payload)
        for _ in range(draw(st.integers(1, 3))):
            raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
        return bytes(raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw), sample.topic
    document = json.loads(sample.payload)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(document)))
        document = replaced(
            document, path, draw(st.one_of(numbers, texts, times, st.booleans(), st.none(), json_values))
        )
    payload = written(document)
    if draw(st.integers(0, 4)) == 0:
        spot = draw(st.sampled_from([b"1", b"0", b"2"]))
        payload = payload.replace(spot, draw(st.sampled_from(RAW_NUMBERS)).encode(), 1)
    return payload, sample.topic


@pytest.mark.parametrize("kind", EVERY)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_real_message_after_an_accident(kind: str, data: st.DataObject) -> None:
    payload, topic = data.draw(mutated(kind))
    answers = check(kind, payload, topic)
    if kind not in LISTS:
        assert len(answers) <= 1 or isinstance(answers[0], Refusal)


@pytest.mark.long
@pytest.mark.parametrize("kind", EVERY)
@settings(max_examples=5_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_thousands_of_accidents(kind: str, data: st.DataObject) -> None:
    payload, topic = data.draw(mutated(kind))
    check(kind, payload, topic)


@pytest.mark.parametrize("kind", sorted(LISTS))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(items=st.lists(st.one_of(json_values, st.just({})), min_size=1, max_size=8))
def test_each_record_of_a_list_gets_one_answer(kind: str, items: list[Any]) -> None:
    payload = written(items)
    try:
        documents.check_size(payload)
        records = len(documents.records(payload))
        if kind == "senml":
            # A record of base values only sets them for those after it; a pack that must not be read is one refusal.
            records -= resolve([documents.parse(raw) for raw in documents.records(payload)], 0).count(None)
    except Fault:
        return
    assert len(check(kind, payload, GOOD[kind][0].topic)) == records


@pytest.mark.parametrize("kind", EVERY)
def test_a_record_is_refused_whole_and_kept_whole(kind: str) -> None:
    sample = GOOD[kind][0]
    answers = check(kind, sample.payload, sample.topic)
    refused = [each for each in answers if isinstance(each, Refusal)]
    accepted = [each for each in answers if isinstance(each, Observation)]
    assert len(accepted) + len(refused) == len(sample.expected)
    for each in refused:
        assert each.code == "field_unmapped"
        assert each.raw in sample.payload


@pytest.mark.parametrize("kind", EVERY)
def test_nobody_who_is_unknown_gets_in(kind: str) -> None:
    entry = SOURCES[kind].model_copy(update={"devices": {}})
    for sample in GOOD[kind]:
        for answer in make_codec(entry).decode(sample.payload, sample.topic, NOW, LIMIT):
            assert isinstance(answer, Refusal)
            assert answer.code == "device_unmapped"
