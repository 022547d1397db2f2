"""A supervised child process: it dies with us, and comes back by itself when it dies alone.

Its log goes to a file, or through the sieve (`sieve.py`), which keeps what matters and tells refusals.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sensors.backoff import Backoff

log = logging.getLogger(__name__)

_LEASH = Path(__file__).with_name("leash.py")
_SIEVE = Path(__file__).with_name("sieve.py")
_STOP_S = 3.0

Told = Callable[[dict[str, Any]], None]
"""Takes what the sieve tells; see `sieve.py`."""


class Child:
    """Keeps one program running; `restarts` counts how often it had to be started again.

    told: gets each refusal that the program's log tells; without it the log goes to `log_file` as it is.
    """

    def __init__(self, name: str, command: Sequence[str], log_file: Path, told: Told | None = None) -> None:
        self._name = name
        self._command = list(command)
        self._log_file = log_file
        self._told = told
        self._process: asyncio.subprocess.Process | None = None
        self._sieve: asyncio.subprocess.Process | None = None
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
                code = await self._ended()
                log.warning("%s ended with %s; starting it again", self._name, code)
                if asyncio.get_running_loop().time() - started > 10:
                    backoff = Backoff(0.1, 5.0)
                self.restarts += 1
                await asyncio.sleep(backoff.next())
        finally:
            await self._stop()

    async def _ended(self) -> int:
        """Wait for the end of the program; a program whose log nobody reads would stand still, and is ended too."""
        assert self._process is not None
        ending: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._process.wait())]
        if self._sieve is not None:
            ending.append(asyncio.ensure_future(self._pass_on(self._sieve)))
        try:
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ending:
                each.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
        await self._stop()
        return self._process.returncode or 0

    async def _pass_on(self, sieve: asyncio.subprocess.Process) -> None:
        assert sieve.stdout is not None
        assert self._told is not None
        while line := await sieve.stdout.readline():
            try:
                self._told(json.loads(line))
            except Exception:
                log.exception("a line of the broker's log stopped its reader")

    async def _start(self) -> None:
        with contextlib.ExitStack() as files:
            output = files.enter_context(self._log_file.open("ab"))
            target = output.fileno()
            if self._told is not None:
                reading, target = os.pipe()
                files.callback(os.close, reading)
                files.callback(os.close, target)
                self._sieve = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-IS",
                    str(_SIEVE),
                    str(os.getpid()),
                    str(self._log_file),
                    stdin=reading,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=output,
                    start_new_session=True,
                )
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_LEASH),
                str(os.getpid()),
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=target,
                stderr=target,
                # Ctrl+C in the terminal is for us; the broker goes last.
                start_new_session=True,
            )

    async def _stop(self) -> None:
        for process in (self._process, self._sieve):
            if process is not None:
                await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    # It may end by itself in between.
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_S):
            await process.wait()
            return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
