"""One message of a simulated device, and the pace at which messages leave."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from eoc.clock import iso

Suffix = Literal["obs", "release", "status"]
_MOMENTS = ("ts", "planned_at", "until")


@dataclass(frozen=True, slots=True)
class Emission:
    """A message: when it is sent (scenario time, aware), the end of its topic, its payload.

    The full topic is `eoc/v1/<station>/<topic_suffix>`.
    """

    at: datetime
    topic_suffix: Suffix
    station: str
    payload: Mapping[str, Any]


class Pace:
    """How long to wait before each emission. Pure: the time passed comes in, the pause comes out.

    `speed` is scenario seconds per second; None means as fast as the receiver takes it. Everything before
    `live_from` is history and goes out at once, and the pace begins with the first emission at or after it.
    """

    def __init__(self, speed: float | None, live_from: datetime | None = None) -> None:
        if speed is not None and speed <= 0:
            raise ValueError("speed must be positive")
        self._speed, self._live_from = speed, live_from
        self._anchor: tuple[datetime, float] | None = None

    def delay_s(self, at: datetime, now_s: float) -> float:
        """Seconds to wait at `now_s` (any steady clock) before the emission of `at` is due; 0 when it is late."""
        if self._speed is None or (self._live_from is not None and at < self._live_from):
            return 0.0
        if self._anchor is None:
            self._anchor = (self._live_from or at, now_s)
        began_at, began_s = self._anchor
        due_s = began_s + (at - began_at).total_seconds() / self._speed
        return max(0.0, due_s - now_s)


def stamped_now(emission: Emission, now: datetime, speed: float = 1.0) -> Emission:
    """The emission as if it happened at `now`: for a system on the wall clock.

    Moments in the payload keep their distance to the emission, shortened by `speed`, so that a release announced
    four hours ahead comes two minutes ahead at 120 times. Rules that ask for minutes of duration do not see their
    minutes then; the data clock is the better choice for a demo.
    """
    payload = dict(emission.payload)
    for name in _MOMENTS:
        if name in payload:
            distance = datetime.fromisoformat(payload[name]) - emission.at
            payload[name] = iso(now + timedelta(seconds=distance.total_seconds() / speed))
    return replace(emission, at=now, payload=payload)
