"""The provider of a demo: "sends" into a table that the web pages show as a phone. Nothing leaves the house."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from dispatch.providers.base import Found, OutgoingSms, Sent
from dispatch.providers.parts import ProviderParts
from dispatch.store import console
from dispatch.store.console import ConsoleMessage


class ConsoleConfig(BaseModel):
    """Nothing to set."""

    kind: Literal["console"] = "console"


class ConsoleProvider:
    """Idempotent by the reference, so that a crash after the write cannot show a message twice."""

    kind = "console"
    can_look_up = True

    def __init__(self, parts: ProviderParts) -> None:
        self._parts = parts

    async def send(self, sms: OutgoingSms) -> Sent:
        message = ConsoleMessage(
            reference=sms.reference,
            warning=sms.warning,
            phone_sealed=self._parts.vault.seal(sms.to),
            sender=self._parts.sender_id,
            body=sms.body,
            segments=sms.segments,
            at=self._parts.wall(),
        )
        async with self._parts.store.write() as unit:
            await console.add(unit.connection, [message])
        return Sent(f"console-{sms.reference}")

    async def lookup(self, sms: OutgoingSms, since: datetime) -> list[Found]:  # noqa: ARG002 - the reference is unique
        async with self._parts.store.read() as connection:
            there = await console.has(connection, sms.reference)
        return [Found(f"console-{sms.reference}")] if there else []


@contextlib.asynccontextmanager
async def open_console(_config: ConsoleConfig, parts: ProviderParts) -> AsyncIterator[ConsoleProvider]:
    yield ConsoleProvider(parts)
