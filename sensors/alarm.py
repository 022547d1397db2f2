"""When refusals at the broker become an alert: three of one account, or from one address, within ten minutes.

One refusal is a mistake in a configuration; three are somebody trying, or a device that was forgotten when its
credential was renewed. A subject that has been told of is told of again only after ten minutes, with the count since.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ENOUGH: Final = 3
WINDOW: Final = timedelta(minutes=10)
_MOST_SUBJECTS: Final = 10_000


@dataclass(slots=True)
class _Tally:
    since: datetime
    count: int = 0
    told_at: datetime | None = None


class RefusalAlarm:
    """Counts refusals by subject; bounded, so that made-up names cannot fill the memory."""

    def __init__(self) -> None:
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()

    def count(self, subject: str, at: datetime, times: int = 1) -> int | None:
        """Add refusals; the number to tell when that makes an alert now, else None."""
        tally = self._tallies.get(subject)
        if tally is None or at - tally.since > WINDOW:
            told_at = tally.told_at if tally is not None else None
            tally = self._tallies[subject] = _Tally(at, told_at=told_at)
        self._tallies.move_to_end(subject)
        if len(self._tallies) > _MOST_SUBJECTS:
            self._tallies.popitem(last=False)
        tally.count += times
        due = tally.told_at is None or at - tally.told_at >= WINDOW
        if tally.count < ENOUGH or not due:
            return None
        told, tally.count, tally.since, tally.told_at = tally.count, 0, at, at
        return told
