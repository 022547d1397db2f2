"""Releases, their versions, what communes answered, and what was found at reservoirs.

Changed only under the journal-head lock. Names of people stand in `release_step.name` alone, which may be erased.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from eoc.clock import from_us
from eoc.hazards.dam_release import Notice
from eoc.hazards.release_book import Commune, OpenCheck, Original, PartyTold, Release, StepDone
from eoc.hazards.reservoir_checks import PROPERTIES, ReservoirSample
from eoc.model import Reason
from eoc.store.base import Json
from eoc.store.tables import reading


class ReleaseRow(SQLModel, table=True):
    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("state in ('planned', 'running', 'ended', 'cancelled')", name="state"),
        Index("uq_release_notice", "reservoir", "notice", unique=True),
    )

    id: str = Field(primary_key=True)
    reservoir: str
    notice: str
    received_at: datetime
    updated_at: datetime
    version: int
    asked_version: int
    asked_at: datetime | None = None
    state: str = Field(index=True)
    channel: str
    planned_at: datetime | None = None
    until: datetime | None = None
    discharge_m3s: float | None = None
    spill_m3s: float | None = None
    turbine_m3s: float | None = None
    gates_open: float | None = None
    reason: str | None = None
    sent_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False
    notice_hours: float | None = None
    required_hours: float | None = None
    required_source: str | None = None
    level: int = Field(default=0, sa_type=SmallInteger)
    incident: str | None = Field(default=None, index=True)
    read: str | None = None


class ReleaseVersionRow(SQLModel, table=True):
    """Every version of a notice as it was heard; `raw` are its bytes as they came."""

    __tablename__ = "release_version"

    release: str = Field(primary_key=True, foreign_key="release.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: str
    heard_at: datetime
    actor: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    planned_at: datetime | None = None
    until: datetime | None = None
    discharge_m3s: float | None = None
    cancelled: bool = False
    raw: bytes = Field(sa_type=LargeBinary)


class ReleaseCommuneRow(SQLModel, table=True):
    __tablename__ = "release_commune"

    release: str = Field(primary_key=True, foreign_key="release.id")
    area: str = Field(primary_key=True)
    position: int
    chainage_km: float
    earliest_at: datetime | None = None
    likely_at: datetime | None = None
    latest_at: datetime | None = None
    source: str | None = None
    why: dict[str, Any] | None = Field(default=None, sa_type=Json)
    notes: list[Any] = Field(default_factory=list, sa_type=Json)
    held: bool = False


class ReleaseStepRow(SQLModel, table=True):
    __tablename__ = "release_step"
    __table_args__ = (CheckConstraint("step in ('received', 'hamlets_told', 'bank_clear')", name="step"),)

    id: str = Field(primary_key=True)
    release: str = Field(foreign_key="release.id", index=True)
    area: str
    step: str
    version: int
    name: str = Field(sa_type=Text)
    at: datetime
    channel: str
    recorded_by: str
    recorded_at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None


class ReleasePartyRow(SQLModel, table=True):
    __tablename__ = "release_party"

    release: str = Field(primary_key=True, foreign_key="release.id")
    body: str = Field(primary_key=True)
    told_at: datetime
    recorded_by: str


class ReleaseOriginalRow(SQLModel, table=True):
    """What a notice was read from; `release` is set when a person confirmed it."""

    __tablename__ = "release_original"

    id: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    actor: str
    kind: str
    media_type: str
    content: bytes = Field(sa_type=LargeBinary)
    text: str | None = Field(default=None, sa_type=Text)
    proposal: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    release: str | None = Field(default=None, sa_column_args=[ForeignKey("release.id")])


class ReservoirCheckRow(SQLModel, table=True):
    __tablename__ = "reservoir_check"

    id: str = Field(primary_key=True)
    reservoir: str = Field(index=True)
    name: str
    level: int = Field(default=0, sa_type=SmallInteger)
    since: datetime
    decided_at: datetime
    reason: dict[str, Any] = Field(sa_type=Json)
    ended_at: datetime | None = None


_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]
_VERSION = ReleaseVersionRow.__table__  # type: ignore[attr-defined]
_COMMUNE = ReleaseCommuneRow.__table__  # type: ignore[attr-defined]
_STEP = ReleaseStepRow.__table__  # type: ignore[attr-defined]
_PARTY = ReleasePartyRow.__table__  # type: ignore[attr-defined]
_ORIGINAL = ReleaseOriginalRow.__table__  # type: ignore[attr-defined]
_CHECK = ReservoirCheckRow.__table__  # type: ignore[attr-defined]

_RELEASE_FIELDS = [each.name for each in fields(Release)]
_STEP_FIELDS = [each.name for each in fields(StepDone)]


def _release(row: Any) -> Release:
    return Release(**{name: getattr(row, name) for name in _RELEASE_FIELDS})


def _reason(stored: Mapping[str, Any] | None) -> Reason | None:
    return None if stored is None else Reason(stored["code"], stored["params"])


def _known(stored: Mapping[str, Any]) -> Reason:
    return Reason(stored["code"], stored["params"])


# -- releases ---------------------------------------------------------------------------------------------------------


async def get(connection: AsyncConnection, release: str) -> Release | None:
    row = (await connection.execute(select(_RELEASE).where(_RELEASE.c.id == release))).one_or_none()
    return None if row is None else _release(row)


async def by_notice(connection: AsyncConnection, reservoir: str, notice: str) -> Release | None:
    query = select(_RELEASE).where(_RELEASE.c.reservoir == reservoir, _RELEASE.c.notice == notice)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _release(row)


async def find(
    connection: AsyncConnection,
    *,
    states: Sequence[str] | None = None,
    reservoir: str | None = None,
    incident: str | None = None,
    before: str | None = None,
    limit: int = 100,
) -> list[Release]:
    """Newest first (ids are in the order of time), continuing before an id."""
    query = select(_RELEASE).order_by(_RELEASE.c.id.desc()).limit(limit)
    if states:
        query = query.where(_RELEASE.c.state.in_(states))
    if reservoir is not None:
        query = query.where(_RELEASE.c.reservoir == reservoir)
    if incident is not None:
        query = query.where(_RELEASE.c.incident == incident)
    if before is not None:
        query = query.where(_RELEASE.c.id < before)
    return [_release(row) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, release: Release) -> None:
    await connection.execute(insert(_RELEASE).values(asdict(release)))


async def save(connection: AsyncConnection, release: Release) -> None:
    await connection.execute(update(_RELEASE).where(_RELEASE.c.id == release.id).values(asdict(release)))


# -- versions ---------------------------------------------------------------------------------------------------------

_FACTS = ("spill_m3s", "turbine_m3s", "gates_open", "reason", "channel")


async def add_version(
    connection: AsyncConnection, release: str, version: int, notice: Notice, content: str, actor: str
) -> None:
    """`content`: a hash of what it says, so that the same thing said again is recognised."""
    facts = {name: getattr(notice, name) for name in _FACTS}
    facts["sent_at"] = None if notice.sent_at is None else notice.sent_at.isoformat()
    await connection.execute(
        insert(_VERSION).values(
            release=release,
            version=version,
            content=content,
            heard_at=notice.heard_at,
            actor=actor,
            facts=facts,
            planned_at=notice.planned_at,
            until=notice.until,
            discharge_m3s=notice.discharge_m3s,
            cancelled=notice.cancelled,
            raw=notice.raw,
        )
    )


async def content_of(connection: AsyncConnection, release: str, version: int) -> str | None:
    query = select(_VERSION.c.content).where(_VERSION.c.release == release, _VERSION.c.version == version)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def versions_of(connection: AsyncConnection, release: str) -> list[Any]:
    """Rows, oldest first: version, heard_at, actor, planned_at, until, discharge_m3s, cancelled, facts."""
    query = select(_VERSION).where(_VERSION.c.release == release).order_by(_VERSION.c.version)
    return list(await connection.execute(query))


async def notices_of(connection: AsyncConnection, reservoir: str, since: datetime) -> list[Notice]:
    """All versions of the notices of a reservoir that may still cover something after `since`, as they were heard."""
    query = (
        select(_VERSION, _RELEASE.c.notice, _RELEASE.c.reservoir)
        .join(_RELEASE, _RELEASE.c.id == _VERSION.c.release)
        .where(
            _RELEASE.c.reservoir == reservoir,
            _RELEASE.c.until.is_(None) | (_RELEASE.c.until >= since),
            _RELEASE.c.ended_at.is_(None) | (_RELEASE.c.ended_at >= since),
        )
        .order_by(_VERSION.c.heard_at, _VERSION.c.version)
    )
    return [
        Notice(
            reservoir=row.reservoir,
            id=row.notice,
            heard_at=row.heard_at,
            planned_at=row.planned_at,
            until=row.until,
            discharge_m3s=row.discharge_m3s,
            cancelled=row.cancelled,
        )
        for row in await connection.execute(query)
    ]


# -- communes and parties ---------------------------------------------------------------------------------------------


async def set_communes(connection: AsyncConnection, release: str, communes: Sequence[Commune]) -> None:
    """The clock anew: what was there before is replaced; answers stay."""
    await connection.execute(delete(_COMMUNE).where(_COMMUNE.c.release == release))
    if communes:
        rows = [
            asdict(each)
            | {
                "why": each.why.as_json() if each.why else None,
                "notes": [note.as_json() for note in each.notes],
            }
            for each in communes
        ]
        await connection.execute(insert(_COMMUNE), rows)


async def communes_of(connection: AsyncConnection, releases: Iterable[str]) -> dict[str, list[Commune]]:
    """By release, in the order of the river."""
    wanted = list(releases)
    found: dict[str, list[Commune]] = {each: [] for each in wanted}
    query = select(_COMMUNE).where(_COMMUNE.c.release.in_(wanted)).order_by(_COMMUNE.c.position)
    for row in await connection.execute(query):
        found[row.release].append(
            Commune(
                row.release,
                row.area,
                row.position,
                row.chainage_km,
                row.earliest_at,
                row.likely_at,
                row.latest_at,
                row.source,
                _reason(row.why),
                tuple(_known(each) for each in row.notes),
                row.held,
            )
        )
    return found


async def add_step(connection: AsyncConnection, done: StepDone) -> None:
    await connection.execute(insert(_STEP).values(asdict(done)))


async def undo_step(connection: AsyncConnection, step: str, at: datetime, by: str) -> None:
    await connection.execute(update(_STEP).where(_STEP.c.id == step).values(undone_at=at, undone_by=by))


async def steps_of(connection: AsyncConnection, releases: Iterable[str]) -> dict[str, list[StepDone]]:
    """Answers by release in the order they were recorded, withdrawn ones and those to older versions included."""
    wanted = list(releases)
    found: dict[str, list[StepDone]] = {each: [] for each in wanted}
    query = select(_STEP).where(_STEP.c.release.in_(wanted)).order_by(_STEP.c.id)
    for row in await connection.execute(query):
        found[row.release].append(StepDone(**{name: getattr(row, name) for name in _STEP_FIELDS}))
    return found


async def tell_party(connection: AsyncConnection, told: PartyTold) -> None:
    same = (_PARTY.c.release == told.release) & (_PARTY.c.body == told.body)
    changed = await connection.execute(update(_PARTY).where(same).values(asdict(told)))
    if changed.rowcount == 0:
        await connection.execute(insert(_PARTY).values(asdict(told)))


async def untell_party(connection: AsyncConnection, release: str, body: str) -> bool:
    gone = await connection.execute(delete(_PARTY).where(_PARTY.c.release == release, _PARTY.c.body == body))
    return gone.rowcount > 0


async def parties_of(connection: AsyncConnection, release: str) -> dict[str, PartyTold]:
    query = select(_PARTY).where(_PARTY.c.release == release)
    return {
        row.body: PartyTold(row.release, row.body, row.told_at, row.recorded_by)
        for row in await connection.execute(query)
    }


# -- originals --------------------------------------------------------------------------------------------------------


async def keep_original(connection: AsyncConnection, original: Original) -> None:
    await connection.execute(insert(_ORIGINAL).values(asdict(original) | {"proposal": dict(original.proposal)}))


async def original(connection: AsyncConnection, name: str) -> Original | None:
    row = (await connection.execute(select(_ORIGINAL).where(_ORIGINAL.c.id == name))).one_or_none()
    if row is None:
        return None
    return Original(**{each.name: getattr(row, each.name) for each in fields(Original)})


async def link_original(connection: AsyncConnection, name: str, release: str) -> bool:
    """False when there is no such original, or it belongs to another release already."""
    mine = _ORIGINAL.c.release.is_(None) | (_ORIGINAL.c.release == release)
    changed = await connection.execute(update(_ORIGINAL).where(_ORIGINAL.c.id == name, mine).values(release=release))
    return changed.rowcount == 1


async def originals_of(connection: AsyncConnection, release: str) -> list[Any]:
    """Rows without their content: id, at, actor, kind, media_type."""
    columns = (_ORIGINAL.c.id, _ORIGINAL.c.at, _ORIGINAL.c.actor, _ORIGINAL.c.kind, _ORIGINAL.c.media_type)
    query = select(*columns).where(_ORIGINAL.c.release == release).order_by(_ORIGINAL.c.id)
    return list(await connection.execute(query))


async def forget_originals(connection: AsyncConnection, before: datetime) -> int:
    """Drop what was read long ago and never became a notice."""
    gone = await connection.execute(delete(_ORIGINAL).where(_ORIGINAL.c.release.is_(None), _ORIGINAL.c.at < before))
    return gone.rowcount


# -- reservoirs -------------------------------------------------------------------------------------------------------


async def samples(connection: AsyncConnection, reservoir: str, since: int, until: int) -> list[ReservoirSample]:
    """Good readings of a reservoir in [since, until] (microseconds), put together by their moment, oldest first."""
    query = (
        select(reading.c.observed_at, reading.c.property, reading.c.value)
        .where(
            reading.c.station == reservoir,
            reading.c.property.in_(PROPERTIES),
            reading.c.observed_at.between(since, until),
            reading.c.quality == "good",
        )
        .order_by(reading.c.observed_at)
    )
    moments: dict[int, dict[str, float]] = {}
    for row in await connection.execute(query):
        moments.setdefault(row.observed_at, {})[row.property] = row.value
    return [ReservoirSample.of(from_us(at), values) for at, values in moments.items()]


async def first_sample(connection: AsyncConnection, reservoir: str) -> int | None:
    """When a reservoir first reported anything (microseconds)."""
    query = select(func.min(reading.c.observed_at)).where(
        reading.c.station == reservoir, reading.c.property.in_(PROPERTIES)
    )
    found: int | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def add_check(connection: AsyncConnection, check: OpenCheck) -> None:
    await connection.execute(insert(_CHECK).values(asdict(check) | {"reason": check.reason.as_json()}))


async def end_check(connection: AsyncConnection, check: str, at: datetime) -> None:
    await connection.execute(update(_CHECK).where(_CHECK.c.id == check).values(ended_at=at))


async def checks(
    connection: AsyncConnection, reservoirs: Iterable[str] | None = None, *, since: datetime | None = None
) -> list[OpenCheck]:
    """What is found now, oldest first; with `since` also what ended after it."""
    still = _CHECK.c.ended_at.is_(None)
    query = select(_CHECK).where(still if since is None else still | (_CHECK.c.ended_at >= since))
    if reservoirs is not None:
        query = query.where(_CHECK.c.reservoir.in_(list(reservoirs)))
    return [
        OpenCheck(
            row.id, row.reservoir, row.name, row.level, row.since, row.decided_at, _known(row.reason), row.ended_at
        )
        for row in await connection.execute(query.order_by(_CHECK.c.id))
    ]
