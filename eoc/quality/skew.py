"""A clock that is behind. One that is ahead is refused at the edge; this one tells a wrong time from late delivery.

A device with a wrong clock delivers at once what it stamps too old: its messages are as far apart when they arrive as
when they were measured, and all are equally late. A buffer that empties itself delivers within seconds what was
measured over hours. A reading with a slow clock stays usable, water is water: this is for a ticket, not a flag.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
_STEADY = timedelta(seconds=90)
_LEAST_N = 4


def clock_behind(
    records: Sequence[tuple[datetime, datetime]], *, usual: timedelta = timedelta(0), tolerance: timedelta = TOLERANCE
) -> timedelta | None:
    """By how much the clock of a device is behind, or None.

    `records`: (observed_at, received_at) of one station, in the order of arrival; the last four decide. `usual`: how
    late its road always is (a table that is asked for once an hour). Both times by the wall: on the data clock, where
    received and observed are of different days by design, do not ask.
    """
    last = records[-_LEAST_N:]
    if len(last) < _LEAST_N:
        return None
    lags = [received_at - observed_at for observed_at, received_at in last]
    if min(lags) - usual <= tolerance or max(lags) - min(lags) > _STEADY:
        return None
    # Equally late within one burst is a buffer's doing if all of it was measured in one burst too: no proof.
    if last[-1][0] - last[0][0] <= 2 * _STEADY:
        return None
    return sorted(lags)[len(lags) // 2]
