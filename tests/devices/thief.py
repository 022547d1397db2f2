"""Somebody who holds the credential of one device, and tries everything with it; and a witness who sees all."""

import itertools
import queue
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from sensors.address import BrokerAddress, Version

TIMEOUT_S = 30.0
PROTOCOLS: dict[Version, Any] = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}
SAYS = ("obs", "status", "release", "cmd/result")
_numbers = itertools.count()


class Peer:
    """A client on a thread of its own; hears everything it is sent."""

    def __init__(
        self,
        address: BrokerAddress,
        version: Version = "5",
        *,
        client_id: str = "",
        clean: bool = True,
        will: str | None = None,
    ) -> None:
        options: dict[str, Any] = {"protocol": PROTOCOLS[version]}
        connect: dict[str, Any] = {}
        if version == "5":
            connect["clean_start"] = clean
            if not clean:
                connect["properties"] = Properties(PacketTypes.CONNECT)
                connect["properties"].SessionExpiryInterval = 600
        else:
            options["clean_session"] = clean
        name = client_id or f"peer-{next(_numbers)}"
        self.client = client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, **options)
        client.username_pw_set(address.username, address.password)
        client.max_inflight_messages_set(1000)
        if will is not None:
            client.will_set(will, b"forged will", qos=1, retain=True)
        self.version = version
        self.connected: queue.Queue[str] = queue.Queue()
        self.arrived: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.subscribed: queue.Queue[list[str]] = queue.Queue()
        self.ended = threading.Event()
        client.on_connect = lambda _c, _u, _f, reason, _p: self.connected.put(str(reason))
        client.on_message = lambda _c, _u, message: self.arrived.put((message.topic, bytes(message.payload)))
        client.on_subscribe = lambda _c, _u, _m, reasons, _p: self.subscribed.put([str(each) for each in reasons])
        client.on_disconnect = lambda *_: self.ended.set()
        client.connect(address.host, address.port, **connect)
        client.loop_start()

    def publish(self, topic: str, payload: bytes = b"forged", *, qos: int = 1, retain: bool = False) -> None:
        """Send without waiting."""
        self.client.publish(topic, payload, qos=qos, retain=retain)

    def publish_and_wait(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Returns when the broker has it. An answer comes after everything sent before."""
        sent = self.client.publish(topic, payload, qos=qos)
        sent.wait_for_publish(TIMEOUT_S)
        assert sent.is_published()

    def subscribe(self, *filters: str) -> list[str]:
        """The broker's answer to each."""
        answers = []
        for each in filters:
            self.client.subscribe(each, qos=1)
            answers += self.subscribed.get(timeout=TIMEOUT_S)
        return answers

    def heard_until(self, topic: str, payload: bytes) -> list[tuple[str, bytes]]:
        """Everything that arrived, up to and with this message."""
        heard: list[tuple[str, bytes]] = []
        while not heard or heard[-1] != (topic, payload):
            heard.append(self.arrived.get(timeout=TIMEOUT_S))
        return heard

    def cut(self) -> None:
        """End like a device that lost its power: no DISCONNECT, so that its will is told."""
        self.client.loop_stop()
        inner = self.client.socket()
        assert isinstance(inner, socket.socket)
        inner.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def peer(address: BrokerAddress, version: Version = "5", **options: Any) -> Iterator[Peer]:
    """A connected one for the length of the block."""
    made = Peer(address, version, **options)
    try:
        assert made.connected.get(timeout=TIMEOUT_S) == "Success"
        yield made
    finally:
        made.close()


def is_let_in(address: BrokerAddress, version: Version = "5") -> bool:
    """Whether the broker accepts this name and password."""
    made = Peer(address, version)
    try:
        return made.connected.get(timeout=TIMEOUT_S) == "Success"
    finally:
        made.close()


def tries(own: str, others: list[str], count: int, seed: int) -> Iterator[tuple[str, int, bool]]:
    """(topic, QoS, retained) of publishes that the device `own` may not make, all kinds in turn."""
    chance = random.Random(seed)
    foreign = [f"eoc/v1/{other}/{what}" for other in others for what in SAYS]
    forged = [f"eoc/v1/{station}/{what}" for station in [own, *others] for what in ("ack", "cmd")]
    odd = [
        f"eoc/v1/{own}/obs/", f"eoc/v1/{own}//obs", f"/eoc/v1/{own}/obs", f"eoc/v1/{own}/cmd", f"eoc/v1/{own}",
        f"eoc/v1/{own}/obs/../../{others[0]}/obs", f"eoc/v1/{own}/ack/x", f"EOC/v1/{others[0]}/obs",
        f"eoc/v1/{own}/{others[0]}/obs", "eoc/v1//obs", "eoc/v2/x/obs", "cmnd/siren/POWER", f"eoc/v1/{own} /obs",
        f"eoc/v1/{others[0]}\u200b/obs", f"$share/eoc-ingest/eoc/v1/{others[0]}/obs", "$SYS/broker/version",
        "$CONTROL/dynamic-security/v1", "$CONTROL/dynamic-security/v1/response", "$CONTROL/broker/v1", "x" * 2000,
    ]  # fmt: skip
    topics = itertools.cycle([*foreign, *forged, *odd])
    for _ in range(count):
        yield next(topics), chance.choice((0, 1, 1, 1, 2)), chance.random() < 0.3
