"""What every rule over a station's readings has in common: one property, one hazard, a pure fold.

To add one: a file beside `river_flood.py` with a state and a rule, a field of `StationState` for its memory (named by
the rule's `slot`), and a line in `eoc.hazards.binding`. The engine does the rest: order of arrival, late readings,
quality, cases.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from eoc.model import Reason


class Sample(NamedTuple):
    """One good reading of the rule's property, in its unit."""

    at: datetime
    value: float


class Assessment(NamedTuple):
    """The severity changed at this sample: from, to, since when, and why.

    `risk_reference`: the disaster risk level of Decision 18/2021/QĐ-TTg it would stand for, if a table says so.
    `title`: what a case should be called that is opened or raised by it; None for the hazard's ordinary title.
    """

    previous_level: int
    level: int
    onset: datetime
    reasons: tuple[Reason, ...]
    risk_reference: int | None = None
    title: Reason | None = None


class Memory(Protocol):
    """The state of a fold: what the rule remembers, and the two things that the engine asks of it."""

    @property
    def last(self) -> Sample | None:
        """The newest sample folded in."""
        ...

    @property
    def level(self) -> int:
        """The severity now."""
        ...


class StationRule(Protocol):
    """One hazard at one station.

    `slot` is the field of `StationState` that holds its memory, `blank` its memory before any sample. Folding the
    samples of the last `look_back` must end in the same memory as folding all of them (decision 0006), and every state
    given to `step` is one that the same rule returned, or `blank`.
    """

    @property
    def name(self) -> str:
        """Rule and version, stored with every decision: "river_flood@1"."""
        ...

    @property
    def hazard(self) -> str: ...

    @property
    def observed_property(self) -> str: ...

    @property
    def slot(self) -> str: ...

    @property
    def look_back(self) -> timedelta: ...

    @property
    def blank(self) -> Any: ...

    def step(self, state: Any, sample: Sample) -> tuple[Any, Assessment | None]:
        """Fold in one sample, later than all before it."""
        ...

    def reference(self, state: Any) -> int | None:
        """The risk level that the state stands for, None where no table says."""
        ...

    def forgotten(self, state: Any) -> Any:
        """The memory once the station's rules changed: the last sample stays for ordering, all else starts afresh."""
        ...
