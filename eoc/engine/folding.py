"""From newly stored readings to station states and signals, whatever order they came in. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from eoc.hazards.fold import Step, episodes, fold
from eoc.hazards.river_flood import RULE, FloodRule, FloodState, Sample
from eoc.model import Signal


def in_order(rule: FloodRule, state: FloodState, fresh: Sequence[Sample]) -> tuple[FloodState, list[Signal]]:
    """Everything fresh is newer than the state: step through it."""
    after, steps = fold(rule, state, fresh)
    return after, [_signal(rule, step) for step in steps]


def late(
    rule: FloodRule, state: FloodState, fresh: Sequence[Sample], window: Sequence[Sample]
) -> tuple[FloodState, list[Signal]]:
    """Some of `fresh` is older than the state: fold again from the look-back before it and tell what is different.

    `window`: all good readings from there to the newest, the fresh ones included, sorted. The present level
    follows the new fold; what is told is what `difference` finds.
    """
    signals, after = difference(rule, fresh, window)
    if after.level != state.level and not _says(signals, after.level):
        signals.append(_present(rule, state, after, signals))
    return after, signals


def difference(rule: FloodRule, fresh: Sequence[Sample], window: Sequence[Sample]) -> tuple[list[Signal], FloodState]:
    """What the `fresh` readings changed in the story that `window` tells, and the state at its end.

    Episodes that were not known are told from their beginning; of known ones only the steps that are new (the
    case corrects its onset and peak by them).
    """
    new = set(fresh)
    _, old_steps = fold(rule, FloodState(), [sample for sample in window if sample not in new])
    after, steps = fold(rule, FloodState(), window)
    known_steps = {(step.sample.at, step.assessment.level) for step in old_steps}
    known = episodes(old_steps)
    signals: list[Signal] = []
    for episode in episodes(steps):
        told = episode.steps
        if any(episode.overlaps(each) for each in known):
            told = tuple(step for step in told if (step.sample.at, step.assessment.level) not in known_steps)
        signals += [replace(_signal(rule, step), late=True) for step in told]
    return signals, after


def clusters(samples: Sequence[Sample], apart: timedelta) -> list[list[Sample]]:
    """Sorted samples in groups that lie more than `apart` from each other."""
    groups: list[list[Sample]] = []
    for sample in samples:
        if groups and sample.at - groups[-1][-1].at <= apart:
            groups[-1].append(sample)
        else:
            groups.append([sample])
    return groups


def _says(signals: Sequence[Signal], level: int) -> bool:
    return bool(signals) and signals[-1].level == level


def _present(rule: FloodRule, state: FloodState, after: FloodState, told: Sequence[Signal]) -> Signal:
    """The level now differs from what was last told, though no single step is new: say it as of now."""
    assert after.last is not None
    onset = told[-1].onset if told and after.level else after.last.at
    return Signal(
        hazard="river_flood",
        station=rule.station.id,
        level=after.level,
        previous_level=state.level,
        at=after.last.at,
        onset=onset,
        value=after.last.value,
        rule=RULE,
        risk_reference=rule.risk_reference(after),
    )


def _signal(rule: FloodRule, step: Step) -> Signal:
    sample, assessment = step
    return Signal(
        hazard="river_flood",
        station=rule.station.id,
        level=assessment.level,
        previous_level=assessment.previous_level,
        at=sample.at,
        onset=assessment.onset,
        value=sample.value,
        rule=RULE,
        reasons=assessment.reasons,
        risk_reference=assessment.risk_reference,
    )


def without_memory(state: FloodState) -> FloodState:
    """The station's rules changed: the last reading is kept for ordering, every condition starts afresh."""
    return replace(FloodState(), last=state.last)
