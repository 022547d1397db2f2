"""`fire.yaml`: forest fire danger in the province's own numbers, who is told, and how much a sign of smoke must show.

Everything may be left out: without `index` there is no danger map, without `smoke` no case from a sensor, without a
forest mask (`forest_mask.geojson`) hot spots of satellites are a list.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.parts import (
    AreaCode,
    Colour,
    Flag,
    Id,
    Level,
    LocalText,
    NotNegative,
    Number,
    Part,
    Positive,
    Source,
    Text,
    Whole,
)

DangerLevel = Annotated[int, Field(strict=True, ge=1, le=5)]
"""Forest fire danger I-V: a scale of its own, never our severity nor the disaster risk level."""
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Share = Annotated[Number, Field(gt=0, le=1)]
Months = Annotated[tuple[Number, ...], Field(min_length=12, max_length=12)]


class Reading(Part):
    """Which sample is the day's reading: the nearest to `hour`:`minute` local time, at most `tolerance_min` off."""

    hour: Annotated[int, Field(strict=True, ge=0, le=23)]
    minute: Annotated[int, Field(strict=True, ge=0, le=59)] = 0
    tolerance_min: Annotated[Number, Field(gt=0, le=240)]
    source: Source


class DailyRain(Part):
    """The rain that belongs to a reading: of the hours before it, known for at least this share of the time."""

    window_h: Annotated[Number, Field(gt=0, le=48)]
    coverage_min: Share
    source: Source


class IndexTable(Part):
    """A lookup table of the index: the highest values that still are level I, II, III and IV."""

    id: Id
    title: LocalText
    upper: Annotated[tuple[Positive, Positive, Positive, Positive], Field()]
    source: Source
    decree: Text | None = None

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for lower, upper in pairwise(self.upper):
            if upper <= lower:
                facts = {"lower": f"{lower:g}", "upper": f"{upper:g}"}
                raise PydanticCustomError("pack.fire_table_not_rising", "not rising", facts)
        return self


class ZoneMonths(Part):
    """What differs in some months of the year."""

    months: Annotated[tuple[Month, ...], Field(min_length=1)]
    table: Id | None = None
    reset_mm: Positive | None = None
    source: Source


class Zone(Part):
    """Communes with one table and one rain that ends the sum; the one without `areas` is everywhere else."""

    id: Id
    name: LocalText
    areas: tuple[AreaCode, ...] = ()
    table: Id
    reset_mm: Positive
    source: Source
    months: tuple[ZoneMonths, ...] = ()

    @model_validator(mode="after")
    def _each_month_once(self) -> Self:
        named = [month for part in self.months for month in part.months]
        twice = sorted({month for month in named if named.count(month) > 1})
        if twice:
            raise PydanticCustomError("pack.fire_month_twice", "month twice", {"month": twice[0]})
        return self

    def table_in(self, month: int) -> str:
        """The table's id in a month."""
        part = next((part for part in self.months if month in part.months), None)
        return (part.table if part else None) or self.table

    def reset_in(self, month: int) -> float:
        """The rain that ends the sum in a month, mm."""
        part = next((part for part in self.months if month in part.months), None)
        return (part.reset_mm if part else None) or self.reset_mm


class Index(Part):
    """The danger index of the province."""

    formula: Literal["deficit", "dew_point"]
    reading: Reading
    rain: DailyRain
    station_km: Positive
    """A commune without a fire-weather station this near has no index."""
    catch_up_days: Annotated[int, Field(strict=True, ge=1, le=60)]
    """How far back a day that could not be computed is tried again when readings come late."""
    tables: Annotated[tuple[IndexTable, ...], Field(min_length=1)]
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]

    def zone_of(self, area: str) -> Zone | None:
        """The zone that names a commune, else the one for everywhere else."""
        named = next((zone for zone in self.zones if area in zone.areas), None)
        return named or next((zone for zone in self.zones if not zone.areas), None)

    def table(self, table: str) -> IndexTable | None:
        return next((known for known in self.tables if known.id == table), None)


class DayLength(Part):
    """The drying day of the FWI: published tables by name, by latitude, or the province's own twelve numbers."""

    dmc: Literal["by_latitude", "46n", "20n", "equator", "20s", "40s"] | Months
    dc: Literal["by_latitude", "north", "equator", "south"] | Months
    source: Source
    reference: Text


class FireWeatherIndex(Part):
    """The Canadian system beside the index: which published variant."""

    ffmc_constant: Literal["147.2", "147.27723"]
    latitude_deg: Annotated[Number, Field(ge=-90, le=90)]
    day_length: DayLength


class DangerWord(Part):
    """The name and colour of a danger level, and what the source asks to be done at it."""

    level: DangerLevel
    name: LocalText
    action: LocalText | None = None
    colour: Colour
    source: Source


class FireBulletin(Part):
    """The draft bulletin of each afternoon."""

    from_level: DangerLevel
    decree: Text
    articles: Text
    source: Source
    signer: Id
    """The body that signs."""
    recipients: tuple[Id, ...] = ()
    """Bodies that get every bulletin; communes and forest owners it names get it anyway."""


class Owner(Part):
    """A forest owner and the communes where the forest lies."""

    id: Id
    name: LocalText
    areas: Annotated[tuple[AreaCode, ...], Field(min_length=1)]
    source: Source


class Burning(Part):
    """The register of notified burning."""

    refuse_from_level: DangerLevel
    radius_km: Positive
    """Smoke this near a registered burning may be that burning."""
    margin_min: NotNegative
    """And this long before and after the time it was notified for."""
    confidence: Annotated[Number, Field(gt=0, lt=1)]
    """What is left of the confidence then; never nothing, because a field fire can run into the forest."""
    source: Source


EvidenceKind = Literal["quick", "ordinary", "slow"]


class Evidence(Part):
    """How much a smoke sensor or a camera must show: `k` samples with smoke within `window_s`, the first and the
    last of them at least `hold_s` apart."""

    kind: EvidenceKind
    danger: tuple[DangerLevel, ...] = ()
    """The danger levels this applies to; days without a known danger take the row with `unknown: true`."""
    unknown: Flag = False
    k: Annotated[int, Field(strict=True, ge=2, le=20)]
    window_s: Positive
    hold_s: NotNegative
    sources: Annotated[int, Field(strict=True, ge=1, le=3)] = 1
    """For cameras: how many independent sources."""
    severity: Level
    source: Source

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hold_s > self.window_s:
            facts = {"hold_s": f"{self.hold_s:g}", "window_s": f"{self.window_s:g}"}
            raise PydanticCustomError("pack.fire_window_short", "window", facts)
        return self


class SmokeProperty(Part):
    """From where a sensor's value means smoke, and below which it is clean again."""

    smoke_at: Positive
    clean_below: Positive
    source: Source

    @model_validator(mode="after")
    def _dead_band(self) -> Self:
        if self.clean_below >= self.smoke_at:
            facts = {"smoke_at": f"{self.smoke_at:g}", "clean_below": f"{self.clean_below:g}"}
            raise PydanticCustomError("pack.fire_dead_band", "no dead band", facts)
        return self


class Smoke(Part):
    """Cases from smoke sensors."""

    version: Whole
    look_back_h: Positive
    properties: dict[Literal["smoke_ratio", "pm25_ugm3"], SmokeProperty]
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_row_for_each(self) -> Self:
        kinds = [row.kind for row in self.evidence]
        named = [level for row in self.evidence for level in row.danger]
        unknown = sum(row.unknown for row in self.evidence)
        if len(set(kinds)) != len(kinds) or sorted(named) != [1, 2, 3, 4, 5] or unknown != 1:
            raise PydanticCustomError("pack.fire_evidence_rows", "rows", {"levels": ", ".join(map(str, sorted(named)))})
        longest = max(row.window_s for row in self.evidence)
        if 2 * longest > self.look_back_h * 3600:
            facts = {"window_s": f"{longest:g}", "look_back_h": f"{self.look_back_h:g}"}
            raise PydanticCustomError("pack.fire_look_back_short", "look back", facts)
        return self


class Hotspots(Part):
    """Hot spots of satellites: a case only inside the user's forest mask, or after a second source."""

    second_source_km: Positive
    second_source_h: Positive
    mask_margin_km: NotNegative
    """A pixel is some hundred metres wide: this far outside the mask still counts as inside."""
    lowest_confidence: Literal["low", "nominal", "high"]
    severity_inside: Level
    severity_second: Level
    validity_h: Positive
    source: Source


class FireCase(Part):
    """When two signs of fire are one fire, and how long a case that stood down attracts new ones."""

    window_h: Positive
    nearby_km: Positive
    same_area: Flag = True
    neighbouring_areas: Flag = False
    reopen_window_h: Positive
    source: Source


class Fire(Part):
    """All of `fire.yaml`."""

    levels: tuple[DangerWord, ...] = ()
    index: Index | None = None
    fwi: FireWeatherIndex | None = None
    bulletin: FireBulletin | None = None
    owners: tuple[Owner, ...] = ()
    burning: Burning | None = None
    smoke: Smoke | None = None
    hotspots: Hotspots | None = None
    case: FireCase | None = None


class MaskProperties(Part):
    """The properties of a feature of `forest_mask.geojson` that mean something to us."""

    name: Text | None = None
    owner: Id | None = None
