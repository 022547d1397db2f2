"""The building blocks every pack file uses: strict numbers, texts in two languages, dated things."""

import math
import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs.names import nfc

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+")


def _number(value: Any) -> Any:
    if isinstance(value, str) and _COMMA_NUMBER.fullmatch(value.strip()):
        raise PydanticCustomError("pack.decimal_comma", "decimal comma", {"got": value.strip()})
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise PydanticCustomError("pack.wrong_type", "not finite", {"expected": "number", "got": str(value)})
    return value


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("pack.bad_date", "bad date", {"got": str(value)})


def _code(value: Any) -> Any:
    # An unquoted code in YAML arrives as a number; what was meant is clear.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[float, Field(strict=True), BeforeValidator(_number), AfterValidator(_finite)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Whole = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, Field(strict=True, min_length=1, max_length=2000), AfterValidator(nfc)]
Day = Annotated[date, BeforeValidator(_day)]
Level = Annotated[int, Field(strict=True, ge=0, le=5)]
"""Operational severity, 0 normal to 5."""
Id = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A name that is safe in a topic, a URL and a file name."""
TemplateId = Annotated[str, Field(strict=True, pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]
HazardCode = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z0-9_]{1,31}$")]
AreaCode = Annotated[str, BeforeValidator(_code), Field(strict=True, pattern=r"^[A-Za-z0-9-]{1,20}$")]
Colour = Annotated[str, Field(strict=True, pattern=r"^#[0-9A-Fa-f]{6}$")]
Threshold = Literal["bd1", "bd2", "bd3"]
Source = Literal["official", "published", "secondary", "inferred", "unverified", "proposal", "demo"]
"""Where a number comes from. Anything but `official` and `published` is shown with a mark on the screen."""


class Part(BaseModel):
    """Base of everything a pack file may contain: unknown fields are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalText(Part):
    """A text in both languages of the product."""

    vi: Text
    en: Text


class Dated(Part):
    """Something that holds from a day to a day, both included; an open end means always."""

    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            facts = {"from": self.valid_from.isoformat(), "to": self.valid_to.isoformat()}
            raise PydanticCustomError("pack.dates_inverted", "dates inverted", facts)
        return self

    def in_force(self, day: date) -> bool:
        """Whether it holds on this day."""
        after_start = self.valid_from is None or self.valid_from <= day
        return after_start and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: "Dated") -> bool:
        """Whether the two hold on some day together."""
        starts = [start for start in (self.valid_from, other.valid_from) if start]
        ends = [end for end in (self.valid_to, other.valid_to) if end]
        return not starts or not ends or max(starts) <= min(ends)
