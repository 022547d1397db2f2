"""The yardstick: a paho subscriber that does nothing but count, the way paho's documentation shows it.

    python -m benchmarks.ingest_bare HOST PORT VERSION USER PASSWORD COUNT

Its session is the one prepared for it. Prints `ready`, then one line of JSON when COUNT messages were seen.
"""

import json
import sys
import threading
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SESSION = "eoc-ingest-0"


def client(version: str, user: str, password: str) -> mqtt.Client:
    """paho with a kept session, its own thread and its own acknowledgements."""
    kept: dict[str, Any] = {"protocol": mqtt.MQTTv5} if version == "5" else {"clean_session": False}
    made = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SESSION, **kept)
    if user:
        made.username_pw_set(user, password)
    return made


def connect(each: mqtt.Client, host: str, port: int, version: str) -> None:
    if version != "5":
        each.connect(host, port)
        return
    properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = 1000
    each.connect(host, port, clean_start=False, properties=properties)


def main() -> None:
    host, port, version, user, password, count = sys.argv[1:]
    wanted, seen, finished = int(count), 0, threading.Event()
    started = ended = cpu = 0.0

    def count_it(_client: object, _userdata: object, _message: object) -> None:
        nonlocal seen, started, ended, cpu
        if not seen:
            started, cpu = time.perf_counter(), time.process_time()
        seen += 1
        if seen == wanted:
            ended, cpu = time.perf_counter(), time.process_time() - cpu
            finished.set()

    subscribed = threading.Event()
    subscriber = client(version, user, password)
    subscriber.on_message = count_it
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.on_connect = lambda each, *_: each.subscribe("eoc/v1/+/obs", 1)
    connect(subscriber, host, int(port), version)
    subscriber.loop_start()
    subscribed.wait(30)
    print("ready", flush=True)
    if wanted:
        finished.wait(600)
        print(json.dumps({"count": seen, "seconds": ended - started, "cpu_s": cpu}), flush=True)
    subscriber.disconnect()
    subscriber.loop_stop()


if __name__ == "__main__":
    main()
