"""Addresses, waiting, topics, ranges, the inbox: the parts that need no broker."""

import asyncio
import itertools
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.errors import Invalid
from eoc.model import Observation, Outcome, Refusal, Verdict
from sensors import topics
from sensors.acks import acknowledgements, ranges
from sensors.address import BrokerAddress
from sensors.backoff import Backoff
from sensors.inbox import Inbox, Message
from sensors.settings import MqttSettings

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://h", BrokerAddress("h", 1883)),
        ("tcp://h:1884", BrokerAddress("h", 1884)),
        ("mqtts://h", BrokerAddress("h", 8883, tls=True)),
        ("mqtt://u:p%40%3A@h:1?version=5", BrokerAddress("h", 1, "u", "p@:", version="5")),
        ("mqtt://[::1]:1883/?version=3.1.1", BrokerAddress("::1", 1883, version="3.1.1")),
        ("ssl://h?ca=/etc/ca.pem", BrokerAddress("h", 8883, tls=True, ca_file="/etc/ca.pem")),
    ],
)
def test_broker_addresses_are_read(url: str, expected: BrokerAddress) -> None:
    assert BrokerAddress.parse(url) == expected


@pytest.mark.parametrize("url", ["", "h:1883", "http://h", "mqtt://", "mqtt://h:0", "mqtt://h:99999", "mqtt://h:x",
                                 "mqtt://h?version=4", "mqtt://h/topic", "mqtt://u:secret@"])  # fmt: skip
def test_other_addresses_are_wrong_and_no_password_is_repeated(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        BrokerAddress.parse(url)
    assert "secret" not in repr(caught.value.__cause__) + str(caught.value)


def test_a_password_is_in_no_text() -> None:
    address = BrokerAddress.parse("mqtt://u:hidden@h")
    assert "hidden" not in f"{address} {address!r} {address.speaking('5')!r}"


def test_the_version_of_the_address_wins_over_the_setting() -> None:
    assert BrokerAddress.parse("mqtt://h?version=3.1.1").speaking("5").version == "3.1.1"
    assert BrokerAddress.parse("mqtt://h").speaking("5").version == "5"


def test_waiting_doubles_up_to_its_limit_and_is_spread_out() -> None:
    backoff = Backoff(0.1, 10.0, chance=lambda: 1.0)
    waits = [backoff.next() for _ in range(10)]
    assert waits[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert waits[-1] == 10.0
    backoff.reset()
    assert backoff.next() == pytest.approx(0.1)
    spread = Backoff(4.0, 4.0, chance=random.Random(1).random)
    assert len({spread.next() for _ in range(50)}) == 50


def test_waiting_for_ever_stays_a_number() -> None:
    backoff = Backoff(0.1, 10.0, chance=lambda: 1.0)
    assert max(backoff.next() for _ in range(5000)) == 10.0


@given(st.lists(st.integers(0, 60)))
def test_ranges_name_exactly_the_numbers(seqs: list[int]) -> None:
    merged = ranges(seqs)
    named = [seq for first, last in merged for seq in range(first, last + 1)]
    assert named == sorted(set(seqs))
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(merged))


def test_an_ack_for_every_station_and_boot() -> None:
    def seen(station: str, seq: int | None, boot: str = "") -> Observation:
        return Observation(station, NOW, {"rain_mm": 1.0}, NOW, seq, boot)

    records = [seen("a", 1), seen("a", 2), seen("b", 9, "x"), seen("a", 3), seen("c", None)]
    accepted, conflict = Outcome(Verdict.ACCEPTED), Outcome(Verdict.QUARANTINED, "conflict")
    outcomes = [accepted, Outcome(Verdict.DUPLICATE), accepted, conflict, accepted]
    refused = [Refusal("data_empty", {}, "t", b"", NOW, "a", 4), Refusal("not_utf8", {}, "eoc/v1/b/obs", b"", NOW, "b"),
               Refusal("device_unknown", {}, "application/1/up", b"", NOW, "c"),  # waits for no answer of ours
               Refusal("station_id_invalid", {}, "t", b"", NOW)]  # fmt: skip
    assert acknowledgements(records, outcomes, refused) == [
        (
            "eoc/v1/a/ack",
            b'{"boot":"","seq":[[1,2]],"errors":[{"seq":3,"code":"conflict"},{"seq":4,"code":"data_empty"}]}',
        ),
        ("eoc/v1/b/ack", b'{"boot":"x","seq":[[9,9]],"errors":[]}'),
        ("eoc/v1/b/ack", b'{"boot":"","seq":[],"errors":[{"seq":null,"code":"not_utf8"}]}'),
    ]


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "0", "x" * 64, ".."])
def test_station_ids(name: str) -> None:
    assert topics.is_id(name)
    assert topics.station_of(topics.obs(name)) == name
    assert topics.station_of(topics.ack(name)) == name


@pytest.mark.parametrize("name", ["", "a b", "sông", "x" * 65, "a/b", "+", "#", "$SYS", "a\n", "a\x00"])
def test_other_names_are_no_ids(name: str) -> None:
    assert not topics.is_id(name)


@pytest.mark.parametrize("topic", ["eoc/v1/s1", "eoc/v2/s1/obs", "x/eoc/v1/s1/obs", "", "/", "eoc/v1//obs"])
def test_other_topics_have_no_station(topic: str) -> None:
    assert topics.station_of(topic) is None


async def test_the_inbox_stops_and_starts_the_sender_by_count_and_bytes() -> None:
    told: list[bool] = []
    inbox = Inbox(told.append, most_messages=4, most_bytes=1000)

    def put(size: int) -> None:
        inbox.put(Message(b"t", b"x" * size, 1, 1, False, NOW, 1))

    for _ in range(3):
        put(1)
    assert told == []
    put(1)
    assert told == [True]
    inbox.take()
    assert told == [True]
    inbox.take()
    assert told == [True, False]
    put(2000)
    assert told == [True, False, True]
    while inbox.take() is not None:
        pass
    assert told == [True, False, True, False]
    assert len(inbox) == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.wait()
    put(1)
    await inbox.wait()


def test_the_port_for_mqtt_5_is_the_next_one_unless_it_is_named() -> None:
    assert MqttSettings().v5_port == 1884
    assert MqttSettings(mqtt_port=2000).v5_port == 2001
    assert MqttSettings(mqtt_port=2000, mqtt_v5_port=3000).v5_port == 3000
