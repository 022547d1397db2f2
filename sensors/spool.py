"""Records on disk until somebody else is responsible for them: an append-only queue that survives SIGKILL at any byte.

    00000001.seg    one line a record: CRC-32 of the rest in hex, station, payload (JSON)
    00000001.done   indexes of the records that are finished with, four bytes each

A record is in the spool once `append` returned: its segment was flushed to the disk (fsync). `.done` is only flushed to
the kernel: what is missing from it after a power cut is sent once more, which does no harm. A segment whose records
are all done is removed. A line that was torn by a kill is cut off at the next start, a line that rotted is passed over
and counted.
"""

import contextlib
import fcntl
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from eoc.errors import Refused

SEGMENT_BYTES: Final = 4 * 2**20
_PIECE_BYTES: Final = 2**18
_INDEX = struct.Struct("<I")


class Stored(NamedTuple):
    """A record and its place in the spool."""

    station: str
    payload: bytes
    segment: int
    ordinal: int


@dataclass(slots=True)
class _Segment:
    """One file. `read_bytes` and `read_records` say how far it has been read in this process."""

    number: int
    path: Path
    records: int = 0
    size: int = 0
    read_bytes: int = 0
    read_records: int = 0
    done: set[int] = field(default_factory=set)
    marks: BinaryIO | None = None

    @property
    def done_path(self) -> Path:
        return self.path.with_suffix(".done")

    @property
    def finished(self) -> bool:
        return len(self.done) >= self.records


class Spool:
    """Open with `Spool.open`; one process at a time. Methods block on the disk; no two may run at once."""

    def __init__(self, folder: Path, lock: BinaryIO) -> None:
        self._folder = folder
        self._lock = lock
        self._segments: dict[int, _Segment] = {}
        self._unread: deque[Stored] = deque()
        self._file: BinaryIO | None = None
        self._writing: _Segment | None = None
        self._last_number = 0
        self.rotten = 0
        """Lines that were whole but no longer what had been written."""

    @classmethod
    def open(cls, folder: Path) -> "Spool":
        """Take up the folder (made if need be). Raises `Refused` when another process has it or it cannot be used."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("ab")
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise Refused("usage.spool_unusable", folder=str(folder), detail=detail) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise Refused("usage.spool_in_use", folder=str(folder)) from error
        spool = cls(folder, lock)
        for path in sorted(folder.glob("*.seg")):
            spool._take_up(path)
        return spool

    def close(self) -> None:
        """Let go; segments with nothing left in them are removed."""
        if self._file is not None:
            self._file.close()
        self._writing = None
        for segment in list(self._segments.values()):
            if segment.finished:
                self._remove(segment)
            elif segment.marks is not None:
                segment.marks.close()
        self._lock.close()

    def __len__(self) -> int:
        """Records that are not done."""
        return sum(segment.records - len(segment.done) for segment in self._segments.values())

    # -- in -------------------------------------------------------------------------------------------------------

    def append(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Keep (station, payload) records; durable when this returns. A payload is one line of JSON.

        Raises OSError when the disk refuses; then none of them is kept.
        """
        lines = [_line(station, payload) for station, payload in records]
        if not lines:
            return
        segment, file = self._for_writing()
        data = b"".join(lines)
        try:
            file.write(data)
            file.flush()
            os.fdatasync(file.fileno())
        except OSError:
            self._abandon(segment, file)
            raise
        segment.records += len(lines)
        segment.size += len(data)

    def _for_writing(self) -> tuple[_Segment, BinaryIO]:
        """The segment being written; never one of an earlier process, whose last line may have been torn."""
        full = self._writing
        if full is not None and self._file is not None:
            if full.size < SEGMENT_BYTES:
                return full, self._file
            self._file.close()
        self._last_number += 1
        segment = _Segment(self._last_number, self._folder / f"{self._last_number:08}.seg")
        self._file = segment.path.open("wb")
        self._writing = self._segments[segment.number] = segment
        _sync_folder(self._folder)
        if full is not None and full.finished:
            self._remove(full)
        return segment, self._file

    def _abandon(self, segment: _Segment, file: BinaryIO) -> None:
        """The disk refused: nothing after the last whole append counts, and the next one begins a new file."""
        self._file = self._writing = None
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), segment.size)
        with contextlib.suppress(OSError):
            file.close()

    # -- out ------------------------------------------------------------------------------------------------------

    def read(self, count: int) -> list[Stored]:
        """The next records that are not done, in the order they came; each is given once per process."""
        while len(self._unread) < count and self._read_on():
            pass
        return [self._unread.popleft() for _ in range(min(count, len(self._unread)))]

    def unread(self, records: Sequence[Stored]) -> None:
        """Give records back that were just read: they come next again."""
        self._unread.extendleft(reversed(records))

    def _read_on(self) -> bool:
        """Look at one more piece of what is not read yet; False when there is none."""
        segment = next((each for each in self._segments.values() if each.read_bytes < each.size), None)
        if segment is None:
            return False
        with segment.path.open("rb") as file:
            file.seek(segment.read_bytes)
            piece = file.read(min(_PIECE_BYTES, segment.size - segment.read_bytes))
            if not piece.endswith(b"\n"):
                piece += file.readline()
        for line in piece.split(b"\n")[:-1]:
            content = _content(line)
            if segment.read_records not in segment.done and content is not None:
                self._unread.append(Stored(*content, segment.number, segment.read_records))
            segment.read_records += 1
        segment.read_bytes += len(piece)
        return True

    def settle(self, records: Iterable[Stored]) -> None:
        """These are finished with, for good; doing it twice does no harm."""
        touched: dict[int, list[int]] = {}
        for record in records:
            segment = self._segments.get(record.segment)
            if segment is not None and record.ordinal not in segment.done:
                segment.done.add(record.ordinal)
                touched.setdefault(record.segment, []).append(record.ordinal)
        for number, indexes in touched.items():
            segment = self._segments[number]
            if segment.finished and segment is not self._writing:
                self._remove(segment)
                continue
            if segment.marks is None:
                segment.marks = segment.done_path.open("ab")
            segment.marks.write(b"".join(map(_INDEX.pack, indexes)))
            segment.marks.flush()

    # -- segments -------------------------------------------------------------------------------------------------

    def _take_up(self, path: Path) -> None:
        """A segment of an earlier process: cut off a torn end, see what is done."""
        segment = _Segment(int(path.stem), path)
        self._last_number = max(self._last_number, segment.number)
        content = path.read_bytes()
        end = content.rfind(b"\n") + 1
        if end < len(content):
            with path.open("r+b") as file:
                file.truncate(end)
        for line in content[:end].split(b"\n")[:-1]:
            if _content(line) is None:
                self.rotten += 1
                segment.done.add(segment.records)
            segment.records += 1
        segment.size = end
        segment.done |= _marked(segment.done_path, segment.records)
        self._segments[segment.number] = segment
        if segment.finished:
            self._remove(segment)

    def _remove(self, segment: _Segment) -> None:
        if segment.marks is not None:
            segment.marks.close()
        # First the records: marks without records mean nothing, records without marks would be sent again.
        segment.path.unlink(missing_ok=True)
        segment.done_path.unlink(missing_ok=True)
        del self._segments[segment.number]


def _line(station: str, payload: bytes) -> bytes:
    content = b"%s %s" % (station.encode(), payload)
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _content(line: bytes) -> tuple[str, bytes] | None:
    """(station, payload) of a line, or None when it is not what was written."""
    content = line[9:]
    if line[:9] != b"%08x " % zlib.crc32(content):
        return None
    station, _, payload = content.partition(b" ")
    return station.decode(), payload


def _marked(path: Path, records: int) -> set[int]:
    with contextlib.suppress(FileNotFoundError):
        content = path.read_bytes()
        whole = content[: len(content) - len(content) % _INDEX.size]
        return {index for (index,) in _INDEX.iter_unpack(whole) if index < records}
    return set()


def _sync_folder(folder: Path) -> None:
    """Makes a new file's name durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
