"""`eoc gateway`: takes records from a station's logger, a script or a tape, and loses none on the way to the product.

    stdin or tape (inflow) -> checked (feeding) -> on disk (spool) -> broker -> ingest -> committed -> acknowledged
    (forwarding)

Refused records, by the check here or by the product, are kept in `SPOOL/rejected.jsonl` with their code.
"""

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eoc.errors import Invalid
from eoc.words import Language
from sensors.address import BrokerAddress
from sensors.backoff import Backoff
from sensors.connection import Connection
from sensors.feeding import Fed, Feeder
from sensors.forwarding import Forwarder, Identity
from sensors.inflow import Inflow
from sensors.rejections import Rejections, entry, entry_of
from sensors.spool import Damage, Spool, Stored
from sensors.tally import Tally, Teller

_TELL_EVERY_S: Final = 2.0
_LONGEST_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What `eoc gateway` was asked to do; `source`, `station` and `property` as in `sensors.inflow.Inflow`.

    `language` is that of the progress, for people.
    """

    mqtt: str
    spool: Path
    source: Path | None = None
    station: str | None = None
    property: str | None = None
    json_progress: bool = False
    language: Language = "en"


async def run_gateway(options: GatewayOptions) -> int:
    """Forward until the input has ended and every record has been answered for, or until SIGINT or SIGTERM.

    Returns 0 when all were accepted, 1 when any was refused or is left in the spool, or when the input was not read
    to its end. Progress goes to stderr, with `json_progress` as JSON lines, whose last is also written to stdout.
    Raises `Invalid` and `Refused` for wrong usage.
    """
    address = BrokerAddress.parse(options.mqtt)
    inflow = Inflow(options.source, options.station, options.property)
    spool = Spool.open(options.spool)
    try:
        with contextlib.closing(Rejections(options.spool / "rejected.jsonl")) as rejections:
            return await _Gateway(options, inflow, spool, rejections).run(address)
    finally:
        spool.close()


class _Gateway:
    """Also the judge of `forwarding`: counts, and keeps what is refused."""

    def __init__(self, options: GatewayOptions, inflow: Inflow, spool: Spool, rejections: Rejections) -> None:
        loop = asyncio.get_running_loop()
        self._folder = options.spool
        self._inflow = inflow
        self._spool = spool
        self._rejections = rejections
        self._tally = Tally()
        self._teller = Teller(self._tally, options.language, loop.time, as_json=options.json_progress)
        self._feeder = Feeder(inflow.origin, inflow.station)
        self._forwarder = Forwarder(spool, self)
        self._all_fed = self._stopped = self._broken = False
        self._changed = asyncio.Event()

    async def run(self, address: BrokerAddress) -> int:
        name = f"eoc-gateway-{secrets.token_hex(6)}"
        connection = Connection(address, name, self._forwarder, longest_wait_s=_LONGEST_WAIT_S)
        with _signals(self._stop), _own_words():
            async with asyncio.TaskGroup() as group:
                feeding = group.create_task(self._feed(), name="gateway-feed")
                work = [
                    group.create_task(connection.run(), name="gateway-mqtt"),
                    group.create_task(self._forwarder.run(connection), name="gateway-forward"),
                    group.create_task(self._tell(connection), name="gateway-progress"),
                ]
                await self._finished()
                # Not cancelled: what it has read goes to disk before we leave.
                usage = await feeding
                for task in work:
                    task.cancel()
        if usage is not None:
            raise usage
        return self._conclude()

    # -- in -------------------------------------------------------------------------------------------------------

    async def _feed(self) -> Invalid | None:
        """Everything to disk. Returns what is wrong with an input of which nothing could be read."""
        usage: Invalid | None = None
        try:
            async with contextlib.aclosing(self._inflow.lines(self._folder)) as pieces:
                async for lines in pieces:
                    await self._keep(self._feeder.take(lines))
            found = self._inflow.unusable
            station = self._inflow.station
            await self._keep(
                Fed(), [entry("gateway", each.code, each.params, each.raw, station=station) for each in found]
            )
            self._all_fed = not self._stopped
        except (Invalid, OSError) as error:
            if isinstance(error, Invalid) and self._tally.read == 0:
                usage = error
                self._stop()
            else:
                self._broken = self._all_fed = True
                self._teller.note("gateway.input_failed", detail=str(error))
        self._tally.skipped = self._inflow.empty
        self._changed.set()
        return usage

    async def _keep(self, fed: Fed, unusable: Sequence[dict[str, Any]] = ()) -> None:
        """Until the disk takes it: a full disk makes the input wait, it loses nothing."""
        backoff = Backoff(0.2, 10.0)
        told = False
        refused = [*unusable, *map(entry_of, fed.refused)]
        while True:
            try:
                await self._spool.keep(fed.records)
                self._tally.read += len(fed.records) + fed.repeated
                self._tally.repeated += fed.repeated
                fed.records.clear()
                fed.repeated = 0
                self._keep_refused(refused)
                self._tally.read += len(refused)
            except OSError as error:
                if not told:
                    self._teller.note("gateway.disk", folder=str(self._folder), detail=error.strerror)
                told = True
                if self._stopped:
                    raise
                await asyncio.sleep(backoff.next())
            else:
                self._forwarder.wake()
                return

    def _stop(self) -> None:
        self._stopped = True
        self._inflow.stop()
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
        entries = []
        for record, (station, boot, seq), code in records:
            line = b'{"station":"%s",' % station.encode() + record.payload[1:]
            entries.append(entry("eoc", code, {}, line, station=station, boot=boot, seq=seq))
        self._keep_refused(entries)

    def damaged(self, damage: Damage) -> None:
        file = f"{damage.segment:08}.seg"
        facts = {"count": len(damage.ordinals), "file": file}
        self._keep_refused([entry("gateway", "spool_damaged", facts, damage.raw)])
        self._changed.set()

    def _keep_refused(self, entries: Sequence[dict[str, Any]]) -> None:
        if entries:
            self._rejections.add(entries)
            self._tally.refused += len(entries)

    # -- out ------------------------------------------------------------------------------------------------------

    async def _tell(self, connection: Connection) -> None:
        while True:
            self._count()
            self._teller.progress(connection, self._forwarder.hindrance)
            await asyncio.sleep(_TELL_EVERY_S)

    def _count(self) -> None:
        self._tally.sent = self._forwarder.sent
        self._tally.waiting = len(self._spool)

    def _conclude(self) -> int:
        self._count()
        tally = self._tally
        if tally.refused:
            self._teller.note("gateway.refused", file=str(self._folder / "rejected.jsonl"))
        if tally.waiting:
            self._teller.note("gateway.left", count=tally.waiting, folder=str(self._folder))
        elif not self._all_fed:
            self._teller.note("gateway.not_read_on")
        self._teller.conclude()
        return int(self._broken or not self._all_fed or tally.refused > 0 or tally.waiting > 0)


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM mean `stop` for the length of the block."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _own_words() -> Iterator[None]:
    """The progress tells what the log would; where nobody set logging up, Python must not tell it once more."""
    silence = logging.NullHandler()
    log = logging.getLogger("sensors")
    log.addHandler(silence)
    try:
        yield
    finally:
        log.removeHandler(silence)
