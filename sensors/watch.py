"""What the watchdog learns about the habits of one sender, and how long it is patient with it.

A reading is missing after one and a half intervals and the sender silent after two and a half (operators' practice:
three missed intervals are a station incident, not a flood). But at 5 % random loss two readings in a row are lost every
few hours, so a sender that loses some gets more patience: as many losses in a row as would happen by chance once in ten
thousand days at its own loss rate. A sender without losses for long keeps the short patience, and so does a new one
while it is being installed. A sender that speaks at irregular times is given twice its longest ordinary pause.

Waiting is counted only while the centre itself listens, and never in leaps: one round adds at most half an interval.
So neither a replay that jumps a day ahead nor a night in which the centre was off makes anybody silent.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

_MEMORY: Final = 200
"""Expected readings after which an old loss counts 1/e."""
_PRIOR_LOSS, _PRIOR_WEIGHT = 0.05, 20.0
"""Before anything is known: as if one in twenty had been lost."""
_CHANCE_PER_DAY: Final = 1e-4
_CLEAN_LOSS, _CLEAN_HEARD = 0.25, 150
_INSTALLING: Final = 12
_GAPS: Final = 64
_REGULAR_GAPS: Final = 12
_MOST_LOSSES: Final = 9
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Memory of one sender. `waited_s`: how long it has been waited for since `last_seen`; `gaps_s`: its last pauses,
    `usual_s` their median, `pause_s` the longest ordinary one of an irregular sender (0 for a regular one); `heard`:
    readings counted; `lost`, `weight`: losses and expectations, old ones fading."""

    last_seen: datetime | None = None
    waited_s: float = 0.0
    gaps_s: tuple[float, ...] = ()
    usual_s: float = 0.0
    pause_s: float = 0.0
    heard: int = 0
    lost: float = 0.0
    weight: float = 0.0

    @property
    def is_new(self) -> bool:
        """Being installed: a few readings, none missed."""
        return self.heard < _INSTALLING and self.lost == 0.0

    @property
    def is_clean(self) -> bool:
        """Known for long, and nothing lost for long."""
        return self.heard >= _CLEAN_HEARD and self.lost < _CLEAN_LOSS


def interval_s(watch: Watch, configured_s: float | None) -> float | None:
    """How often it is expected: as registered, or as it does when that is more seldom; None when neither is known."""
    if len(watch.gaps_s) < _REGULAR_GAPS or (configured_s is not None and watch.usual_s <= 1.2 * configured_s):
        return configured_s
    return watch.usual_s


def patience_s(watch: Watch, every_s: float, silent_intervals: float = 2.5, *, installing: bool = True) -> float:
    """Seconds of waiting after which it is silent. `installing` False: no short patience for a new sender."""
    losses = 1
    if not watch.is_clean and not (installing and watch.is_new):
        rate = (watch.lost + _PRIOR_LOSS * _PRIOR_WEIGHT) / (watch.weight + _PRIOR_WEIGHT)
        once = _CHANCE_PER_DAY * every_s / _DAY_S
        losses = min(max(1, math.ceil(math.log(once) / math.log(min(rate, 0.9))) - 1), _MOST_LOSSES)
    return max(max(silent_intervals, losses + 1.5) * every_s, 2 * watch.pause_s)


def _with_gap(watch: Watch, gap_s: float) -> Watch:
    """One more pause. A sender is irregular when more than a quarter of its pauses are half as long again as usual:
    with 20 % random loss it is a fifth."""
    gaps = (*watch.gaps_s, gap_s)[-_GAPS:]
    usual = median(gaps)
    irregular = len(gaps) >= _REGULAR_GAPS and sum(gap > 1.5 * usual for gap in gaps) > 0.25 * len(gaps)
    pause = max(gap for gap in gaps if gap <= 20 * usual) if irregular else 0.0
    return replace(watch, gaps_s=gaps, usual_s=usual, pause_s=pause, heard=watch.heard + 1)


def resumed(watch: Watch, now: datetime, every_s: float | None) -> Watch:
    """After a start of the centre: at most one interval and a half of the time it was away counts as waiting."""
    if watch.last_seen is None:
        return watch
    away_s = max(0.0, (now - watch.last_seen).total_seconds())
    return replace(watch, waited_s=away_s if every_s is None else min(away_s, 1.5 * every_s))


def step(
    watch: Watch, now: datetime, passed: timedelta, seen: datetime | None, every_s: float | None, *, was_silent: bool
) -> Watch:
    """One round. `passed`: how far the clock came since the last one, zero while the centre hears nothing; `seen`: when
    the sender was last heard. Pauses are learned only when rounds are closer together than readings."""
    passed_s = max(0.0, passed.total_seconds())
    counted_s = passed_s if every_s is None else min(passed_s, 0.5 * every_s)
    if seen is None or (watch.last_seen is not None and seen <= watch.last_seen):
        return replace(watch, waited_s=watch.waited_s + counted_s)
    after = replace(watch, last_seen=seen, waited_s=min(counted_s, max(0.0, (now - seen).total_seconds())))
    if watch.last_seen is None:
        return replace(after, heard=1)
    gap_s = (seen - watch.last_seen).total_seconds()
    if every_s is not None and passed_s > 0.5 * every_s:
        return after
    after = _with_gap(after, gap_s)
    if every_s is None or was_silent:
        return after
    expected = max(1, round(gap_s / every_s))
    fading = (1 - 1 / _MEMORY) ** expected
    return replace(after, lost=watch.lost * fading + expected - 1, weight=watch.weight * fading + expected)
