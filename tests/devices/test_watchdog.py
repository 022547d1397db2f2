"""Silence, judged from timestamps: a fake clock, senders that lose readings, gateways, storms and replays."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eoc.model import Reason
from sensors.watch import Watch, interval_s, patience_s
from sensors.watchdog import DeviceFault, Facts, Health, Key, Limits, Wanted, judge

START = datetime(2026, 10, 1, tzinfo=UTC)
TEN_MIN = 600.0
CLEAN = Watch(START, 0.0, (TEN_MIN,) * 64, TEN_MIN, 0.0, 400, 0.0, 200.0)
STORM = (Reason("ticket.storm_case", {"hazard": "river_flood"}),)


class Scene:
    """A clock, stations that are heard when the test says so, and the watchdog's rounds over them."""

    def __init__(self, *stations: str, interval_s: float | None = TEN_MIN, **options: Any) -> None:
        self.now = START
        self.facts = {name: Facts(name, interval_s) for name in stations}
        self.options = options
        self.watches: dict[str, Watch] = {}
        self.open: dict[Key, datetime | None] = {}
        self.opened: list[Key] = []
        self.tickets: dict[Key, Wanted] = {}
        self.health: dict[str, Health] = {}
        self.first = True

    def hear(self, *stations: str, at: datetime | None = None) -> None:
        for name in stations:
            self.tell(name, seen=at or self.now)

    def tell(self, station: str, **facts: Any) -> None:
        self.facts[station] = replace(self.facts[station], **facts)

    def round(self, seconds: float = 30.0, listening: bool = True) -> None:
        self.now += timedelta(seconds=seconds)
        passed = None if self.first else timedelta(seconds=seconds if listening else 0)
        self.first = False
        found = judge(
            self.now, list(self.facts.values()), self.watches, passed=passed, open_tickets=self.open, **self.options
        )
        self.watches, self.health = dict(found.watches), dict(found.health)
        self.opened += [key for key in found.tickets if key not in self.open]
        self.open = {key: self.open.get(key, wanted.last_seen) for key, wanted in found.tickets.items()}
        self.tickets = dict(found.tickets)

    def run(self, seconds: float, *talking: str, every_s: float = TEN_MIN, step_s: float = 30.0) -> None:
        """Rounds, with some stations reporting on time."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            if ((self.now - START).total_seconds()) % every_s == 0:
                self.hear(*talking)
            self.round(step_s)

    def state(self, station: str) -> str:
        return self.health[station].state


@pytest.mark.parametrize("known", [Watch(), CLEAN], ids=["being installed", "known for long"])
@pytest.mark.parametrize("every_s", [10.0, 60.0, 600.0, 3600.0])
def test_a_station_that_stops_is_shown_late_then_silent_within_three_intervals(known: Watch, every_s: float) -> None:
    scene = Scene("a", interval_s=every_s)
    if known.heard:
        scene.watches["a"] = replace(known, gaps_s=(every_s,) * 64, usual_s=every_s)
    scene.run(5 * every_s, "a", every_s=every_s, step_s=every_s / 20)
    last = scene.facts["a"].seen
    assert last is not None
    states: dict[str, float] = {}
    while (scene.now - last).total_seconds() <= 3 * every_s:
        scene.round(every_s / 20)
        states.setdefault(scene.state("a"), (scene.now - last).total_seconds() / every_s)
    assert list(states) == ["online", "late", "silent"]
    assert states["late"] == pytest.approx(1.5, abs=0.06)
    assert states["silent"] == pytest.approx(2.5, abs=0.06)


def test_the_ticket_opens_once_and_closes_when_it_is_heard() -> None:
    scene = Scene("a")
    scene.watches["a"] = CLEAN
    scene.run(3600, "a")
    scene.run(4 * 3600)
    assert scene.opened == [("station", "a", "silent")]
    reason = scene.tickets["station", "a", "silent"].reasons[0]
    assert (reason.code, reason.params["interval_min"]) == ("ticket.silent", 10.0)
    scene.hear("a")
    scene.round()
    assert (scene.open, scene.state("a")) == ({}, "online")
    # A shell that could not close it in time makes nobody silent.
    scene.open = {("station", "a", "silent"): START}
    scene.round()
    assert scene.state("a") == "online"


def test_a_new_station_is_shown_silent_at_once_but_rings_nobody_yet() -> None:
    scene = Scene("a")
    scene.run(1800, "a")
    scene.run(1800)
    assert (scene.state("a"), scene.opened) == ("silent", [])
    scene.run(3 * 3600)
    assert scene.opened == [("station", "a", "silent")]


def day(loss: float, seeds: Sequence[int], *, days: int = 1, jitter: float = 0.05, warm: bool = False) -> Scene:
    """A simulated day of many stations, each losing readings at random; counts are over all of them."""
    names = {f"s{seed}": random.Random(seed) for seed in seeds}
    scene = Scene(*names)
    if warm:
        scene.watches = {name: replace(CLEAN, last_seen=START) for name in names}
    due: dict[str, float] = {name: chance.random() * TEN_MIN for name, chance in names.items()}
    shown: set[str] = set()
    for step in range(days * 1440):
        elapsed = step * 60.0
        for name, chance in names.items():
            if due[name] <= elapsed:
                if chance.random() >= loss:
                    scene.hear(name)
                due[name] += TEN_MIN * (1 + jitter * (2 * chance.random() - 1))
        scene.round(60)
        shown |= {name for name, health in scene.health.items() if health.state == "silent"}
    scene.options["shown"] = shown
    return scene


def outcome(scene: Scene) -> tuple[list[Key], set[str]]:
    return scene.opened, scene.options["shown"]


def test_a_day_with_five_percent_loss_has_no_false_ticket() -> None:
    tickets, shown = outcome(day(0.05, range(120)))
    assert tickets == []
    # Only while it is being installed, in its first two hours, may a station be shown silent after two losses.
    assert len(shown) <= 4


def test_nor_is_a_station_that_is_known_shown_silent() -> None:
    scene = day(0.05, range(100))
    warm, scene.options = scene.watches, {}
    for name in scene.facts:
        scene.facts[name] = replace(scene.facts[name], seen=warm[name].last_seen)
    again = day_after(scene, 0.05)
    assert outcome(again) == ([], set())


def day_after(scene: Scene, loss: float) -> Scene:
    chance = random.Random(99)
    shown: set[str] = set()
    for step in range(1440):
        if step % 10 == 0:
            scene.hear(*(name for name in scene.facts if chance.random() >= loss))
        scene.round(60)
        shown |= {name for name, health in scene.health.items() if health.state == "silent"}
    scene.options["shown"] = shown
    return scene


@pytest.mark.long
@pytest.mark.parametrize("loss", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_thousand_days_with_loss(loss: float) -> None:
    tickets, _ = outcome(day(loss, range(1000, 2000)))
    assert len(tickets) <= (0 if loss <= 0.1 else 5)


def test_a_lossy_station_that_dies_is_still_found() -> None:
    scene = day(0.05, range(40))
    opened = len(scene.opened)
    scene.options.pop("shown")
    scene.run(2 * 3600)
    assert {key[1] for key in scene.opened[opened:]} == set(scene.facts)


def test_patience_follows_the_loss_that_was_seen() -> None:
    def known(lost: float) -> Watch:
        return replace(CLEAN, lost=lost)

    in_intervals = [patience_s(known(lost), TEN_MIN) / TEN_MIN for lost in (0.0, 1.0, 10.0, 40.0)]
    assert in_intervals == [2.5, 4.5, 5.5, 9.5]
    assert patience_s(known(150.0), TEN_MIN) / TEN_MIN <= 10.5


def test_a_sender_that_speaks_when_it_likes_is_not_called_silent() -> None:
    """Send on change: pauses of any length, and no interval registered."""
    for seed in range(20):
        chance = random.Random(seed)
        scene = Scene("a", interval_s=None)
        due = 0.0
        for step in range(3 * 1440):
            if due <= step * 60:
                scene.hear("a")
                due = step * 60 + chance.expovariate(1 / 1800)
            scene.round(60)
        assert len(scene.opened) <= 1, seed
        scene.run(3 * 86_400, step_s=600)
        assert scene.state("a") == "silent"


def test_an_interval_that_is_registered_too_short_is_learned() -> None:
    scene = Scene("a", interval_s=60.0)
    for _ in range(40):
        scene.hear("a")
        for _ in range(60):
            scene.round(30)
    before = len(scene.opened)
    assert interval_s(scene.watches["a"], 60.0) == pytest.approx(1800, rel=0.05)
    for _ in range(40):
        scene.hear("a")
        for _ in range(60):
            scene.round(30)
    assert len(scene.opened) == before
    assert scene.state("a") == "online"


# -- the centre's own absence ----------------------------------------------------------------------------------------


def test_a_replay_that_jumps_makes_nobody_silent() -> None:
    names = [f"s{number}" for number in range(20)]
    scene = Scene(*names)
    scene.watches = dict.fromkeys(names, CLEAN)
    scene.run(3600, *names)
    for _ in range(5):
        scene.round(86_400.0)
        scene.hear(*names)
        scene.round(2.0)
    assert scene.opened == []
    assert {scene.state(name) for name in names} == {"online"}


def test_a_fast_replay_still_finds_who_stopped() -> None:
    scene = Scene("a", "b")
    scene.watches = {"a": CLEAN, "b": CLEAN}
    for _ in range(10):
        scene.hear("a", "b")
        scene.round(1800.0)
    for _ in range(10):
        scene.hear("b")
        scene.round(1800.0)
    assert scene.opened == [("station", "a", "silent")]
    assert scene.state("b") == "online"


def test_while_the_centre_hears_nothing_nobody_is_waited_for() -> None:
    scene = Scene("a")
    scene.watches["a"] = CLEAN
    scene.run(3600, "a")
    for _ in range(200):
        scene.round(60, listening=False)
    assert (scene.opened, scene.state("a")) == ([], "online")
    for _ in range(26):
        scene.round(60)
    assert scene.opened == [("station", "a", "silent")]


def test_after_a_night_off_each_gets_an_interval_to_speak() -> None:
    scene = Scene("a", "b")
    scene.watches = {"a": CLEAN, "b": CLEAN}
    scene.run(3600, "a", "b")
    scene.now += timedelta(hours=8)
    scene.first = True
    scene.round()
    assert {scene.state("a"), scene.state("b")} == {"online"}
    scene.round(300)
    scene.hear("a")
    scene.run(660)
    assert (scene.state("a"), scene.state("b")) == ("online", "silent")
    assert scene.opened == [("station", "b", "silent")]


def test_a_restart_keeps_who_was_silent() -> None:
    scene = Scene("a", "g1", "g2", gateways={"g": {"g1", "g2"}})
    scene.watches = dict.fromkeys(scene.facts, CLEAN)
    scene.run(3600, "a", "g1", "g2")
    scene.run(3600)
    expected = [("gateway", "g", "gateway_down"), ("station", "a", "silent")]
    assert sorted(scene.opened) == expected
    scene.now += timedelta(minutes=1)
    scene.first = True
    scene.round()
    assert sorted(scene.opened) == expected
    assert {scene.state(name) for name in scene.facts} == {"silent"}


# -- gateways ---------------------------------------------------------------------------------------------------------


def gateway_scene(count: int = 50) -> tuple[Scene, list[str]]:
    names = [f"s{number:02}" for number in range(count)]
    scene = Scene(*names, "alone", gateways={"g": set(names)})
    scene.watches = dict.fromkeys([*names, "alone"], CLEAN)
    return scene, names


def staggered(scene: Scene, names: Sequence[str], rounds: int, speak: Callable[[str], bool] = lambda _: True) -> None:
    """Each station at its own minute of the interval."""
    for _ in range(rounds):
        minute = int((scene.now - START).total_seconds() // 60)
        scene.hear(*(name for place, name in enumerate(names) if place % 10 == minute % 10 and speak(name)))
        scene.round(60)


@pytest.mark.parametrize("died_after", range(10))
def test_a_gateway_that_is_down_is_one_ticket_not_fifty(died_after: int) -> None:
    scene, names = gateway_scene()
    staggered(scene, [*names, "alone"], 60 + died_after)
    staggered(scene, ["alone"], 120)
    assert scene.opened == [("gateway", "g", "gateway_down")]
    assert {scene.health[name].on_account_of for name in names} == {"g"}
    assert scene.state("alone") == "online"
    assert scene.tickets["gateway", "g", "gateway_down"].reasons[0].params == {"stations": 50}
    # Back, all but one: its ticket closes, and only who stays away gets one of its own.
    staggered(scene, [*names, "alone"], 120, lambda name: name != "s07")
    assert scene.opened[1:] == [("station", "s07", "silent")]
    assert scene.open.keys() == {("station", "s07", "silent")}


def test_one_station_of_a_gateway_is_its_own_ticket() -> None:
    scene, names = gateway_scene()
    staggered(scene, [*names, "alone"], 60)
    staggered(scene, [*names, "alone"], 120, lambda name: name != "s03")
    assert scene.opened == [("station", "s03", "silent")]


# -- reasons ----------------------------------------------------------------------------------------------------------


def test_maintenance_opens_no_ticket_and_keeps_what_is_open() -> None:
    scene = Scene("a", "b")
    scene.watches = {"a": CLEAN, "b": CLEAN}
    scene.run(3600, "a", "b")
    scene.tell("a", in_maintenance=True)
    scene.run(6 * 3600)
    assert scene.opened == [("station", "b", "silent")]
    assert (scene.state("a"), scene.state("b")) == ("maintenance", "silent")
    scene.tell("b", in_maintenance=True)
    scene.run(600)
    assert scene.open.keys() == {("station", "b", "silent")}
    scene.tell("a", in_maintenance=False)
    scene.run(1200)
    assert scene.opened == [("station", "b", "silent")]
    scene.run(600)
    assert scene.opened[1:] == [("station", "a", "silent")]


def test_silence_in_a_storm_goes_to_the_top() -> None:
    scene = Scene("a")
    scene.watches["a"] = CLEAN
    scene.run(3600, "a")
    scene.run(3600)
    assert not scene.tickets["station", "a", "silent"].high
    scene.tell("a", storm=STORM)
    scene.round()
    wanted = scene.tickets["station", "a", "silent"]
    assert wanted.high
    assert wanted.reasons[1:] == STORM


def test_a_gateway_lost_in_a_storm_goes_to_the_top_for_any_of_its_stations() -> None:
    scene, names = gateway_scene()
    scene.tell("s09", storm=STORM)
    scene.tell("s10", storm=STORM)
    staggered(scene, names, 60)
    staggered(scene, [], 60)
    wanted = scene.tickets["gateway", "g", "gateway_down"]
    assert wanted.high
    assert wanted.reasons[1:] == STORM


def test_a_last_will_shortens_the_wait_but_is_not_believed_at_once() -> None:
    """A device that ends each of its calls without a word leaves its will behind every time."""
    scene = Scene("a")
    scene.watches["a"] = CLEAN
    scene.run(3600, "a")
    scene.hear("a")
    scene.tell("a", said=False)
    scene.round()
    assert scene.state("a") == "online"
    scene.run(630)
    assert scene.opened == [("station", "a", "silent")]


def test_battery_clock_and_credential_are_tickets_of_their_own() -> None:
    scene = Scene("a", limits=Limits(battery_low_pct=20, battery_low_v=11.5))
    scene.tell("a", battery_pct=21.0, battery_v=12.0)
    scene.run(60, "a")
    assert scene.opened == []
    scene.tell("a", battery_pct=19.0)
    scene.round()
    assert scene.tickets["station", "a", "battery"].reasons == (
        Reason("ticket.battery_pct", {"value": 19.0, "low": 20}),
    )
    scene.tell("a", battery_pct=23.0)
    scene.round()
    assert scene.open.keys() == {("station", "a", "battery")}
    scene.tell("a", battery_pct=26.0)
    scene.round()
    assert scene.open == {}
    scene.tell("a", battery_v=11.4, credential_lost=True, faults=(DeviceFault("stuck", Reason("quality.stuck", {})),))
    scene.round()
    assert {key[2] for key in scene.open} == {"battery", "credential", "stuck"}


def test_without_limits_a_battery_is_nobodys_business() -> None:
    scene = Scene("a")
    scene.tell("a", battery_pct=1.0, battery_v=1.0)
    scene.run(60, "a")
    assert scene.opened == []


def test_a_station_never_heard_is_unknown_and_no_ticket() -> None:
    scene = Scene("a")
    scene.run(6 * 3600)
    assert (scene.state("a"), scene.opened) == ("unknown", [])
