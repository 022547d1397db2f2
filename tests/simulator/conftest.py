"""The demo scenario, computed once."""

from datetime import UTC, datetime

import pytest

from eoc.packs import Pack, load_pack, pack_path
from sensors.simulator import Emission, Scenario, load_scenario, run
from sensors.simulator.flood import Flood, compute

START = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # 06:00 in Việt Nam


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(pack_path("binh-phuoc"))


@pytest.fixture(scope="session")
def scenario(pack: Pack) -> Scenario:
    return load_scenario(pack.scenario_path("lu-song-be"), pack)


@pytest.fixture(scope="session")
def flood(scenario: Scenario) -> Flood:
    return compute(scenario)


@pytest.fixture(scope="session")
def emissions(scenario: Scenario) -> list[Emission]:
    return list(run(scenario, start=START))
