"""Cases in the database: rows to frozen values and back. Changed only under the journal-head lock."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.incidents import Evidence, Incident, Task
from eoc.model import Place, Reason
from eoc.store.tables import EvidenceRow, IncidentRow, NoteRow, TaskRow, TimerRow

_INCIDENT = IncidentRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_NOTE = NoteRow.__table__  # type: ignore[attr-defined]
_TASK = TaskRow.__table__  # type: ignore[attr-defined]
_TIMER = TimerRow.__table__  # type: ignore[attr-defined]

Timer = tuple[datetime, str, str]
"""(due_at, kind, subject)."""

_INCIDENT_FIELDS = [each.name for each in fields(Incident)]


def _incident(row: Any) -> Incident:
    return Incident(**{name: getattr(row, name) for name in _INCIDENT_FIELDS})


def _evidence(row: Any) -> Evidence:
    return Evidence(
        id=row.id,
        incident=row.incident,
        source=row.source,
        ref=row.ref,
        observed_at=row.observed_at,
        level=row.level,
        weight=row.weight,
        reasons=tuple(Reason(each["code"], each["params"]) for each in row.reasons),
        risk_reference=row.risk_reference,
        detached=row.detached,
        place=Place(**row.place),
    )


async def get(connection: AsyncConnection, incident: str) -> Incident | None:
    row = (await connection.execute(select(_INCIDENT).where(_INCIDENT.c.id == incident))).one_or_none()
    return None if row is None else _incident(row)


async def attracting(connection: AsyncConnection, now: datetime) -> list[Incident]:
    """Cases that may take signals: not closed, and not stood down for longer than their reopen window."""
    query = select(_INCIDENT).where(
        _INCIDENT.c.state != "closed",
        or_(_INCIDENT.c.attracts_until.is_(None), _INCIDENT.c.attracts_until >= now),
    )
    return [_incident(row) for row in await connection.execute(query)]


async def heard(
    connection: AsyncConnection, hazard: str, source: str, ref: str, since: datetime, until: datetime
) -> list[Incident]:
    """Cases of any state with evidence of this source whose story touches [since, until]."""
    ended = func.coalesce(_INCIDENT.c.stood_down_at, _INCIDENT.c.closed_at)
    query = (
        select(_INCIDENT)
        .join(_EVIDENCE, _EVIDENCE.c.incident == _INCIDENT.c.id)
        .where(
            _INCIDENT.c.hazard == hazard,
            _EVIDENCE.c.source == source,
            _EVIDENCE.c.ref == ref,
            _INCIDENT.c.observed_at <= until,
            or_(ended.is_(None), ended >= since),
        )
    )
    return [_incident(row) for row in await connection.execute(query)]


async def of_bulletin(connection: AsyncConnection, bulletin: str) -> list[Incident]:
    """Cases that go by a bulletin, by number."""
    query = select(_INCIDENT).where(_INCIDENT.c.bulletin == bulletin).order_by(_INCIDENT.c.number)
    return [_incident(row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection,
    *,
    states: Sequence[str] | None = None,
    hazard: str | None = None,
    areas: Sequence[str] | None = None,
    min_level: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Incident]:
    """Newest numbers first, continuing before a number."""
    query = select(_INCIDENT).order_by(_INCIDENT.c.number.desc()).limit(limit)
    if states:
        query = query.where(_INCIDENT.c.state.in_(states))
    if hazard:
        query = query.where(_INCIDENT.c.hazard == hazard)
    if areas:
        query = query.where(_INCIDENT.c.area.in_(areas))
    if min_level is not None:
        query = query.where(_INCIDENT.c.level >= min_level)
    if before is not None:
        query = query.where(_INCIDENT.c.number < before)
    return [_incident(row) for row in await connection.execute(query)]


async def area_levels(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
    """For each area with open cases: highest level now and how many."""
    query = (
        select(_INCIDENT.c.area, func.max(_INCIDENT.c.level), func.count())
        .where(_INCIDENT.c.state != "closed", _INCIDENT.c.area.is_not(None))
        .group_by(_INCIDENT.c.area)
    )
    return {area: (int(level), int(count)) for area, level, count in await connection.execute(query)}


async def opened_since(connection: AsyncConnection, since: datetime) -> int:
    query = select(func.count()).select_from(_INCIDENT).where(_INCIDENT.c.opened_at >= since)
    return int((await connection.execute(query)).scalar_one())


async def add(connection: AsyncConnection, incident: Incident) -> None:
    await connection.execute(insert(_INCIDENT).values(_incident_values(incident)))


async def save(connection: AsyncConnection, incident: Incident) -> None:
    values = _incident_values(incident)
    await connection.execute(update(_INCIDENT).where(_INCIDENT.c.id == incident.id).values(values))


def _incident_values(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in _INCIDENT_FIELDS} | {"title": dict(incident.title)}


async def evidence_of(connection: AsyncConnection, incidents: Iterable[str]) -> dict[str, list[Evidence]]:
    """Evidence by case, oldest first."""
    wanted = list(incidents)
    query = select(_EVIDENCE).where(_EVIDENCE.c.incident.in_(wanted)).order_by(_EVIDENCE.c.id)
    found: dict[str, list[Evidence]] = {each: [] for each in wanted}
    for row in await connection.execute(query):
        found[row.incident].append(_evidence(row))
    return found


async def put_evidence(connection: AsyncConnection, evidence: Evidence) -> None:
    """Insert, or update the row of the same source in the same case."""
    reasons = [each.as_json() for each in evidence.reasons]
    place = {name: value for name, value in asdict(evidence.place).items() if value not in {None, ""}}
    values = asdict(evidence) | {"reasons": reasons, "place": place}
    same = and_(
        _EVIDENCE.c.incident == evidence.incident,
        _EVIDENCE.c.source == evidence.source,
        _EVIDENCE.c.ref == evidence.ref,
    )
    kept = {name: value for name, value in values.items() if name != "id"}
    changed = await connection.execute(update(_EVIDENCE).where(same).values(kept))
    if changed.rowcount == 0:
        await connection.execute(insert(_EVIDENCE).values(values))


async def add_note(connection: AsyncConnection, note: str, incident: str, author: str, at: datetime, text: str) -> None:
    values = {"id": note, "incident": incident, "author": author, "at": at, "text": text}
    await connection.execute(insert(_NOTE).values(values))


async def notes_of(connection: AsyncConnection, incident: str) -> dict[str, str]:
    """Free text by note id; an erased note is simply missing."""
    query = select(_NOTE.c.id, _NOTE.c.text).where(_NOTE.c.incident == incident)
    return {row.id: row.text for row in await connection.execute(query)}


async def add_task(connection: AsyncConnection, task: Task) -> None:
    await connection.execute(insert(_TASK).values(asdict(task) | {"params": dict(task.params)}))


async def tasks_of(connection: AsyncConnection, incident: str) -> list[Task]:
    query = select(_TASK).where(_TASK.c.incident == incident).order_by(_TASK.c.id)
    names = [each.name for each in fields(Task)]
    return [Task(**{name: getattr(row, name) for name in names}) for row in await connection.execute(query)]


async def finish_task(connection: AsyncConnection, task: str, incident: str, by: str, at: datetime) -> bool:
    """True when an open task of this case was finished by this call."""
    changed = await connection.execute(
        update(_TASK)
        .where(_TASK.c.id == task, _TASK.c.incident == incident, _TASK.c.state == "open")
        .values(state="done", done_by=by, done_at=at)
    )
    return changed.rowcount == 1


async def set_timer(connection: AsyncConnection, kind: str, subject: str, due_at: datetime) -> None:
    """One timer per kind and subject: setting it again moves it."""
    await drop_timer(connection, kind, subject)
    await connection.execute(insert(_TIMER).values(kind=kind, subject=subject, due_at=due_at))


async def drop_timer(connection: AsyncConnection, kind: str, subject: str) -> None:
    await connection.execute(delete(_TIMER).where(_TIMER.c.kind == kind, _TIMER.c.subject == subject))


async def due_timers(connection: AsyncConnection, until: datetime) -> list[Timer]:
    """Everything due, in order."""
    query = select(_TIMER).where(_TIMER.c.due_at <= until).order_by(_TIMER.c.due_at, _TIMER.c.id)
    return [(row.due_at, row.kind, row.subject) for row in await connection.execute(query)]
