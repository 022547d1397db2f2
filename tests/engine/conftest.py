"""An engine on each database, and a province small enough to think about."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock, WallClock
from eoc.engine import Engine, World
from eoc.hazards.binding import HazardParams
from eoc.hazards.river_flood import FloodParams
from eoc.incidents import Actor
from eoc.model import Observation, Station, Thresholds
from eoc.store import Store

START = datetime(2015, 12, 25, tzinfo=UTC)
ADMIN = Actor("admin", "admin")
FLOOD = FloodParams(
    severity={"rise": 1, "bd1": 2, "bd2": 3, "bd3": 4, "above_bd3": 5},
    above_bd3_m=1.0,
    river_names={"be": "sông Bé"},
)
WORLD = World(HazardParams(FLOOD))
RULES = {"min_duration_s": 600.0, "hysteresis_m": 0.05}


def gauge(name: str, chainage_km: float = 0.0, river: str | None = "be") -> Station:
    """A gauge with alarm levels 3.0 / 3.9 / 4.8 m."""
    return Station(
        name, f"Trạm {name}", "river", river=river, chainage_km=chainage_km, thresholds=Thresholds(3.0, 3.9, 4.8),
        rules=RULES,
    )  # fmt: skip


def levels(station: str, values: Sequence[float], start: datetime = START, every_s: int = 900) -> list[Observation]:
    """One record per value."""
    times = [start + timedelta(seconds=every_s * index) for index in range(len(values))]
    return [
        Observation(station, at, {"water_level_m": value}, at + timedelta(seconds=5), seq=index, boot="b", raw=b"{}")
        for index, (at, value) in enumerate(zip(times, values, strict=True))
    ]


MakeEngine = Callable[[], Engine]


@pytest.fixture
def data_engine(store: Store) -> MakeEngine:
    """Makes engines on the data clock, each as if a process of its own."""
    return lambda: Engine(store, WORLD, DataClock(), LocalBus())


@pytest.fixture
def wall_engine(store: Store) -> MakeEngine:
    """Makes engines on the wall clock."""
    return lambda: Engine(store, WORLD, WallClock(), LocalBus())
