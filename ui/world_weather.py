"""The pack's rain, wind and dam-failure rules as the engine's parameters."""

import math
from datetime import timedelta

from eoc.correlation import CorrelationParams
from eoc.engine import CaseLife
from eoc.engine.bulletin_cases import BulletinSeverity
from eoc.hazards.dam_failure import HAZARD as DAM_FAILURE
from eoc.hazards.dam_failure import DamFailureParams
from eoc.hazards.rain import RAIN_HAZARDS, RainParams, Steps
from eoc.hazards.rain_table import Antecedent, Band, Row
from eoc.hazards.wind import Force, WindParams
from eoc.packs import Pack
from eoc.packs.rain import Rain, RainRow


def rain_of(pack: Pack) -> RainParams | None:
    """None when the pack has no rain rule."""
    rule = pack.hazards.rules.rain
    if rule is None:
        return None
    again = rule.tell_again
    return RainParams(
        rows={"flash_flood": _rows(rule.flash_flood), "landslide": _rows(rule.landslide)},
        antecedent=Antecedent(rule.antecedent.days, rule.antecedent.rain_day_mm, rule.antecedent.decay),
        steps=Steps(again.stages_mm, again.again_every_mm, rule.rain_day_start_hour) if again else None,
        interval=timedelta(seconds=rule.interval_s),
        gap_intervals=rule.gap_intervals,
        most_mm_per_10min=rule.most_mm_per_10min or math.inf,
        confirm_share=rule.confirm_share,
        hysteresis_share=rule.hysteresis_share,
        missing_allowed=timedelta(minutes=rule.missing_allowed_min),
        hold=timedelta(hours=rule.hold_h),
        zone=pack.zone,
    )


def _rows(rows: tuple[RainRow, ...]) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.hours,
            row.at_least_mm,
            {str(place): level for place, level in row.levels.items()},
            row.previous_rain_days,
            row.antecedent_mm,
        )
        for row in rows
    )


def bands_of(rule: Rain) -> tuple[Band, ...]:
    """The decree's ranges."""
    return tuple(Band(band.hours, band.from_mm, band.below_mm) for band in rule.bands)


def susceptibility_of(pack: Pack) -> dict[tuple[str, str], str]:
    """(commune, hazard) to how prone it is."""
    return {(row.area, row.hazard): row.susceptibility for row in pack.susceptibility}


def wind_of(pack: Pack) -> WindParams | None:
    """None when the pack has no wind rule."""
    rule = pack.hazards.rules.wind
    if rule is None:
        return None
    return WindParams(
        tuple(Force(row.at_least_ms, row.force, row.level) for row in rule.rows),
        timedelta(hours=rule.look_back_h),
        timedelta(seconds=rule.max_gap_s),
        timedelta(seconds=rule.min_duration_s),
        rule.hysteresis_ms,
    )


def dam_failure_of(pack: Pack) -> DamFailureParams | None:
    """None when the pack has no such rule."""
    rule = pack.hazards.rules.dam_failure
    if rule is None:
        return None
    return DamFailureParams(
        rule.severity,
        timedelta(hours=rule.look_back_h),
        timedelta(seconds=rule.max_gap_s),
        timedelta(seconds=rule.min_duration_s),
        rule.hysteresis_m,
    )


def bulletins_of(pack: Pack) -> dict[str, BulletinSeverity]:
    """Hazards whose official bulletins are cases of their own."""
    return {rule.hazard: BulletinSeverity(rule.by_level, rule.without_level) for rule in pack.hazards.rules.bulletins}


def weather_lives(pack: Pack) -> dict[str, CaseLife]:
    """How long news of these hazards is news, by hazard."""
    rules = pack.hazards.rules
    lives: dict[str, CaseLife] = {}
    if rules.rain is not None:
        life = CaseLife(timedelta(hours=rules.rain.validity_h), timedelta(hours=rules.rain.reopen_window_h))
        lives |= dict.fromkeys(RAIN_HAZARDS, life)
    if rules.wind is not None:
        lives["storm"] = CaseLife(timedelta(hours=rules.wind.validity_h), timedelta(hours=rules.wind.reopen_window_h))
    if rules.dam_failure is not None:
        rule = rules.dam_failure
        lives[DAM_FAILURE] = CaseLife(timedelta(hours=rule.validity_h), timedelta(hours=rule.reopen_window_h))
    return lives


def weather_reaches(pack: Pack) -> dict[str, CorrelationParams]:
    """How far one event of these hazards reaches, by hazard."""
    rules = pack.hazards.rules
    reaches: dict[str, CorrelationParams] = {}
    if rules.rain is not None:
        reaches |= dict.fromkeys(RAIN_HAZARDS, CorrelationParams(river_km=0.0, nearby_km=rules.rain.nearby_km))
    if rules.wind is not None:
        reaches["storm"] = CorrelationParams(river_km=0.0, nearby_km=rules.wind.nearby_km)
    if rules.dam_failure is not None:
        # Two dams in trouble on one river are two cases, each with its own people below.
        reaches[DAM_FAILURE] = CorrelationParams(river_km=0.0, nearby_km=1.0, same_area=True, neighbouring_areas=False)
    return reaches
