"""What floods where: the pack's impact table beside what the gauges say now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from eoc.clock import iso
from eoc.engine import World
from eoc.hazards import state as states
from eoc.hazards.river_flood import FloodRule
from eoc.incidents import Evidence, Incident
from eoc.model import STATION
from eoc.packs import Pack
from eoc.packs.impacts import Impact, reached
from eoc.store import Connection, Unit
from eoc.store import incidents as incident_store
from eoc.store import stations as station_store
from ui.places import Places


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next level of a gauge that the table knows something about: when, if the water rises to it, and what then."""

    station: str
    level: str
    at: datetime | None
    items: tuple[Impact, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is hit now, what comes next, and how many people that is; `people` None = nobody counted."""

    now: tuple[Impact, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    known: bool = False
    people: int | None = field(default=None)


class ImpactTable:
    """Answers from the pack's `impacts.csv`."""

    def __init__(self, pack: Pack, places: Places, world: World) -> None:
        self._impacts = pack.impacts
        self._places = places
        self._world = world

    def of(self, station: str, level: str) -> tuple[Impact, ...]:
        """What is hit when a gauge reaches a level."""
        return reached(self._impacts, station, level)

    def levels(self, station: str) -> set[str]:
        """The levels of a gauge that the table speaks of."""
        return {each.level for each in self._impacts if each.station == station}

    async def picture(self, connection: Connection, evidence: Sequence[Evidence]) -> Picture:
        """What the gauges of a case mean on the ground, now and next."""
        names = [each.ref for each in evidence if each.source == STATION and not each.detached]
        known = await station_store.get(connection, names)
        stored = await station_store.states(connection, list(known))
        hit: list[Impact] = []
        ahead: list[Ahead] = []
        spoken = False
        for name, station in sorted(known.items()):
            speaks_of = self.levels(name)
            if not speaks_of:
                continue
            spoken = True
            rule = FloodRule.of(station, self._world.hazards.flood)
            flood = states.decode(stored.get(name, states.BLANK)).river_flood
            alarm = rule.alarm(flood)
            now = self.of(name, alarm) if alarm else ()
            hit += now
            following = [level for level, _ in rule.thresholds if level not in {each.level for each in now}]
            upcoming = rule.next_threshold(flood)
            after = next((level for level in following if level in speaks_of and level != alarm), None)
            if after is not None:
                at = None
                if upcoming is not None and upcoming[0] == after and flood.last is not None:
                    at = flood.last.at + timedelta(seconds=upcoming[1])
                items = tuple(each for each in self.of(name, after) if each not in now)
                ahead.append(Ahead(name, after, at, items))
        counted = [each.people for each in hit if each.people is not None]
        return Picture(tuple(hit), tuple(ahead), spoken, sum(counted) if counted else None)

    async def people_at_risk(self, unit: Unit, incident: Incident) -> int | None:
        """How many people the table sees in danger at the present levels of a case's gauges."""
        evidence = (await incident_store.evidence_of(unit.connection, [incident.id]))[incident.id]
        return (await self.picture(unit.connection, evidence)).people

    def as_json(self, items: Sequence[Impact]) -> list[dict[str, Any]]:
        return [
            {
                "station": each.station,
                "level": each.level,
                "kind": each.kind,
                "name": each.name,
                "area": each.area,
                "area_name": self._places.area_name(each.area),
                "households": each.households,
                "people": each.people,
                "source": each.source,
                "date": each.as_of.isoformat() if each.as_of else None,
                "note": each.note,
            }
            for each in items
        ]

    def picture_json(self, picture: Picture) -> dict[str, Any]:
        return {
            "items": self.as_json(picture.now),
            "whole_commune": not picture.known,
            "people": picture.people,
            "next": [
                {
                    "station": each.station,
                    "level": each.level,
                    "at": iso(each.at) if each.at else None,
                    "items": self.as_json(each.items),
                }
                for each in picture.ahead
            ],
        }
