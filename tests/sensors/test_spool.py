"""The spool: what it was given is there again after any kill, in order, until it is done with; then it is gone."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eoc.errors import Refused
from sensors import spool as spool_module
from sensors.spool import Spool

Record = tuple[str, bytes]


def record(number: int, station: str = "be-1") -> Record:
    return station, b'{"seq":%d,"data":{"water_level_m":1.5}}' % number


def contents(spool: Spool) -> list[Record]:
    return [(each.station, each.payload) for each in spool.read(1_000_000)]


def reopened(folder: Path) -> list[Record]:
    spool = Spool.open(folder)
    try:
        return contents(spool)
    finally:
        spool.close()


def files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


def test_records_come_back_in_order_across_processes_and_segments(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 500)
    given = [record(number, f"st-{number % 3}") for number in range(100)]
    for start in range(0, 100, 10):
        spool = Spool.open(tmp_path)
        spool.append(given[start : start + 5])
        spool.append(given[start + 5 : start + 10])
        assert len(spool) == start + 10
        spool.close()
    assert len(files(tmp_path, "seg")) >= 10
    assert reopened(tmp_path) == given


def test_what_is_settled_does_not_come_back_and_finished_segments_go(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 500)
    spool = Spool.open(tmp_path)
    given = [record(number) for number in range(60)]
    for each in given:
        spool.append([each])
    stored = spool.read(60)
    before = len(files(tmp_path, "seg"))
    spool.settle(stored[:30])
    spool.settle(stored[:30])
    spool.settle(stored[40:50])
    assert len(files(tmp_path, "seg")) < before
    assert len(spool) == 20
    spool.close()
    assert reopened(tmp_path) == given[30:40] + given[50:]

    spool = Spool.open(tmp_path)
    spool.settle(spool.read(100))
    spool.close()
    assert files(tmp_path, "seg") == files(tmp_path, "done") == []


def test_a_segment_cut_at_every_byte_gives_every_whole_record(tmp_path: Path) -> None:
    """A kill may leave any prefix of the file. What stood before the cut is there; new records follow it."""
    original = tmp_path / "original"
    given = [record(number) for number in range(6)]
    spool = Spool.open(original)
    spool.append(given)
    spool.settle(spool.read(2)[1:])
    spool.close()
    (segment,) = files(original, "seg")
    (marks,) = files(original, "done")
    whole = segment.read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / segment.name).write_bytes(whole[:cut])
        (folder / marks.name).write_bytes(marks.read_bytes())
        complete = sum(end <= cut for end in ends)
        expected = [each for number, each in enumerate(given[:complete]) if number != 1]
        spool = Spool.open(folder)
        assert len(spool) == len(expected)
        torn = folder / segment.name
        assert not torn.exists() or torn.read_bytes() == whole[: max((end for end in ends if end <= cut), default=0)]
        spool.append([record(99)])
        assert contents(spool) == [*expected, record(99)]
        assert not spool.damaged
        spool.close()
        assert reopened(folder) == [*expected, record(99)]


def test_marks_cut_at_every_byte_bring_back_at_most_what_was_done(tmp_path: Path) -> None:
    original = tmp_path / "original"
    given = [record(number) for number in range(6)]
    spool = Spool.open(original)
    spool.append(given)
    stored = spool.read(6)
    for number in (4, 0, 2):
        spool.settle([stored[number]])
    spool.close()
    (segment,) = files(original, "seg")
    marks = files(original, "done")[0].read_bytes()
    for cut in range(len(marks) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / segment.name).write_bytes(segment.read_bytes())
        (folder / f"{segment.stem}.done").write_bytes(marks[:cut])
        done = [4, 0, 2][: cut // 8]
        spool = Spool.open(folder)
        back = spool.read(10)
        assert [(each.station, each.payload) for each in back] == [given[n] for n in range(6) if n not in done]
        # What is marked after a torn mark counts all the same.
        spool.settle([each for each in back if each.ordinal == 5])
        spool.close()
        assert record(5) not in reopened(folder)


def test_marks_of_zeros_are_none(tmp_path: Path) -> None:
    """After a power cut a file may end in zeros that nobody wrote."""
    spool = Spool.open(tmp_path)
    spool.append([record(0), record(1)])
    spool.close()
    (segment,) = files(tmp_path, "seg")
    segment.with_suffix(".done").write_bytes(bytes(64))
    assert reopened(tmp_path) == [record(0), record(1)]


def test_marks_that_outlived_their_segment_swallow_nothing(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path)
    spool.append([record(0), record(1)])
    spool.settle(spool.read(1))
    marks = files(tmp_path, "done")[0]
    kept = marks.read_bytes()
    spool.settle(spool.read(1))
    spool.close()
    assert not files(tmp_path, "seg")
    marks.write_bytes(kept)  # as if the kill had come between the two removals, and the disk had lost the first

    spool = Spool.open(tmp_path)
    spool.append([record(2)])
    spool.close()
    assert reopened(tmp_path) == [record(2)]


@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_rotten_byte_costs_what_it_hit_and_is_told(tmp_path_factory, place: float, value: int) -> None:
    """Line feeds that vanish or appear included: no other record is lost, none is taken for another."""
    folder = tmp_path_factory.mktemp("rot")
    spool = Spool.open(folder)
    given = [record(number) for number in range(8)]
    spool.append(given)
    spool.settle([spool.read(8)[3]])
    spool.close()
    (segment,) = files(folder, "seg")
    raw = bytearray(segment.read_bytes())
    position = int(place * len(raw))
    changed = raw[position] != value
    raw[position] = value
    segment.write_bytes(raw)

    spool = Spool.open(folder)
    back = contents(spool)
    lines = bytes(raw).split(b"\n")
    hit = [number for number in range(8) if number != 3 and given[number] not in back]
    assert back == [each for number, each in enumerate(given) if number != 3 and number not in hit]
    assert len(hit) <= 2  # two when the line feed between them went
    told = sorted(ordinal for damage in spool.damaged for ordinal in damage.ordinals if ordinal != 3)
    # Damage to the very end looks like a torn write and is cut off.
    assert told == [number for number in hit if number < max((n for n in range(8) if given[n] in back), default=0)]
    assert changed or not hit
    for damage in spool.damaged:
        assert any(line in damage.raw for line in lines if line) or not damage.raw
        spool.forgive(damage)
    assert len(spool) == len(back)
    spool.close()
    spool = Spool.open(folder)
    assert contents(spool) == back
    assert not spool.damaged
    spool.close()


def test_two_processes_cannot_have_one_spool(tmp_path: Path) -> None:
    first = Spool.open(tmp_path)
    with pytest.raises(Refused) as told:
        Spool.open(tmp_path)
    assert told.value.code == "usage.spool_in_use"
    first.close()
    Spool.open(tmp_path).close()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("")
    with pytest.raises(Refused) as told:
        Spool.open(tmp_path / "spool")
    assert told.value.code == "usage.spool_unusable"


def test_what_the_disk_refuses_is_not_kept_and_the_next_is(tmp_path: Path, monkeypatch) -> None:
    spool = Spool.open(tmp_path)
    spool.append([record(0)])

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([record(1)])
    assert len(spool) == 1
    spool.append([record(2)])
    assert contents(spool) == [record(0), record(2)]
    spool.close()
    assert reopened(tmp_path) == [record(0), record(2)]


async def test_keeping_on_a_loop_is_the_same(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path)
    await spool.keep([])
    assert not files(tmp_path, "seg")
    await spool.keep([record(0)])
    await spool.keep([record(1), record(2)])
    stored = spool.read(2)
    spool.unread(stored)
    assert contents(spool) == [record(0), record(1), record(2)]
    spool.close()
    assert reopened(tmp_path) == [record(0), record(1), record(2)]


def test_a_record_told_kept_survives_sigkill(tmp_path: Path) -> None:
    """A child appends and says so; killed at a moment of chance, everything it had told is there."""
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from sensors.spool import Spool
        spool = Spool.open(Path(sys.argv[1]))
        number = 0
        while True:
            spool.append([("be-1", b'{"seq":%d}' % (number + i)) for i in range(7)])
            number += 7
            print(number, flush=True)
        """
    )
    for told_before_the_kill in (1, 20, 77):
        folder = tmp_path / str(told_before_the_kill)
        command = [sys.executable, "-c", program, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as child:
            assert child.stdout is not None
            told = 0
            for _ in range(told_before_the_kill):
                told = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            rest = [line for line in child.stdout.read().split(b"\n")[:-1] if line]
            told = int(rest[-1]) if rest else told
        back = reopened(folder)
        assert back[:told] == [("be-1", b'{"seq":%d}' % number) for number in range(told)]
        assert len(back) - told in {0, 7}


class Life(RuleBasedStateMachine):
    """Any order of appending, reading, settling and being killed, against a plain list."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self._place = tempfile.TemporaryDirectory()
        self.folder = Path(self._place.name)
        self.spool = Spool.open(self.folder)
        self.pending: dict[int, Record] = {}
        self.read: list = []
        self.count = 0

    @rule(many=st.integers(1, 5))
    def append(self, many: int) -> None:
        fresh = [(self.count + index, record(self.count + index)) for index in range(many)]
        self.spool.append([each for _, each in fresh])
        self.pending.update(fresh)
        self.count += many

    @rule(many=st.integers(1, 8))
    def take(self, many: int) -> None:
        self.read += self.spool.read(many)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        if self.read:
            chosen = data.draw(st.sets(st.integers(0, len(self.read) - 1)))
            self.spool.settle([self.read[index] for index in chosen])
            for index in chosen:
                del self.pending[self.number(self.read[index].payload)]
            self.read = [each for index, each in enumerate(self.read) if index not in chosen]

    @rule(orderly=st.booleans())
    def restart(self, orderly: bool) -> None:
        if orderly:
            self.spool.close()
        else:
            for file in (self.spool._file, self.spool._lock):  # all that the kernel does with a killed process
                if file is not None:
                    file.close()
        self.spool = Spool.open(self.folder)
        self.read = []

    @invariant()
    def counts(self) -> None:
        assert len(self.spool) == len(self.pending)

    def teardown(self) -> None:
        self.spool.close()
        assert reopened(self.folder) == list(self.pending.values())
        self._place.cleanup()

    @staticmethod
    def number(payload: bytes) -> int:
        return int(payload.split(b":")[1].split(b",")[0])


TestLife = Life.TestCase
