"""The fold says what a plain batch program after the manual's definitions says, written once more with numpy.

Definitions (QARTOD, water level, version 2.1): test 4 gross range, test 6 spike, test 7 rate of change, test 8 flat
line.
The batch program sees the whole array at once and looks ahead, so it knows neither state nor order. Where the manual
leaves a choice, ours is written beside the line.
"""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from eoc.hazards.rule import Sample
from eoc.model import Quality
from eoc.quality import QualityRule
from eoc.quality.rule import FLAT_LEAST_N

START = datetime(2026, 11, 1, tzinfo=UTC)
LEAST, MOST, STEP, FLAT_S = 0.0, 30.0, 1.0, 3600.0
Floats = NDArray[np.float64]
Marks = NDArray[np.str_]


def gross_range(values: Floats) -> NDArray[np.bool_]:
    """Test 4: outside of what the operator says the station may show."""
    return (values < LEAST) | (values > MOST)


def spikes(values: Floats, at_s: Floats) -> NDArray[np.bool_]:
    """Test 6: one reading away from both its neighbours on the same side; ours: also away from the one before those.

    The manual takes the distance to the mean of the two neighbours; with a rise faster than the limit that mean is far
    from everything, so each neighbour counts by itself. A last reading has no neighbour yet: not decided here.
    """
    found = np.zeros(len(values), dtype=bool)
    for index in range(1, len(values) - 1):
        allowed_before = STEP * max(1.0, (at_s[index] - at_s[index - 1]) / 600)
        allowed_after = STEP * max(1.0, (at_s[index + 1] - at_s[index]) / 600)
        before, after = values[index] - values[index - 1], values[index] - values[index + 1]
        far = abs(before) > allowed_before and abs(after) > allowed_after
        if index > 1:
            far = far and abs(values[index] - values[index - 2]) > allowed_before
        returned = abs(values[index + 1] - values[index - 1]) <= allowed_after
        found[index] = far and (returned or before * after > 0)
    return found


def unconfirmed(values: Floats, at_s: Floats) -> bool:
    """Test 7 for the newest reading, which nothing has followed yet."""
    if len(values) < 2:
        return False
    allowed = STEP * max(1.0, (at_s[-1] - at_s[-2]) / 600)
    away = abs(values[-1] - values[-2]) > allowed
    return bool(away and (len(values) < 3 or abs(values[-1] - values[-3]) > allowed))


def flat(values: Floats, at_s: Floats) -> NDArray[np.bool_]:
    """Test 8: the same value in each of the last readings that cover the time allowed, six of them at least."""
    found = np.zeros(len(values), dtype=bool)
    for index in range(len(values)):
        different = np.nonzero(values[: index + 1] != values[index])[0]
        first = int(different[-1]) + 1 if len(different) else 0
        found[index] = index - first + 1 >= FLAT_LEAST_N and at_s[index] - at_s[first] >= FLAT_S
    return found


def batch(values: Floats, at_s: Floats) -> list[str]:
    """How every reading is seen once all have come."""
    outside = gross_range(values)
    marks = np.full(len(values), "good", dtype="<U16")
    marks[outside] = "range"
    # What is outside says nothing about its neighbours (the manual flags it and goes on with the next test).
    inside = np.nonzero(~outside)[0]
    kept, kept_at = values[inside], at_s[inside]
    codes: list[list[str]] = [[] for _ in kept]
    for index in np.nonzero(spikes(kept, kept_at))[0]:
        codes[int(index)].append("spike")
    if unconfirmed(kept, kept_at):
        codes[-1].append("rate")
    for index in np.nonzero(flat(kept, kept_at))[0]:
        codes[int(index)].append("flat")
    for index, found in zip(inside, codes, strict=True):
        if found:
            marks[index] = "+".join(found)
    return [str(mark) for mark in marks]


def folded(values: Floats, at_s: Floats) -> list[str]:
    limits = {"min": LEAST, "max": MOST, "max_step_per_10min": STEP, "flat_line_s": FLAT_S}
    rule = QualityRule.of("discharge_m3s", limits)
    state, seen = rule.blank, {}
    for second, value in zip(at_s, values, strict=True):
        at = START + timedelta(seconds=float(second))
        state, verdict = rule.step(state, Sample(at, float(value)))
        seen[at] = "good" if verdict.flag is Quality.GOOD else "+".join(verdict.codes)
        for past in verdict.revised:
            seen[past.at] = "good" if past.flag is Quality.GOOD else "+".join(past.codes)
    return list(seen.values())


def trace(seed: int) -> tuple[Floats, Floats]:
    """A river of some days with everything that can go wrong in it."""
    chance = random.Random(seed)
    count = chance.randrange(1, 400)
    every_s = chance.choice([60, 300, 600, 900, 3600])
    level = chance.uniform(1, 25)
    values: list[float] = []
    while len(values) < count:
        kind = chance.random()
        if kind < 0.03:
            values.append(level + chance.choice([-1, 1]) * chance.uniform(0.5, 12))
        elif kind < 0.05:
            values += [level] * chance.randrange(2, 20)
        elif kind < 0.06:
            level += chance.uniform(-4, 6)
            values.append(level)
        elif kind < 0.07:
            values.append(chance.choice([31.0, 500.0]))
        else:
            level = min(29.0, max(0.5, level + chance.gauss(0, 0.1)))
            values.append(round(level, chance.choice([1, 2, 3])))
    made = np.asarray(values[:count], dtype=np.float64)
    steps = np.asarray([every_s * chance.choice([1, 1, 1, 1, 2, 5]) for _ in range(count)], dtype=np.float64)
    return made, np.minimum(steps, 6 * 3600.0).cumsum()


@pytest.mark.parametrize("block", range(10))
def test_fold_and_batch_agree_on_every_reading(block: int) -> None:
    readings = doubts = 0
    for seed in range(40 * block, 40 * block + 40):
        values, at_s = trace(seed)
        expected = batch(values, at_s)
        assert folded(values, at_s) == expected, f"trace {seed}"
        readings += len(expected)
        doubts += sum(mark != "good" for mark in expected)
    assert readings > 3000
    assert doubts > 100
