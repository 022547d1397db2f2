"""What a forecast says: levels with a band for each hour, and when each alarm level may be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from eoc.forecast.quantiles import NOMINAL_COVERAGE
from eoc.model import Reason


@dataclass(frozen=True, slots=True)
class Point:
    """The level expected at a moment, metres of the station's datum; low <= likely <= high."""

    at: datetime
    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class Reach:
    """When a threshold is reached within 24 h; earliest <= likely <= latest.

    The earliest is when the upper edge of the band gets there, the latest when the lower edge does; None: not within
    24 h on that path. `reached`: the water stands there already, and the times are None.
    """

    threshold: str
    earliest: datetime | None
    likely: datetime | None
    latest: datetime | None
    reached: bool = False


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The history behind a model: first and last moment, good readings, floods in it."""

    since: datetime
    until: datetime
    samples: int
    floods: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast, or why there is none (`silent`).

    `made_at` is the newest reading that it starts from. `model` says in words how it was made.
    """

    made_at: datetime | None
    silent: Reason | None
    model: Reason | None = None
    trained_on: TrainedOn | None = None
    points: tuple[Point, ...] = ()
    times: tuple[Reach, ...] = ()
    coverage: float = NOMINAL_COVERAGE


def reaches(
    made_at: datetime, level: float, points: Sequence[Point], thresholds: Sequence[tuple[str, float]]
) -> tuple[Reach, ...]:
    """When each threshold (name, metres) is reached, straight lines between the hours."""
    found = []
    for name, threshold in thresholds:
        if level >= threshold:
            found.append(Reach(name, None, None, None, reached=True))
            continue
        paths = ([point.high for point in points], [point.likely for point in points], [point.low for point in points])
        earliest, likely, latest = (_first(made_at, level, points, path, threshold) for path in paths)
        found.append(Reach(name, earliest, likely, latest))
    return tuple(found)


def _first(
    made_at: datetime, level: float, points: Sequence[Point], path: Sequence[float], threshold: float
) -> datetime | None:
    before_at, before = made_at, level
    for point, value in zip(points, path, strict=True):
        if value >= threshold:
            share = (threshold - before) / (value - before)
            return before_at + timedelta(seconds=round((point.at - before_at).total_seconds() * share))
        before_at, before = point.at, value
    return None
