"""Keeps the hours of the feeds: asks each when it is due, passes on what it said, remembers how it went.

A good answer puts the next asking one interval later, a failure sooner: exponential back-off with full jitter, capped
by the interval (or ten minutes, if that is longer). What is remembered of an answer is written after its readings were
stored, so a crash in between asks again and the keys sort out what is known already.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from eoc.clock import wall_now
from eoc.errors import Invalid, Permanent, Temporary
from eoc.model import Observation, Reason, Refusal, Verdict
from eoc.packs.sources import FeedEntry
from eoc.store import Store, feeds
from eoc.store.feeds import FeedState
from sensors.backoff import Backoff
from sensors.intake import FUTURE_TOLERANCE
from sensors.metrics import IngestMetrics
from sensors.pollers.ports import CapListener, Document, Fetcher, Harvest, HotspotListener, Reader
from sensors.settling import Settling

log = logging.getLogger(__name__)

_CHUNK: Final = 500
_FIRST_RETRY_S: Final = 15.0
_SHORTEST_S: Final = 1.0
_LONGEST_RETRY_S: Final = 600.0
_KEPT_BYTES: Final = 65_536
_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of the pack with the parts that serve it."""

    entry: FeedEntry
    fetcher: Fetcher
    reader: Reader


@dataclass(slots=True)
class _Sum:
    """What one asking brought."""

    counts: dict[str, int] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    newest: datetime | None = None
    problem: Reason | None = None

    def add(self, **counts: int) -> None:
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


class FeedRunner:
    """Runs the feeds until cancelled. `now` and `sleep` are the wall's unless a test has its own time.

    `replays`: time follows the data, so no time is too far ahead.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        store: Store,
        settling: Settling,
        metrics: IngestMetrics,
        *,
        caps: CapListener | None = None,
        hotspots: HotspotListener | None = None,
        replays: bool = False,
        now: Callable[[], datetime] = wall_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._feeds = feeds
        self._store = store
        self._settling = settling
        self._metrics = metrics
        self._caps = caps
        self._hotspots = hotspots
        self._replays = replays
        self._now = now
        self._sleep = sleep
        self._chance = {"chance": chance} if chance is not None else {}

    async def run(self) -> None:
        """All feeds side by side; one that fails does not hold up the others."""
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(self._keep_asking(feed), name=f"feed-{feed.entry.id}")

    async def _keep_asking(self, feed: Feed) -> None:
        interval_s = float(feed.entry.interval_s)
        longest_s = max(interval_s, _LONGEST_RETRY_S)
        backoff = Backoff(min(_FIRST_RETRY_S, interval_s), longest_s, **self._chance)
        await self._sleep(await self._until_due(feed))
        while True:
            try:
                state = await self._asked(feed)
                if state.problem is None:
                    backoff.reset()
                    wait_s = interval_s
                else:
                    wait_s = max(_SHORTEST_S, backoff.next())
                await self._remember(replace(state, next_at=self._now() + timedelta(seconds=wait_s)))
            except Exception:
                log.exception("feed %s could not be kept", feed.entry.id)
                wait_s = max(_SHORTEST_S, backoff.next())
            await self._sleep(wait_s)

    async def _asked(self, feed: Feed) -> FeedState:
        """As `ask`; a fault of our own is a failure like any other, told in full in the log."""
        try:
            return await self.ask(feed)
        except Temporary:
            raise
        except Exception as error:
            log.exception("feed %s stopped its reader", feed.entry.id)
            now = self._now()
            async with self._store.read() as connection:
                before = await feeds.get(connection, feed.entry.id) or FeedState(feed.entry.id, now)
            return self._failed(before, now, Reason("feed.stopped", {"error": type(error).__name__}))

    async def _until_due(self, feed: Feed) -> float:
        """Seconds until the next asking as it was set before a restart; at once for a feed never asked."""
        try:
            async with self._store.read() as connection:
                state = await feeds.get(connection, feed.entry.id)
        except Temporary:
            return 0.0
        if state is None or state.next_at is None:
            return 0.0
        return min(max(0.0, (state.next_at - self._now()).total_seconds()), float(feed.entry.interval_s))

    async def _remember(self, state: FeedState) -> None:
        async with self._store.write() as unit:
            await feeds.put(unit.connection, state)

    async def ask(self, feed: Feed) -> FeedState:
        """Ask once, store what came, and say how it went (not yet remembered)."""
        now = self._now()
        async with self._store.read() as connection:
            before = await feeds.get(connection, feed.entry.id) or FeedState(feed.entry.id, now)
        memory = {name: dict(each) for name, each in before.memory.items() if isinstance(each, dict)}
        try:
            fetched = await feed.fetcher.fetch(memory.get("fetcher", {}), now)
        except (Temporary, Permanent) as error:
            return self._failed(before, now, Reason(error.code, dict(error.params)))
        total = _Sum()
        try:
            for document in fetched.documents:
                await self._document(feed, document, memory, total, now)
        except (Temporary, Permanent) as error:
            return self._failed(before, now, Reason(error.code, dict(error.params)))
        if total.problem is not None and len(fetched.documents) == 1:
            # Remembered nothing of a fetch that was of no use: it has to be read again once it is mended.
            return replace(self._failed(before, now, total.problem), memory=self._with_bad(before, memory))
        memory["fetcher"] = dict(fetched.memory)
        keep_lists = fetched.unchanged or not fetched.documents
        return FeedState(
            id=feed.entry.id,
            attempted_at=now,
            good_at=now,
            newest_at=max((each for each in (before.newest_at, total.newest) if each), default=None),
            counts=before.counts if keep_lists else total.counts,
            missing=before.missing if keep_lists else tuple(dict.fromkeys(total.missing))[:_LISTED],
            unmapped=before.unmapped if keep_lists else tuple(dict.fromkeys(total.unmapped))[:_LISTED],
            problem=None,
            memory=memory,
        )

    @staticmethod
    def _failed(before: FeedState, now: datetime, problem: Reason) -> FeedState:
        log.warning("feed %s: %s %s", before.id, problem.code, dict(problem.params))
        return replace(before, attempted_at=now, failures=before.failures + 1, problem=problem)

    @staticmethod
    def _with_bad(before: FeedState, memory: Mapping[str, Any]) -> dict[str, Any]:
        return {**before.memory, "bad": memory.get("bad", {})}

    # -- one document ---------------------------------------------------------------------------------------------

    async def _document(
        self,
        feed: Feed,
        document: Document,
        memory: dict[str, Any],
        total: _Sum,
        now: datetime,
        *,
        linked: bool = False,
    ) -> None:
        limit = None if self._replays else now + FUTURE_TOLERANCE
        try:
            harvest = await asyncio.to_thread(feed.reader.read, document, memory.get("reader", {}), now, limit)
        except Invalid as error:
            total.problem = Reason(error.code, dict(error.params))
            await self._keep_bad(feed, document, error, memory, total, now)
            told = json.dumps({"code": error.code, "params": dict(error.params)}, ensure_ascii=False)
            await feed.fetcher.done(document, told)
            return
        await self._take(harvest, total)
        if not linked:
            await self._follow(feed, harvest, memory, total, now)
            memory["reader"] = harvest.memory
        await feed.fetcher.done(document, None)

    async def _follow(self, feed: Feed, harvest: Harvest, memory: dict[str, Any], total: _Sum, now: datetime) -> None:
        """Read what a document points to; each link is worth one attempt at each asking until it worked."""
        for link in harvest.links:
            try:
                document = await feed.fetcher.follow(link)
                await self._document(feed, document, memory, total, now, linked=True)
            except (Temporary, Permanent) as error:
                log.warning("feed %s: %s leads nowhere: %s", feed.entry.id, link[:200], error)
                total.add(broken_links=1)
                seen = harvest.memory.get("seen", [])
                harvest.memory["seen"] = [mark for mark in seen if not mark.startswith(link)]

    async def _take(self, harvest: Harvest, total: _Sum) -> None:
        """Give everything to whoever it is for. Readings first: nothing may keep them waiting."""
        await self._settle(harvest.observations, harvest.refusals, total)
        if harvest.alerts and self._caps is not None:
            await self._caps.take(harvest.alerts)
        if harvest.hotspots and self._hotspots is not None:
            await self._hotspots.take(harvest.hotspots)
        total.add(alerts=len(harvest.alerts), hotspots=len(harvest.hotspots), unchanged=harvest.unchanged)
        total.missing += harvest.missing
        total.unmapped += harvest.unmapped
        times = [each.observed_at for each in harvest.observations]
        times += [each.sent for each in harvest.alerts] + [each.at for each in harvest.hotspots]
        total.newest = max([*times, *([total.newest] if total.newest else [])], default=None)

    async def _settle(self, records: Sequence[Observation], refused: Sequence[Refusal], total: _Sum) -> None:
        for start in range(0, max(len(records), len(refused)), _CHUNK):
            some, others = records[start : start + _CHUNK], refused[start : start + _CHUNK]
            outcomes = await self._settling.settle(some, others)
            verdicts = [outcome.verdict for outcome in outcomes]
            accepted, duplicate = verdicts.count(Verdict.ACCEPTED), verdicts.count(Verdict.DUPLICATE)
            quarantined = len(outcomes) - accepted - duplicate + len(others)
            self._metrics.settled(accepted, duplicate, quarantined)
            total.add(accepted=accepted, duplicate=duplicate, quarantined=quarantined)

    async def _keep_bad(
        self, feed: Feed, document: Document, error: Invalid, memory: dict[str, Any], total: _Sum, now: datetime
    ) -> None:
        """A document that could not be read at all goes to quarantine, once for as long as it stays the same."""
        mark = hashlib.blake2b(document.body, digest_size=8).hexdigest()
        if memory.get("bad", {}).get(document.name) == mark:
            return
        memory["bad"] = {document.name: mark}
        origin = f"feed:{feed.entry.id}" + (f"/{document.name}" if document.name else "")
        facts = {"feed": feed.entry.id, "problem": error.code, **error.params}
        refused = Refusal("feed_unreadable", facts, origin[:256], document.body[:_KEPT_BYTES], now)
        await self._settle((), [refused], total)
