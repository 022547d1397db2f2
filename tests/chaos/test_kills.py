"""Killed at any moment: nothing called safe is lost, nothing happens twice, the cases come out the same.

The workload goes through `eoc gateway`; the nemesis kills the whole product (its broker with it) or the broker alone,
at moments drawn from a seed; the checkers read the database and ask the product afterwards.
"""

import contextlib
import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.product import Product, pages, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

TAPE = Path(__file__).parents[2].parent / "shared" / "data" / "tapes" / "aire-armley-2015.csv"
STATION = "aire"
RATE_PER_S = 1_000.0
"""How fast the short and the long run are fed: five seconds and fifty, plus what the kills take."""
GAUGE = {
    "name": "Armley",
    "kind": "river",
    "thresholds": {"bd1": 3.0, "bd2": 3.9, "bd3": 4.8},
    "rules": {"min_duration_s": 600, "hysteresis_m": 0.05},
}


def tape(count: int) -> list[tuple[str, float]]:
    """`count` readings that hold floods: the real tape's autumn, or a made one where the tape is absent; more readings
    than there are come from squeezing the 15 minutes between them (values repeat, times do not)."""
    if TAPE.exists():
        with TAPE.open() as lines:
            rows = [(row["time_utc"], float(row["water_level_m"])) for row in csv.DictReader(lines)]
        rows = [row for row in rows if row[0] >= "2015-11-01"]
    else:
        start = datetime(2015, 11, 1, tzinfo=UTC)
        rows = [
            ((start + timedelta(minutes=15 * i)).isoformat(), 5.0 if 2000 <= i % 3000 < 2200 else 1.0)
            for i in range(14_000)
        ]
    if count <= len(rows):
        return rows[:count]
    more, every = [], -(-count // len(rows))
    for at, value in rows:
        moment = datetime.fromisoformat(at)
        more += [((moment + timedelta(seconds=900 / every * k)).isoformat(), value) for k in range(every)]
    return more[:count]


@dataclass
class Sending:
    """A gateway at work in its own process."""

    process: "subprocess.Popen[bytes]"
    spool: Path

    def wait(self, seconds: float) -> int:
        return self.process.wait(timeout=seconds)


def start_gateway(
    product: Product, spool: Path, records: list[tuple[str, float]], rate_per_s: float | None = None
) -> Sending:
    """A gateway fed from a pipe; `rate_per_s` makes the feeding last, so that kills fall into it."""
    with (spool.parent / f"{spool.name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "gateway", "--mqtt", product.mqtt_url, "--spool", str(spool)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    threading.Thread(target=_feed, args=(process, records, rate_per_s), daemon=True).start()
    return Sending(process, spool)


def _feed(process: "subprocess.Popen[bytes]", records: list[tuple[str, float]], rate_per_s: float | None) -> None:
    assert process.stdin is not None
    began = time.monotonic()
    with contextlib.suppress(BrokenPipeError), process.stdin:
        for seq, (at, value) in enumerate(records):
            record = {"station": STATION, "ts": at, "seq": seq, "boot": "b", "data": {"water_level_m": value}}
            process.stdin.write(json.dumps(record).encode() + b"\n")
            if rate_per_s is not None and seq % 50 == 0:
                process.stdin.flush()
                time.sleep(max(0.0, began + seq / rate_per_s - time.monotonic()))


def broker_pids(product: Product) -> list[int]:
    """The broker is the product's only child process."""
    assert product.pid is not None
    return [child.pid for child in psutil.Process(product.pid).children(recursive=True)]


def nemesis(
    product: Product, sending: Sending, total: int, kills: int, broker_kills: int, chance: random.Random
) -> list[str]:
    """Kill at moments spread over the run by how many records are safe, so that a fast machine is hit as well."""
    plan = ["product"] * kills + ["broker"] * broker_kills
    chance.shuffle(plan)
    marks = sorted(chance.uniform(0.02, 0.9) * total for _ in plan)
    history = []
    for what, mark in zip(plan, marks, strict=True):
        _until_stored(product, sending, mark)
        time.sleep(chance.uniform(0, 0.3))  # not a synchronisation: the moment of the kill is meant to be any
        history.append(f"{what} at {stored(product)}")
        if what == "product":
            product.kill()
            product.start()
        else:
            for pid in broker_pids(product):
                os.kill(pid, signal.SIGKILL)
            until(lambda: bool(broker_pids(product)), 30)
    return history


def _until_stored(product: Product, sending: Sending, mark: float) -> None:
    until(lambda: stored(product) >= mark or sending.process.poll() is not None, 300)


def stored(product: Product) -> int:
    """Readings of the workload that are in the database, read behind the product's back."""
    return int(sql(product, f"SELECT count(*) FROM reading WHERE station = '{STATION}'")[0][0])


def sql(product: Product, question: str) -> list[Any]:
    with sqlite3.connect(f"file:{product.folder / 'eoc.sqlite3'}?mode=ro", uri=True, timeout=30) as connection:
        rows = connection.execute(question).fetchall()
    connection.close()
    return rows


def story(product: Product) -> list[tuple[Any, ...]]:
    """The cases, without what a disturbed arrival may change: when each was decided."""
    with product.client() as admin:
        found = pages(admin, "/incidents", limit=1000)
    return sorted((each["hazard"], each["observed_at"], each["peak_level"], each["state"]) for each in found)


def undisturbed(folder: Path, records: list[tuple[str, float]]) -> list[tuple[Any, ...]]:
    product = Product(folder, "--clock", "data").start()
    try:
        with product.client() as admin:
            admin.put(f"/stations/{STATION}", json=GAUGE).raise_for_status()
        assert start_gateway(product, folder.parent / "calm-spool", records).wait(600) == 0
        return story(product)
    finally:
        product.kill()


def run(
    folder: Path, count: int, kills: int, broker_kills: int, seed: int, say: Callable[[str], None], **environment: str
) -> None:
    records = tape(count)
    expected = undisturbed(folder / "calm", records)
    assert expected
    product = Product(folder / "data", "--clock", "data", **environment).start()
    try:
        with product.client() as admin:
            admin.put(f"/stations/{STATION}", json=GAUGE).raise_for_status()
        began = time.monotonic()
        sending = start_gateway(product, folder / "spool", records, rate_per_s=RATE_PER_S)
        history = nemesis(product, sending, len(records), kills, broker_kills, random.Random(seed))
        assert sending.wait(900) == 0, (folder / "spool.log").read_text()[-2000:]
        took = time.monotonic() - began
        # The gateway ended: every record was called safe. Each is there once, with its value.
        rows = sql(product, f"SELECT seq, value FROM reading WHERE station = '{STATION}' ORDER BY seq")
        assert [tuple(row) for row in rows] == [(seq, value) for seq, (_, value) in enumerate(records)]
        assert story(product) == expected
        received = product.metric("eoc_readings_received_total")
        parts = [product.metric(f"eoc_readings_{name}_total") for name in ("accepted", "duplicate", "quarantined")]
        assert received == sum(parts)
        assert json.loads(product.run("audit", "verify").stdout)["ok"] is True
        numbers = [row[0] for row in sql(product, "SELECT seq FROM journal ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
        say(f"{len(records)} records, {kills} kills and {broker_kills} broker kills in {took:.0f} s: {history}")
    finally:
        product.kill()


def test_three_kills_and_one_of_the_broker(tmp_path: Path) -> None:
    run(tmp_path, 5_000, 3, 1, seed=1, say=print)


@pytest.mark.long
@pytest.mark.parametrize("broker", ["mosquitto", "iotcore"])
def test_ten_kills_and_five_of_the_broker(tmp_path: Path, broker: str) -> None:
    run(tmp_path, 50_000, 10, 5, seed=2, say=print, EOC_MQTT_BROKER=broker)


def test_a_killed_gateway_goes_on_where_it_was(tmp_path: Path) -> None:
    records = tape(4_000)
    product = Product(tmp_path / "data", "--clock", "data").start()
    try:
        with product.client() as admin:
            admin.put(f"/stations/{STATION}", json=GAUGE).raise_for_status()
        chance = random.Random(3)
        for _ in range(3):
            sending = start_gateway(product, tmp_path / "spool", records)
            threading.Event().wait(chance.uniform(0.5, 2.0))
            sending.process.kill()
            sending.process.wait()
        assert start_gateway(product, tmp_path / "spool", records).wait(300) == 0
        rows = sql(product, f"SELECT count(*), count(DISTINCT observed_at) FROM reading WHERE station = '{STATION}'")
        assert tuple(rows[0]) == (len(records), len(records))
    finally:
        product.kill()
