"""Bad input by the thousand, through a real broker, the ingest and the real engine: every record is in one of three
places, nobody crashes, memory stays flat, and the counts are those of the database.
"""

import contextlib
import functools
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import func, select

from eoc.bus import LocalBus
from eoc.clock import WallClock, wall_now
from eoc.engine import Engine, World
from eoc.hazards.binding import HazardParams
from eoc.hazards.river_flood import FloodParams
from eoc.model import Observation, Station, Thresholds
from eoc.store import Store, open_store, sqlite_url
from eoc.store.tables import QuarantineRow, reading
from sensors.address import BrokerAddress
from sensors.codecs.json import JsonCodec
from tests.sensors.field import Device, device, ingesting, until
from tests.sensors.field import reading as record
from tests.strategies import payloads
from ui.migrations import upgrade

STATIONS = ["s1", "s2", "unknown", "sông", "a" * 65, "A.b_c-9"]
GROWTH_BYTES = 50 * 2**20


def generated(count: int) -> list[bytes]:
    """The same odd payloads every time: what a broker lets through of the strategies' inventions."""
    found: list[bytes] = []

    @settings(
        max_examples=count, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(payloads())
    def collect(drawn: tuple[bytes, int | None]) -> None:
        if len(drawn[0]) < 65_000:
            found.append(drawn[0])

    collect()
    return found


@contextlib.asynccontextmanager
async def real_engine(folder: Path) -> AsyncIterator[tuple[Engine, Store]]:
    url = str(sqlite_url(folder / "eoc.sqlite"))
    await upgrade(url)
    async with open_store(url, LocalBus()) as store:
        world = World(HazardParams(FloodParams(severity={"bd1": 2, "bd2": 3, "bd3": 4})))
        engine = Engine(store, world, WallClock(), LocalBus())
        await engine.start()
        gauges = [
            Station(each, each, "river", thresholds=Thresholds(3.0, 3.9, 4.8)) for each in ("s1", "s2", "A.b_c-9")
        ]
        await engine.install_stations(gauges, "test")
        yield engine, store


async def flood_with_nonsense(broker: BrokerAddress, folder: Path, count: int) -> None:
    sent = generated(count)
    codec, now = JsonCodec(), wall_now()
    topics = [f"eoc/v1/{STATIONS[number % len(STATIONS)]}/obs" for number in range(len(sent))]
    expected = [codec.decode(raw, topic, now) for raw, topic in zip(sent, topics, strict=True)]
    records = sum(len(each) for each in expected)
    assert sum(isinstance(each, Observation) for many in expected for each in many) > count / 20
    process = psutil.Process()
    async with (
        real_engine(folder) as (engine, store),
        ingesting(broker, engine) as station,
        device(broker) as gauge,
    ):
        before = 0
        for number, (topic, raw) in enumerate(zip(topics, sent, strict=True)):
            gauge.connection.publish(topic, raw)
            if number % 500 == 499:
                await until(functools.partial(_confirmed, gauge, number - 400))
            if number == len(sent) // 5:
                before = process.memory_info().rss
        await until(lambda: station.tally[0] == records, 300)
        await gauge.send("eoc/v1/s1/obs", record(1))
        await until(lambda: station.tally[0] == records + 1)
        received, accepted, duplicate, quarantined = station.tally
        assert received == accepted + duplicate + quarantined
        assert process.memory_info().rss - before < GROWTH_BYTES
        async with store.read() as connection:
            kept = (await connection.execute(select(func.count()).select_from(QuarantineRow))).scalar_one()
            stored = (await connection.execute(select(func.count()).select_from(reading))).scalar_one()
            codes = (await connection.execute(select(QuarantineRow.__table__.c.code))).scalars()  # type: ignore[attr-defined]
            assert all(codes)
        assert kept == quarantined
        assert stored >= accepted > 0


def _confirmed(gauge: Device, count: int) -> bool:
    return len(gauge.confirmations) > count


async def test_a_thousand_payloads(broker: BrokerAddress, tmp_path: Path) -> None:
    await flood_with_nonsense(broker, tmp_path, 1_000)


@pytest.mark.long
async def test_ten_thousand_payloads(broker: BrokerAddress, tmp_path: Path) -> None:
    await flood_with_nonsense(broker, tmp_path, 10_000)
