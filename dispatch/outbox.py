"""The sender: claims rows with a lease, asks the provider, writes the outcome down, and keeps to the rate.

Several may run, in one process or in many. Each round is one short transaction that settles what has come back and
claims what there is room for; the provider is called outside of it. A worker that dies leaves its rows in `sending`
until the lease ends; whoever finds them then looks them up before anything is sent again.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry

from dispatch.delivery import (
    POLICY,
    Accepted,
    Dead,
    Item,
    Later,
    Outcome,
    Paused,
    Policy,
    Settlement,
    TooLate,
    Unasked,
    Unclear,
    blind,
    nothing_found,
    settle,
)
from dispatch.desk import Desk
from dispatch.loop import Patience, where
from dispatch.metrics import OutboxMetrics
from dispatch.pacing import Pacer
from dispatch.providers import OutgoingSms, Provider, Unavailable, Unknown
from dispatch.sms.segments import measure
from dispatch.store import outbox
from eoc.bus import Bus
from eoc.clock import wall_now
from eoc.errors import Permanent, Temporary
from eoc.secrets import Vault
from eoc.store import Store

_log = logging.getLogger(__name__)

WINDOW_WITH_LOOKUP = 40
WINDOW_BLIND = 10
"""Messages in flight. Without look-up each of them may go out twice when the worker is killed, so there are fewer."""

SHORTEST_LIFE_S = 5.0
"""A message with less time left than this is not sent: it would be read after the end."""

_IDLE_S = 1.0
_SAME_REFUSALS = 20
_REFUSED_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing leaves at the moment (a code of the message catalogue), and since when."""

    code: str
    since: datetime


class Sender:
    """See the module. `run` works until `stop` is set; cancelling it is like killing it: the leases run out."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        provider: Provider,
        desk: Desk,
        bus: Bus,
        *,
        owner: str,
        policy: Policy = POLICY,
        window: int | None = None,
        chance: random.Random | None = None,
        wall: Callable[[], datetime] = wall_now,
        monotonic: Callable[[], float] = time.monotonic,
        metrics: OutboxMetrics | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._provider = provider
        self._desk = desk
        self._bus = bus
        self._owner = owner
        self._policy = policy
        self._window = window or (WINDOW_WITH_LOOKUP if provider.can_look_up else WINDOW_BLIND)
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._wall = wall
        self._monotonic = monotonic
        self._metrics = metrics or OutboxMetrics(CollectorRegistry())
        self._pacer = Pacer(desk.rate_per_s, monotonic)
        self._claims = 0
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._finished: list[tuple[str, Settlement]] = []
        self._stir = asyncio.Event()
        self._closed_until = 0.0
        self._refusals = 0
        self._same: tuple[str, int] = ("", 0)
        self.trouble: Trouble | None = None

    async def run(self, stop: asyncio.Event, grace_s: float = 5.0) -> None:
        """Send what is due until `stop`; then wait `grace_s` for what is in flight and settle it."""
        patience = Patience(self._chance)
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(self._listen(stop), name="outbox-listener")
            while not stop.is_set():
                try:
                    pause_s = await self._round(group)
                except Temporary as error:
                    _log.warning("outbox waits: %s", error.code)
                    await patience.pause()
                except Exception as error:  # noqa: BLE001 - one iteration of a worker
                    _log.error("outbox failed: %s", where(error))
                    await patience.pause()
                else:
                    patience.reset()
                    await self._rest(pause_s)
            await self._drain(grace_s)
            listener.cancel()

    async def _listen(self, stop: asyncio.Event) -> None:
        waiter = self._bus.waiter("outbox")
        while not stop.is_set():
            await waiter.wait(_IDLE_S)
            self._stir.set()

    async def _rest(self, pause_s: float) -> None:
        """Until something was finished or queued, at most `pause_s`."""
        if pause_s > 0:
            try:
                async with asyncio.timeout(pause_s):
                    await self._stir.wait()
            except TimeoutError:
                pass
        self._stir.clear()

    async def _drain(self, grace_s: float) -> None:
        deadline = self._monotonic() + grace_s
        while self._sending and (left_s := deadline - self._monotonic()) > 0:
            await self._rest(left_s)
        for task in self._sending.values():
            task.cancel()
        if self._finished:
            async with self._store.write() as unit:
                await outbox.settle(unit.connection, self._finished)

    async def _round(self, group: asyncio.TaskGroup) -> float:
        """Settle, claim, start; returns how long there is nothing to do."""
        room = 0 if self._is_closed() else self._window - len(self._sending)
        if not self._finished and (pause_s := await self._nothing_for(room)) > 0:
            return pause_s
        settled, self._finished = self._finished, []
        self._claims += 1
        lease = f"{self._owner}:{self._claims}"
        try:
            async with self._store.write() as unit:
                await outbox.settle(unit.connection, settled)
                items: list[Item] = []
                if room > 0:
                    items = await outbox.claim(unit.connection, lease, self._wall(), room, self._policy.lease_s)
        except BaseException:
            # Writing an outcome twice changes nothing; losing it would send twice.
            self._finished = [*settled, *self._finished]
            raise
        for _, settlement in settled:
            self._metrics.settled(settlement)
        for item in items:
            self._sending[item.id] = group.create_task(self._deliver(item), name="outbox-send")
        self._metrics.in_flight.set(len(self._sending))
        return 0.0

    async def _nothing_for(self, room: int) -> float:
        """Seconds until there may be a row to claim; 0 when there is one."""
        if self._is_closed():
            return min(_IDLE_S, max(0.01, self._closed_until - self._monotonic()))
        if room <= 0:
            return _IDLE_S
        async with self._store.read() as connection:
            due = await outbox.next_due(connection)
        if due is None:
            return _IDLE_S
        left_s = (due - self._wall()).total_seconds()
        return min(_IDLE_S, max(0.01, left_s)) if left_s > 0 else 0.0

    # -- one message ----------------------------------------------------------------------------------------------

    async def _deliver(self, item: Item) -> None:
        try:
            outcome = self._noted(await self._attempt(item))
        except Exception as error:  # noqa: BLE001 - a provider may raise anything; its text may hold the number
            _log.error("provider %s raised: %s", self._provider.kind, where(error))
            outcome = Unclear("sms.provider_raised")
        settlement = settle(
            outcome, item, self._wall(), self._policy, self._chance, can_look_up=self._provider.can_look_up
        )
        self._finished.append((item.lease, settlement))
        self._sending.pop(item.id, None)
        self._stir.set()

    async def _attempt(self, item: Item) -> Outcome:
        if item.phone_sealed is None:
            return Dead("sms.recipient_erased")
        sms = OutgoingSms(
            reference=f"{item.warning}.{item.warning_version}.{item.id}",
            to=self._vault.open(item.phone_sealed),
            body=item.body,
            valid_s=0.0,
            segments=measure(item.body).segments,
            warning=item.warning,
        )
        if item.ask_first:
            known = await self._ask(sms, item)
            if known is not None:
                return known
        if item.ended:
            return TooLate("sms.warning_ended")
        await self._pacer.turn(sms.segments)
        return await self._send(sms, item)

    async def _ask(self, sms: OutgoingSms, item: Item) -> Outcome | None:
        """What became of an earlier attempt; None when it was not taken and may be made again."""
        if not self._provider.can_look_up:
            return blind(item, self._policy)
        self._metrics.lookups.inc()
        try:
            found = await self._provider.lookup(sms, item.first_attempt_at)
        except Unavailable as error:
            return self._close(error)
        except Temporary as error:
            return Unasked(error.code)
        if found:
            # The same words may have gone to the same person before, with another warning.
            async with self._store.read() as connection:
                others = await outbox.belong_to_others(connection, item.id, [each.provider_id for each in found])
            found = [each for each in found if each.provider_id not in others]
        alive = [each for each in found if not each.failed]
        if alive:
            return Accepted(alive[0].provider_id)
        return Dead("sms.failed_after_accept") if found else nothing_found(item, self._policy)

    async def _send(self, sms: OutgoingSms, item: Item) -> Outcome:
        # All three may have changed while this message waited for its turn.
        if self._is_closed() or (item.lease_until - self._wall()).total_seconds() < self._policy.reserve_s:
            return Paused()
        valid_s = (item.expires_at - self._desk.now()).total_seconds()
        if valid_s < SHORTEST_LIFE_S:
            return TooLate("sms.warning_ended")
        try:
            with self._metrics.send.time():
                sent = await self._provider.send(_living(sms, valid_s))
        except Unavailable as error:
            return self._close(error)
        except Permanent as error:
            return Dead(error.code)
        except Unknown as error:
            return Unclear(error.code)
        except Temporary as error:
            return Later(error.code)
        return Accepted(sent.provider_id)

    # -- the provider as a whole ----------------------------------------------------------------------------------

    def _is_closed(self) -> bool:
        closed = self._monotonic() < self._closed_until
        self._metrics.paused.set(closed)
        return closed

    def _close(self, error: Unavailable) -> Outcome:
        """The provider takes nothing: everyone waits, longer each time it says so without having taken anything.

        The message itself waits longer than that, so that after the pause others try first: should the trouble be
        with this one message, it does not stand in front of all of them.
        """
        self._refusals += 1
        pause_s = min(error.after_s, 0.05 * 2.0 ** min(self._refusals, 20))
        self._closed_until = max(self._closed_until, self._monotonic() + pause_s)
        if self.trouble is None or self.trouble.code != error.code:
            self.trouble = Trouble(error.code, self._wall())
        return Paused(error.code, pause_s + self._chance.uniform(0, 2 * error.after_s))

    def _noted(self, outcome: Outcome) -> Outcome:
        """Watch for a refusal that has nothing to do with the single message.

        Error codes change; a sender name that lost its registration may look like a bad number. When the same
        refusal comes again and again without one message being taken, the rest of the people are not burnt on it.
        """
        if isinstance(outcome, Accepted):
            self._refusals, self._same, self.trouble = 0, ("", 0), None
        if not isinstance(outcome, Dead):
            return outcome
        code, times = self._same
        self._same = (outcome.code, times + 1 if outcome.code == code else 1)
        if self._same[1] <= _SAME_REFUSALS:
            return outcome
        return self._close(Unavailable("sms.everything_refused", _REFUSED_PAUSE_S))


def _living(sms: OutgoingSms, valid_s: float) -> OutgoingSms:
    return OutgoingSms(sms.reference, sms.to, sms.body, valid_s, sms.segments, sms.warning)
