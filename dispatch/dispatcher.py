"""Everything of dispatch that runs by itself, as one task for the composition root."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from dispatch.desk import Desk
from dispatch.expansion import Expander
from dispatch.loop import keep_doing
from dispatch.metrics import OutboxMetrics
from dispatch.outbox import Sender, Trouble
from dispatch.progress import Progress
from dispatch.providers import Provider, ProviderParts, open_provider
from dispatch.reader import JournalReader
from dispatch.settings import SmsSettings
from eoc.bus import Bus
from eoc.ids import Ids, uuid7
from eoc.secrets import Vault
from eoc.store import Store

GRACE_S = 5.0
_IDLE_S = 1.0
_TOPICS = ("journal", "outbox", "progress")
"""What wakes the reader, the expander and the progress (which nothing wakes: it looks once a second)."""


class Dispatcher:
    """Reader, expander, sender and progress of one process. Any number of processes may run one each."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        provider: Provider,
        desk: Desk,
        bus: Bus,
        *,
        owner: str,
        ids: Ids = uuid7,
        metrics: OutboxMetrics | None = None,
    ) -> None:
        self._bus = bus
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret
        self._reader = JournalReader(store, desk, bus, ids)
        self._expander = Expander(store, desk, bus)
        self._sender = Sender(store, vault, provider, desk, bus, owner=owner, chance=self._chance, metrics=metrics)
        self._progress = Progress(store, desk)

    @property
    def trouble(self) -> Trouble | None:
        """Why no message leaves at the moment; None when nothing is wrong."""
        return self._sender.trouble

    async def run(self) -> None:
        """Work until cancelled; then settle what is in flight, at most `GRACE_S`. A kill instead is safe as well."""
        stop = asyncio.Event()
        # Shielded, so that a cancellation can first be turned into a stop.
        work = asyncio.ensure_future(self._work(stop))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            for topic in _TOPICS:
                await self._bus.wake(topic)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S + 1.0):
                    await work
            raise

    async def _work(self, stop: asyncio.Event) -> None:
        steps = (self._reader.step, self._expander.step, self._progress.step)
        async with asyncio.TaskGroup() as group:
            for topic, step in zip(_TOPICS, steps, strict=True):
                waiter = self._bus.waiter(topic)
                loop = keep_doing(f"dispatch {topic}", step, waiter, idle_s=_IDLE_S, stop=stop, chance=self._chance)
                group.create_task(loop, name=f"dispatch-{topic}")
            group.create_task(self._sender.run(stop, GRACE_S), name="dispatch-sender")


@contextlib.asynccontextmanager
async def open_dispatcher(
    settings: SmsSettings,
    store: Store,
    vault: Vault,
    desk: Desk,
    bus: Bus,
    *,
    owner: str,
    metrics: OutboxMetrics | None = None,
) -> AsyncIterator[Dispatcher]:
    """The dispatcher with its provider open. `owner` names this process in the leases: no two alive share one."""
    sender = desk.pack.sender(desk.now())
    parts = ProviderParts(store, vault, sender.sender_id if sender is not None else "EOC", wall=desk.now)
    async with open_provider(settings.chosen, parts) as provider:
        yield Dispatcher(store, vault, provider, desk, bus, owner=owner, metrics=metrics)
