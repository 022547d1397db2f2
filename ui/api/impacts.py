"""What floods when a gauge reaches a level, from the pack's table."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from ui.access import InRoom, PartsHere

router = APIRouter(tags=["stations"])


@router.get("/impacts")
async def impacts(
    person: InRoom,
    parts: PartsHere,
    station: Annotated[str, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$")],
    level: Literal["bd1", "bd2", "bd3", "above_bd3"] = "above_bd3",
) -> dict[str, Any]:
    """Everything hit up to a level; `whole_commune`: nobody entered anything, so the whole commune is meant."""
    found = parts.impacts.of(station, level)
    return {"items": parts.impacts.as_json(found), "whole_commune": not parts.impacts.levels(station)}
