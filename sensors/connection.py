"""One MQTT client on the asyncio loop: connects, stays connected, hands bytes over, without a thread.

paho does the protocol; its socket is watched by the loop itself. With paho's own thread every message costs a fight
for the interpreter lock with whatever the loop is doing; on the loop there is none, and reads and writes are gathered
(`wire`). Each connection gets a fresh paho client: nothing of the last one, neither message ids nor half-sent
packets, can leak into the next.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from eoc.errors import Permanent, Temporary
from sensors.address import BrokerAddress, Version
from sensors.backoff import Backoff
from sensors.wire import Wire

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 10.0
_TICK_S: Final = 1.0
_LARGEST_PACKET: Final = 2**20
"""Far more than a payload may have (64 KiB): it will be refused with its reason, not dropped by the broker."""
_PUBLISH_QOS_1: Final = 0x32
_PUBACK: Final = struct.Struct("!BBH").pack
_SETTLED_S: Final = 5.0
"""A connection that lived this long was a good one: the next attempt follows at once."""


class Listener(Protocol):
    """What happens on a connection. Called on the loop; must not block and must not raise."""

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:
        """A PUBLISH arrived; with QoS 1 it must be acknowledged by `mid` on this same connection."""

    def confirmed(self, mid: int, reason: str | None) -> None:
        """The broker answered our PUBLISH; `reason` when it refused."""

    async def up(self, *, session_present: bool) -> None:
        """Connected: the moment to subscribe."""

    def down(self) -> None:
        """The connection is gone, and with it every message id."""


class _PahoClient(Client):
    """paho on a socket that is already connected, with short ways for what there is thousands of.

    Packets come whole out of the gathered input instead of byte by byte, and a PUBLISH in or out, its answer and its
    acknowledgement take 1-2 microseconds each instead of 3-25. paho keeps no copy of what is sent: whoever must know
    that it arrived waits for `confirmed` and sends again on the next connection.
    """

    def __init__(self, wire: Wire, listener: "Listener", **options: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, reconnect_on_failure=False, manual_ack=True, **options)
        self._wire = wire
        self._listener = listener
        self._is_v5 = options["protocol"] == MQTTProtocolVersion.MQTTv5

    def _create_socket(self) -> Any:
        return self._wire

    def _packet_read(self) -> MQTTErrorCode:
        """Read what has arrived and handle every packet that is complete."""
        wire = self._wire
        try:
            if not wire.fill():
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
            self._last_bytes_received = time.monotonic()
            while self._sock is not None and (found := wire.packet()) is not None:
                command, packet = found
                if command & 0xF6 == _PUBLISH_QOS_1 and self._arrived(command, packet):
                    continue
                self._in_packet["command"] = command
                self._in_packet["packet"] = bytearray(packet)
                self._in_packet["remaining_length"] = len(packet)
                result = self._packet_handle()
                if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    return result
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        except (MalformedPacket, ValueError):
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _arrived(self, command: int, packet: bytes) -> bool:
        """A PUBLISH with QoS 1 and no properties, which is nearly all there is; False when it is another."""
        start = 4 + int.from_bytes(packet[:2], "big")
        if len(packet) < start + self._is_v5 or (self._is_v5 and packet[start]):
            return False
        mid = int.from_bytes(packet[start - 2 : start], "big")
        self._listener.message(packet[2 : start - 2], packet[start + self._is_v5 :], mid, 1, bool(command & 1))
        return True

    def _handle_pubackcomp(self, cmd: Any) -> MQTTErrorCode:
        packet = self._in_packet["packet"]
        if cmd != "PUBACK" or len(packet) < 2:
            return super()._handle_pubackcomp(cmd)
        refused = len(packet) > 2 and packet[2] >= 0x80
        reason = str(ReasonCode(PacketTypes.PUBACK, identifier=packet[2])) if refused else None
        self._listener.confirmed(packet[0] << 8 | packet[1], reason)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def send(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """PUBLISH with QoS 1; its message id."""
        mid = self._mid_generate()
        sent = self._send_publish(mid, topic.encode(), payload, 1, retain)
        return mid if sent == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def settle(self, mids: Sequence[int]) -> None:
        """PUBACK each of them, in one piece."""
        if mids:
            answers = b"".join([_PUBACK(0x40, 2, mid) for mid in mids])
            self._packet_queue(0x40, answers, mids[-1], 1)


class _Link:
    """One connection from CONNECT to its end."""

    def __init__(self, wire: Wire, listener: Listener, options: dict[str, Any], address: BrokerAddress) -> None:
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._listener = listener
        self.answered: asyncio.Future[tuple[bool, ReasonCode]] = self._loop.create_future()
        self.ended = asyncio.Event()
        self._subscribing: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._writing = self._reading = False
        self.client = client = _PahoClient(wire, listener, **options)
        client.username_pw_set(address.username, address.password)
        client.on_connect = lambda _c, _u, flags, reason, _p: self._answer(flags.session_present, reason)
        client.on_disconnect = lambda *_: self._end()
        client.on_message = self._message
        client.on_subscribe = self._subscribed
        client.on_socket_open = lambda *_: self.read()
        client.on_socket_close = lambda *_: self._release()
        client.on_socket_register_write = self._wants_write

    # -- what paho tells ------------------------------------------------------------------------------------------

    def _answer(self, session_present: bool, reason: ReasonCode) -> None:
        if not self.answered.done():
            self.answered.set_result((session_present, reason))

    def _message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = message._topic  # noqa: SLF001 - `.topic` raises for bytes that are not UTF-8
        self._listener.message(topic, bytes(message.payload), message.mid, message.qos, message.retain)

    def _subscribed(self, _client: Client, _userdata: object, mid: int, reasons: list[ReasonCode], _p: object) -> None:
        waiting = self._subscribing.pop(mid, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(reasons)

    def _end(self) -> None:
        self.ended.set()
        pending: list[asyncio.Future[Any]] = [self.answered, *self._subscribing.values()]
        for waiting in pending:
            if not waiting.done():
                waiting.set_exception(Temporary("mqtt.closed"))

    # -- the socket -----------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Watch the socket (again)."""
        if not self._reading and not self.ended.is_set():
            self._reading = True
            self._loop.add_reader(self._wire.fileno(), self._readable)
            if self._wire.has_more:
                self._loop.call_soon(self._readable)

    def pause(self) -> None:
        """Leave what comes in the socket, so that the sender feels it."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._wire.fileno())

    def _readable(self) -> None:
        client, wire = self.client, self._wire
        while self._reading:
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or not wire.has_more:
                return

    def _wants_write(self, *_: object) -> None:
        self._loop.call_soon(self._write)

    def _write(self) -> None:
        if self.client.socket() is not None:
            self.client.loop_write()
            self._flush()

    def _flush(self) -> None:
        if self.client.socket() is None:
            return
        try:
            done = self._wire.flush()
        except OSError:
            self._end()
            return
        if done == self._writing:
            self._writing = not done
            if done:
                self._loop.remove_writer(self._wire.fileno())
            else:
                self._loop.add_writer(self._wire.fileno(), self._flush)

    def _release(self) -> None:
        number = self._wire.fileno()
        if number >= 0:
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)
        self._reading = self._writing = False

    # -- what the owner asks --------------------------------------------------------------------------------------

    async def open(self, address: BrokerAddress, keepalive_s: int, connect: dict[str, Any]) -> bool:
        """CONNECT; True when the broker kept a session. Raises `Temporary` or `Permanent` with its reason."""
        self.client.connect(address.host, address.port, keepalive_s, **connect)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                session_present, reason = await self.answered
        except TimeoutError:
            raise Temporary("mqtt.no_answer", broker=str(address)) from None
        if (refused := _failure(reason)) is not None:
            raise Permanent("mqtt.refused", broker=str(address), reason=refused)
        return session_present

    async def serve(self) -> None:
        """Until the connection ends; looks after keep-alive."""
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self.ended.wait()
            if self._reading and not self.ended.is_set():
                self.client.loop_misc()

    async def subscribe(self, filters: Sequence[tuple[str, Any]]) -> None:
        result, mid = self.client.subscribe(list(filters))
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise Temporary("mqtt.closed")
        waiting = self._subscribing[mid] = self._loop.create_future()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                reasons = await waiting
        except TimeoutError:
            raise Temporary("mqtt.no_answer", broker=f"{self.client.host}:{self.client.port}") from None
        refused = [name for (name, _), reason in zip(filters, reasons, strict=False) if _failure(reason)]
        if refused:
            raise Permanent("mqtt.subscription_refused", filters=refused)

    def close(self) -> None:
        """Say goodbye and let go; a kept session stays with the broker."""
        if self.client.socket() is not None:
            self.client.on_disconnect = None
            self.client.disconnect()
            self.client.loop_write()
        self.answered.cancel()
        self._end()


class Connection:
    """Keeps one client connected for as long as `run` runs.

    keepalive_s: also bounds how long a dead link goes unnoticed (twice). session: the broker keeps subscriptions and
    QoS 1 messages while we are away, from the very first connect on. receive_maximum: how many unacknowledged
    messages the broker may send (MQTT 5; with 3.1.1 its own limit holds). longest_wait_s: between attempts.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        listener: Listener,
        *,
        session: bool = False,
        receive_maximum: int = 1000,
        keepalive_s: int = 30,
        longest_wait_s: float = 10.0,
    ) -> None:
        self.address = address
        self.client_id = client_id
        self.epoch = 0
        self.connected = False
        self._welcomed = False
        self.last_error: Exception | None = None
        self._listener = listener
        self._session = session
        self._receive_maximum = receive_maximum
        self._keepalive_s = keepalive_s
        self._longest_wait_s = longest_wait_s
        self._version: Version = address.version or "3.1.1"
        self._link: _Link | None = None

    @property
    def version(self) -> Version:
        """The MQTT version in use."""
        return self._version

    async def run(self) -> None:
        """Connect, serve, connect again, for ever; cancel to stop."""
        backoff = Backoff(0.1, self._longest_wait_s)
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._once()
            except (OSError, Temporary, Permanent) as error:
                if repr(error) != repr(self.last_error):
                    log.warning("mqtt %s at %s: %s", self.client_id, self.address, error)
                self.last_error = error
                if self.address.version is None and not self._welcomed:
                    self._version = "5" if self._version == "3.1.1" else "3.1.1"
            if loop.time() - started > _SETTLED_S:
                backoff.reset()
            await asyncio.sleep(backoff.next())

    async def _once(self) -> None:
        wire = await self._dial()
        # Before CONNECT: a kept session's messages come in the same bytes as the answer, and belong to this epoch.
        self.epoch += 1
        self._link = link = _Link(wire, self._listener, self._options(), self.address)
        try:
            session_present = await link.open(self.address, self._keepalive_s, self._connect_options())
            self.connected = self._welcomed = True
            await self._listener.up(session_present=session_present)
            self.last_error = None
            await link.serve()
        finally:
            self._link = None
            link.close()
            if self.connected:
                self.connected = False
                self._listener.down()

    async def _dial(self) -> Wire:
        """Connect off the loop: names and TLS handshakes may take their time."""
        address = self.address
        made: list[socket.socket] = []
        given_up = threading.Event()

        def dial() -> socket.socket:
            opened = socket.create_connection((address.host, address.port), timeout=CONNECT_TIMEOUT_S)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                context = ssl.create_default_context(cafile=address.ca_file)
                opened = context.wrap_socket(opened, server_hostname=address.host)
            made.append(opened)
            if given_up.is_set():
                opened.close()
            return opened

        try:
            return Wire(await asyncio.get_running_loop().run_in_executor(None, dial))
        except BaseException:
            # Stopped while the thread dials: nobody else would close what it opens. Each looks for the other.
            given_up.set()
            for opened in made:
                opened.close()
            raise

    def _options(self) -> dict[str, Any]:
        if self._version == "5":
            return {"client_id": self.client_id, "protocol": MQTTProtocolVersion.MQTTv5}
        clean = not self._session
        return {"client_id": self.client_id, "protocol": MQTTProtocolVersion.MQTTv311, "clean_session": clean}

    def _connect_options(self) -> dict[str, Any]:
        if self._version != "5":
            return {}
        properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = self._receive_maximum
        properties.MaximumPacketSize = _LARGEST_PACKET
        if self._session:
            properties.SessionExpiryInterval = 0xFFFFFFFF
        # A session first opened with a clean start keeps nothing (measured: 0 of 5,000 messages).
        return {"clean_start": not self._session, "properties": properties}

    # -- while connected ------------------------------------------------------------------------------------------

    async def subscribe(self, filters: Sequence[str], *, retained_each_time: bool = True) -> None:
        """Subscribe with QoS 1. `retained_each_time` False: stored messages only with a new subscription (MQTT 5).

        Raises `Temporary` when not connected, `Permanent` when the broker refuses.
        """
        if self._link is None:
            raise Temporary("mqtt.closed")
        if self._version == "5":
            handling = 0 if retained_each_time else 1
            await self._link.subscribe([(name, SubscribeOptions(qos=1, retainHandling=handling)) for name in filters])
        else:
            await self._link.subscribe([(name, 1) for name in filters])

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Hear these no more; a kept session would go on with them for ever. Not waited for: no harm if it is lost."""
        if self._link is not None and filters:
            self._link.client.unsubscribe(list(filters))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Send with QoS 1; its message id, or None when there is no connection (nothing is kept)."""
        if self._link is None or not self.connected:
            return None
        return self._link.client.send(topic, payload, retain=retain)

    def acknowledge(self, mids: Sequence[int], epoch: int) -> None:
        """PUBACK messages in the order they came; ids of an earlier connection mean nothing any more."""
        if self._link is None or epoch != self.epoch:
            return
        self._link.client.settle(mids)

    def pause(self) -> None:
        """Read no more for now."""
        if self._link is not None:
            self._link.pause()

    def resume(self) -> None:
        if self._link is not None:
            self._link.read()


def _failure(reason: ReasonCode) -> str | None:
    return str(reason) if reason.value >= 0x80 else None
