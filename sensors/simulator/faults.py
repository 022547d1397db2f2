"""What goes wrong with instruments and their roads, as changes to the messages of one station.

Each fault of a scenario is applied to the stream of its station alone, after the truth was computed: the water does
what it does whatever the instrument says. `replay` and `held_back` change when a message arrives, the others what it
says or whether it comes.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.clock import iso
from eoc.packs.parts import Id, Number, Part, Positive, Text
from sensors.simulator.emission import Emission

FaultKind = Literal[
    "stuck", "spike", "drift", "slow_clock", "silence", "replay", "held_back", "unit_slip", "sentinel", "dropout"
]
_NEEDED: dict[str, tuple[str, ...]] = {
    "spike": ("by",),
    "drift": ("per_day",),
    "slow_clock": ("behind_s",),
    "unit_slip": ("factor",),
    "sentinel": ("value",),
    "dropout": ("share",),
}


class Fault(Part):
    """One fault of one station, from `from_h` to `to_h` (hours from the live start).

    `spike`: single readings, `each_h` hours apart on average, are off by `by`. `replay`: what was sent between is sent
    again at `to_h` plus `after_h`. `held_back`: all of it arrives at `to_h`, oldest first. `dropout`: a `share` is
    lost.
    """

    kind: FaultKind
    station: Id
    from_h: Number
    to_h: Number
    property: Text | None = None
    """Which property it is about; absent: the first one."""
    by: Number | None = None
    each_h: Positive = 6.0
    per_day: Number | None = None
    behind_s: Positive | None = None
    factor: Positive | None = None
    value: Number | None = None
    share: Annotated[Number, Field(gt=0, le=1)] | None = None
    after_h: Positive = 1.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.to_h <= self.from_h:
            raise PydanticCustomError("scenario.fault_ends_first", "ends before it begins", {"kind": self.kind})
        for name in _NEEDED.get(self.kind, ()):
            if getattr(self, name) is None:
                facts = {"kind": self.kind, "field": name}
                raise PydanticCustomError("scenario.fault_lacks", "field missing", facts)
        return self


def suffer(
    emissions: Iterable[Emission], faults: Iterable[Fault], start: datetime, random: Random
) -> Iterator[Emission]:
    """The messages of one station (in order) as they arrive with its faults, in order of arrival."""
    stream: Iterator[Emission] = iter(emissions)
    for fault in faults:
        stream = _APPLY[fault.kind](stream, fault, start, random)
    return stream


def _within(emission: Emission, fault: Fault, start: datetime) -> bool:
    hours = (emission.at - start).total_seconds() / 3600
    return emission.topic_suffix == "obs" and fault.from_h <= hours < fault.to_h


def _changed(emission: Emission, fault: Fault, change: Callable[[float], float]) -> Emission:
    data: dict[str, Any] = dict(emission.payload["data"])
    name = fault.property or next(iter(data))
    if name in data:
        data[name] = round(change(data[name]), 4)
    return replace(emission, payload={**emission.payload, "data": data})


def _stuck(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    held: float | None = None
    for emission in stream:
        if not _within(emission, fault, start):
            yield emission
            continue
        if held is None:
            data = emission.payload["data"]
            held = data.get(fault.property or next(iter(data)))
        frozen = held
        yield emission if frozen is None else _changed(emission, fault, lambda _, frozen=frozen: frozen)  # type: ignore[misc]


def _spike(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    assert fault.by is not None
    by, due_h = fault.by, fault.from_h + random.expovariate(1 / fault.each_h)
    for emission in stream:
        hours = (emission.at - start).total_seconds() / 3600
        if _within(emission, fault, start) and hours >= due_h:
            off = by * random.uniform(0.8, 1.2)
            yield _changed(emission, fault, lambda value, off=off: value + off)  # type: ignore[misc]
            # Isolated: at least an hour until the next.
            due_h = hours + max(1.0, random.expovariate(1 / fault.each_h))
        else:
            yield emission


def _drift(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    assert fault.per_day is not None
    for emission in stream:
        if _within(emission, fault, start):
            days = (emission.at - start).total_seconds() / 86_400 - fault.from_h / 24
            bias = fault.per_day * days
            yield _changed(emission, fault, lambda value, bias=bias: value + bias)  # type: ignore[misc]
        else:
            yield emission


def _slow_clock(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    assert fault.behind_s is not None
    for emission in stream:
        if _within(emission, fault, start):
            stamp = datetime.fromisoformat(emission.payload["ts"]) - timedelta(seconds=fault.behind_s)
            yield replace(emission, payload={**emission.payload, "ts": iso(stamp)})
        else:
            yield emission


def _silence(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    yield from (emission for emission in stream if not _within(emission, fault, start))


def _dropout(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    assert fault.share is not None
    share = fault.share
    yield from (emission for emission in stream if not _within(emission, fault, start) or random.random() >= share)


def _unit_slip(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    assert fault.factor is not None
    factor = fault.factor
    for emission in stream:
        slipped = _within(emission, fault, start)
        yield _changed(emission, fault, lambda value: value * factor) if slipped else emission


def _sentinel(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    assert fault.value is not None
    said = fault.value
    for emission in stream:
        # An instrument that fails now and then: every third reading.
        failed = _within(emission, fault, start) and random.random() < 1 / 3
        yield _changed(emission, fault, lambda _: said) if failed else emission


def _replay(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    kept: list[Emission] = []
    again_at = start + timedelta(hours=fault.to_h + fault.after_h)
    replayed: list[Emission] = []

    def recorded() -> Iterator[Emission]:
        for emission in stream:
            if _within(emission, fault, start):
                kept.append(emission)
            yield emission

    for emission in recorded():
        if kept and emission.at >= again_at and not replayed:
            replayed = [replace(one, at=again_at + timedelta(seconds=n)) for n, one in enumerate(kept)]
            yield from heapq.merge([emission], replayed, key=lambda one: one.at)
        else:
            yield emission


def _held_back(stream: Iterator[Emission], fault: Fault, start: datetime, random: Random) -> Iterator[Emission]:
    del random
    held: list[Emission] = []
    released_at = start + timedelta(hours=fault.to_h)
    for emission in stream:
        if _within(emission, fault, start):
            held.append(emission)
            continue
        if held and emission.at >= released_at:
            late = [replace(one, at=released_at + timedelta(seconds=n / 10)) for n, one in enumerate(held)]
            held = []
            yield from heapq.merge([emission], late, key=lambda one: one.at)
        else:
            yield emission
    yield from (replace(one, at=released_at + timedelta(seconds=n / 10)) for n, one in enumerate(held))


_APPLY: dict[str, Callable[[Iterator[Emission], Fault, datetime, Random], Iterator[Emission]]] = {
    "stuck": _stuck,
    "spike": _spike,
    "drift": _drift,
    "slow_clock": _slow_clock,
    "silence": _silence,
    "dropout": _dropout,
    "unit_slip": _unit_slip,
    "sentinel": _sentinel,
    "replay": _replay,
    "held_back": _held_back,
}
