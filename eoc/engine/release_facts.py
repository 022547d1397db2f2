"""A release put into other words: what events and signals say of it, what makes two notices the same, its communes."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eoc.clock import iso
from eoc.errors import Invalid
from eoc.hazards.dam_release import RULE, CommuneClock, Notice
from eoc.hazards.release_book import Commune, Release
from eoc.model import Reason, Signal, Station

HAZARD = "dam_release"
NOTICE = "notice"
"""The source of a signal that a notice gave."""

GIVEN = (
    "planned_at",
    "until",
    "discharge_m3s",
    "spill_m3s",
    "turbine_m3s",
    "gates_open",
    "reason",
    "sent_at",
)
UNTOLD = frozenset({"reason", "sent_at"})
"""Not told as changes: free text is kept in its erasable row and never in the journal; every version is sent anew."""


def check(notice: Notice) -> None:
    if notice.cancelled:
        return
    if notice.planned_at is None:
        raise Invalid("invalid.release_no_time")
    if notice.until is not None and notice.until <= notice.planned_at:
        raise Invalid("invalid.release_ends_first", planned_at=iso(notice.planned_at), until=iso(notice.until))


def content_hash(notice: Notice) -> str:
    """A hash of what is said, not of when or how: the same words again change nothing."""
    said = {name: plain(getattr(notice, name)) for name in GIVEN if name != "sent_at"}
    text = json.dumps({**said, "cancelled": notice.cancelled}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def as_notice(release: Release) -> Notice:
    return Notice(
        release.reservoir,
        release.notice,
        release.updated_at,
        planned_at=release.planned_at,
        discharge_m3s=release.discharge_m3s,
        cancelled=release.state == "cancelled",
    )


def begins_at(release: Release) -> datetime:
    """When the water leaves the dam: as announced, or earlier if it was seen."""
    planned_at, started_at = release.planned_at, release.started_at
    if planned_at is not None and started_at is not None and started_at < release.updated_at < planned_at:
        return planned_at  # running, and an update announces more: that water leaves when the update says
    return min((each for each in (planned_at, started_at) if each is not None), default=release.received_at)


def communes_on(release: str, clock: Sequence[CommuneClock]) -> list[Commune]:
    return [
        Commune(
            release=release,
            area=each.place.area,
            position=position,
            chainage_km=each.place.chainage_km,
            earliest_at=each.earliest_at,
            likely_at=each.likely_at,
            latest_at=each.latest_at,
            source=each.place.travel.source,
            why=each.place.travel.why,
            notes=each.place.notes,
            held=each.place.travel.why is not None and each.place.travel.why.code == "reason.held_by_reservoir",
        )
        for position, each in enumerate(clock)
    ]


def facts_of(release: Release) -> dict[str, Any]:
    """What every event about a release says: ids, codes and public numbers."""
    return {
        "release": release.id,
        "notice": release.notice,
        "version": release.version,
        "state": release.state,
        "planned_at": plain(release.planned_at),
        "until": plain(release.until),
        "discharge_m3s": release.discharge_m3s,
        "gates_open": release.gates_open,
        "late": release.late,
        "incident": release.incident,
    }


def signal_of(
    station: Station, release: Release, level: int, previous: int, at: datetime, reasons: Sequence[Reason]
) -> Signal:
    facts: dict[str, Any] = {"station": station.id, "reservoir_name": station.name}
    title = Reason("title.release", facts)
    if release.discharge_m3s is not None:
        title = Reason("title.release_flow", {**facts, "discharge_m3s": f"{release.discharge_m3s:g}"})
    return Signal(
        hazard=HAZARD,
        ref=release.key,
        level=level,
        previous_level=previous,
        at=at,
        onset=at,
        value=release.discharge_m3s,
        rule=RULE,
        reasons=tuple(reasons),
        source=NOTICE,
        place=station.place,
        title=title,
    )
