"""Release notices: what a dam's owner sends before a gate opens, derived from what the gates then do.

A scenario knows its own future, so a notice is exact where a real one is a forecast; what can be wrong on purpose is
the time it is given (`notice_h`), because late notices are what really fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from eoc.clock import iso
from sensors.simulator.emission import Emission
from sensors.simulator.hydrology import ReservoirStep
from sensors.simulator.scenario import ReservoirEntry

NOTABLE_SHARE = 0.25
"""A release this much larger than the announced one is announced again."""
PLAN_H = 3.0
"""A notice states the largest release of the hours after the gates move."""
LONGEST_NOTICE_H = 1.0
"""An update comes at most this long before: it replaces a notice that people already have."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One announcement; `planned_h` and `until_h` count from the live start."""

    number: int
    given_h: float
    planned_h: float
    until_h: float | None
    discharge_m3s: float
    gates_open: int


def notices(entry: ReservoirEntry, steps: list[ReservoirStep], first_h: float, step_h: float) -> list[Notice]:
    """Every notice of one reservoir, in the order they are given."""
    found: list[Notice] = []
    for number, (opening, closing) in enumerate(_spells(steps), start=1):
        # Gates that already stood open before our window were announced before it.
        announced = steps[0].outflow_m3s if opening == 0 else 0.0
        closed = closing < len(steps)
        for index in range(opening, closing):
            if steps[index].outflow_m3s <= announced * (1 + NOTABLE_SHARE):
                continue
            lead_h = entry.notice_h if index == opening else min(entry.notice_h, LONGEST_NOTICE_H)
            ahead = steps[index : min(closing, index + max(1, round(PLAN_H / step_h)))]
            largest = max(ahead, key=lambda step: step.outflow_m3s)
            announced = largest.outflow_m3s
            planned_h = first_h + index * step_h
            notice = Notice(
                number=number,
                given_h=max(first_h, planned_h - lead_h),
                planned_h=planned_h,
                until_h=first_h + closing * step_h if closed else None,
                discharge_m3s=float(round(largest.outflow_m3s, -1)),
                gates_open=largest.gates_open,
            )
            found.append(notice)
    return sorted(found, key=lambda notice: notice.given_h)


def notice_emissions(entry: ReservoirEntry, given: list[Notice], start: datetime) -> Iterator[Emission]:
    """The notices as messages."""
    for notice in given:
        payload: dict[str, object] = {
            "id": f"{entry.station}-{start:%Y%m%d}-{notice.number}",
            "planned_at": iso(start + timedelta(hours=notice.planned_h)),
            "discharge_m3s": notice.discharge_m3s,
            "gates_open": notice.gates_open,
            "sent_at": iso(start + timedelta(hours=notice.given_h)),
        }
        if notice.until_h is not None:
            payload["until"] = iso(start + timedelta(hours=notice.until_h))
        if entry.reason is not None:
            payload["reason"] = entry.reason.vi
        yield Emission(start + timedelta(hours=notice.given_h), "release", entry.station, payload)


def _spells(steps: list[ReservoirStep]) -> list[tuple[int, int]]:
    """(first step, step after the last) of each time the gates stand open."""
    spells: list[tuple[int, int]] = []
    opened: int | None = None
    for index, step in enumerate(steps):
        if step.gates_open and opened is None:
            opened = index
        elif not step.gates_open and opened is not None:
            spells.append((opened, index))
            opened = None
    if opened is not None:
        spells.append((opened, len(steps)))
    return spells
