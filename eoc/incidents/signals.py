"""What a signal does to a case: open, attach, escalate, lower, stand down, and the end of the reopen window.

An incident once opened is never undone. A late reading that shows an earlier beginning or a higher peak is a
correction on the timeline (`incident.corrected`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from eoc.clock import iso
from eoc.events import Draft
from eoc.ids import Ids
from eoc.incidents.case import Evidence, Incident, Task
from eoc.model import STATION, Reason, Signal


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided: the case after it, the evidence to store, events in order, timers and tasks."""

    incident: Incident
    evidence: tuple[Evidence, ...] = ()
    events: tuple[Draft, ...] = ()
    start_timer: tuple[str, datetime] | None = None
    stop_timer: str | None = None
    tasks: tuple[Task, ...] = ()


WINDOW_TIMER = "incident.window_ends"


def open_case(signal: Signal, *, number: int, title: Mapping[str, Any], now: datetime, ids: Ids) -> Ruling:
    """A new case from a signal that belongs to no other."""
    incident_id = ids()
    place = signal.place
    incident = Incident(
        id=incident_id,
        number=number,
        hazard=signal.hazard,
        level=signal.level,
        peak_level=signal.level,
        title=title,
        observed_at=signal.onset,
        decided_at=signal.at,
        opened_at=now,
        risk_reference=signal.risk_reference,
        area=place.area,
        station=signal.ref if signal.source == STATION else None,
        lon=place.lon,
        lat=place.lat,
        event_key=f"{signal.hazard}:{signal.ref}" if signal.source == STATION else f"{signal.hazard}:{speaker(signal)}",
        evidence_count=1,
    )
    evidence = _evidence(signal, incident_id, (), ids)
    opened = Draft(
        "incident.opened",
        incident_id,
        now,
        {**facts(incident), "onset": iso(signal.onset), "decided_by": iso(signal.at)},
        cause(signal),
    )
    return Ruling(incident, (evidence,), (opened,))


def absorb(
    incident: Incident,
    evidence: Sequence[Evidence],
    signal: Signal,
    *,
    match_reasons: Sequence[Reason],
    title: Mapping[str, Any],
    now: datetime,
    reopen_window: timedelta,
    ids: Ids,
) -> Ruling:
    """The case takes the signal: its source becomes or updates evidence, the level follows the evidence."""
    known = next((each for each in evidence if (each.source, each.ref) == (signal.source, signal.ref)), None)
    if known is not None and signal.at <= known.observed_at:
        return correct(incident, signal, now)
    if known is None:
        updated = _evidence(signal, incident.id, match_reasons, ids)
    else:
        reasons = tuple(each for each in known.reasons if each.code in _MATCH_CODES)
        updated = replace(
            known,
            observed_at=signal.at,
            level=signal.level,
            place=signal.place,
            reasons=(*signal.reasons, *reasons),
            risk_reference=signal.risk_reference,
        )
    others = [each for each in evidence if each is not known and not each.detached]
    after = _follow(incident, [*others, updated])
    events: list[Draft] = []
    if known is None:
        after = replace(after, evidence_count=incident.evidence_count + 1)
        attached = {**facts(after), "source": signal.source, "ref": signal.ref, "onset": iso(signal.onset)}
        events.append(Draft("incident.attached", incident.id, now, attached, cause(signal)))
    elif signal.level and signal.level == signal.previous_level:
        # A rule that tells the same severity again has something to add (rain that goes on by its steps).
        events.append(Draft("incident.renewed", incident.id, now, facts(after), cause(signal)))
    after, moved = _move(incident, after, signal, title, now)
    events += moved
    if after == incident and known is not None and not events:
        return Ruling(incident, (updated,))
    after = replace(after, version=incident.version + 1)
    ruling = Ruling(after, (updated,), tuple(events))
    if after.level == 0 and incident.level > 0:
        window_ends = now + reopen_window
        stood = replace(after, attracts_until=window_ends)
        return replace(ruling, incident=stood, start_timer=(WINDOW_TIMER, window_ends))
    if incident.level == 0 and after.level > 0:
        return replace(ruling, stop_timer=WINDOW_TIMER)
    return ruling


def _follow(incident: Incident, evidence: Sequence[Evidence]) -> Incident:
    level = max(each.level for each in evidence)
    known = [each.risk_reference for each in evidence if each.risk_reference is not None and each.level]
    return replace(
        incident,
        level=level,
        peak_level=max(incident.peak_level, level),
        risk_reference=max(known, default=None) if level else incident.risk_reference,
    )


def _move(
    before: Incident, after: Incident, signal: Signal, title: Mapping[str, Any], now: datetime
) -> tuple[Incident, list[Draft]]:
    """The events of a changed level; the title names the highest the case has reached."""
    if after.level == before.level:
        return after, []
    change = {
        "from": before.level,
        "to": after.level,
        "onset": iso(signal.onset),
        "decided_by": iso(signal.at),
    }
    if after.level == 0:
        after = replace(after, stood_down_at=signal.onset)
        kind = "incident.stood_down"
    elif after.level > before.level:
        if before.stood_down_at is not None:
            after = replace(after, stood_down_at=None, attracts_until=None)
            change["resumed"] = True
        if after.peak_level > before.peak_level:
            after = replace(after, title=title)
        kind = "incident.escalated"
    else:
        kind = "incident.lowered"
    return after, [Draft(kind, after.id, now, {**facts(after), **change}, cause(signal))]


def correct(incident: Incident, signal: Signal, now: datetime) -> Ruling:
    """A late reading about the past: the record gets better, the present does not move."""
    onset = min(incident.observed_at, signal.onset) if signal.level else incident.observed_at
    peak = max(incident.peak_level, signal.level)
    if (onset, peak) == (incident.observed_at, incident.peak_level):
        return Ruling(incident)
    after = replace(incident, observed_at=onset, peak_level=peak, version=incident.version + 1)
    data = {**facts(after), "onset": iso(onset), "decided_by": iso(signal.at)}
    return Ruling(after, (), (Draft("incident.corrected", incident.id, now, data, cause(signal)),))


def window_ended(incident: Incident, now: datetime, ids: Ids) -> Ruling | None:
    """The reopen window of a stood-down case is over: it attracts nothing more.

    Never acknowledged, it closes itself as resolved; otherwise a person has to, and gets a task for it. None when
    the case resumed or was closed meanwhile.
    """
    if incident.state == "closed" or incident.stood_down_at is None:
        return None
    quiet = replace(incident, event_key=None, version=incident.version + 1)
    if incident.acknowledged_at is None and incident.state == "new":
        closed = replace(quiet, state="closed", outcome="resolved", closed_at=now)
        data = {**facts(closed), "outcome": "resolved"}
        return Ruling(closed, (), (Draft("incident.closed", incident.id, now, data, {"timer": WINDOW_TIMER}),))
    task = Task(ids(), incident.id, "task.confirm_end", now, {"number": incident.number})
    data = {**facts(quiet), "task": task.id, "task_kind": task.kind}
    added = Draft("incident.task_added", incident.id, now, data, {"timer": WINDOW_TIMER})
    return Ruling(quiet, (), (added,), tasks=(task,))


def facts(incident: Incident) -> dict[str, Any]:
    """What every incident event says about its case: numbers and codes only."""
    return {
        "number": incident.number,
        "hazard": incident.hazard,
        "level": incident.level,
        "peak_level": incident.peak_level,
        "state": incident.state,
        "area": incident.area,
        "station": incident.station,
        "version": incident.version,
    }


def cause(signal: Signal) -> dict[str, Any]:
    """Which rule decided, on which reading, and why: stored with the event."""
    return {
        "rule": signal.rule,
        **({"station": signal.ref} if signal.source == STATION else {"source": signal.source, "ref": signal.ref}),
        "observed_at": iso(signal.at),
        "value": signal.value,
        "reasons": [each.as_json() for each in signal.reasons],
    }


_MATCH_CODES = frozenset(
    {
        "reason.same_station",
        "reason.same_area",
        "reason.neighbouring_area",
        "reason.nearby",
        "reason.same_river",
        "reason.same_river_upstream",
        "reason.same_river_downstream",
    }
)


def _evidence(signal: Signal, incident: str, match_reasons: Sequence[Reason], ids: Ids) -> Evidence:
    return Evidence(
        id=ids(),
        incident=incident,
        source=signal.source,
        ref=signal.ref,
        observed_at=signal.at,
        level=signal.level,
        reasons=(*signal.reasons, *match_reasons),
        risk_reference=signal.risk_reference,
        place=signal.place,
    )


def speaker(signal: Signal) -> str:
    """What speaks, as one word."""
    return f"{signal.source}:{signal.ref}"
