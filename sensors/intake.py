"""From the broker to the intake and back: the loop in which a reading becomes durable.

A batch is whatever arrived while the last one was being committed, at most 500 records: one when it is quiet,
hundreds under load, no timer. After the commit the application acknowledges (`acks`), then the broker gets its own
acknowledgements in the order of arrival. Killed anywhere in between, the broker sends again what was not
acknowledged, and the intake knows it by its key.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final, Literal

from eoc.errors import Temporary
from eoc.model import Observation, Outcome, Refusal, Verdict
from eoc.ports import Intake
from sensors import topics
from sensors.acks import acknowledgements
from sensors.address import BrokerAddress
from sensors.backoff import Backoff
from sensors.codecs import Codec, Record
from sensors.codecs.json import JsonCodec
from sensors.codecs.moments import shown
from sensors.inbox import Message
from sensors.metrics import IngestMetrics
from sensors.mqtt import Reception
from sensors.notices import Notice, NoticeListener, ReleaseNotice, read_release, read_status
from sensors.settling import ATTEMPTS, Settling
from sensors.sources import Sources

log = logging.getLogger(__name__)

BATCH_RECORDS: Final = 500
FUTURE_TOLERANCE: Final = timedelta(seconds=60)
"""On the wall clock, a record further ahead than this is refused: a wrong clock must not freeze "latest"."""


@dataclass(slots=True)
class _Batch:
    messages: list[Message] = field(default_factory=list)
    records: list[Observation] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.records) + len(self.refused)


class Ingest:
    """Runs between one broker and one intake.

    clock: `wall` refuses records from the future, `data` (replays) takes time as it comes. slot: which of the
    broker's ingest sessions is ours. group: the shared subscription of all ingest processes, if there are several.
    notice: gets what is not a reading. sources: what a pack says others publish, and in which format.
    """

    def __init__(
        self,
        address: BrokerAddress,
        intake: Intake,
        notice: NoticeListener,
        metrics: IngestMetrics,
        *,
        clock: Literal["wall", "data"] = "wall",
        slot: int = 0,
        mark: str = "",
        group: str | None = None,
        codec: Codec | None = None,
        sources: Sources | None = None,
    ) -> None:
        self._sources = sources or Sources()
        filters, former = self._sources.filters, self._sources.former
        self._reception = Reception(address, metrics, slot=slot, mark=mark, group=group, filters=filters, former=former)
        self._settling = Settling(intake, metrics)
        self._notice = notice
        self._metrics = metrics
        self._tolerance = FUTURE_TOLERANCE if clock == "wall" else None
        self._codec = codec or JsonCodec()
        self._left_over: tuple[Message, list[Record] | Notice] | None = None

    @property
    def connected(self) -> bool:
        return self._reception.connection.connected

    async def run(self) -> None:
        """For ever; cancel to stop. What was taken but not settled then comes again."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._reception.run(), name="ingest-mqtt")
            both.create_task(self._loop(), name="ingest-batches")

    async def _loop(self) -> None:
        while True:
            await self._reception.inbox.wait()
            batch = self._gather()
            if batch.messages:
                await self._settle(batch)

    # -- taking apart ---------------------------------------------------------------------------------------------

    def _gather(self) -> _Batch:
        """What is there, in order, up to the size of a batch; one larger message makes a batch of its own."""
        batch = _Batch()
        while len(batch) < BATCH_RECORDS:
            if self._left_over is not None:
                message, parts = self._left_over
                self._left_over = None
            elif (taken := self._reception.inbox.take()) is not None:
                message, parts = taken, self._read(taken)
            else:
                break
            if not isinstance(parts, list):
                batch.notices.append(parts)
            elif batch.messages and len(batch) + len(parts) > BATCH_RECORDS:
                self._left_over = message, parts
                break
            else:
                for part in parts:
                    if type(part) is Observation:
                        batch.records.append(part)
                    else:
                        batch.refused.append(part)  # type: ignore[arg-type]
            batch.messages.append(message)
        return batch

    def _read(self, message: Message) -> list[Record] | Notice:
        what, topic = _route(message.topic)
        try:
            if what == "obs":
                limit = None if self._tolerance is None else message.received_at + self._tolerance
                return self._codec.decode(message.payload, topic, message.received_at, limit)
            if what == "status":
                status = read_status(message.payload, topic, message.received_at, retained=message.retained)
                return [status] if isinstance(status, Refusal) else status
            if what == "release":
                release = read_release(message.payload, topic, message.received_at)
                return [release] if isinstance(release, Refusal) else release
            if (codec := self._sources.codec(topic)) is not None:
                limit = None if self._tolerance is None else message.received_at + self._tolerance
                return list(codec.decode(message.payload, topic, message.received_at, limit, retained=message.retained))
        except Exception as error:
            log.exception("a payload stopped its codec")
            return [_poison(message, topic, 1, error)]
        told = shown(topic, 256)
        return [Refusal("topic_unknown", {"topic": told}, told, message.payload[:65_536], message.received_at)]

    # -- making durable -------------------------------------------------------------------------------------------

    async def _settle(self, batch: _Batch) -> None:
        records, refused = batch.records, batch.refused
        outcomes = await self._settling.settle(records[:BATCH_RECORDS], refused[:BATCH_RECORDS])
        for start in range(BATCH_RECORDS, max(len(records), len(refused)), BATCH_RECORDS):
            end = start + BATCH_RECORDS
            outcomes += await self._settling.settle(records[start:end], refused[start:end])
        self._count(outcomes, len(refused))
        for notice in batch.notices:
            await self._pass_on(notice)
        for topic, payload in acknowledgements(records, outcomes, refused):
            self._reception.tell(topic, payload)
        self._reception.settled(batch.messages)

    def _count(self, outcomes: list[Outcome], refused: int) -> None:
        accepted = duplicate = 0
        for outcome in outcomes:
            if outcome.verdict is Verdict.ACCEPTED:
                accepted += 1
            elif outcome.verdict is Verdict.DUPLICATE:
                duplicate += 1
        self._metrics.settled(accepted, duplicate, len(outcomes) - accepted - duplicate + refused)

    async def _pass_on(self, notice: Notice) -> None:
        backoff = Backoff(0.05, 5.0)
        attempt = 0
        while True:
            try:
                await self._notice(notice)
            except Temporary as error:
                log.warning("a notice waits: %s", error)
                await asyncio.sleep(backoff.next())
            except Exception as error:
                attempt += 1
                log.exception("a notice stopped its listener (attempt %d)", attempt)
                if attempt == ATTEMPTS:
                    await self._settling.settle((), [_refused_notice(notice, attempt, error)])
                    self._metrics.settled(0, 0, 1)
                    return
            else:
                return


@lru_cache(maxsize=8192)
def _route(topic: bytes) -> tuple[str, str]:
    """(what, topic as text): `obs`, `status`, `release`, or something that nothing is agreed for."""
    try:
        text = topic.decode("utf-8")
    except UnicodeDecodeError:
        return "", shown(topic.decode("utf-8", "backslashreplace"), 256)
    parts = text.split("/")
    if len(parts) == 4 and text.startswith(topics.PREFIX):
        return parts[3], text
    return "", text


def _poison(message: Message, topic: str, attempts: int, error: Exception) -> Refusal:
    facts = {"attempts": attempts, "error": type(error).__name__}
    station = topics.station_of(topic)
    return Refusal("poison", facts, shown(topic, 256), message.payload[:65_536], message.received_at, station)


def _refused_notice(notice: Notice, attempts: int, error: Exception) -> Refusal:
    facts = {"attempts": attempts, "error": type(error).__name__}
    received_at = notice.received_at
    if isinstance(notice, ReleaseNotice):
        return Refusal("poison", facts, f"eoc/v1/{notice.reservoir}/release", notice.raw, received_at, notice.reservoir)
    raw = b'{"state":"online"}' if notice.online else b'{"state":"offline"}'
    return Refusal("poison", facts, f"eoc/v1/{notice.station}/status", raw, received_at, notice.station)
