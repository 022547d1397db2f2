"""What a gateway has to say for itself: counts, every few seconds, as a sentence or as a line of JSON."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from eoc.errors import EocError
from eoc.words import Language, say
from sensors.connection import Connection


@dataclass(slots=True)
class Tally:
    """What became of the records of this run; those an earlier one left in the spool count where they end.

    read: taken, that is on disk, refused or repeated. repeated: given twice word for word. sent: published, those
    sent again included. waiting: in the spool. skipped: lines of a tape without a value. rate_per_s: answered since
    the last progress. finished: this is the last word.
    """

    read: int = 0
    repeated: int = 0
    skipped: int = 0
    sent: int = 0
    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    rate_per_s: float = 0.0
    finished: bool = False


class Teller:
    """Progress on stderr. With `as_json` every line is an object: a tally, or `{"note": sentence}`."""

    def __init__(self, tally: Tally, language: Language, now_s: Callable[[], float], *, as_json: bool) -> None:
        self.as_json: Final = as_json
        self._tally = tally
        self._language: Language = language
        self._now_s = now_s
        self._began_s = self._since_s = now_s()
        self._answered = 0
        self._before: tuple[object, ...] = ()

    def progress(self, connection: Connection, hindrance: Exception | None) -> None:
        """Say how far it is, unless nothing has changed since."""
        tally = self._tally
        now_s, answered = self._now_s(), tally.accepted + tally.refused
        away = not connection.connected
        trouble = self._reason(connection.last_error if away else hindrance, away=away)
        state = (tally.read, tally.sent, answered, tally.waiting, away, trouble)
        if state == self._before:
            return
        self._before = state
        tally.rate_per_s = round((answered - self._answered) / max(now_s - self._since_s, 1e-3), 1)
        self._answered, self._since_s = answered, now_s
        if self.as_json:
            troubles = {"trouble": trouble} if trouble else {}
            _write(json.dumps({**asdict(tally), "connected": not away, **troubles}, ensure_ascii=False))
            return
        parts = [self._say("gateway.progress", **asdict(tally), rate=f"{tally.rate_per_s:.0f}")]
        if away:
            parts.append(self._say("gateway.away", broker=str(connection.address), reason=trouble))
        elif trouble:
            parts.append(trouble)
        _write("; ".join(parts))

    def note(self, code: str, **params: object) -> None:
        """One sentence."""
        said = self._say(code, **params)
        _write(json.dumps({"note": said, "code": code}, ensure_ascii=False) if self.as_json else said)

    def conclude(self) -> None:
        """The last tally; as JSON also on stdout, for whoever started us."""
        tally = self._tally
        tally.finished = True
        tally.rate_per_s = round((tally.accepted + tally.refused) / max(self._now_s() - self._began_s, 1e-3), 1)
        if self.as_json:
            text = json.dumps(asdict(tally))
            _write(text)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
            return
        asides = (("gateway.repeated", tally.repeated), ("gateway.skipped", tally.skipped))
        told = [self._say(code, count=count) for code, count in asides if count]
        _write(", ".join([self._say("gateway.done", **asdict(tally)), *told]))

    def _reason(self, error: Exception | None, *, away: bool) -> str:
        if error is None:
            return self._say("gateway.connecting") if away else ""
        if isinstance(error, EocError):
            return self._say(error.code, **error.params)
        return str(error)

    def _say(self, code: str, **params: object) -> str:
        return say(code, params, self._language)


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
