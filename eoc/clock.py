"""Time comes in as an argument: the wall, the largest accepted reading, or a test's hand.

Timers and lifecycles ask a `Clock`. Sessions, leases, retries and rate limits always use `wall_now`, because a
replayed tape must not log people out or hold a lease for eleven months.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def wall_now() -> datetime:
    """The time on the wall, always aware and in UTC."""
    return datetime.now(UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 (UTC): exact, sortable, the same in every database."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Inverse of `to_us`."""
    return EPOCH + timedelta(microseconds=us)


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with a `Z`, microseconds only when there are any: the one spelling the product emits."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Clock(Protocol):
    """Whatever tells the rules and the timers what time it is."""

    def now(self) -> datetime: ...


class WallClock:
    """`--clock wall`: timers run with the time on the wall."""

    def now(self) -> datetime:
        return wall_now()


@dataclass(slots=True)
class DataClock:
    """`--clock data`: time is the largest accepted `observed_at`, and never runs backwards.

    The engine persists it in the same transaction as the readings that moved it, so a restarted process
    continues where the data was. Before any data it stands at `EPOCH`.
    """

    _now: datetime = field(default=EPOCH)

    def now(self) -> datetime:
        return self._now

    def advance(self, to: datetime) -> None:
        """Move forward to `to`; an earlier time changes nothing."""
        self._now = max(self._now, to)
