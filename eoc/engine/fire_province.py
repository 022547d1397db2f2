"""What the fire desks know of their province: the pack's fire part, translated once into the rules' parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from eoc.geo import AreaIndex, LonLat
from eoc.hazards import fwi
from eoc.hazards.fire_book import FireContext
from eoc.hazards.fire_danger import Method, ReadingRule
from eoc.hazards.fwi_day_length import DC_TABLES, DMC_TABLES, DayLengths, dc_band, dmc_band
from eoc.hazards.hotspots import ForestMask, HotspotParams
from eoc.hazards.nesterov import IndexTable
from eoc.hazards.smoke import Evidence, SmokeLimits, SmokeParams
from eoc.packs import Pack
from eoc.packs.fire import DayLength, Fire


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune in force; `place` is a point inside, None without an outline."""

    code: str
    name: str
    place: LonLat | None


@dataclass(frozen=True)
class FireProvince:
    """The fire part of a pack, ready to compute with; `reading` None = the pack switches the danger map off."""

    pack: Pack
    reading: ReadingRule | None
    lengths: DayLengths | None
    scale: fwi.FfmcScale
    mask: ForestMask
    hotspots: HotspotParams | None
    margin: timedelta = timedelta()
    radius_km: float = 0.0
    _communes: dict[date, tuple[Commune, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, pack: Pack) -> "FireProvince":
        fire = pack.fire
        return cls(
            pack,
            _reading(pack),
            _lengths(fire.fwi.day_length, fire.fwi.latitude_deg) if fire.fwi else None,
            fwi.SCALES[fire.fwi.ffmc_constant] if fire.fwi else fwi.STANDARD,
            ForestMask(pack.forest_mask),
            _hotspots(fire),
            timedelta(minutes=fire.burning.margin_min) if fire.burning else timedelta(),
            fire.burning.radius_km if fire.burning else 0.0,
        )

    @property
    def fire(self) -> Fire:
        return self.pack.fire

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.pack.zone).date()

    def due_day(self, at: datetime) -> date | None:
        """The newest day whose reading is complete at a moment."""
        if self.reading is None:
            return None
        day = self.local_day(at)
        return day if at >= self.reading.ready(day) else day - timedelta(days=1)

    def communes(self, at: datetime) -> tuple[Commune, ...]:
        """Communes in force, by code."""
        day = self.pack.day(at)
        if day not in self._communes:
            areas = sorted(self.pack.areas_at(at, "commune"), key=lambda area: area.code)
            self._communes[day] = tuple(Commune(area.code, area.name, area.label) for area in areas)
        return self._communes[day]

    def area_index(self, at: datetime) -> AreaIndex:
        return self.pack.area_index(at)

    def method(self, area: str, month: int) -> Method | None:
        """How a commune's danger is computed in a month; None where the pack has no zone or table for it."""
        rule = self.fire.index
        zone = rule.zone_of(area) if rule else None
        table = rule.table(zone.table_in(month)) if rule and zone else None
        if rule is None or zone is None or table is None:
            return None
        named = IndexTable(table.id, table.source, table.upper)
        return Method(zone.id, named, zone.reset_in(month), rule.formula, self.lengths, self.scale)

    def constants(self) -> dict[str, Any]:
        """The published variant in use, by name."""
        if self.lengths is None or self.fire.fwi is None:
            return {}
        told = fwi.constants(self.scale, self.lengths)
        return {**told, "source": self.fire.fwi.day_length.source, "reference": self.fire.fwi.day_length.reference}


def _reading(pack: Pack) -> ReadingRule | None:
    rule = pack.fire.index
    if rule is None:
        return None
    return ReadingRule(
        pack.zone,
        time(rule.reading.hour, rule.reading.minute),
        timedelta(minutes=rule.reading.tolerance_min),
        timedelta(hours=rule.rain.window_h),
        rule.rain.coverage_min,
    )


def _lengths(given: DayLength, latitude_deg: float) -> DayLengths:
    dmc_name, dmc = _table(given.dmc, DMC_TABLES, dmc_band(latitude_deg))
    dc_name, dc = _table(given.dc, DC_TABLES, dc_band(latitude_deg))
    return DayLengths(dmc_name, dmc, dc_name, dc)


def _table(
    given: str | tuple[float, ...], tables: Mapping[str, tuple[float, ...]], band: str
) -> tuple[str, tuple[float, ...]]:
    if not isinstance(given, str):
        return "pack", tuple(given)
    name = band if given == "by_latitude" else given
    return name, tables[name]


def _hotspots(fire: Fire) -> HotspotParams | None:
    rule = fire.hotspots
    if rule is None:
        return None
    return HotspotParams(
        rule.second_source_km,
        timedelta(hours=rule.second_source_h),
        rule.mask_margin_km,
        rule.lowest_confidence,
        rule.severity_inside,
        rule.severity_second,
    )


def smoke_params(fire: Fire, context: FireContext) -> SmokeParams | None:
    """The smoke rule's numbers; None = off."""
    rule = fire.smoke
    if rule is None:
        return None
    rows: dict[str, Evidence] = {
        row.kind: Evidence(
            row.kind, row.k, timedelta(seconds=row.window_s), timedelta(seconds=row.hold_s), row.severity, row.sources
        )
        for row in rule.evidence
    }
    return SmokeParams(
        version=rule.version,
        look_back=timedelta(hours=rule.look_back_h),
        limits={str(name): SmokeLimits(each.smoke_at, each.clean_below) for name, each in rule.properties.items()},
        rows=rows,
        kinds={level: row.kind for row in rule.evidence for level in row.danger},
        unknown=next(row.kind for row in rule.evidence if row.unknown),
        context=context,
    )
