"""The field as the tests see it: devices that publish, and an ingest that runs for the length of a block."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from eoc.errors import Temporary
from eoc.ports import Intake
from sensors.address import BrokerAddress, Version
from sensors.connection import Connection
from sensors.intake import Ingest
from sensors.metrics import IngestMetrics
from sensors.notices import Notice, NoticeListener

PATIENCE_S = 20.0


async def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Wait until the condition holds; fails at the deadline."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def reading(seq: int, value: float = 1.0, at_ms: int | None = None, **more: Any) -> dict[str, Any]:
    """A record; each seq is one second later unless `at_ms` says when."""
    ts = 1_700_000_000_000 + seq * 1000 if at_ms is None else at_ms
    return {"ts": ts, "seq": seq, "data": {"water_level_m": value}, **more}


class Device:
    """A client that publishes with QoS 1 and remembers what it hears."""

    def __init__(self, address: BrokerAddress, name: str) -> None:
        self.connection = Connection(address, name, self, longest_wait_s=0.5)
        self.heard: list[tuple[str, Any]] = []
        self.raw: list[tuple[bytes, bytes]] = []
        self.confirmations: list[int] = []
        self.refusals: list[str] = []
        self._filters: list[str] = []
        self._subscribed = asyncio.Event()

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:
        self.raw.append((topic, payload))
        with contextlib.suppress(ValueError):
            self.heard.append((topic.decode(), json.loads(payload)))
        if qos:
            self.connection.acknowledge([mid], self.connection.epoch)

    def confirmed(self, mid: int, reason: str | None) -> None:
        self.confirmations.append(mid)
        if reason is not None:
            self.refusals.append(reason)

    async def up(self, *, session_present: bool) -> None:
        if self._filters:
            await self.connection.subscribe(self._filters)
        self._subscribed.set()

    def down(self) -> None:
        self._subscribed.clear()
        self.confirmations.clear()

    async def listen(self, *filters: str) -> None:
        """Subscribe, now and on every connection to come."""
        self._filters += filters
        with contextlib.suppress(Temporary):
            await self.connection.subscribe(filters)
            return
        await self.ready()

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._subscribed.wait()

    async def send(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        """Publish (bytes as they are, anything else as JSON) and wait for the broker's word.

        Repeated when the connection is lost: rumqttd takes the end of one client for the end of the next one, which
        got its number, when the two follow each other within a few milliseconds.
        """
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await self._subscribed.wait()
                epoch, mid = self.connection.epoch, self.connection.publish(topic, raw, retain=retain)
                while mid is not None and mid not in self.confirmations and epoch == self.connection.epoch:
                    await asyncio.sleep(0.005)
                if mid in self.confirmations:
                    self.confirmations.remove(mid)
                    return
                await asyncio.sleep(0.005)

    async def send_all(self, topic: str, payloads: Sequence[Any]) -> None:
        """Publish many and wait for all of them."""
        mids = {self.connection.publish(topic, json.dumps(each).encode()) for each in payloads}
        assert None not in mids
        await until(lambda: mids <= set(self.confirmations))

    def acks(self, station: str) -> list[dict[str, Any]]:
        return [payload for topic, payload in self.heard if topic == f"eoc/v1/{station}/ack"]

    def acked(self, station: str) -> set[int]:
        """Every seq that was called safe."""
        return {seq for ack in self.acks(station) for first, last in ack["seq"] for seq in range(first, last + 1)}


_numbers = itertools.count()


@contextlib.asynccontextmanager
async def device(address: BrokerAddress, name: str | None = None) -> AsyncIterator[Device]:
    """A connected device; each has a name of its own unless it is given one (see `sensors/broker/rumqttd.py`)."""
    made = Device(address, name or f"device-{next(_numbers)}")
    async with _running(made.connection.run()):
        await made.ready()
        yield made


@dataclass(slots=True)
class Station:
    """An ingest at work, with what it counted and what it was told."""

    ingest: Ingest
    registry: CollectorRegistry
    notices: list[Notice]

    def metric(self, name: str) -> float:
        value = self.registry.get_sample_value(name)
        assert value is not None, name
        return value

    @property
    def tally(self) -> tuple[int, int, int, int]:
        """(received, accepted, duplicate, quarantined) records."""
        names = ("received", "accepted", "duplicate", "quarantined")
        received, accepted, duplicate, quarantined = (int(self.metric(f"eoc_readings_{each}_total")) for each in names)
        return received, accepted, duplicate, quarantined


@contextlib.asynccontextmanager
async def ingesting(
    address: BrokerAddress,
    intake: Intake,
    *,
    notice: NoticeListener | None = None,
    abrupt: bool = False,
    **options: Any,
) -> AsyncIterator[Station]:
    """An ingest between `address` and `intake`; `abrupt`: it ends like a crash, without a DISCONNECT."""
    notices: list[Notice] = []

    async def note(told: Notice) -> None:
        notices.append(told)

    registry = CollectorRegistry()
    ingest = Ingest(address, intake, notice or note, IngestMetrics(registry), **options)
    async with _running(ingest.run()):
        await until(lambda: registry.get_sample_value("eoc_mqtt_connected") == 1.0)
        try:
            yield Station(ingest, registry, notices)
        finally:
            if abrupt:
                cut(ingest._reception.connection)


def cut(connection: Connection) -> None:
    """Break the connection under its owner, as a pulled cable would."""
    link = connection._link
    if link is not None:
        link._wire._inner.shutdown(2)


@contextlib.asynccontextmanager
async def _running(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def at(host: str, port: int, version: Version | None = "5") -> BrokerAddress:
    return BrokerAddress(host, port, version=version)
