"""The hot-spot desk: takes what feeds bring, keeps all of it, and tells the engine of those that count.

Taking the same detections again changes nothing. Each time the recent ones that were only listed are judged again,
because the second source often comes later: the next pass, a smoke sensor, a call.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from eoc.clock import from_us, iso, to_us
from eoc.engine.engine import Engine
from eoc.engine.fire import FireDesk
from eoc.events import Draft
from eoc.geo import LonLat, haversine_km
from eoc.hazards.hotspots import RULE, Hotspot, HotspotParams, Verdict, Witness, judge
from eoc.hazards.smoke import HAZARD, SmokeParams
from eoc.model import Place, Reason, Signal, Station
from eoc.store import Store, Unit, readings
from eoc.store import fire_signs as sign_store
from eoc.store import incidents as incident_store
from eoc.store import stations as station_store
from eoc.store.fire_signs import Listed

SOURCE = "feed"
_CASES = frozenset({HAZARD, "fire"})
_SINGLE = timedelta(hours=48)


class _Others(NamedTuple):
    sensors: list[tuple[Station, LonLat]]
    people: list[Witness]


class HotspotDesk:
    """See the module. Whatever polls a feed hands its detections to `take`."""

    def __init__(self, store: Store, engine: Engine, fire: FireDesk, smoke: SmokeParams | None) -> None:
        self._store = store
        self._engine = engine
        self._fire = fire
        self._smoke = smoke

    async def take(self, hotspots: Sequence[Hotspot]) -> None:
        """For whatever polls a feed: see `accept`."""
        await self.accept(hotspots)

    async def accept(self, hotspots: Sequence[Hotspot]) -> int:
        """Keep new detections and judge all recent ones; returns how many were new."""
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            known = await sign_store.known_hotspots(unit.connection, [each.key for each in hotspots])
            fresh = {each.key: each for each in hotspots if each.key not in known}
            since = min([now, *(each.at for each in fresh.values())]) - self._window()
            recent = await sign_store.hotspots(unit.connection, since)
            counted = await self._judge(unit, list(fresh.values()), recent, now)
            if fresh:
                data = {"new": len(fresh), "counted": counted, "from": iso(min(each.at for each in fresh.values()))}
                source = next(iter(fresh.values())).source or "feed"
                await unit.append([Draft("fire.hotspots_taken", source, now, data, {"rule": RULE})])
            return len(fresh)

    def _window(self) -> timedelta:
        params = self._fire.province.hotspots
        return params.second_source if params is not None else _SINGLE

    async def _judge(self, unit: Unit, fresh: Sequence[Hotspot], recent: Sequence[Listed], now: datetime) -> int:
        old = {each.spot.key: each for each in recent}
        waiting = [each.spot for each in recent if each.verdict == "listed"]
        everything = [*fresh, *(each.spot for each in recent)]
        others = await self._others(unit, now)
        index = self._fire.province.area_index(now)
        listed = []
        for spot in [*fresh, *waiting]:
            area = index.at(spot.lon, spot.lat)
            found = await self._verdict(unit, spot, everything, others, area)
            received_at = old[spot.key].received_at if spot.key in old else now
            listed.append(Listed(spot, area, received_at, found.kind, found.level, found.confidence, found.reasons))
        told = [each for each in listed if each.level > 0]
        cases = await self._engine.hear(unit, [self._signal(each) for each in told]) if told else []
        took = {each.spot.key: case for each, case in zip(told, cases, strict=True)}
        for each in listed:
            case = took.get(each.spot.key)
            decided = each if case is None else replace(each, incident=case.id)
            if old.get(each.spot.key) != decided:
                await sign_store.put_hotspot(unit.connection, decided)
        return len(told)

    async def _others(self, unit: Unit, now: datetime) -> _Others:
        """What else may have seen a fire: smoke sensors, and open cases that somebody else than a satellite told of."""
        sensors = [
            (each, (each.lon, each.lat))
            for each in await station_store.every(unit.connection)
            if each.kind == "fire_weather" and each.lon is not None and each.lat is not None
        ]
        cases = [each for each in await incident_store.attracting(unit.connection, now) if each.hazard in _CASES]
        evidence = await incident_store.evidence_of(unit.connection, [each.id for each in cases])
        people = [
            Witness("case", each.id, str(each.number), each.observed_at, each.lon, each.lat)
            for each in cases
            if each.lon is not None and each.lat is not None
            and any(one.source != SOURCE and not one.detached for one in evidence[each.id])
        ]  # fmt: skip
        return _Others(sensors, people)

    async def _verdict(
        self, unit: Unit, spot: Hotspot, everything: Sequence[Hotspot], others: _Others, area: str | None
    ) -> Verdict:
        province = self._fire.province
        params, rule = province.hotspots, province.fire.burning
        burning = self._fire.book.burning(area, spot.lon, spot.lat, spot.at)
        if params is None:
            return Verdict("listed", 0, 1.0, (Reason("reason.hotspot_rule_off", {}),))
        passes = [each for each in everything if each.key != spot.key]
        witnesses = [*await self._smoke_near(unit, spot, others, params), *others.people]
        trust = rule.confidence if rule is not None else 1.0
        return judge(spot, province.mask, passes, witnesses, burning, params, trust)

    async def _smoke_near(self, unit: Unit, spot: Hotspot, others: _Others, params: HotspotParams) -> list[Witness]:
        limits = self._smoke.limits if self._smoke is not None else {}
        found = []
        for station, place in others.sensors:
            if haversine_km((spot.lon, spot.lat), place) > params.second_source_km:
                continue
            since, until = to_us(spot.at - params.second_source), to_us(spot.at + params.second_source)
            for name, limit in limits.items():
                seen = await readings.window(unit.connection, station.id, name, since, until)
                smoky = [(abs(from_us(at) - spot.at), from_us(at)) for at, value in seen if value >= limit.smoke_at]
                if smoky:
                    found.append(Witness("station", station.id, station.name, min(smoky)[1], *place))
        return found

    def _signal(self, listed: Listed) -> Signal:
        spot = listed.spot
        name = next((each.name for each in self._fire.province.communes(spot.at) if each.code == listed.area), "")
        return Signal(
            hazard=HAZARD,
            ref=spot.key,
            level=listed.level,
            previous_level=0,
            at=spot.at,
            onset=spot.at,
            value=spot.frp_mw,
            rule=RULE,
            reasons=listed.reasons,
            source=SOURCE,
            place=Place(listed.area, spot.lon, spot.lat, name=name),
            title=Reason("title.hotspot", {"place": name, "area": listed.area or ""}),
        )
