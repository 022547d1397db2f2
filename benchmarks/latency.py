"""From the publish of a crossing reading to its `incident.opened` on a screen, under other traffic.

Each crossing is a gauge of its own river: two readings below the alarm level, then two above it ten minutes of data
time apart; the second of these decides. The clock starts when its PUBLISH is written to the socket and stops when the
event arrives on the WebSocket. Beside it another process publishes readings of other gauges at a steady rate.
Everything real: the product as a process of its own, its broker, MQTT with QoS 1, SQLite with synchronous=FULL.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from sensors.address import BrokerAddress
from sensors.publish import Publisher
from tests.product import Product

LOADS = (0, 500, 2_000, 5_000)
OTHERS = 500


def main(arguments: list[str]) -> int:
    """Print a table and one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks latency", description=__doc__)
    parser.add_argument("--crossings", type=int, default=100, help="crossings timed at each load")
    parser.add_argument("--loads", type=int, nargs="*", default=list(LOADS), help="other readings a second")
    parser.add_argument("--broker", default="mosquitto", choices=["mosquitto", "iotcore"])
    parser.add_argument("--quick", action="store_true", help="ten crossings at 0 and 500/s: only to see that it runs")
    options = parser.parse_args(arguments)
    if options.quick:
        options.crossings, options.loads = 10, [0, 500]
    results = []
    for load in options.loads:
        with tempfile.TemporaryDirectory() as folder:
            results.append(_measure(Path(folder), options.crossings, load, options.broker))
        row = results[-1]
        print(
            f"{load:>6}/s others ({row['achieved_per_s']:.0f}/s stored): p50 {row['p50_ms']:.0f} ms, "
            f"p95 {row['p95_ms']:.0f} ms, p99 {row['p99_ms']:.0f} ms, worst {row['max_ms']:.0f} ms"
        )
    print(json.dumps({"benchmark": "latency", "broker": options.broker, "results": results}))
    return 0


def _measure(folder: Path, crossings: int, load: int, broker: str) -> dict[str, Any]:
    product = Product(folder / "data", EOC_MQTT_BROKER=broker).start()
    stop = multiprocessing.Event()
    others: multiprocessing.Process | None = None
    try:
        with product.client() as admin:
            _prepare(admin, crossings, OTHERS if load else 0)
            token = admin.headers["Authorization"]
        before = product.metric("eoc_readings_accepted_total")
        began = time.monotonic()
        if load:
            others = multiprocessing.Process(target=_load, args=(product.mqtt_url, load, stop), daemon=True)
            others.start()
            time.sleep(3)  # let the load settle
        delays = asyncio.run(_cross(product, token, crossings))
        stored = product.metric("eoc_readings_accepted_total") - before
        took = time.monotonic() - began
    finally:
        stop.set()
        if others is not None:
            others.join(10)
        product.kill()
    cuts = statistics.quantiles(delays, n=100)
    return {
        "load_per_s": load,
        "achieved_per_s": stored / took,
        "crossings": len(delays),
        "p50_ms": 1000 * cuts[49],
        "p95_ms": 1000 * cuts[94],
        "p99_ms": 1000 * cuts[98],
        "max_ms": 1000 * max(delays),
    }


def _prepare(admin: httpx.Client, crossings: int, others: int) -> None:
    rules = {"min_duration_s": 600, "hysteresis_m": 0.05}
    for number in range(crossings):
        body = {"name": f"G{number}", "river": f"r{number}", "thresholds": {"bd1": 3.0}, "rules": rules}
        admin.put(f"/stations/cross-{number}", json=body).raise_for_status()
    for number in range(others):
        body = {"name": f"O{number}", "river": f"o{number}", "thresholds": {"bd1": 3.0}, "rules": rules}
        admin.put(f"/stations/other-{number}", json=body).raise_for_status()


def _payload(at: datetime, value: float, seq: int) -> bytes:
    return json.dumps({"ts": at.isoformat(), "seq": seq, "data": {"water_level_m": value}}).encode()


async def _cross(product: Product, token: str, crossings: int) -> list[float]:
    publisher = Publisher(BrokerAddress.parse(product.mqtt_url))
    running = asyncio.create_task(publisher.run())
    await publisher.ready()
    now = datetime.now(UTC)
    for number in range(crossings):
        for step, (minutes, value) in enumerate(((35, 2.0), (25, 2.0), (15, 3.2))):
            await publisher.send(f"eoc/v1/cross-{number}/obs", _payload(now - timedelta(minutes=minutes), value, step))
    await publisher.drained()
    await asyncio.sleep(2)
    url = f"ws://127.0.0.1:{product.port}/api/v1/live"
    delays = []
    async with connect(url, additional_headers={"Authorization": token}, max_queue=None) as screen:
        for number in range(crossings):
            await asyncio.sleep(0.05)
            started = time.perf_counter()
            await publisher.send(f"eoc/v1/cross-{number}/obs", _payload(now, 3.3, 9))
            async with asyncio.timeout(60):
                while True:
                    message = json.loads(await screen.recv())
                    if message.get("kind") == "incident.opened" and message["data"]["station"] == f"cross-{number}":
                        break
            delays.append(time.perf_counter() - started)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return delays


def _load(url: str, per_s: int, stop: Any) -> None:
    """In a process of its own: readings of other gauges, never near their alarm level."""
    asyncio.run(_publish_load(BrokerAddress.parse(url), per_s, stop))


async def _publish_load(address: BrokerAddress, per_s: int, stop: Any) -> None:
    publisher = Publisher(address, "eoc-load")
    running = asyncio.create_task(publisher.run())
    await publisher.ready()
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - began) * per_s)
        while sent < due:
            at = datetime.now(UTC)
            await publisher.send(f"eoc/v1/other-{sent % OTHERS}/obs", _payload(at, 1.0 + sent % 7 / 100, sent))
            sent += 1
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
