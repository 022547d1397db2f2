"""`eoc gateway`: takes records from a station's logger, a script or a tape, and loses none on the way to the product.

    stdin or tape -> checked (feeding) -> on disk (spool) -> broker -> ingest -> committed -> acknowledged (forwarding)

Refused records, by the check here or by the product, are kept in `SPOOL/rejected.jsonl` with their code.
"""

import asyncio
import base64
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from eoc.clock import iso, wall_now
from eoc.errors import EocError
from eoc.model import Refusal
from eoc.words import say
from sensors.address import BrokerAddress
from sensors.backoff import Backoff
from sensors.connection import Connection
from sensors.feeding import Feeder, Source, lines_of_tape, open_tape, standard_input
from sensors.forwarding import Forwarder, Identity
from sensors.simulator.tape import Tape, TapeError
from sensors.spool import Spool, Stored

_TELL_EVERY_S: Final = 2.0
_LONGEST_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What `eoc gateway` was asked to do. `source` None: JSON lines on stdin; otherwise a CSV tape of `station`."""

    mqtt: str
    spool: Path
    source: Path | None = None
    station: str | None = None
    property: str | None = None
    json_progress: bool = False


@dataclass(slots=True)
class Tally:
    """What became of the records of this run; those an earlier one left in the spool count where they end."""

    fed: int = 0
    skipped: int = 0
    repeated: int = 0
    accepted: int = 0
    refused: int = 0
    pending: int = 0
    connected: bool = False


async def run_gateway(options: GatewayOptions) -> int:
    """Forward until the input has ended and every record has been answered for, or until SIGINT or SIGTERM.

    Returns 0 when all were accepted, 1 when any was refused or is left in the spool. Progress goes to stderr, with
    `json_progress` as JSON lines, and the last tally to stdout. Raises `Invalid` and `Refused` for wrong usage.
    """
    address = BrokerAddress.parse(options.mqtt)
    tape = None if options.source is None else open_tape(options.source, options.station, options.property)
    spool = Spool.open(options.spool)
    try:
        with (options.spool / "rejected.jsonl").open("ab") as rejected:
            return await _Gateway(options, spool, rejected, tape).run(address)
    finally:
        spool.close()


class _Gateway:
    """Also the judge of `forwarding`: counts, and keeps what is refused."""

    def __init__(self, options: GatewayOptions, spool: Spool, rejected: BinaryIO, tape: Tape | None) -> None:
        self._as_json = options.json_progress
        self._spool = spool
        self._rejected = rejected
        self._tape = tape
        self._tally = Tally()
        self._feeder = Feeder("stdin" if tape is None else tape.path.name)
        self._forwarder = Forwarder(spool, self)
        self._all_fed = self._stopped = self._broken = False
        self._changed = asyncio.Event()

    async def run(self, address: BrokerAddress) -> int:
        name = f"eoc-gateway-{secrets.token_hex(6)}"
        connection = Connection(address, name, self._forwarder, longest_wait_s=_LONGEST_WAIT_S)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        try:
            async with asyncio.TaskGroup() as group:
                work = [
                    group.create_task(connection.run(), name="gateway-mqtt"),
                    group.create_task(self._forwarder.run(connection), name="gateway-forward"),
                    group.create_task(self._feed(), name="gateway-feed"),
                    group.create_task(self._tell(connection), name="gateway-progress"),
                ]
                await self._finished()
                for task in work:
                    task.cancel()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return self._conclude(connection)

    # -- in -------------------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        tape = self._tape
        source = Source(standard_input if tape is None else lambda: lines_of_tape(tape))
        try:
            while (lines := await source.next()) is not None:
                fed = self._feeder.take(lines)
                self._tally.fed += len(fed.records) + len(fed.refused) + fed.repeated
                self._tally.repeated += fed.repeated
                if fed.refused:
                    self._keep_refused([_refused_here(each) for each in fed.refused])
                await self._keep(fed.records)
        except (TapeError, OSError) as error:
            self._broken = True
            self._say(say(error.code, error.params, "en") if isinstance(error, TapeError) else f"input: {error}")
        self._tally.skipped = len(tape.skipped) if tape is not None else 0
        self._all_fed = True
        self._changed.set()

    async def _keep(self, records: Sequence[tuple[str, bytes]]) -> None:
        """Until the disk takes them: a full disk makes the input wait, it loses nothing."""
        backoff = Backoff(0.2, 10.0)
        while True:
            try:
                # On the loop: the spool is not for two threads, and an append takes a few milliseconds.
                self._spool.append(records)
            except OSError as error:
                self._say(f"spool: {error.strerror}; waiting")
                await asyncio.sleep(backoff.next())
            else:
                self._forwarder.wake()
                return

    def _stop(self) -> None:
        self._stopped = True
        self._changed.set()

    async def _finished(self) -> None:
        """Until everything is answered for, or somebody asks us to stop."""
        while not self._stopped and not (self._all_fed and self._forwarder.idle):
            self._changed.clear()
            await self._changed.wait()

    # -- sensors.forwarding.Judge ---------------------------------------------------------------------------------

    def accepted(self, count: int) -> None:
        self._tally.accepted += count
        self._changed.set()

    def refused(self, records: Sequence[tuple[Stored, Identity, str]]) -> None:
        self._keep_refused([_refused_there(*each) for each in records])

    def _keep_refused(self, lines: Sequence[dict[str, Any]]) -> None:
        self._rejected.write(b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))
        self._rejected.flush()
        os.fdatasync(self._rejected.fileno())
        self._tally.refused += len(lines)

    # -- out ------------------------------------------------------------------------------------------------------

    async def _tell(self, connection: Connection) -> None:
        before = ""
        while True:
            text = self._progress(connection)
            if text != before:
                self._say(text)
            before = text
            await asyncio.sleep(_TELL_EVERY_S)

    def _progress(self, connection: Connection) -> str:
        self._tally.pending = len(self._spool)
        self._tally.connected = connection.connected
        tally = self._tally
        if self._as_json:
            return json.dumps(asdict(tally))
        text = f"{tally.fed} read, {tally.accepted} accepted, {tally.refused} refused, {tally.pending} in the spool"
        if tally.connected:
            return text if self._forwarder.refusing is None else f"{text}; {self._forwarder.refusing}"
        error = connection.last_error
        reason = say(error.code, error.params, "en") if isinstance(error, EocError) else str(error or "connecting")
        return f"{text}; waiting for {connection.address}: {reason}"

    def _conclude(self, connection: Connection) -> int:
        text = self._progress(connection)
        if self._as_json:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        else:
            more = f", {self._tally.skipped} lines skipped" if self._tally.skipped else ""
            self._say(text.partition(";")[0] + more)
        return int(self._broken or self._tally.refused > 0 or self._tally.pending > 0)

    def _say(self, text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _refused_here(refusal: Refusal) -> dict[str, Any]:
    """What the checks before the spool turned away, as it came."""
    try:
        record: Any = refusal.raw.decode("utf-8")
    except UnicodeDecodeError:
        record = {"base64": base64.b64encode(refusal.raw).decode()}
    return {
        "at": iso(refusal.received_at),
        "by": "gateway",
        "code": refusal.code,
        "params": dict(refusal.params),
        "station": refusal.station,
        "boot": refusal.boot,
        "seq": refusal.seq,
        "record": record,
    }


def _refused_there(record: Stored, identity: Identity, code: str) -> dict[str, Any]:
    """What the product put into quarantine."""
    station, boot, seq = identity
    facts = {"at": iso(wall_now()), "by": "eoc", "code": code, "params": {}, "station": station, "boot": boot}
    return {**facts, "seq": seq, "record": record.payload.decode()}
