"""Codec `chirpstack`: events of a ChirpStack v4 network server in their JSON form.

Topic `application/<id>/device/<devEui>/event/up` (and `status`, which only tells about the battery). Fields are the
leaves of `object`, what the device profile's own codec made of the payload; a device is known by its EUI or its name.
Source: ChirpStack v4 documentation, "Integrations: events"; protobuf `integration.UplinkEvent` as JSON, which leaves
out zeros and gives times with nanoseconds.
"""

from typing import Any, ClassVar

from eoc.packs.sources import SourceEntry
from sensors.codecs import documents
from sensors.codecs.moments import Fault
from sensors.codecs.translate import Bad, Heard, Report, Translating, best_signal, without_time


class ChirpStack(Translating):
    """See the module. The time is the network's, unless the source names a field of the device's own."""

    kind: ClassVar = "chirpstack"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry, any_case=True)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        event = documents.parse_object(heard.payload)
        decoded, health = event.get("object"), best_signal(event.get("rxInfo"))
        level = event.get("batteryLevel")
        if isinstance(level, int | float) and not isinstance(level, bool):
            health["battery_pct"] = level
        if not isinstance(decoded, dict) and "battery_pct" not in health:
            raise Fault("not_decoded", {"field": "object"})
        report = Report(
            devices=_names(event),
            at=documents.at(event, self.entry.time or "time"),
            fields=documents.leaves(decoded) if isinstance(decoded, dict) else (),
            raw=heard.payload,
            health=health,
        )
        return [without_time(report, (self.entry.time or "").removeprefix("object.") or None)]


def _names(event: dict[str, Any]) -> tuple[str, ...]:
    names = (documents.text_at(event, "deviceInfo.devEui"), documents.text_at(event, "deviceInfo.deviceName"))
    return tuple(name for name in names if name)
