"""Case counts per area and disease: entering them, what they mean, and every version of each."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from eoc.engine.epidemic import RULE, View
from eoc.errors import Invalid, NotFound
from eoc.hazards.endemic_channel import METHOD as CHANNEL
from eoc.hazards.endemic_channel import monday
from eoc.hazards.epidemic import Judgement
from eoc.store import area_counts, journal_log
from eoc.store.area_counts import Count
from ui.access import InRoom, PartsHere, Triaging, actor
from ui.api.shapes import incident_json, page, when
from ui.parts import Parts

router = APIRouter(prefix="/epidemic", tags=["epidemic"])

_WEEK = re.compile(r"^(\d{4})-?W(\d{2})$")


class CountIn(BaseModel):
    """One count. `date`: the day, any day of the week, or an ISO week (2026-W48); `count` null withdraws it."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str, Field(max_length=20)]
    disease: Annotated[str, Field(max_length=63)]
    period: Literal["day", "week"]
    date: Annotated[str, Field(max_length=10)]
    count: Annotated[int, Field(ge=0, le=10_000_000)] | None


class CountsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[CountIn], Field(min_length=1, max_length=10_000)]


@router.get("")
async def epidemic(
    person: InRoom, parts: PartsHere, response: Response, disease: str | None = None, area: str | None = None
) -> dict[str, Any]:
    """What every method says of the newest counts, per disease and area; `area` includes what lies under it."""
    areas = parts.places.below(area) if area else None
    found = await parts.epidemic.views(disease, areas)
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
    items = [_item(view, judged, parts) for view in found for judged in view.outlook.latest]
    known = parts.epidemic.province
    return {
        **page(items, None),
        "rule": RULE if known.params else None,
        "diseases": [{"id": each, "name": name} for each, name in known.diseases.items()],
        "areas": [_summary(view, parts) for view in found],
    }


def _item(view: View, judged: Judgement, parts: Parts) -> dict[str, Any]:
    weekly = judged.method == CHANNEL
    return {
        "area": view.area,
        "name": parts.places.area_name(view.area),
        "disease": view.disease,
        "day": None if weekly else judged.period.isoformat(),
        "week": _week(judged.period) if weekly else None,
        "count": judged.count,
        "baseline": _rounded(judged.expected),
        "threshold": _rounded(judged.threshold),
        "method": judged.method,
        "alarm": judged.alarm,
        "level": judged.level,
        "reasons": [each.as_json() for each in judged.reasons],
        "silent": judged.silent.as_json() if judged.silent else None,
    }


def _summary(view: View, parts: Parts) -> dict[str, Any]:
    seen = view.outlook
    return {
        "area": view.area,
        "name": parts.places.area_name(view.area),
        "disease": view.disease,
        "level": seen.level,
        "since": seen.since.isoformat() if seen.since else None,
        "reasons": [each.as_json() for each in seen.reasons],
    }


@router.get("/counts")
async def counts(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    disease: str,
    area: str,
    period: Literal["day", "week"] = "day",
    since: Annotated[date | None, Query(alias="from")] = None,
    until: Annotated[date | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """The counts of one disease in one area, oldest first; a period that is not there is not known."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await area_counts.newest(connection, disease, area, period=period, since=since, until=until)
    return page([_count(each) for each in found if each.count is not None], None)


@router.get("/counts/versions")
async def versions(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    disease: str,
    area: str,
    period: Literal["day", "week"],
    at: Annotated[str, Query(alias="date", max_length=10)],
) -> dict[str, Any]:
    """Every version of one count, oldest first: who said what when."""
    begins = _begins(at, period)
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await area_counts.versions(connection, disease, area, period, begins)
    if not found:
        raise NotFound("not_found.count", disease=disease, area=area, date=at)
    return page([_count(each) for each in found], None)


@router.put("/counts")
async def put_counts(given: CountsIn, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Enter or correct counts, all of them or none; a changed number is a new version, and all is judged again."""
    wanted = [
        Count(each.disease, each.area, each.period, _begins(each.date, each.period), each.count) for each in given.items
    ]
    receipt = await parts.epidemic.put(wanted, actor(person))
    return {
        "stored": len(receipt.stored),
        "corrected": sum(each.version > 1 for each in receipt.stored),
        "unchanged": receipt.unchanged,
        "incidents": [incident_json(each, parts) for each in receipt.cases],
    }


def _begins(text: str, period: str) -> date:
    """The day, or the Monday of the week, that a date or an ISO week names."""
    try:
        if named := _WEEK.match(text):
            if period != "week":
                raise Invalid("invalid.count_period", date=text)
            return date.fromisocalendar(int(named[1]), int(named[2]), 1)
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("invalid.count_period", date=text) from error
    return monday(day) if period == "week" else day


def _week(begins: date) -> str:
    year, week, _ = begins.isocalendar()
    return f"{year}-W{week:02}"


def _count(each: Count) -> dict[str, Any]:
    return {
        "area": each.area,
        "disease": each.disease,
        "period": each.period,
        "date": each.begins.isoformat(),
        "week": _week(each.begins) if each.period == "week" else None,
        "count": each.count,
        "version": each.version,
        "recorded_at": when(each.recorded_at),
        "recorded_by": each.recorded_by,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
