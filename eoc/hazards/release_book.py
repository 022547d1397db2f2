"""What is kept about a release: the notice now and every version of it, who downstream answered what, who was told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eoc.hazards.dam_release import Channel, ReleaseState, deadlines, next_call
from eoc.model import Reason
from eoc.packs.releases import STEPS, DamRelease, ReleaseStep


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its newest notice has it. `notice` is the sender's own id, unique per reservoir.

    `received_at` is when the first version was heard, `updated_at` the newest; `asked_version` is the version that the
    communes have to answer (an update that brings more, or sooner, asks again). `started_at`, `ended_at`: seen or, when
    nothing is seen, as announced.
    """

    id: str
    reservoir: str
    notice: str
    received_at: datetime
    updated_at: datetime
    version: int = 1
    asked_version: int = 1
    asked_at: datetime | None = None
    state: ReleaseState = "planned"
    channel: Channel = "api"
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
    level: int = 0
    incident: str | None = None
    read: str | None = None

    @property
    def key(self) -> str:
        """What a signal calls it: the same for every version."""
        return f"{self.reservoir}/{self.notice}"


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune downstream of a release, as the clock was when it was last set."""

    release: str
    area: str
    position: int
    chainage_km: float
    earliest_at: datetime | None = None
    likely_at: datetime | None = None
    latest_at: datetime | None = None
    source: str | None = None
    why: Reason | None = None
    notes: tuple[Reason, ...] = ()
    held: bool = False
    """A reservoir in between holds the water: its own notices count, and nobody is called for this one."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A commune's answer. `name`: who spoke for it; `recorded_by`: the account that wrote it down."""

    id: str
    release: str
    area: str
    step: ReleaseStep
    version: int
    name: str
    at: datetime
    channel: str
    recorded_by: str
    recorded_at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class PartyTold:
    """A body that was told of a release; telling again moves the time."""

    release: str
    body: str
    told_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A finding about a reservoir, as it is kept."""

    id: str
    reservoir: str
    name: str
    level: int
    since: datetime
    decided_at: datetime
    reason: Reason
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """A text or picture that a notice was read from, with what was proposed; kept as it came."""

    id: str
    at: datetime
    actor: str
    kind: str
    media_type: str
    content: bytes
    text: str | None = None
    proposal: Mapping[str, Any] = field(default_factory=dict)
    release: str | None = None


def answered(steps: Iterable[StepDone], area: str, version: int) -> dict[ReleaseStep, StepDone]:
    """What a commune has answered to a version: its steps that nobody took back."""
    return {
        each.step: each for each in steps if each.area == area and each.version == version and each.undone_at is None
    }


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a commune stands: what it answered, by when the rest is due, whether it is late, and the next call."""

    done: Mapping[ReleaseStep, StepDone]
    due: Mapping[ReleaseStep, datetime]
    late: bool
    call_due_at: datetime | None

    @property
    def missing(self) -> ReleaseStep | None:
        """The first step that nobody confirmed, after the last that somebody did."""
        reached = max((STEPS.index(step) for step in self.done), default=-1)
        return STEPS[reached + 1] if reached + 1 < len(STEPS) else None


def standing(
    release: Release, commune: Commune, steps: Iterable[StepDone], rule: DamRelease | None, now: datetime
) -> Standing:
    """Late: the deadline of the next step has passed, or a step was confirmed only after the earliest arrival."""
    done = answered(steps, commune.area, release.asked_version)
    over = release.state == "cancelled" or commune.held
    asked_at = release.asked_at or release.received_at
    due = {} if over else deadlines(commune.earliest_at, asked_at, rule)
    call = next_call(due, done)
    behind = [each for each in done.values() if commune.earliest_at is not None and each.at > commune.earliest_at]
    return Standing(done, due, bool(behind) or (call is not None and call <= now), call)
