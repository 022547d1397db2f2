"""Who is silent, late or well, and which tickets should be open: a pure judgement from timestamps.

One round takes the facts of every station and returns its state and the tickets that ought to be open now; the shell
opens and closes. A gateway that is down is one ticket: its stations are silent on its account. Tickets are maintenance,
never incidents; but a station that falls silent in a storm may have been washed away, and goes to the top.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from eoc.model import Reason
from sensors.watch import Watch, interval_s, patience_s, resumed, step

State = Literal["online", "late", "silent", "maintenance", "unknown"]
Key = tuple[str, str, str]
"""A ticket: ("station" or "gateway", its id, kind)."""

KINDS: Final = ("silent", "stuck", "drift", "battery", "clock", "credential", "gateway_down")
_LATE: Final = 1.5
_GONE: Final = timedelta(minutes=5)
"""A device without an interval (a siren) whose last will says that it went, and which did not come back by then."""
_BACK_PCT, _BACK_V = 5.0, 0.1
"""How far above the limit a battery must come before its ticket closes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The pack's figures; None is off. `silent_intervals` of waiting make a regular sender silent."""

    silent_intervals: float = 2.5
    battery_low_v: float | None = None
    battery_low_pct: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """Something the quality rules found: `kind` is stuck, drift or clock."""

    kind: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a station now. `said`, `said_at`: what it (or its last will) last said about being there, where
    that is news after `seen`; `storm`: why its silence would be alarming at this moment."""

    station: str
    interval_s: float | None = None
    seen: datetime | None = None
    said: bool | None = None
    said_at: datetime | None = None
    battery_v: float | None = None
    battery_pct: float | None = None
    in_maintenance: bool = False
    credential_lost: bool = False
    faults: tuple[DeviceFault, ...] = ()
    storm: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How a station is. `on_account_of`: the gateway that is down, when that is why."""

    state: State
    waited_s: float
    interval_s: float | None
    patience_s: float | None
    on_account_of: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket that should be open."""

    high: bool
    reasons: tuple[Reason, ...]
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    watches: Mapping[str, Watch] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    tickets: Mapping[Key, Wanted] = field(default_factory=dict)


@dataclass(slots=True)
class _Sender:
    """A station in the middle of a round."""

    facts: Facts
    watch: Watch
    every_s: float | None
    state: State = "unknown"
    patience_s: float | None = None
    deserves_ticket: bool = False
    gateway_down: str | None = None


def judge(
    now: datetime,
    facts: Sequence[Facts],
    watches: Mapping[str, Watch],
    *,
    passed: timedelta | None,
    gateways: Mapping[str, Collection[str]] | None = None,
    open_tickets: Mapping[Key, datetime | None] | None = None,
    lost_gateways: Collection[str] = (),
    limits: Limits | None = None,
) -> Judgement:
    """One round. `passed`: how far `now` came since the last round (zero while the centre hears nothing), None in the
    first round after a start. `open_tickets`: what is open already, with the last
    time that its subject had been heard. `lost_gateways`: their credential is lost."""
    bounds, opened = limits or Limits(), open_tickets or {}
    senders = {each.station: _look(each, watches.get(each.station), now, passed, opened, bounds) for each in facts}
    tickets: dict[Key, Wanted] = {}
    for gateway, members in sorted((gateways or {}).items()):
        _judge_gateway(gateway, [senders[each] for each in sorted(members) if each in senders], opened, tickets)
        if gateway in lost_gateways:
            tickets["gateway", gateway, "credential"] = Wanted(False, (Reason("ticket.credential_lost"),))
    for name, sender in senders.items():
        _judge_station(name, sender, opened, bounds, tickets)
    return Judgement(
        {name: sender.watch for name, sender in senders.items()},
        {
            name: Health(sender.state, sender.watch.waited_s, sender.every_s, sender.patience_s, sender.gateway_down)
            for name, sender in senders.items()
        },
        tickets,
    )


def _look(
    facts: Facts,
    before: Watch | None,
    now: datetime,
    passed: timedelta | None,
    opened: Mapping[Key, datetime | None],
    limits: Limits,
) -> _Sender:
    """A station by itself: how long it has been waited for, and what that makes of it."""
    watch = before or Watch()
    was_silent = ("station", facts.station, "silent") in opened
    every_s = interval_s(watch, facts.interval_s)
    if passed is None or before is None:
        watch = step(watch, now, timedelta(0), facts.seen, every_s, was_silent=True)
        watch = resumed(watch, now, every_s)
    else:
        silent_already = every_s is not None and watch.waited_s > patience_s(watch, every_s, limits.silent_intervals)
        watch = step(watch, now, passed, facts.seen, every_s, was_silent=was_silent or silent_already)
    every_s = interval_s(watch, facts.interval_s)
    sender = _Sender(facts, watch, every_s)
    if facts.in_maintenance:
        sender.watch = replace(watch, waited_s=0.0)
        sender.state = "maintenance"
    elif watch.last_seen is None or every_s is None:
        gone = facts.said is False and facts.said_at is not None and now - facts.said_at > _GONE
        sender.state = "silent" if gone else "unknown" if watch.last_seen is None else "online"
        sender.deserves_ticket = gone
    else:
        sender.patience_s = patience_s(watch, every_s, limits.silent_intervals)
        known_silent = was_silent and not _heard_since(watch.last_seen, opened["station", facts.station, "silent"])
        gone = facts.said is False and watch.waited_s > every_s
        if gone or known_silent or watch.waited_s > sender.patience_s:
            sender.state = "silent"
        else:
            sender.state = "late" if watch.waited_s > _LATE * every_s else "online"
        longest_s = patience_s(watch, every_s, limits.silent_intervals, installing=False)
        sender.deserves_ticket = sender.state == "silent" and (gone or known_silent or watch.waited_s > longest_s)
    return sender


def _judge_gateway(
    gateway: str, members: Sequence[_Sender], opened: Mapping[Key, datetime | None], tickets: dict[Key, Wanted]
) -> None:
    """Down when none of its stations is heard: each is late at least, and one of them silent."""
    watched = [each for each in members if each.state in {"online", "late", "silent"} and each.every_s is not None]
    key = ("gateway", gateway, "gateway_down")
    if not watched:
        return
    seen = max((each.watch.last_seen for each in watched if each.watch.last_seen), default=None)
    falls = len(watched) > 1 and all(each.state != "online" for each in watched)
    stays = key in opened and not _heard_since(seen, opened[key])
    if stays or (falls and any(each.deserves_ticket for each in watched)):
        storm = _distinct(reason for each in watched for reason in each.facts.storm)
        tickets[key] = Wanted(bool(storm), (Reason("ticket.gateway_down", {"stations": len(watched)}), *storm), seen)
        for each in watched:
            each.state, each.gateway_down = "silent", gateway
    elif key in opened:
        # It is back: whoever is still missing gets a fresh chance to speak, instead of fifty tickets at once.
        for each in watched:
            if each.state == "silent":
                each.watch = replace(each.watch, waited_s=0.0)
                each.state, each.deserves_ticket = "late", False


def _judge_station(
    name: str, sender: _Sender, opened: Mapping[Key, datetime | None], limits: Limits, tickets: dict[Key, Wanted]
) -> None:
    facts, watch = sender.facts, sender.watch
    if facts.in_maintenance:
        # What was open before stays; nothing new is opened.
        for key in opened:
            if key[:2] == ("station", name):
                tickets[key] = Wanted(False, (), watch.last_seen)
        return
    if sender.deserves_ticket and sender.gateway_down is None:
        waited_min = round(watch.waited_s / 60)
        silent = Reason("ticket.silent", {"minutes": waited_min, "interval_min": round((sender.every_s or 0) / 60, 1)})
        tickets["station", name, "silent"] = Wanted(bool(facts.storm), (silent, *facts.storm), watch.last_seen)
    battery = _battery(facts, limits, already=("station", name, "battery") in opened)
    if battery is not None:
        tickets["station", name, "battery"] = Wanted(False, (battery,), watch.last_seen)
    if facts.credential_lost:
        tickets["station", name, "credential"] = Wanted(False, (Reason("ticket.credential_lost"),), watch.last_seen)
    for fault in facts.faults:
        tickets["station", name, fault.kind] = Wanted(False, (fault.reason,), watch.last_seen)


def _battery(facts: Facts, limits: Limits, *, already: bool) -> Reason | None:
    """Low by the device's own word; an open ticket closes only when it is clearly above."""
    measured = (
        ("ticket.battery_pct", facts.battery_pct, limits.battery_low_pct, _BACK_PCT),
        ("ticket.battery_v", facts.battery_v, limits.battery_low_v, _BACK_V),
    )
    for code, value, low, back in measured:
        if value is not None and low is not None and value <= low + (back if already else 0.0):
            return Reason(code, {"value": round(value, 2), "low": low})
    return None


def _heard_since(seen: datetime | None, then: datetime | None) -> bool:
    return seen is not None and (then is None or seen > then)


def _distinct(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for each in reasons:
        if each not in found:
            found.append(each)
    return tuple(found)
