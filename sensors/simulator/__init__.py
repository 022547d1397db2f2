"""Stands in for the province's devices: replays tapes and plays scenarios, as timed emissions without any transport."""

from sensors.simulator.emission import Emission, Pace, stamped_now
from sensors.simulator.run import default_start, run
from sensors.simulator.scenario import Scenario, ScenarioInvalid, check_scenario, load_scenario
from sensors.simulator.tape import Tape, TapeError, TapeRow, read_tape

__all__ = [
    "Emission",
    "Pace",
    "Scenario",
    "ScenarioInvalid",
    "Tape",
    "TapeError",
    "TapeRow",
    "check_scenario",
    "default_start",
    "load_scenario",
    "read_tape",
    "run",
    "stamped_now",
]
