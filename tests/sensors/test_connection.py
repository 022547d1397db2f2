"""One connection: it finds the version, survives what networks do, and never mixes up two lives of a link."""

import asyncio
import random
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from eoc.errors import Permanent, Temporary
from sensors.address import BrokerAddress
from sensors.connection import Connection
from tests.sensors.field import Device, at, cut, device, reading, until
from tests.services.chaos_proxy import ChaosProxy, Faults
from tests.services.mqtt import Iotcore, Mosquitto


class Silent:
    """A listener that only counts."""

    def __init__(self) -> None:
        self.ups = self.downs = 0

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None: ...

    def confirmed(self, *_: object) -> None: ...

    async def up(self, *, session_present: bool) -> None:
        self.ups += 1

    def down(self) -> None:
        self.downs += 1


async def test_without_a_version_the_one_that_is_spoken_is_found(iotcore_broker: Iotcore) -> None:
    for port, version in ((iotcore_broker.port, "3.1.1"), (iotcore_broker.v5_port, "5")):
        async with device(at(iotcore_broker.host, port, None)) as gauge:
            assert gauge.connection.version == version
            await gauge.send("eoc/v1/s1/obs", reading(1))


async def test_a_wrong_password_is_told_and_tried_again(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, {"allow_anonymous": "false"})
    try:
        connection = Connection(
            BrokerAddress("127.0.0.1", broker.port, "u", "wrong"), "x", Silent(), longest_wait_s=0.1
        )
        running = asyncio.create_task(connection.run())
        await until(lambda: connection.last_error is not None)
        assert isinstance(connection.last_error, Permanent)
        assert connection.last_error.code == "mqtt.refused"
        assert not connection.connected
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        broker.stop()


async def test_nobody_listening_is_told(free_port: int) -> None:
    connection = Connection(at("127.0.0.1", free_port), "x", Silent(), longest_wait_s=0.05)
    running = asyncio.create_task(connection.run())
    await until(lambda: isinstance(connection.last_error, ConnectionRefusedError))
    assert connection.publish("t", b"") is None
    with pytest.raises(Temporary):
        await connection.subscribe(["t"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_server_that_says_nothing_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.connection.ANSWER_TIMEOUT_S", 0.2)

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Connection(at("127.0.0.1", port), "x", Silent(), longest_wait_s=0.05)
    running = asyncio.create_task(connection.run())
    await until(lambda: isinstance(connection.last_error, Temporary) and connection.last_error.code == "mqtt.no_answer")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()
    await server.wait_closed()


GARBAGE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x20\xff\xff\xff\xff\xff",
    b"\x20\x02\x00\x99",
    b"\x30\xff\xff\xff\x7f",
    b"\x00" * 100,
]


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_a_server_that_speaks_something_else_ends_the_attempt(
    garbage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.connection.ANSWER_TIMEOUT_S", 0.3)
    accepted = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        try:
            writer.write(garbage)
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    connection = Connection(at("127.0.0.1", server.sockets[0].getsockname()[1]), "x", Silent(), longest_wait_s=0.05)
    running = asyncio.create_task(connection.run())
    await until(lambda: accepted >= 2)
    assert not connection.connected
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("seed", range(3))
async def test_resets_and_delays_lose_nothing_that_is_sent_again(mosquitto: Mosquitto, seed: int) -> None:
    """A device that repeats what was not confirmed gets everything through a link that breaks all the time."""
    chance = random.Random(seed)
    async with (
        ChaosProxy("127.0.0.1", mosquitto.port, chance) as proxy,
        device(at("127.0.0.1", mosquitto.port), "ear") as ear,
    ):
        await ear.listen("t/+")
        proxy.faults = Faults(delay_s=0.002, jitter_s=0.005, portion_bytes=37, reset=0.02)
        talker = Device(at(proxy.host, proxy.port), "mouth")
        running = asyncio.create_task(talker.connection.run())
        left = set(range(200))
        under_way: dict[int, int] = {}

        def confirmed(mid: int, reason: str | None) -> None:
            left.discard(under_way.pop(mid, -1))

        talker.confirmed = confirmed  # type: ignore[method-assign]
        talker.down = under_way.clear  # type: ignore[method-assign]
        async with asyncio.timeout(60):
            while left:
                waiting = set(under_way.values())
                for number in sorted(left - waiting)[:20]:
                    if (mid := talker.connection.publish(f"t/{number}", b"x" * 50)) is not None:
                        under_way[mid] = number
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await until(lambda: {topic for topic, _ in ear.raw} == {b"t/%d" % number for number in range(200)})


async def test_a_half_open_link_is_noticed(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.connection.ANSWER_TIMEOUT_S", 0.3)
    listener = Silent()
    async with ChaosProxy("127.0.0.1", mosquitto.port, random.Random(1)) as proxy:
        connection = Connection(at(proxy.host, proxy.port), "x", listener, keepalive_s=1, longest_wait_s=0.2)
        running = asyncio.create_task(connection.run())
        await until(lambda: listener.ups == 1)
        proxy.faults = Faults(half_open=True)
        await until(lambda: listener.downs == 1)
        proxy.reset_all()
        proxy.faults = Faults()
        await until(lambda: listener.ups == 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_acknowledgements_of_an_earlier_connection_are_not_sent(mosquitto: Mosquitto) -> None:
    """Its message ids may already name other messages: these must come again, not be lost."""
    address = at("127.0.0.1", mosquitto.port)

    class Late(Silent):
        def __init__(self) -> None:
            super().__init__()
            self.got: list[tuple[bytes, int, int]] = []

        def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:
            self.got.append((payload, mid, connection.epoch))

        async def up(self, *, session_present: bool) -> None:
            await connection.subscribe(["t"])
            await super().up(session_present=session_present)

    listener = Late()
    connection = Connection(address, "keeper", listener, session=True, longest_wait_s=0.1)
    running = asyncio.create_task(connection.run())
    await until(lambda: listener.ups == 1)
    async with device(address) as gauge:
        for number in range(3):
            await gauge.send("t", str(number).encode())
        await until(lambda: len(listener.got) == 3)
        cut(connection)
        await until(lambda: listener.ups == 2)
        await until(lambda: len(listener.got) == 6)
        connection.acknowledge([mid for _, mid, epoch in listener.got if epoch == 1], 1)
        cut(connection)
        await until(lambda: listener.ups == 3)
        await until(lambda: len(listener.got) == 9)
        assert [payload for payload, _, _ in listener.got[6:]] == [b"0", b"1", b"2"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_paused_connection_leaves_messages_with_the_broker(mosquitto: Mosquitto) -> None:
    address = at("127.0.0.1", mosquitto.port)
    async with device(address, "ear") as ear, device(address, "mouth") as mouth:
        await ear.listen("t")
        ear.connection.pause()
        await mouth.send_all("t", list(range(500)))
        assert ear.raw == []
        ear.connection.resume()
        await until(lambda: len(ear.raw) == 500)
        assert [int(payload) for _, payload in ear.raw] == list(range(500))


async def test_messages_with_properties_take_the_long_way_and_arrive_the_same(mosquitto: Mosquitto) -> None:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    address = at("127.0.0.1", mosquitto.port)
    async with device(address, "ear") as ear, device(address, "mouth") as mouth:
        await ear.listen("t/#")
        properties: Any = Properties(PacketTypes.PUBLISH)
        properties.ContentType = "application/json"
        link = mouth.connection._link
        assert link is not None
        link.client.publish("t/long", b"with properties", 1, properties=properties)
        link.client.publish("t/zero", b"qos 0", 0)
        await mouth.send("t/short", b"without")
        await mouth.send("t/empty", b"")
        await until(lambda: len(ear.raw) == 4)
        assert ear.raw == [
            (b"t/long", b"with properties"),
            (b"t/zero", b"qos 0"),
            (b"t/short", b"without"),
            (b"t/empty", b""),
        ]


async def test_tls_is_checked_and_carries_the_same(tmp_path: Path) -> None:
    ca, server = _certificates(tmp_path)
    broker = Mosquitto(tmp_path, {"certfile": str(server[0]), "keyfile": str(server[1]), "tls_version": "tlsv1.2"})
    try:
        trusting = BrokerAddress("localhost", broker.port, tls=True, version="5", ca_file=str(ca))
        async with device(trusting) as gauge:
            await gauge.listen("t")
            await gauge.send("t", b"x" * 100_00)
            await until(lambda: gauge.raw == [(b"t", b"x" * 100_00)])
        connection = Connection(BrokerAddress("localhost", broker.port, tls=True), "x", Silent(), longest_wait_s=0.05)
        running = asyncio.create_task(connection.run())
        await until(lambda: isinstance(connection.last_error, ssl.SSLCertVerificationError))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        broker.stop()


def _certificates(folder: Path) -> tuple[Path, tuple[Path, Path]]:
    """A certificate authority of our own and a certificate for localhost."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def made(name: str, issuer: Any, signer: Any, key: Any, *, authority: bool) -> Any:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        return builder.sign(signer, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = made("test authority", None, ca_key, ca_key, authority=True)
    certificate = made("localhost", authority.subject, ca_key, key, authority=False)
    files = {"ca.pem": authority, "server.pem": certificate}
    for name, each in files.items():
        (folder / name).write_bytes(each.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", (folder / "server.pem", folder / "server.key")


async def test_stopped_while_dialling_nothing_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread goes on when its task is cancelled; what it opens then is closed all the same."""
    opened: list[socket.socket] = []
    dialling, go_on = threading.Event(), threading.Event()
    real = socket.create_connection

    def slow(*arguments: Any, **options: Any) -> socket.socket:
        dialling.set()
        go_on.wait(10)
        opened.append(real(*arguments, **options))
        return opened[-1]

    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    monkeypatch.setattr("sensors.connection.socket.create_connection", slow)
    connection = Connection(at("127.0.0.1", server.sockets[0].getsockname()[1]), "x", Silent(), longest_wait_s=0.05)
    running = asyncio.create_task(connection.run())
    await until(dialling.is_set)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    go_on.set()
    await until(lambda: bool(opened) and opened[0].fileno() == -1)
    server.close()
    await server.wait_closed()
