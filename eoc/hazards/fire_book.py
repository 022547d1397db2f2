"""What a sign of fire is judged by at its own time: the danger of the day and the burning that somebody gave notice of.

A rule asks the book with the time of the sample, never with the time now, so folding the same readings again with the
same book ends the same way. A danger holds from the hour at which the day's reading is complete until the next one's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from eoc.geo import haversine_km
from eoc.hazards.fire_danger import ReadingRule


@dataclass(frozen=True, slots=True)
class NotifiedBurning:
    """Burning that somebody gave notice of: where (a point, or only a commune), and from when until when."""

    id: str
    area: str
    since: datetime
    until: datetime
    lon: float | None = None
    lat: float | None = None


class FireContext(Protocol):
    """What the rules for smoke and hot spots ask."""

    def danger(self, area: str | None, at: datetime) -> int | None:
        """The danger level I-V (1-5) of a commune at a moment; None when it is not known."""
        ...

    def burning(self, area: str | None, lon: float | None, lat: float | None, at: datetime) -> NotifiedBurning | None:
        """A notified burning that a sign there and then may be."""
        ...


@dataclass(frozen=True, slots=True)
class FireBook:
    """One state of the map and the register; a new one is made when either changes.

    `levels`: by commune and day. A burning without a point counts in its whole commune.
    """

    reading: ReadingRule | None = None
    levels: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    burnings: Sequence[NotifiedBurning] = ()
    radius_km: float = 0.0
    margin: timedelta = timedelta()

    def danger(self, area: str | None, at: datetime) -> int | None:
        if area is None or self.reading is None:
            return None
        day = at.astimezone(self.reading.zone).date()
        if at < self.reading.ready(day):
            day -= timedelta(days=1)
        return self.levels.get(area, {}).get(day)

    def burning(self, area: str | None, lon: float | None, lat: float | None, at: datetime) -> NotifiedBurning | None:
        for each in self.burnings:
            if not each.since - self.margin <= at <= each.until + self.margin:
                continue
            if each.lon is not None and each.lat is not None and lon is not None and lat is not None:
                if haversine_km((each.lon, each.lat), (lon, lat)) <= self.radius_km:
                    return each
            elif area is not None and area == each.area:
                return each
        return None


class CurrentBook:
    """The book in force: rules hold this, whoever learns something new replaces what is in it."""

    __slots__ = ("book",)

    def __init__(self, book: FireBook | None = None) -> None:
        self.book = book or FireBook()

    def danger(self, area: str | None, at: datetime) -> int | None:
        return self.book.danger(area, at)

    def burning(self, area: str | None, lon: float | None, lat: float | None, at: datetime) -> NotifiedBurning | None:
        return self.book.burning(area, lon, lat, at)
