"""A running product with a river in flood, and people's browsers in front of it."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from sensors.address import BrokerAddress
from sensors.publish import publish
from sensors.simulator.emission import Emission, Pace
from tests.product import PASSWORD, Product, running
from tests.services.chromium import launch_arguments, prepare_driver

STATION = "be-phuoc-long"
SIZE = {"width": 1440, "height": 900}

OpenPage = Callable[..., Page]


class Room:
    """The product, its people, and a way to make the water rise."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._seq = 0

    def levels(self, values: list[float], station: str = STATION, every_s: int = 300) -> None:
        """Readings up to now, through the product's own broker."""
        start = datetime.now(UTC) - timedelta(seconds=every_s * (len(values) - 1))
        emissions = []
        for index, value in enumerate(values):
            self._seq += 1
            at = start + timedelta(seconds=every_s * index)
            payload = {"ts": at.isoformat(), "seq": self._seq, "boot": station, "data": {"water_level_m": value}}
            emissions.append(Emission(at, "obs", station, payload))
        address = BrokerAddress.parse(self.product.mqtt_url)
        # Playwright's synchronous API keeps a loop in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(publish(address, emissions, Pace(None)))).result()

    def threshold(self, name: str, station: str = STATION) -> float:
        with self.product.client() as admin:
            found: float = admin.get(f"/stations/{station}").json()["thresholds"][name]
            return found


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running(tmp_path_factory.mktemp("room") / "data") as product:
        for name, role in (("an", "operator"), ("binh", "supervisor"), ("chi", "leader")):
            product.add_user(name, role)
        yield Room(product)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    prepare_driver()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments(chromium_path))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, room: Room, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens the console as a person; every page must stay free of script errors and of requests to elsewhere."""
    contexts, complaints = [], []

    def _open(account: str | None = "an", path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": SIZE, "locale": "vi-VN", **options})
        contexts.append(context)
        if account is not None:
            credentials = {"username": account, "password": PASSWORD}
            answer = context.request.post(f"{room.product.url}/api/v1/auth/login", data=credentials)
            assert answer.ok, answer.text()
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("request", lambda asked: _local(asked.url, room.product.url, complaints))
        page.goto(f"{room.product.url}{path}")
        return page

    yield _open
    if request.node.stash.get(FAILED, False):
        folder = Path("test-results")
        folder.mkdir(exist_ok=True)
        for index, context in enumerate(contexts):
            for page in context.pages:
                page.screenshot(path=folder / f"{request.node.name}-{index}.png")
    for context in contexts:
        context.close()
    assert complaints == []


def _local(url: str, own: str, complaints: list[str]) -> None:
    if not url.startswith((own, own.replace("http", "ws"), "data:", "blob:")):
        complaints.append(f"asked {url}")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed:  # type: ignore[attr-defined]
        item.stash[FAILED] = True
