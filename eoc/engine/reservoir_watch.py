"""Looks at what reservoirs report and holds it against what was announced.

The judgement is a pure fold over the stored series in time order (`eoc.hazards.reservoir_checks`) from a cursor that is
kept in the same transaction as what was concluded. How often this runs therefore changes nothing but how soon people
know: a replay at any speed ends in the same findings, decided by the same samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from eoc.clock import EPOCH, from_us, iso, to_us
from eoc.engine.engine import Engine
from eoc.engine.release_facts import HAZARD
from eoc.engine.releases import ReleaseDesk
from eoc.events import Draft
from eoc.hazards import state as states
from eoc.hazards.dam_release import Notice
from eoc.hazards.release_book import OpenCheck
from eoc.hazards.reservoir_checks import (
    LOOK_BACK,
    PROPERTIES,
    RULE,
    Finding,
    Judgement,
    Spell,
    covering,
    history_needed,
    judge,
    standing_spill,
)
from eoc.ids import Ids, uuid7
from eoc.model import Reason, Signal, Station
from eoc.store import Store, Unit, kept
from eoc.store import releases as release_store
from eoc.store import stations as station_store

_LONGEST_LOOK = timedelta(days=20)
"""At most this much at a time, so that a long tape does not fill the memory."""
_RUSH = timedelta(hours=1)
"""Data time between two looks, from which on a replay goes as fast as it can."""
_CALM_LOOKS = 3
"""After a rush, the look that saw it and two more let pass."""
_FIRST_REPORTS = timedelta(hours=6)
_FORGET_ORIGINALS = timedelta(days=30)


@dataclass(slots=True)
class _Cursor:
    """How far a reservoir's series was judged, and the severity that was told last."""

    through: datetime
    level: int = 0
    standing: datetime | None = None
    standing_until: datetime | None = None
    """Gates that were open when the first report came, and when they closed; see `standing_spill`."""

    def notice(self) -> list[Notice]:
        if self.standing is None:
            return []
        return [Notice("", "", self.standing, planned_at=self.standing, until=self.standing_until)]


class ReservoirWatch:
    """See the module. `sweep` is called now and then; where nothing is new it only looks."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        desk: ReleaseDesk,
        *,
        clock: Literal["wall", "data"] = "wall",
        ids: Ids = uuid7,
    ) -> None:
        self._store = store
        self._engine = engine
        self._desk = desk
        self._on_data = clock == "data"
        self._ids = ids
        self._seen: dict[str, datetime] = {}
        self._last = EPOCH
        self._waiting = 0

    async def look(self) -> int:
        """As `sweep`, but not while a replay rushes by: brokers do not keep order between topics, and a notice may come
        some seconds after the readings that follow it. What is judged later is judged alike."""
        reports = await self._reports()
        newest = max((at for _, at in reports), default=EPOCH)
        before, self._last = self._last, newest
        if self._on_data and newest - before > _RUSH:
            self._waiting = _CALM_LOOKS
        if self._waiting > 0:
            self._waiting -= 1
            return 0
        return await self._sweep(reports)

    async def sweep(self) -> int:
        """Judge every reservoir that reported something new, or whose notices changed; returns how many."""
        return await self._sweep(await self._reports())

    async def _reports(self) -> list[tuple[Station, datetime]]:
        """Reservoirs that ever reported, each with when it last did."""
        if self._desk.rule is None:
            return []
        async with self._store.read() as connection:
            stations = [each for each in await station_store.every(connection) if each.kind == "reservoir"]
            stored = await station_store.states(connection, [each.id for each in stations])
        found = [(each, _newest(stored.get(each.id, states.BLANK))) for each in stations]
        return [(station, newest) for station, newest in found if newest is not None]

    async def _sweep(self, reports: Sequence[tuple[Station, datetime]]) -> int:
        swept = 0
        for station, newest in reports:
            if station.id not in self._desk.dirty and self._seen.get(station.id) == newest:
                continue
            self._desk.dirty.discard(station.id)
            await self._look(station, newest)
            self._seen[station.id] = newest
            swept += 1
        return swept

    async def forget_originals(self, now: datetime) -> int:
        """Drop pasted texts and pictures that nobody made a notice of within 30 days."""
        async with self._store.write() as unit:
            return await release_store.forget_originals(unit.connection, now - _FORGET_ORIGINALS)

    async def _look(self, station: Station, newest: datetime) -> None:
        while True:
            async with self._store.write() as unit:
                await unit.lock()
                cursor = await self._cursor(unit, station, newest)
                until = min(newest, cursor.through + _LONGEST_LOOK)
                await self._judge(unit, station, cursor, until)
            if until >= newest:
                return

    async def _cursor(self, unit: Unit, station: Station, newest: datetime) -> _Cursor:
        found = await kept.get(unit.connection, _name(station))
        if found is not None:
            return _Cursor(
                datetime.fromisoformat(found["through"]),
                int(found["level"]),
                _moment(found.get("standing")),
                _moment(found.get("standing_until")),
            )
        first = await release_store.first_sample(unit.connection, station.id)
        begins = from_us(first) - timedelta(microseconds=1) if first is not None else EPOCH
        cursor = _Cursor(begins if self._on_data else max(begins, newest - LOOK_BACK))
        opening = await release_store.samples(
            unit.connection, station.id, to_us(cursor.through), to_us(cursor.through + _FIRST_REPORTS)
        )
        reported = next((each for each in opening if each.qxm is not None), None)
        told = standing_spill(reported, self._desk.rule) if reported is not None else None
        return replace(cursor, standing=told.planned_at) if told is not None else cursor

    async def _judge(self, unit: Unit, station: Station, cursor: _Cursor, until: datetime) -> None:
        rule = self._desk.rule
        if rule is None:
            return
        since = cursor.through - history_needed(rule)
        samples = await release_store.samples(unit.connection, station.id, to_us(since), to_us(until))
        announced = await release_store.notices_of(unit.connection, station.id, since)
        judgement = judge(samples, cursor.notice() + announced, rule, station.facts.get("normal_level_m"))
        if cursor.standing is not None and cursor.standing_until is None:
            closed = min((each.ended_at for each in judgement.spells if each.ended_at is not None), default=None)
            if closed is not None:
                # Judged again with what is known now, or a gate that reopens would pass when nobody looked in between.
                cursor = replace(cursor, standing_until=closed)
                judgement = judge(samples, cursor.notice() + announced, rule, station.facts.get("normal_level_m"))
        level = await self._conclude(unit, station, cursor, judgement, until)
        await self._follow(unit, station, cursor.through, judgement.spells, announced)
        facts = {
            "through": iso(max(until, cursor.through)),
            "level": level,
            "standing": iso(cursor.standing) if cursor.standing is not None else None,
            "standing_until": iso(cursor.standing_until) if cursor.standing_until is not None else None,
        }
        await kept.put(unit.connection, _name(station), facts)

    # -- findings -------------------------------------------------------------------------------------------------

    async def _conclude(
        self, unit: Unit, station: Station, cursor: _Cursor, judgement: Judgement, until: datetime
    ) -> int:
        """Write down what is newly found and what has ended, tell the engine, return the severity told last."""
        open_now = {each.name: each for each in await release_store.checks(unit.connection, [station.id])}
        signals: list[Signal] = []
        told = cursor.level
        for at, finding, begins in _changes(judgement.findings):
            known = open_now.get(finding.check)
            if begins and known is None and at > cursor.through:
                check = OpenCheck(
                    self._ids(), station.id, finding.check, finding.level, finding.since, at, finding.reason
                )
                open_now[finding.check] = check
                await release_store.add_check(unit.connection, check)
                await self._record(unit, check, at, begins=True)
            elif not begins and known is not None and known.decided_at <= at and finding.ended_at is not None:
                # Also one whose end only now came to light, by a late reading or a notice that explains it.
                del open_now[finding.check]
                await release_store.end_check(unit.connection, known.id, finding.ended_at)
                await self._record(unit, known, finding.ended_at, begins=False)
            else:
                continue
            told = self._say(station, open_now, told, max(at, cursor.through), signals)
        standing = {each.check: each for each in judgement.findings if each.ended_at is None}
        for name in sorted(set(standing) - set(open_now)):
            # Decided in what was judged before, but seen only now: late readings, a notice that was withdrawn.
            late = standing[name]
            open_now[name] = OpenCheck(
                self._ids(), station.id, name, late.level, late.since, late.decided_at, late.reason
            )
            await release_store.add_check(unit.connection, open_now[name])
            await self._record(unit, open_now[name], until, begins=True)
            told = self._say(station, open_now, told, until, signals)
        for name in sorted(set(open_now) - set(standing)):
            # Nothing in the series says so any more: it was withdrawn by what came late.
            gone = open_now.pop(name)
            await release_store.end_check(unit.connection, gone.id, until)
            await self._record(unit, gone, until, begins=False)
            told = self._say(station, open_now, told, until, signals)
        if signals:
            await self._engine.hear(unit, signals)
        return told

    async def _record(self, unit: Unit, check: OpenCheck, at: datetime, *, begins: bool) -> None:
        data = {"check": check.name, "level": check.level, "since": iso(check.since), "at": iso(at)}
        cause = {"rule": RULE, "station": check.reservoir, "reasons": [check.reason.as_json()]}
        now = await self._engine.moment(unit)
        draft = Draft("station.reservoir_check", check.reservoir, now, data, cause)
        await unit.append([draft if begins else replace(draft, kind="station.reservoir_check_ended")])

    def _say(
        self, station: Station, open_now: dict[str, OpenCheck], told: int, at: datetime, signals: list[Signal]
    ) -> int:
        """A signal when the severity of everything that is found has changed; an end keeps no reasons."""
        grave = sorted((each for each in open_now.values() if each.level), key=lambda each: each.since)
        level = max((each.level for each in grave), default=0)
        if level == told:
            return told
        facts = {"station": station.id, "reservoir_name": station.name}
        signals.append(
            Signal(
                hazard=HAZARD,
                ref=station.id,
                level=level,
                previous_level=told,
                at=at,
                onset=grave[0].since if grave else at,
                value=None,
                rule=RULE,
                reasons=tuple(each.reason for each in grave),
                place=station.place,
                title=Reason("title.reservoir_check", facts),
            )
        )
        return level

    # -- what was seen of announced releases ----------------------------------------------------------------------

    async def _follow(
        self, unit: Unit, station: Station, through: datetime, spells: Sequence[Spell], notices: Sequence[Notice]
    ) -> None:
        """Open gates start the release that announced them; closed ones end a release without an announced end."""
        rule = self._desk.rule
        early = rule.checks.unannounced.early_min if rule is not None and rule.checks.unannounced is not None else 0.0
        for spell in spells:
            if spell.decided_at > through:
                told = covering(notices, spell.since, timedelta(minutes=early))
                if told is not None:
                    await self._begin(unit, station, told.notice, spell.since)
            if spell.end_decided_at is not None and spell.end_decided_at > through and spell.ended_at is not None:
                for release in await release_store.find(
                    unit.connection, states=["running"], reservoir=station.id, limit=20
                ):
                    begun = release.started_at is not None and release.started_at <= spell.ended_at
                    if release.until is None and begun:
                        await self._desk.ended(unit, release, spell.ended_at, observed=True)

    async def _begin(self, unit: Unit, station: Station, notice: str, at: datetime) -> None:
        release = await release_store.by_notice(unit.connection, station.id, notice)
        if release is not None and release.state == "planned":
            await self._desk.started(unit, release, at, observed=True)


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def _name(station: Station) -> str:
    return f"reservoir_watch:{station.id}"


def _newest(raw: bytes) -> datetime | None:
    latest = states.decode(raw).latest
    return max((each.observed_at for name, each in latest.items() if name in PROPERTIES), default=None)


def _changes(findings: Sequence[Finding]) -> list[tuple[datetime, Finding, bool]]:
    """Beginnings (True) and ends of findings in the order in which samples decided them."""
    found = [(each.decided_at, each, True) for each in findings]
    found += [(each.end_decided_at, each, False) for each in findings if each.end_decided_at is not None]
    return sorted(found, key=lambda change: (change[0], change[2], change[1].check))
