"""What the outbox asks of a message provider, and what a provider may answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from eoc.errors import EocError, Permanent, Temporary


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One message to one person. `reference` is ours and unique; `valid_s` is the life the message has left."""

    reference: str
    to: str = field(repr=False)
    """E.164, a Vietnamese mobile. Never shown, never logged."""
    body: str
    valid_s: float
    segments: int
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has accepted the message (not: a phone has shown it)."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """A message the provider has that may be ours. `failed`: it was accepted and then could not be delivered."""

    provider_id: str
    failed: bool = False


class Unavailable(Temporary):
    """The provider takes nothing from us at the moment: rate limit, outage, account refused.

    It says nothing about this message, which therefore keeps its attempts; the sender pauses for `after_s`.
    """

    def __init__(self, code: str, after_s: float = 0.0) -> None:
        super().__init__(code)
        self.after_s = after_s


class Unknown(EocError):
    """Nobody knows whether the provider took the message: the answer was lost, or was an error after the fact."""


class Provider(Protocol):
    """Sends one message at a time; the outbox does everything else.

    `send` returns when the provider has accepted. It raises `Temporary` when it certainly did not and a retry may
    help, `Unavailable` when nothing can be sent at all now, `Permanent` when it will never take this message, and
    `Unknown` when nobody can tell. No other exception, and none that holds the number or the text.

    `lookup` is called only when `can_look_up`: every message the provider has for this number with this text, newest
    first, created since about `since` (the two clocks may differ by hours; the outbox knows which of them belong to
    other messages). Raises `Temporary` when it cannot tell now.
    """

    @property
    def kind(self) -> str: ...

    @property
    def can_look_up(self) -> bool: ...

    async def send(self, sms: OutgoingSms) -> Sent: ...

    async def lookup(self, sms: OutgoingSms, since: datetime) -> Sequence[Found]: ...


__all__ = ["Found", "OutgoingSms", "Permanent", "Provider", "Sent", "Temporary", "Unavailable", "Unknown"]
