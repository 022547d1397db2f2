"""Status and release messages: read strictly where it matters, and never with an exception."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eoc.model import Refusal
from eoc.words import catalogue
from sensors.notices import ReleaseNotice, StatusNotice, read_release, read_status
from tests.strategies import broken_bytes, json_values, station_ids, times, written

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
RELEASE = {"id": "r1", "planned_at": "2026-11-23T12:00:00+07:00", "discharge_m3s": 500}


def status(payload: Any, topic: str = "eoc/v1/s1/status") -> StatusNotice | Refusal:
    raw = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return read_status(raw, topic, NOW, retained=False)


def release(payload: Any, topic: str = "eoc/v1/dam/release") -> ReleaseNotice | Refusal:
    raw = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return read_release(raw, topic, NOW)


@pytest.mark.parametrize(("state", "online"), [("online", True), ("offline", False)])
def test_a_status_is_read(state: str, online: bool) -> None:
    read = status({"state": state, "ts": 1_795_402_800_000, "firmware": "1.2"})
    assert read == StatusNotice("s1", online, datetime(2026, 11, 23, 3, tzinfo=UTC), NOW, retained=False)


def test_a_last_will_has_no_time_of_its_own() -> None:
    read = status({"state": "offline"})
    assert isinstance(read, StatusNotice)
    assert read.at is None


def test_a_release_is_read() -> None:
    read = release({**RELEASE, "until": "2026-11-23T18:00:00+07:00", "gates_open": 3, "reason": "lũ về\x00"})
    assert isinstance(read, ReleaseNotice)
    assert (read.reservoir, read.id, read.discharge_m3s, read.gates_open) == ("dam", "r1", 500.0, 3.0)
    assert read.planned_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert read.until == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert read.reason == "lũ về\\x00"
    assert not read.cancelled


def test_a_sender_may_say_when_it_sent_it() -> None:
    read = release({**RELEASE, "sent_at": "2026-11-23T10:00:00+07:00"})
    assert isinstance(read, ReleaseNotice)
    assert read.sent_at == datetime(2026, 11, 23, 3, tzinfo=UTC)
    refused = release({**RELEASE, "sent_at": "10h"})
    assert isinstance(refused, Refusal)
    assert refused.code == "ts_invalid"


def test_a_cancellation_needs_no_more_than_its_id() -> None:
    read = release({"id": "r1", "cancelled": True})
    assert isinstance(read, ReleaseNotice)
    assert read.cancelled


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (status(b""), "payload_empty"),
        (status(b"x" * 70_000), "payload_too_large"),
        (status(b"{"), "status_invalid"),
        (status(b"\xff"), "status_invalid"),
        (status({"state": "asleep"}), "status_invalid"),
        (status({"state": "online", "ts": "soon"}), "ts_invalid"),
        (status({"state": "online"}, "eoc/v1/a b/status"), "station_id_invalid"),
        (release({**RELEASE, "id": ""}), "release_invalid"),
        (release({**RELEASE, "id": 5}), "release_invalid"),
        (release({"id": "r1", "discharge_m3s": 5}), "field_missing"),
        (release({"id": "r1", "planned_at": 1_795_402_800_000}), "field_missing"),
        (release({**RELEASE, "discharge_m3s": -1}), "value_out_of_range"),
        (release({**RELEASE, "discharge_m3s": 1e9}), "value_out_of_range"),
        (release({**RELEASE, "planned_at": "2026-11-23T12:00:00"}), "ts_no_offset"),
        (release({**RELEASE, "planned_at": 1_795_402_800}), "ts_too_old"),
        (release(b"[" * 5000), "release_invalid"),
    ],
)
def test_others_are_refused_with_their_reason(read: Any, code: str) -> None:
    assert isinstance(read, Refusal)
    assert read.code == code
    assert f"refusal.{code}" in catalogue("vi")
    assert f"refusal.{code}" in catalogue("en")


@settings(max_examples=300)
@given(
    st.one_of(
        broken_bytes(),
        json_values.map(written),
        st.fixed_dictionaries({}, optional={"state": st.sampled_from(["online", "offline", 1]), "ts": times,
                                            "id": json_values, "planned_at": times, "until": times,
                                            "discharge_m3s": json_values, "cancelled": json_values}).map(written),
    ),
    station_ids,
)  # fmt: skip
def test_whatever_arrives_has_an_answer(payload: bytes, station: str) -> None:
    for read in (status(payload, f"eoc/v1/{station}/status"), release(payload, f"eoc/v1/{station}/release")):
        if isinstance(read, Refusal):
            assert f"refusal.{read.code}" in catalogue("vi")
            assert "\x00" not in str(read.params) + read.origin
