"""The vocabulary: what a device says, what a station is, what a rule concludes.

Frozen values only. Whoever decides something (hazards, correlation, incidents) reads these and returns new ones;
only `engine` and `store` move them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

MAX_LEVEL = 5
"""Operational severity runs 0 (normal) to 5. It is the product's own internal scale: neither the disaster risk
level of Decision 18/2021/QĐ-TTg nor the alarm level of a gauge (báo động)."""

#: What each property may physically be (SI units, outside test programs rely on the names). A number outside is
#: an instrument or a protocol speaking nonsense (65535, -9999, a temperature in Fahrenheit): refused and kept.
PHYSICAL_RANGE: Mapping[str, tuple[float, float]] = {
    "water_level_m": (-50.0, 9000.0),
    "rain_mm": (0.0, 500.0),
    "rain_acc_mm": (0.0, 30000.0),
    "temperature_c": (-60.0, 80.0),
    "humidity_pct": (0.0, 100.0),
    "wind_speed_ms": (0.0, 120.0),
    "wind_dir_deg": (0.0, 360.0),
    "pm25_ugm3": (0.0, 10000.0),
    "smoke_ratio": (0.0, 1.0),
    "discharge_m3s": (0.0, 200000.0),
    "htl": (-50.0, 9000.0),
    "hdbt": (-50.0, 9000.0),
    "hc": (-50.0, 9000.0),
    "qve": (-1000.0, 200000.0),
    "qxt": (0.0, 200000.0),
    "qxm": (0.0, 200000.0),
    "ncxs": (0.0, 200.0),
    "ncxm": (0.0, 200.0),
}


class Quality(StrEnum):
    """How far a reading may be trusted; only `good` ones can open a case."""

    GOOD = "good"
    SUSPECT = "suspect"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a code of the message catalogue and the facts that fill it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Observation:
    """One record of a device: several properties measured at one moment.

    `raw` and `origin` (topic or route) travel along so that a refusal can be kept exactly as it came. `health` is what
    the device says about itself: battery_v, battery_pct, rssi_dbm, snr_db.
    """

    station: str
    observed_at: datetime
    values: Mapping[str, float]
    received_at: datetime
    seq: int | None = None
    boot: str = ""
    quality: Quality = Quality.GOOD
    origin: str = ""
    raw: bytes = b""
    health: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that is not taken: why (`code`, `params`), from where, and the bytes as they came."""

    code: str
    params: Mapping[str, Any]
    origin: str
    raw: bytes
    received_at: datetime
    station: str | None = None
    seq: int | None = None
    boot: str = ""


class Verdict(StrEnum):
    """What became of one record; received = accepted + duplicate + quarantined, always."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The engine's answer for one record, in the order of the batch."""

    verdict: Verdict
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Alarm levels of a gauge (báo động 1-3) in metres of the station's own datum; None = not set, no rule."""

    bd1: float | None = None
    bd2: float | None = None
    bd3: float | None = None

    def named(self) -> list[tuple[str, float]]:
        """The thresholds that are set, lowest first: [("bd1", 28.2), ...]."""
        pairs = (("bd1", self.bd1), ("bd2", self.bd2), ("bd3", self.bd3))
        return [(name, value) for name, value in pairs if value is not None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is; any part may be unknown. `name` is what a person would call it."""

    area: str | None = None
    lon: float | None = None
    lat: float | None = None
    river: str | None = None
    chainage_km: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one property can plausibly be at a station, in its own unit; None = not said, not tested.

    `max_step_per_10min`: the largest real change in ten minutes; `flat_line_s`: how long it may stay exactly the same.
    """

    min: float | None = None
    max: float | None = None
    max_step_per_10min: float | None = None
    flat_line_s: float | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A place that measures. `rules` holds this station's own parameters; an absent one is off.

    `interval_s`: how often it reports in ordinary times; `limits`: by property; `facts`: fixed figures of a reservoir
    (normal_level_m, dead_level_m, crest_level_m, capacity_hm3 ...).
    """

    id: str
    name: str
    kind: str
    lon: float | None = None
    lat: float | None = None
    area: str | None = None
    river: str | None = None
    chainage_km: float | None = None
    thresholds: Thresholds = Thresholds()
    rules: Mapping[str, float] = field(default_factory=dict)
    demo: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    people_exposed: Mapping[str, int] = field(default_factory=dict)
    interval_s: float | None = None
    limits: Mapping[str, Limits] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    version: int = 1

    @property
    def place(self) -> Place:
        return Place(self.area, self.lon, self.lat, self.river, self.chainage_km, self.name)


STATION = "station"
"""The source of a signal that a station's rule gave; its `ref` is the station's id."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A hazard somewhere changed its operational severity; the engine's input from a rule, a notice, a feed.

    `source` and `ref` name what speaks: ("station", id), ("notice", id), ("feed", id), ("indicator", id), ("call", id),
    ("sighting", id). `at` is the time of what decided, `onset` the time the condition began, `level` 0 means that the
    condition has ended. `late`: told by readings that arrived after newer ones of the same station. `title` names a
    case that it opens; without one the hazard and the place do.
    """

    hazard: str
    ref: str
    level: int
    previous_level: int
    at: datetime
    onset: datetime
    value: float | None
    rule: str
    reasons: tuple[Reason, ...] = ()
    risk_reference: int | None = None
    late: bool = False
    source: str = STATION
    place: Place = Place()
    title: Reason | None = None
