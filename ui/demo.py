"""The demo: a scenario played into the running product through its own broker, on the data clock."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from eoc.clock import wall_now
from sensors.publish import publish
from sensors.simulator.emission import Pace
from sensors.simulator.run import default_start, run
from sensors.simulator.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from ui.wiring import App

log = logging.getLogger(__name__)


async def play(app: "App", name: str | None, speed: float | None) -> None:
    """Play a scenario of the pack once: its history at once, then live at `speed` (default: the scenario's own).

    A data folder that has seen a demo before goes on where its data clock stands: the scenario starts on the next
    day that lies wholly after it.
    """
    parts = app.parts
    chosen = name or parts.pack.manifest.demo_scenario or parts.pack.scenarios[0]
    scenario = load_scenario(parts.pack.scenario_path(chosen), parts.pack)
    start = next_start(scenario, wall_now(), parts.engine.data_now(), parts.pack.zone)
    await parts.engine.set_data_clock(start - timedelta(hours=scenario.file.history_h))
    assert app.broker is not None
    pace = Pace(speed or scenario.file.speed, live_from=start)
    sent = await publish(app.broker.sender, run(scenario, start=start), pace)
    log.info("the scenario has ended (%d messages)", sent)


def next_start(scenario: Scenario, wall: datetime, data_now: datetime, zone: ZoneInfo) -> datetime:
    """Today's live start, or the first one whose history begins after everything already seen."""
    start = default_start(scenario, wall, zone)
    history = timedelta(hours=scenario.file.history_h)
    while start - history <= data_now:
        start += timedelta(days=1)
    return start
