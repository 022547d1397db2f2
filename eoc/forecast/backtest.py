"""Judges the forecast on a recorded history, flood by flood, as honestly as one series allows.

Scheme `past` (the one that counts): before each flood a model is trained on nothing but the readings before it, as the
gauge would have been trained on that day; it forecasts until the next flood begins. Scheme `others`: each flood is
forecast by a model trained on all other floods, before and after, without the day before and the two days after it.
Which moments count as a flood and as its rising limb is decided on the whole record (`eoc.forecast.floods`); no model
sees that.

Scored are moments on rising limbs (each grid step), whole floods (every hour from the beginning of the limb to two days
after the last peak or the next flood) and every hour. All contenders are scored on exactly the same moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np

from eoc.forecast.baselines import Baseline, Naive
from eoc.forecast.floods import Flood, floods, limbs
from eoc.forecast.grid import Grid
from eoc.forecast.moments import Moments, describe
from eoc.forecast.quantiles import HIGH, LIKELY, Array, Flags, Whole
from eoc.forecast.recession import Recession
from eoc.forecast.scores import Crossing, Peaks, Score, false_share, leads, peaks, score
from eoc.forecast.training import Forecaster, train
from eoc.model import Reason

HORIZONS_H = (1, 2, 3, 4, 5, 6, 12, 24)
WANTED_H = (3, 4, 5, 6)
"""The hours ahead that the comparison is about."""
OURS = "eoc"
TRANSPARENT = "recession"
EARLIEST = "earliest"
"""Ours again, announcing with the upper edge of the band instead of the likely level (lead times only)."""
CONTENDERS = (OURS, TRANSPARENT, *(str(kind) for kind in Baseline))
_BEFORE_H, _AFTER_H = 24, 48


class Scheme(StrEnum):
    PAST = "past"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Judged:
    """One flood: when, how high, and what each contender's error was (MAE in metres over 3-6 h, on rising limbs)."""

    start: int
    peak: int
    peak_m: float
    moments: int
    mae_m: dict[str, float]
    model: str


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What every contender said at the same moments: likely (rows, HOURS) and quantiles (rows, HOURS, LEVELS)."""

    asked: Moments
    flood: Whole
    likely: dict[str, Array]
    quantiles: dict[str, Array]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a backtest found; `untrained` tells the first floods that came before there was enough history."""

    grid: Grid
    scheme: Scheme
    events: tuple[Flood, ...]
    untrained: tuple[tuple[int, Reason], ...]
    scores: tuple[Score, ...]
    peaks: dict[str, Peaks]
    crossings: tuple[Crossing, ...]
    false_share: dict[str, float]
    judged: tuple[Judged, ...]
    forecasts: Forecasts
    on_limb: Flags

    def mean(self, scope: str, contender: str, figure: str) -> float:
        """A figure ("mae_m", "crps_m", "coverage") averaged over WANTED_H."""
        found = [
            float(getattr(each, figure))
            for each in self.scores
            if (each.scope, each.contender) == (scope, contender) and each.hour in WANTED_H
        ]
        return sum(found) / len(found)

    def won(self, against: str) -> int:
        """How many floods we forecast better (MAE over 3-6 h, rising limbs) than a baseline."""
        return sum(each.mae_m[OURS] < each.mae_m[against] for each in self.judged)


def run(grid: Grid, scheme: Scheme = Scheme.PAST, thresholds: Sequence[float] = ()) -> Report | Reason:
    """Backtest a history on a grid. `thresholds` in metres for the lead times; without any, the levels that are
    exceeded 5 % and 1 % of the time. A Reason when no flood could be forecast at all.
    """
    events = floods(grid.values, grid.per_hour)
    on_limb = limbs(events, len(grid.values))
    said: list[tuple[int, Forecaster, Forecasts]] = []
    untrained: list[tuple[int, Reason]] = []
    for number, event in enumerate(events):
        begin, end = _window(events, number, len(grid.values))
        forecaster = train(_history(grid, scheme, begin, event, end))
        if isinstance(forecaster, Reason):
            untrained.append((number, forecaster))
            continue
        seen = describe(_history(grid, scheme, begin, event, end), forecaster.norm)
        asked = forecaster.describe(grid, None)
        wanted = on_limb[asked.index] | (asked.index % grid.per_hour == 0)
        asked = asked.rows(np.flatnonzero(wanted & (asked.index >= begin) & (asked.index < end)))
        if len(asked):
            said.append((number, forecaster, _ask(number, forecaster, seen, asked)))
    if not said:
        return untrained[-1][1] if untrained else Reason("forecast.too_few_floods", {"floods": 0, "needed": 1})
    forecasts = _joined([each for _, _, each in said])
    levels = tuple(thresholds) or _usual_thresholds(grid.values)
    announcing = forecasts.likely | {EARLIEST: forecasts.quantiles[OURS][..., HIGH]}
    scopes = {
        "rising": on_limb[forecasts.asked.index],
        "flood": _in_flood(events, grid)[forecasts.asked.index] & (forecasts.asked.index % grid.per_hour == 0),
        "all": forecasts.asked.index % grid.per_hour == 0,
    }
    scores = [
        score(scope, name, hour, forecasts.asked.change_m, forecasts.likely[name], forecasts.quantiles[name], rows)
        for scope, rows in scopes.items()
        for name in CONTENDERS
        for hour in HORIZONS_H
    ]
    now_m = grid.values[forecasts.asked.index]
    return Report(
        grid,
        scheme,
        tuple(events),
        tuple(untrained),
        tuple(scores),
        {name: peaks(forecasts.asked.change_m, forecasts.likely[name], scopes["rising"]) for name in CONTENDERS},
        tuple(
            crossing
            for name, path in announcing.items()
            for crossing in leads(name, grid, levels, forecasts.asked.index, now_m, path)
        ),
        {
            name: false_share(levels, now_m, forecasts.asked.change_m, path, scopes["all"])
            for name, path in announcing.items()
        },
        tuple(_judged(grid, events[number], forecaster, each, on_limb) for number, forecaster, each in said),
        forecasts,
        on_limb,
    )


def _window(events: Sequence[Flood], number: int, length: int) -> tuple[int, int]:
    """From the low before a flood to the low before the next one."""
    following = events[number + 1].start if number + 1 < len(events) else length
    return events[number].start, following


def _history(grid: Grid, scheme: Scheme, begin: int, event: Flood, end: int) -> Grid:
    values = grid.values.copy()
    if scheme is Scheme.PAST:
        return Grid(grid.start_s, grid.step_s, values[:begin])
    first = max(0, begin - _BEFORE_H * grid.per_hour)
    values[first : min(end, event.last_peak + _AFTER_H * grid.per_hour)] = np.nan
    return Grid(grid.start_s, grid.step_s, values)


def _ask(number: int, forecaster: Forecaster, seen: Moments, asked: Moments) -> Forecasts:
    """Let everyone forecast the same moments; all have learnt from the same history."""
    ours = forecaster.quantiles(asked)
    plain = Recession.fit(seen.rows(np.flatnonzero(np.isfinite(seen.change_m).all(axis=1)))).quantiles(asked)
    naive = [Naive.fit(kind, seen) for kind in Baseline]
    likely = {OURS: ours[..., LIKELY], TRANSPARENT: plain[..., LIKELY]}
    quantiles = {OURS: ours, TRANSPARENT: plain}
    return Forecasts(
        asked,
        np.full(len(asked), number),
        likely | {str(each.kind): each.point(asked) for each in naive},
        quantiles | {str(each.kind): each.quantiles(asked) for each in naive},
    )


def _joined(parts: Sequence[Forecasts]) -> Forecasts:
    def column(name: str) -> Any:
        return np.concatenate([getattr(each.asked, name) for each in parts])

    asked = Moments(**{field.name: column(field.name) for field in fields(Moments)})
    return Forecasts(
        asked,
        np.concatenate([each.flood for each in parts]),
        {name: np.concatenate([each.likely[name] for each in parts]) for name in CONTENDERS},
        {name: np.concatenate([each.quantiles[name] for each in parts]) for name in CONTENDERS},
    )


def _in_flood(events: Sequence[Flood], grid: Grid) -> Flags:
    found = np.zeros(len(grid.values), dtype=bool)
    for number, event in enumerate(events):
        _, following = _window(events, number, len(grid.values))
        found[event.rises[0].onset : min(following, event.last_peak + _AFTER_H * grid.per_hour)] = True
    return found


def _usual_thresholds(values: Array) -> tuple[float, ...]:
    known = values[np.isfinite(values)]
    return tuple(round(float(each), 2) for each in np.quantile(known, (0.95, 0.99)))


def _judged(grid: Grid, event: Flood, forecaster: Forecaster, said: Forecasts, on_limb: Flags) -> Judged:
    rows = on_limb[said.asked.index]
    hours = slice(WANTED_H[0] - 1, WANTED_H[-1])
    truth = said.asked.change_m[rows, hours]
    mae = {
        name: float(np.nanmean(np.abs(truth - said.likely[name][rows, hours]))) if np.isfinite(truth).any() else np.nan
        for name in CONTENDERS
    }
    peak = max((rise.peak for rise in event.rises), key=lambda index: float(grid.values[index]))
    name = type(forecaster.method).__name__.lower()
    return Judged(event.start, peak, float(grid.values[peak]), int(rows.sum()), mae, name)
