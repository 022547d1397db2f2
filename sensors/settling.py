"""Giving a batch to the intake until it is settled, come what may.

Away for a moment (`Temporary`): the batch is kept and offered again. Anything else that is raised comes from some
record in it: the batch is halved until that record stands alone, and after five attempts it goes to quarantine. Its
neighbours are stored meanwhile, in their order.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

from eoc.errors import Temporary
from eoc.model import Observation, Outcome, Refusal, Verdict
from eoc.ports import Intake
from sensors.backoff import Backoff
from sensors.metrics import IngestMetrics

log = logging.getLogger(__name__)

ATTEMPTS: Final = 5
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 5.0


class Settling:
    """`settle` returns only when everything is stored or in quarantine."""

    def __init__(self, intake: Intake, metrics: IngestMetrics) -> None:
        self._intake = intake
        self._metrics = metrics

    async def settle(self, records: Sequence[Observation], refused: Sequence[Refusal]) -> list[Outcome]:
        """One outcome per record, in order; refused ones are kept in the same transaction if it can be."""
        try:
            return await self._offer(records, refused)
        except Exception:
            log.exception("a batch of %d records stopped the intake", len(records) + len(refused))
        for refusal in refused:
            await self._keep(refusal)
        return await self._halves(records)

    async def _offer(self, records: Sequence[Observation], refused: Sequence[Refusal]) -> list[Outcome]:
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        while True:
            started = time.perf_counter()
            try:
                outcomes = await self._intake.observe(records, refused)
            except Temporary as error:
                self._metrics.retries.inc()
                log.warning("ingest waits: %s", error)
                await asyncio.sleep(backoff.next())
                continue
            self._metrics.commit.observe(time.perf_counter() - started)
            if len(outcomes) != len(records):
                raise RuntimeError(f"{len(outcomes)} outcomes for {len(records)} records")
            return outcomes

    async def _halves(self, records: Sequence[Observation]) -> list[Outcome]:
        """Records that failed together."""
        if len(records) <= 1:
            return [await self._alone(record, tried=1) for record in records]
        outcomes: list[Outcome] = []
        middle = len(records) // 2
        for half in (records[:middle], records[middle:]):
            if len(half) == 1:
                outcomes.append(await self._alone(half[0], tried=0))
                continue
            try:
                outcomes += await self._offer(half, ())
            except Exception as error:  # noqa: BLE001 - told in full by `settle`; here the culprit is being found
                log.info("looking for the culprit among %d records: %r", len(half), error)
                outcomes += await self._halves(half)
        return outcomes

    async def _alone(self, record: Observation, *, tried: int) -> Outcome:
        problem = ""
        for _ in range(tried, ATTEMPTS):
            try:
                return (await self._offer([record], ()))[0]
            except Exception as error:  # noqa: BLE001 - kept with the record, logged below
                problem = type(error).__name__
        log.error("poison: station %s seq %s goes to quarantine after %s", record.station, record.seq, problem)
        facts = {"attempts": ATTEMPTS, "error": problem}
        await self._keep(
            Refusal(
                "poison", facts, record.origin, record.raw, record.received_at, record.station, record.seq, record.boot
            )
        )
        return Outcome(Verdict.QUARANTINED, "poison")

    async def _keep(self, refusal: Refusal) -> None:
        """Into quarantine, for ever if need be: a refusal that cannot be kept is a fault of ours, not a loss."""
        backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        while True:
            try:
                await self._offer((), [refusal])
            except Exception:
                log.exception("quarantine does not take a record (%s); ingest waits", refusal.code)
                await asyncio.sleep(backoff.next())
            else:
                return
