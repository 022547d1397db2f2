"""`eoc forecast`: how good the forecast would have been on a recorded history."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.speaking import note, out


def register(app: typer.Typer) -> None:
    forecast = typer.Typer(help="The next hours of a river gauge.", no_args_is_help=True)
    app.add_typer(forecast, name="forecast")
    forecast.callback()(lambda: None)
    forecast.command("backtest")(backtest)


def backtest(
    tape: Annotated[Path, typer.Argument(help="A CSV of times and levels, as `eoc simulate --tape` takes it.")],
    scheme: Annotated[
        str, typer.Option(help="past: train on what came before each flood; others: on all other floods.")
    ] = "past",
    property: Annotated[  # noqa: A002 - the word of the contract
        str, typer.Option(help="What is forecast.")
    ] = "water_level_m",
    threshold: Annotated[
        list[float] | None, typer.Option(help="Levels in metres for the lead times; may be repeated.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="The picture (PNG); by default beside the tape.")] = None,
    no_plot: Annotated[bool, typer.Option("--no-plot", help="Only the table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> None:
    """Forecast each flood of a tape as it would have been, and compare with persistence and linear extrapolation."""
    from eoc.errors import Invalid, Refused
    from eoc.forecast import backtest as judge
    from eoc.forecast.gauge import Series, grid_of
    from eoc.model import Reason
    from sensors.simulator import TapeError, read_tape
    from ui.commands.backtest_table import as_record, lines
    from ui.commands.speaking import language

    if scheme not in tuple(judge.Scheme):
        raise Invalid("invalid.scheme", scheme=scheme, known=", ".join(judge.Scheme))
    opened = read_tape(tape, station="tape")
    if all(column.property != property for column in opened.columns):
        opened = read_tape(tape, station="tape", property=property)
    rows = [(row.at.timestamp(), row.values[property]) for row in opened.rows() if property in row.values]
    if not rows:
        raise TapeError("tape.no_value_column", path=str(tape), line=1, columns=property)
    if opened.skipped:
        note(f"{len(opened.skipped)} cells or lines of {tape} were left out")
    grid = grid_of(Series(*zip(*rows, strict=True)))
    report = grid if isinstance(grid, Reason) else judge.run(grid, judge.Scheme(scheme), threshold or ())
    if isinstance(report, Reason):
        raise Refused(report.code, **report.params)
    if as_json:
        out(as_record(report))
    else:
        for line in lines(report, language()):
            typer.echo(line)
    if not no_plot:
        from ui.commands.backtest_plot import draw

        note(f"plot: {draw(report, tape.stem, _target(tape, plot), threshold or ())}")


def _target(tape: Path, wanted: Path | None) -> Path:
    """Beside the tape, or here where that folder takes nothing."""
    import os

    if wanted is not None:
        return wanted
    folder = tape.parent if os.access(tape.parent, os.W_OK) else Path()
    return folder / f"{tape.stem}.forecast.png"
