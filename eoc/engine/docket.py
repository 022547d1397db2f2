"""One transaction's decisions: signals and due timers, in time order, on the cases they concern.

Created only after the journal-head lock is held, so what it loads is what is true; everything it decides is written
by `file` in one go.
"""

import heapq
from collections.abc import Iterable
from datetime import datetime

from eoc.clock import iso
from eoc.correlation import Candidate, Spot, correlate
from eoc.engine.world import World, title_of
from eoc.events import Draft
from eoc.ids import Ids
from eoc.incidents import Evidence, Incident, Ruling, Task, absorb, open_case, window_ended
from eoc.incidents.signals import WINDOW_TIMER, correct, speaker
from eoc.model import STATION, Signal
from eoc.store import incidents as incident_store
from eoc.store.database import Unit
from eoc.store.incidents import Timer
from eoc.store.journal_log import Head


class Docket:
    """Cases under decision in this transaction, their evidence, and the events so far."""

    def __init__(self, unit: Unit, world: World, ids: Ids) -> None:
        self._unit = unit
        self._world = world
        self._ids = ids
        self._incidents: dict[str, Incident] = {}
        self._evidence: dict[str, list[Evidence]] = {}
        self._new: set[str] = set()
        self._changed: set[str] = set()
        self._touched: dict[tuple[str, str, str], Evidence] = {}
        self._tasks: list[Task] = []
        self._timers: list[Timer] = []
        self._head: Head | None = None
        self._set: dict[tuple[str, str], datetime] = {}
        self._dropped: set[tuple[str, str]] = set()
        self.events: list[Draft] = []

    async def load(self, now: datetime, timers: Iterable[Timer] = ()) -> None:
        """Take up every case that may attract, with evidence; `timers` are those due before the end."""
        connection = self._unit.connection
        for incident in await incident_store.attracting(connection, now):
            self._incidents[incident.id] = incident
        self._timers = list(timers)
        heapq.heapify(self._timers)
        for _, _, subject in self._timers:
            if subject not in self._incidents and (found := await incident_store.get(connection, subject)):
                self._incidents[subject] = found
        self._evidence = await incident_store.evidence_of(connection, self._incidents)

    async def recall(self, signals: Iterable[Signal]) -> None:
        """For late signals: also take up the cases of the past that already told this source's story."""
        for signal in signals:
            if signal.late:
                window = self._world.life(signal.hazard).reopen_window
                since, until = signal.at - window, signal.at + window
                found = await incident_store.heard(
                    self._unit.connection, signal.hazard, signal.source, signal.ref, since, until
                )
                fresh = [each for each in found if each.id not in self._incidents]
                self._incidents |= {each.id: each for each in fresh}
                self._evidence |= await incident_store.evidence_of(self._unit.connection, [each.id for each in fresh])

    async def take(self, incident: Incident) -> None:
        """Take up one case a person acts on."""
        self._incidents[incident.id] = incident
        self._evidence |= await incident_store.evidence_of(self._unit.connection, [incident.id])

    def run_timers(self, until: datetime) -> None:
        """Fire what is due up to `until`, each at its own time."""
        while self._timers and self._timers[0][0] <= until:
            due_at, kind, subject = heapq.heappop(self._timers)
            if (kind, subject) in self._dropped or self._set.get((kind, subject), due_at) != due_at:
                continue
            self._dropped.add((kind, subject))
            self._set.pop((kind, subject), None)
            incident = self._incidents.get(subject)
            if kind == WINDOW_TIMER and incident is not None:
                ruling = window_ended(incident, due_at, self._ids)
                if ruling is not None:
                    self.enter(ruling)

    def hear(self, signal: Signal, now: datetime, *, may_open: bool) -> str | None:
        """Give a signal to the case it belongs to, or open one for it; returns that case's id."""
        title = title_of(signal)
        if signal.late and (told := self._told(signal)) is not None:
            self.enter(correct(told, signal, now))
            return told.id
        match = correlate(
            signal.hazard,
            Spot(signal.source, signal.ref, signal.place),
            signal.at,
            self._candidates(signal, now),
            self._world.reach(signal.hazard),
            self._world.neighbours_of,
        )
        if match is not None:
            self.enter(
                absorb(
                    self._incidents[match.incident],
                    self._evidence[match.incident],
                    signal,
                    match_reasons=match.reasons,
                    title=title,
                    now=now,
                    reopen_window=self._world.life(signal.hazard).reopen_window,
                    ids=self._ids,
                )
            )
            return match.incident
        if signal.level == 0 or signal.level <= signal.previous_level:
            return None  # the end or the lessening of something no open case is about
        if may_open:
            ruling = open_case(signal, number=self._next_number(), title=title, now=now, ids=self._ids)
            self.enter(ruling)
            return ruling.incident.id
        data = {"level": signal.level, "onset": iso(signal.onset), "decided_by": iso(signal.at)}
        subject = signal.ref if signal.source == STATION else speaker(signal)
        self.events.append(Draft("station.late_episode", subject, now, data, {"rule": signal.rule}))
        return None

    def incident(self, incident: str) -> Incident:
        """A case as it stands in this transaction."""
        return self._incidents[incident]

    def _told(self, signal: Signal) -> Incident | None:
        """The case that covers a late signal's time with evidence of the same source, newest first."""
        window = self._world.life(signal.hazard).reopen_window
        for incident in sorted(self._incidents.values(), key=lambda each: each.number, reverse=True):
            heard = [
                each for each in self._evidence[incident.id] if (each.source, each.ref) == (signal.source, signal.ref)
            ]
            if incident.hazard != signal.hazard or not heard or signal.at > heard[0].observed_at:
                continue
            ended = incident.stood_down_at or incident.closed_at
            if incident.observed_at - window <= signal.at and (ended is None or signal.onset <= ended + window):
                return incident
        return None

    def _candidates(self, signal: Signal, now: datetime) -> list[Candidate]:
        """A case that already hears this source keeps hearing it; only rising signals go looking further."""
        candidates = []
        for incident in self._incidents.values():
            if not _attracts(incident, now):
                continue
            evidence = [each for each in self._evidence[incident.id] if not each.detached]
            spots = [Spot(each.source, each.ref, each.place) for each in evidence]
            if signal.level <= signal.previous_level:
                spots = [spot for spot in spots if (spot.source, spot.ref) == (signal.source, signal.ref)]
            candidates.append(
                Candidate(
                    incident.id,
                    incident.hazard,
                    tuple(spots),
                    incident.stood_down_at or max((each.observed_at for each in evidence), default=now),
                    incident.stood_down_at is None,
                )
            )
        return candidates

    def enter(self, ruling: Ruling) -> None:
        """Make a ruling part of this transaction."""
        incident = ruling.incident
        if incident.id not in self._incidents:
            self._new.add(incident.id)
            self._evidence[incident.id] = []
        elif incident != self._incidents[incident.id]:
            self._changed.add(incident.id)
        self._incidents[incident.id] = incident
        for each in ruling.evidence:
            kept = [old for old in self._evidence[incident.id] if (old.source, old.ref) != (each.source, each.ref)]
            self._evidence[incident.id] = [*kept, each]
            self._touched[incident.id, each.source, each.ref] = each
        self.events += ruling.events
        self._tasks += ruling.tasks
        if ruling.stop_timer is not None:
            self._dropped.add((ruling.stop_timer, incident.id))
            self._set.pop((ruling.stop_timer, incident.id), None)
        if ruling.start_timer is not None:
            kind, due_at = ruling.start_timer
            self._dropped.discard((kind, incident.id))
            self._set[kind, incident.id] = due_at
            heapq.heappush(self._timers, (due_at, kind, incident.id))

    def _next_number(self) -> int:
        if self._head is None:
            message = "a docket decides only under the journal-head lock"
            raise RuntimeError(message)
        self._head.incident_number += 1
        return self._head.incident_number

    async def lock(self) -> None:
        """Take the engine's lock; must come before `load`."""
        self._head = await self._unit.lock()

    async def file(self) -> None:
        """Write everything decided, then the events."""
        connection = self._unit.connection
        # Released keys first: a case that stops attracting makes room for its successor in the unique index.
        changed = [self._incidents[name] for name in self._changed - self._new]
        for incident in sorted(changed, key=lambda each: (each.event_key is not None, each.id)):
            await incident_store.save(connection, incident)
        for name in sorted(self._new):
            await incident_store.add(connection, self._incidents[name])
        for evidence in self._touched.values():
            await incident_store.put_evidence(connection, evidence)
        for task in self._tasks:
            await incident_store.add_task(connection, task)
        for kind, subject in self._dropped:
            await incident_store.drop_timer(connection, kind, subject)
        for (kind, subject), due_at in self._set.items():
            await incident_store.set_timer(connection, kind, subject, due_at)
        await self._unit.append(self.events)


def _attracts(incident: Incident, now: datetime) -> bool:
    if incident.state == "closed":
        return False
    if incident.stood_down_at is None:
        return True
    return incident.attracts_until is not None and now <= incident.attracts_until and incident.event_key is not None
