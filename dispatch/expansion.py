"""From a frozen audience to outbox rows: nearest to the danger first, at most 500 in a transaction.

The first chunk is on its way to the provider while the last is still unwritten. The order is a pure function of the
list as of the frozen journal position, so a crash continues where the table says, and writing a chunk twice is
impossible (each chunk moves the audience's mark in the same transaction).
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, islice

from dispatch.desk import Desk
from dispatch.gazetteer import points
from dispatch.store import audiences, outbox, recipients
from dispatch.store.audiences import Audience, Place
from dispatch.store.outbox import NewRow
from dispatch.store.recipients import Member
from eoc.bus import Bus
from eoc.clock import wall_now
from eoc.geo import LonLat, haversine_km
from eoc.model import MAX_LEVEL
from eoc.store import Store

CHUNK = 500
_PAGE = 2000
_RANK = 1_000_000_000
UNKNOWN_M = _RANK - 1


def priority(level: int, distance_m: int) -> int:
    """Lower leaves first: the gravest warning before all others, within it the nearest person first."""
    return (MAX_LEVEL - level) * _RANK + min(max(distance_m, 0), UNKNOWN_M)


def distance_m(member: Member, danger: LonLat | None, area_points: Mapping[str, LonLat]) -> int:
    """Metres from the danger to where the person is, or to the middle of their area; unknown counts as furthest."""
    if danger is None:
        return 0
    at = (member.lon, member.lat) if member.lon is not None and member.lat is not None else None
    at = at or area_points.get(member.area)
    return UNKNOWN_M if at is None else round(haversine_km(danger, at) * 1000)


@dataclass(slots=True)
class _Order:
    """The people of one audience in order, from a place on."""

    audience: str
    reached: Place
    people: Iterator[tuple[int, int, str]] = field(repr=False)


class Expander:
    """Writes outbox rows for the most urgent audience. `step` writes one chunk."""

    def __init__(self, store: Store, desk: Desk, bus: Bus, chunk: int = CHUNK) -> None:
        self._store = store
        self._desk = desk
        self._bus = bus
        self._chunk = chunk
        self._order: _Order | None = None

    async def step(self) -> bool:
        async with self._store.read() as connection:
            audience = await audiences.most_urgent_unwritten(connection)
        if audience is None:
            self._order = None
            return False
        if self._order is None or (self._order.audience, self._order.reached) != (audience.id, audience.reached):
            self._order = await self._from(audience)
        taken = list(islice(self._order.people, self._chunk))
        written = len(taken) < self._chunk
        reached = Place(taken[-1][0], taken[-1][1]) if taken else audience.reached
        self._order = None if written else _Order(audience.id, reached, self._order.people)
        rows = [NewRow(person, fingerprint, rank) for rank, person, fingerprint in taken]
        try:
            async with self._store.write() as unit:
                if await audiences.advance(unit.connection, audience, reached, len(rows), written=written):
                    await outbox.add(unit.connection, audience.warning, audience.warning_version, rows, wall_now())
        except BaseException:
            self._order = None  # whether it was written, the table knows
            raise
        await self._bus.wake("outbox")
        return True

    async def _from(self, audience: Audience) -> _Order:
        """Everybody behind the place reached, as pages sorted in themselves and merged while they are taken.

        No step of it holds the loop for more than a page of 2,000.
        """
        pages: list[Sequence[tuple[int, int, str]]] = []
        danger = (audience.lon, audience.lat) if audience.lon is not None and audience.lat is not None else None
        area_points = points(self._desk.pack, self._desk.now())
        after_id = 0
        while True:
            async with self._store.read() as connection:
                members = await recipients.members(connection, audience.areas, audience.as_of_seq, after_id, _PAGE)
            if not members:
                break
            after_id = members[-1].id
            pages.append(
                sorted(
                    (priority(audience.level, distance_m(each, danger, area_points)), each.id, each.phone_fingerprint)
                    for each in members
                )
            )
        done = (audience.reached.priority, audience.reached.recipient)
        people = dropwhile(lambda person: (person[0], person[1]) <= done, heapq.merge(*pages))
        return _Order(audience.id, audience.reached, people)
