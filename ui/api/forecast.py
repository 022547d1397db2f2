"""The forecast of a river station: the next 24 hours with a band, and when alarm levels may be reached."""

from typing import Any

from fastapi import APIRouter, Response

from eoc.clock import iso
from eoc.errors import NotFound
from eoc.forecast.outlook import Outlook
from eoc.store import journal_log
from eoc.store import stations as station_store
from ui.access import InRoom, PartsHere
from ui.api.shapes import when
from ui.api.stations import StationId

router = APIRouter(tags=["stations"])


@router.get("/stations/{station_id}/forecast")
async def forecast(station_id: StationId, person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """Levels for each of the next 24 hours (80 % between `low` and `high`) and times to alarm levels; or `silent`.

    `earliest` is when the upper edge of the band gets there, `latest` when the lower edge does, null: not within 24 h.
    """
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        station = (await station_store.get(connection, [station_id])).get(station_id)
    if station is None:
        raise NotFound("not_found.station", id=station_id)
    return as_json(await parts.forecast.look(station))


def as_json(outlook: Outlook) -> dict[str, Any]:
    trained = outlook.trained_on
    return {
        "property": "water_level_m",
        "made_at": when(outlook.made_at),
        "model": outlook.model.as_json() if outlook.model else None,
        "trained_on": trained
        and {
            "from": iso(trained.since),
            "to": iso(trained.until),
            "samples": trained.samples,
            "events": trained.floods,
        },
        "silent": outlook.silent.as_json() if outlook.silent else None,
        "points": [
            {"at": iso(each.at), "low": each.low, "likely": each.likely, "high": each.high} for each in outlook.points
        ],
        "times": [
            {
                "threshold": each.threshold,
                "reached": each.reached,
                "earliest": when(each.earliest),
                "likely": when(each.likely),
                "latest": when(each.latest),
            }
            for each in outlook.times
        ],
        "coverage": outlook.coverage,
    }
