"""From a station's good readings to a rule's memory and signals, whatever order they came in. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eoc.hazards.fold import Step, episodes, fold
from eoc.hazards.rule import Sample, StationRule
from eoc.model import Signal, Station


@dataclass(frozen=True, slots=True)
class Watch:
    """A rule on its station."""

    station: Station
    rule: StationRule

    def in_order(self, state: Any, fresh: Sequence[Sample]) -> tuple[Any, list[Signal]]:
        """Everything fresh is newer than the state: step through it."""
        after, steps = fold(self.rule, state, fresh)
        return after, [self._signal(step) for step in steps]

    def late(self, state: Any, before: Sequence[Sample], window: Sequence[Sample]) -> tuple[Any, list[Signal]]:
        """The past is not what it was: fold again and tell what is different.

        `before` and `window`: the good readings as they were known and as they are now, sorted, from the look-back
        before the first one that changed to the newest. The present level follows the new fold; what is told is what
        `difference` finds.
        """
        signals, after = self.difference(before, window)
        if after.level != state.level and not (signals and signals[-1].level == after.level):
            signals.append(self._present(state, after, signals))
        return after, signals

    def difference(self, before: Sequence[Sample], window: Sequence[Sample]) -> tuple[list[Signal], Any]:
        """What differs between the stories that two sets of readings tell, and the state at the end of the second.

        Episodes that were not known are told from their beginning; of known ones only the steps that are new (the
        case corrects its onset and peak by them).
        """
        _, old_steps = fold(self.rule, self.rule.blank, before)
        after, steps = fold(self.rule, self.rule.blank, window)
        known_steps = {(step.sample.at, step.assessment.level) for step in old_steps}
        known = episodes(old_steps)
        signals: list[Signal] = []
        for episode in episodes(steps):
            told = episode.steps
            if any(episode.overlaps(each) for each in known):
                told = tuple(step for step in told if (step.sample.at, step.assessment.level) not in known_steps)
            signals += [self._signal(step, late=True) for step in told]
        return signals, after

    def _present(self, state: Any, after: Any, told: Sequence[Signal]) -> Signal:
        """The level now differs from what was last told, though no single step is new: say it as of now."""
        assert after.last is not None
        return Signal(
            hazard=self.rule.hazard,
            ref=self.station.id,
            level=after.level,
            previous_level=state.level,
            at=after.last.at,
            onset=told[-1].onset if told and after.level else after.last.at,
            value=after.last.value,
            rule=self.rule.name,
            risk_reference=self.rule.reference(after),
            place=self.station.place,
        )

    def _signal(self, step: Step, *, late: bool = False) -> Signal:
        sample, assessment = step
        return Signal(
            hazard=self.rule.hazard,
            ref=self.station.id,
            level=assessment.level,
            previous_level=assessment.previous_level,
            at=sample.at,
            onset=assessment.onset,
            value=sample.value,
            rule=self.rule.name,
            reasons=assessment.reasons,
            risk_reference=assessment.risk_reference,
            late=late,
            place=self.station.place,
            title=assessment.title,
        )


def clusters(samples: Sequence[Sample], apart: timedelta) -> list[list[Sample]]:
    """Sorted samples in groups that lie more than `apart` from each other."""
    groups: list[list[Sample]] = []
    for sample in samples:
        if groups and sample.at - groups[-1][-1].at <= apart:
            groups[-1].append(sample)
        else:
            groups.append([sample])
    return groups
