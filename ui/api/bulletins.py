"""The inbox of official bulletins."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from eoc.engine.bulletins import Entry
from eoc.errors import Invalid, NotFound
from eoc.incidents.bulletins import STATES, Bulletin
from eoc.store import bulletins as bulletin_store
from eoc.store import incidents as incident_store
from eoc.store import journal_log
from ui.access import InRoom, PartsHere, Triaging, actor
from ui.api.shapes import page, when
from ui.parts import Parts

router = APIRouter(prefix="/bulletins", tags=["bulletins"])

MOST_FILE = 8_000_000
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class BulletinIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Line
    issuer: Line
    hazard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
    official_level: Annotated[int | None, Field(ge=1, le=5)] = None
    areas: Annotated[list[str], Field(max_length=300)] = Field(default_factory=list)
    issued_at: AwareDatetime
    valid_until: AwareDatetime | None = None
    next_due_at: AwareDatetime | None = None
    text: Annotated[str, Field(max_length=20_000)] = ""


class Ending(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected_version: int


@router.get("")
async def bulletins(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    state: Annotated[list[str] | None, Query()] = None,
    hazard: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Newest first; `state` may repeat."""
    unknown = set(state or ()) - set(STATES)
    if unknown:
        raise Invalid("invalid.state", state=", ".join(sorted(unknown)), allowed=", ".join(STATES))
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await bulletin_store.find(connection, states=state, hazard=hazard, before=cursor, limit=limit)
    items = [await as_json(each, parts) for each in found]
    return page(items, found[-1].id if len(found) == limit else None)


@router.post("", status_code=201)
async def enter(given: BulletinIn, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Take a bulletin in; open cases of its hazard in its areas go by it at once."""
    return await as_json(await parts.bulletins.enter(_entry(given, parts), actor(person)), parts)


@router.post("/{bulletin_id}/supersede", status_code=201)
async def supersede(bulletin_id: str, given: BulletinIn, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """The next bulletin, or a correction of this one, takes its place."""
    made = await parts.bulletins.enter(_entry(given, parts), actor(person), supersedes=bulletin_id)
    return await as_json(made, parts)


@router.post("/{bulletin_id}/close")
async def close(bulletin_id: str, given: Ending, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Withdrawn, or entered by mistake."""
    return await as_json(await parts.bulletins.close(bulletin_id, actor(person), given.expected_version), parts)


@router.put("/{bulletin_id}/file", status_code=201)
async def put_file(
    bulletin_id: str,
    person: Triaging,
    parts: PartsHere,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=200)],
) -> dict[str, Any]:
    """The bulletin as issued, as the body of the request: PDF, PNG, JPEG or text, at most 8 MB."""
    data = await request.body()
    if not data or len(data) > MOST_FILE:
        raise Invalid("invalid.file_size", name=name, longest=MOST_FILE)
    file = await parts.bulletins.attach(bulletin_id, name, data, actor(person))
    return {"name": file.name, "type": file.media_type, "sha256": file.sha256}


@router.get("/{bulletin_id}/file")
async def file(bulletin_id: str, person: InRoom, parts: PartsHere) -> Response:
    """The file as it was put in, always as a download: what others made is not opened inside our pages."""
    async with parts.store.read() as connection:
        found = await bulletin_store.file_of(connection, bulletin_id)
    if found is None:
        raise NotFound("not_found.file", id=bulletin_id)
    kept, data = found
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name)}"}
    return Response(data, media_type=kept.media_type, headers=headers)


def _entry(given: BulletinIn, parts: Parts) -> Entry:
    for code in given.areas:
        if not parts.places.known(code):
            raise Invalid("invalid.area", area=code)
    now: datetime = parts.now()
    if given.issued_at > now:
        raise Invalid("invalid.in_future", at=given.issued_at.isoformat())
    return Entry(
        number=given.number,
        issuer=given.issuer,
        hazard=given.hazard,
        official_level=given.official_level,
        areas=tuple(given.areas),
        issued_at=given.issued_at,
        valid_until=given.valid_until,
        next_due_at=given.next_due_at,
        text=given.text.strip(),
    )


async def as_json(bulletin: Bulletin, parts: Parts) -> dict[str, Any]:
    """A bulletin, the case that goes by it, and where our own reference differs from its level."""
    async with parts.store.read() as connection:
        cases = await incident_store.of_bulletin(connection, bulletin.id)
    differing = [each for each in cases if each.reference not in {None, bulletin.official_level}]
    worst = max(differing, key=lambda each: each.reference or 0, default=None)
    mismatch = None
    if worst is not None and bulletin.official_level is not None:
        facts = {"official": bulletin.official_level, "reference": worst.reference}
        mismatch = {"code": "bulletin.mismatch", "params": facts}
    return {
        "id": bulletin.id,
        "number": bulletin.number,
        "issuer": bulletin.issuer,
        "hazard": bulletin.hazard,
        "official_level": bulletin.official_level,
        "areas": list(bulletin.areas),
        "issued_at": when(bulletin.issued_at),
        "received_at": when(bulletin.received_at),
        "valid_until": when(bulletin.valid_until),
        "next_due_at": when(bulletin.next_due_at),
        "overdue": bulletin.overdue_at is not None,
        "text": bulletin.text,
        "file": {"name": bulletin.file.name, "type": bulletin.file.media_type} if bulletin.file else None,
        "state": bulletin.state,
        "source": bulletin.source,
        "entered_by": bulletin.entered_by,
        "supersedes": bulletin.supersedes,
        "mismatch": mismatch,
        "incident": cases[0].id if cases else None,
        "incidents": [each.id for each in cases],
        "version": bulletin.version,
    }
