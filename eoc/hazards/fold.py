"""Folding readings into a rule's memory, whatever order they arrive in.

In time order each reading is one `step`. A reading older than the newest one folds the whole look-back again, which by
construction ends in the state that an undisturbed arrival would have reached; what the two paths tell differently is
what the late reading changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from eoc.hazards.rule import Assessment, Sample, StationRule


class Step(NamedTuple):
    """A severity change and the sample that decided it."""

    sample: Sample
    assessment: Assessment


def fold(rule: StationRule, state: Any, samples: Iterable[Sample]) -> tuple[Any, list[Step]]:
    """Steps through samples in time order (strictly increasing, all later than the state)."""
    steps: list[Step] = []
    for sample in samples:
        state, assessment = rule.step(state, sample)
        if assessment is not None:
            steps.append(Step(sample, assessment))
    return state, steps


def refold(rule: StationRule, window: Sequence[Sample]) -> tuple[Any, list[Step]]:
    """The state from the samples of the look-back alone (sorted; the newest one decides what is in it)."""
    if not window:
        return rule.blank, []
    horizon = window[-1].at - rule.look_back
    return fold(rule, rule.blank, (sample for sample in window if sample.at >= horizon))


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of time with severity above 0, as one path through the readings tells it.

    `decided_at`: the reading that confirmed it; `cleared_at`: the onset of its end, None while it lasts;
    `steps` are its severity changes in order.
    """

    onset: datetime
    decided_at: datetime
    cleared_at: datetime | None
    peak_level: int
    steps: tuple[Step, ...]

    def overlaps(self, other: "Episode") -> bool:
        ends = self.steps[-1].sample.at if self.cleared_at else None
        other_ends = other.steps[-1].sample.at if other.cleared_at else None
        return (other_ends is None or self.onset <= other_ends) and (ends is None or other.onset <= ends)


def episodes(steps: Sequence[Step]) -> list[Episode]:
    """Group severity changes into episodes: each begins when the level leaves 0 and ends when it returns."""
    found: list[Episode] = []
    current: list[Step] = []
    for taken in steps:
        current.append(taken)
        if taken.assessment.level == 0:
            found.append(_episode(current))
            current = []
    if current:
        found.append(_episode(current))
    return found


def _episode(steps: Sequence[Step]) -> Episode:
    first, last = steps[0], steps[-1]
    return Episode(
        onset=first.assessment.onset,
        decided_at=first.sample.at,
        cleared_at=last.assessment.onset if last.assessment.level == 0 else None,
        peak_level=max(taken.assessment.level for taken in steps),
        steps=tuple(steps),
    )
