"""Whom a failing dam threatens: the communes below it, in the order the water reaches them, for the case's page.

Travel times of the pack are those of a flood or a release. A dam-break wave is faster, and no source here says by how
much: so no arrival is computed from them, and everyone is to be told at once. Reservoirs further down are taken to
pass the water on.
"""

from typing import Any

from eoc.hazards.dam_failure import HAZARD
from eoc.hazards.downstream import downstream_of
from eoc.incidents import Incident
from eoc.model import Reason
from eoc.packs.stations import StationEntry
from ui.parts import Parts


def threatened(incident: Incident, parts: Parts) -> dict[str, Any] | None:
    """None for cases of other hazards; without a known dam an empty list that says so."""
    if incident.hazard != HAZARD:
        return None
    dam = dam_of(incident, parts)
    if dam is None:
        return {"dam": None, "why": Reason("reason.dam_unknown").as_json(), "communes": []}
    now = parts.now()
    places = downstream_of(parts.pack, dam.id, now, through=True)
    why = Reason("reason.dam_break_faster" if places else "reason.dam_not_on_river", {"dam": dam.name})
    return {
        "dam": {"station": dam.id, "name": dam.name, "river": dam.river, "chainage_km": dam.chainage_km},
        "why": why.as_json(),
        "communes": [
            {
                "area": place.area,
                "name": place.name,
                "chainage_km": place.chainage_km,
                "km_below": round(place.chainage_km - (dam.chainage_km or 0.0), 1),
                "earliest_at": None,
                "why": Reason("reason.dam_break_faster", {"dam": dam.name}).as_json(),
                "phone": place.phone,
            }
            for place in places
        ],
    }


def dam_of(incident: Incident, parts: Parts) -> StationEntry | None:
    """The dam that the case names, or the only one of its commune."""
    if incident.station is not None:
        named = parts.pack.station(incident.station)
        return named if named is not None and named.kind == "reservoir" else None
    if incident.area is None:
        return None
    there = [each for each in parts.pack.stations if each.kind == "reservoir" and each.area == incident.area]
    return there[0] if len(there) == 1 else None
