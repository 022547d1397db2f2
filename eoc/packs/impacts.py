"""`impacts.csv`: what lies under water, or is cut off, when a gauge reaches a level; and where people can go."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from eoc.packs.parts import AreaCode, Day, Id, Part, Source, Text

ImpactKind = Literal["hamlet", "ford", "road", "school", "shelter", "other"]
ImpactLevel = Literal["bd1", "bd2", "bd3", "above_bd3"]
LEVELS: tuple[ImpactLevel, ...] = ("bd1", "bd2", "bd3", "above_bd3")


def _count(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.isascii() or not value.isdigit():
        raise PydanticCustomError("pack.wrong_type", "not a count", {"expected": "integer", "got": value})
    return int(value)


Count = Annotated[int, BeforeValidator(_count), Field(strict=True, ge=0)]


class Impact(Part):
    """One place and the level at which it is hit; a shelter is the place to go to from that level on.

    `households` and `people` absent = nobody counted, which is not none. `as_of`: the day the entry was true.
    """

    station: Id
    level: ImpactLevel
    kind: ImpactKind
    name: Text
    area: AreaCode
    households: Count | None = None
    people: Count | None = None
    source: Source
    as_of: Day | None = None
    note: Text | None = None


def reached(impacts: tuple[Impact, ...], station: str, level: str) -> tuple[Impact, ...]:
    """What is hit at a level: everything up to it, the lowest first."""
    upto = LEVELS.index(level) if level in LEVELS else -1
    found = [each for each in impacts if each.station == station and LEVELS.index(each.level) <= upto]
    return tuple(sorted(found, key=lambda each: LEVELS.index(each.level)))
