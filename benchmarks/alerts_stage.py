"""One scenario through the product in this process, as fast as it goes: what opened, when, and whether it was true.

The product is built by its own composition root on SQLite and the data clock; readings pass the real codec, notices the
real reader, everything else is as in `eoc run`. Only the broker is left out (tests/scenarios has one run with one).
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from eoc.clock import iso
from eoc.engine.reservoir_watch import ReservoirWatch
from eoc.incidents import Actor, Evidence, Incident
from eoc.model import Observation, Refusal, Verdict
from eoc.packs import Pack
from eoc.store import incidents as incident_store
from eoc.store import journal_log
from eoc.store.area_counts import Count
from sensors.codecs.json import JsonCodec
from sensors.notices import Notice, read_release, read_status
from sensors.simulator.emission import Emission
from sensors.simulator.flood import Flood, compute
from sensors.simulator.run import run, run_counts
from sensors.simulator.scenario import Scenario, load_scenario
from sensors.simulator.truth import TrueEvent, events, reaches_at, station_weeks
from sensors.simulator.weather import Count as DayCount
from sensors.store import devices as device_rows
from ui.device_faults import FaultFinder
from ui.device_watch import DeviceWatch
from ui.settings import Settings
from ui.wiring import App, build

_ROAD = timedelta(seconds=2)
_EARLY_H = {"river_flood": 6.0, "dam_release": 1.0}
_LATE_H = 24.0
_LOOK_EVERY = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as it stood at the end, with the hour it opened and the stations that speak in it."""

    incident: Incident
    at_h: float
    stations: frozenset[str]
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class Played:
    """What came of a run."""

    scenario: Scenario
    flood: Flood
    start: datetime
    true: list[TrueEvent]
    cases: list[Opened] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    flags: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(station, property, code) of quality control."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Events of the journal by kind."""
    releases: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(reservoir, notice) to whether it came late."""
    checks: Counter[str] = field(default_factory=Counter)
    """What figures of reservoirs contradicted, by name of the check."""
    tickets: list[tuple[str, str, float]] = field(default_factory=list)
    """(station or gateway, kind, hour it was opened)."""

    def hours(self, at: datetime) -> float:
        return (at - self.start).total_seconds() / 3600


def settings_for(folder: Path) -> Settings:
    """A product on the data clock whose loops are never started."""
    return Settings(data_dir=folder, clock="data", demo=True, mqtt_url="mqtt://127.0.0.1:9")


async def play(pack: Pack, name: str, *, start: datetime, seed: int | None = None, watched: bool = True) -> Played:
    """Play a scenario of the pack from its history to its end.

    `watched`: the watches of devices and reservoirs look every five minutes of the scenario, as their loops would.
    """
    scenario = load_scenario(pack.scenario_path(name), pack)
    used_seed = scenario.file.seed if seed is None else seed
    flood = compute(scenario, used_seed)
    prone: dict[tuple[str, str], str] = {(row.area, row.hazard): str(row.susceptibility) for row in pack.susceptibility}
    played = Played(scenario, flood, start, events(scenario, flood, prone))
    with tempfile.TemporaryDirectory(prefix="eoc-stage-", dir=_fast_folder()) as folder:
        async with build(settings_for(Path(folder))) as app:
            store, engine = app.parts.store, app.parts.engine
            reservoirs = ReservoirWatch(store, engine, app.parts.releases, clock="data")
            devices = DeviceWatch(
                store,
                engine,
                pack,
                app.parts.devices,
                owner="stage",
                listening=lambda: True,
                wall=False,
                faults=FaultFinder(store, wall=False),
            )
            # As a demo does: a data clock without a reading shows the wall, and devices say first that they are on.
            await engine.set_data_clock(start - timedelta(hours=scenario.file.history_h))
            looked_at: datetime | None = None
            waiting = run_counts(scenario, start=start, zone=pack.zone, seed=used_seed)
            # A watch learns how often a station reports from what it sees; half an hour at a time would mislead it.
            span = timedelta(minutes=5 if watched else 30)
            for moment, batch in _batches(run(scenario, start=start, seed=used_seed), span):
                while waiting and waiting[0].at <= moment:
                    await _report(app, waiting.pop(0))
                await _hand_over(app, played, batch)
                if watched:
                    await reservoirs.sweep()
                    if looked_at is None or moment - looked_at >= _LOOK_EVERY:
                        # Its own pause between two looks at instruments is one of the wall.
                        devices._faults_at, looked_at = None, moment
                    await devices.round()
            for count in waiting:
                await _report(app, count)
            await _look(app, played)
    return played


def _fast_folder() -> str | None:
    """Memory where there is some: what is measured here is judgement, not disks."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() else None


def _batches(emissions: Iterable[Emission], span: timedelta) -> Iterator[tuple[datetime, list[Emission]]]:
    """What arrives within a span goes in together; decisions follow the readings' own times all the same."""
    batch: list[Emission] = []
    for emission in emissions:
        if batch and (emission.at - batch[0].at >= span or emission.topic_suffix != batch[0].topic_suffix):
            yield batch[0].at, batch
            batch = []
        batch.append(emission)
    if batch:
        yield batch[0].at, batch


async def _hand_over(app: App, played: Played, batch: list[Emission]) -> None:
    codec = JsonCodec()
    records: list[Observation] = []
    refused: list[Refusal] = []
    for emission in batch:
        payload = msgspec.json.encode(dict(emission.payload))
        topic = f"eoc/v1/{emission.station}/{emission.topic_suffix}"
        received_at = emission.at + _ROAD
        if emission.topic_suffix == "obs":
            for record in codec.decode(payload, topic, received_at):
                if isinstance(record, Refusal):
                    refused.append(record)
                else:
                    records.append(record)
        else:
            notice: Notice | Refusal
            if emission.topic_suffix == "release":
                notice = read_release(payload, topic, received_at)
            else:
                notice = read_status(payload, topic, received_at, retained=False)
            assert not isinstance(notice, Refusal), notice
            await app.parts.notices.take(notice)
    if records or refused:
        outcomes = await app.parts.engine.observe(records, refused)
        played.outcomes.update(outcome.verdict.value for outcome in outcomes)
        played.outcomes.update(f"refused.{refusal.code}" for refusal in refused)
        played.outcomes.update(
            f"refused.{outcome.code}" for outcome in outcomes if outcome.verdict is Verdict.QUARANTINED
        )


async def _report(app: App, told: DayCount) -> None:
    """The health service's table of the day, as `PUT /epidemic/counts` brings it."""
    await app.parts.engine.set_data_clock(told.at)
    count = Count(told.disease, told.area, "day", told.day, told.count)
    await app.parts.epidemic.put([count], Actor("stage", "admin"))


async def _look(app: App, played: Played) -> None:
    async with app.parts.store.read() as connection:
        cases = await incident_store.find(connection, limit=10_000)
        evidence = await incident_store.evidence_of(connection, [case.id for case in cases])
        after = 0
        while events_read := await journal_log.read_after(connection, after, 5000):
            played.kinds.update(event.kind for event in events_read)
            after = events_read[-1].seq
        flagged = "SELECT station, property, flags FROM reading WHERE flags IS NOT NULL"
        for row in (await connection.exec_driver_sql(flagged)).mappings():
            played.flags.update((row["station"], row["property"], code) for code in row["flags"].split())
        announced = "SELECT reservoir, notice, late FROM release"
        for row in (await connection.exec_driver_sql(announced)).mappings():
            played.releases[row["reservoir"], row["notice"]] = bool(row["late"])
        checked = "SELECT reservoir, name FROM reservoir_check"
        for row in (await connection.exec_driver_sql(checked)).mappings():
            played.checks[f"{row['reservoir']} {row['name']}"] += 1
        tickets = await device_rows.tickets(connection, state=None)
        played.tickets = [(each.subject, each.kind, played.hours(each.opened_at)) for each in tickets]
    for case in sorted(cases, key=lambda each: each.number):
        heard = tuple(evidence.get(case.id, []))
        stations = frozenset(each.ref.partition("/")[0] for each in heard)
        played.cases.append(Opened(case, played.hours(case.opened_at), stations, heard))


@dataclass(slots=True)
class Judged:
    """The run against the truth."""

    station_weeks: float
    due: int = 0
    missed: list[TrueEvent] = field(default_factory=list)
    false: list[Opened] = field(default_factory=list)
    delays_h: list[float] = field(default_factory=list)
    leads_h: dict[str, list[float]] = field(default_factory=dict)


def judge(played: Played) -> Judged:
    """Missed events, false cases, and how early the true ones came."""
    verdict = Judged(station_weeks(played.scenario))
    for case in played.cases:
        if not any(_about(case, event) for event in played.true):
            verdict.false.append(case)
    for event in played.true:
        if not event.must:
            continue
        verdict.due += 1
        heard = [case for case in played.cases if _about(case, event)]
        in_time = [case for case in heard if case.at_h <= event.begins_h + event.grace_h]
        if not in_time:
            verdict.missed.append(event)
        else:
            verdict.delays_h.append(min(case.at_h for case in in_time) - event.begins_h)
    for damage in played.scenario.file.expect.damage:
        reached_h = reaches_at(played.scenario, played.flood, damage.station, damage.reaches)
        if reached_h is None:
            continue
        river = _river_of(played.scenario, damage.station)
        area = played.scenario.stations[damage.station].area
        told = [
            case.at_h
            for case in played.cases
            if case.incident.hazard == damage.hazard
            and (case.stations & river or (damage.hazard != "river_flood" and case.incident.area == area))
            and case.at_h <= reached_h + 2
        ]
        if told:
            verdict.leads_h.setdefault(f"{damage.hazard} {damage.station} {damage.reaches}", []).append(
                reached_h - min(told)
            )
    return verdict


def _about(case: Opened, event: TrueEvent) -> bool:
    if case.incident.hazard != event.hazard:
        return False
    here = bool(case.stations & event.stations) or (case.incident.area or "") in event.areas
    early_h = _EARLY_H.get(event.hazard, 0.5)
    return here and event.begins_h - early_h <= case.at_h <= event.ends_h + _LATE_H


def _river_of(scenario: Scenario, station: str) -> frozenset[str]:
    for chain in scenario.file.chains:
        gauges = frozenset(str(link.target) for link in chain.links if link.kind == "gauge")
        if station in gauges:
            return gauges
    return frozenset({station})


def told(case: Opened) -> str:
    """A line about a case for a report."""
    incident = case.incident
    where = incident.area or ", ".join(sorted(case.stations))
    return f"{incident.hazard} {where} level {incident.peak_level} at {case.at_h:.1f} h ({iso(incident.opened_at)})"
