"""`hazards.yaml`: how grave a reading is, in the province's own numbers.

Two scales that are never one number: our operational severity 0-5, which drives the work, and the disaster
risk level of Decision 18/2021/QĐ-TTg, which only the hydrometeorological service declares and which is shown
for reference.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.bulletins import BulletinRule
from eoc.packs.epidemic import Epidemic
from eoc.packs.parts import (
    Colour,
    Flag,
    HazardCode,
    Level,
    LocalText,
    NotNegative,
    Part,
    Positive,
    Source,
    Text,
    Threshold,
    Whole,
)
from eoc.packs.rain import Rain
from eoc.packs.releases import DamRelease
from eoc.packs.wind import DamFailure, Wind

_ORDER = {"bd1": 1, "bd2": 2, "bd3": 3}


class AboveBd3(Part):
    """The step beyond the last official threshold: BĐ3 plus `by_m` metres."""

    by_m: Positive
    severity: Level


class SeverityTable(Part):
    """Operational severity per state of the gauge; an absent row never opens a case."""

    rise: Level | None = None
    bd1: Level | None = None
    bd2: Level | None = None
    bd3: Level | None = None
    above_bd3: AboveBd3 | None = None

    @model_validator(mode="after")
    def _never_milder(self) -> Self:
        above = self.above_bd3.severity if self.above_bd3 else None
        rows = {"rise": self.rise, "bd1": self.bd1, "bd2": self.bd2, "bd3": self.bd3, "above_bd3": above}
        given = [(name, level) for name, level in rows.items() if level is not None]
        for (lower, low), (upper, high) in pairwise(given):
            if high < low:
                facts = {"lower": lower, "upper": upper}
                raise PydanticCustomError("pack.severity_not_increasing", "milder above", facts)
        return self


class UpliftCondition(Part):
    """When an uplift applies; every given line must hold, and a figure that is not known never holds."""

    at_or_above: Threshold
    rise_m_per_h: Positive | None = None
    people_exposed: Whole | None = None


class Uplift(Part):
    """Raises the severity by `add`, with a reason that the case shows (a code of the message catalogue)."""

    code: Annotated[str, Field(pattern=r"^reason\.[a-z0-9_]+$")]
    add: Annotated[int, Field(strict=True, ge=1, le=2)]
    when: UpliftCondition


class Correlation(Part):
    """When two signals are the same flood: along one river, over land, and in time between two signs of it."""

    window_h: Positive
    same_river_km: Positive
    nearby_km: Positive
    neighbouring_areas: Flag = True


class RiskEdge(Part):
    """A level on the alarm ladder: a threshold plus some metres."""

    threshold: Threshold
    plus_m: NotNegative = 0.0

    @property
    def rank(self) -> tuple[int, float]:
        """For comparing two edges of one ladder."""
        return (_ORDER[self.threshold], self.plus_m)


class RiskRow(Part):
    """One row of Article 45: from an edge to below another, the risk level per region 1-4 (None: not
    known)."""

    at_or_above: RiskEdge
    below: RiskEdge
    regions: dict[Annotated[int, Field(ge=1, le=4)], Annotated[int, Field(strict=True, ge=1, le=5)] | None]
    source: Source
    region_sources: dict[Annotated[int, Field(ge=1, le=4)], Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.below.rank <= self.at_or_above.rank:
            facts = {"from": self.at_or_above.threshold, "to": self.below.threshold}
            raise PydanticCustomError("pack.range_inverted", "inverted", facts)
        return self


class RiskReference(Part):
    """The decree's table for floods in one basin. Its result is worded as an equivalent, never as an
    announcement."""

    decree: Text
    article: Text
    wording_code: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    rows: tuple[RiskRow, ...]

    def level(self, region: int | None, threshold: Threshold, plus_m: float = 0.0) -> int | None:
        """The risk level for a crest `plus_m` above a threshold; None for an unknown region or an empty cell."""
        edge = RiskEdge(threshold=threshold, plus_m=plus_m).rank
        for row in self.rows:
            if region is not None and row.at_or_above.rank <= edge < row.below.rank:
                return row.regions.get(region)
        return None


class RiverFlood(Part):
    """The flood rule of a province; station parameters stand in `stations.yaml`."""

    version: Whole
    property: Text
    look_back_h: Positive
    reopen_window_h: Positive
    validity_h: Positive
    max_gap_s: Positive
    rise_window_s: Positive
    """Over how long the rate of rise is taken."""
    rise_min_span_s: Positive
    """Two readings closer than this give no rate."""
    severity: SeverityTable
    forecast_below: Annotated[int, Field(strict=True, ge=0, le=5)] = 1
    """A level that is only forecast counts this much less than one that is reached."""
    uplift: tuple[Uplift, ...] = ()
    cap: Level = 5
    correlation: Correlation
    risk_reference: RiskReference | None = None


class Compound(Part):
    """The province's reading of article 4 of Decision 18/2021: what counts as together, and as a serious loss.

    `people`: from how many people in danger two levels may be proposed; absent = never.
    """

    min_level: Annotated[int, Field(strict=True, ge=1, le=4)] = 2
    window_h: Positive
    people: Annotated[int, Field(strict=True, ge=1)] | None = None
    source: Source


class Rules(Part):
    """The rules a pack switches on; an absent one is off."""

    river_flood: RiverFlood | None = None
    dam_release: DamRelease | None = None
    compound: Compound | None = None
    rain: Rain | None = None
    wind: Wind | None = None
    dam_failure: DamFailure | None = None
    epidemic: Epidemic | None = None
    bulletins: tuple[BulletinRule, ...] = ()
    """Official bulletins that open a case of their own; others only stand above one."""


class RiskLevel(Part):
    """One official disaster risk level: its name and colour in words by decree, the shade by the product."""

    level: Annotated[int, Field(strict=True, ge=1, le=5)]
    name: LocalText
    colour_name: LocalText
    colour: Colour
    colour_source: Source


class SeverityWord(Part):
    """The word for an operational severity."""

    level: Level
    name: LocalText


class Hazards(Part):
    """All of `hazards.yaml`."""

    names: dict[HazardCode, LocalText] = Field(default_factory=dict)
    cap_events: dict[HazardCode, tuple[Text, ...]] = Field(default_factory=dict)
    """Words in the `event` of a CAP message that mean a hazard; what none of them fits is `other`."""
    risk_levels: tuple[RiskLevel, ...] = ()
    severity_words: tuple[SeverityWord, ...] = ()
    rules: Rules = Rules()


RuleName = Literal["river_flood", "dam_release", "rain", "wind", "dam_failure", "epidemic"]
