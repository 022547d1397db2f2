"""Logging: one line an entry on stderr, never a phone number, never a password."""

import logging
import re
import sys

import structlog

_PHONE = re.compile(r"\+?\b(?:84|0)\d{9}\b")


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # The code never logs a number; a library's exception might quote one.
        return _PHONE.sub("[phone]", super().format(record))


def configure(level: int = logging.INFO) -> None:
    """Send the standard library's and structlog's entries to stderr in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "alembic", "twilio", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
