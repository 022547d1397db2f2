"""Which source of the pack a topic belongs to, and the codec that reads it."""

from collections.abc import Sequence
from functools import lru_cache

from eoc.packs.filters import matches
from eoc.packs.sources import SourceEntry
from sensors.codecs.registry import make_codec
from sensors.codecs.translate import Translating


class Sources:
    """The sources of a pack. No two of them share a topic (packs are checked for that), so the first match is the one.

    former: filters of earlier packs, which the broker's kept session may still have.
    """

    def __init__(self, entries: Sequence[SourceEntry] = (), former: Sequence[str] = ()) -> None:
        self.former = tuple(former)
        self._codecs = [(entry.topic, make_codec(entry)) for entry in entries]
        self._found = lru_cache(maxsize=8192)(self._find)

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(topic for topic, _ in self._codecs)

    def codec(self, topic: str) -> Translating | None:
        """The codec for a topic; None when no source listens there."""
        return self._found(topic) if self._codecs else None

    def _find(self, topic: str) -> Translating | None:
        return next((codec for pattern, codec in self._codecs if matches(pattern, topic)), None)
