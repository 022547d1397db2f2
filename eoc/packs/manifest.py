"""`pack.yaml`: what the pack is, whom it speaks for, and the dated names under which it speaks."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.geo import Bounds
from eoc.packs.parts import Dated, Day, Flag, Id, LocalText, Number, Part, Text, Whole


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError("pack.unknown_timezone", "unknown zone", {"got": name}) from error
    return name


def _box(value: tuple[float, float, float, float]) -> Bounds:
    west, south, east, north = value
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise PydanticCustomError("pack.bad_bounds", "bad bounds", {})
    return value


class Body(Dated):
    """An authority or service that acts in an emergency, e.g. the provincial command or the 1022
    switchboard."""

    id: Id
    name: LocalText
    role: Literal[
        "command", "office", "hydromet", "rescue", "dam_owner", "neighbour", "commune", "switchboard", "media", "ranger"
    ]


class Sender(Dated):
    """Who a message to citizens comes from. `name` opens the text, `sender_id` is the registered brand
    name."""

    name: LocalText
    sender_id: Annotated[str, Field(pattern=r"^[0-9 ._-]{0,10}[A-Za-z][A-Za-z0-9 ._-]{0,10}$", max_length=11)]
    """At most 11 characters of ASCII and not digits only (operators' rule)."""


class Signature(Dated):
    """The block that closes a document: whose order, which function."""

    body: Id
    block: LocalText


class Attribution(Part):
    """A credit that the map has to show."""

    text: Text
    licence: Text
    applies_to: tuple[Text, ...] = ()


class EmergencyNumber(Part):
    """A number people can call and what it is for."""

    number: Annotated[str, Field(pattern=r"^\d{3,6}$")]
    purpose: LocalText


class Manifest(Dated):
    """The head of a pack."""

    id: Id
    title: LocalText
    demo: Flag = False
    demo_scenario: Id | None = None
    """What `eoc demo` plays unless it is told otherwise; absent: the first scenario by name."""
    timezone: Annotated[str, Field(strict=True), AfterValidator(_timezone)] = "Asia/Ho_Chi_Minh"
    as_of: Day | None = None
    """Read every dated thing as of this day, whatever the clock says. For a pack of a past case; normally
    absent."""
    bounds: Annotated[tuple[Number, Number, Number, Number], AfterValidator(_box)] | None = None
    """(west, south, east, north) of the province; the first view of the map and the check of coordinates."""
    audience_limit: Whole = 0
    """A warning to more people than this needs a second person; 0 means that every one does."""
    hotline: Annotated[str, Field(pattern=r"^\d{3,6}$")] | None = None
    bodies: tuple[Body, ...] = ()
    senders: tuple[Sender, ...] = ()
    signatures: tuple[Signature, ...] = ()
    emergency_numbers: tuple[EmergencyNumber, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    notes: LocalText | None = None

    @model_validator(mode="after")
    def _starts(self) -> Self:
        if self.valid_from is None:
            raise PydanticCustomError("pack.missing_field", "missing", {"field": "valid_from"})
        return self
