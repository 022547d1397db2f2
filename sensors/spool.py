"""Records on disk until somebody else is responsible for them: an append-only queue that survives SIGKILL at any byte.

    00000001.seg    one line a record: CRC-32 of the rest in hex, its number in this file, station, payload (JSON)
    00000001.done   the numbers that are finished with, eight bytes each: the number and its complement

A record is in the spool once `append` returned: its segment was flushed to the disk (fsync). `.done` is only handed to
the kernel: what is missing from it after a power cut is sent once more, which does no harm, and what a power cut left
half-written there is no number with its complement. A segment whose records are all done is removed. A line that was
torn by a kill is cut off at the next start; one that rotted in the midst of others is told (`damaged`), never hidden.
"""

import asyncio
import contextlib
import fcntl
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from eoc.errors import Refused

SEGMENT_BYTES: Final = 4 * 2**20
_PIECE_BYTES: Final = 2**18
_MARK = struct.Struct("<II")
_ALL_ONES: Final = 0xFFFF_FFFF


class Stored(NamedTuple):
    """A record and its place in the spool: the number of its segment, and its own in there."""

    station: str
    payload: bytes
    segment: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Records of a segment that can no longer be read, and the bytes found in their place."""

    segment: int
    ordinals: range
    raw: bytes


@dataclass(slots=True)
class _Segment:
    """One file. How far it has been read in this process: `read_bytes`, `read_records`, and since the last good line
    `foreign`, bytes that are no record."""

    number: int
    path: Path
    records: int = 0
    size: int = 0
    read_bytes: int = 0
    read_records: int = 0
    foreign: bytes = b""
    done: set[int] = field(default_factory=set)

    @property
    def done_path(self) -> Path:
        return self.path.with_suffix(".done")

    @property
    def finished(self) -> bool:
        return len(self.done) >= self.records


class Spool:
    """Open with `Spool.open`; one process at a time. For one thread, except that `keep` waits for the disk in another.

    `damaged` fills while reading; whoever takes an entry out must `forgive` it once it has been told.
    """

    def __init__(self, folder: Path, lock: BinaryIO) -> None:
        self.damaged: deque[Damage] = deque()
        self._folder = folder
        self._lock = lock
        self._segments: dict[int, _Segment] = {}
        self._unread: deque[Stored] = deque()
        self._file: FileIO | None = None
        self._writing: _Segment | None = None
        self._last_number = 0

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
        spool._take_up()
        return spool

    def close(self) -> None:
        """Let go; segments with nothing left in them are removed."""
        if self._file is not None:
            self._file.close()
        self._file = self._writing = None
        for segment in list(self._segments.values()):
            if segment.finished:
                self._remove(segment)
        self._lock.close()

    def __len__(self) -> int:
        """Records that are not done."""
        return sum(segment.records - len(segment.done) for segment in self._segments.values())

    # -- in -------------------------------------------------------------------------------------------------------

    def append(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Keep (station, payload) records; durable when this returns. A payload is one line of JSON.

        Raises OSError when the disk refuses; then none of them is kept.
        """
        if kept := list(records):
            with self._appending(kept) as (file, data):
                _write_through(file, data)

    async def keep(self, records: Iterable[tuple[str, bytes]]) -> None:
        """`append` for an event loop: to be awaited before the next one, and not to be cancelled."""
        if kept := list(records):
            with self._appending(kept) as (file, data):
                await asyncio.to_thread(_write_through, file, data)

    @contextlib.contextmanager
    def _appending(self, records: Sequence[tuple[str, bytes]]) -> Iterator[tuple[FileIO, bytes]]:
        """What is to be written where; the records count once the block has ended well."""
        segment, file = self._for_writing()
        data = _lines(records, segment.records)
        try:
            yield file, data
        except OSError:
            self._abandon(segment, file)
            raise
        segment.records += len(records)
        segment.size += len(data)

    def _for_writing(self) -> tuple[_Segment, FileIO]:
        """The segment being written; never one of an earlier process, whose last line may have been torn."""
        full = self._writing
        if full is not None and self._file is not None:
            if full.size < SEGMENT_BYTES:
                return full, self._file
            self._file.close()
            self._file = self._writing = None
            if full.finished:
                self._remove(full)
        self._last_number = number = self._last_number + 1
        segment = _Segment(number, self._folder / f"{number:08}.seg")
        file = FileIO(segment.path, "xb")
        try:
            _sync_folder(self._folder)
        except OSError:
            file.close()
            raise
        self._writing = self._segments[number] = segment
        self._file = file
        return segment, file

    def _abandon(self, segment: _Segment, file: FileIO) -> None:
        """The disk refused: nothing after the last whole append counts, and the next one begins a new file."""
        self._file = self._writing = None
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), segment.size)
        with contextlib.suppress(OSError):
            file.close()
        if segment.finished:
            self._remove(segment)

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
            if piece[-1:] != b"\n":
                piece += file.readline(segment.size - segment.read_bytes - len(piece))
        segment.read_bytes = segment.read_bytes + len(piece) if piece else segment.size
        for line in _split(piece):
            found = _content(line)
            if found is None or found[0] < segment.read_records:
                segment.foreign += line
                continue
            ordinal, station, payload = found
            if ordinal > segment.read_records:
                self._missed(segment, ordinal)
            segment.foreign = b""
            if ordinal not in segment.done:
                self._unread.append(Stored(station, payload, segment.number, ordinal))
            segment.read_records = ordinal + 1
        segment.foreign += piece[piece.rfind(b"\n") + 1 :]
        if segment.read_bytes >= segment.size:
            self._missed(segment, segment.records)
        return True

    def _missed(self, segment: _Segment, until: int) -> None:
        """Take note of records that should stand before `until` but were not found."""
        missing = range(segment.read_records, until)
        if any(ordinal not in segment.done for ordinal in missing):
            self.damaged.append(Damage(segment.number, missing, segment.foreign))
        segment.read_records = until
        segment.foreign = b""

    # -- done -----------------------------------------------------------------------------------------------------

    def settle(self, records: Iterable[Stored]) -> None:
        """These are finished with, for good; doing it twice does no harm."""
        touched: dict[int, list[int]] = {}
        for record in records:
            touched.setdefault(record.segment, []).append(record.ordinal)
        for number, ordinals in touched.items():
            self._finish(number, ordinals)

    def forgive(self, damage: Damage) -> None:
        """Somebody has been told of the damage: its records are finished with."""
        self._finish(damage.segment, damage.ordinals)

    def _finish(self, number: int, ordinals: Iterable[int]) -> None:
        segment = self._segments.get(number)
        if segment is None:
            return
        fresh = [ordinal for ordinal in ordinals if ordinal not in segment.done]
        segment.done.update(fresh)
        if segment.finished and segment is not self._writing:
            self._remove(segment)
        elif fresh:
            # A disk that takes no marks costs sending these once more after a restart, nothing else.
            with contextlib.suppress(OSError), segment.done_path.open("ab", buffering=0) as marks:
                marks.write(b"".join(_MARK.pack(ordinal, ordinal ^ _ALL_ONES) for ordinal in fresh))

    # -- segments -------------------------------------------------------------------------------------------------

    def _take_up(self) -> None:
        """What earlier processes left."""
        for path in sorted(self._folder.glob("*.seg")):
            if path.stem.isdecimal():
                self._take_up_segment(path)
        for path in self._folder.glob("*.done"):
            # Numbers are used again: marks that outlived their segment would swallow records of the next one.
            if path.stem.isdecimal() and int(path.stem) not in self._segments:
                path.unlink()

    def _take_up_segment(self, path: Path) -> None:
        """Cut off a torn end, see what is done."""
        segment = _Segment(int(path.stem), path)
        self._last_number = max(self._last_number, segment.number)
        content = path.read_bytes()
        end = content.rfind(b"\n") + 1
        while end:
            start = content.rfind(b"\n", 0, end - 1) + 1
            found = _content(content[start:end])
            if found is not None:
                segment.records = found[0] + 1
                break
            end = start
        if end < len(content):
            os.truncate(path, end)
        segment.size = end
        segment.done = _marked(segment.done_path, segment.records)
        self._segments[segment.number] = segment
        if segment.finished:
            self._remove(segment)

    def _remove(self, segment: _Segment) -> None:
        with contextlib.suppress(OSError):
            # First the marks: without its records a mark could be taken for one of the next segment of this number.
            segment.done_path.unlink(missing_ok=True)
            segment.path.unlink(missing_ok=True)
        del self._segments[segment.number]


def _lines(records: Sequence[tuple[str, bytes]], first: int) -> bytes:
    contents = (b"%d %s %s\n" % (first + i, each[0].encode(), each[1]) for i, each in enumerate(records))
    return b"".join(b"%08x %s" % (zlib.crc32(content), content) for content in contents)


def _content(line: bytes) -> tuple[int, str, bytes] | None:
    """(number, station, payload) of a line with its end, or None when it is not what was written."""
    content = line[9:]
    if line[-1:] != b"\n" or line[:9] != b"%08x " % zlib.crc32(content):
        return None
    ordinal, station, payload = content.split(b" ", 2)
    return int(ordinal), station.decode(), payload[:-1]


def _split(piece: bytes) -> list[bytes]:
    """Whole lines with their ends, at line feeds only (`splitlines` would also cut at a carriage return)."""
    return [line + b"\n" for line in piece.split(b"\n")[:-1]]


def _marked(path: Path, records: int) -> set[int]:
    """The numbers in a file of marks; whatever is no whole mark of this segment is passed over."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return set()
    torn = len(content) % _MARK.size
    if torn:
        os.truncate(path, len(content) - torn)
    marks = _MARK.iter_unpack(content[: len(content) - torn])
    return {ordinal for ordinal, complement in marks if ordinal ^ complement == _ALL_ONES and ordinal < records}


def _write_through(file: FileIO, data: bytes) -> None:
    """All of it, and onto the disk."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fdatasync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes a new file's name durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
