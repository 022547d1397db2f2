"""The feeds of the pack at work: in one process at a time, with the secrets of this installation."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from eoc.clock import wall_now
from eoc.errors import Temporary
from eoc.model import Reason
from eoc.packs import Pack
from eoc.packs.sources import FeedEntry
from eoc.ports import Intake
from eoc.store import Store, feeds, leases
from eoc.store.feeds import FeedState
from sensors.metrics import IngestMetrics
from sensors.pollers.assembly import feeds_of
from sensors.pollers.ports import CapListener, HotspotListener
from sensors.pollers.runner import FeedRunner
from sensors.settling import Settling
from ui.settings import Settings

log = logging.getLogger(__name__)

KIND = "feeds"
_RENEW_S = leases.LIFE.total_seconds() / 4


def asked(pack: Pack, settings: Settings) -> list[FeedEntry]:
    """The feeds that are asked here: on the data clock only the folder, because all others tell about today."""
    wanted = [entry for entry in pack.feeds if entry.enabled]
    return [entry for entry in wanted if settings.clock == "wall" or entry.scheme == "file-drop"]


class FeedKeeper:
    """Runs the feeds while this process holds their one lease; takes it over when whoever had it is gone."""

    def __init__(
        self,
        settings: Settings,
        pack: Pack,
        store: Store,
        intake: Intake,
        metrics: IngestMetrics,
        owner: str,
        *,
        caps: CapListener,
        hotspots: HotspotListener,
    ) -> None:
        self._store = store
        self._owner = owner
        keys = {name.lower(): secret.get_secret_value() for name, secret in settings.feed_keys.items()}
        made, self._faults = feeds_of(asked(pack, settings), pack.zone, settings.data_dir, keys)
        self._runner = FeedRunner(
            made,
            store,
            Settling(intake, metrics),
            metrics,
            caps=caps,
            hotspots=hotspots,
            replays=settings.clock == "data",
        )

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                if await self._hold():
                    async with asyncio.TaskGroup() as group:
                        asking = group.create_task(self._ask(), name="feeds")
                        await self._renew_until_lost()
                        log.warning("another process asks the feeds now")
                        asking.cancel()
                await asyncio.sleep(_RENEW_S)
        finally:
            await self._leave()

    async def _ask(self) -> None:
        await self._tell_faults([(feed, Reason(each.code, dict(each.params))) for feed, each in self._faults.items()])
        await self._runner.run()

    async def _tell_faults(self, faults: Sequence[tuple[str, Reason]]) -> None:
        """Feeds that cannot even be asked are shown with the reason, like those that do not answer."""
        now = wall_now()
        try:
            async with self._store.write() as unit:
                for feed, problem in faults:
                    known = await feeds.get(unit.connection, feed) or FeedState(feed, now)
                    state = replace(known, attempted_at=now, failures=known.failures + 1, problem=problem, next_at=None)
                    await feeds.put(unit.connection, state)
        except Temporary as error:
            log.warning("cannot tell which feeds lack a key: %s", error)

    async def _hold(self) -> bool:
        try:
            async with self._store.write() as unit:
                return await leases.hold(unit, KIND, self._owner, wall_now())
        except Temporary as error:
            log.warning("cannot take the lease of the feeds: %s", error)
            return False

    async def _renew_until_lost(self) -> None:
        ours = True
        while ours:
            await asyncio.sleep(_RENEW_S)
            ours = await self._still_ours()

    async def _still_ours(self) -> bool:
        """A database that is away for a moment takes the lease from nobody."""
        until = wall_now() + leases.LIFE
        while wall_now() < until:
            try:
                async with self._store.write() as unit:
                    return await leases.hold(unit, KIND, self._owner, wall_now())
            except Temporary as error:
                log.warning("cannot renew the lease of the feeds: %s", error)
                await asyncio.sleep(1.0)
        return False

    async def _leave(self) -> None:
        try:
            async with self._store.write() as unit:
                await leases.leave(unit, KIND, 0, self._owner, wall_now())
        except Temporary as error:
            log.warning("the lease of the feeds is left to run out: %s", error)
