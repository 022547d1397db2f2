"""From a pack to what the engine and the API need to know: one straight translation."""

from datetime import datetime, timedelta

from eoc.correlation import CorrelationParams
from eoc.engine import CaseLife, World
from eoc.hazards.binding import HazardParams
from eoc.hazards.river_flood import FloodParams, Uplift
from eoc.incidents.compound import CompoundParams
from eoc.model import Limits, Station, Thresholds
from eoc.packs import Pack
from eoc.packs.hazards import RiskReference, RiverFlood
from eoc.packs.stations import ReservoirFacts, StationEntry
from ui.world_epidemic import epidemic_life, epidemic_reach
from ui.world_fire import fire_lives, fire_reaches, smoke_of
from ui.world_weather import dam_failure_of, rain_of, susceptibility_of, weather_lives, weather_reaches, wind_of


def world_of(pack: Pack, now: datetime) -> World:
    """The engine's parameters from a pack in force at `now`; a rule that the pack does not have is off."""
    rules = pack.hazards.rules
    lives: dict[str, CaseLife] = {}
    reaches: dict[str, CorrelationParams] = {}
    flood = FloodParams(river_names=_river_names(pack))
    if rules.river_flood is not None:
        rule = rules.river_flood
        flood = _flood(rule, pack)
        lives["river_flood"] = CaseLife(timedelta(hours=rule.validity_h), timedelta(hours=rule.reopen_window_h))
        reaches["river_flood"] = CorrelationParams(
            river_km=rule.correlation.same_river_km or 0.0,
            nearby_km=rule.correlation.nearby_km,
            window=timedelta(hours=rule.correlation.window_h),
            neighbouring_areas=rule.correlation.neighbouring_areas,
        )
    hazards = HazardParams(
        flood,
        rain=rain_of(pack),
        susceptibility=susceptibility_of(pack),
        wind=wind_of(pack),
        dam_failure=dam_failure_of(pack),
        smoke=smoke_of(pack.fire),
    )
    lives |= fire_lives(pack.fire)
    reaches |= fire_reaches(pack.fire)
    # Two dams are two releases, however near they stand; one dam is one, whoever speaks of it.
    reaches["dam_release"] = CorrelationParams(river_km=0.5, nearby_km=0.5, same_area=False, neighbouring_areas=False)
    lives |= weather_lives(pack) | epidemic_life(pack)
    reaches |= weather_reaches(pack) | epidemic_reach(pack)
    parents = {area.code: area.parent for area in pack.areas_at(now) if area.parent is not None}
    return World(hazards, lives, reaches, _neighbours(pack, now), parents)


def compound_of(pack: Pack) -> CompoundParams | None:
    """The province's compound rule; None = nothing is proposed."""
    rule = pack.hazards.rules.compound
    if rule is None:
        return None
    return CompoundParams(min_level=rule.min_level, window=timedelta(hours=rule.window_h), people=rule.people)


def _river_names(pack: Pack) -> dict[str, str]:
    return {river.entry.id: river.entry.name.vi for river in pack.rivers}


def _neighbours(pack: Pack, now: datetime) -> dict[str, frozenset[str]]:
    index = pack.area_index(now)
    return {area.code: frozenset(index.neighbours(area.code)) for area in pack.areas_at(now, "commune") if area.outline}


def _flood(rule: RiverFlood, pack: Pack) -> FloodParams:
    table = rule.severity
    severity = {name: getattr(table, name) for name in ("rise", "bd1", "bd2", "bd3")}
    above = table.above_bd3
    if above is not None:
        severity["above_bd3"] = above.severity
    return FloodParams(
        property=rule.property,
        look_back=timedelta(hours=rule.look_back_h),
        max_gap=timedelta(seconds=rule.max_gap_s),
        severity={name: level for name, level in severity.items() if level is not None},
        above_bd3_m=above.by_m if above is not None else None,
        rise_window=timedelta(seconds=rule.rise_window_s),
        rise_min_span=timedelta(seconds=rule.rise_min_span_s),
        forecast_below=rule.forecast_below,
        highest=rule.cap,
        uplifts=tuple(
            Uplift(each.code, each.add, each.when.at_or_above, each.when.rise_m_per_h, each.when.people_exposed)
            for each in rule.uplift
        ),
        risk_table=_risk_table(rule.risk_reference, pack) if rule.risk_reference else {},
        river_names=_river_names(pack),
    )


def _risk_table(reference: RiskReference, pack: Pack) -> dict[str, tuple[tuple[str, int], ...]]:
    """For each river whose region is known: the risk level each reached alarm level stands for."""
    table: dict[str, tuple[tuple[str, int], ...]] = {}
    for river in pack.rivers:
        region = river.entry.risk_region
        if region is None:
            continue
        rows = [
            (row.at_or_above.threshold, row.regions.get(region))
            for row in reference.rows
            if row.at_or_above.plus_m == 0.0
        ]
        table[river.entry.id] = tuple((str(name), risk) for name, risk in rows if risk is not None)
    return table


def stations_of(pack: Pack) -> list[Station]:
    """The pack's stations as the engine knows them."""
    return [_station(each) for each in pack.stations]


def _station(entry: StationEntry) -> Station:
    return Station(
        id=entry.id,
        name=entry.name,
        kind=entry.kind,
        lon=entry.lon,
        lat=entry.lat,
        area=entry.area,
        river=entry.river,
        chainage_km=entry.chainage_km,
        thresholds=Thresholds(**dict(entry.thresholds.named())) if entry.thresholds else Thresholds(),
        rules=_rules(entry),
        demo=entry.demo,
        sources=dict(entry.sources),
        people_exposed={str(name): people for name, people in entry.people_exposed.items()},
        interval_s=float(entry.interval_s.normal) if entry.interval_s else None,
        limits={name: Limits(**one.model_dump()) for name, one in entry.limits.items()},
        facts=_facts(entry.reservoir) if entry.reservoir else {},
    )


def _rules(entry: StationEntry) -> dict[str, float]:
    """What the pack gives, and that a gauge which only has a counter, or a sensor of dust only, is read by it."""
    rules = entry.rules.given() if entry.rules else {}
    if "rain_acc_mm" in entry.properties and "rain_mm" not in entry.properties:
        rules["rain_from_counter"] = 1.0
    if "pm25_ugm3" in entry.properties and "smoke_ratio" not in entry.properties:
        rules["smoke_from_pm25"] = 1.0
    return rules


def _facts(reservoir: ReservoirFacts) -> dict[str, float]:
    """The figures of a reservoir that are known, by their name in the pack."""
    return {
        name: float(value)
        for name, value in reservoir.model_dump(exclude_none=True).items()
        if isinstance(value, int | float)
    }
