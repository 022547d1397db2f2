"""Quality control of readings after QARTOD: a flag and its codes for every reading, never a silent drop.

Source: IOOS, Manual for Real-Time Quality Control of Water Level Data (QARTOD, version 2.1, 2021): gross range, spike,
rate of change, flat line, neighbour comparison. Unit slips, sentinels and skewed clocks are our own additions. Why
this is not a call into a library: docs/decisions/0013-quality-control.md.

In the fold, once per station and property::

    rule = QualityRule.of("water_level_m", {"min": 45, "max": 70, "max_step_per_10min": 1}, interval_s=600)
    state, verdict = rule.step(state, sample)        # begins with rule.blank; sample has .at and .value
    verdict.flag, verdict.codes                      # Quality and ("rate",) ... stored with the reading
    for past in verdict.revised:                     # earlier readings that are seen differently now
        past.at, past.flag, past.codes

Only `good` readings reach the hazard rules. A jump is `suspect` until the next reading agrees with it; the verdict of
that one then revises it to `good`, so the hazard rule has to see the revised reading first, then the new one. When
a reading arrives late, fold the last `rule.look_back` again: memory is bounded, so that ends in the same state and
flags as folding everything. Every test whose limit is absent is off; without limits only sentinels and a slip of unit
are looked for.

Over several stations, by a watchdog: `neighbours.stuck`, `neighbours.drift`, `neighbours.attenuated` return a
`Finding` for a maintenance ticket, or None. A clock that is behind: `skew.clock_behind`.
"""

from eoc.quality.neighbours import Finding, attenuated, drift, stuck
from eoc.quality.rule import QualityRule, QualityState, Revision, Verdict
from eoc.quality.skew import clock_behind

__all__ = [
    "Finding",
    "QualityRule",
    "QualityState",
    "Revision",
    "Verdict",
    "attenuated",
    "clock_behind",
    "drift",
    "stuck",
]
