"""A release as people see it: the notice, the parties, and every commune with its clock, its answers and its peak."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from eoc.clock import iso
from eoc.hazards import state as states
from eoc.hazards.dam_release import peaks
from eoc.hazards.downstream import barriers_below
from eoc.hazards.release_book import Commune, PartyTold, Release, StepDone
from eoc.model import Station
from eoc.packs.releases import STEPS
from eoc.store import releases as release_store
from eoc.store import stations as station_store
from ui.api.shapes import when
from ui.parts import Parts


def head(release: Release, names: Mapping[str, Station]) -> dict[str, Any]:
    """A release as lists show it."""
    station = names.get(release.reservoir)
    return {
        "id": release.id,
        "reservoir": release.reservoir,
        "reservoir_name": station.name if station is not None else release.reservoir,
        "notice": release.notice,
        "version": release.version,
        "planned_at": when(release.planned_at),
        "until": when(release.until),
        "discharge_m3s": release.discharge_m3s,
        "spill_m3s": release.spill_m3s,
        "turbine_m3s": release.turbine_m3s,
        "gates_open": release.gates_open,
        "reason": release.reason,
        "sent_at": when(release.sent_at),
        "received_at": iso(release.received_at),
        "updated_at": iso(release.updated_at),
        "channel": release.channel,
        "state": release.state,
        "started_at": when(release.started_at),
        "ended_at": when(release.ended_at),
        "late": release.late,
        "notice_hours": release.notice_hours,
        "required_hours": release.required_hours,
        "required_source": release.required_source,
        "level": release.level,
        "incident": release.incident,
        "read_id": release.read,
        "first_earliest_at": None,
    }


async def listed(found: Sequence[Release], parts: Parts, connection: Any) -> list[dict[str, Any]]:
    """Releases for a list, with how far their communes are."""
    names = await station_store.get(connection, {each.reservoir for each in found})
    communes = await release_store.communes_of(connection, [each.id for each in found])
    steps = await release_store.steps_of(connection, [each.id for each in found])
    now = parts.now()
    items = []
    for release in found:
        downstream = [each for each in communes[release.id] if not each.held]
        stands = [parts.releases.standing_of(release, each, steps[release.id], now) for each in downstream]
        done: dict[str, int] = {step: sum(step in each.done for each in stands) for step in STEPS}
        items.append(
            {
                **head(release, names),
                "first_earliest_at": when(min((c.earliest_at for c in downstream if c.earliest_at), default=None)),
                "counts": {
                    "communes": len(downstream),
                    "late": sum(each.late for each in stands),
                    **done,
                },
            }
        )
    return items


async def whole(release: Release, parts: Parts, connection: Any) -> dict[str, Any]:
    """One release with everything about it; times of communes are the earliest, rounded down."""
    names = await station_store.get(connection, [release.reservoir])
    communes = (await release_store.communes_of(connection, [release.id]))[release.id]
    steps = (await release_store.steps_of(connection, [release.id]))[release.id]
    told = await release_store.parties_of(connection, release.id)
    versions = await release_store.versions_of(connection, release.id)
    originals = await release_store.originals_of(connection, release.id)
    station = names.get(release.reservoir)
    base_m3s = await _base(release, connection)
    attenuated = _peaks(release, communes, station, parts, base_m3s)
    (item,) = await listed([release], parts, connection)
    now = parts.now()
    return {
        **item,
        "parties": _parties(told, parts, now),
        "communes": [
            {**_commune(release, each, steps, parts, now), "peak": attenuated["communes"].get(each.area)}
            for each in communes
        ],
        "gauges": attenuated["gauges"],
        "routing": attenuated["routing"],
        "versions": [
            {
                "version": each.version,
                "heard_at": iso(each.heard_at),
                "actor": each.actor,
                "planned_at": when(each.planned_at),
                "until": when(each.until),
                "discharge_m3s": each.discharge_m3s,
                "cancelled": each.cancelled,
                **each.facts,
            }
            for each in versions
        ],
        "originals": [
            {"id": each.id, "at": iso(each.at), "by": each.actor, "kind": each.kind, "media_type": each.media_type}
            for each in originals
        ],
    }


def _parties(told: Mapping[str, PartyTold], parts: Parts, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "body": body.id,
            "name": body.name.model_dump(),
            "kind": body.role,
            "told_at": when(told[body.id].told_at) if body.id in told else None,
            "by": told[body.id].recorded_by if body.id in told else None,
        }
        for body in parts.releases.parties(now)
    ]


def _commune(
    release: Release, commune: Commune, steps: Sequence[StepDone], parts: Parts, now: datetime
) -> dict[str, Any]:
    stands = parts.releases.standing_of(release, commune, steps, now)
    return {
        "area": commune.area,
        "name": parts.releases.area_name(commune.area),
        "phone": parts.releases.phone(release.reservoir, commune.area),
        "chainage_km": commune.chainage_km,
        "earliest_at": when(commune.earliest_at),
        "likely_at": when(commune.likely_at),
        "latest_at": when(commune.latest_at),
        "why": commune.why.as_json() if commune.why else None,
        "notes": [each.as_json() for each in commune.notes],
        "held": commune.held,
        "source": commune.source,
        "steps": {step: _answer(stands.done.get(step)) for step in STEPS},
        "earlier": [
            {"step": each.step, "version": each.version, "undone_at": when(each.undone_at), **(_answer(each) or {})}
            for each in steps
            if each.area == commune.area and (each.undone_at or each.version != release.asked_version)
        ],
        "due": {step: iso(at) for step, at in stands.due.items()},
        "late": stands.late,
        "call_due_at": when(stands.call_due_at),
    }


def _answer(done: StepDone | None) -> dict[str, Any] | None:
    if done is None:
        return None
    return {"by": done.name, "at": iso(done.at), "channel": done.channel, "recorded_by": done.recorded_by}


async def _base(release: Release, connection: Any) -> float | None:
    """What leaves the dam without the release: what it reported last before the beginning, else its turbines as
    announced; None when neither is known."""
    stored = (await station_store.states(connection, [release.reservoir])).get(release.reservoir)
    latest = states.decode(stored).latest if stored is not None else {}
    begins = release.started_at or release.planned_at
    flows = [latest.get(name) for name in ("qxt", "qxm")]
    if all(each is not None and (begins is None or each.observed_at <= begins) for each in flows):
        return sum(each.value for each in flows if each is not None)
    return release.turbine_m3s


def _peaks(
    release: Release, communes: Sequence[Commune], station: Station | None, parts: Parts, base_m3s: float | None
) -> dict[str, Any]:
    """What is left of the release at each commune and gauge, with the numbers it was routed with."""
    nothing: dict[str, Any] = {"communes": {}, "gauges": [], "routing": None}
    begins = release.started_at or release.planned_at
    if station is None or station.river is None or station.chainage_km is None or begins is None:
        return nothing
    river = parts.pack.river(station.river)
    if river is None or release.discharge_m3s is None or release.state == "cancelled":
        return nothing
    from_km = station.chainage_km
    reached = [each for each in communes if not each.held]
    furthest_km = max((each.chainage_km for each in reached), default=from_km)
    # The first dam that holds the water, unless communes below it are reckoned with because its lake is full.
    holding = [each for each in barriers_below(parts.pack, station.river, furthest_km) if each.holds]
    end_km = holding[0].chainage_km if holding else float("inf")
    gauges = sorted(
        (each.chainage_km, each.id, each.name)
        for each in parts.pack.stations
        if each.kind == "river"
        and each.river == station.river
        and each.chainage_km is not None
        and from_km <= each.chainage_km <= end_km
    )
    base = base_m3s or 0.0
    lasts = release.until - begins if release.until is not None else None
    places = sorted({each.chainage_km for each in reached} | {each[0] for each in gauges})
    found = peaks(river.entry.reaches, from_km, places, base_m3s=base, discharge_m3s=release.discharge_m3s, lasts=lasts)
    by_km = dict(zip(places, found, strict=True))

    def shown(at_km: float) -> dict[str, Any] | None:
        peak = by_km[at_km]
        if peak is None:
            return None
        share = peak.discharge_m3s / release.discharge_m3s if release.discharge_m3s else None
        return {
            "discharge_m3s": peak.discharge_m3s,
            "at": iso(begins + peak.after),
            "share": None if share is None else round(share, 3),
        }

    used = [each for each in river.entry.reaches if each.to_km > from_km and each.from_km < max(places, default=0.0)]
    return {
        "communes": {each.area: shown(each.chainage_km) for each in reached},
        "gauges": [
            {"station": name, "name": title, "chainage_km": at_km, "peak": shown(at_km)}
            for at_km, name, title in gauges
        ],
        "routing": {
            "method": "muskingum",
            "base_m3s": base_m3s,
            "lasts_h": None if lasts is None else round(lasts / timedelta(hours=1), 2),
            "reaches": [
                {
                    "reach": each.id,
                    "from_km": each.from_km,
                    "to_km": each.to_km,
                    "k_h": each.muskingum.k_h if each.muskingum else None,
                    "x": each.muskingum.x if each.muskingum else None,
                    "source": each.muskingum.source if each.muskingum else None,
                    "travel_h": each.travel_h.model_dump() if each.travel_h else None,
                }
                for each in used
            ],
        },
    }
