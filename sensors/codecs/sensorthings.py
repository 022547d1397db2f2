"""Codec `sensorthings`: observations of an OGC SensorThings server or of devices that write to one.

Both directions have the same shape: what a device publishes to `v1.1/Datastreams(7)/Observations` to create one, and
what a server publishes there once it exists. A datastream is one property of one place, so `devices` maps its id, and
`fields` of that entry say what its `result` is. A phenomenon that lasted (`start/end`) is stored at its end, as sums
of rain are. Source: OGC 18-088 SensorThings API part 1 version 1.1, sections 8.2.5 and 14.
"""

import re
from typing import Any, ClassVar, Final

from eoc.packs.sources import SourceEntry
from sensors.codecs import documents
from sensors.codecs.moments import Fault
from sensors.codecs.translate import Bad, Heard, Report, Translating

_STREAM: Final = re.compile(r"Datastreams\(('?)([^()']{1,200})\1\)")


class SensorThings(Translating):
    """See the module."""

    kind: ClassVar = "sensorthings"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry)

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        found: list[Report | Bad] = []
        for raw in documents.records(heard.payload):
            try:
                found.append(self._report(documents.parse_object(raw), heard.topic, raw))
            except Fault as fault:
                found.append(Bad(fault, raw))
        return found

    def _report(self, observation: dict[str, Any], topic: str, raw: bytes) -> Report:
        stream = _stream(observation, topic)
        if stream is None:
            raise Fault("field_missing", {"field": "Datastream"})
        if "result" not in observation:
            raise Fault("field_missing", {"field": "result"})
        return Report(
            devices=(stream,),
            at=self._time(observation),
            fields=documents.leaves(observation["result"], "result"),
            raw=raw,
        )

    def _time(self, observation: dict[str, Any]) -> Any:
        if self.entry.time is not None:
            return documents.at(observation, self.entry.time)
        at = observation.get("phenomenonTime") or observation.get("resultTime")
        return at.rpartition("/")[2] if isinstance(at, str) else at


def _stream(observation: dict[str, Any], topic: str) -> str | None:
    """The datastream's id: of the topic, of the entity that is linked, or in the link itself."""
    link = documents.text_at(observation, "Datastream@iot.navigationLink")
    for text in (topic, link or ""):
        if named := _STREAM.search(text):
            return named[2]
    linked = observation.get("Datastream")
    identity = linked.get("@iot.id") if isinstance(linked, dict) else None
    if isinstance(identity, str) and identity:
        return identity
    if isinstance(identity, int) and not isinstance(identity, bool) and identity.bit_length() <= 64:
        return str(identity)
    return None
