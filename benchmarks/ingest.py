"""Durable ingest against a subscriber that only counts, and against the script one writes in an afternoon.

Same broker, same run, same messages; the contenders take turns, each a process of its own, and the middle one of
several rounds counts. `stored`: the broker holds the messages in a kept session and the contender drains it. `live`:
the contender listens while they are sent as fast as the broker takes them.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sensors.broker import Broker, open_broker
from sensors.settings import MqttSettings

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Target:
    """Where a contender connects, and (`as_device`) who sends."""

    host: str
    port: int
    version: str
    user: str
    password: str
    sender: tuple[str, str]

    @property
    def arguments(self) -> list[str]:
        return [self.host, str(self.port), self.version, self.user, self.password]

    @property
    def as_device(self) -> list[str]:
        return [self.host, str(self.port), self.version, *self.sender]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks ingest", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=50_000, help="messages a round (one record each)")
    parser.add_argument("--naive-count", type=int, default=1_000, help="messages a round for the naive script")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--broker", choices=["mosquitto", "iotcore"], action="append")
    parser.add_argument("--version", choices=["5", "3.1.1"], action="append")
    parser.add_argument("--mode", choices=["stored", "live"], action="append")
    parser.add_argument("--contender", choices=["bare", "ours", "naive", "road"], action="append")
    parser.add_argument("--clock", choices=["wall", "data"], default="wall")
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second in live mode; 0: as fast as it goes")
    parser.add_argument("--quick", action="store_true", help="one short round, only to see that it runs")
    parser.add_argument("--json", action="store_true", help="only the line of JSON, no table")
    options = parser.parse_args(arguments)
    if options.quick:
        options.count, options.naive_count, options.rounds = 5_000, 200, 1
    results = asyncio.run(_all(options))
    print(json.dumps({"benchmark": "ingest", "results": results}))
    return 0


async def _all(options: argparse.Namespace) -> list[dict[str, Any]]:
    results = []
    for kind in options.broker or ["mosquitto", "iotcore"]:
        for version in options.version or ["5", "3.1.1"]:
            for mode in options.mode or ["stored", "live"]:
                with tempfile.TemporaryDirectory(prefix="eoc-bench-") as folder:
                    results.append(await _compare(options, kind, version, mode, Path(folder)))
                if not options.json:
                    _print(results[-1])
    return results


async def _compare(
    options: argparse.Namespace, kind: Literal["mosquitto", "iotcore"], version: str, mode: str, folder: Path
) -> dict[str, Any]:
    """One broker, one version, one mode: the contenders in turn, `rounds` times."""
    port = 28_830
    settings = MqttSettings(mqtt_broker=kind, mqtt_port=port, mqtt_v5_port=port + 1)
    rates: dict[str, list[float]] = {}
    cpu_us: dict[str, list[float]] = {}
    for round_ in range(options.rounds):
        for contender in options.contender or ["bare", "ours", "road", "naive"]:
            here = folder / f"{contender}-{round_}"
            here.mkdir(parents=True)
            # A broker of its own: nothing of the contender before is in its queues.
            async with open_broker(settings, here) as broker:
                found = await _one(options, contender, _target(broker, version), mode, here)
            rates.setdefault(contender, []).append(found["count"] / found["seconds"])
            cpu_us.setdefault(contender, []).append(found["cpu_s"] / found["count"] * 1e6)
            print(f"  {kind} {version} {mode} {contender}: {rates[contender][-1]:,.0f}/s", file=sys.stderr, flush=True)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {
        f"{name}/{other}": round(middle[name] / middle[other], 2)
        for name, other in (("ours", "bare"), ("ours", "naive"), ("road", "bare"))
        if name in middle and other in middle
    }
    return {
        "broker": kind,
        "version": version,
        "mode": mode,
        "rates_per_s": {name: round(value) for name, value in middle.items()},
        "all_rates_per_s": {name: [round(value) for value in values] for name, values in rates.items()},
        "cpu_us_per_record": {name: round(statistics.median(values), 1) for name, values in cpu_us.items()},
        "ratios": ratios,
    }


def _target(broker: Broker, version: str) -> Target:
    port = broker.v5_port if version == "5" else broker.port
    reader = broker.address
    sender = (broker.username, broker.password)
    return Target(broker.host, port, version, reader.username or "", reader.password or "", sender)


async def _one(options: argparse.Namespace, contender: str, target: Target, mode: str, folder: Path) -> dict[str, Any]:
    count = options.naive_count if contender == "naive" else options.count
    command = _command(contender, target, count, folder, options.clock)
    # With no messages wanted the counter only makes the session, and goes.
    await _finish(await _start(_command("bare", target, 0, folder, options.clock)))
    load = ["benchmarks.ingest_load", *target.as_device, str(count), str(options.rate if mode == "live" else 0)]
    if mode == "stored":
        await _finish(await _start(load))
        return await _finish(await _start(command))
    running = await _start(command)
    assert running.stdout is not None
    async with asyncio.timeout(60):
        while (await running.stdout.readline()).strip() != b"ready":
            if running.returncode is not None:
                raise RuntimeError(f"{command} ended")
    sending = await _start(load)
    found = await _finish(running)
    await _finish(sending)
    return found


def _command(contender: str, target: Target, count: int, folder: Path, clock: str) -> list[str]:
    common = [*target.arguments, str(count)]
    return {
        "bare": ["benchmarks.ingest_bare", *common],
        "naive": ["benchmarks.ingest_naive", *common, str(folder)],
        "ours": ["benchmarks.ingest_ours", *common, str(folder), "engine", clock],
        "road": ["benchmarks.ingest_ours", *common, str(folder), "none", clock],
    }[contender]


async def _start(command: list[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )


async def _finish(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Its last line of JSON."""
    assert process.stdout is not None
    output = await asyncio.wait_for(process.stdout.read(), 900)
    if await process.wait() != 0:
        raise RuntimeError(f"a contender failed with {process.returncode}")
    lines = [line for line in output.decode().splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def _print(result: dict[str, Any]) -> None:
    print(f"{time.strftime('%H:%M')} {result['broker']} MQTT {result['version']} {result['mode']}")
    for name, rate in result["rates_per_s"].items():
        rounds = ", ".join(f"{each:,}" for each in result["all_rates_per_s"][name])
        print(f"  {name:6} {rate:>9,}/s   {result['cpu_us_per_record'][name]:>7} us CPU a record   ({rounds})")
    print("  " + "   ".join(f"{name} {ratio}x" for name, ratio in result["ratios"].items()), flush=True)
