"""The life of a public warning, pure: what it is, which step may follow which, and who may take it.

Two persons, always: whoever wrote any of the words or handed them in cannot approve them (Hawaii, 13 January 2018:
one employee could send alone). The approver repeats the number of people, and it must be the true one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.checks import Check
from dispatch.content import Content, tidy, valid_content
from eoc.clock import iso
from eoc.errors import Conflict, Invalid, Refused
from eoc.events import SYSTEM, Draft
from eoc.incidents import Actor

STATES = ("draft", "submitted", "approved", "sending", "sent", "cancelled", "expired", "rejected")

#: (state, step) -> state. Whatever is not here is refused.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "submitted",
    ("draft", "cancel"): "cancelled",
    ("draft", "expire"): "expired",
    # Changed words are not the words that were handed in: back to the beginning.
    ("submitted", "edit"): "draft",
    ("submitted", "approve"): "approved",
    ("submitted", "reject"): "rejected",
    ("submitted", "cancel"): "cancelled",
    ("submitted", "expire"): "expired",
    ("rejected", "edit"): "draft",
    ("approved", "begin"): "sending",
    ("approved", "cancel"): "cancelled",
    ("approved", "expire"): "expired",
    ("sending", "finish"): "sent",
    ("sending", "cancel"): "cancelled",
    ("sending", "expire"): "expired",
    ("sent", "cancel"): "cancelled",
    ("sent", "expire"): "expired",
}

_WRITERS = frozenset({"operator", "dispatcher", "supervisor"})
_APPROVERS = frozenset({"supervisor", "leader"})
_ITSELF = frozenset({SYSTEM})

#: Who may take a step. Cancelling is stricter once a warning has been approved; see `_may_cancel`.
ROLES: Mapping[str, frozenset[str]] = {
    "draft": _WRITERS | _ITSELF,
    "edit": _WRITERS,
    "submit": _WRITERS,
    "approve": _APPROVERS,
    "reject": _APPROVERS,
    "cancel": _WRITERS | _APPROVERS,
    "begin": _ITSELF,
    "finish": _ITSELF,
    "expire": _ITSELF,
}

SYSTEM_ACTOR = Actor(SYSTEM, SYSTEM)

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a warning comes from. `lon`/`lat` is the place of the danger (nearest recipients come first);
    `template` names the pack's template the system filled and `trigger_level` the level of the plan that asked for
    it; both None for a warning written by hand."""

    incident: str | None = None
    template: str | None = None
    trigger_level: int | None = None
    lon: float | None = None
    lat: float | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class PublicWarning:
    """One warning. `version` counts what people did to it; sending and expiring leave it alone, so that nobody's
    cancelling fails because a message went out meanwhile. `authors`: everyone who wrote any of its words."""

    id: str
    number: int
    content: Content
    drafted_by: str
    drafted_at: datetime
    authors: tuple[str, ...]
    origin: Origin = Origin()
    state: str = "draft"
    version: int = 1
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    rejected_reason: str | None = None
    confirmed_count: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    expected_version: int
    content: Content


@dataclass(frozen=True, slots=True)
class Submit:
    expected_version: int
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Approve:
    """`audience_count`: how many people the warning would reach now, counted in the same transaction."""

    expected_version: int
    confirm_count: int
    audience_count: int
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Reject:
    expected_version: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    expected_version: int


@dataclass(frozen=True, slots=True)
class Begin:
    """The system starts to write the outbox."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to send. `counts`: rows by state."""

    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Expire:
    """The warning's time is over and nobody cancelled it. `counts`: rows by state."""

    counts: Mapping[str, int]


Command = Edit | Submit | Approve | Reject | Cancel | Begin | Finish | Expire


@dataclass(frozen=True, slots=True)
class Decision:
    """The warning after the step and the events that report it."""

    warning: PublicWarning
    events: tuple[Draft, ...]


def compose(
    warning_id: str,
    number: int,
    content: Content,
    actor: Actor,
    now: datetime,
    origin: Origin = Origin(),
    cause: Mapping[str, Any] | None = None,
) -> Decision:
    """A new draft. Raises `Refused` for a role that may not write warnings, `Invalid` for impossible content."""
    _require_role("draft", actor)
    content = valid_content(content, now, drill=origin.drill)
    authors = () if actor.role == SYSTEM else (actor.name,)
    warning = PublicWarning(warning_id, number, content, actor.name, now, authors, origin)
    data = {**facts(warning), "template": origin.template}
    drafted = Draft("warning.drafted", warning_id, now, data, cause or {}, actor.name)
    return Decision(warning, (drafted,))


def decide(command: Command, warning: PublicWarning, actor: Actor, now: datetime) -> Decision:
    """Apply one step.

    Raises `Conflict` for an old version or a confirmed count that is not the true one (with the warning as it is
    now), `Refused` for a step the table, the role, the two-person rule or a blocking check forbids, and `Invalid`
    for impossible content.
    """
    step = type(command).__name__.lower()
    _require_role(step, actor)
    expected = getattr(command, "expected_version", None)
    if expected is not None and expected != warning.version:
        raise Conflict("conflict.version", current=warning, version=warning.version)
    state = TRANSITIONS.get((warning.state, step))
    if state is None:
        raise Refused("refused.transition", state=warning.state, to=step)
    moved = replace(warning, state=state, version=warning.version + (expected is not None))
    match command:
        case Edit():
            return _edit(command, moved, actor, now)
        case Submit():
            return _submit(command, moved, actor, now)
        case Approve():
            return _approve(command, warning, moved, actor, now)
        case Reject():
            return _reject(command, moved, actor, now)
        case Cancel():
            _may_cancel(warning, actor)
            return _report("warning.cancelled", moved, actor, now, was=warning.state)
        case Begin():
            return _report("warning.progress", moved, actor, now)
        case Finish():
            return _report("warning.sent", moved, actor, now, counts=dict(command.counts))
        case Expire():
            counts = dict(command.counts)
            return _report("warning.expired", moved, actor, now, was=warning.state, counts=counts)


def facts(warning: PublicWarning) -> dict[str, Any]:
    """What every warning event says: ids, codes and public numbers. The words stay in the table."""
    return {
        "number": warning.number,
        "incident": warning.origin.incident,
        "level": warning.content.level,
        "hazard": warning.content.hazard,
        "state": warning.state,
        "areas": list(warning.content.areas),
        "expires_at": iso(warning.content.expires_at),
        "version": warning.version,
    }


def _report(kind: str, warning: PublicWarning, actor: Actor, now: datetime, **extra: Any) -> Decision:
    event = Draft(kind, warning.id, now, {**facts(warning), **extra}, actor=actor.name)
    return Decision(warning, (event,))


def _edit(command: Edit, moved: PublicWarning, actor: Actor, now: datetime) -> Decision:
    content = valid_content(command.content, now, drill=moved.origin.drill)
    authors = tuple(dict.fromkeys((*moved.authors, actor.name)))
    edited = replace(moved, content=content, authors=authors, submitted_by=None, submitted_at=None)
    return _report("warning.edited", edited, actor, now)


def _submit(command: Submit, moved: PublicWarning, actor: Actor, now: datetime) -> Decision:
    _require_sendable(moved, command.checks, now)
    submitted = replace(moved, submitted_by=actor.name, submitted_at=now, rejected_reason=None)
    open_checks = [check.code for check in command.checks if not check.ok]
    return _report("warning.submitted", submitted, actor, now, open_checks=open_checks)


def _approve(command: Approve, before: PublicWarning, moved: PublicWarning, actor: Actor, now: datetime) -> Decision:
    if actor.name in (before.drafted_by, before.submitted_by, *before.authors):
        raise Refused("same_person", by=actor.name)
    _require_sendable(moved, command.checks, now)
    if command.confirm_count != command.audience_count:
        raise Conflict("warning.count_differs", current=before, count=command.audience_count)
    approved = replace(moved, approved_by=actor.name, approved_at=now, confirmed_count=command.audience_count)
    open_checks = [check.code for check in command.checks if not check.ok]
    return _report("warning.approved", approved, actor, now, audience=command.audience_count, open_checks=open_checks)


def _reject(command: Reject, moved: PublicWarning, actor: Actor, now: datetime) -> Decision:
    reason = tidy(command.reason)
    if not reason:
        raise Invalid("warning.reason_missing")
    if len(reason) > LONGEST_REASON:
        raise Invalid("invalid.text_too_long", field="reason", longest=LONGEST_REASON)
    return _report("warning.rejected", replace(moved, rejected_reason=reason), actor, now)


def _may_cancel(warning: PublicWarning, actor: Actor) -> None:
    if warning.state not in ("draft", "submitted") and actor.role not in _APPROVERS:
        raise Refused("refused.role", role=actor.role, step="cancel")


def _require_role(step: str, actor: Actor) -> None:
    if actor.role not in ROLES[step]:
        raise Refused("refused.role", role=actor.role, step=step)


def _require_sendable(warning: PublicWarning, checks: Sequence[Check], now: datetime) -> None:
    if warning.content.expires_at <= now:
        raise Refused("warning.expiry_past", expires_at=iso(warning.content.expires_at))
    failed = [check.code for check in checks if check.blocking and not check.ok]
    if failed:
        raise Refused("warning.checks_failed", checks=failed, count=len(failed))
