"""Each codec end to end: a real broker, the ingest with the sources of a pack, and the real engine."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from eoc.bus import LocalBus
from eoc.clock import WallClock, iso, to_us, wall_now
from eoc.engine import Engine, World
from eoc.model import Station
from eoc.packs import load_pack, pack_path
from eoc.packs.filters import is_filter, matches, overlap
from eoc.store import Store, open_store, quarantine, sqlite_url
from eoc.store.tables import reading
from sensors.address import BrokerAddress
from sensors.sources import Sources
from tests.sensors.codecs.payloads import GOOD, KINDS, SOURCES, Sample
from tests.sensors.field import at, device, ingesting, until
from tests.sensors.field import reading as record
from ui.migrations import upgrade


@contextlib.asynccontextmanager
async def real_engine(folder: Path) -> AsyncIterator[tuple[Engine, Store]]:
    url = str(sqlite_url(folder / "eoc.sqlite"))
    await upgrade(url)
    async with open_store(url, LocalBus()) as store:
        engine = Engine(store, World(), WallClock(), LocalBus())
        await engine.start()
        await engine.install_stations([Station(each, each, "river") for each in ("s1", "s2")], "test")
        yield engine, store


async def stored(store: Store) -> dict[tuple[str, str, int], float]:
    async with store.read() as connection:
        rows = await connection.execute(select(reading))
        return {(row.station, row.property, row.observed_at): row.value for row in rows}


async def kept(store: Store) -> list[tuple[str, str | None, bytes]]:
    async with store.read() as connection:
        return [(row.code, row.station, row.raw) for row in await quarantine.newest(connection, before=None, limit=100)]


def expected_of(sample: Sample) -> dict[tuple[str, str, int], float]:
    return {
        (each.station, name, to_us(datetime.fromisoformat(each.at))): value
        for each in sample.expected
        for name, value in each.values.items()
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_through_a_real_broker_into_the_engine(mosquitto_5: BrokerAddress, tmp_path: Path, kind: str) -> None:
    # Relative times belong to the moment of arrival, which only the unit tests can choose.
    samples = [each for each in GOOD[kind] if "relative" not in each.name]
    records = sum(len(each.expected) for each in samples)
    async with (
        real_engine(tmp_path) as (engine, store),
        ingesting(mosquitto_5, engine, clock="data", sources=Sources([SOURCES[kind]])) as station,
        device(mosquitto_5) as gauge,
    ):
        await gauge.listen("eoc/v1/+/ack")
        for sample in samples:
            await gauge.send(sample.topic, sample.payload)
        await gauge.send(samples[0].topic, b'{"nonsense": tru')
        await until(lambda: station.tally[0] == records + 1)
        # Once more: the broker's QoS 1, or a device that is not sure.
        await gauge.send(samples[0].topic, samples[0].payload)
        again = len(samples[0].expected)
        await until(lambda: station.tally[0] == records + 1 + again)
        received, accepted, duplicate, quarantined = station.tally
        assert received == accepted + duplicate + quarantined
        assert quarantined == 1
        assert await stored(store) == {key: value for each in samples for key, value in expected_of(each).items()}
        assert await kept(store) == [("json_invalid", None, b'{"nonsense": tru')]
        # Only what carries a number of our own kind is acknowledged by us.
        numbered = {each.station for sample in samples for each in sample.expected if each.seq is not None}
        await gauge.send("eoc/v1/s1/obs", record(7))
        await until(lambda: any([7, 7] in ack["seq"] for ack in gauge.acks("s1")))
        assert {topic.split("/")[2] for topic, _ in gauge.heard} == numbered | {"s1"}
        assert all(ack["errors"] == [] for ack in gauge.acks("s1"))


async def test_our_own_devices_and_all_others_side_by_side(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    sources = Sources(list(SOURCES.values()))
    async with (
        real_engine(tmp_path) as (engine, store),
        ingesting(mosquitto_5, engine, clock="data", sources=sources) as station,
        device(mosquitto_5) as gauge,
    ):
        await gauge.send("eoc/v1/s1/obs", record(1, 2.0))
        for kind in KINDS:
            await gauge.send(GOOD[kind][0].topic, GOOD[kind][0].payload)
        total = 1 + sum(len(GOOD[kind][0].expected) for kind in KINDS)
        await until(lambda: station.tally[0] == total)
        assert station.tally[3] == 0
        # Nobody subscribed to this: the broker does not even send it.
        await gauge.send("somebody/else", b"{}")
        await gauge.send("eoc/v1/s1/obs", record(2, 2.0))
        await until(lambda: station.tally[0] == total + 1)
        assert await kept(store) == []


async def test_two_ingests_share_the_sources_too(mosquitto: Any, tmp_path: Path) -> None:
    """Each message reaches one of the two, not both."""
    address = at(mosquitto.host, mosquitto.port)
    options: dict[str, Any] = {"clock": "data", "sources": Sources([SOURCES["sensorthings"]]), "group": "g"}
    start = datetime(2026, 11, 23, tzinfo=UTC)
    async with (
        real_engine(tmp_path) as (engine, store),
        ingesting(address, engine, slot=0, **options) as first,
        ingesting(address, engine, slot=1, **options) as second,
        device(address) as gauge,
    ):
        payloads = [
            {"phenomenonTime": iso(start + timedelta(minutes=minute)), "result": 3.0 + minute / 100}
            for minute in range(40)
        ]
        await gauge.send_all("v1.1/Datastreams(1)/Observations", payloads)
        await until(lambda: first.tally[0] + second.tally[0] == 40)
        assert len(await stored(store)) == 40
        assert first.tally[2] + second.tally[2] == 0


async def test_an_old_reading_that_the_broker_remembered_is_known_by_its_key(
    mosquitto_5: BrokerAddress, tmp_path: Path
) -> None:
    sample = GOOD["tasmota"][0]
    options: dict[str, Any] = {"clock": "data", "sources": Sources([SOURCES["tasmota"]])}
    async with real_engine(tmp_path) as (engine, store), device(mosquitto_5) as gauge:
        async with ingesting(mosquitto_5, engine, **options) as station:
            await gauge.send(sample.topic, sample.payload, retain=True)
            await until(lambda: station.tally[:2] == (1, 1))
        async with ingesting(mosquitto_5, engine, slot=1, **options) as station:
            await until(lambda: station.tally == (1, 0, 1, 0))
        assert len(await stored(store)) == len(sample.expected[0].values)


async def test_a_source_that_was_removed_is_not_heard_any_more(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    """The broker keeps our session, and with it what an earlier pack subscribed to."""
    topic = "v1.1/Datastreams(1)/Observations"
    old, new = SOURCES["sensorthings"], SOURCES["ttn"]
    async with real_engine(tmp_path) as (engine, store), device(mosquitto_5) as gauge:
        async with ingesting(mosquitto_5, engine, clock="data", sources=Sources([old])) as station:
            await gauge.send(topic, {"phenomenonTime": "2026-11-23T03:00:00Z", "result": 3.0})
            await until(lambda: station.tally[0] == 1)
        sources = Sources([new], former=[old.topic, new.topic])
        async with ingesting(mosquitto_5, engine, clock="data", sources=sources) as station:
            sample = GOOD["ttn"][0]
            await gauge.send(sample.topic, sample.payload)
            await until(lambda: station.tally[0] == 1)
            await gauge.send(topic, {"phenomenonTime": "2026-11-23T03:10:00Z", "result": 3.1})
            await gauge.send("eoc/v1/s1/obs", record(1))
            await until(lambda: station.tally[0] == 2)
        assert await kept(store) == []


async def test_a_time_from_the_future_is_refused_on_the_wall_clock(mosquitto_5: BrokerAddress, tmp_path: Path) -> None:
    ahead = iso(wall_now() + timedelta(hours=1))
    async with (
        real_engine(tmp_path) as (engine, store),
        ingesting(mosquitto_5, engine, sources=Sources([SOURCES["sensorthings"]])) as station,
        device(mosquitto_5) as gauge,
    ):
        await gauge.send("v1.1/Datastreams(1)/Observations", {"phenomenonTime": ahead, "result": 3.0})
        await until(lambda: station.tally == (1, 0, 0, 1))
        assert [(code, name) for code, name, _ in await kept(store)] == [("in_future", "s1")]


FILTERS = [
    ("a/b", "a/b", True), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a", True), ("a/#", "a/b/c", True),
    ("#", "a/b", True), ("#", "$SYS/x", False), ("+/b", "a/b", True), ("+", "a/b", False), ("a/+/c", "a/b/d", False),
    ("a//b", "a//b", True), ("a/+/b", "a//b", True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "topic", "expected"), FILTERS)
def test_a_filter_matches_what_the_standard_says(pattern: str, topic: str, expected: bool) -> None:
    assert matches(pattern, topic) is expected
    assert is_filter(pattern)
    if expected and not topic.startswith("$"):
        assert overlap(pattern, topic)
        assert overlap(topic, pattern)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("a/+", "+/b", True), ("a/+/c", "a/b/#", True), ("a/b", "a/c", False), ("a/#", "b/#", False), ("a/+", "a", False)],
)
def test_filters_that_share_a_topic(first: str, second: str, expected: bool) -> None:
    assert overlap(first, second) is overlap(second, first) is expected


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "a/+b", "$share/g/a", "a\x00", "#/a", "a" * 70_000])
def test_what_is_no_filter(text: str) -> None:
    assert not is_filter(text)


def test_the_demo_packs_sources_have_their_codecs() -> None:
    sources = Sources(load_pack(pack_path("binh-phuoc")).sources)
    assert len(sources.filters) == 3
    codec = sources.codec("v3/thuy-van@ttn/devices/be-nha-bich-radar/up")
    assert codec is not None
    assert codec.kind == "ttn"
    assert sources.codec("eoc/v1/x/obs") is None
