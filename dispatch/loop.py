"""How every worker of dispatch runs: a step again and again, a rest when there is nothing, patience after a failure."""

import asyncio
import logging
import random
import traceback
from collections.abc import Awaitable, Callable

from eoc.bus import Waiter
from eoc.errors import Temporary

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 15.0


def where(error: BaseException) -> str:
    """The frames of a traceback without the message of the exception: foreign messages may hold a number."""
    return f"{type(error).__name__} at\n" + "".join(traceback.format_tb(error.__traceback__))


class Patience:
    """Pauses that grow with consecutive failures (full jitter) and are forgotten after a success."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    async def pause(self) -> None:
        ceiling = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self._failures, 20))
        self._failures += 1
        await asyncio.sleep(self._chance.uniform(0, ceiling))


async def keep_doing(
    name: str,
    step: Callable[[], Awaitable[bool]],
    waiter: Waiter,
    *,
    idle_s: float,
    stop: asyncio.Event,
    chance: random.Random,
) -> None:
    """Call `step` until `stop` is set; it says whether it may have more to do. Otherwise wait to be woken, at most
    `idle_s`. A failure is logged and the step tried again: one bad moment must not end a worker."""
    patience = Patience(chance)
    while not stop.is_set():
        try:
            more = await step()
        except Temporary as error:
            _log.warning("%s waits: %s", name, error.code)
            await patience.pause()
        except Exception as error:  # noqa: BLE001 - one iteration of a worker
            _log.error("%s failed: %s", name, where(error))
            await patience.pause()
        else:
            patience.reset()
            if not more:
                await waiter.wait(idle_s)
