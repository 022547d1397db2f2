"""What the product remembers about a station between batches, and its spelling in the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from eoc.hazards.river_flood import FloodState
from eoc.model import Quality


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest accepted value of a property."""

    value: float
    observed_at: datetime
    received_at: datetime
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True)
class StationState:
    """Newest values for the screens, and the hazard's memory for the rule.

    `station_version` names the station record the memory belongs to, so that a process with an old copy of the
    station notices under the row lock.
    """

    station_version: int = 0
    latest: Mapping[str, Latest] = field(default_factory=dict)
    river_flood: FloodState = FloodState()


_DECODER = msgspec.json.Decoder(StationState)
_ENCODER = msgspec.json.Encoder()

BLANK = b"{}"


def encode(state: StationState) -> bytes:
    return _ENCODER.encode(state)


def decode(stored: bytes) -> StationState:
    """Inverse of `encode`; unknown fields of a newer version are passed over."""
    return _DECODER.decode(stored)
