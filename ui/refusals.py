"""What the broker refuses, as people see it: the last refusal of each account, and an alert when there are three.

The journal gets the account's name and the count only: a client's name and topic are a stranger's own words, and kept
where they can be erased.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, Final

from eoc.clock import wall_now
from eoc.engine import Engine
from eoc.events import Draft
from eoc.store import Store
from sensors.alarm import RefusalAlarm
from sensors.store import devices as rows

log = logging.getLogger(__name__)

_MOST_WAITING: Final = 1000
_PAUSE_S: Final = 0.5
ALERTS: Final = {
    "publish": "mqtt.alert_publish",
    "subscribe": "mqtt.alert_subscribe",
    "login": "mqtt.alert_login",
}


@dataclass(slots=True)
class _Gathered:
    fact: dict[str, Any]
    count: int = 0


@dataclass(slots=True)
class Refusals:
    """Takes what the broker's log tells (`told`), and works it off (`run`)."""

    store: Store
    engine: Engine
    _waiting: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    _alarm: RefusalAlarm = field(default_factory=RefusalAlarm)

    def told(self, fact: dict[str, Any]) -> None:
        """One refusal; see `sensors/broker/sieve.py`. Never blocks: in a flood the count suffers, not the broker."""
        if not self._waiting.full():
            self._waiting.put_nowait(fact)

    async def run(self) -> None:
        """For ever; cancel to stop."""
        while True:
            gathered = _by_subject([await self._waiting.get(), *self._rest()])
            try:
                await self._write(gathered)
            except Exception:
                log.exception("cannot record what the broker refused")
            await asyncio.sleep(_PAUSE_S)

    def _rest(self) -> list[dict[str, Any]]:
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    async def _write(self, gathered: dict[str, _Gathered]) -> None:
        now = wall_now()
        async with self.store.write() as unit:
            credentials = await rows.credentials(unit.connection)
            alerts = []
            for subject, each in sorted(gathered.items()):
                fact = each.fact
                username = fact["username"] if fact["username"] in credentials else ""
                denied = rows.Denied(
                    username, now, fact["what"], fact["topic"], fact["client"], fact["address"], each.count
                )
                await rows.put_refusal(unit.connection, denied)
                count = self._alarm.count(subject, now, each.count)
                if count is not None:
                    alerts.append((username, fact["what"], count))
            if not alerts:
                return
            at = await self.engine.moment(unit)
            drafts = []
            for username, what, count in alerts:
                log.warning("the broker refused %s %d times (%s)", username or "a stranger", count, what)
                owner = credentials[username].account.owner if username else "mqtt"
                params = {"username": username or "?", "count": count}
                data = {"code": ALERTS[what], "params": params, **params}
                drafts.append(Draft("system.security_alert", owner, at, data))
            await unit.append(drafts)


def _by_subject(facts: list[dict[str, Any]]) -> dict[str, _Gathered]:
    """The newest fact of each account (or address), and how many."""
    found: dict[str, _Gathered] = {}
    for fact in facts:
        subject = fact["username"] or f"address {fact['address'] or '?'}"
        held = found.setdefault(subject, _Gathered(fact))
        held.fact = fact
        held.count += 1
    return found
