"""Keeping to the contracted rate: one turn after the other, in segments a second."""

import asyncio
import time
from collections.abc import Callable


class Pacer:
    """Gives out turns so that, over any stretch of time, no more leaves than the rate allows.

    Turns are given in the order in which they are asked for. A turn of three segments makes the next one wait three
    times as long.
    """

    def __init__(self, rate_per_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._gap_s = 1.0 / rate_per_s
        self._monotonic = monotonic
        self._free_at = 0.0

    async def turn(self, segments: int) -> None:
        """Wait for the next turn."""
        now = self._monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + segments * self._gap_s
        if begin > now:
            await asyncio.sleep(begin - now)

    @property
    def backlog_s(self) -> float:
        """How long a turn asked for now would have to wait."""
        return max(0.0, self._free_at - self._monotonic())
