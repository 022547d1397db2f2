"""What is sent while things break: an autumn of floods at one gauge, through `eoc gateway` in a process of its own."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.product import Product
from tests.tapes import armley

STATION = "aire"
BOOT = "b"
GAUGE = {
    "name": "Armley",
    "kind": "river",
    "thresholds": {"bd1": 3.0, "bd2": 3.9, "bd3": 4.8},
    "rules": {"min_duration_s": 600, "hysteresis_m": 0.05},
}
_FROM = datetime(2015, 11, 10, tzinfo=UTC)
_EVERY_S = 900

Records = Sequence[tuple[datetime, float]]
"""Moment and level in metres; the place in the sequence is the record's `seq`."""


def floods(count: int) -> Records:
    """`count` readings from 10 November 2015 on, of which the first 5,000 hold all three floods.

    More readings than the tape has are more in the same time: levels repeat, moments do not.
    """
    tape = [(at, level_m) for at, level_m in armley() if at >= _FROM]
    each = -(-count // len(tape))
    return [(at + timedelta(seconds=_EVERY_S / each * part), level_m) for at, level_m in tape for part in range(each)][
        :count
    ]


class Gateway:
    """`eoc gateway` at work, fed from a pipe at `rate_per_s` and never further than `allow` lets it."""

    def __init__(
        self, product: Product, spool: Path, records: Records, *, rate_per_s: float = 1e9, allowed: int | None = None
    ) -> None:
        self.log = spool.with_suffix(".log")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ui", "gateway", "--mqtt", product.mqtt_url, "--spool", str(spool)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self._allowed = len(records) if allowed is None else allowed
        self._more = threading.Condition()
        self._feeding = threading.Thread(target=self._feed, args=(records, rate_per_s), daemon=True)
        self._feeding.start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def allow(self, count: int) -> None:
        """Feed on, up to this many records in all."""
        with self._more:
            self._allowed = count
            self._more.notify()

    def wait(self, seconds: float) -> int:
        """The exit code, once everything was answered for."""
        code = self._process.wait(seconds)
        self._feeding.join(10)
        return code

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(10)
        self.allow(2**31)
        self._feeding.join(10)

    def _feed(self, records: Records, rate_per_s: float) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        # A gateway that was killed breaks the pipe; so does closing what was not flushed.
        with suppress(BrokenPipeError), pipe:
            for seq, (at, level_m) in enumerate(records):
                if seq >= self._allowed:
                    pipe.flush()
                    with self._more:
                        self._more.wait_for(lambda: seq < self._allowed)  # noqa: B023 - called before it changes
                record = {
                    "station": STATION, "ts": at.isoformat(), "seq": seq, "boot": BOOT,
                    "data": {"water_level_m": level_m},
                }  # fmt: skip
                pipe.write(json.dumps(record).encode() + b"\n")
                if seq % 50 == 0:
                    pipe.flush()
                    time.sleep(50 / rate_per_s)
