"""Codecs: the bytes of a device into observations, or refusals that say exactly why not.

A codec is a total function: whatever bytes come in, it returns, never raises, and gives one entry for each record (none
for one that the pack says to ignore). Our own devices on `eoc/v1/<station>/obs` speak to `JsonCodec`; those of a pack's
`sources.yaml` to one of `sensors.codecs.registry`, made for their entry. To add one: a file with a class on
`Translating`, its name in `eoc.packs.sources.CodecKind`, and a line in the registry.
"""

from datetime import datetime
from typing import Protocol

from eoc.model import Observation, Refusal

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
