"""Messages that are not readings: a device saying it is there, an operator of a dam announcing a release."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from eoc.model import Refusal
from sensors import topics
from sensors.codecs.moments import Fault, from_epoch_ms, from_text, is_boot, shown

_MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class StatusNotice:
    """A device is online or offline. `at` is its own clock's word, and old in a last will; `retained` means that the
    broker remembered it for us: true some time ago, not news."""

    station: str
    online: bool
    at: datetime | None
    received_at: datetime
    retained: bool


@dataclass(frozen=True, slots=True)
class ReleaseNotice:
    """Water will be, or is being, released; the same `id` again is an update."""

    reservoir: str
    id: str
    planned_at: datetime | None
    until: datetime | None
    discharge_m3s: float | None
    gates_open: float | None
    reason: str | None
    cancelled: bool
    received_at: datetime
    raw: bytes
    sent_at: datetime | None = None


Notice = StatusNotice | ReleaseNotice


class NoticeListener(Protocol):
    """Takes a notice for good: the broker is told only after this returned. Raises `Temporary` to be asked again."""

    def __call__(self, notice: Notice, /) -> Awaitable[None]: ...


class _Status(msgspec.Struct, gc=False):
    state: Literal["online", "offline"]
    ts: str | int | float | None = None


class _Release(msgspec.Struct, gc=False):
    id: str
    planned_at: str | int | float | None = None
    until: str | int | float | None = None
    discharge_m3s: float | None = None
    gates_open: float | None = None
    reason: str | None = None
    cancelled: bool = False
    sent_at: str | int | float | None = None


_status = msgspec.json.Decoder(_Status).decode
_release = msgspec.json.Decoder(_Release).decode
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_status(payload: bytes, topic: str, received_at: datetime, *, retained: bool) -> StatusNotice | Refusal:
    """A `status` payload. Further fields are a device's own business and left alone."""
    station = topics.station_of(topic)
    try:
        return _status_notice(payload, _sender(station, topic), received_at, retained=retained)
    except _BAD as error:
        return _refusal(Fault("status_invalid", {"detail": shown(str(error))}), payload, topic, received_at, station)
    except Fault as fault:
        return _refusal(fault, payload, topic, received_at, station)


def read_release(payload: bytes, topic: str, received_at: datetime) -> ReleaseNotice | Refusal:
    """A `release` payload; planned time and discharge may only be missing when it cancels."""
    reservoir = topics.station_of(topic)
    try:
        return _release_notice(payload, _sender(reservoir, topic), received_at)
    except _BAD as error:
        return _refusal(Fault("release_invalid", {"detail": shown(str(error))}), payload, topic, received_at, reservoir)
    except Fault as fault:
        return _refusal(fault, payload, topic, received_at, reservoir)


def _sender(station: str | None, topic: str) -> str:
    if station is None:
        raise Fault("station_id_invalid", {"topic": shown(topic)})
    return station


def _status_notice(payload: bytes, station: str, received_at: datetime, *, retained: bool) -> StatusNotice:
    _check_size(payload)
    status = _status(payload)
    return StatusNotice(station, status.state == "online", _moment(status.ts), received_at, retained)


def _release_notice(payload: bytes, reservoir: str, received_at: datetime) -> ReleaseNotice:
    _check_size(payload)
    release = _release(payload)
    if not release.id or not is_boot(release.id):
        raise Fault("release_invalid", {"detail": "id"})
    if not release.cancelled and (release.planned_at is None or release.discharge_m3s is None):
        raise Fault("field_missing", {"field": "planned_at" if release.planned_at is None else "discharge_m3s"})
    return ReleaseNotice(
        reservoir=reservoir,
        id=release.id,
        planned_at=_moment(release.planned_at),
        until=_moment(release.until),
        discharge_m3s=_flow(release.discharge_m3s),
        gates_open=release.gates_open,
        reason=None if release.reason is None else shown(release.reason, 500),
        cancelled=release.cancelled,
        received_at=received_at,
        raw=payload,
        sent_at=_moment(release.sent_at),
    )


def _flow(discharge_m3s: float | None) -> float | None:
    if discharge_m3s is not None and not 0 <= discharge_m3s <= 200_000:
        facts = {"property": "discharge_m3s", "value": discharge_m3s, "low": 0, "high": 200_000}
        raise Fault("value_out_of_range", facts)
    return discharge_m3s


def _moment(ts: str | float | None) -> datetime | None:
    if ts is None:
        return None
    return from_text(ts) if isinstance(ts, str) else from_epoch_ms(ts)


def _check_size(payload: bytes) -> None:
    if not payload:
        raise Fault("payload_empty")
    if len(payload) > _MAX_BYTES:
        raise Fault("payload_too_large", {"bytes": len(payload), "limit": _MAX_BYTES})


def _refusal(fault: Fault, payload: bytes, topic: str, received_at: datetime, station: str | None) -> Refusal:
    return Refusal(fault.code, fault.facts, shown(topic, 256), payload[:_MAX_BYTES], received_at, station)
