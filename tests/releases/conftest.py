"""The demo pack, and a release desk on each database and each kind of clock, as if a process of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock, WallClock
from eoc.engine import Engine, World
from eoc.engine.releases import ReleaseDesk
from eoc.engine.reservoir_watch import ReservoirWatch
from eoc.events import Event
from eoc.hazards.dam_release import Notice
from eoc.hazards.release_book import Commune, Release, StepDone
from eoc.model import Observation, Station
from eoc.packs import Pack, load_pack, pack_path
from eoc.store import Store, journal_log
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from ui.world import stations_of, world_of

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAM = "ho-srok-phu-mieng"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(pack_path("binh-phuoc"))


@pytest.fixture(scope="session")
def world(pack: Pack) -> World:
    return world_of(pack, START)


@pytest.fixture(scope="session")
def dams(pack: Pack) -> list[Station]:
    """The stations that these tests speak of: reservoirs, and one gauge and one rain gauge beside them."""
    return [
        each for each in stations_of(pack) if each.kind == "reservoir" or each.id in ("be-phuoc-long", "mua-bu-dop")
    ]


@dataclass
class Bench:
    """A province on the data clock with its desk; `at` moves the clock by a reading far from any river."""

    store: Store
    engine: Engine
    desk: ReleaseDesk
    watch: ReservoirWatch
    seq: int = 0

    async def at(self, moment: datetime) -> None:
        self.seq += 1
        await self.engine.observe([Observation("mua-bu-dop", moment, {"rain_mm": 0.0}, moment, seq=self.seq, boot="b")])

    async def water(self, station: str, values: list[tuple[datetime, dict[str, float]]]) -> None:
        """Readings of a reservoir."""
        self.seq += 1
        records = [
            Observation(station, moment, each, moment, seq=self.seq * 1000 + i, boot="b")
            for i, (moment, each) in enumerate(values)
        ]
        await self.engine.observe(records)

    async def events(self, *kinds: str) -> list[Event]:
        async with self.store.read() as connection:
            found = await journal_log.read_after(connection, 0, 10_000)
        return [each for each in found if not kinds or each.kind in kinds]

    async def book(self, release: str) -> tuple[Release, list[Commune], list[StepDone]]:
        async with self.store.read() as connection:
            found = await release_store.get(connection, release)
            communes = (await release_store.communes_of(connection, [release]))[release]
            steps = (await release_store.steps_of(connection, [release]))[release]
        assert found is not None
        return found, communes, steps

    async def case(self, release: Release):
        async with self.store.read() as connection:
            found = await incident_store.get(connection, release.incident or "")
            assert found is not None
            evidence = (await incident_store.evidence_of(connection, [found.id]))[found.id]
            tasks = await incident_store.tasks_of(connection, found.id)
        return found, evidence, tasks


def announced(
    planned_h: float = 6, until_h: float | None = 12, flow: float | None = 500, *, heard_h: float = 0, **more: object
) -> Notice:
    """A notice heard (and on the data clock: sent) some hours after the start."""
    heard = START + heard_h * HOUR
    until = None if until_h is None else START + until_h * HOUR
    return Notice(
        reservoir=str(more.get("reservoir", DAM)),
        id=str(more.get("id", "tb-1")),
        heard_at=heard,
        planned_at=START + planned_h * HOUR,
        until=until,
        discharge_m3s=flow,
        sent_at=heard,
        cancelled=bool(more.get("cancelled", False)),
        channel="mqtt",
        raw=b"{}",
    )


@pytest.fixture
async def bench(store: Store, pack: Pack, world: World, dams: list[Station]) -> Bench:
    engine = Engine(store, world, DataClock(), LocalBus())
    await engine.start()
    await engine.install_stations(dams, pack.hash)
    desk = ReleaseDesk(store, engine, pack, clock="data")
    made = Bench(store, engine, desk, ReservoirWatch(store, engine, desk, clock="data"))
    await made.at(START)
    return made


@pytest.fixture
async def wall_desk(store: Store, pack: Pack, world: World, dams: list[Station]) -> ReleaseDesk:
    engine = Engine(store, world, WallClock(), LocalBus())
    await engine.install_stations(dams, pack.hash)
    return ReleaseDesk(store, engine, pack)
