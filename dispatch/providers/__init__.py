"""Message providers: one file each, a config with its `kind`, one line in `REGISTRY`.

A new one: write `<name>.py` with a config (`kind: Literal["<name>"]`), the provider (see `base.Provider`) and an
`open_<name>` context manager; add the line below; add it to the contract suite in `tests/dispatch/providers`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from dispatch.providers.base import Found, OutgoingSms, Provider, Sent, Unavailable, Unknown
from dispatch.providers.console import ConsoleConfig, open_console
from dispatch.providers.parts import ProviderParts
from dispatch.providers.twilio import TwilioConfig, open_twilio

ProviderConfig = ConsoleConfig | TwilioConfig

Opener = Callable[[Any, ProviderParts], AbstractAsyncContextManager[Provider]]

REGISTRY: Mapping[str, Opener] = {
    "console": open_console,
    "twilio": open_twilio,
}

LIVE = frozenset(REGISTRY) - {"console"}
"""Kinds whose messages reach real phones."""


def open_provider(config: ProviderConfig, parts: ProviderParts) -> AbstractAsyncContextManager[Provider]:
    """The provider of a configuration; closed when the context ends."""
    return REGISTRY[config.kind](config, parts)


__all__ = [
    "LIVE",
    "REGISTRY",
    "ConsoleConfig",
    "Found",
    "OutgoingSms",
    "Provider",
    "ProviderConfig",
    "ProviderParts",
    "Sent",
    "TwilioConfig",
    "Unavailable",
    "Unknown",
    "open_provider",
]
