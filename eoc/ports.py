"""What the rooms around the core may ask of it, as protocols: sensors never see the engine class itself."""

from collections.abc import Sequence
from typing import Protocol

from eoc.model import Observation, Outcome, Refusal


class Intake(Protocol):
    """Takes records for good: when `observe` returns, everything in the batch is durable or refused for a reason."""

    async def observe(self, batch: Sequence[Observation], refused: Sequence[Refusal] = ()) -> list[Outcome]:
        """Store, assess and decide one batch in one transaction.

        Returns one outcome per observation, in order. `refused` are records that never became observations; they
        go to quarantine in the same transaction. Raises `Temporary` when nothing was committed and the batch
        should be offered again.
        """
        ...
