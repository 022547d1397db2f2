"""`eoc hazard`: fire danger from a table, for specialists who want to check us or use us alone."""

import csv
import io
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.commands.speaking import note, out

Table = Annotated[str, typer.Argument(help="CSV: date,temperature_c,humidity_pct,wind_speed_kmh,rain_mm; - is stdin.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of CSV.")]


def register(app: typer.Typer) -> None:
    hazard = typer.Typer(help="Hazard indices of a table.", no_args_is_help=True)
    app.add_typer(hazard, name="hazard")
    hazard.command("fwi")(fwi)
    hazard.command("nesterov")(nesterov)


def fwi(
    table: Table,
    lat: Annotated[
        float | None, typer.Option("--lat", min=-90, max=90, help="Latitude for the day length; 46 N without.")
    ] = None,
    constant: Annotated[
        str, typer.Option("--constant", help="FFMC constant: 147.2 (1985 report) or 147.27723 (later programs).")
    ] = "147.2",
    as_json: AsJson = False,
) -> None:
    """The six codes of the Canadian FWI System for each day, from the standard start values 85, 6, 15."""
    from eoc.errors import Invalid
    from eoc.hazards import fwi as system
    from eoc.hazards.fwi_day_length import CANADA, DayLengths
    from eoc.hazards.weather_table import read_table

    if constant not in system.SCALES:
        raise Invalid("invalid.fire_constant", constant=constant, allowed=", ".join(system.SCALES))
    scale = system.SCALES[constant]
    lengths = CANADA if lat is None else DayLengths.at(lat)
    days = read_table(_text(table), ("temperature_c", "humidity_pct", "wind_speed_kmh", "rain_mm"))
    weather = [
        (
            each.day,
            system.Noon(
                each.values["temperature_c"],
                each.values["humidity_pct"],
                each.values["wind_speed_kmh"],
                each.values["rain_mm"],
            ),
        )
        for each in days
    ]
    added = [codes.as_json() for codes in system.series(weather, None, lengths, scale)]
    told = system.constants(scale, lengths)
    _gaps(days)
    _write(days, added, as_json, {"index": "fwi", "fwi_constants": told})
    note(f"FFMC constant {told['ffmc']}, day length {told['dmc_day_length']} (DMC), {told['dc_day_length']} (DC)")


def nesterov(
    table: Table,
    pack: Annotated[str | None, typer.Option("--pack", help="The pack whose index tables are used.")] = None,
    index_table: Annotated[str | None, typer.Option("--table", help="Id of an index table of the pack.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="A commune: its zone's table and rain.")] = None,
    lat: Annotated[  # noqa: ARG001 - the contract gives both commands the option
        float | None, typer.Option("--lat", min=-90, max=90, help="Accepted; the index needs none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The modified index P as used in Vietnam and its level 1-5 for each day (13:00 readings), from 0."""
    from eoc.errors import Invalid, NotFound
    from eoc.hazards import nesterov as index
    from eoc.hazards.weather_table import read_table
    from eoc.packs import load_pack, pack_path
    from ui.commands.settings import read_settings

    settings = read_settings(pack=pack)
    rule = load_pack(pack_path(settings.pack, settings.data_dir)).fire.index
    if rule is None:
        raise NotFound("not_found.fire_table", id=index_table or "index")
    zone = rule.zone_of(area or "")
    if zone is None:
        raise Invalid("invalid.area", area=area or "")
    days = read_table(_text(table), ("temperature_c", "humidity_pct", "rain_mm"))
    p, added = 0.0, list[dict[str, Any]]()
    for each in days:
        known = rule.table(index_table or zone.table_in(each.day.month))
        if known is None:
            raise NotFound("not_found.fire_table", id=index_table or zone.table)
        grows = index.daily(each.values["temperature_c"], each.values["humidity_pct"], rule.formula)
        p = index.step(p, grows, each.values["rain_mm"], zone.reset_in(each.day.month))
        added.append({"p": p, "level": index.IndexTable(known.id, known.source, known.upper).level(p)})
    _gaps(days)
    facts = {"index": "nesterov", "zone": zone.id, "table": index_table or zone.table, "reset_mm": zone.reset_mm}
    _write(days, added, as_json, facts)
    note(f"zone {zone.id}, table {facts['table']}, rain that ends the sum {zone.reset_mm:g} mm, formula {rule.formula}")


def _text(table: str) -> str:
    from eoc.errors import Invalid

    data = sys.stdin.buffer.read() if table == "-" else Path(table).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("invalid.table_encoding", line=data.count(b"\n", 0, error.start) + 1) from error


def _gaps(days: Any) -> None:
    for earlier, later in pairwise(days):
        missing = (later.day - earlier.day).days - 1
        if missing:
            note(f"line {later.line}: {missing} day(s) missing before {later.day}; the sums go on over the gap")


def _write(days: Any, added: list[dict[str, Any]], as_json: bool, facts: dict[str, Any]) -> None:
    if as_json:
        rows = [{**each.given, **each.values, **more} for each, more in zip(days, added, strict=True)]
        out({**facts, "items": rows})
        return
    text = io.StringIO()
    columns = [*days[0].given, *added[0]]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for each, more in zip(days, added, strict=True):
        told = {name: format(value, ".10g") for name, value in more.items()}
        writer.writerow({**each.given, **told})
    sys.stdout.write(text.getvalue())
    sys.stdout.flush()
