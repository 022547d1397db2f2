"""The codecs that a pack can name. Apart from the package itself, so that a gateway need not load packs."""

from collections.abc import Callable, Mapping

from eoc.packs.sources import SourceEntry
from sensors.codecs.chirpstack import ChirpStack
from sensors.codecs.mapped_json import MappedJson
from sensors.codecs.senml import SenML
from sensors.codecs.sensorthings import SensorThings
from sensors.codecs.tasmota import Tasmota
from sensors.codecs.translate import Translating
from sensors.codecs.ttn import TheThingsStack

REGISTRY: Mapping[str, Callable[[SourceEntry], Translating]] = {
    kind.kind: kind for kind in (MappedJson, SenML, ChirpStack, TheThingsStack, Tasmota, SensorThings)
}
"""Codec of a source by the `codec` of its entry."""


def make_codec(entry: SourceEntry) -> Translating:
    """The codec that an entry of `sources.yaml` asks for; KeyError for an unknown one."""
    return REGISTRY[entry.codec](entry)
