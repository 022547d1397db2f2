"""Official bulletins beside our own view: what they cover, when they disagree with us, what they do to a case.

Only the hydromet service (for fire danger the ranger service) announces official levels. A bulletin in force stands
above whatever we computed; that we computed something else is said, never hidden.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from eoc.events import Draft
from eoc.incidents.case import Incident
from eoc.incidents.signals import Ruling, facts
from eoc.model import Reason

STATES = ("current", "superseded", "expired", "closed")


@dataclass(frozen=True, slots=True)
class BulletinFile:
    """The bulletin as it was issued; `sha256` is that of its bytes."""

    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin of an authority.

    `official_level`: disaster risk level 1-5 (Decision 18/2021/QĐ-TTg), None when it names none; `areas`: codes of the
    units it names, empty = the whole province; `next_due_at`: when the issuer promised the next one; `source`: person,
    or cap (a feed); `overdue_at`: when the next one was found missing.
    """

    id: str
    number: str
    issuer: str
    hazard: str
    official_level: int | None
    areas: tuple[str, ...]
    issued_at: datetime
    received_at: datetime
    valid_until: datetime | None
    next_due_at: datetime | None
    text: str = ""
    state: str = "current"
    source: str = "person"
    entered_by: str = ""
    supersedes: str | None = None
    overdue_at: datetime | None = None
    file: BulletinFile | None = None
    version: int = 1


def covers(bulletin: Bulletin, hazard: str, lineage: Collection[str], now: datetime) -> bool:
    """Is it in force for this hazard at a place whose unit and those above it are `lineage`?

    A place that nobody knows (empty lineage) is covered by every bulletin of its hazard: better one too many to read.
    """
    if bulletin.state != "current" or bulletin.hazard != hazard or bulletin.issued_at > now:
        return False
    if bulletin.valid_until is not None and bulletin.valid_until <= now:
        return False
    return not bulletin.areas or not lineage or not set(bulletin.areas).isdisjoint(lineage)


def standing(bulletins: Iterable[Bulletin], hazard: str, lineage: Collection[str], now: datetime) -> list[Bulletin]:
    """The bulletins in force there, the one to go by first: the highest level, then the newest."""
    found = [each for each in bulletins if covers(each, hazard, lineage, now)]
    return sorted(found, key=lambda each: (each.official_level or 0, each.issued_at, each.id), reverse=True)


def mismatch(official_level: int | None, reference: int | None) -> Reason | None:
    """What to say when the official level is not what our table would give; None when there is nothing to compare."""
    if official_level is None or reference is None or official_level == reference:
        return None
    return Reason("bulletin.mismatch", {"official": official_level, "reference": reference})


def announce(incident: Incident, in_force: Sequence[Bulletin], now: datetime) -> Ruling | None:
    """Give a case the official level of the bulletins in force there; None when it has that already.

    A level that somebody entered by hand on the case stays when no bulletin covers it.
    """
    if incident.state == "closed":
        return None
    named = next((each for each in in_force if each.official_level is not None), None)
    level, by = (named.official_level, named.id) if named is not None else (None, None)
    if by == incident.bulletin and (by is None or level == incident.official_level):
        return None
    after = replace(incident, official_level=level, bulletin=by, version=incident.version + 1)
    data = {**facts(after), "official_level": level, "bulletin": by, "bulletin_number": named.number if named else None}
    if (differs := mismatch(level, after.reference)) is not None:
        data["mismatch"] = differs.as_json()
    kind = "incident.bulletin_applied" if named is not None else "incident.bulletin_ended"
    return Ruling(after, (), (Draft(kind, incident.id, now, data, {"bulletin": by or incident.bulletin}),))
