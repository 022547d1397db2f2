"""What is known about each feed of the pack: when it last answered, with what, and what is wrong now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from eoc.model import Reason
from eoc.store.base import Json


class FeedRow(SQLModel, table=True):
    """One feed; made at its first asking."""

    __tablename__ = "feed"

    id: str = Field(primary_key=True)
    attempted_at: datetime
    good_at: datetime | None = None
    newest_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    problem: dict[str, Any] | None = Field(default=None, sa_type=Json)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    missing: list[Any] = Field(default_factory=list, sa_type=Json)
    unmapped: list[Any] = Field(default_factory=list, sa_type=Json)
    memory: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


_FEED = FeedRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed is. `good_at`: when it last answered as it should (the age of what we have from it).

    `newest_at`: the newest time it spoke of. `problem`: why the last attempt failed, None when it did not; `failures`
    in a row. `counts`, `missing` ([station, property]) and `unmapped` (devices) are those of the last good answer.
    `memory` is the poller's own.
    """

    id: str
    attempted_at: datetime
    good_at: datetime | None = None
    newest_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    problem: Reason | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[tuple[str, str], ...] = ()
    unmapped: tuple[str, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)


async def every(connection: AsyncConnection) -> dict[str, FeedState]:
    """All feeds that were ever asked, by id."""
    return {row.id: _state(row) for row in await connection.execute(select(_FEED))}


async def get(connection: AsyncConnection, feed: str) -> FeedState | None:
    row = (await connection.execute(select(_FEED).where(_FEED.c.id == feed))).first()
    return None if row is None else _state(row)


async def put(connection: AsyncConnection, state: FeedState) -> None:
    """Remember how a feed is now."""
    values = {
        "attempted_at": state.attempted_at,
        "good_at": state.good_at,
        "newest_at": state.newest_at,
        "next_at": state.next_at,
        "failures": state.failures,
        "problem": None if state.problem is None else state.problem.as_json(),
        "counts": dict(state.counts),
        "missing": [list(each) for each in state.missing],
        "unmapped": list(state.unmapped),
        "memory": dict(state.memory),
    }
    changed = await connection.execute(update(_FEED).where(_FEED.c.id == state.id).values(**values))
    if changed.rowcount == 0:
        await connection.execute(insert(_FEED).values(id=state.id, **values))


def _state(row: Any) -> FeedState:
    problem = row.problem
    return FeedState(
        id=row.id,
        attempted_at=row.attempted_at,
        good_at=row.good_at,
        newest_at=row.newest_at,
        next_at=row.next_at,
        failures=row.failures,
        problem=None if problem is None else Reason(problem["code"], problem["params"]),
        counts=row.counts,
        missing=tuple((station, name) for station, name in row.missing),
        unmapped=tuple(row.unmapped),
        memory=row.memory,
    )
