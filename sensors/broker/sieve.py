"""Reads Mosquitto's log, which is long, and keeps what matters: `mosquitto 2>&1 | python -IS sieve.py PARENT LOG`.

Only with `log_type debug` does Mosquitto say which publish it refused, and then it writes four lines a reading. This
process takes the flood off the product's hands: it writes refusals, account changes, warnings and errors to a log of
bounded size, and tells each refusal on standard output as a line of JSON. It reads a whole pipe at a time and never
blocks on the product: what the product does not take is counted and dropped, because a broker whose log is not read
stands still.

What Mosquitto 2.0 writes (the client's name and the topic are the sender's own words, and may look like anything):

    Denied PUBLISH from CLIENT (d0, q1, r0, m2, 'TOPIC', ... (1 bytes))
    Received SUBSCRIBE from CLIENT / TAB FILTER (QoS 1) / CLIENT 1 FILTER, when granted / Sending SUBACK to CLIENT
    Sending CONNACK to ADDRESS (0, 135), when refused: 4, 5 in MQTT 3.1.1, 134, 135 in 5
    New client connected from ADDRESS as CLIENT (p5, c1, k60, u'USERNAME').

Started alone as a program: imports nothing of ours.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import re
import signal
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

_READ = 1 << 20
_PAUSE_S = 0.05
_MOST_CLIENTS = 20_000
_LOG_BYTES = 1_000_000
_TOLD_PER_S = 50

_WANTED = re.compile(
    rb"^(?:\d+: )?((?:Denied PUBLISH from |Received SUBSCRIBE from |Sending SUBACK to |New client connected from "
    rb"|Sending CONNACK to \S+ \(\d, (?:4|5|134|135)\)|\t|dynsec: |Error|Warning|Unable|Client .* been disconnected by"
    rb"|Outgoing messages are being dropped|Connection rate|mosquitto version |\S.* [012] ).*)$",
    re.MULTILINE,
)
_PUBLISH = re.compile(r" \(d[01], q[0-2], r[01], m\d+, '")
_CONNECT = re.compile(r"New client connected from (\S+?):\d+ as (.*) \(p\d, c\d, k\d+, u'(.*)'\)\.$")
_CONNACK = re.compile(r"Sending CONNACK to (\S+) \(\d, (?:4|5|134|135)\)$")
_ASKED = re.compile(r"\t(.*) \(QoS [012]\)$")
_QUIET = ("\t", "Received SUBSCRIBE", "Sending SUBACK", "New client connected", "Sending CONNACK")
"""Needed to understand the others, not worth keeping."""


class Sieve:
    """From lines of the log to refusals. Remembers which account each connected client used."""

    def __init__(self) -> None:
        self._usernames: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._subscriber: str | None = None
        self._asked: list[str] = []

    def feed(self, line: str) -> tuple[dict[str, Any] | None, bool]:
        """(refusal that this line tells, whether to keep the line)."""
        if line.startswith("Denied PUBLISH from "):
            return self._publish(line.removeprefix("Denied PUBLISH from ")), True
        if self._subscriber is not None:
            told = self._subscribing(line)
            if told is not None or line.startswith(("\t", "Sending SUBACK")):
                return told, told is not None
        if line.startswith("Received SUBSCRIBE from "):
            self._subscriber, self._asked = line.removeprefix("Received SUBSCRIBE from "), []
        elif found := _CONNECT.match(line):
            self._usernames[found[2]] = found[3], found[1]
            self._usernames.move_to_end(found[2])
            if len(self._usernames) > _MOST_CLIENTS:
                self._usernames.popitem(last=False)
        elif found := _CONNACK.match(line):
            return {"what": "login", "username": None, "client": None, "address": found[1], "topic": None}, True
        return None, not line.startswith(_QUIET) and _is_worth_keeping(line)

    def _publish(self, rest: str) -> dict[str, Any]:
        # The client's name and the topic are chosen by the client: the longest beginning that is connected counts.
        places = [found.start() for found in _PUBLISH.finditer(rest)] or [len(rest)]
        end = next((place for place in reversed(places) if rest[:place] in self._usernames), places[0])
        topic = _PUBLISH.sub("", rest[end:], count=1).rpartition("', ... (")[0]
        return self._refusal("publish", rest[:end], topic)

    def _subscribing(self, line: str) -> dict[str, Any] | None:
        assert self._subscriber is not None
        if found := _ASKED.match(line):
            self._asked.append(found[1])
            return None
        if line == f"Sending SUBACK to {self._subscriber}":
            client, denied, self._subscriber = self._subscriber, self._asked, None
            return self._refusal("subscribe", client, denied[0]) if denied else None
        if line.startswith(f"{self._subscriber} "):
            topic = line[len(self._subscriber) + 3 :]
            # In 2.0 a shared subscription is confirmed without its group.
            granted = [
                each for each in self._asked if each == topic or (each[:7] == "$share/" and each.endswith(topic))
            ]
            for each in granted[:1]:
                self._asked.remove(each)
        return None

    def _refusal(self, what: str, client: str, topic: str) -> dict[str, Any]:
        username, address = self._usernames.get(client, (None, None))
        return {"what": what, "username": username, "client": client, "address": address, "topic": topic[:256]}


def _is_worth_keeping(line: str) -> bool:
    return line.startswith(("dynsec: ", "Error", "Warning", "Unable", "Client ", "Outgoing", "Connection rate", "mosq"))


class _Log:
    """A file that is put aside when it is full; one old one is kept."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle = file.open("ab")

    def write(self, line: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._handle.write(f"{stamp} {line}\n".encode())
        self._handle.flush()
        if self._handle.tell() > _LOG_BYTES:
            self._handle.close()
            self._file.replace(self._file.with_suffix(".log.1"))
            self._handle = self._file.open("ab")


class _Teller:
    """Lines of JSON on a pipe that may be full: then they are counted, and the count is told with the next one."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._missed = 0
        self._second, self._told = 0, 0

    def tell(self, fact: dict[str, Any]) -> bool:
        """False when it was only counted."""
        second = int(time.monotonic())
        self._told = self._told + 1 if second == self._second else 1
        self._second = second
        if self._told <= _TOLD_PER_S:
            line = json.dumps({**fact, "missed": self._missed}).encode() + b"\n"
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                if os.write(self._descriptor, line) == len(line):
                    self._missed = 0
                    return True
        self._missed += 1
        return False


def main() -> None:
    parent, file = int(sys.argv[1]), Path(sys.argv[2])
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    sieve, log, teller = Sieve(), _Log(file), _Teller(1)
    with contextlib.suppress(OSError):
        fcntl.fcntl(0, 1031, _READ)  # F_SETPIPE_SZ: half a second of a busy broker's log
    rest = b""
    while chunk := os.read(0, _READ):
        whole, newline, rest = (rest + chunk).rpartition(b"\n")
        if len(rest) > _READ:
            rest = b""
        for found in _WANTED.finditer(whole + newline):
            line = found[1].decode("utf-8", "backslashreplace")
            refusal, keep = sieve.feed(line)
            told = refusal is not None and teller.tell(refusal)
            if keep and (refusal is None or told):
                log.write(line)
        # One look at the pipe for many lines, instead of one each.
        time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main()
