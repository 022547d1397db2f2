"""The devices of the ingest benchmark: MQTT packets made by hand, so that the sender is never what is measured.

    python -m benchmarks.ingest_load HOST PORT VERSION USER PASSWORD COUNT RATE

200 stations take turns; each reports every 10 minutes, in order: 50,000 messages are 250 readings each, 42 hours. RATE
0 is as fast as the broker takes them. Prints one line of JSON at the end.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from itertools import islice
from math import sin

STATIONS = 200
EVERY_MS = 600_000
FIRST_MS = 1_700_000_000_000
WINDOW = 200


def main() -> None:
    host, port, version, user, password, count, rate = sys.argv[1:]
    with socket.create_connection((host, int(port))) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sender = Sender(link, v5=version == "5")
        sender.connect(user, password)
        started = time.perf_counter()
        sender.send(messages(int(count)), float(rate))
        seconds = time.perf_counter() - started
        link.sendall(b"\xe0\x00")
    print(json.dumps({"sent": int(count), "seconds": round(seconds, 3)}), flush=True)


def station(number: int) -> str:
    return f"bench-{number:03}"


def messages(count: int) -> Iterator[tuple[bytes, bytes]]:
    """(topic, payload): the level of each station swings around 20 m, below its alarm levels."""
    for number in range(count):
        turn, place = divmod(number, STATIONS)
        level = round(20 + 5 * sin(turn / 30 + place), 3)
        payload = {"ts": FIRST_MS + turn * EVERY_MS, "seq": turn, "data": {"water_level_m": level}}
        yield f"eoc/v1/{station(place)}/obs".encode(), json.dumps(payload).encode()


class Sender:
    """Just enough of MQTT to publish with QoS 1 and to count the answers."""

    def __init__(self, link: socket.socket, *, v5: bool) -> None:
        self._link = link
        self._v5 = v5
        self._rest = b""

    def connect(self, user: str, password: str) -> None:
        named = b"".join(_text(each.encode()) for each in (user, password)) if user else b""
        flags = b"\xc2" if user else b"\x02"
        head = (
            _text(b"MQTT") + (b"\x05" if self._v5 else b"\x04") + flags + b"\x00\x3c" + (b"\x00" if self._v5 else b"")
        )
        self._link.sendall(_packet(0x10, head + _text(b"bench-load") + named))
        answer = self._link.recv(1000)
        if answer[:1] != b"\x20" or answer[3] != 0:
            raise SystemExit(f"the broker refuses the sender: {answer!r}")

    def send(self, each: Iterator[tuple[bytes, bytes]], rate: float) -> None:
        started, sent = time.perf_counter(), 0
        step = WINDOW if not rate else max(1, min(WINDOW, int(rate / 50)))
        while part := list(islice(each, step)):
            packets = (self._publish(topic, payload, i + 1) for i, (topic, payload) in enumerate(part))
            self._link.sendall(b"".join(packets))
            self._await_answers(len(part))
            sent += len(part)
            if rate:
                time.sleep(max(0.0, started + sent / rate - time.perf_counter()))

    def _publish(self, topic: bytes, payload: bytes, mid: int) -> bytes:
        return _packet(0x32, _text(topic) + mid.to_bytes(2, "big") + (b"\x00" if self._v5 else b"") + payload)

    def _await_answers(self, count: int) -> None:
        while count:
            received = self._link.recv(65_536)
            if not received:
                raise SystemExit("the broker closed the connection")
            self._rest += received
            while len(self._rest) >= 2 and len(self._rest) >= 2 + self._rest[1]:
                count -= self._rest[0] == 0x40
                self._rest = self._rest[2 + self._rest[1] :]


def _text(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def _packet(kind: int, body: bytes) -> bytes:
    length, digits = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([kind]) + digits + body


if __name__ == "__main__":
    main()
