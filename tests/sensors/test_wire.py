"""The gathering socket: packets come out whole, whatever pieces the network cuts them into."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.wire import Wire


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    yield Wire(near), far
    near.close()
    far.close()


def packed(first: int, body: bytes) -> bytes:
    length, digits = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([first]) + digits + body


def taken(wire: Wire) -> list[tuple[int, bytes]]:
    found = []
    while (each := wire.packet()) is not None:
        found.append(each)
    return found


packets = st.lists(
    st.tuples(
        st.integers(0, 255),
        st.one_of(st.binary(max_size=5), st.sampled_from([b"a" * 127, b"b" * 128, b"c" * 16_384, b"d" * 70_000])),
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(packets, st.lists(st.integers(1, 50_000), min_size=1, max_size=8))
def test_packets_come_out_whole_and_in_order(sent: list[tuple[int, bytes]], cuts: list[int]) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        wire, got = Wire(near), []
        stream = b"".join(packed(*each) for each in sent)
        at = turn = 0
        while at < len(stream):
            size = cuts[turn % len(cuts)]
            turn += 1
            far.sendall(stream[at : at + size])
            at += size
            assert wire.fill()
            got += taken(wire)
        assert got == sent


def test_nothing_there_the_end_and_a_broken_pipe(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    with pytest.raises(BlockingIOError):
        wire.fill()
    assert wire.packet() is None
    far.sendall(b"\x30")
    assert wire.fill()
    assert wire.packet() is None
    far.close()
    assert not wire.fill()


def test_a_length_that_is_none_is_an_error(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    far.sendall(b"\x30\xff\xff\xff\xff\x01")
    wire.fill()
    with pytest.raises(ValueError, match="length"):
        wire.packet()


def test_writes_leave_together_and_wait_when_the_other_end_is_slow(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    for part in (b"one ", bytearray(b"two ")):
        assert wire.send(part) == len(part)
    with pytest.raises(BlockingIOError):
        far.recv(10, socket.MSG_DONTWAIT)
    assert wire.flush()
    assert far.recv(100) == b"one two "
    big = bytes(range(256)) * 20_000
    wire.send(big)
    received = b""
    assert not wire.flush()
    while len(received) < len(big):
        received += far.recv(1_000_000)
        wire.flush()
    assert received == big
    assert wire.flush()


def test_a_goodbye_leaves_before_the_socket_closes(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    wire.send(b"\xe0\x00")
    wire.close()
    assert far.recv(10) == b"\xe0\x00"
    assert far.recv(10) == b""
