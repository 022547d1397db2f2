"""What the composition root hands to a provider when it is opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eoc.clock import wall_now
from eoc.secrets import Vault
from eoc.store import Store


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """`sender_id`: the registered name messages come from (at most 11 characters); `wall`: the time on the wall."""

    store: Store
    vault: Vault
    sender_id: str
    wall: Callable[[], datetime] = wall_now
