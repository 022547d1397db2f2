"""Codec `ttn`: uplink messages of The Things Stack v3 (The Things Network, The Things Industries).

Topic `v3/<application>@<tenant>/devices/<device id>/up`. Fields are the leaves of `decoded_payload`, what the payload
formatter made of it; a device is known by its id or its EUI. Messages that somebody simulated in the console are
refused: they must not look like rain. Source: The Things Stack documentation, "Data formats", which also says that
empty fields (0, "", false) are left out of the message around the payload.
"""

from typing import Any, ClassVar, Final

from eoc.packs.sources import SourceEntry
from sensors.codecs import documents
from sensors.codecs.moments import Fault
from sensors.codecs.translate import Bad, Heard, Report, Translating, best_signal, without_time

_DECODED: Final = "uplink_message.decoded_payload"


class TheThingsStack(Translating):
    """See the module. The time is when the network server had it, unless the source names a field of the device's."""

    kind: ClassVar = "ttn"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry, any_case=True)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        message = documents.parse_object(heard.payload)
        if message.get("simulated"):
            raise Fault("simulated")
        decoded = documents.at(message, _DECODED)
        if not isinstance(decoded, dict):
            raise Fault("not_decoded", {"field": _DECODED})
        report = Report(
            devices=_names(message),
            at=self._time(message),
            fields=documents.leaves(decoded),
            raw=heard.payload,
            health=_health(message),
        )
        return [without_time(report, (self.entry.time or "").removeprefix(f"{_DECODED}.") or None)]

    def _time(self, message: dict[str, Any]) -> Any:
        if self.entry.time is not None:
            return documents.at(message, self.entry.time)
        # The application server's own time comes second: it is when a queue was emptied, perhaps hours later.
        return documents.at(message, "uplink_message.received_at") or message.get("received_at")


def _names(message: dict[str, Any]) -> tuple[str, ...]:
    names = (
        documents.text_at(message, "end_device_ids.device_id"),
        documents.text_at(message, "end_device_ids.dev_eui"),
    )
    return tuple(name for name in names if name)


def _health(message: dict[str, Any]) -> dict[str, float]:
    health = best_signal(documents.at(message, "uplink_message.rx_metadata"))
    level = documents.at(message, "uplink_message.last_battery_percentage.value")
    if isinstance(level, int | float) and not isinstance(level, bool):
        health["battery_pct"] = level
    return health
