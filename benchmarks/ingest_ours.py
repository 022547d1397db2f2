"""The product's own road: ingest, engine with the flood rule, journal, SQLite with WAL and synchronous=FULL.

    python -m benchmarks.ingest_ours HOST PORT VERSION USER PASSWORD COUNT FOLDER INTAKE CLOCK

INTAKE `engine` is the product; `none` takes records and forgets them, which shows what the road to the engine costs.
Prints `ready`, then one line of JSON when COUNT records are committed and acknowledged to their senders.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from prometheus_client import CollectorRegistry

from benchmarks.ingest_load import STATIONS, station
from eoc.bus import LocalBus
from eoc.clock import DataClock, WallClock, wall_now
from eoc.engine import Engine
from eoc.model import Observation, Outcome, Refusal, Station, Thresholds, Verdict
from eoc.packs import load_pack, pack_path
from eoc.ports import Intake
from eoc.store import open_store, sqlite_url
from sensors.address import BrokerAddress
from sensors.intake import Ingest
from sensors.metrics import IngestMetrics
from sensors.notices import Notice
from ui.migrations import upgrade
from ui.world import world_of


class Forgetful:
    """Takes everything, keeps nothing."""

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:  # noqa: ARG002
        await asyncio.sleep(0)
        return [Outcome(Verdict.ACCEPTED)] * len(batch)


class Counted:
    """Passes on to the intake and takes the time of the first and the last record."""

    def __init__(self, intake: Intake, wanted: int) -> None:
        self._intake = intake
        self._wanted = wanted
        self.finished = asyncio.Event()
        self.verdicts: dict[str, int] = {}
        self.batches = 0
        self.started = self.ended = self.cpu_s = 0.0

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:
        if not self.batches:
            self.started, self.cpu_s = time.perf_counter(), time.process_time()
        self.batches += 1
        outcomes = await self._intake.observe(batch, refused)
        for outcome in outcomes:
            self.verdicts[outcome.verdict] = self.verdicts.get(outcome.verdict, 0) + 1
        if sum(self.verdicts.values()) >= self._wanted and not self.ended:
            self.ended, self.cpu_s = time.perf_counter(), time.process_time() - self.cpu_s
            self.finished.set()
        return outcomes


async def engine(stack: AsyncExitStack, folder: Path, clock: str) -> Engine:
    """The engine with the demo pack's rule and gauges whose alarm levels are near."""
    url = str(sqlite_url(folder / "ours.sqlite"))
    await upgrade(url)
    store = await stack.enter_async_context(open_store(url, LocalBus()))
    pack = load_pack(pack_path("binh-phuoc"))
    made = Engine(store, world_of(pack, wall_now()), DataClock() if clock == "data" else WallClock(), LocalBus())
    await made.start()
    rules = {"min_duration_s": 600.0, "hysteresis_m": 0.05, "rise_m_per_h": 2.0}
    gauges = [
        Station(station(i), f"Bench {i}", "river", thresholds=Thresholds(26.0, 27.0, 28.0), rules=rules)
        for i in range(STATIONS)
    ]
    await made.install_stations(gauges, "bench")
    return made


async def measure(arguments: Sequence[str]) -> dict[str, Any]:
    host, port, version, user, password, count, folder, kind, clock = arguments
    async with AsyncExitStack() as stack:
        intake: Intake = Forgetful() if kind == "none" else await engine(stack, Path(folder), clock)
        counted = Counted(intake, int(count))

        async def ignore(notice: Notice) -> None: ...

        address = BrokerAddress(
            host, int(port), user or None, password or None, version="5" if version == "5" else "3.1.1"
        )
        registry = CollectorRegistry()
        ingest = Ingest(address, counted, ignore, IngestMetrics(registry), clock="data" if clock == "data" else "wall")
        running = asyncio.create_task(ingest.run())
        await _until(lambda: registry.get_sample_value("eoc_mqtt_connected") == 1.0 or counted.batches > 0)
        print("ready", flush=True)
        await asyncio.wait_for(counted.finished.wait(), 600)
        # The last acknowledgements leave after the last commit.
        wanted = sum(counted.verdicts.values())
        await _until(lambda: registry.get_sample_value("eoc_readings_received_total") == wanted)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return {
            "count": sum(counted.verdicts.values()),
            "seconds": counted.ended - counted.started,
            "cpu_s": counted.cpu_s,
            "batches": counted.batches,
            "verdicts": counted.verdicts,
        }


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - a metric has no event to wait for
        await asyncio.sleep(0.005)


def main() -> None:
    print(json.dumps(uvloop.run(measure(sys.argv[1:]))), flush=True)


if __name__ == "__main__":
    main()
