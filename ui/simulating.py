"""`eoc simulate`: a scenario or a tape to any broker."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from eoc.clock import wall_now
from eoc.errors import Invalid
from sensors.address import BrokerAddress
from sensors.broker import known_address
from sensors.publish import publish
from sensors.simulator.emission import Emission, Pace
from sensors.simulator.run import default_start, run
from sensors.simulator.scenario import load_scenario
from sensors.simulator.tape import read_tape
from ui.settings import Settings
from ui.wiring import load


async def simulate(
    settings: Settings,
    what: str,
    mqtt: str | None,
    speed: float | None,
    station: str | None,
    name: str | None,
    seed: int | None,
    note: Callable[[str], None],
) -> dict[str, Any]:
    """Publish and wait for the broker's acknowledgements; returns `{"published", "skipped"}`.

    A tape goes as fast as the broker takes it unless `speed` says otherwise; a scenario at its own speed. Without
    `mqtt` the embedded broker of a product running on the same data folder is used.
    """
    address = BrokerAddress.parse(mqtt) if mqtt else embedded_address(settings)
    file = Path(what)
    skipped = 0
    if file.suffix.lower() == ".csv":
        if station is None:
            raise Invalid("usage.station_missing")
        tape = read_tape(file, station=station, property=name)
        emissions: Iterator[Emission] = tape.emissions(boot=file.stem[:64])
        pace = Pace(speed or None)
    else:
        pack = load(settings)
        scenario = load_scenario(pack.scenario_path(what), pack)
        start: datetime = default_start(scenario, wall_now(), pack.zone)
        emissions = run(scenario, start=start, seed=seed)
        chosen = scenario.file.speed if speed is None else speed
        pace = Pace(chosen or None, live_from=start)
        tape = None
    published = await publish(address, emissions, pace, progress=note)
    if tape is not None:
        skipped = len(tape.skipped)
    return {"published": published, "skipped": skipped}


def embedded_address(settings: Settings) -> BrokerAddress:
    """Where the product on this data folder keeps its own broker."""
    if settings.mqtt_url:
        return BrokerAddress.parse(settings.mqtt_url)
    return known_address(settings.data_dir)
