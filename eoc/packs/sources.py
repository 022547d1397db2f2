"""`sources.yaml`: devices that speak another language than ours, and feeds that have to be asked.

A source says on which topics somebody publishes, in which format, and what each device and field of theirs is here. A
feed says where to look every so many seconds. Both only translate: what no entry names is refused (sources) or listed
(feeds), never guessed.
"""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from eoc.packs import filters
from eoc.packs.parts import Flag, Id, LocalText, Number, Part, Positive, Text
from eoc.packs.units import OWN, UNITS, fits

CodecKind = Literal["json", "senml", "chirpstack", "ttn", "tasmota", "sensorthings"]
FeedKind = Literal["json_rows", "html_table", "csv", "cap", "firms_csv"]
HealthKey = Literal["battery_v", "battery_pct", "rssi_dbm", "snr_db"]
HEALTH: tuple[str, ...] = ("battery_v", "battery_pct", "rssi_dbm", "snr_db")
SCHEMES = ("http", "https", "ftp", "file-drop")
OWN_TOPICS = "eoc/v1/#"
"""Spoken by our own devices; no source may listen there as well."""

_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
URL_SLOT = re.compile(r"\{(?:(now|since):([^{}]+)|key)\}")
_ROWS = frozenset({"json_rows", "html_table", "csv"})


def _filter(text: str) -> str:
    if not filters.is_filter(text):
        raise PydanticCustomError("pack.topic_invalid", "topic", {"got": text})
    if filters.overlap(text, OWN_TOPICS):
        raise PydanticCustomError("pack.topic_reserved", "topic", {"got": text, "own": OWN_TOPICS})
    return text


def _property(name: str) -> str:
    if name not in OWN or name in HEALTH:
        known = ", ".join(sorted(OWN.keys() - set(HEALTH)))
        raise PydanticCustomError("pack.property_unknown", "property", {"got": name, "known": known})
    return name


def _unit(name: str) -> str:
    if name not in UNITS:
        raise PydanticCustomError("pack.unit_unknown", "unit", {"got": name, "known": ", ".join(UNITS)})
    return name


def _url(text: str) -> str:
    """One of the schemes we speak, and no secret in it: a pack is read by many."""
    try:
        parts = urlsplit(URL_SLOT.sub("0", text))
        port_is_sound = parts.port is None or parts.port > 0
    except ValueError:
        raise PydanticCustomError("pack.url_invalid", "url", {"got": text}) from None
    if parts.scheme not in SCHEMES:
        raise PydanticCustomError("pack.url_scheme", "url", {"got": parts.scheme, "allowed": ", ".join(SCHEMES)})
    if parts.scheme == "file-drop":
        sound = bool(_FOLDER.fullmatch(text.removeprefix("file-drop:")))
    else:
        sound = bool(parts.hostname) and port_is_sound and not re.search(r"[\s{}]", URL_SLOT.sub("", text))
    if not sound:
        raise PydanticCustomError("pack.url_invalid", "url", {"got": text})
    if parts.password is not None or (parts.username is not None and parts.scheme != "ftp"):
        raise PydanticCustomError("pack.url_secret", "url", {"host": parts.hostname or ""})
    return text


def _short_field(value: Any) -> Any:
    """`level: water_level_m` for `level: {property: water_level_m}`."""
    if isinstance(value, str):
        return {"health" if value in HEALTH else "property": value}
    return value


def _short_device(value: Any) -> Any:
    """`"a84041...": be-long-binh` for `{station: be-long-binh}`."""
    return {"station": value} if isinstance(value, str) else value


Property = Annotated[Text, AfterValidator(_property)]
UnitName = Annotated[Text, AfterValidator(_unit)]
Offset = Annotated[str, Field(strict=True, pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")]
"""Hours and minutes that a clock without a zone is ahead of UTC, `+07:00` in Vietnam."""
StationId = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class FieldEntry(Part):
    """What a field of theirs is: a property of ours, or a figure about the device's own health.

    What is stored: the number, turned from `unit` into ours, times `scale`, plus `offset` (in our unit). A sensor
    that measures down to the water, 12.5 m above the zero of the gauge, in cm: `unit: cm, scale: -1, offset: 12.5`.
    """

    property: Property | None = None
    health: HealthKey | None = None
    unit: UnitName | None = None
    scale: Number = 1.0
    offset: Number = 0.0
    counts: Literal["interval", "rain_day"] = "interval"
    """`rain_day` (feeds only): their number grows all day; what is stored is what it grew since it was last seen."""

    def target(self) -> str:
        """The name of what it becomes."""
        return self.property or self.health or ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.property is None) == (self.health is None):
            raise PydanticCustomError("pack.field_target", "one of two", {})
        if self.unit is not None and not fits(self.unit, self.target()):
            facts = {"unit": self.unit, "property": self.target(), "own": OWN[self.target()]}
            raise PydanticCustomError("pack.unit_mismatch", "unit", facts)
        if self.scale == 0:
            raise PydanticCustomError("pack.scale_zero", "scale", {})
        return self


FieldMap = dict[Text, Annotated[FieldEntry, BeforeValidator(_short_field)]]


class DeviceEntry(Part):
    """Which station a device of theirs is; its own `fields` go before those of the source."""

    station: StationId
    fields: FieldMap = Field(default_factory=dict)


DeviceMap = dict[Text, Annotated[DeviceEntry, BeforeValidator(_short_device)]]


class Translation(Part):
    """What sources and feeds have in common: whose words mean what."""

    id: Id
    name: LocalText | None = None
    """What people read; the id if there is none."""
    devices: DeviceMap = Field(default_factory=dict)
    fields: FieldMap = Field(default_factory=dict)
    ignore: tuple[Text, ...] = ()
    """Fields that are left aside, `*` for any: `[Work_mode, "debug.*"]`."""
    ignore_devices: tuple[Text, ...] = ()
    time: Text | None = None
    """Where the time of measurement stands (dots lead into objects); the codec's usual place if not given."""
    epoch: Literal["s", "ms"] | None = None
    """What a time given as a number counts since 1970."""
    naive_time: Offset | None = None
    """The offset to assume for times that name none; without it they are refused."""


class SourceEntry(Translation):
    """Topics at the broker and the format spoken there."""

    topic: Annotated[Text, AfterValidator(_filter)]
    codec: CodecKind
    device_level: Annotated[int, Field(strict=True, ge=1, le=64)] | None = None
    """Which level of the topic names the device (`json`, `tasmota`), counted from 1; the first `+` if not given."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        by_topic = self.codec in {"json", "tasmota"}
        if self.device_level is not None and not by_topic:
            raise PydanticCustomError("pack.device_level_unused", "level", {"codec": self.codec})
        if by_topic and self.device_level is None and filters.wildcard_level(self.topic) is None:
            raise PydanticCustomError("pack.device_unnamed", "level", {"topic": self.topic})
        for where in (self.fields, *(device.fields for device in self.devices.values())):
            for name, field in where.items():
                if field.counts != "interval":
                    raise PydanticCustomError("pack.counts_in_source", "counts", {"field": name})
        return self


class FeedEntry(Translation):
    """Something that is asked every `interval_s`.

    `url`: http, https, ftp (a folder, or one file), or `file-drop:NAME`, the folder `drop/NAME` of the data folder.
    `{now:FORMAT}` and `{since:FORMAT}` stand for the time of asking and `look_back_h` before it, as `strftime`
    writes them in the province's time. `key` names the secret that is sent along, kept in `EOC_FEED_KEYS`: in the
    header `key_header`, or where `{key}` stands in the `url`; for ftp it is the password.
    """

    kind: FeedKind
    url: Annotated[Text, AfterValidator(_url)]
    enabled: Flag = True
    interval_s: Annotated[int, Field(strict=True, ge=10, le=604_800)] = 600
    timeout_s: Positive = 30.0
    max_bytes: Annotated[int, Field(strict=True, ge=1_000, le=64 * 2**20)] = 5 * 2**20
    look_back_h: Positive = 24.0
    key: Id | None = None
    key_header: Annotated[Text, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = "x-api-key"
    items: Text | None = None
    """`json_rows`: where the list stands; the whole answer if not given."""
    columns: tuple[Text, ...] = ()
    """`html_table`, `csv`: what the columns hold, in order, where their own headings are of no use."""
    device: Text | None = None
    """The column (or path) that names the device."""
    station: StationId | None = None
    """The one station of a feed that names none."""
    decimal: Literal[".", ","] = "."
    rain_day_start_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = 19
    """When a `rain_day` count begins anew, by the province's clock (19:00, or midnight for some)."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.kind in _ROWS:
            if (self.device is None) == (self.station is None):
                raise PydanticCustomError("pack.feed_device", "device or station", {})
            if not self.fields and not any(each.fields for each in self.devices.values()):
                raise PydanticCustomError("pack.feed_no_fields", "fields", {})
        return self

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme
