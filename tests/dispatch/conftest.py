"""A desk with its clock in the test's hand, and the service on each database."""

import pytest

from dispatch.desk import Desk
from dispatch.queries import WarningQueries
from dispatch.service import WarningService
from eoc.store import Store
from tests.dispatch.world import VAULT, HandClock, desk_at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def desk(clock: HandClock) -> Desk:
    return desk_at(clock)


@pytest.fixture
def service(store: Store, desk: Desk) -> WarningService:
    return WarningService(store, desk)


@pytest.fixture
def queries(store: Store, desk: Desk) -> WarningQueries:
    return WarningQueries(store, VAULT, desk)
