"""What people may do to a case. Every command names the version it was looking at; the loser learns who won."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eoc.errors import Conflict, Invalid, Refused
from eoc.events import Draft
from eoc.ids import Ids
from eoc.incidents.case import OUTCOMES, TRANSITIONS, Evidence, Incident, Task
from eoc.incidents.signals import WINDOW_TIMER, Ruling, facts
from eoc.model import MAX_LEVEL

MAX_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the account's name and role."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Command:
    """`kind` is the verb of the API (acknowledge, assign, escalate, note, close, ...): see `_HANDLERS`."""

    kind: str
    expected_version: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The ruling, and the free text that goes to the erasable notes table."""

    ruling: Ruling
    note: tuple[str, str] | None = None


def decide(command: Command, incident: Incident, actor: Actor, now: datetime, ids: Ids) -> Decision:
    """Apply one command.

    Raises `Conflict` for an old version (with the incident as it is now), `Refused` for a step the life of a case
    does not allow, `Invalid` for wrong parameters.
    """
    if command.expected_version != incident.version:
        raise Conflict("conflict.version", current=incident, version=incident.version)
    handler = _HANDLERS.get(command.kind)
    if handler is None:
        raise Invalid("invalid.command", kind=command.kind)
    return handler(_Ask(command, incident, actor, now, ids))


@dataclass(frozen=True, slots=True)
class _Ask:
    command: Command
    incident: Incident
    actor: Actor
    now: datetime
    ids: Ids


def _moved(ask: _Ask, incident: Incident, kind: str, /, **extra: Any) -> Ruling:
    after = replace(incident, version=ask.incident.version + 1)
    event = Draft(kind, incident.id, ask.now, {**facts(after), **extra}, actor=ask.actor.name)
    return Ruling(after, (), (event,))


def _require(incident: Incident, to: str) -> None:
    if to not in TRANSITIONS[incident.state]:
        raise Refused("refused.transition", state=incident.state, to=to)


def _acknowledge(ask: _Ask) -> Decision:
    if ask.incident.state != "new":
        raise Conflict("conflict.already_acknowledged", current=ask.incident, by=ask.incident.acknowledged_by)
    taken = replace(ask.incident, state="acknowledged", acknowledged_by=ask.actor.name, acknowledged_at=ask.now)
    return Decision(_moved(ask, taken, "incident.acknowledged", by=ask.actor.name))


def _assign(ask: _Ask) -> Decision:
    assignee = _text(ask.command, "assigned_to", 200)
    if ask.incident.state == "closed":
        raise Refused("refused.closed")
    given = replace(ask.incident, assigned_to=assignee)
    return Decision(_moved(ask, given, "incident.assigned", assigned_to=assignee))


def _escalate(ask: _Ask) -> Decision:
    """A person raises the severity by hand: never above 5, never down (the evidence does that)."""
    level = ask.command.params.get("level")
    if not isinstance(level, int) or isinstance(level, bool) or not ask.incident.level < level <= MAX_LEVEL:
        raise Invalid("invalid.level", level=level, above=ask.incident.level)
    if ask.incident.state == "closed":
        raise Refused("refused.closed")
    raised = replace(
        ask.incident,
        level=level,
        peak_level=max(level, ask.incident.peak_level),
        stood_down_at=None,
        attracts_until=None,
        evidence_count=ask.incident.evidence_count + 1,
    )
    change = {"from": ask.incident.level, "to": level}
    ruling = _moved(ask, raised, "incident.escalated", **change)
    # The person is evidence like a station: what somebody raised, a falling gauge alone does not lower.
    judgement = Evidence(ask.ids(), ask.incident.id, "person", ask.actor.name, ask.now, level=level)
    ruling = replace(ruling, evidence=(judgement,), stop_timer=WINDOW_TIMER)
    return Decision(ruling, _optional_note(ask))


def _bulletin(ask: _Ask) -> Decision:
    """The hydromet service's bulletin: its official level stands above our reference from then on.

    `level` is a disaster risk level 1-5 (Decision 18/2021/QĐ-TTg), `text` names issuer and number.
    """
    level = ask.command.params.get("level")
    if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= MAX_LEVEL:
        raise Invalid("invalid.official_level", level=level)
    if ask.incident.state == "closed":
        raise Refused("refused.closed")
    text, note_id = _text(ask.command, "text", 500), ask.ids()
    official = replace(ask.incident, official_level=level)
    ruling = _moved(ask, official, "incident.bulletin", official_level=level, note=note_id)
    return Decision(ruling, (note_id, text))


def _uplift(ask: _Ask) -> Decision:
    """A supervisor's word on a proposed uplift: `{proposal, add, accept}`; a rejection says why.

    Accepted, it raises the severity like any person's escalation, and our reference with it.
    """
    proposal, add = str(ask.command.params["proposal"]), int(ask.command.params["add"])
    if ask.incident.state == "closed":
        raise Refused("refused.closed")
    note = _optional_note(ask)
    extra = {"proposal": proposal, "add": add, **({"note": note[0]} if note else {})}
    if not ask.command.params.get("accept"):
        if note is None:
            raise Invalid("invalid.reason_missing", outcome="rejected")
        return Decision(_moved(ask, ask.incident, "incident.uplift_rejected", **extra), note)
    level = min(MAX_LEVEL, ask.incident.level + add)
    raised = replace(
        ask.incident,
        level=level,
        peak_level=max(level, ask.incident.peak_level),
        risk_uplift=add,
        stood_down_at=None,
        attracts_until=None,
        evidence_count=ask.incident.evidence_count + 1,
    )
    change = {"from": ask.incident.level, "to": level, **extra}
    ruling = _moved(ask, raised, "incident.escalated", **change)
    judgement = Evidence(ask.ids(), ask.incident.id, "person", ask.actor.name, ask.now, level=level)
    return Decision(replace(ruling, evidence=(judgement,), stop_timer=WINDOW_TIMER), note)


def _note(ask: _Ask) -> Decision:
    text, note_id = _text(ask.command, "text", MAX_NOTE), ask.ids()
    return Decision(_moved(ask, ask.incident, "incident.noted", note=note_id), (note_id, text))


def _task(ask: _Ask) -> Decision:
    """`{text}` adds a task, `{task, done: true}` finishes one (the engine checks that it exists)."""
    if "task" in ask.command.params:
        data = {"task": str(ask.command.params["task"])}
        return Decision(_moved(ask, ask.incident, "incident.task_done", **data))
    text, task_id = _text(ask.command, "text", 500), ask.ids()
    task = Task(task_id, ask.incident.id, "task.manual", ask.now, {"note": task_id})
    ruling = _moved(ask, ask.incident, "incident.task_added", task=task_id, task_kind=task.kind)
    return Decision(replace(ruling, tasks=(task,)), (task_id, text))


def _close(ask: _Ask) -> Decision:
    outcome = "resolved" if ask.command.kind == "resolve" else ask.command.params.get("outcome")
    if outcome not in OUTCOMES:
        raise Invalid("invalid.outcome", outcome=outcome, allowed=list(OUTCOMES))
    _require(ask.incident, "closed")
    note = _optional_note(ask)
    if outcome != "resolved" and note is None:
        raise Invalid("invalid.reason_missing", outcome=outcome)
    ended = replace(ask.incident, state="closed", outcome=outcome, closed_at=ask.now, event_key=None)
    extra = {"outcome": outcome, **({"note": note[0]} if note else {})}
    ruling = _moved(ask, ended, "incident.closed", **extra)
    return Decision(replace(ruling, stop_timer=WINDOW_TIMER), note)


def _reopen(ask: _Ask) -> Decision:
    _require(ask.incident, "acknowledged")
    again = replace(
        ask.incident,
        state="acknowledged",
        outcome=None,
        closed_at=None,
        acknowledged_by=ask.incident.acknowledged_by or ask.actor.name,
        acknowledged_at=ask.incident.acknowledged_at or ask.now,
    )
    note = _optional_note(ask)
    extra = {"note": note[0]} if note else {}
    return Decision(_moved(ask, again, "incident.reopened", **extra), note)


def _respond(ask: _Ask) -> Decision:
    to = "responding" if ask.command.kind == "respond" else "contained"
    _require(ask.incident, to)
    return Decision(_moved(ask, replace(ask.incident, state=to), f"incident.{to}"))


def _text(command: Command, name: str, longest: int) -> str:
    value = command.params.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid("invalid.text_missing", field=name)
    if len(value) > longest:
        raise Invalid("invalid.text_too_long", field=name, longest=longest)
    return value.strip()


def _optional_note(ask: _Ask) -> tuple[str, str] | None:
    if not ask.command.params.get("reason"):
        return None
    return ask.ids(), _text(ask.command, "reason", MAX_NOTE)


_HANDLERS = {
    "acknowledge": _acknowledge,
    "assign": _assign,
    "escalate": _escalate,
    "bulletin": _bulletin,
    "uplift": _uplift,
    "note": _note,
    "task": _task,
    "resolve": _close,
    "close": _close,
    "reopen": _reopen,
    "respond": _respond,
    "contain": _respond,
}
