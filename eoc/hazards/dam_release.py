"""A release of water: what a notice says, whether it came in time, how grave it is, and when the water is where.

Everything is a function of the notice and the pack's numbers. A moment that cannot be computed is None with its reason,
never a guess; what people are told is the earliest moment, rounded down. Sources: Decision 1895/QĐ-TTg (2019), the
inter-reservoir procedure of the Đồng Nai basin, for what a release must not do; Decree 114/2018/NĐ-CP for the duty to
give notice (its hours were not readable, so they are the pack's, marked unverified).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from eoc.hazards.downstream import Downstream, TravelTime
from eoc.hazards.muskingum import route
from eoc.model import Reason
from eoc.packs.releases import STEPS, DamRelease, ReleaseStep, StepDeadline
from eoc.packs.waters import Reach

RULE = "release_notice@1"
"""The name of this rule with decisions."""

ReleaseState = Literal["planned", "running", "ended", "cancelled"]
Channel = Literal["mqtt", "api", "form", "text", "photo"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of a release notice, as it was heard.

    `heard_at` is on the engine's clock: the moment that decides whether it came in time. `sent_at` is the sender's own
    word. `discharge_m3s` is turbines and spillway together; None is not known, never zero.
    """

    reservoir: str
    id: str
    heard_at: datetime
    planned_at: datetime | None = None
    until: datetime | None = None
    discharge_m3s: float | None = None
    spill_m3s: float | None = None
    turbine_m3s: float | None = None
    gates_open: float | None = None
    reason: str | None = None
    sent_at: datetime | None = None
    cancelled: bool = False
    channel: Channel = "api"
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long before the release its notice was heard, and how long it should have been (None: no rule)."""

    notice_hours: float | None
    required_hours: float | None
    required_source: str | None
    late: bool

    def reason(self) -> Reason | None:
        if not self.late:
            return None
        facts = {"notice_hours": self.notice_hours, "required_hours": self.required_hours}
        return Reason("reason.release_late_notice", {**facts, "source": self.required_source})


def lateness(planned_at: datetime | None, heard_at: datetime, rule: DamRelease | None) -> Lateness:
    """Whether a notice came in time; hours are rounded to the minute, negative when the gates were open already."""
    hours = None if planned_at is None else round((planned_at - heard_at).total_seconds() / 60) / 60
    if rule is None:
        return Lateness(_shown(hours), None, None, late=False)
    late = hours is not None and hours < rule.notice_hours_min
    return Lateness(_shown(hours), rule.notice_hours_min, rule.source, late)


def _shown(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 2)


def severity(discharge_m3s: float | None, rule: DamRelease | None, *, late: bool) -> tuple[int, tuple[Reason, ...]]:
    """Operational severity of an announced release and why; (0, ()) when the pack has no severities."""
    table = rule.severity if rule is not None else None
    if table is None:
        return 0, ()
    level, reasons = table.notice, [Reason("reason.release_announced", {"discharge_m3s": discharge_m3s})]
    if discharge_m3s is None:
        reasons = [Reason("reason.release_announced_unknown")]
    else:
        reached = [each for each in table.discharge if discharge_m3s >= each.from_m3s]
        if reached and reached[-1].severity > level:
            level = reached[-1].severity
            facts = {"discharge_m3s": discharge_m3s, "from_m3s": reached[-1].from_m3s, "source": table.source}
            reasons.append(Reason("reason.release_large", facts))
    if late and table.late is not None and table.late > level:
        level = table.late
    return level, tuple(reasons)


def worse(before: Notice, after: Notice, rule: DamRelease | None) -> bool:
    """Whether an update brings water sooner, or more than the tolerance more: everybody downstream must be told
    again. A discharge that becomes known counts as more."""
    if after.cancelled:
        return False
    if before.cancelled or (after.planned_at and before.planned_at and after.planned_at < before.planned_at):
        return True
    if after.discharge_m3s is None:
        return False
    share = rule.tolerance_share if rule is not None else 0.0
    return before.discharge_m3s is None or after.discharge_m3s > before.discharge_m3s * (1 + share)


# -- the clock --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommuneClock:
    """When the water may be at a commune; `earliest_at` is rounded down, `latest_at` up."""

    place: Downstream
    earliest_at: datetime | None
    likely_at: datetime | None
    latest_at: datetime | None


def release_clock(places: Iterable[Downstream], begins_at: datetime, round_down_min: int) -> list[CommuneClock]:
    """Arrival at each place of water that leaves the dam at `begins_at`."""
    return [_arrival(each, each.travel, begins_at, round_down_min) for each in places]


def _arrival(place: Downstream, travel: TravelTime, begins_at: datetime, step_min: int) -> CommuneClock:
    return CommuneClock(
        place,
        rounded_down(begins_at + travel.earliest, step_min) if travel.earliest is not None else None,
        rounded_down(begins_at + travel.likely, 1) if travel.likely is not None else None,
        rounded_up(begins_at + travel.latest, step_min) if travel.latest is not None else None,
    )


def rounded_down(moment: datetime, minutes: int) -> datetime:
    """To whole steps of the clock: 15:04 with 5 is 15:00. Never later than the moment."""
    moment = moment.astimezone(UTC)
    past = timedelta(minutes=moment.minute % minutes, seconds=moment.second, microseconds=moment.microsecond)
    return moment - past


def rounded_up(moment: datetime, minutes: int) -> datetime:
    """The other way."""
    down = rounded_down(moment, minutes)
    return down if down == moment else down + timedelta(minutes=minutes)


def clears_at(clock: Sequence[CommuneClock], until: datetime, begins_at: datetime) -> datetime:
    """When the last of the water has passed the last place whose arrival is known: the slowest travel after the end."""
    slowest = [each.place.travel.latest for each in clock if each.place.travel.latest is not None]
    return max(until, begins_at) + max(slowest, default=timedelta())


# -- deadlines --------------------------------------------------------------------------------------------------------


def due_at(step: StepDeadline, earliest_at: datetime | None, told_at: datetime, rule: DamRelease) -> datetime:
    """When somebody telephones about a step that nobody has confirmed.

    Counted back from the earliest arrival, but not before `call_after_min` from the notice, so that there is time to
    answer; never after the water. Without an arrival: counted from the notice.
    """
    if earliest_at is None:
        return told_at + timedelta(minutes=step.after_notice_min)
    wanted = earliest_at - timedelta(minutes=step.before_arrival_min)
    wanted = max(wanted, told_at + timedelta(minutes=rule.call_after_min))
    return max(told_at, min(wanted, earliest_at))


def deadlines(earliest_at: datetime | None, told_at: datetime, rule: DamRelease | None) -> dict[ReleaseStep, datetime]:
    """Per step of a commune; empty when the pack names none."""
    if rule is None:
        return {}
    known = {each.step: due_at(each, earliest_at, told_at, rule) for each in rule.deadlines}
    return {step: known[step] for step in STEPS if step in known}


def next_call(due: Mapping[ReleaseStep, datetime], done: Iterable[ReleaseStep]) -> datetime | None:
    """The earliest deadline still open. A later step that is done speaks for those before it: whoever says that the
    bank is clear has been reached, and need not be called to hear that."""
    reached = max((STEPS.index(step) for step in done), default=-1)
    return min((at for step, at in due.items() if STEPS.index(step) > reached), default=None)


# -- how high ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest flow at a place, of the released water and the base flow alone: no rain, no side streams."""

    discharge_m3s: float
    after: timedelta
    """Since the release began."""


_STEP_H = 0.25
_LONGEST_H = 24.0
_NEGLIGIBLE_K_H = 0.02
_LARGEST_X = 0.49


def peaks(
    reaches: Sequence[Reach],
    from_km: float,
    places_km: Sequence[float],
    *,
    base_m3s: float,
    discharge_m3s: float,
    lasts: timedelta | None,
) -> list[Peak | None]:
    """What is left of a release at each place, routed reach by reach (`eoc.hazards.muskingum`); None below a reach
    without numbers. A release without an end is taken as lasting 24 hours. Places are in downstream order."""
    hours = _LONGEST_H if lasts is None else max(lasts.total_seconds() / 3600, _STEP_H)
    steps = round((hours + 2 * _LONGEST_H) / _STEP_H)
    flow = [base_m3s] + [discharge_m3s if (i + 1) * _STEP_H <= hours else base_m3s for i in range(steps)]
    found: dict[float, Peak | None] = {}
    at_km: float = from_km
    for reach in sorted(reaches, key=lambda each: each.from_km):
        if reach.to_km <= from_km or reach.from_km > at_km + 1e-6:
            continue
        for place in places_km:
            if at_km <= place <= reach.to_km and place not in found:
                routed = _routed(flow, reach, place - at_km)
                found[place] = _peak(routed) if routed is not None else None
        passed = _routed(flow, reach, reach.to_km - at_km)
        if passed is None:
            break
        flow, at_km = passed, reach.to_km
    return [found.get(place) for place in places_km]


def _routed(flow: list[float], reach: Reach, passed_km: float) -> list[float] | None:
    if passed_km <= 0:
        return flow
    if reach.muskingum is None:
        return None
    k_h = reach.muskingum.k_h * passed_km / (reach.to_km - reach.from_km)
    if k_h < _NEGLIGIBLE_K_H:
        return flow
    return route(flow, k_h, min(reach.muskingum.x, _LARGEST_X), _STEP_H, flow[0])


def _peak(flow: Sequence[float]) -> Peak:
    largest = max(flow)
    # A long release ends flat: the moment at which all but a thousandth of it has arrived.
    index = next(i for i, value in enumerate(flow) if value >= largest - abs(largest) * 1e-3)
    return Peak(round(largest, 1), timedelta(hours=index * _STEP_H))
