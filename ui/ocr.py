"""Reading the text off a picture of a fax or a chat, with `tesseract` where somebody has installed it.

It is never required: without it a person reads the picture beside an empty form. The program runs outside this process,
with a limit on its time and memory, because pictures come from anywhere.
"""

import asyncio
import contextlib
import logging
import shutil
from dataclasses import dataclass

log = logging.getLogger(__name__)

_SECONDS = 20.0
_KILOBYTES = 1_500_000
_MOST_TEXT = 20_000
_SHELL = 'ulimit -v "$1" && exec "$0" stdin stdout -l vie --psm 6'

PICTURES = {"image/png", "image/jpeg", "image/webp"}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"%PDF-", "application/pdf"),
)


def media_type(data: bytes) -> str | None:
    """What a file is by its first bytes, whatever its name says; None when it is nothing that we keep."""
    for start, found in _MAGIC:
        if data.startswith(start):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


@dataclass(frozen=True, slots=True)
class Seen:
    """The text of a picture, or the code of why there is none."""

    text: str | None
    code: str


async def read_picture(data: bytes, kind: str) -> Seen:
    """The text on a picture; never raises for what the picture is."""
    program = shutil.which("tesseract")
    if kind not in PICTURES:
        return Seen(None, "ocr.not_a_picture")
    if program is None:
        return Seen(None, "ocr.not_installed")
    try:
        text = await _run(program, data)
    except (OSError, TimeoutError) as error:
        log.warning("a picture could not be read: %s", type(error).__name__)
        return Seen(None, "ocr.failed")
    if text is None or not text.strip():
        return Seen(None, "ocr.failed")
    return Seen(text[:_MOST_TEXT], "ocr.read")


async def _run(program: str, data: bytes) -> str | None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _SHELL,
        program,
        str(_KILOBYTES),
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, _ = await process.communicate(data)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return out.decode("utf-8", "replace") if process.returncode == 0 else None
