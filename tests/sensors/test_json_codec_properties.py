"""Whatever bytes arrive, the codec gives each record one answer, quickly, and an answer that can be stored."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from eoc.model import PHYSICAL_RANGE, Observation, Refusal
from eoc.words import catalogue
from sensors.codecs.json import MAX_BYTES, JsonCodec
from sensors.codecs.moments import OLDEST
from tests.strategies import good_records, payloads, station_ids, written

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SLOWEST_S = 0.5
"""Of CPU. 64 KiB of the worst case takes a few milliseconds; the rest is room for a busy machine."""


def check(payload: bytes, records: int | None, topic: str) -> None:
    started = time.thread_time()
    answers = JsonCodec().decode(payload, topic, NOW)
    assert time.thread_time() - started < SLOWEST_S
    assert answers
    if records is not None and answers[0].station is not None and len(payload) <= MAX_BYTES:
        assert len(answers) == records
    for answer in answers:
        if isinstance(answer, Observation):
            assert answer.values
            for name, value in answer.values.items():
                low, high = PHYSICAL_RANGE[name]
                assert low <= value <= high
            assert answer.observed_at >= OLDEST
            assert answer.observed_at.tzinfo is UTC
            assert answer.seq is not None
            assert answer.raw in payload
        else:
            assert isinstance(answer, Refusal)
            assert f"refusal.{answer.code}" in catalogue("vi")
            assert len(answer.raw) <= MAX_BYTES
            storable = json.dumps([dict(answer.params), answer.origin, answer.boot, answer.seq], ensure_ascii=False)
            assert "\x00" not in storable
            assert len(storable) < 2000
            storable.encode("utf-8")


@settings(max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(payloads(), station_ids)
def test_every_payload_gets_an_answer_for_each_record(drawn: tuple[bytes, int | None], station: str) -> None:
    check(*drawn, f"eoc/v1/{station}/obs")


@pytest.mark.long
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.too_slow])
@given(payloads(), station_ids)
def test_ten_thousand_payloads(drawn: tuple[bytes, int | None], station: str) -> None:
    check(*drawn, f"eoc/v1/{station}/obs")


@settings(max_examples=300)
@given(good_records())
def test_what_follows_the_contract_is_taken(record: dict[str, object]) -> None:
    (answer,) = JsonCodec().decode(written(record), "eoc/v1/s1/obs", NOW)
    assert isinstance(answer, Observation)
    assert answer.values == record["data"]
    assert answer.seq == record["seq"]


@settings(max_examples=300)
@given(good_records(), good_records())
def test_two_records_are_read_as_each_alone(first: dict[str, object], second: dict[str, object]) -> None:
    codec = JsonCodec()
    together = codec.decode(b"[%s,%s]" % (written(first), written(second)), "eoc/v1/s1/obs", NOW)
    alone = [codec.decode(written(each), "eoc/v1/s1/obs", NOW)[0] for each in (first, second)]
    assert together == alone
