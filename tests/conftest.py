"""What all tests share: real services, started once for the run and tied to it, and hypothesis profiles.

Each service can be replaced by one that is already running: EOC_TEST_DATABASE_URL (an account that may create
databases), EOC_TEST_REDIS_URL (a database of its own, which is emptied), EOC_TEST_CHROMIUM (path of a browser).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from eoc.bus import LocalBus
from eoc.store import Store, open_store
from tests.no_skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - hooks of the whole run
from tests.services import children
from tests.services.chromium import launch_arguments, prepare_driver
from tests.services.mqtt import Iotcore, Mosquitto
from tests.services.postgres import Postgres, embedded_postgres
from tests.services.redis import RedisServer
from tools.programs import find_chromium
from ui.migrations import upgrade

# On the build server the same examples every time; at a desk, new ones each run. No deadline: the machine is shared.
settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.register_profile(
    "long", deadline=None, print_blob=True, max_examples=5000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "desk"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL; see tests/services/postgres.py for `create_database` and friends."""
    running = os.environ.get("EOC_TEST_DATABASE_URL")
    if running:
        yield Postgres(running.replace("postgresql+asyncpg://", "postgresql://", 1))
        return
    with embedded_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """URL of a new, empty database (`postgresql+asyncpg://...`), dropped after the test."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def _shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = os.environ.get("EOC_TEST_REDIS_URL")
    if running:
        yield running
        return
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(_shared_redis: str) -> str:
    """URL of a real Redis (Valkey), empty at the start of the test."""
    import redis

    with redis.Redis.from_url(_shared_redis) as client:
        client.flushdb()
    return _shared_redis


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, with `kill()` and `restart()`."""
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real Mosquitto of the test's own (3.1.1 and 5 on one port), with `host`, `port`, `kill()`, `restart()`."""
    broker = Mosquitto(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def iotcore_broker(tmp_path: Path) -> Iterator[Iotcore]:
    """The pip-only broker: `port` speaks MQTT 3.1.1, `v5_port` MQTT 5."""
    broker = Iotcore(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def new_port() -> Callable[[], int]:
    """Gives a free TCP port of 127.0.0.1 at each call."""
    return children.free_port


@pytest.fixture
def free_port() -> int:
    """One free TCP port of 127.0.0.1."""
    return children.free_port()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the browser for Playwright's `executable_path`."""
    found = find_chromium()
    assert found, "no Chromium: call make test, which finds or installs one"
    prepare_driver()
    return found


@pytest.fixture(scope="session")
def chromium_launch(chromium_path: str) -> dict[str, Any]:
    """Arguments for Playwright: `playwright.chromium.launch(**chromium_launch)`."""
    return launch_arguments(chromium_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind the product runs on; the tests that use it run once on each."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'eoc.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store whose schema was made by running the migrations."""
    await upgrade(database_url)
    async with open_store(database_url, LocalBus()) as opened:
        yield opened
