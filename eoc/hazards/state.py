"""What the product remembers about a station between batches, and its spelling in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from eoc.hazards.dam_failure import DamFailureRule, DamFailureState
from eoc.hazards.rain import RainRule, RainState
from eoc.hazards.river_flood import FloodRule, FloodState
from eoc.hazards.smoke import SmokeRule, SmokeState
from eoc.hazards.wind import WindRule, WindState
from eoc.model import Quality
from eoc.quality import QualityState


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest accepted value of a property; `codes` say what is doubted about it."""

    value: float
    observed_at: datetime
    received_at: datetime
    quality: Quality = Quality.GOOD
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the device last said about itself: battery_v, battery_pct, rssi_dbm, snr_db."""

    at: datetime
    values: Mapping[str, float]


class StationState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Newest values for the screens, and a memory for each rule (field = the rule's `slot`).

    `station_version` names the station record the memory belongs to, so that a process with an old copy of the
    station notices under the row lock. What is at its default is not spelled out: most memories are, most of the time.
    """

    station_version: int = 0
    latest: Mapping[str, Latest] = msgspec.field(default_factory=dict)
    quality: Mapping[str, QualityState] = msgspec.field(default_factory=dict)
    vitals: Vitals | None = None
    river_flood: FloodState = FloodRule.blank
    smoke: SmokeState = SmokeRule.blank
    flash_flood: RainState = RainRule.blank
    landslide: RainState = RainRule.blank
    storm: WindState = WindRule.blank
    dam_failure: DamFailureState = DamFailureRule.blank

    def memory(self, slot: str) -> Any:
        """The memory of one rule."""
        return getattr(self, slot)

    def level(self) -> int:
        """The highest severity any rule gives this station now."""
        return max(int(getattr(self, slot).level) for slot in SLOTS)


SLOTS = ("river_flood", "flash_flood", "landslide", "storm", "dam_failure", "smoke")
"""The fields that are memories of rules."""

_DECODER = msgspec.json.Decoder(StationState)
_ENCODER = msgspec.json.Encoder()

BLANK = b"{}"


def encode(state: StationState) -> bytes:
    return _ENCODER.encode(state)


def decode(stored: bytes) -> StationState:
    """Inverse of `encode`; unknown fields of a newer version are passed over."""
    return _DECODER.decode(stored)
