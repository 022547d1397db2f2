"""Case counts in, epidemic signals out: the shell around `eoc.hazards.outbreak`.

Counts come from people (`PUT /epidemic/counts`) or from any other source that calls `count` in its transaction. Each
disease and area is judged afresh from all its counts, so that a corrected count of last week changes the present as it
should. What the severity was when it was last told is kept beside; only a difference is a signal: source "indicator",
ref "<disease>:<area>". Stale counts (a year's archive typed in) open nothing on the wall clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from eoc.engine.engine import Engine
from eoc.errors import Invalid
from eoc.events import Draft
from eoc.hazards.epidemic import Counts
from eoc.hazards.outbreak import EpidemicParams, Outlook, outlook
from eoc.incidents import Actor, Incident
from eoc.model import Place, Reason, Signal
from eoc.store import Store, Unit, area_counts
from eoc.store.area_counts import Count, Period, Told

HAZARD = "epidemic"
RULE = "epidemic@1"
SOURCE = "indicator"
_DAYS_BACK = timedelta(days=200)
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Province:
    """What the desk needs of the pack: the rules, the names of diseases, where areas are, and the local day."""

    params: EpidemicParams | None = None
    diseases: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    zone: tzinfo = UTC
    stale: timedelta = timedelta(days=14)
    years: int = 5
    """How many years of weeks a judgement looks at."""


@dataclass(frozen=True, slots=True)
class View:
    """One disease in one area as it stands."""

    disease: str
    area: str
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of counts: new versions stored, the same as before, and the cases that moved."""

    stored: tuple[Count, ...]
    unchanged: int
    cases: tuple[Incident, ...]


class EpidemicDesk:
    """See the module."""

    def __init__(self, store: Store, engine: Engine, province: Province) -> None:
        self._store = store
        self._engine = engine
        self._province = province

    @property
    def province(self) -> Province:
        return self._province

    async def put(self, counts: Sequence[Count], actor: Actor) -> Receipt:
        """Store counts and tell what they mean, in one transaction: all of them or none.

        Raises `Invalid` for a disease or an area that the pack does not know, a period in the future, or two
        different numbers for one period.
        """
        async with self._store.write() as unit:
            await unit.lock()
            now = await self._engine.moment(unit)
            self._check(counts, now)
            return await self.count(unit, counts, actor)

    async def count(self, unit: Unit, counts: Sequence[Count], actor: Actor) -> Receipt:
        """The same inside a transaction of the caller's; `counts` are checked already."""
        await unit.lock()
        now = await self._engine.moment(unit)
        stored = await area_counts.put(unit.connection, counts, now, actor.name)
        cases: list[Incident] = []
        for disease, area in sorted({(each.disease, each.area) for each in stored}):
            of_it = [each for each in stored if (each.disease, each.area) == (disease, area)]
            begun = {"from": min(each.begins for each in of_it).isoformat(), "counts": len(of_it)}
            data = {"disease": disease, "area": area, "corrected": sum(each.version > 1 for each in of_it), **begun}
            await unit.append([Draft("indicator.counted", f"{disease}:{area}", now, data, actor=actor.name)])
            case = await self._tell(unit, disease, area, now)
            if case is not None:
                cases.append(case)
        return Receipt(tuple(stored), len(counts) - len(stored), tuple(cases))

    async def views(self, disease: str | None = None, areas: Collection[str] | None = None) -> list[View]:
        """Everything that was ever counted, as it stands now."""
        async with self._store.read() as connection:
            found = []
            for name, area in await area_counts.series(connection, disease, areas):
                known = await area_counts.newest(connection, name, area, since=self._since())
                found.append(View(name, area, self._judge(name, known)))
        return found

    async def _tell(self, unit: Unit, disease: str, area: str, now: datetime) -> Incident | None:
        if self._province.params is None:
            return None
        known = await area_counts.newest(unit.connection, disease, area, since=self._since())
        seen = self._judge(disease, known)
        before = await area_counts.told(unit.connection, disease, area) or Told(0, now - _TICK)
        if seen.level == before.level or (seen.level > before.level and self._stale(seen, now)):
            return None
        # Two corrections may come at one moment of the data clock; a case takes only what is later than it knows.
        at = max(now, before.at + _TICK)
        await area_counts.tell(unit.connection, disease, area, Told(seen.level, at))
        place = self._province.places.get(area, Place(area=area, name=area))
        name = self._province.diseases.get(disease, disease)
        newest = next((each for each in seen.latest if each.count is not None), None)
        signal = Signal(
            hazard=HAZARD,
            ref=f"{disease}:{area}",
            level=seen.level,
            previous_level=before.level,
            at=at,
            onset=min(at, self._midnight(seen, at)),
            value=None if newest is None or newest.count is None else float(newest.count),
            rule=RULE,
            reasons=seen.reasons,
            source=SOURCE,
            place=place,
            title=Reason("title.epidemic_disease", {"disease": name, "place": place.name, "area": area}),
        )
        (case,) = await self._engine.hear(unit, [signal])
        return case

    def _judge(self, disease: str, known: Sequence[Count]) -> Outlook:
        params = self._province.params or EpidemicParams()
        return outlook(disease, _known(known, "day"), _known(known, "week"), params)

    def _stale(self, seen: Outlook, now: datetime) -> bool:
        if seen.through is None:
            return True
        return now - datetime.combine(seen.through, time(), self._province.zone) > self._province.stale

    def _midnight(self, seen: Outlook, at: datetime) -> datetime:
        return at if seen.since is None else datetime.combine(seen.since, time(), self._province.zone)

    def _since(self) -> date:
        today = self._engine.shown_now().astimezone(self._province.zone).date()
        years = timedelta(weeks=53 * (self._province.years + 1) + 60)
        return today - max(_DAYS_BACK, years)

    def _check(self, counts: Sequence[Count], now: datetime) -> None:
        today = now.astimezone(self._province.zone).date()
        given: dict[tuple[str, str, str, object], int | None] = {}
        for each in counts:
            if each.disease not in self._province.diseases:
                raise Invalid("invalid.disease", disease=each.disease, known=", ".join(self._province.diseases))
            if each.area not in self._province.places:
                raise Invalid("invalid.area", area=each.area)
            if each.begins > today:
                raise Invalid("invalid.in_future", at=each.begins.isoformat())
            if given.setdefault(each.key, each.count) != each.count:
                facts = {"disease": each.disease, "area": each.area, "date": each.begins.isoformat()}
                raise Invalid("invalid.count_twice", **facts)


def _known(counts: Sequence[Count], period: Period) -> Counts:
    return {each.begins: each.count for each in counts if each.period == period and each.count is not None}
