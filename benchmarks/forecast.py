"""How good the water level forecast would have been on two recorded rivers, against doing without one.

The Aire at Armley (Leeds, 15 min, May 2015 to March 2016) and Dead Run (Baltimore, 5 min, June 2018), each judged flood
by flood: trained on what came before (`past`) and on all other floods (`others`). Nothing here depends on the machine
but the seconds. Where a tape is absent, a drawing of it is judged instead and the figures mean nothing.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from eoc.errors import Refused
from eoc.forecast.backtest import CONTENDERS, WANTED_H, Report, Scheme, run
from eoc.forecast.gauge import Gauge, Series, grid_of, learn
from eoc.model import Reason
from sensors.simulator import read_tape
from tests.tapes import armley_file, dead_run_file
from ui.commands.backtest_table import lines


def main(arguments: list[str]) -> int:
    """Print the tables and one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks forecast", description=__doc__)
    parser.add_argument("--scheme", choices=list(Scheme), action="append", help="default: both")
    parser.add_argument("--quick", action="store_true", help="only Dead Run, only `past`: to see that it runs")
    options = parser.parse_args(arguments)
    schemes = [Scheme(each) for each in options.scheme or Scheme]
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        tapes = {"dead-run": dead_run_file(Path(folder))}
        if options.quick:
            schemes = [Scheme.PAST]
        else:
            tapes = {"aire": armley_file(Path(folder))} | tapes
        for name, tape in tapes.items():
            history = _history(tape)
            results.append({"tape": name, **_learning(history)})
            print(f"{name}: learning the whole tape takes {results[-1]['learning_cpu_s']:.1f} s of CPU\n")
            results += [{"tape": name, **_judge(history, scheme)} for scheme in schemes]
    print(json.dumps({"benchmark": "forecast", "results": results}))
    return 0


def _history(tape: Path) -> Series:
    rows = [(row.at.timestamp(), row.values["water_level_m"]) for row in read_tape(tape, station="t").rows()]
    return Series([at for at, _ in rows], [level for _, level in rows])


def _learning(history: Series) -> dict[str, Any]:
    began = time.process_time()
    learnt = learn(history, {})
    return {"learning_cpu_s": time.process_time() - began, "learnt": isinstance(learnt, Gauge)}


def _judge(history: Series, scheme: Scheme) -> dict[str, Any]:
    grid = grid_of(history)
    report = grid if isinstance(grid, Reason) else run(grid, scheme)
    if isinstance(report, Reason):
        raise Refused(report.code, **report.params)
    print("\n".join(lines(report, "en")), end="\n\n", flush=True)
    return {"scheme": str(scheme), "hours": list(WANTED_H), "rising": _means(report)}


def _means(report: Report) -> dict[str, dict[str, float]]:
    figures = ("mae_m", "crps_m", "coverage")
    return {name: {each: round(report.mean("rising", name, each), 4) for each in figures} for name in CONTENDERS}
