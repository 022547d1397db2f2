"""The forest fire part of a pack as the engine needs it: the smoke rule, what is one fire, how long it is news."""

from datetime import timedelta

from eoc.correlation import CorrelationParams
from eoc.engine import CaseLife
from eoc.engine.fire_province import smoke_params
from eoc.hazards.fire_book import CurrentBook
from eoc.hazards.smoke import HAZARD, SmokeParams
from eoc.packs.fire import Fire


def smoke_of(fire: Fire) -> SmokeParams | None:
    """The rule's numbers, with a book of its own that the fire desk fills."""
    return smoke_params(fire, CurrentBook())


def fire_lives(fire: Fire) -> dict[str, CaseLife]:
    """Hot spots come hours after the satellite passed: they are news for longer than a gauge's reading."""
    default = CaseLife()
    validity = timedelta(hours=fire.hotspots.validity_h) if fire.hotspots else default.validity
    reopen = timedelta(hours=fire.case.reopen_window_h) if fire.case else default.reopen_window
    return {HAZARD: CaseLife(validity, reopen)}


def fire_reaches(fire: Fire) -> dict[str, CorrelationParams]:
    """When two signs are one fire; without numbers the engine's own."""
    rule = fire.case
    if rule is None:
        return {}
    return {
        HAZARD: CorrelationParams(
            river_km=0.0,
            nearby_km=rule.nearby_km,
            window=timedelta(hours=rule.window_h),
            same_area=rule.same_area,
            neighbouring_areas=rule.neighbouring_areas,
        )
    }
