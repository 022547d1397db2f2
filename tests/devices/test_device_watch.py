"""The watchdog with engine and database, on both: tickets opened, raised, closed, and one process at it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from eoc.bus import LocalBus
from eoc.clock import DataClock
from eoc.engine import Engine, World
from eoc.hazards.binding import HazardParams
from eoc.hazards.river_flood import FloodParams
from eoc.incidents import Actor
from eoc.model import Observation, Reason, Station, Thresholds
from eoc.packs import Pack, load_pack
from eoc.packs.devices import Battery, Devices, GatewayEntry, Storm
from eoc.store import Store, journal_log, kept, readings
from sensors.notices import StatusNotice
from sensors.registry import DeviceAccounts
from sensors.rights import Account
from sensors.store import devices as rows
from sensors.watchdog import DeviceFault
from ui.device_watch import DeviceWatch
from ui.devices import DeviceDesk, Window
from ui.notices import Notices

START = datetime(2026, 10, 1, tzinfo=UTC)
OPERATOR = Actor("operator", "operator")
TEN_MIN = timedelta(minutes=10)
FLOOD = FloodParams(severity={"rise": 1, "bd1": 2, "bd2": 3, "bd3": 4})
DEVICES = Devices(
    battery=Battery(low_v=11.6, source="proposal"),
    storm=Storm(rise_m_per_h=0.3, within_km=50, source="proposal"),
    gateways=(GatewayEntry(id="g", name="Gateway", stations=("g1", "g2", "g3")),),
)


@cache
def demo_pack() -> Pack:
    return load_pack(Path(__file__).resolve().parents[2] / "packs" / "binh-phuoc")


def station(name: str, **more: Any) -> Station:
    facts: dict[str, Any] = {"river": "be", "interval_s": 600.0, "thresholds": Thresholds(3.0, 3.9, 4.8), **more}
    return Station(name, f"Trạm {name}", "river", **facts)


class Field:
    """Stations that report on the data clock. A round for ten minutes of it: waiting counts half, as in a replay."""

    def __init__(self, store: Store, **more: Any) -> None:
        self.store = store
        self.engine = Engine(store, World(HazardParams(FLOOD)), DataClock(), LocalBus())
        self.pack = replace(demo_pack(), devices=DEVICES)
        self.desk = DeviceDesk(store, self.engine, self.pack, DeviceAccounts(None))
        self.notices = self.new_notices()
        self.now = START
        self.seq = 0
        self.watch = self.new_watch("one", **more)

    def new_notices(self) -> Notices:
        return Notices(self.store, self.engine, cast(Any, None))  # none of these announces a release

    def new_watch(self, owner: str, **more: Any) -> DeviceWatch:
        return DeviceWatch(
            self.store, self.engine, self.pack, self.desk, owner=owner, listening=lambda: True, wall=False, **more
        )

    async def install(self, *stations: Station) -> None:
        await self.engine.install_stations(stations, "test")

    async def report(self, levels: Mapping[str, float], **health: float) -> None:
        self.seq += 1
        batch = [
            Observation(name, self.now, {"water_level_m": level}, self.now, self.seq, "b", health=health or None)
            for name, level in sorted(levels.items())
        ]
        await self.engine.observe(batch)

    async def run(self, minutes: int, levels: Callable[[int], Mapping[str, float]]) -> None:
        """Each ten minutes: who reports what, and two rounds."""
        for step in range(minutes // 10):
            self.now += TEN_MIN
            await self.report(levels(step))
            await self.watch.round()
            await self.watch.round()

    async def tickets(self, state: str | None = "open") -> list[tuple[str, str, str]]:
        async with self.store.read() as connection:
            found = await rows.tickets(connection, state=state)
        return sorted((each.subject, each.kind, each.priority) for each in found)

    async def events(self) -> list[tuple[str, str]]:
        async with self.store.read() as connection:
            found = await journal_log.read_after(connection, 0, 10_000)
        return [(each.kind.removeprefix("station."), each.subject) for each in found if ".ticket_" in each.kind]

    async def state(self, name: str) -> str:
        async with self.store.read() as connection:
            found: str = (await rows.presence(connection))[name].watch["state"]
        return found


@pytest.fixture
async def field(store: Store) -> Field:
    made = Field(store)
    await made.engine.start()
    await made.install(*(station(name, chainage_km=float(place)) for place, name in enumerate("abc")))
    return made


def only(*names: str, level: float = 1.0) -> Callable[[int], Mapping[str, float]]:
    return lambda _step: dict.fromkeys(names, level)


async def test_a_silent_station_is_a_ticket_until_it_is_heard(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    await field.run(120, only("a", "b"))
    assert await field.tickets() == [("c", "silent", "normal")]
    assert await field.state("c") == "silent"
    await field.run(10, only("a", "b", "c"))
    assert await field.tickets() == []
    assert await field.events() == [("ticket_opened", "c"), ("ticket_closed", "c")]
    assert await field.state("c") == "online"


async def test_a_ticket_closed_by_hand_waits_until_its_reason_comes_again(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    await field.run(120, only("a", "b"))
    async with field.store.read() as connection:
        (ticket,) = await rows.tickets(connection)
    await field.desk.close_ticket(ticket.id, OPERATOR)
    await field.run(60, only("a", "b"))
    assert await field.tickets() == []
    # Nor does a process that starts meanwhile open it again.
    field.watch = field.new_watch("one")
    await field.run(60, only("a", "b"))
    assert await field.tickets() == []
    await field.run(20, only("a", "b", "c"))
    await field.run(120, only("a", "b"))
    assert await field.tickets() == [("c", "silent", "normal")]


async def test_a_restart_opens_nothing_twice(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    await field.run(120, only("a", "b"))
    field.watch = field.new_watch("one")
    await field.run(30, only("a", "b"))
    assert await field.events() == [("ticket_opened", "c")]


async def test_a_replay_that_jumps_a_day_opens_nothing(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    for _ in range(3):
        field.now += timedelta(hours=23)
        await field.report({"a": 1.0})
        await field.watch.round()
        await field.report({"b": 1.0, "c": 1.0})
        await field.watch.round()
    assert await field.events() == []


async def test_silence_becomes_urgent_when_a_case_opens_on_its_river(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    await field.run(120, only("a", "b"))
    assert await field.tickets() == [("c", "silent", "normal")]
    # A flood at the next gauge: BĐ3 in one leap, so that nothing but the case tells.
    field.watch._storms_at = None
    await field.run(30, only("a", "b", level=5.0))
    field.watch._storms_at = None
    await field.run(10, only("a", "b", level=5.0))
    assert await field.tickets() == [("c", "silent", "high")]
    assert await field.events() == [("ticket_opened", "c"), ("ticket_raised", "c")]
    async with field.store.read() as connection:
        (ticket,) = await rows.tickets(connection)
    assert "ticket.storm_case" in {each["code"] for each in ticket.reasons}


async def test_silence_beside_a_rising_neighbour_is_urgent_at_once(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    field.watch._storms_at = None

    def rising(step: int) -> Mapping[str, float]:
        field.watch._storms_at = None
        return {"a": 1.0 + 0.1 * step, "b": 1.0}

    await field.run(140, rising)
    assert await field.tickets() == [("c", "silent", "high")]
    async with field.store.read() as connection:
        (ticket,) = await rows.tickets(connection)
    (reason,) = [each for each in ticket.reasons if each["code"] == "ticket.neighbour_rising"]
    assert reason["params"]["station"] == "Trạm a"
    assert reason["params"]["rise_m_per_h"] == pytest.approx(0.6, abs=0.05)


async def test_a_gateway_that_is_down_is_one_ticket(field: Field) -> None:
    await field.install(*(station(name) for name in ("g1", "g2", "g3")))
    everybody = ("a", "b", "c", "g1", "g2", "g3")
    await field.run(120, only(*everybody))
    await field.run(120, only("a", "b", "c"))
    assert await field.tickets() == [("g", "gateway_down", "normal")]
    await field.run(20, only(*everybody))
    assert await field.events() == [("ticket_opened", "g"), ("ticket_closed", "g")]


async def test_maintenance_is_quiet_but_everything_is_recorded(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))
    window = Window(field.now, field.now + timedelta(hours=3), "thay cảm biến")
    await field.desk.maintain("c", window, OPERATOR)
    await field.run(120, only("a", "b"))
    assert await field.tickets(None) == []
    assert await field.state("c") == "maintenance"
    await field.run(10, only("a", "b", "c"))
    async with field.store.read() as connection:
        assert (
            len(await readings.series(connection, "c", name=None, since=None, until=None, limit=100, after=None)) == 13
        )
    await field.run(240, only("a", "b"))
    assert await field.tickets() == [("c", "silent", "normal")]


async def test_low_battery_and_lost_credential_and_faults(store: Store) -> None:
    found: dict[str, tuple[DeviceFault, ...]] = {}

    async def faults(_stations: Sequence[Station], _now: datetime) -> Mapping[str, tuple[DeviceFault, ...]]:
        return found

    field = Field(store, faults=faults)
    await field.engine.start()
    await field.install(station("a"), station("b"))
    await field.report({"a": 1.0, "b": 1.0}, battery_v=11.5)
    await field.watch.round()
    assert await field.tickets() == [("a", "battery", "normal"), ("b", "battery", "normal")]
    field.now += TEN_MIN
    await field.report({"a": 1.0, "b": 1.0}, battery_v=12.6)
    lost = rows.Credential(Account.of_device("a"), START, "admin", enforced=True, state=rows.LOST)
    async with store.write() as unit:
        await rows.put_credential(unit.connection, lost)
    found["b"] = (DeviceFault("stuck", Reason("ticket.stuck", {})),)
    field.watch._faults_at = None
    await field.watch.round()
    assert await field.tickets() == [("a", "credential", "normal"), ("b", "stuck", "normal")]


async def test_a_will_is_written_down_and_shortens_the_wait(field: Field) -> None:
    await field.run(120, only("a", "b", "c"))

    async def say(online: bool, *, retained: bool = False) -> None:
        await field.notices.take(StatusNotice("c", online, None, field.now, retained))

    await say(True)
    await say(False)
    await field.run(40, only("a", "b"))
    assert await field.tickets() == [("c", "silent", "normal")]
    # Told again after a restart, it is no news.
    async with field.store.read() as connection:
        before = await rows.status(connection, "c")
    field.notices = field.new_notices()
    await say(False, retained=True)
    async with field.store.read() as connection:
        after = await rows.status(connection, "c")
    assert before is not None
    assert after is not None
    assert (after.online, after.said_at) == (before.online, before.said_at)


async def test_a_siren_is_there_by_its_own_word(field: Field) -> None:
    await field.install(Station("siren", "Còi", "siren"))
    await field.run(20, only("a", "b", "c"))
    await field.notices.take(StatusNotice("siren", True, None, field.now, False))
    await field.run(600, only("a", "b", "c"))
    assert await field.state("siren") == "online"
    await field.notices.take(StatusNotice("siren", False, None, field.now, False))
    await field.run(20, only("a", "b", "c"))
    assert await field.tickets() == [("siren", "silent", "normal")]


async def test_a_status_of_nobody_is_not_kept(field: Field) -> None:
    await field.notices.take(StatusNotice("no-such", True, None, field.now, False))
    async with field.store.read() as connection:
        assert "no-such" not in await rows.presence(connection)


async def test_only_one_process_looks_and_another_takes_over(field: Field) -> None:
    other = field.new_watch("two")
    assert await field.watch._holds_lease()
    assert not await other._holds_lease()
    assert await field.watch._holds_lease()
    async with field.store.write() as unit:
        held = await kept.get(unit.connection, "watchdog")
        assert held is not None
        await kept.put(unit.connection, "watchdog", {**held, "until": "2020-01-01T00:00:00Z"})
    assert await other._holds_lease()
