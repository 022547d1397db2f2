"""What the API returns: frozen values to JSON. The names are the public contract."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from eoc.clock import iso
from eoc.events import Event
from eoc.hazards.river_flood import FloodRule
from eoc.hazards.state import Latest, StationState
from eoc.incidents import Evidence, Incident, Task
from eoc.incidents.bulletins import mismatch
from eoc.model import Station
from eoc.words import say
from ui.live import latest_json
from ui.parts import Parts


def when(moment: datetime | None) -> str | None:
    """A time as the API spells it."""
    return None if moment is None else iso(moment)


def incident_json(incident: Incident, parts: Parts) -> dict[str, Any]:
    """An incident as lists show it."""
    return {
        "id": incident.id,
        "number": incident.number,
        "hazard": incident.hazard,
        "level": incident.level,
        "peak_level": incident.peak_level,
        "official_level": incident.official_level,
        "risk_reference": _risk(incident.reference) if incident.official_level is None else None,
        "risk_uplift": incident.risk_uplift,
        "bulletin": incident.bulletin,
        "mismatch": _mismatch(incident),
        "state": incident.state,
        "outcome": incident.outcome,
        "title": title_json(incident.title),
        "area": incident.area,
        "area_name": parts.places.area_name(incident.area),
        "station": incident.station,
        "lon": incident.lon,
        "lat": incident.lat,
        "observed_at": iso(incident.observed_at),
        "decided_at": iso(incident.decided_at),
        "opened_at": iso(incident.opened_at),
        "stood_down_at": when(incident.stood_down_at),
        "acknowledged_by": incident.acknowledged_by,
        "acknowledged_at": when(incident.acknowledged_at),
        "assigned_to": incident.assigned_to,
        "closed_at": when(incident.closed_at),
        "version": incident.version,
        "evidence_count": incident.evidence_count,
        "drill": incident.drill,
    }


def _risk(level: int | None) -> dict[str, Any] | None:
    if level is None:
        return None
    return {"level": level, "wording_code": "risk.equivalent", "params": {"level": level}}


def _mismatch(incident: Incident) -> dict[str, Any] | None:
    differs = mismatch(incident.official_level, incident.reference)
    return None if differs is None else differs.as_json()


def title_json(title: Mapping[str, Any]) -> dict[str, str]:
    """A title in both languages; what a person typed stays as typed."""
    if "text" in title:
        return {"vi": title["text"], "en": title["text"]}
    return {"vi": say(title["code"], title["params"], "vi"), "en": say(title["code"], title["params"], "en")}


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": evidence.id,
        "source": evidence.source,
        "ref": evidence.ref,
        "observed_at": iso(evidence.observed_at),
        "level": evidence.level,
        "weight": evidence.weight,
        "reasons": [each.as_json() for each in evidence.reasons],
        "detached": evidence.detached,
    }


def task_json(task: Task, notes: Mapping[str, str]) -> dict[str, Any]:
    params = dict(task.params)
    if "note" in params:
        params["text"] = notes.get(params["note"], "")
    return {
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "params": params,
        "created_at": iso(task.created_at),
        "due_at": when(task.due_at),
        "done_by": task.done_by,
        "done_at": when(task.done_at),
    }


def proposal_json(task: Task, events: Sequence[Event]) -> dict[str, Any]:
    """What the compound rule asks, and what a supervisor answered."""
    answers = {"incident.escalated": "accepted", "incident.uplift_rejected": "rejected"}
    state = next(
        (answers[each.kind] for each in events if each.kind in answers and each.data.get("proposal") == task.id), "open"
    )
    return {
        "id": task.id,
        "kind": "uplift",
        "add": task.params["add"],
        "from": task.params["from"],
        "to": task.params["to"],
        "reasons": task.params["reasons"],
        "state": state,
        "at": iso(task.created_at),
        "answered_by": task.done_by,
        "answered_at": when(task.done_at),
    }


def timeline_json(event: Event, notes: Mapping[str, str]) -> dict[str, Any]:
    """A journal event as a line of the case's timeline, with its free text where that still exists."""
    params = dict(event.data)
    if "note" in params:
        params["text"] = notes.get(params["note"])
    entry: dict[str, Any] = {
        "seq": event.seq,
        "at": iso(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "params": params,
        "cause": dict(event.cause),
    }
    for name in ("onset", "decided_by"):
        if name in event.data:
            entry[name] = event.data[name]
    return entry


def event_json(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at": iso(event.at),
        "kind": event.kind,
        "subject": event.subject,
        "actor": event.actor,
        "data": dict(event.data),
        "cause": dict(event.cause),
        "hash": event.hash,
    }


def station_json(station: Station, state: StationState, rule: FloodRule, now: datetime) -> dict[str, Any]:
    """A station with its newest values and what the rule thinks of it."""
    flood = state.river_flood
    upcoming = rule.next_threshold(flood)
    rate = rule.rate_m_per_h(flood)
    thresholds = {name: getattr(station.thresholds, name) for name in ("bd1", "bd2", "bd3")}
    return {
        "id": station.id,
        "name": station.name,
        "kind": station.kind,
        "lon": station.lon,
        "lat": station.lat,
        "area": station.area,
        "river": station.river,
        "chainage_km": station.chainage_km,
        "thresholds": thresholds if any(value is not None for value in thresholds.values()) else None,
        "rules": {**station.rules, **({"interval_s": station.interval_s} if station.interval_s else {})},
        "limits": {name: asdict(one) for name, one in station.limits.items()},
        "facts": dict(station.facts),
        "demo": station.demo,
        "sources": dict(station.sources),
        "people_exposed": dict(station.people_exposed),
        "latest": latest_json(state),
        "quality": {name: _quality(each) for name, each in state.latest.items()},
        "status": _status(station, state, now),
        "hazard_state": {
            "level": state.level(),
            "alarm": rule.alarm(flood),
            "rise_m_per_h": None if rate is None else round(rate, 3),
            "next": None if upcoming is None else {"threshold": upcoming[0], "eta_s": int(upcoming[1])},
        },
        "version": station.version,
    }


def _quality(latest: Latest) -> dict[str, Any]:
    return {"flag": latest.quality.value, "codes": list(latest.codes)}


def _status(station: Station, state: StationState, now: datetime) -> str:
    """From timestamps alone: heard within two and a half intervals (2.5 x 15 min unless the station says)."""
    if not state.latest:
        return "unknown"
    newest = max(each.observed_at for each in state.latest.values())
    expected_s = station.interval_s or 900.0
    return "online" if (now - newest).total_seconds() <= 2.5 * expected_s else "offline"


def page(items: Sequence[Mapping[str, Any]], after: str | None) -> dict[str, Any]:
    """A list answer; `next` is the cursor to continue with, null at the end."""
    return {"items": list(items), "next": after}
