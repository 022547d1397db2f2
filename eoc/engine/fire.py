"""The fire desk: the danger map of each afternoon, the book that rules look into, and the draft bulletin.

The map is computed when the day's reading is complete, by a timer of the engine (on either clock), from stored
readings. Days that could not be computed are tried again while late readings may still help. Everything happens in the
transaction it is called in; danger itself opens no case.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from eoc.clock import EPOCH, from_us, to_us
from eoc.engine.engine import Engine
from eoc.engine.fire_bulletins import Judged, Official, draft, judge
from eoc.engine.fire_province import Commune, FireProvince
from eoc.events import Draft
from eoc.geo import haversine_km
from eoc.hazards.fire_book import CurrentBook, FireBook, NotifiedBurning
from eoc.hazards.fire_danger import (
    PROPERTIES,
    Candidate,
    Danger,
    Point,
    ReadingRule,
    StationDay,
    advance,
    station_day,
)
from eoc.hazards.smoke import HAZARD
from eoc.ids import Ids, uuid7
from eoc.model import Reason, Station
from eoc.store import Store, Unit, readings
from eoc.store import bulletins as bulletin_store
from eoc.store import fire as fire_store
from eoc.store import fire_signs as sign_store
from eoc.store import incidents as incident_store
from eoc.store import stations as station_store

FIRE_TIMER = "fire.danger"
_SUBJECT = "province"
_AGAIN = timedelta(hours=1)
_BOOK_DAYS = 4
_BULLETINS = 200


class FireDesk:
    """See the module."""

    def __init__(
        self, store: Store, engine: Engine, province: FireProvince, book: CurrentBook, ids: Ids = uuid7
    ) -> None:
        self._store = store
        self._engine = engine
        self._ids = ids
        self._seen: tuple[date, int] | None = None
        self.province = province
        self.book = book

    async def start(self) -> None:
        """Read the book, and make sure that the timer runs."""
        self._engine.timers[FIRE_TIMER] = self.on_timer
        if self.province.reading is not None:
            async with self._store.write() as unit:
                await incident_store.set_timer(unit.connection, FIRE_TIMER, _SUBJECT, EPOCH)
        await self.refresh()

    async def on_timer(self, unit: Unit, subject: str, _due_at: datetime) -> None:
        """Compute what is due, and set the timer again."""
        if self.province.reading is None:
            return
        now = await self._engine.moment(unit)
        if await self._something_new(unit, now, self.province.reading):
            await self.compute(unit, now)
        due_at = await self._next_due(unit, now, self.province.reading)
        await incident_store.set_timer(unit.connection, FIRE_TIMER, subject, due_at)

    async def _something_new(self, unit: Unit, now: datetime, rule: ReadingRule) -> bool:
        """Whether there is another day to compute, or another reading to compute the last days with."""
        newest = self.province.due_day(now)
        index = self.province.fire.index
        if newest is None or index is None:
            return False
        first = newest - timedelta(days=index.catch_up_days)
        stations = [each.id for each in await self._stations(unit)]
        since, until = to_us(rule.moment(first)), to_us(rule.ready(newest))
        seen = (newest, await fire_store.readings_held(unit.connection, stations, since, until))
        if seen == self._seen:
            return False
        self._seen = seen
        return True

    async def _next_due(self, unit: Unit, now: datetime, rule: ReadingRule) -> datetime:
        """The next reading, or sooner while readings of the newest day are missing that may still come late."""
        newest = self.province.due_day(now) or self.province.local_day(now)
        following = rule.ready(newest + timedelta(days=1))
        missing = any(_may_come_late(each) for each in (await fire_store.day(unit.connection, newest)).values())
        return min(now + _AGAIN, following) if missing else following

    # -- the map --------------------------------------------------------------------------------------------------

    async def compute(self, unit: Unit, now: datetime) -> date | None:
        """Bring the map up to date; returns the newest day it holds, None when the pack switches it off."""
        newest = self.province.due_day(now)
        rule = self.province.fire.index
        if newest is None or rule is None:
            return None
        first = await self._first_to_do(unit, newest, rule.catch_up_days)
        if first is not None:
            await self._compute_days(unit, first, newest, now)
        await self._draft(unit, newest, now)
        await self.learn(unit.connection, now)
        return newest

    async def _first_to_do(self, unit: Unit, newest: date, catch_up_days: int) -> date | None:
        earliest = newest - timedelta(days=catch_up_days - 1)
        known: dict[date, list[Danger]] = {}
        for danger in await fire_store.days(unit.connection, earliest, newest):
            known.setdefault(danger.day, []).append(danger)
        for number in range(catch_up_days):
            day = earliest + timedelta(days=number)
            if day not in known or any(_may_come_late(each) for each in known[day]):
                return day
        return None

    async def _compute_days(self, unit: Unit, first: date, newest: date, now: datetime) -> None:
        last = await fire_store.last_day_before(unit.connection, first)
        before = await fire_store.day(unit.connection, last) if last is not None else {}
        stations = await self._stations(unit)
        series = await self._series(unit, stations, first, newest)
        communes = self.province.communes(now)
        near = {commune.code: self._near(commune, stations) for commune in communes}
        for number in range((newest - first).days + 1):
            day = first + timedelta(days=number)
            noon = {each.id: self._station_day(each, day, series[each.id]) for each in stations}
            dangers = [self._advance(before.get(each.code), each, day, near[each.code], noon) for each in communes]
            if day != newest and not before and all(each.p is None for each in dangers):
                continue  # before the first reading of all there is nothing to tell
            stored = await fire_store.day(unit.connection, day)
            if {each.area: each for each in dangers} != stored:
                await fire_store.put_day(unit.connection, dangers, now)
                await unit.append([self._computed(day, dangers, now)])
            before = {each.area: each for each in dangers}

    def _computed(self, day: date, dangers: Sequence[Danger], now: datetime) -> Draft:
        levels = Counter(each.level for each in dangers if each.level is not None)
        data = {
            "day": day.isoformat(),
            "communes": len(dangers),
            "computed": sum(levels.values()),
            "highest": max(levels, default=None),
            "levels": {str(level): count for level, count in sorted(levels.items())},
        }
        cause = {"rule": "fire_danger@1"}
        if not levels:
            return Draft("fire.danger_unknown", day.isoformat(), now, data, cause)
        return Draft("fire.danger_computed", day.isoformat(), now, data, cause)

    def _advance(
        self,
        before: Danger | None,
        commune: Commune,
        day: date,
        near: Sequence[tuple[float, str]],
        noon: Mapping[str, StationDay],
    ) -> Danger:
        method = self.province.method(commune.code, day.month)
        if method is None:
            return Danger(commune.code, day, why=Reason("reason.fire_no_table", {}))
        if commune.place is None:
            return Danger(commune.code, day, why=Reason("reason.fire_no_outline", {}))
        candidates: list[Candidate] = [(distance_km, noon[station]) for distance_km, station in near]
        return advance(before, commune.code, day, candidates, method)

    def _near(self, commune: Commune, stations: Sequence[Station]) -> list[tuple[float, str]]:
        rule = self.province.fire.index
        if commune.place is None or rule is None:
            return []
        apart = [
            (round(haversine_km(commune.place, (each.lon, each.lat)), 1), each.id)
            for each in stations
            if each.lon is not None and each.lat is not None
        ]
        return sorted(pair for pair in apart if pair[0] <= rule.station_km)

    async def _stations(self, unit: Unit) -> list[Station]:
        return [each for each in await station_store.every(unit.connection) if each.kind == "fire_weather"]

    async def _series(
        self, unit: Unit, stations: Sequence[Station], first: date, newest: date
    ) -> dict[str, dict[str, list[Point]]]:
        rule = self.province.reading
        assert rule is not None
        since = to_us(rule.moment(first) - rule.rain_window - rule.tolerance)
        until = to_us(rule.ready(newest))
        found: dict[str, dict[str, list[Point]]] = {}
        for each in stations:
            found[each.id] = {
                name: [
                    (from_us(at), value)
                    for at, value in await readings.window(unit.connection, each.id, name, since, until)
                ]
                for name in PROPERTIES
            }
        return found

    def _station_day(self, station: Station, day: date, series: Mapping[str, Sequence[Point]]) -> StationDay:
        rule = self.province.reading
        assert rule is not None
        until = rule.ready(day)
        since = rule.moment(day) - rule.rain_window - rule.tolerance
        cut = {name: [point for point in points if since <= point[0] <= until] for name, points in series.items()}
        interval = timedelta(seconds=station.interval_s) if station.interval_s else None
        return station_day(station.id, day, cut, rule, interval)

    # -- the book -------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read the book afresh, outside any transaction (at start, and when another process changed something)."""
        async with self._store.read() as connection:
            await self.learn(connection, self._engine.shown_now())

    async def learn(self, connection: Any, now: datetime) -> None:
        """Make the book that rules look into from what is stored."""
        today = self.province.local_day(now)
        levels: dict[str, dict[date, int]] = {}
        for number in range(_BOOK_DAYS):
            for judged in await self.judged(connection, today - timedelta(days=number)):
                if judged.level is not None:
                    levels.setdefault(judged.danger.area, {})[judged.danger.day] = judged.level
        since = now - timedelta(days=_BOOK_DAYS)
        registered = await sign_store.burnings(connection, since, ["notified", "ended"])
        burnings = tuple(
            NotifiedBurning(each.id, each.area, each.from_at, each.until_at, each.lon, each.lat) for each in registered
        )
        self.book.book = FireBook(
            self.province.reading, levels, burnings, self.province.radius_km, self.province.margin
        )

    async def judged(self, connection: Any, day: date) -> list[Judged]:
        """A day's map with announced levels beside ours, by commune."""
        announced = await self.officials(connection, day)
        return [judge(each, announced) for _, each in sorted((await fire_store.day(connection, day)).items())]

    async def officials(self, connection: Any, day: date) -> list[Official]:
        """Levels of the bulletin inbox that hold at some time while a day's map does: the highest first, then newest.

        In a bulletin for `forest_fire` the official level is the danger I-V that the ranger service announces.
        """
        rule = self.province.reading
        if rule is None:
            return []
        begin, end = rule.ready(day), rule.ready(day + timedelta(days=1))
        found = await bulletin_store.find(
            connection, states=["current", "expired"], hazard=HAZARD, before=None, limit=_BULLETINS
        )
        holding = [each for each in found if each.issued_at < end and (each.valid_until or end) > begin]
        return [
            Official(each.id, each.number, each.official_level, self._communes_of(each.areas, end), each.valid_until)
            for each in sorted(holding, key=lambda one: (one.official_level or 0, one.issued_at), reverse=True)
            if each.official_level is not None
        ]

    def _communes_of(self, areas: Sequence[str], at: datetime) -> frozenset[str] | None:
        """The communes that a bulletin's areas stand for (a district stands for its own); None = the whole province."""
        if not areas:
            return None
        found, queue = set[str](), list(areas)
        while queue:
            code = queue.pop()
            if code not in found:
                found.add(code)
                queue += [child.code for child in self.province.pack.children(code, at)]
        return frozenset(found)

    async def follow(self) -> None:
        """The inbox changed: let the draft follow it, and the book."""
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            newest = self.province.due_day(now)
            if newest is not None and await fire_store.day(unit.connection, newest):
                await self._draft(unit, newest, now)
            await self.learn(unit.connection, now)

    async def _draft(self, unit: Unit, day: date, now: datetime) -> None:
        await draft(unit, self.province, day, await self.judged(unit.connection, day), now, self._ids)


def _may_come_late(danger: Danger) -> bool:
    """Whether readings that come late could still give this day a level."""
    return danger.level is None and danger.why is not None and danger.why.code == "reason.fire_no_reading"
