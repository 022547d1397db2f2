"""The pack's epidemic rules as the desk's parameters."""

from datetime import datetime, timedelta

from eoc.correlation import CorrelationParams
from eoc.engine.epidemic import HAZARD, Province
from eoc.engine.world import CaseLife
from eoc.hazards.endemic_channel import ChannelParams
from eoc.hazards.epidemic import EarsParams
from eoc.hazards.outbreak import ClusterParams, EpidemicParams
from eoc.model import Place
from eoc.packs import Area, Pack
from eoc.packs.epidemic import Epidemic


def province_of(pack: Pack, now: datetime) -> Province:
    """A pack without epidemic rules knows no disease: nothing can be counted, and that is said."""
    places = {area.code: _place(area) for area in pack.areas_at(now)}
    rule = pack.hazards.rules.epidemic
    if rule is None:
        return Province(places=places, zone=pack.zone)
    return Province(
        _params(rule),
        {disease.id: disease.name.vi for disease in rule.diseases},
        places,
        pack.zone,
        timedelta(days=rule.stale_d),
        rule.channel.years if rule.channel else 1,
    )


def _place(area: Area) -> Place:
    lon, lat = area.label or (None, None)
    return Place(area=area.code, lon=lon, lat=lat, name=area.name)


def _params(rule: Epidemic) -> EpidemicParams:
    ears, channel = rule.ears, rule.channel
    return EpidemicParams(
        ears=None
        if ears is None
        else EarsParams(
            methods=ears.methods,
            baseline_days=ears.baseline_days,
            fewest_days=ears.fewest_days,
            deviations=ears.deviations,
            c3_sum=ears.c3_sum,
            least_deviation=ears.least_deviation,
            at_least_poisson=ears.at_least_poisson,
            least_count=ears.least_count,
            confirm=ears.confirm_days,
            levels={str(method): level for method, level in ears.levels.items()},
        ),
        channel=None
        if channel is None
        else ChannelParams(
            centre=channel.centre,
            years=channel.years,
            fewest_years=channel.fewest_years,
            weeks_either_side=channel.weeks_either_side,
            deviations=channel.deviations,
            least_deviation=channel.least_deviation,
            least_count=channel.least_count,
            confirm=channel.confirm_weeks,
            levels={str(zone): level for zone, level in channel.levels.items()},
        ),
        clusters={
            disease.id: ClusterParams(
                disease.cluster.cases,
                disease.cluster.within_days,
                disease.cluster.over_after_days,
                disease.cluster.level,
            )
            for disease in rule.diseases
            if disease.cluster is not None
        },
        confirm_quiet=rule.confirm_quiet,
    )


def epidemic_life(pack: Pack) -> dict[str, CaseLife]:
    """By hazard: counts are news for days, not hours."""
    rule = pack.hazards.rules.epidemic
    if rule is None:
        return {}
    return {HAZARD: CaseLife(timedelta(days=rule.stale_d), timedelta(days=rule.reopen_window_d))}


def epidemic_reach(pack: Pack) -> dict[str, CorrelationParams]:
    """By hazard: one disease in one area is one case; two diseases in one place never are."""
    rule = pack.hazards.rules.epidemic
    window = timedelta(days=rule.reopen_window_d) if rule else timedelta(days=14)
    return {HAZARD: CorrelationParams(0.0, -1.0, window, same_area=False, neighbouring_areas=False)}
