"""A province as data: everything the product needs to know about the place it works in, frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from eoc.errors import NotFound
from eoc.geo import AreaIndex, Bounds
from eoc.packs.areas import Area, AreaKind
from eoc.packs.devices import Devices
from eoc.packs.fire import Fire
from eoc.packs.hazards import Hazards
from eoc.packs.impacts import Impact
from eoc.packs.manifest import Body, Manifest, Sender, Signature
from eoc.packs.parts import Dated
from eoc.packs.playbooks import Playbook
from eoc.packs.rain import SusceptibilityRow
from eoc.packs.recipients import Recipient
from eoc.packs.sources import FeedEntry, SourceEntry
from eoc.packs.stations import StationEntry
from eoc.packs.templates import Template
from eoc.packs.waters import River, Riverside, Water

Held = TypeVar("Held", bound=Dated)


@dataclass(frozen=True)
class Pack:
    """A loaded pack. Dated things are asked for with `now`; a pack of a past case answers for its own day."""

    root: Path
    hash: str
    """SHA-256 of the content, so that every decision can name the pack it was made with."""
    manifest: Manifest
    areas: tuple[Area, ...] = ()
    """All units of all times; see `areas_at`."""
    waters: tuple[Water, ...] = ()
    rivers: tuple[River, ...] = ()
    stations: tuple[StationEntry, ...] = ()
    hazards: Hazards = field(default_factory=Hazards)
    fire: Fire = field(default_factory=Fire)
    devices: Devices = field(default_factory=Devices)
    forest_mask: tuple[BaseGeometry, ...] = ()
    """Where forest is, if the user drew it; without it hot spots of satellites are only listed."""
    susceptibility: tuple[SusceptibilityRow, ...] = ()
    """How prone communes are to flash floods and landslides; what is not listed is unknown."""
    impacts: tuple[Impact, ...] = ()
    """What is hit at which level of which gauge; a station that is not listed: nobody has said."""
    playbooks: tuple[Playbook, ...] = ()
    templates: tuple[Template, ...] = ()
    recipients: tuple[Recipient, ...] = field(default=(), repr=False)
    sources: tuple[SourceEntry, ...] = ()
    feeds: tuple[FeedEntry, ...] = ()
    scenarios: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.manifest.id

    @cached_property
    def zone(self) -> ZoneInfo:
        """The province's time zone."""
        return ZoneInfo(self.manifest.timezone)

    @property
    def bounds(self) -> Bounds | None:
        """The pack's box, or the box of its outlines when none is given."""
        if self.manifest.bounds is not None:
            return self.manifest.bounds
        boxes = [area.outline.bounds for area in self.areas if area.outline is not None]
        if not boxes:
            return None
        west, south, east, north = zip(*boxes, strict=True)
        return (min(west), min(south), max(east), max(north))

    def day(self, now: datetime) -> date:
        """The day dated things are read for: the pack's `as_of`, else the local day of `now` (aware)."""
        return self.manifest.as_of or now.astimezone(self.zone).date()

    def areas_at(self, now: datetime, kind: AreaKind | None = None) -> tuple[Area, ...]:
        """Units in force, optionally of one kind."""
        day = self.day(now)
        return tuple(a for a in self.areas if a.in_force(day) and (kind is None or a.kind == kind))

    def area(self, code: str, now: datetime) -> Area:
        """The unit a code means now. Raises NotFound."""
        for area in self.areas_at(now):
            if area.code == code:
                return area
        raise NotFound("area.not_found", area=code)

    def area_index(self, now: datetime, kind: AreaKind = "commune") -> AreaIndex:
        """For point-in-area and neighbours; cheap to build, worth keeping while the day lasts."""
        units = self.areas_at(now, kind)
        return AreaIndex({area.code: area.outline for area in units if area.outline is not None})

    def children(self, code: str, now: datetime) -> tuple[Area, ...]:
        """Units directly below one unit."""
        return tuple(area for area in self.areas_at(now) if area.parent == code)

    def successor(self, area: Area) -> Area | None:
        """The unit that took over a unit that ended; None while it stands or when nobody wrote it down."""
        if area.merged_into is None or area.valid_to is None:
            return None
        later = [
            unit
            for unit in self.areas
            if unit.code == area.merged_into and unit.valid_from and unit.valid_from > area.valid_to
        ]
        return min(later, key=lambda unit: unit.valid_from or date.max, default=None)

    def predecessors(self, area: Area) -> tuple[Area, ...]:
        """The units that were merged into a unit."""
        return tuple(unit for unit in self.areas if self.successor(unit) == area)

    def sender(self, now: datetime) -> Sender | None:
        """Under which name messages go out now."""
        return next(iter(self._in_force(self.manifest.senders, now)), None)

    def bodies(self, now: datetime) -> tuple[Body, ...]:
        """Authorities and services in force."""
        return self._in_force(self.manifest.bodies, now)

    def signatures(self, now: datetime) -> tuple[Signature, ...]:
        """Signature blocks in force."""
        return self._in_force(self.manifest.signatures, now)

    def river(self, river: str) -> River | None:
        """A river by id."""
        return next((known for known in self.rivers if known.entry.id == river), None)

    def station(self, station: str) -> StationEntry | None:
        """A station by id."""
        return next((entry for entry in self.stations if entry.id == station), None)

    def template(self, template: str) -> Template | None:
        """A template by id."""
        return next((known for known in self.templates if known.id == template), None)

    def playbook(self, hazard: str, level: int) -> Playbook | None:
        """The plan for a severity: its own, else that of the next lower level which has one."""
        plans = [plan for plan in self.playbooks if plan.hazard == hazard and plan.level <= level]
        return max(plans, key=lambda plan: plan.level, default=None)

    def communes_along(self, river: str, from_km: float, to_km: float, now: datetime) -> tuple[str, ...]:
        """Communes in force along a stretch of river, upstream first; empty for an unknown river.

        A commune that has ended counts as the unit it became.
        """
        known = self.river(river)
        if known is None:
            return ()
        day = self.day(now)
        codes = (self._code_at(code, day) for code in known.communes(from_km, to_km))
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    def riverside(self, river: str, from_km: float, now: datetime) -> tuple[tuple[str, Riverside], ...]:
        """Communes in force at or below a chainage, upstream first, each with the stretch on which the water reaches it
        first; a commune that has ended counts as the unit it became. Empty for an unknown river."""
        known = self.river(river)
        if known is None:
            return ()
        day, found = self.day(now), dict[str, Riverside]()
        for side in sorted(known.entry.riverside, key=lambda side: (side.from_km, side.to_km, side.area)):
            code = self._code_at(side.area, day) if side.to_km >= from_km else None
            if code is not None:
                found.setdefault(code, side)
        return tuple(found.items())

    def scenario_path(self, name: str) -> Path:
        """The file of a scenario. Raises NotFound, naming those that exist."""
        if name not in self.scenarios:
            raise NotFound("scenario.not_found", name=name, known=", ".join(self.scenarios))
        return self.root / "scenarios" / f"{name}.yaml"

    def _code_at(self, code: str, day: date) -> str | None:
        """The unit in which the territory that `code` first named lies on a day."""
        units = [area for area in self.areas if area.code == code]
        area = min(units, key=lambda unit: unit.valid_from or date.min, default=None)
        while area is not None and area.valid_to is not None and area.valid_to < day:
            area = self.successor(area)
        return area.code if area is not None and area.in_force(day) else None

    def _in_force(self, things: Iterable[Held], now: datetime) -> tuple[Held, ...]:
        day = self.day(now)
        return tuple(thing for thing in things if thing.in_force(day))
