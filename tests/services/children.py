"""Child programs of the tests: started, awaited until they answer, killed on demand, never left behind."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
# Below the range from which the kernel takes ports for outgoing connections: nobody grabs one between look and use.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class User:
    """The account that a child runs as."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> User:
        return cls(os.getuid(), os.getgid())


class Child:
    """A running child program. It gets `death_signal` when the thread that started it ends, even by SIGKILL."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        user: User | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self.log = log
        user = user or User.current()
        leash = [
            sys.executable,
            "-IS",
            str(LEASH),
            str(os.getpid()),
            str(int(death_signal)),
            str(user.uid),
            str(user.gid),
        ]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*leash, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Return once `ready()` is true; RuntimeError with the end of the log if it dies first or takes too long."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running():
                raise RuntimeError(f"{self.name} ended with code {self._process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} was not ready after {timeout_s:.0f} s:\n{self.log_tail()}")
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 10.0) -> None:
        """Ask it to end; insist after `timeout_s`."""
        self.send(number)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free TCP port between 20000 and 32000")


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
