"""Public warnings: drafting, the second person, what is on its way, and the phones of the console provider."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dispatch.queries import Seen
from dispatch.service import Words
from ui.access import Approving, InRoom, OnStaff, PartsHere, Supervising, Triaging, actor

router = APIRouter(tags=["warnings"])

Limit = Annotated[int, Query(ge=1, le=10_000)]


class TextIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vi: Annotated[str, Field(min_length=1, max_length=1600)]
    vi_plain: Annotated[str | None, Field(max_length=1600)] = None
    en: Annotated[str | None, Field(max_length=1600)] = None


class WarningIn(BaseModel):
    """`areas`: codes of units in force; a polygon is refused for now, because the shipped outlines are schematic."""

    model_config = ConfigDict(extra="forbid")

    incident: str | None = None
    level: Annotated[int, Field(ge=0, le=5)]
    hazard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    text: TextIn
    areas: Annotated[list[str], Field(min_length=1, max_length=2000)]
    expires_at: AwareDatetime

    def words(self) -> Words:
        return Words(
            level=self.level,
            hazard=self.hazard,
            vi=self.text.vi,
            areas=self.areas,
            expires_at=self.expires_at,
            en=self.text.en,
            vi_plain=self.text.vi_plain,
        )


class WarningEdit(WarningIn):
    expected_version: int


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected_version: int


class Approval(Step):
    """`confirm_count`: how many people the approver was told the message goes to, typed by hand."""

    confirm_count: int


class Rejection(Step):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


def _answer(seen: Seen, response: Response) -> dict[str, Any]:
    response.headers["EOC-Seq"] = str(seen.seq)
    return seen.body


@router.get("/warnings")
async def warnings(
    person: InRoom,
    parts: PartsHere,
    response: Response,
    state: Annotated[list[str] | None, Query()] = None,
    incident: str | None = None,
    limit: Limit = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Newest first."""
    states = [name for each in state or [] for name in each.split(",")]
    seen = await parts.warning_queries.page(limit=limit, cursor=cursor, states=states, incident=incident)
    return _answer(seen, response)


@router.post("/warnings", status_code=201)
async def draft(new: WarningIn, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Draft a warning by hand."""
    return await parts.warnings.draft(new.words(), actor(person), incident=new.incident)


@router.post("/warnings/preview")
async def preview_new(new: WarningIn, person: Triaging, parts: PartsHere, response: Response) -> dict[str, Any]:
    """What a warning would be: count, segments, checks, time to send. Nothing is saved."""
    return _answer(await parts.warning_queries.preview_new(new.words(), actor(person), incident=new.incident), response)


@router.get("/warnings/{warning_id}")
async def warning(warning_id: str, person: InRoom, parts: PartsHere, response: Response) -> dict[str, Any]:
    """One warning with its counts."""
    return _answer(await parts.warning_queries.get(warning_id), response)


@router.put("/warnings/{warning_id}")
async def edit(warning_id: str, change: WarningEdit, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Change a draft; whoever edits becomes one of its authors and cannot approve it."""
    return await parts.warnings.edit(warning_id, change.words(), change.expected_version, actor(person))


@router.post("/warnings/{warning_id}/preview")
async def preview(
    warning_id: str, person: OnStaff, parts: PartsHere, response: Response, words: WarningIn | None = None
) -> dict[str, Any]:
    """The warning as it is, or with other words, computed and not saved."""
    wanted = words.words() if words is not None else None
    return _answer(await parts.warning_queries.preview(warning_id, wanted), response)


@router.post("/warnings/{warning_id}/submit")
async def submit(warning_id: str, step: Step, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Ask for the second person."""
    return await parts.warnings.submit(warning_id, step.expected_version, actor(person))


@router.post("/warnings/{warning_id}/approve")
async def approve(warning_id: str, approval: Approval, person: Approving, parts: PartsHere) -> dict[str, Any]:
    """The second person says yes: from here on messages go out. Never by an author or the one who submitted."""
    return await parts.warnings.approve(warning_id, approval.expected_version, approval.confirm_count, actor(person))


@router.post("/warnings/{warning_id}/reject")
async def reject(warning_id: str, step: Rejection, person: Approving, parts: PartsHere) -> dict[str, Any]:
    """Send it back with a reason."""
    return await parts.warnings.reject(warning_id, step.expected_version, step.reason, actor(person))


@router.post("/warnings/{warning_id}/cancel")
async def cancel(warning_id: str, step: Step, person: Triaging, parts: PartsHere) -> dict[str, Any]:
    """Stop it: nothing that has not left yet leaves any more."""
    return await parts.warnings.cancel(warning_id, step.expected_version, actor(person))


@router.get("/recipients")
async def recipients(
    person: Supervising, parts: PartsHere, response: Response, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """The list of people, numbers masked."""
    return _answer(await parts.warning_queries.recipients(limit=limit, cursor=cursor), response)


@router.get("/providers/console/messages")
async def console_messages(
    person: InRoom, parts: PartsHere, response: Response, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """What the console provider delivered: the phone's view of a demo."""
    return _answer(await parts.warning_queries.console_messages(limit=limit, cursor=cursor), response)
