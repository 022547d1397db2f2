"""What a case is: the incident, its evidence and its tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eoc.model import MAX_LEVEL, Place, Reason

STATES = ("new", "acknowledged", "responding", "contained", "closed")
OUTCOMES = ("resolved", "false_alarm", "duplicate", "exercise", "cancelled", "transferred")

#: Which state may follow which. Closing has a command of its own because it needs an outcome.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "new": frozenset({"acknowledged", "closed"}),
    "acknowledged": frozenset({"responding", "contained", "closed"}),
    "responding": frozenset({"contained", "closed"}),
    "contained": frozenset({"responding", "closed"}),
    "closed": frozenset({"acknowledged"}),
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One case. `level` is the operational severity now, `peak_level` the highest it has been.

    `observed_at`: onset of what was seen; `decided_at`: the reading that decided; `opened_at`: when the case was
    opened (all three on the engine's clock). A stood-down case attracts further signals until `attracts_until`.
    `title` is `{code, params}` from a rule or `{text}` from a person. `official_level` is an authority's, from the
    bulletin `bulletin` or entered by hand; `risk_reference` and `risk_uplift` make our own reference beside it.
    """

    id: str
    number: int
    hazard: str
    level: int
    peak_level: int
    title: Mapping[str, Any]
    observed_at: datetime
    decided_at: datetime
    opened_at: datetime
    state: str = "new"
    outcome: str | None = None
    official_level: int | None = None
    bulletin: str | None = None
    risk_reference: int | None = None
    risk_uplift: int = 0
    area: str | None = None
    station: str | None = None
    lon: float | None = None
    lat: float | None = None
    stood_down_at: datetime | None = None
    attracts_until: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assigned_to: str | None = None
    closed_at: datetime | None = None
    event_key: str | None = None
    drill: bool = False
    evidence_count: int = 0
    version: int = 1

    @property
    def reference(self) -> int | None:
        """The risk level our tables stand for, with the uplift that a supervisor accepted; None where none says."""
        return None if self.risk_reference is None else min(MAX_LEVEL, self.risk_reference + self.risk_uplift)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source that speaks for a case. `level`: what it says now; `observed_at`: as of when; `place`: about where."""

    id: str
    incident: str
    source: str
    ref: str
    observed_at: datetime
    level: int = 0
    weight: float = 1.0
    reasons: tuple[Reason, ...] = ()
    risk_reference: int | None = None
    detached: bool = False
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do about a case."""

    id: str
    incident: str
    kind: str
    created_at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    state: str = "open"
    due_at: datetime | None = None
    done_by: str | None = None
    done_at: datetime | None = None
