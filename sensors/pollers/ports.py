"""What the parts of a poller hand to each other, and who is told what is not a reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from eoc.hazards.hotspots import Hotspot
from eoc.model import Observation, Refusal


@dataclass(frozen=True, slots=True)
class Document:
    """Something that was fetched: a body, a file. `modified_at` as its owner says, None where nobody does."""

    name: str
    body: bytes
    content_type: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to asking once. `unchanged`: the owner says that nothing is new. `memory`: for the next asking."""

    documents: tuple[Document, ...] = ()
    unchanged: bool = False
    memory: Mapping[str, Any] = field(default_factory=dict)


class Fetcher(Protocol):
    """One address. Raises `Temporary` or `Permanent` with its reason."""

    async def fetch(self, memory: Mapping[str, Any], now: datetime) -> Fetched:
        """Ask once. `memory` is what the last successful asking gave."""
        ...

    async def follow(self, link: str) -> Document:
        """What a document points to, on the same host."""
        ...

    async def done(self, document: Document, reason: str | None) -> None:
        """A document has found its place, or was refused as a whole for `reason`."""
        ...


@dataclass(frozen=True, slots=True)
class CapArea:
    """Where a warning holds: a description, polygons as (lon, lat) rings, codes as (name, value)."""

    description: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CapInfo:
    """One language of a CAP message."""

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    categories: tuple[str, ...] = ()
    headline: str = ""
    description: str = ""
    instruction: str = ""
    sender_name: str = ""
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, slots=True)
class CapAlert:
    """A CAP 1.2 message as somebody published it; `xml` are its bytes. Its signature, if any, is not judged here."""

    feed: str
    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    scope: str
    references: tuple[str, ...] = ()
    infos: tuple[CapInfo, ...] = ()
    xml: bytes = field(default=b"", repr=False)

    @property
    def key(self) -> str:
        """CAP's own identity: sender, identifier, sent."""
        return f"{self.sender},{self.identifier},{self.sent.isoformat()}"


class CapListener(Protocol):
    """Takes warnings of others for good; the same one may come again. Raises `Temporary` to be asked again."""

    async def take(self, alerts: Sequence[CapAlert]) -> None: ...


class HotspotListener(Protocol):
    """Takes hot spots for good; the same one may come again. Raises `Temporary` to be asked again."""

    async def take(self, hotspots: Sequence[Hotspot]) -> object: ...


@dataclass(slots=True)
class Harvest:
    """What a document held.

    `missing`: (station, field) that should have had a value and had none, which is not zero. `unmapped`: devices that
    no station is named for. `links`: documents this one points to. `memory`: what the reader wants to know next time.
    `unchanged`: items that were there before.
    """

    observations: list[Observation] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    alerts: list[CapAlert] = field(default_factory=list)
    hotspots: list[Hotspot] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    unchanged: int = 0
    memory: dict[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """One kind of document. Total for what it holds; raises `Invalid` for one that is not of its kind at all."""

    def read(self, document: Document, memory: Mapping[str, Any], now: datetime, limit: datetime | None) -> Harvest:
        """Everything new in a document. `memory`: what the reader said last time; `limit`: the latest credible time."""
        ...
