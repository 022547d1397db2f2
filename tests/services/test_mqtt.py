"""The brokers that the other tests stand on are real ones: they keep, deliver and die as in the field."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.services.mqtt import Iotcore, Mosquitto, SecuredMosquitto, deployed_settings

TIMEOUT_S = 10


@contextmanager
def client(port: int, version: MQTTProtocolVersion, name: str) -> Iterator[tuple[mqtt.Client, "queue.Queue[bytes]"]]:
    """A connected client and the queue of what it receives. MQTT 5 clients keep their session for an hour."""
    arrived: queue.Queue[bytes] = queue.Queue()
    connected: queue.Queue[str] = queue.Queue()
    peer = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=version)
    peer.on_message = lambda _c, _u, message: arrived.put(bytes(message.payload))
    peer.on_connect = lambda _c, _u, _f, reason, _p: connected.put(str(reason))
    if version == MQTTProtocolVersion.MQTTv5:
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 3600
        peer.connect("127.0.0.1", port, clean_start=False, properties=kept)
    else:
        peer.connect("127.0.0.1", port)
    peer.loop_start()
    try:
        assert connected.get(timeout=TIMEOUT_S) == "Success"
        yield peer, arrived
    finally:
        peer.disconnect()
        peer.loop_stop()


def publish(port: int, version: MQTTProtocolVersion, payload: bytes) -> None:
    with client(port, version, "device") as (peer, _):
        peer.publish("eoc/v1/s1/obs", payload, qos=1).wait_for_publish(TIMEOUT_S)


def subscribe(peer: mqtt.Client) -> None:
    granted: queue.Queue[int] = queue.Queue()
    peer.on_subscribe = lambda _c, _u, _m, reasons, _p: granted.put(reasons[0].value)
    peer.subscribe("eoc/v1/+/obs", qos=1)
    assert granted.get(timeout=TIMEOUT_S) == 1


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
def test_mosquitto_serves_both_versions_on_one_port(mosquitto: Mosquitto, version: MQTTProtocolVersion) -> None:
    with client(mosquitto.port, version, "ingest") as (peer, arrived):
        subscribe(peer)
        publish(mosquitto.port, version, b"1")
        assert arrived.get(timeout=TIMEOUT_S) == b"1"


def test_mosquitto_keeps_messages_for_a_sleeping_client_over_a_restart(mosquitto: Mosquitto) -> None:
    with client(mosquitto.port, MQTTProtocolVersion.MQTTv5, "ingest") as (peer, _):
        subscribe(peer)
    publish(mosquitto.port, MQTTProtocolVersion.MQTTv5, b"while asleep")
    mosquitto.stop()
    mosquitto.restart()
    with client(mosquitto.port, MQTTProtocolVersion.MQTTv5, "ingest") as (_, arrived):
        assert arrived.get(timeout=TIMEOUT_S) == b"while asleep"


def test_mosquitto_can_be_killed_and_comes_back_on_its_port(mosquitto: Mosquitto) -> None:
    port = mosquitto.port
    mosquitto.kill()
    with pytest.raises(ConnectionRefusedError):
        publish(port, MQTTProtocolVersion.MQTTv5, b"nobody there")
    mosquitto.restart()
    publish(port, MQTTProtocolVersion.MQTTv5, b"back")
    assert mosquitto.port == port


def test_mosquitto_runs_with_the_deployed_limits(mosquitto: Mosquitto) -> None:
    deployed = deployed_settings()
    ours = mosquitto.settings
    kept = {name for name in deployed if ours.get(name) == deployed[name]}
    assert kept == deployed.keys() - {
        "listener",
        "allow_anonymous",
        "plugin",
        "plugin_opt_config_file",
        "persistence_location",
        "log_dest",
        "include_dir",
    }
    assert int(deployed["max_queued_messages"]) == 100_000
    assert deployed["persistence"] == deployed["autosave_on_changes"] == "true"


def test_more_than_the_default_queue_is_kept(mosquitto: Mosquitto) -> None:
    """Mosquitto's default keeps 1,000 messages for a client that is away and drops the rest without a word."""
    with client(mosquitto.port, MQTTProtocolVersion.MQTTv5, "ingest") as (peer, _):
        subscribe(peer)
    with client(mosquitto.port, MQTTProtocolVersion.MQTTv311, "device") as (peer, _):
        for number in range(3000):
            last = peer.publish("eoc/v1/s1/obs", str(number), qos=1)
        last.wait_for_publish(60)
    with client(mosquitto.port, MQTTProtocolVersion.MQTTv5, "ingest") as (_, arrived):
        assert [int(arrived.get(timeout=TIMEOUT_S)) for _ in range(3000)] == list(range(3000))


def test_the_dynamic_security_plugin_of_the_deployment_refuses_strangers(tmp_path: Path) -> None:
    """The same first start as in docker-compose.yml: the administrator is made, everyone else stays outside."""
    broker = SecuredMosquitto(tmp_path)
    try:
        assert _connect(broker.port, None, None) == "Not authorized"
        assert _connect(broker.port, "admin", "wrong") == "Not authorized"
        assert _connect(broker.port, "admin", broker.password) == "Success"
    finally:
        broker.stop()


def _connect(port: int, name: str | None, password: str | None) -> str:
    answer: queue.Queue[str] = queue.Queue()
    peer = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    peer.on_connect = lambda _c, _u, _f, reason, _p: answer.put(str(reason))
    if name:
        peer.username_pw_set(name, password)
    peer.connect("127.0.0.1", port)
    peer.loop_start()
    try:
        return answer.get(timeout=TIMEOUT_S)
    finally:
        peer.disconnect()
        peer.loop_stop()


@pytest.mark.parametrize(
    ("version", "port"), [(MQTTProtocolVersion.MQTTv311, "port"), (MQTTProtocolVersion.MQTTv5, "v5_port")]
)
def test_iotcore_serves_each_version_on_its_port(
    iotcore_broker: Iotcore, version: MQTTProtocolVersion, port: str
) -> None:
    number = getattr(iotcore_broker, port)
    with client(number, version, "ingest") as (peer, arrived):
        subscribe(peer)
        publish(number, version, b"1")
        assert arrived.get(timeout=TIMEOUT_S) == b"1"
