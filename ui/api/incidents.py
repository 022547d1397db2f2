"""Cases: the list, one case whole, and everything a person may do to one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from eoc.engine.sequels import PROPOSED
from eoc.errors import Invalid, NotFound
from eoc.geo import coordinate_fault
from eoc.incidents import Command
from eoc.incidents.case import STATES
from eoc.store import incidents as incident_store
from eoc.store import journal_log
from ui.access import InRoom, PartsHere, Supervising, Triaging, actor
from ui.api.shapes import evidence_json, incident_json, page, proposal_json, task_json, timeline_json
from ui.failing_dam import threatened
from ui.parts import Parts

router = APIRouter(prefix="/incidents", tags=["incidents"])

_TIMELINE = 2000


class NewIncident(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hazard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    level: Annotated[int, Field(ge=0, le=5)] = 1
    area: str | None = None
    lon: Annotated[float | None, Field(allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(allow_inf_nan=False)] = None
    observed_at: AwareDatetime | None = None
    station: Annotated[str | None, Field(max_length=64)] = None
    """The dam, for a dam that may be failing."""


class Order(BaseModel):
    """A command's body: what is allowed beside `expected_version` depends on the command."""

    model_config = ConfigDict(extra="forbid")

    expected_version: int
    text: str | None = None
    reason: str | None = None
    outcome: str | None = None
    assigned_to: str | None = None
    level: int | None = None
    task: str | None = None
    done: bool | None = None


@router.get("")
async def incidents(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    state: Annotated[list[str] | None, Query()] = None,
    hazard: str | None = None,
    area: str | None = None,
    min_level: Annotated[int | None, Query(ge=0, le=5)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    cursor: int | None = None,
) -> dict[str, Any]:
    """Newest first. `state` may repeat; `open` means every state but closed; an area includes what lies under it."""
    states = _states(state)
    areas = parts.places.below(area) if area else None
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await incident_store.find(
            connection, states=states, hazard=hazard, areas=areas, min_level=min_level, before=cursor, limit=limit
        )
    following = str(found[-1].number) if len(found) == limit else None
    return page([incident_json(each, parts) for each in found], following)


def _states(wanted: list[str] | None) -> list[str] | None:
    if not wanted:
        return None
    names = [name for each in wanted for name in each.split(",")]
    known = [name for name in STATES if name in names or ("open" in names and name != "closed")]
    unknown = set(names) - set(STATES) - {"open"}
    if unknown:
        raise Invalid("invalid.state", state=", ".join(sorted(unknown)), allowed=", ".join((*STATES, "open")))
    return known


@router.post("", status_code=201)
async def open_incident(new: NewIncident, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """A person opens a case; a place without an area gets the commune it lies in."""
    if (new.lon is None) != (new.lat is None):
        raise Invalid("invalid.half_a_place")
    if new.area is not None and not parts.places.known(new.area):
        raise Invalid("invalid.area", area=new.area)
    area = new.area
    if new.lon is not None and new.lat is not None:
        if fault := coordinate_fault(new.lon, new.lat):
            raise Invalid(fault, lon=new.lon, lat=new.lat)
        area = area or parts.places.at(new.lon, new.lat)
    if new.station is not None:
        named = parts.pack.station(new.station)
        if named is None:
            raise NotFound("not_found.station", id=new.station)
        area = area or named.area
    if new.observed_at is not None and new.observed_at > parts.now():
        raise Invalid("invalid.in_future", at=new.observed_at.isoformat())
    opened = await parts.engine.open_by_hand(
        hazard=new.hazard,
        title=new.title.strip(),
        level=new.level,
        actor=actor(person),
        area=area,
        lon=new.lon,
        lat=new.lat,
        observed_at=new.observed_at,
        station=new.station,
    )
    return incident_json(opened, parts)


@router.get("/{incident_id}")
async def incident(incident_id: str, person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """One case with its evidence, timeline, warnings and tasks, all of one moment."""
    return await whole(incident_id, parts, response)


async def whole(incident_id: str, parts: Parts, response: Response) -> dict[str, Any]:
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await incident_store.get(connection, incident_id)
        if found is None:
            raise NotFound("not_found.incident", id=incident_id)
        evidence = (await incident_store.evidence_of(connection, [incident_id]))[incident_id]
        events = await journal_log.read_after(connection, 0, _TIMELINE, subject=incident_id)
        notes = await incident_store.notes_of(connection, incident_id)
        tasks = await incident_store.tasks_of(connection, incident_id)
        picture = await parts.impacts.picture(connection, evidence)
    return {
        **incident_json(found, parts),
        "evidence": [evidence_json(each) for each in evidence],
        "timeline": [timeline_json(each, notes) for each in events],
        "units": [],
        "warnings": await parts.warning_queries.of_incident(incident_id),
        "tasks": [task_json(each, notes) for each in tasks if each.kind != PROPOSED],
        "impacts": parts.impacts.picture_json(picture),
        "downstream": threatened(found, parts),
        "proposals": [proposal_json(each, events) for each in tasks if each.kind == PROPOSED],
    }


class UpliftAnswer(BaseModel):
    """A supervisor's word on a proposed uplift; a rejection needs its reason."""

    model_config = ConfigDict(extra="forbid")

    expected_version: int
    proposal: str
    accept: bool
    reason: Annotated[str | None, Field(max_length=4000)] = None


@router.post("/{incident_id}/uplift")
async def uplift(incident_id: str, answer: UpliftAnswer, person: Supervising, parts: PartsHere) -> dict[str, Any]:
    """Accept or reject a proposed uplift (Decision 18/2021, article 4). 409 carries the case as it is now."""
    given = answer.model_dump(exclude_none=True, exclude={"expected_version"})
    changed = await parts.engine.command(incident_id, Command("uplift", answer.expected_version, given), actor(person))
    return incident_json(changed, parts)


def _register(verb: str) -> None:
    async def _act(incident_id: str, order: Order, person: Triaging, parts: PartsHere) -> dict[str, Any]:
        given = order.model_dump(exclude_none=True, exclude={"expected_version"})
        changed = await parts.engine.command(incident_id, Command(verb, order.expected_version, given), actor(person))
        return incident_json(changed, parts)

    _act.__name__ = verb
    _act.__doc__ = f"{verb.capitalize()} a case. 409 carries the case as it is now."
    router.add_api_route(f"/{{incident_id}}/{verb}", _act, methods=["POST"])


for _verb in (
    "acknowledge",
    "assign",
    "escalate",
    "bulletin",
    "note",
    "task",
    "respond",
    "contain",
    "resolve",
    "close",
    "reopen",
):
    _register(_verb)
