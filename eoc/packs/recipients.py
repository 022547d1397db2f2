"""`recipients.csv`: people who receive warnings. In a demo pack every one of them is invented."""

from typing import Annotated, Literal

from pydantic import Field

from eoc.packs.parts import AreaCode, Id, Part, Text


class Recipient(Part):
    """One subscriber. The number never shows in a representation, so it cannot reach a log by accident."""

    id: Id
    name: Annotated[Text, Field(repr=False)]
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{7,14}$", repr=False)]
    """E.164, e.g. +84 and nine digits."""
    area: AreaCode
    language: Literal["vi", "en"] = "vi"
    channel: Literal["sms", "call"] = "sms"
