"""A supervised child process: it dies with us, and comes back by itself when it dies alone."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sensors.backoff import Backoff

log = logging.getLogger(__name__)

_LEASH = Path(__file__).with_name("leash.py")
_STOP_S = 3.0


class Child:
    """Keeps one program running; `restarts` counts how often it had to be started again."""

    def __init__(self, name: str, command: Sequence[str], log_file: Path) -> None:
        self._name = name
        self._command = list(command)
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Of the running program, None while it is down."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def keep(self) -> None:
        """Start it, and again whenever it ends; until cancelled, which stops it."""
        backoff = Backoff(0.1, 5.0)
        try:
            while True:
                started = asyncio.get_running_loop().time()
                await self._start()
                assert self._process is not None
                code = await self._process.wait()
                log.warning("%s ended with %s; starting it again", self._name, code)
                if asyncio.get_running_loop().time() - started > 10:
                    backoff = Backoff(0.1, 5.0)
                self.restarts += 1
                await asyncio.sleep(backoff.next())
        finally:
            await self._stop()

    async def _start(self) -> None:
        with self._log_file.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_LEASH),
                str(os.getpid()),
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl+C in the terminal is for us; the broker goes last.
                start_new_session=True,
            )

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await process.wait()
                return
        process.kill()
        await process.wait()
