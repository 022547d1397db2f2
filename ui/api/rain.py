"""Rain at any moment: every gauge's rolling windows, what is missing, the decree's band, and what it means where."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from eoc.clock import from_us, iso, to_us
from eoc.errors import Invalid
from eoc.hazards import state as states
from eoc.hazards.rain import RAIN_HAZARDS, RULE, RainParams, Steps
from eoc.hazards.rain_table import SUSCEPTIBILITIES, Table, band_of, band_reason
from eoc.hazards.rain_windows import WINDOWS_H, Rainfall, at_any_time, day_start
from eoc.hazards.rule import Sample
from eoc.model import Station
from eoc.store import journal_log, readings
from eoc.store import stations as station_store
from ui.access import InRoom, PartsHere
from ui.api.shapes import when
from ui.parts import Parts
from ui.world_weather import bands_of

router = APIRouter(tags=["rain"])

_PROPERTIES = ("rain_mm", "rain_acc_mm")


@router.get("/rain")
async def rain(
    person: InRoom, parts: PartsHere, response: Response, at: Annotated[AwareDatetime | None, Query()] = None
) -> dict[str, Any]:
    """The rain as of `at` (now when left out; any time in the past), per gauge and per commune.

    A window of which any part is missing is null; `at_least` has what is known of it all the same. `level` is what
    this moment alone means by the pack's table; the case that it opened has a memory of its own.
    """
    moment = at or parts.now()
    if moment > parts.now():
        raise Invalid("invalid.in_future", at=iso(moment))
    rule = parts.pack.hazards.rules.rain
    params = parts.engine.world.hazards.rain or RainParams()
    days = params.antecedent.days
    since = moment - max(timedelta(hours=WINDOWS_H[-1]), timedelta(days=days + 1))
    hour = rule.rain_day_start_hour if rule else Steps().from_hour
    starts = day_start(moment.astimezone(parts.pack.zone), hour)
    found: list[tuple[Station, Rainfall]] = []
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        stored = await station_store.states(connection)
        for station in await station_store.every(connection):
            raw = stored.get(station.id, states.BLANK)
            if station.kind != "rain" and not any(name in states.decode(raw).latest for name in _PROPERTIES):
                continue
            gauge = params.gauge(station)
            name = _PROPERTIES[gauge.counter]
            begin = since - 2 * gauge.patience
            rows = await readings.window(connection, station.id, name, to_us(begin), to_us(moment))
            samples = [Sample(from_us(each), value) for each, value in rows]
            found.append((station, at_any_time(gauge, samples, moment, days=days, day_starts=starts)))
    items = [_gauge(station, fallen, params, parts) for station, fallen in found]
    return {
        "at": iso(moment),
        "rule": RULE if rule else None,
        "windows_h": list(WINDOWS_H),
        "rain_day_start_hour": hour,
        "rain_day_starts": iso(starts),
        "items": items,
        "areas": _areas(items, parts),
    }


def _gauge(station: Station, fallen: Rainfall, params: RainParams, parts: Parts) -> dict[str, Any]:
    rule = parts.pack.hazards.rules.rain
    band = band_of(bands_of(rule), fallen) if rule else None
    index = fallen.antecedent(params.antecedent.decay, params.antecedent.days)
    hazards = {hazard: _level(hazard, station, fallen, params, parts) for hazard in RAIN_HAZARDS}
    return {
        "station": station.id,
        "name": station.name,
        "lon": station.lon,
        "lat": station.lat,
        "area": station.area,
        "until": when(fallen.at),
        "windows": {str(hours): amount.total_mm for hours, amount in fallen.windows.items()},
        "at_least": {str(hours): round(amount.mm, 2) for hours, amount in fallen.windows.items()},
        "missing": {str(hours): amount.missing_min for hours, amount in fallen.windows.items() if amount.missing_s},
        "today_mm": fallen.today.total_mm,
        "today_at_least_mm": round(fallen.today.mm, 2),
        "antecedent_mm": index.total_mm,
        "rain_days": fallen.rain_days(params.antecedent.rain_day_mm),
        "band": band_reason(*band).as_json() if band else None,
        "hazards": hazards,
        "level": max(hazards.values()),
        "demo": station.demo,
    }


def _level(hazard: str, station: Station, fallen: Rainfall, params: RainParams, parts: Parts) -> int:
    prone = parts.engine.world.hazards.susceptibility.get((station.area or "", hazard))
    level, _ = Table(params.rows.get(hazard, ()), params.antecedent, prone).now(fallen, params.confirm_share)
    return level


def _areas(gauges: Sequence[dict[str, Any]], parts: Parts) -> list[dict[str, Any]]:
    """Every commune in force: how prone it is and who says so, and the wettest of its gauges."""
    listed = {(row.area, str(row.hazard)): row for row in parts.pack.susceptibility}
    areas = []
    for area in parts.pack.areas_at(parts.now(), "commune"):
        rows = [listed[area.code, hazard] for hazard in RAIN_HAZARDS if (area.code, hazard) in listed]
        worst = max(rows, key=lambda row: SUSCEPTIBILITIES.index(row.susceptibility), default=None)
        inside = [gauge for gauge in gauges if gauge["area"] == area.code]
        wettest = max(inside, key=lambda gauge: float(gauge["at_least"]["24"]), default=None)
        known = wettest is not None and wettest["missing"].get("24", 0) < 24 * 60
        areas.append(
            {
                "area": area.code,
                "name": area.name,
                "susceptibility": worst.susceptibility if worst else None,
                "by_hazard": {row.hazard: row.susceptibility for row in rows},
                "source": worst.source if worst else None,
                "max_24h_mm": wettest["at_least"]["24"] if wettest is not None and known else None,
                "missing_min": wettest["missing"].get("24", 0) if wettest is not None else None,
                "level": max((gauge["level"] for gauge in inside), default=0),
            }
        )
    return areas
