"""The history of a run: what was called safe and what was done to the product, each line on disk before the next.

The file is what a checker may rely on, and what one reads when a checker fails.
"""

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sensors.address import BrokerAddress


class History:
    """Append-only; also remembers every seq that was acknowledged."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._safe: set[int] = set()

    def note(self, what: str, **facts: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"ns": time.monotonic_ns(), "what": what, **facts}) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def called_safe(self, ranges: list[list[int]]) -> None:
        self.note("safe", seq=ranges)
        with self._lock:
            for first, last in ranges:
                self._safe.update(range(first, last + 1))

    @property
    def safe(self) -> set[int]:
        """Every seq called safe so far."""
        with self._lock:
            return set(self._safe)

    def close(self) -> None:
        self._file.close()


class AckWitness:
    """Listens to the product's acknowledgements as a third party, over every restart of the broker."""

    def __init__(self, address: str, station: str, boot: str, history: History) -> None:
        broker = BrokerAddress.parse(address)
        self._history = history
        self._boot = boot
        self._client = client = mqtt.Client(CallbackAPIVersion.VERSION2, "witness", protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(broker.username, broker.password)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda *_: self._listen(f"eoc/v1/{station}/ack")
        client.on_message = lambda _client, _data, message: self._heard(bytes(message.payload))
        client.connect_async(broker.host, broker.port)

    def _listen(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)

    def _heard(self, payload: bytes) -> None:
        ack = json.loads(payload)
        if ack["boot"] == self._boot:
            self._history.called_safe(ack["seq"])

    def __enter__(self) -> "AckWitness":
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ValueError):
            self._client.disconnect()
        self._client.loop_stop()
