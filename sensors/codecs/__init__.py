"""Codecs: the bytes of a device into observations, or refusals that say exactly why not.

A codec is a total function: whatever bytes come in, it returns, never raises, and gives one entry for each record.
To add one: a file with a class, a config with `kind`, and a line in `REGISTRY`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from eoc.model import Observation, Refusal
from sensors.codecs.json import JsonCodec

MAX_PAYLOAD_BYTES = 65_536
"""Larger payloads are refused whole; the embedded brokers do not let them in either."""

Record = Observation | Refusal


class Codec(Protocol):
    """One payload format."""

    def decode(self, payload: bytes, topic: str, received_at: datetime, limit: datetime | None = None) -> list[Record]:
        """One entry per record, in the order of the payload.

        `limit` is the latest time a record may carry (None: no limit, time follows the data). A payload that
        cannot be taken apart counts as one refused record.
        """
        ...


REGISTRY: Mapping[str, Callable[..., Codec]] = {"json": JsonCodec}
"""Codec by the `kind` of its configuration."""


def make_codec(kind: str, **options: Any) -> Codec:
    """The codec named in a pack's `[[sources]]`; KeyError for an unknown one."""
    return REGISTRY[kind](**options)
