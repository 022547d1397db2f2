"""A province small enough to think about, people to warn in it, and a provider that does what a test tells it."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dispatch.desk import Desk
from dispatch.providers import Found, OutgoingSms, Sent
from dispatch.recipients import import_recipients
from dispatch.service import WarningService, Words
from dispatch.store.outbox import Tally, tally
from eoc.clock import wall_now
from eoc.events import Event
from eoc.incidents import Actor, Incident
from eoc.model import Station, Thresholds
from eoc.packs import Area, Pack
from eoc.packs.hazards import Hazards
from eoc.packs.manifest import Manifest
from eoc.packs.playbooks import Playbook
from eoc.packs.templates import Template
from eoc.packs.waters import River, RiverEntry
from eoc.secrets import Vault
from eoc.store import Store, incidents, journal_log, stations

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
"""16h31 on 22 November in Vietnam."""

VAULT = Vault.from_secret("a secret of the tests, long enough")

OPERATOR = Actor("an", "operator")
DISPATCHER = Actor("binh", "dispatcher")
SUPERVISOR = Actor("chi", "supervisor")
SUPERVISOR2 = Actor("dung", "supervisor")
LEADER = Actor("em", "leader")

DANGER = (106.75, 11.75)

GOOD_TEXT = "EOC Mẫu: LŨ Sông Mẫu vượt BĐ3, ngập xã Thượng từ 18h 22/11. SƠ TÁN NGAY tới nơi xã chỉ định. Hỏi 1022"


@dataclass
class HandClock:
    """A clock that moves when it is told to."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **step: float) -> None:
        self.time += timedelta(**step)


def area(code: str, name: str, parent: str | None, lon: float, lat: float, kind: Any = "commune") -> Area:
    return Area(code, name, kind, parent, None, None, label=(lon, lat))


def template(template_id: str = "LU_THU", vi: str | None = None, **more: Any) -> Template:
    text = vi or (
        "{sender}: LŨ {river} vượt {threshold}, ngập {places} từ {time}. SƠ TÁN NGAY tới {shelter}. Hỏi {hotline}"
    )
    return Template.model_validate(
        {
            "id": template_id,
            "kind": "evacuate",
            "hazards": ["river_flood"],
            "title": {"vi": "Sơ tán", "en": "Evacuate"},
            "placeholders": ["sender", "river", "threshold", "places", "time", "shelter", "hotline"],
            "defaults": {"shelter": {"vi": "nơi xã chỉ định", "en": "the place your commune names"}},
            "texts": {"vi": text, "en": "{sender}: FLOOD at {places} from {time}. EVACUATE to {shelter}."},
        }
        | more
    )


def playbook(level: int, template_id: str = "LU_THU", **more: Any) -> Playbook:
    drafting = {"template": template_id, "downstream_km": 20, "upstream_km": 1, "expires_h": 6} | more
    return Playbook.model_validate({"id": f"lu-{level}", "hazard": "river_flood", "level": level, "drafting": drafting})


def small_pack(**changes: Any) -> Pack:
    """Three communes along a river, in one district; plans at levels 3 and 4."""
    manifest = Manifest.model_validate(
        {
            "id": "mau",
            "title": {"vi": "Tỉnh Mẫu", "en": "Model"},
            "valid_from": "2020-01-01",
            "hotline": "1022",
            "senders": [{"name": {"vi": "EOC Mẫu", "en": "Model EOC"}, "sender_id": "EOCMAU"}],
        }
    )
    river = RiverEntry.model_validate(
        {
            "id": "song-mau",
            "name": {"vi": "Sông Mẫu", "en": "Model River"},
            "riverside": [
                {"area": "101", "from_km": 0, "to_km": 12},
                {"area": "102", "from_km": 10, "to_km": 30},
                {"area": "103", "from_km": 40, "to_km": 60},
            ],
        }
    )
    parts: dict[str, Any] = {
        "root": Path("mau"),
        "hash": "0" * 64,
        "manifest": manifest,
        "areas": (
            area("1", "Tỉnh Mẫu", None, 106.75, 11.7, "province"),
            area("10", "Huyện Bến", "1", 106.75, 11.7, "district"),
            area("101", "Xã Thượng", "10", 106.75, 11.76),
            area("102", "Xã Trung", "10", 106.75, 11.68),
            area("103", "Thị trấn Hạ", "10", 106.75, 11.50),
        ),
        "rivers": (River(river, None),),
        "hazards": Hazards.model_validate(
            {"severity_words": [{"level": 4, "name": {"vi": "rất lớn", "en": "very high"}}]}
        ),
        "playbooks": (playbook(3), playbook(4)),
        "templates": (template(),),
    }
    return Pack(**(parts | changes))


GAUGE = Station(
    "be-1", "Cầu Mẫu", "river", lon=DANGER[0], lat=DANGER[1], area="101", river="song-mau", chainage_km=5.0,
    thresholds=Thresholds(3.0, 3.9, 4.8),
)  # fmt: skip


def incident(incident_id: str = "inc-1", **changes: Any) -> Incident:
    parts: dict[str, Any] = {
        "id": incident_id,
        "number": 1,
        "hazard": "river_flood",
        "level": 4,
        "peak_level": 4,
        "title": {"code": "title.flood_river"},
        "observed_at": NOW - timedelta(minutes=20),
        "decided_at": NOW - timedelta(minutes=5),
        "opened_at": NOW,
        "area": "101",
        "station": GAUGE.id,
        "lon": DANGER[0],
        "lat": DANGER[1],
    }
    return Incident(**(parts | changes))


def words(**changes: Any) -> Words:
    parts: dict[str, Any] = {
        "level": 4,
        "hazard": "river_flood",
        "vi": GOOD_TEXT,
        "areas": ["101", "102"],
        "expires_at": NOW + timedelta(hours=6),
    }
    return Words(**(parts | changes))


def phone(number: int) -> str:
    """A made-up Vietnamese mobile number."""
    return f"+8491{number:07d}"


def person(number: int, area_code: str = "101", **more: Any) -> dict[str, Any]:
    return {"phone": phone(number), "area": area_code, **more}


async def enlist(store: Store, people: Sequence[dict[str, Any]]) -> None:
    done = await import_recipients(store, VAULT, people, source="test", now=NOW)
    assert not done.refused


async def put_gauge(store: Store) -> None:
    async with store.write() as unit:
        await stations.put(unit.connection, GAUGE)


async def add_incident(store: Store, case: Incident) -> None:
    async with store.write() as unit:
        await incidents.add(unit.connection, case)


async def approved(service: WarningService, **changes: Any) -> dict[str, Any]:
    """A warning that two people have agreed on."""
    case = changes.pop("incident", None)
    draft = await service.draft(words(**changes), OPERATOR, incident=case)
    handed_in = await service.submit(draft["id"], draft["version"], DISPATCHER)
    return await service.approve(draft["id"], handed_in["version"], handed_in["audience"]["count"], SUPERVISOR)


async def journal(store: Store) -> list[Event]:
    async with store.read() as connection:
        assert (await journal_log.audit(connection)).ok
        return await journal_log.read_after(connection, 0, 100_000)


async def rows_of(store: Store, warning: str) -> Tally:
    async with store.read() as connection:
        return await tally(connection, warning)


async def until(condition: Callable[[], Any], timeout_s: float = 20.0) -> None:
    """Wait until a condition (plain or awaitable) holds; fails after `timeout_s`."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)


Script = Callable[[OutgoingSms, int], Exception | None]
"""What happens to the n-th attempt: None is accepted, an error is raised (see `FakeProvider.after`)."""


@dataclass
class FakeProvider:
    """Keeps a log of what it accepted, like a real provider: the judge of what people received.

    `before` may refuse a message; `after` may lose the answer to an accepted one. `latency_s` is slept on both sides
    of the acceptance, so that a kill can fall anywhere.
    """

    can_look_up: bool = True
    before: Script = lambda _sms, _attempt: None
    after: Script = lambda _sms, _attempt: None
    latency_s: float = 0.0
    kind: str = "fake"
    accepted: list[OutgoingSms] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict, repr=False)
    lookups: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    async def send(self, sms: OutgoingSms) -> Sent:
        attempt = self.attempts[sms.to] = self.attempts.get(sms.to, 0) + 1
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            await asyncio.sleep(self.latency_s)
            if (refusal := self.before(sms, attempt)) is not None:
                raise refusal
            self.accepted.append(sms)
            number = len(self.accepted)
            self.at.append(asyncio.get_running_loop().time())
            await asyncio.sleep(self.latency_s)
            if (lost := self.after(sms, attempt)) is not None:
                raise lost
            return Sent(f"fake-{number}")
        finally:
            self.in_flight -= 1

    async def lookup(self, sms: OutgoingSms, since: datetime) -> list[Found]:
        self.lookups += 1
        await asyncio.sleep(self.latency_s)
        numbered = enumerate(self.accepted, start=1)
        return [Found(f"fake-{n}") for n, taken in numbered if (taken.to, taken.body) == (sms.to, sms.body)][::-1]

    def received(self) -> dict[str, int]:
        """How many messages each number got."""
        counted: dict[str, int] = {}
        for sms in self.accepted:
            counted[sms.to] = counted.get(sms.to, 0) + 1
        return counted


def now_and_then(chance: random.Random, share: float, error: Callable[[], Exception]) -> Script:
    """Fails this share of the attempts."""
    return lambda _sms, _attempt: error() if chance.random() < share else None


def desk_at(clock: Any, rate_per_s: float = 10_000.0, **changes: Any) -> Desk:
    return Desk(changes.pop("pack", None) or small_pack(), clock, rate_per_s, **changes)


def wall_desk(rate_per_s: float = 10_000.0) -> Desk:
    """A desk whose time is the wall's, for tests with real waiting."""

    class Wall:
        def now(self) -> datetime:
            return wall_now()

    return desk_at(Wall(), rate_per_s)
