"""Killed at any moment: nothing called safe is lost, nothing happens twice, the cases come out the same.

The workload goes through `eoc gateway`; the nemesis kills the whole product (its broker with it) or the broker alone
at moments drawn from a seed; a witness writes down every acknowledgement. Checked while the product is dead and at the
end: what was called safe is in the database, each record once and with its value, the counts add up, the cases are
those of an undisturbed run, the journal is without a gap and its chain holds.
"""

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.database import Database, PostgreSQL, SQLite
from tests.chaos.history import AckWitness, History
from tests.chaos.nemesis import Nemesis
from tests.chaos.workload import BOOT, GAUGE, STATION, Gateway, Records, floods
from tests.product import Product, pages, running, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

RATE_PER_S = 1_000.0


def put_gauge(product: Product) -> None:
    with product.client() as admin:
        admin.put(f"/stations/{STATION}", json=GAUGE).raise_for_status()


def story(product: Product) -> list[dict[str, Any]]:
    """The cases, without what a disturbed arrival may change: their ids and when each was decided."""
    told = ("number", "hazard", "station", "observed_at", "level", "peak_level", "state", "outcome", "evidence_count")
    with product.client() as admin:
        found = pages(admin, "/incidents", limit=1000)
    return sorted(({name: each[name] for name in told} for each in found), key=lambda each: int(each["number"]))


def undisturbed(folder: Path, records: Records) -> list[dict[str, Any]]:
    with running(folder / "calm", "--clock", "data") as product:
        put_gauge(product)
        assert Gateway(product, folder / "calm-spool", records).wait(600) == 0
        return story(product)


class Run:
    """One product under attack, and the checks on it."""

    def __init__(self, folder: Path, records: Records, database_url: str | None = None, **environment: str) -> None:
        self._folder = folder
        self._records = records
        if database_url is not None:
            environment["EOC_DATABASE_URL"] = database_url
        self.product = Product(folder / "data", "--clock", "data", **environment)
        self._database: Database = PostgreSQL(database_url) if database_url else SQLite(folder / "data")
        self._history = History(folder / "history.jsonl")
        self._doubts: list[str] = []

    def go(self, faults: list[str], seed: int) -> float:
        """Send everything with all `faults` on the way; seconds it took."""
        chance = random.Random(seed)
        chance.shuffle(faults)
        product, total = self.product.start(), len(self._records)
        put_gauge(product)
        began = time.monotonic()
        # Each fault has its own part of the records, and strikes somewhere in it: none comes after all is done.
        share = total / (len(faults) + 1)
        gateway = Gateway(product, self._folder / "spool", self._records, rate_per_s=RATE_PER_S, allowed=int(share))
        nemesis = Nemesis(product, self._history, chance, killed=self._check_safe)
        with AckWitness(product.mqtt_url, STATION, BOOT, self._history):
            for number, what in enumerate(faults):
                mark = int((number + chance.random()) * share)
                until(lambda: self._stored() >= mark, 120, lambda: gateway.log.read_text()[-2000:])  # noqa: B023
                self._check_counts()
                # It goes on reading while the product is away, as in life.
                gateway.allow(int(share * (number + 2)) if number + 2 <= len(faults) else total)
                assert gateway.running
                nemesis.strike(what)
            assert gateway.wait(600) == 0, gateway.log.read_text()[-2000:]
        took = time.monotonic() - began
        # Some acknowledgements pass while the witness is not connected; if most did, it would be no witness.
        assert len(self._history.safe) > total / 2
        return took

    def check(self, expected: list[dict[str, Any]]) -> None:
        self._check_safe()
        assert self._doubts == []
        rows = self._database.ask(f"SELECT seq, value FROM reading WHERE station = '{STATION}' ORDER BY seq")
        assert rows == [(seq, level_m) for seq, (_, level_m) in enumerate(self._records)]
        assert self._database.ask("SELECT count(*) FROM quarantine") == [(0,)]
        self._check_counts()
        found = story(self.product)
        assert found == expected
        assert self._database.ask("SELECT count(*) FROM journal WHERE kind = 'incident.opened'") == [(len(found),)]
        numbers = [seq for (seq,) in self._database.ask("SELECT seq FROM journal ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert json.loads(self.product.run("audit", "verify").stdout)["ok"] is True

    def end(self) -> None:
        self.product.kill()
        self._history.close()

    def _stored(self) -> int:
        return int(self._database.ask(f"SELECT count(*) FROM reading WHERE station = '{STATION}'")[0][0])

    def _check_safe(self) -> None:
        safe = self._history.safe  # before looking: what is called safe from now on may be there or not
        there = {seq for (seq,) in self._database.ask(f"SELECT seq FROM reading WHERE station = '{STATION}'")}
        if missing := safe - there:
            self._doubts.append(f"called safe, not there: {sorted(missing)[:20]} and {len(missing)} in all")

    def _check_counts(self) -> None:
        counts = self.product.metrics()
        parts = [counts[f"eoc_readings_{name}_total"] for name in ("accepted", "duplicate", "quarantined")]
        assert counts["eoc_readings_received_total"] == sum(parts)


def attack(
    folder: Path, count: int, kills: int, broker_kills: int, seed: int, database_url: str | None = None, **more: str
) -> None:
    records = floods(count)
    expected = undisturbed(folder, records)
    assert [each["peak_level"] for each in expected] == [2, 2, 4]
    run = Run(folder, records, database_url, **more)
    try:
        took = run.go(["product"] * kills + ["broker"] * broker_kills, seed)
        run.check(expected)
    finally:
        run.end()
    print(f"{count} records, {kills} kills of the product and {broker_kills} of its broker: {took:.0f} s, all there")


def test_three_kills_and_one_of_the_broker(tmp_path: Path) -> None:
    attack(tmp_path, 5_000, 3, 1, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("broker", ["mosquitto", "iotcore"])
def test_ten_kills_and_five_of_the_broker(tmp_path: Path, broker: str) -> None:
    attack(tmp_path, 50_000, 10, 5, seed=2, EOC_MQTT_BROKER=broker)


@pytest.mark.long
def test_ten_kills_and_five_of_the_broker_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    attack(tmp_path, 50_000, 10, 5, seed=3, database_url=postgres_url)


def test_a_killed_gateway_goes_on_where_it_was(tmp_path: Path) -> None:
    records = floods(4_000)
    chance = random.Random(3)
    with running(tmp_path / "data", "--clock", "data") as product:
        put_gauge(product)
        for _ in range(3):
            gateway = Gateway(product, tmp_path / "spool", records)
            threading.Event().wait(chance.uniform(0.5, 2.0))  # the moment is meant to be any
            gateway.kill()
        assert Gateway(product, tmp_path / "spool", records).wait(300) == 0
        question = f"SELECT count(*), count(DISTINCT observed_at) FROM reading WHERE station = '{STATION}'"
        assert SQLite(product.folder).ask(question) == [(len(records), len(records))]
