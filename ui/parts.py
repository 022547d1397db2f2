"""Everything a request may need, gathered once by `ui.wiring` and handed to every route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry

from dispatch.outbox import Trouble
from dispatch.queries import WarningQueries
from dispatch.service import WarningService
from eoc.bus import Bus
from eoc.engine import BulletinDesk, Engine
from eoc.engine.epidemic import EpidemicDesk
from eoc.engine.forecast import ForecastDesk
from eoc.engine.releases import ReleaseDesk
from eoc.packs import Pack
from eoc.store import Store
from ui.accounts import Accounts
from ui.devices import DeviceDesk
from ui.fire_desks import FireDesks
from ui.impacts import ImpactTable
from ui.live import Hub
from ui.notices import Notices
from ui.places import Places
from ui.settings import Settings


@dataclass(slots=True)
class Parts:
    """The running product, as the web part sees it."""

    settings: Settings
    store: Store
    bus: Bus
    engine: Engine
    pack: Pack
    places: Places
    impacts: ImpactTable
    bulletins: BulletinDesk
    fire: FireDesks
    forecast: ForecastDesk
    accounts: Accounts
    hub: Hub
    warnings: WarningService
    warning_queries: WarningQueries
    notices: Notices
    epidemic: EpidemicDesk
    releases: ReleaseDesk
    metrics: CollectorRegistry
    devices: DeviceDesk
    broker: Callable[[], dict[str, Any]]
    """What is known about the MQTT broker now (kind, connected, enforced)."""
    broker_address: Callable[[], tuple[str, int]]
    """Host and port that devices connect to."""
    trouble: Callable[[], Trouble | None]
    """Why no message leaves at the moment; None when nothing is wrong."""
    not_ready: Callable[[], Awaitable[list[str]]]
    """Codes of what is not ready yet; empty when the product can work."""

    def now(self) -> datetime:
        """Now on the engine's clock, as people should see it."""
        return self.engine.shown_now()
