"""A server to ask and a stage to ask from."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from eoc.bus import LocalBus
from eoc.store import open_store, sqlite_url
from sensors.metrics import IngestMetrics
from tests.pollers.server import FeedServer, feed_server
from tests.pollers.stage import Ear, Kept, Stage, Time
from ui.migrations import upgrade


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once and copied for each test."""
    file = tmp_path_factory.mktemp("migrated") / "eoc.sqlite"
    asyncio.run(upgrade(str(sqlite_url(file))))
    return file


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with feed_server() as made:
        yield made


@pytest.fixture
async def stage(tmp_path: Path, migrated: Path) -> AsyncIterator[Stage]:
    for part in migrated.parent.iterdir():
        shutil.copy(part, tmp_path / part.name)
    registry = CollectorRegistry()
    async with open_store(str(sqlite_url(tmp_path / "eoc.sqlite")), LocalBus()) as store:
        yield Stage(store, Kept(), Ear(), Time(), tmp_path, registry, IngestMetrics(registry))
