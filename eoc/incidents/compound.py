"""The compound rule: several hazards at once, or grave loss in sight, may raise the risk by a level or two.

Source: Decision 18/2021/QĐ-TTg, article 4: simultaneous or successive hazards may raise the level by one, the danger of
serious loss of life or property by up to two, never above 5. Which case that is, is a judgement: the engine proposes
with its reasons, a supervisor accepts or rejects, nothing is ever raised by itself. What counts as simultaneous and as
serious are the pack's numbers.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from eoc.incidents.case import Incident
from eoc.model import MAX_LEVEL, Reason


@dataclass(frozen=True, slots=True)
class CompoundParams:
    """The pack's reading of the article. `min_level`: how grave each of two hazards must be to count.

    `people`: from how many people in danger a loss would be serious; None = that half of the rule is off.
    """

    min_level: int = 2
    window: timedelta = timedelta(hours=24)
    simultaneous_add: int = 1
    people: int | None = None
    serious_add: int = 2


@dataclass(frozen=True, slots=True)
class Uplift:
    """A proposal: raise the case from `level` by `add` to `to`, because of `reasons`."""

    add: int
    level: int
    to: int
    reasons: tuple[Reason, ...]


def propose(
    incident: Incident,
    others: Iterable[Incident],
    near: Collection[str],
    people_at_risk: int | None,
    params: CompoundParams,
) -> Uplift | None:
    """What article 4 would allow for this case; None when nothing does or there is no room above it.

    `near`: the case's own commune and those around it; `people_at_risk`: None = not known, which never counts.
    """
    if incident.state == "closed" or not params.min_level <= incident.level < MAX_LEVEL:
        return None
    reasons: list[Reason] = []
    add = 0
    together = [other for other in others if _together(incident, other, near, params)]
    if together:
        add = params.simultaneous_add
        named = sorted(together, key=lambda other: other.number)
        reasons += [
            Reason("compound.simultaneous", {"number": other.number, "hazard": other.hazard, "level": other.level})
            for other in named
        ]
    if params.people is not None and people_at_risk is not None and people_at_risk >= params.people:
        add = max(add, params.serious_add)
        reasons.append(Reason("compound.serious_loss", {"people": people_at_risk, "limit": params.people}))
    if not add:
        return None
    return Uplift(add, incident.level, min(MAX_LEVEL, incident.level + add), tuple(reasons))


def _together(incident: Incident, other: Incident, near: Collection[str], params: CompoundParams) -> bool:
    if other.id == incident.id or other.hazard == incident.hazard or other.state == "closed":
        return False
    if other.level < params.min_level or other.area is None or other.area not in near:
        return False
    return abs(other.observed_at - incident.observed_at) <= params.window or other.stood_down_at is None
