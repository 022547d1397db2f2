"""The small exact parts of a payload: times, boot marks, and strange values made fit to be shown and stored."""

from datetime import UTC, datetime, timedelta
from typing import Final

from eoc.clock import EPOCH

OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No telemetry is older; epoch seconds sent as milliseconds land in January 1970."""
MAX_BOOT: Final = 64


class Fault(Exception):
    """Why a record is refused: the code (`refusal.<code>` in the catalogue) and the facts of its sentence."""

    def __init__(self, code: str, facts: dict[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts: dict[str, object] = facts or {}


def from_text(text: str) -> datetime:
    """ISO 8601 with an offset to UTC; raises `Fault`."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not UTC:
            if moment.tzinfo is None:
                raise Fault("ts_no_offset", {"ts": shown(text)})
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Fault("ts_invalid", {"ts": shown(text)}) from None
    if "T" not in text and " " not in text and "t" not in text:  # fromisoformat takes any separator
        raise Fault("ts_invalid", {"ts": shown(text)})
    return _not_ancient(moment, text)


def from_epoch_ms(value: float) -> datetime:
    """Milliseconds since 1970 (UTC), whole or with a fraction; raises `Fault`."""
    try:
        moment = EPOCH + timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        raise Fault("ts_invalid", {"ts": shown(value)}) from None
    return _not_ancient(moment, value)


def _not_ancient(moment: datetime, given: object) -> datetime:
    if moment < OLDEST:
        raise Fault("ts_too_old", {"ts": shown(given)})
    return moment


def is_boot(text: str) -> bool:
    """A boot mark is up to 64 printable characters; the empty one means none."""
    return len(text) <= MAX_BOOT and (not text or text.isprintable())


def shown(value: object, limit: int = 80) -> str:
    """`value` as short text that any database and terminal can take: no controls, no NUL, no lone surrogates."""
    text = _plain(value)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 256:
        return f"{'-' if value < 0 else ''}2^{value.bit_length()}"
    # A list may be nested as deep as the parser allows, so it is not looked into.
    return "[…]" if isinstance(value, list) else repr(value)
