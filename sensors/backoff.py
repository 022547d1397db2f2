"""Waiting between attempts: exponential with full jitter, so that a thousand gateways do not come back at once."""

import random
from collections.abc import Callable


class Backoff:
    """`next()` gives the seconds to wait; the mean doubles up to half of `most_s`, `reset()` after a success."""

    def __init__(self, first_s: float, most_s: float, chance: Callable[[], float] = random.random) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._chance = chance
        self._attempt = 0

    def next(self) -> float:
        ceiling_s = min(self._most_s, self._first_s * 2.0**self._attempt)
        if ceiling_s < self._most_s:
            self._attempt += 1
        return ceiling_s * self._chance()

    def reset(self) -> None:
        self._attempt = 0
