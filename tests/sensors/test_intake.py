"""From a real broker to the intake and back: what is acknowledged is committed, nothing is lost or counted twice."""

import asyncio
import functools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from eoc.errors import Temporary
from eoc.model import Observation, Refusal
from sensors.address import BrokerAddress
from sensors.notices import Notice, ReleaseNotice, StatusNotice
from tests.sensors.field import cut, device, ingesting, reading, until
from tests.sensors.ledger import Ledger
from tests.services.mqtt import Mosquitto


async def test_a_reading_is_stored_then_acknowledged(broker: BrokerAddress, ledger: Ledger) -> None:
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", reading(1))
        await until(lambda: bool(gauge.acks("s1")))
        assert gauge.acks("s1") == [{"boot": "", "seq": [[1, 1]], "errors": []}]
        assert ledger.count == 1
        assert station.tally == (1, 1, 0, 0)


async def test_one_ack_for_each_station_and_boot_of_a_batch(broker: BrokerAddress, ledger: Ledger) -> None:
    payload = [reading(seq) for seq in (5, 1, 2, 3, 9)] + [reading(6, boot="b")] + [{"ts": 1, "seq": 7, "data": {}}]
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", payload)
        await until(lambda: len(gauge.acks("s1")) == 2)
        by_boot = {ack["boot"]: ack for ack in gauge.acks("s1")}
        assert by_boot[""]["seq"] == [[1, 3], [5, 5], [9, 9]]
        assert by_boot[""]["errors"] == [{"seq": 7, "code": "ts_too_old"}]
        assert by_boot["b"] == {"boot": "b", "seq": [[6, 6]], "errors": []}
        assert station.tally == (7, 6, 0, 1)


async def test_duplicates_are_acknowledged_again_and_contradictions_are_errors(
    broker: BrokerAddress, ledger: Ledger
) -> None:
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        for value in (1.0, 1.0, 2.0):
            await gauge.send("eoc/v1/s1/obs", reading(1, value))
        await until(lambda: station.tally[0] == 3)
        await until(lambda: sum(len(ack["seq"]) + len(ack["errors"]) for ack in gauge.acks("s1")) >= 2)
        await until(lambda: any(ack["errors"] for ack in gauge.acks("s1")))
        assert station.tally == (3, 1, 1, 1)
        assert [error for ack in gauge.acks("s1") for error in ack["errors"]] == [{"seq": 1, "code": "conflict"}]
        assert ledger.codes == ["conflict"]


async def test_what_arrived_while_ingest_was_away_is_there_when_it_returns(
    mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    async with ingesting(mosquitto_5, ledger):
        pass
    async with device(mosquitto_5) as gauge:
        await gauge.send_all("eoc/v1/s1/obs", [reading(seq) for seq in range(3000)])
    async with ingesting(mosquitto_5, ledger) as station:
        await until(lambda: ledger.count == 3000)
        assert ledger.seqs("s1") == list(range(3000))
        assert station.tally == (3000, 3000, 0, 0)


async def test_an_ingest_that_crashes_before_its_commit_gets_everything_again(
    mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    ledger.slow_s = 3600.0
    async with ingesting(mosquitto_5, ledger, abrupt=True), device(mosquitto_5) as gauge:
        await gauge.send_all("eoc/v1/s1/obs", [reading(seq) for seq in range(200)])
    assert ledger.count == 0
    ledger.slow_s = 0.0
    async with ingesting(mosquitto_5, ledger) as station:
        await until(lambda: ledger.count == 200)
        assert station.tally == (200, 200, 0, 0)


async def test_committed_but_not_acknowledged_comes_again_as_a_duplicate(
    mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    """The connection breaks between commit and acknowledgement: the worst moment."""
    async with ingesting(mosquitto_5, ledger) as station, device(mosquitto_5) as gauge:
        await gauge.listen("eoc/v1/s1/ack")

        def break_it(*_: object) -> None:
            ledger.fault = None
            cut(station.ingest._reception.connection)

        ledger.fault = break_it
        await gauge.send_all("eoc/v1/s1/obs", [reading(seq) for seq in range(50)])
        await until(lambda: gauge.acked("s1") == set(range(50)))
        assert ledger.count == 50
        received, accepted, duplicate, quarantined = station.tally
        assert (accepted, quarantined) == (50, 0)
        assert duplicate >= 1
        assert received == accepted + duplicate


async def test_the_batch_is_kept_while_the_database_is_away(broker: BrokerAddress, ledger: Ledger) -> None:
    refusals = 0

    def away(batch: Sequence[Observation], refused: Sequence[Refusal]) -> None:
        nonlocal refusals
        refusals += 1
        if refusals <= 3:
            raise Temporary("database.unavailable")

    ledger.fault = away
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", [reading(seq) for seq in range(10)])
        await until(lambda: gauge.acked("s1") == set(range(10)))
        assert station.metric("eoc_ingest_retries_total") == 3
        assert station.tally == (10, 10, 0, 0)


async def test_a_poison_record_goes_to_quarantine_and_its_neighbours_flow(
    broker: BrokerAddress, ledger: Ledger
) -> None:
    attempts = 0

    def chokes(batch: Sequence[Observation], refused: Sequence[Refusal]) -> None:
        nonlocal attempts
        if any(each.values.get("water_level_m") == 6.66 for each in batch):
            attempts += len(batch) == 1
            raise ZeroDivisionError

    ledger.fault = chokes
    payload = [reading(seq, 6.66 if seq == 37 else 1.0) for seq in range(100)]
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", payload)
        await until(lambda: bool(gauge.acks("s1")))
        (ack,) = gauge.acks("s1")
        assert ack["seq"] == [[0, 36], [38, 99]]
        assert ack["errors"] == [{"seq": 37, "code": "poison"}]
        assert attempts == 5
        assert ledger.seqs("s1") == [seq for seq in range(100) if seq != 37]
        ((code, origin, name, seq, raw),) = ledger.refused
        assert (code, origin, name, seq) == ("poison", "eoc/v1/s1/obs", "s1", 37)
        assert json.loads(raw) == payload[37]
        assert station.tally == (100, 99, 0, 1)


async def test_a_refusal_that_quarantine_does_not_take_is_not_lost(broker: BrokerAddress, ledger: Ledger) -> None:
    failures = 0

    def fails(batch: Sequence[Observation], refused: Sequence[Refusal]) -> None:
        nonlocal failures
        if refused and failures < 4:
            failures += 1
            raise RuntimeError

    ledger.fault = fails
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.send("eoc/v1/s1/obs", [reading(1), {"no": "record"}])
        await until(lambda: station.tally == (2, 1, 0, 1))
        assert ledger.codes == ["field_missing"]


async def test_order_is_kept_for_each_station_under_load(mosquitto_5: BrokerAddress, ledger: Ledger) -> None:
    ledger.slow_s = 0.002
    async with ingesting(mosquitto_5, ledger) as station, device(mosquitto_5) as gauge:
        for start in range(0, 2000, 500):
            for seq in range(start, start + 500):
                gauge.connection.publish(f"eoc/v1/s{seq % 3}/obs", json.dumps(reading(seq)).encode())
            await asyncio.sleep(0)
        await until(lambda: station.tally[0] == 2000)
        for number in range(3):
            assert ledger.seqs(f"s{number}") == [seq for seq in range(2000) if seq % 3 == number]
        assert max(ledger.batches) <= 500
        assert len(ledger.batches) < 1000


async def test_a_message_larger_than_a_batch_is_settled_before_it_is_acknowledged(
    broker: BrokerAddress, ledger: Ledger
) -> None:
    payload = [reading(seq) for seq in range(900)]
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", payload)
        await until(lambda: bool(gauge.acks("s1")))
        assert gauge.acks("s1") == [{"boot": "", "seq": [[0, 899]], "errors": []}]
        assert ledger.batches == [500, 400]
        assert station.tally == (900, 900, 0, 0)


async def test_memory_stays_flat_while_the_database_is_away(mosquitto_5: BrokerAddress, ledger: Ledger) -> None:
    """The broker holds what we do not take: at most the receive maximum is with us."""

    def away(*_: object) -> None:
        raise Temporary("database.unavailable")

    ledger.fault = away
    async with ingesting(mosquitto_5, ledger) as station, device(mosquitto_5) as gauge:
        await gauge.send_all("eoc/v1/s1/obs", [reading(seq) for seq in range(5000)])
        await until(lambda: station.metric("eoc_ingest_retries_total") >= 3)
        assert station.metric("eoc_ingest_queue_messages") <= 1000
        ledger.fault = None
        await until(lambda: ledger.count == 5000)
        assert station.tally == (5000, 5000, 0, 0)


ODD_TOPICS = ["eoc/v1//obs", "eoc/v1/sông bé/obs", "eoc/v1/a b/obs", "eoc/v1/" + "a" * 65 + "/obs"]


async def test_odd_topics_and_payloads_are_kept_with_their_reason(broker: BrokerAddress, ledger: Ledger) -> None:
    sent: list[tuple[str, bytes]] = [(topic, b"{}") for topic in ODD_TOPICS]
    sent += [("eoc/v1/s1/obs", raw) for raw in (b"", b"\x00\xff", b"[" * 5000, b"x" * 60_000, b"[]")]
    sent += [("eoc/v1/s1/status", b"{}"), ("eoc/v1/s1/release", b'{"id":1}')]
    async with ingesting(broker, ledger) as station, device(broker) as gauge:
        for topic, raw in sent:
            await gauge.send(topic, raw)
        await until(lambda: station.tally[0] == len(sent))
        assert station.tally == (len(sent), 0, 0, len(sent))
        assert [(origin, raw) for _, origin, _, _, raw in ledger.refused] == sent
        assert ledger.codes == [
            *["station_id_invalid"] * 4, "payload_empty", "not_utf8", "json_too_deep", "json_invalid", "records_none",
            "status_invalid", "release_invalid",
        ]  # fmt: skip


async def test_a_payload_over_the_limit_does_not_stop_the_next_one(broker: BrokerAddress, ledger: Ledger) -> None:
    async with ingesting(broker, ledger) as station, device(broker, "monster") as monster, device(broker) as gauge:
        monster.connection.publish("eoc/v1/s1/obs", b'{"a":"' + b"x" * 300_000 + b'"}')
        await gauge.send("eoc/v1/s1/obs", reading(1))
        await until(lambda: ledger.count == 1)
        assert station.tally[1] == 1


async def test_a_codec_that_raises_costs_only_its_payload(broker: BrokerAddress, ledger: Ledger) -> None:
    class Broken:
        def decode(self, payload: bytes, *_: Any) -> list[Any]:
            raise LookupError(payload)

    async with ingesting(broker, ledger, codec=Broken()) as station, device(broker) as gauge:
        await gauge.send("eoc/v1/s1/obs", b"one")
        await gauge.send("eoc/v1/s1/obs", b"two")
        await until(lambda: station.tally == (2, 0, 0, 2))
        assert [(code, raw) for code, _, _, _, raw in ledger.refused] == [("poison", b"one"), ("poison", b"two")]


async def test_the_future_is_refused_on_the_wall_and_taken_in_replays(broker: BrokerAddress, ledger: Ledger) -> None:
    ahead = reading(1, at_ms=4_000_000_000_000)
    async with ingesting(broker, ledger, clock="wall") as station, device(broker) as gauge:
        await gauge.send("eoc/v1/s1/obs", ahead)
        await until(lambda: station.tally == (1, 0, 0, 1))
    assert ledger.codes == ["in_future"]
    async with ingesting(broker, ledger, clock="data", slot=1) as station, device(broker) as gauge:
        await gauge.send("eoc/v1/s1/obs", ahead)
        await until(lambda: station.tally == (1, 1, 0, 0))


async def test_notices_reach_their_listener_and_are_told_again_after_a_reconnect(
    mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    release = {
        "id": "r1",
        "planned_at": "2026-11-23T12:00:00+07:00",
        "discharge_m3s": 500,
        "gates_open": 2,
        "reason": "lũ",
    }
    async with device(mosquitto_5) as gauge:
        await gauge.send("eoc/v1/s1/status", {"state": "online", "ts": 1_795_402_800_000}, retain=True)
        async with ingesting(mosquitto_5, ledger) as station:
            await gauge.send("eoc/v1/thac-mo/release", release)
            await gauge.send("eoc/v1/s2/status", {"state": "offline"})
            await until(lambda: len(station.notices) == 3)
            online, planned, offline = station.notices
            assert isinstance(online, StatusNotice)
            assert (online.station, online.online, online.retained) == ("s1", True, True)
            assert isinstance(planned, ReleaseNotice)
            assert (planned.reservoir, planned.id, planned.discharge_m3s, planned.cancelled) == (
                "thac-mo",
                "r1",
                500.0,
                False,
            )
            assert isinstance(offline, StatusNotice)
            assert (offline.online, offline.at, offline.retained) == (False, None, False)
            cut(station.ingest._reception.connection)
            await until(lambda: len(station.notices) >= 4)
            assert station.notices[3].station == "s1"  # type: ignore[union-attr]
            assert station.tally == (0, 0, 0, 0)


async def test_a_listener_that_fails_gets_the_notice_again_and_at_last_it_is_quarantined(
    mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    told: list[Notice] = []

    async def listen(notice: Notice) -> None:
        told.append(notice)
        if len(told) == 1:
            raise Temporary("database.unavailable")
        if isinstance(notice, ReleaseNotice):
            raise ZeroDivisionError

    async with ingesting(mosquitto_5, ledger, notice=listen) as station, device(mosquitto_5) as gauge:
        await gauge.send("eoc/v1/s1/status", {"state": "online"})
        await gauge.send("eoc/v1/dam/release", {"id": "r", "cancelled": True})
        await until(lambda: station.tally == (1, 0, 0, 1))
        assert [type(each).__name__ for each in told] == ["StatusNotice"] * 2 + ["ReleaseNotice"] * 5
        ((code, origin, *_, raw),) = ledger.refused
        assert (code, origin, json.loads(raw)["id"]) == ("poison", "eoc/v1/dam/release", "r")


async def test_a_retained_reading_is_not_news_at_every_reconnect(mosquitto_5: BrokerAddress, ledger: Ledger) -> None:
    async with device(mosquitto_5) as gauge:
        await gauge.send("eoc/v1/s1/obs", reading(1), retain=True)
        async with ingesting(mosquitto_5, ledger) as station:
            await until(lambda: station.tally[0] == 1)
            connection = station.ingest._reception.connection
            first = connection.epoch
            cut(connection)
            # Being down may be over before anybody looks.
            await until(lambda: connection.epoch > first and station.metric("eoc_mqtt_connected") == 1)
            await gauge.send("eoc/v1/s1/obs", reading(2))
            await until(lambda: ledger.count == 2)
            assert station.tally == (2, 2, 0, 0)


async def test_the_broker_is_killed_and_ingest_finds_it_again(
    mosquitto: Mosquitto, mosquitto_5: BrokerAddress, ledger: Ledger
) -> None:
    async with ingesting(mosquitto_5, ledger) as station:
        for round_ in range(3):
            async with device(mosquitto_5) as gauge:
                await gauge.send("eoc/v1/s1/obs", reading(round_))
            await until(functools.partial(_stored, ledger, round_ + 1))
            mosquitto.kill()
            await until(lambda: not station.ingest.connected)
            mosquitto.restart()
            await until(lambda: station.ingest.connected)
            await until(lambda: station.metric("eoc_mqtt_connected") == 1)


def _stored(ledger: Ledger, count: int) -> bool:
    return ledger.count == count


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_devices_of_both_versions_are_heard(mosquitto: Mosquitto, ledger: Ledger, version: Any) -> None:
    listening = BrokerAddress(mosquitto.host, mosquitto.port, version="5")
    speaking = BrokerAddress(mosquitto.host, mosquitto.port, version=version)
    async with ingesting(listening, ledger), device(speaking) as gauge:
        await gauge.listen("eoc/v1/s1/ack")
        await gauge.send("eoc/v1/s1/obs", reading(1))
        await until(lambda: gauge.acked("s1") == {1})
