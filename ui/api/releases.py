"""Releases of water: notices in, read from text or pictures, confirmed by people; communes and parties that answer."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eoc.clock import iso, wall_now
from eoc.errors import Invalid, NotFound
from eoc.hazards.dam_release import Channel, Notice
from eoc.hazards.release_book import Original, Release
from eoc.hazards.release_text import MAX_CHARS, Reading, read_notice
from eoc.ids import uuid7
from eoc.packs.releases import ReleaseStep
from eoc.store import journal_log
from eoc.store import releases as release_store
from eoc.store import stations as station_store
from ui import ocr, release_view
from ui.access import InRoom, OnStaff, PartsHere, Triaging, actor, secret_of
from ui.api.shapes import page
from ui.parts import Parts

router = APIRouter(prefix="/releases", tags=["releases"])

MOST_PICTURE = 8_000_000
_STATES = ("planned", "running", "ended", "cancelled")
_OPEN = ("planned", "running")

Flow = Annotated[float, Field(ge=0, le=200_000, allow_inf_nan=False)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
NoticeId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f]{1,64}$")]


class Content(BaseModel):
    """What a notice says. `discharge_m3s` is turbines and spillway together; what is not known is left out."""

    model_config = ConfigDict(extra="forbid")

    planned_at: AwareDatetime
    until: AwareDatetime | None = None
    discharge_m3s: Flow | None = None
    spill_m3s: Flow | None = None
    turbine_m3s: Flow | None = None
    gates_open: Annotated[float | None, Field(ge=0, le=200, allow_inf_nan=False)] = None
    reason: Annotated[str | None, Field(max_length=500)] = None
    sent_at: AwareDatetime | None = None
    read_id: str | None = None


class NewRelease(Content):
    reservoir: str
    notice: NoticeId | None = None
    """The sender's own number; the same again is an update. Without one it is a notice of its own."""


class Changed(Content):
    expected_version: int


class Withdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected_version: int
    sent_at: AwareDatetime | None = None
    read_id: str | None = None


class Answer(BaseModel):
    """A commune's answer: who spoke for it, when (now, if not said), by which channel."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    at: AwareDatetime | None = None
    channel: Literal["phone", "sms", "zalo", "radio", "visit", "app", "other"]


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None


class Pasted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]
    received_at: AwareDatetime | None = None


@router.get("")
async def releases(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    state: Annotated[list[str] | None, Query()] = None,
    reservoir: str | None = None,
    incident: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Newest first; `state` may repeat, `open` means planned and running."""
    states = _states(state)
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await release_store.find(
            connection, states=states, reservoir=reservoir, incident=incident, before=cursor, limit=limit
        )
        items = await release_view.listed(found, parts, connection)
    return page(items, found[-1].id if len(found) == limit else None)


def _states(wanted: list[str] | None) -> list[str] | None:
    if not wanted:
        return None
    names = {name for each in wanted for name in each.split(",")}
    unknown = names - set(_STATES) - {"open"}
    if unknown:
        raise Invalid("invalid.state", state=", ".join(sorted(unknown)), allowed=", ".join((*_STATES, "open")))
    return [each for each in _STATES if each in names or ("open" in names and each in _OPEN)]


_BODY = {
    "requestBody": {
        "content": {
            "application/json": {"schema": Pasted.model_json_schema()},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        }
    }
}


@router.post("/read", status_code=201, openapi_extra=_BODY)
async def read(person: Triaging, parts: PartsHere, request: Request) -> dict[str, Any]:
    """Read a pasted text (JSON) or a picture (multipart field `file`: PNG, JPEG, WebP or PDF, at most 8 MB) and propose
    fields, each with the piece of text it came from. Nothing becomes a notice before a person sends it to `/releases`
    with this `read_id`; the original is kept as it came."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        original, seen = await _picture(request)
        text, received_at = seen.text, None
    else:
        pasted = _pasted(await request.body())
        text, received_at = pasted.text, pasted.received_at
        original, seen = ("text/plain", pasted.text.encode()), None
    reading = await _reading(parts, text, received_at)
    media_type, content = original
    proposal = _proposal(reading)
    made = Original(
        uuid7(), wall_now(), person.name, "text" if seen is None else "photo", media_type, content, text, proposal
    )
    async with parts.store.write() as unit:
        await release_store.keep_original(unit.connection, made)
    return {
        "read_id": made.id,
        "kind": made.kind,
        "media_type": media_type,
        "text": reading.text if reading is not None else None,
        "ocr": None if seen is None else {"code": seen.code, "params": {}},
        **proposal,
    }


def _pasted(body: bytes) -> Pasted:
    try:
        return Pasted.model_validate(json.loads(body or b"{}"))
    except (ValueError, ValidationError, RecursionError) as error:
        fields = "text"
        if isinstance(error, ValidationError):
            fields = ", ".join(".".join(str(part) for part in each["loc"]) for each in error.errors()) or fields
        raise Invalid("invalid.request", fields=fields) from error


async def _picture(request: Request) -> tuple[tuple[str, bytes], ocr.Seen]:
    if not request.headers.get("content-length", "").isdigit():
        raise Invalid("invalid.length_required")
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Invalid("invalid.request", fields="file")
        data = await file.read(MOST_PICTURE + 1)
    if len(data) > MOST_PICTURE or not data:
        raise Invalid("invalid.picture_size", longest=MOST_PICTURE)
    media_type = ocr.media_type(data)
    if media_type is None:
        raise Invalid("invalid.picture_type", allowed="PNG, JPEG, WebP, PDF")
    return (media_type, data), await ocr.read_picture(data, media_type)


async def _reading(parts: Parts, text: str | None, received_at: datetime | None) -> Reading | None:
    if text is None:
        return None
    async with parts.store.read() as connection:
        lakes = {each.id: each.name for each in await station_store.every(connection) if each.kind == "reservoir"}
    local = (received_at or parts.now()).astimezone(parts.pack.zone)
    return read_notice(text, local, lakes)


def _proposal(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {"says": None, "fields": {}}
    fields = {
        name: {
            "value": iso(field.value) if isinstance(field.value, datetime) else field.value,
            "piece": field.piece,
            "start": field.start,
            "end": field.end,
            "confidence": field.confidence,
            "why": None if field.why is None else {"code": field.why, "params": {}},
            "candidates": list(field.candidates),
        }
        for name, field in reading.fields.items()
    }
    return {"says": reading.kind, "fields": fields}


@router.get("/reads/{read_id}")
async def proposed(read_id: str, person: InRoom, parts: PartsHere) -> dict[str, Any]:
    """What was read and proposed, without the original itself."""
    found = await _original(parts, read_id)
    return {
        "read_id": found.id,
        "at": iso(found.at),
        "by": found.actor,
        "kind": found.kind,
        "media_type": found.media_type,
        "text": found.text,
        "release": found.release,
        **found.proposal,
    }


@router.get("/reads/{read_id}/original")
async def original(read_id: str, person: OnStaff, parts: PartsHere) -> Response:
    """The text or picture as it came. A picture may be shown beside the form; anything else is a download."""
    found = await _original(parts, read_id)
    shown = "inline" if found.media_type in ocr.PICTURES else "attachment"
    headers = {"Content-Disposition": shown, "Content-Security-Policy": "default-src 'none'; sandbox"}
    media_type = "text/plain; charset=utf-8" if found.kind == "text" else found.media_type
    return Response(found.content, media_type=media_type, headers=headers)


async def _original(parts: Parts, read_id: str) -> Original:
    async with parts.store.read() as connection:
        found = await release_store.original(connection, read_id)
    if found is None:
        raise NotFound("not_found.release_original", id=read_id)
    return found


@router.post("", status_code=201)
async def announce(given: NewRelease, person: Triaging, parts: PartsHere, request: Request) -> dict[str, Any]:
    """Take a notice in: from a form, a program, or a reading that this person confirms (`read_id`). The same `notice`
    of the same reservoir again is an update."""
    notice = given.notice or f"eoc-{uuid7()[-12:]}"
    told = _notice(given, given.reservoir, notice, await _channel(given.read_id, parts, request))
    return await _done(await parts.releases.take(told, person.name, read=given.read_id), parts)


@router.get("/{release_id}")
async def release(release_id: str, person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """One release: its clock per commune, what each answered, who was told, every version of the notice."""
    async with parts.store.read() as connection:
        response.headers["EOC-Seq"] = str(await journal_log.head_seq(connection))
        found = await release_store.get(connection, release_id)
        if found is None:
            raise NotFound("not_found.release", id=release_id)
        return await release_view.whole(found, parts, connection)


@router.put("/{release_id}")
async def update(
    release_id: str, given: Changed, person: Triaging, parts: PartsHere, request: Request
) -> dict[str, Any]:
    """The notice says something else now. One that brings more water, or sooner, asks every commune again."""
    known = await _known(release_id, parts)
    told = _notice(given, known.reservoir, known.notice, await _channel(given.read_id, parts, request))
    taken = parts.releases.take(told, person.name, read=given.read_id, expected_version=given.expected_version)
    return await _done(await taken, parts)


@router.post("/{release_id}/cancel")
async def cancel(
    release_id: str, given: Withdrawal, person: Triaging, parts: PartsHere, request: Request
) -> dict[str, Any]:
    """The notice is withdrawn: nobody is called any more, its case stands down."""
    known = await _known(release_id, parts)
    told = Notice(
        known.reservoir,
        known.notice,
        wall_now(),
        sent_at=given.sent_at,
        cancelled=True,
        channel=await _channel(given.read_id, parts, request),
    )
    taken = parts.releases.take(told, person.name, read=given.read_id, expected_version=given.expected_version)
    return await _done(await taken, parts)


@router.post("/{release_id}/communes/{area}/{step}", status_code=201)
async def answer(
    release_id: str, area: str, step: ReleaseStep, given: Answer, person: Triaging, parts: PartsHere
) -> dict[str, Any]:
    """A commune has the word, has told its hamlets, or says that nobody is at the water."""
    recorded = await parts.releases.record_step(
        release_id, area, step, name=given.name, channel=given.channel, actor=actor(person).name, at=given.at
    )
    return await _done(recorded, parts)


@router.delete("/{release_id}/communes/{area}/{step}")
async def take_back(
    release_id: str, area: str, step: ReleaseStep, person: Triaging, parts: PartsHere
) -> dict[str, Any]:
    """It was written down by mistake; the record shows that it was, and the call is due again."""
    return await _done(await parts.releases.undo_step(release_id, area, step, actor=actor(person).name), parts)


@router.post("/{release_id}/parties/{body}", status_code=201)
async def tell(release_id: str, body: str, given: Told, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """A dam owner, a neighbouring province or another body was told."""
    await parts.releases.tell_party(release_id, body, actor=actor(person).name, at=given.at)
    return await _done(await _known(release_id, parts), parts)


@router.delete("/{release_id}/parties/{body}")
async def untell(release_id: str, body: str, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """That was a mistake: it was not told."""
    await parts.releases.tell_party(release_id, body, actor=actor(person).name, at=None, told=False)
    return await _done(await _known(release_id, parts), parts)


def _notice(given: Content, reservoir: str, notice: str, channel: Channel) -> Notice:
    return Notice(
        reservoir=reservoir,
        id=notice,
        heard_at=wall_now(),
        planned_at=given.planned_at,
        until=given.until,
        discharge_m3s=given.discharge_m3s,
        spill_m3s=given.spill_m3s,
        turbine_m3s=given.turbine_m3s,
        gates_open=given.gates_open,
        reason=given.reason,
        sent_at=given.sent_at,
        channel=channel,
        raw=given.model_dump_json().encode(),
    )


async def _channel(read_id: str | None, parts: Parts, request: Request) -> Channel:
    """How it came: what it was read from, else a person's form or a program."""
    if read_id is not None:
        return "photo" if (await _original(parts, read_id)).kind == "photo" else "text"
    _, by_cookie = secret_of(request)
    return "form" if by_cookie else "api"


async def _known(release_id: str, parts: Parts) -> Release:
    async with parts.store.read() as connection:
        found = await release_store.get(connection, release_id)
    if found is None:
        raise NotFound("not_found.release", id=release_id)
    return found


async def _done(release: Release, parts: Parts) -> dict[str, Any]:
    async with parts.store.read() as connection:
        return await release_view.whole(release, parts, connection)
