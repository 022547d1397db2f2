"""How far newly stored readings of one property may be trusted, and what that changes about earlier ones.

Flags are a fold like the hazards' memories (`eoc.quality`): in order each reading is one step; a late one folds the
look-back again, and flags that come out differently are written anew. The same set of readings has the same flags,
whatever order it arrived in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from eoc.clock import from_us, to_us
from eoc.engine.folding import clusters
from eoc.hazards.rule import Sample
from eoc.model import Quality
from eoc.quality import QualityRule, QualityState
from eoc.store import Unit, readings
from eoc.store.readings import FlagRow

_SETTLED = timedelta(hours=24)
"""A new reading changes flags of its neighbours only; a day before it is more than any neighbour."""


class Flag(NamedTuple):
    """How a reading is seen: its quality and the codes of what is doubted."""

    quality: Quality = Quality.GOOD
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class Judgement:
    """What became of the readings of one property.

    `gained` are trusted now and were not before (new ones, and doubts that were confirmed), `lost` were trusted and
    no longer are; both sorted. `flags`: every flag that was set or changed.
    """

    state: QualityState
    gained: list[Sample] = field(default_factory=list)
    lost: list[Sample] = field(default_factory=list)
    flags: dict[Sample, Flag] = field(default_factory=dict)


async def judge(unit: Unit, station: str, rule: QualityRule, state: QualityState, fresh: Sequence[Sample]) -> Judgement:
    """Judge fresh readings (stored as good, sorted) and write every flag that is not what the table says."""
    if state.last_at is None or fresh[0].at > state.last_at:
        judgement = in_order(rule, state, fresh)
    else:
        judgement = await _late(unit, station, rule, state, fresh)
    rows = [
        FlagRow(to_us(sample.at), flag.quality.value, " ".join(flag.codes) or None)
        for sample, flag in judgement.flags.items()
    ]
    await readings.flag(unit.connection, station, rule.measures, rows)
    return judgement


def in_order(rule: QualityRule, state: QualityState, fresh: Sequence[Sample]) -> Judgement:
    """Everything fresh is newer than the state."""
    judgement = Judgement(state)
    gained: dict[Sample, None] = {}
    by_time: dict[object, Sample] = {}
    for sample in fresh:
        before = judgement.state
        judgement.state, verdict = rule.step(before, sample)
        by_time[sample.at] = sample
        for past in verdict.revised:
            known = by_time.get(past.at) or next(Sample(*point) for point in before.recent if point.at == past.at)
            judgement.flags[known] = Flag(past.flag, past.codes)
            if past.flag is Quality.GOOD:
                gained[known] = None
        if verdict.flag is Quality.GOOD:
            gained[sample] = None
        else:
            judgement.flags[sample] = Flag(verdict.flag, verdict.codes)
    judgement.gained = sorted(gained)
    return judgement


def flags_of(rule: QualityRule, window: Sequence[Sample]) -> tuple[QualityState, dict[Sample, Flag]]:
    """The flag of every reading of a window (sorted, begins with the look-back), and the state at its end."""
    state = rule.blank
    flags: dict[Sample, Flag] = {}
    by_time: dict[object, Sample] = {}
    for sample in window:
        state, verdict = rule.step(state, sample)
        by_time[sample.at] = sample
        flags[sample] = Flag(verdict.flag, verdict.codes)
        for past in verdict.revised:
            flags[by_time[past.at]] = Flag(past.flag, past.codes)
    return state, flags


async def _late(unit: Unit, station: str, rule: QualityRule, state: QualityState, fresh: Sequence[Sample]) -> Judgement:
    assert state.last_at is not None
    judgement = Judgement(state)
    new = set(fresh)
    newest = max(state.last_at, fresh[-1].at)
    for group in clusters(fresh, rule.look_back):
        until = min(group[-1].at + rule.look_back, newest)
        since = group[0].at - rule.look_back
        stored = await readings.flagged_window(unit.connection, station, rule.measures, to_us(since), to_us(until))
        known = {
            Sample(from_us(row.observed_at), row.value): Flag(Quality(row.quality), tuple((row.flags or "").split()))
            for row in stored
        }
        after, flags = flags_of(rule, sorted(known))
        for sample, flag in flags.items():
            if sample.at < group[0].at - _SETTLED:
                continue
            was_good = sample not in new and known[sample].quality is Quality.GOOD
            if flag != known[sample]:
                judgement.flags[sample] = flag
            if flag.quality is Quality.GOOD and not was_good:
                judgement.gained.append(sample)
            elif was_good and flag.quality is not Quality.GOOD:
                judgement.lost.append(sample)
        if until == newest:
            judgement.state = after
    return judgement
