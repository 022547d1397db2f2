"""The demo: a scenario played into the running product through its own broker, on the data clock."""

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from eoc.clock import wall_now
from eoc.incidents import Actor
from eoc.store.area_counts import Count
from sensors.publish import publish
from sensors.simulator.emission import Pace
from sensors.simulator.run import default_start, run, run_counts
from sensors.simulator.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from ui.wiring import App

log = logging.getLogger(__name__)
_SCENARIO = Actor("scenario", "admin")


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
    chosen_speed = speed or scenario.file.speed
    async with asyncio.TaskGroup() as group:
        group.create_task(_report_counts(app, scenario, start, chosen_speed))
        sent = await publish(app.broker.sender, run(scenario, start=start), Pace(chosen_speed, live_from=start))
    log.info("the scenario has ended (%d messages)", sent)


async def _report_counts(app: "App", scenario: Scenario, start: datetime, speed: float) -> None:
    """What the health service would type in day by day: it comes from no device, so no broker carries it."""
    parts, pace = app.parts, Pace(speed, live_from=start)
    for told in run_counts(scenario, start=start, zone=parts.pack.zone):
        await asyncio.sleep(pace.delay_s(told.at, time.monotonic()))
        await parts.engine.set_data_clock(told.at)
        await parts.epidemic.put([Count(told.disease, told.area, "day", told.day, told.count)], _SCENARIO)


def next_start(scenario: Scenario, wall: datetime, data_now: datetime, zone: ZoneInfo) -> datetime:
    """Today's live start, or the first one whose history begins after everything already seen."""
    start = default_start(scenario, wall, zone)
    history = timedelta(hours=scenario.file.history_h)
    while start - history <= data_now:
        start += timedelta(days=1)
    return start
