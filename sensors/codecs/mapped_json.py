"""Codec `json` of a source: JSON objects on somebody else's topics.

Either the shape of our own contract (`ts`, `seq`, `boot`, `data`, `q`) with other names in it, or any object whose
leaves are fields (`{"time": ..., "level": {"cm": 120}}` has the field `level.cm`). The topic names the device.
"""

from typing import Any, ClassVar, Final

from eoc.packs.sources import SourceEntry
from sensors.codecs import documents, health
from sensors.codecs.moments import Fault, is_boot
from sensors.codecs.translate import Bad, Heard, Report, Translating

MAX_SEQ: Final = 2**53
_OWN: Final = frozenset({"ts", "seq", "boot", "station", "q"})


class MappedJson(Translating):
    """See the module. A time given as a number counts milliseconds unless the source says `epoch: s`."""

    kind: ClassVar = "json"

    def __init__(self, entry: SourceEntry) -> None:
        super().__init__(entry, epoch="ms")

    def take_apart(self, heard: Heard) -> list[Report | Bad]:
        device = self.device_of(heard.topic)
        found: list[Report | Bad] = []
        for raw in documents.records(heard.payload):
            try:
                found.append(self._report(documents.parse_object(raw), device, raw))
            except Fault as fault:
                found.append(Bad(fault, raw))
        return found

    def _report(self, record: dict[str, Any], device: str, raw: bytes) -> Report:
        time_path = self.entry.time or "ts"
        data = record.get("data")
        fields = documents.leaves(data if isinstance(data, dict) else record)
        seq, boot = record.get("seq"), record.get("boot")
        return Report(
            devices=(device,),
            at=documents.at(record, time_path),
            fields=[each for each in fields if each[0] != time_path],
            raw=raw,
            seq=seq if type(seq) is int and 0 <= seq <= MAX_SEQ else None,
            boot=boot if isinstance(boot, str) and is_boot(boot) else "",
            health=health.of_record(record.get("q")) or {},
            optional=_OWN if not isinstance(data, dict) else frozenset(),
        )
