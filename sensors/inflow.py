"""Where a gateway's lines come from: a pipe, a terminal or a file of JSON lines, or a tape.

A pipe is watched by the event loop; no thread sits in `read`, so reading stops at once when asked to, even when the
other end will never say another word.
"""

import asyncio
import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from eoc.clock import iso
from eoc.errors import Invalid
from sensors import topics
from sensors.codecs.json import MAX_BYTES
from sensors.codecs.moments import shown
from sensors.simulator.tape import Tape, read_tape

_PIECE_BYTES: Final = 65_536
_LINES_AT_ONCE: Final = 500
_LONGEST_LINE: Final = MAX_BYTES + 1
_LINE_FILES: Final = frozenset({".jsonl", ".ndjson", ".json"})
_NO_VALUE: Final = "tape.no_value"
_MARK: Final = b"\xef\xbb\xbf"
"""Some editors begin a file with it."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Unusable:
    """A line of a tape that cannot be taken, or not all of it: why, and as it stands there."""

    code: str
    params: Mapping[str, Any]
    raw: bytes


class Inflow:
    """The input as lines of JSON, whatever it is.

    source: a file of JSON lines (.jsonl, .ndjson, .json) or else a CSV tape of `station`; None: stdin, which is JSON
    lines or, with `station` given and no `{` at its beginning, a tape. name: which of a tape's columns.
    Raises `Invalid` for what cannot be read at all.
    """

    def __init__(self, source: Path | None, station: str | None, name: str | None) -> None:
        if station is not None and not topics.is_id(station):
            raise Invalid("invalid.station_id", station=shown(station))
        self.station = station
        self.unusable: list[Unusable] = []
        """Complete once a tape has been read to its end."""
        self.empty = 0
        """Lines of a tape where nothing was measured."""
        self._source = source
        self._name = name
        self._wake = asyncio.Event()
        self._stopped = False
        self._tape: Tape | None = None
        if source is not None and not source.is_file():
            raise Invalid("tape.not_found", path=str(source))
        if source is not None and source.suffix.lower() not in _LINE_FILES:
            self._tape = self._open_tape(source)

    @property
    def origin(self) -> str:
        """What the input is called in refusals."""
        return "stdin" if self._source is None else self._source.name

    def stop(self) -> None:
        """Read no more; what was read is still given out."""
        self._stopped = True
        self._wake.set()

    async def lines(self, folder: Path) -> AsyncGenerator[list[bytes], None]:
        """Lines, as many at a time as happen to be there. Raises OSError and `Invalid` (a tape that breaks off).

        A tape on stdin is first laid down in `folder`, because it is read twice.
        """
        with contextlib.ExitStack() as files:
            if self._tape is None:
                source = self._source or (None if sys.stdin is not None else Path(os.devnull))
                pieces = self._pieces(0 if source is None else files.enter_context(source.open("rb")).fileno())
                first = await _beginning(pieces)
                if self._source is None and self.station is not None and not _is_json(first):
                    file = await _laid_down(first, pieces, folder, files)
                    self._tape = None if self._stopped else self._open_tape(file)
                else:
                    async for lines in self._split(first, pieces):
                        yield lines
            if self._tape is not None:
                for lines in self._of_tape(self._tape):
                    await asyncio.sleep(0)
                    if self._stopped:
                        return
                    yield lines

    # -- bytes ----------------------------------------------------------------------------------------------------

    async def _pieces(self, descriptor: int) -> AsyncGenerator[bytes, None]:
        """Bytes as they come, until the end or `stop`."""
        watched = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        while not self._stopped:
            if watched:
                watched = await self._filled(descriptor)
            else:
                await asyncio.sleep(0)
            piece = b"" if self._stopped else _at_hand(descriptor)
            if piece is None:
                continue
            if not piece:
                return
            yield piece

    async def _filled(self, descriptor: int) -> bool:
        """Until there is something to read; False where that cannot be watched (/dev/null), and is always so."""
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(descriptor, self._wake.set)
        except OSError:
            return False
        try:
            await self._wake.wait()
            if not self._stopped:
                self._wake.clear()
        finally:
            loop.remove_reader(descriptor)
        return True

    async def _split(self, first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[list[bytes], None]:
        """Whole lines; after `stop` an unfinished one is left out.

        Of a line longer than any record only the beginning is given, one byte longer than what is allowed.
        """
        *lines, rest = first.removeprefix(_MARK).split(b"\n")
        if lines:
            yield lines
        async for piece in pieces:
            *lines, rest = (rest[:_LONGEST_LINE] + piece).split(b"\n")
            if lines:
                yield lines
        if rest and not self._stopped:
            yield [rest]

    # -- tapes ----------------------------------------------------------------------------------------------------

    def _open_tape(self, file: Path) -> Tape:
        if self.station is None:
            raise Invalid("usage.station_missing")
        return read_tape(file, station=self.station, property=self._name)

    def _of_tape(self, tape: Tape) -> Iterator[list[bytes]]:
        """The same lines as on stdin, without identities: those are the gateway's to give."""
        batch: list[bytes] = []
        for row in tape.rows():
            batch.append(_encode({"station": tape.station, "ts": iso(row.at), "data": dict(row.values)}))
            if len(batch) == _LINES_AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch
        self.empty = sum(each.code == _NO_VALUE for each in tape.skipped)
        left_out = [each for each in tape.skipped if each.code != _NO_VALUE]
        if left_out:
            raw = _raw_lines(tape.path, {each.line for each in left_out})
            self.unusable = [
                Unusable(each.code, {**each.params, "line": each.line}, raw.get(each.line, b"")) for each in left_out
            ]


def _at_hand(descriptor: int) -> bytes | None:
    """What can be read now; None when another reader of the same pipe was faster."""
    try:
        return os.read(descriptor, _PIECE_BYTES)
    except BlockingIOError:
        return None


async def _beginning(pieces: AsyncGenerator[bytes, None]) -> bytes:
    """Pieces up to the first that says anything."""
    async for piece in pieces:
        if piece.strip():
            return piece
    return b""


def _is_json(first: bytes) -> bool:
    return first.removeprefix(_MARK).lstrip()[:1] in {b"{", b""}


async def _laid_down(
    first: bytes, pieces: AsyncGenerator[bytes, None], folder: Path, files: contextlib.ExitStack
) -> Path:
    """The input as a file, for as long as `files` are open."""
    file = files.enter_context(tempfile.NamedTemporaryFile(suffix=".csv", dir=folder))  # noqa: SIM115 - it is closed
    file.write(first)
    async for piece in pieces:
        file.write(piece)
    file.flush()
    return Path(file.name)


def _raw_lines(file: Path, wanted: set[int]) -> dict[int, bytes]:
    """Lines of a file by their number, counted from 1."""
    with file.open("rb") as opened:
        return {number: line.rstrip(b"\r\n") for number, line in enumerate(opened, 1) if number in wanted}
