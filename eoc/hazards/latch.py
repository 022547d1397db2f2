"""A condition that switches on and off only when it means it: hysteresis, minimum duration, two samples.

`on` and `off` are two different tests (level >= BĐ1; level < BĐ1 - hysteresis); between them lies the dead band, in
which the latch keeps its state. Either test must hold over at least two samples and `min_duration` before it counts:
no case ever comes from one sample. Alarm practice: ISA-18.2 / EEMUA 191 (deadband, on-delay, off-delay).

Memory is bounded on purpose. A confirmation counts for `hold`; two samples further apart than `max_gap` are not one
run. With `hold + min_duration + max_gap <= look_back` the state at any moment depends only on the samples of the
look-back before it, whatever came earlier and in whatever order it arrived.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class LatchRule:
    """How long a test must hold, how long a confirmation counts, how far apart samples of one run may lie."""

    min_duration: timedelta
    max_gap: timedelta
    hold: timedelta

    @classmethod
    def within(cls, look_back: timedelta, *, min_duration: timedelta, max_gap: timedelta) -> "LatchRule":
        """The rule whose memory fits `look_back`. ValueError when nothing would be left to hold."""
        hold = look_back - min_duration - max_gap
        if hold < min_duration:
            message = f"min_duration {min_duration} and max_gap {max_gap} leave no memory within {look_back}"
            raise ValueError(message)
        return cls(min_duration, max_gap, hold)


@dataclass(frozen=True, slots=True)
class Latch:
    """`on_since`/`off_since`: start of the present run of samples passing that test (None: not passing)."""

    active: bool = False
    on_since: datetime | None = None
    off_since: datetime | None = None
    confirmed_at: datetime | None = None


class Change(NamedTuple):
    """The latch switched at this sample; `since` is when the condition began."""

    active: bool
    since: datetime


OFF = Latch()


def step(
    latch: Latch, rule: LatchRule, *, on: bool, off: bool, previous_at: datetime | None, at: datetime
) -> tuple[Latch, Change | None]:
    """Take one more sample, later than all before it."""
    if not on and not latch.active and latch.on_since is None and (latch.off_since is None or off):
        # The ordinary case, thousands of times a second: quiet before and quiet now. Since when it is off matters only
        # to an active latch, and whatever makes it active ends the run of "off", so there is nothing to remember.
        return OFF, None
    broken = previous_at is None or at - previous_at > rule.max_gap
    on_since = None if not on else at if broken or latch.on_since is None else latch.on_since
    off_since = None if not off else at if broken or latch.off_since is None else latch.off_since
    confirmed_on = on_since is not None and on_since < at and at - on_since >= rule.min_duration
    confirmed_off = off_since is not None and off_since < at and at - off_since >= rule.min_duration
    confirmed_at = at if confirmed_on else latch.confirmed_at

    change: Change | None = None
    active = latch.active
    if confirmed_on and not active:
        active, change = True, Change(active=True, since=on_since or at)
    elif active and confirmed_off:
        active, change = False, Change(active=False, since=off_since or at)
    elif active and confirmed_at is not None and at - confirmed_at > rule.hold:
        active, change = False, Change(active=False, since=at)
    return (
        Latch(
            active,
            _capped(on_since, rule, at),
            _capped(off_since, rule, at) if active else None,
            confirmed_at if active else None,
        ),
        change,
    )


def _capped(since: datetime | None, rule: LatchRule, at: datetime) -> datetime | None:
    # A run counts as "long enough" and no more: remembering its true start would be unbounded memory.
    return None if since is None else max(since, at - rule.min_duration)
