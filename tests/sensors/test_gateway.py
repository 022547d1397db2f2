"""`eoc gateway` as those who run it see it: a process, killed or asked to stop, and a real ingest at a real broker."""

import asyncio
import contextlib
import errno
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from eoc.errors import Invalid, Refused
from sensors.address import BrokerAddress
from sensors.gateway import GatewayOptions, run_gateway
from sensors.spool import Spool
from tests.sensors.field import at, device, ingesting, until
from tests.sensors.ledger import Ledger
from tests.services.mqtt import Mosquitto

ROOT = Path(__file__).parents[2]
EOC = Path(sys.executable).with_name("eoc")
START_MS = 1_700_000_000_000
NOBODY = "mqtt://127.0.0.1:9"
"""A broker that is not there."""


def record(number: int, station: str = "s1", **more: Any) -> dict[str, Any]:
    return {"station": station, "ts": START_MS + number * 1000, "data": {"water_level_m": number % 7}, **more}


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def given(folder: Path, records: Iterable[dict[str, Any]]) -> Path:
    file = folder / "given.jsonl"
    file.write_bytes(lines(records))
    return file


def url(address: BrokerAddress) -> str:
    return f"mqtt://{address}?version={address.version}"


def rejected(spool: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (spool / "rejected.jsonl").read_text().splitlines()]


def times(ledger: Ledger) -> list[int]:
    """Which records are in the ledger, by the number that made their time."""
    rows = ledger._database.execute("select observed_at from reading order by observed_at").fetchall()
    return [(row[0] // 1000 - START_MS) // 1000 for row in rows]


@contextlib.asynccontextmanager
async def gateway(mqtt: str, spool: Path, *options: str, **environment: str) -> AsyncIterator[Process]:
    """The command, reading a pipe; killed at the end of the block if it still runs."""
    command = [str(EOC), "gateway", "--mqtt", mqtt, "--spool", str(spool), *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, "EOC_LANG": "en", **environment}, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(process: Process, **facts: Any) -> dict[str, Any]:
    """The first progress (JSON) that says so."""
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while line := await process.stderr.readline():
            said: dict[str, Any] = json.loads(line)
            if facts.items() <= said.items():
                return said
    raise AssertionError(f"never said {facts}")


# -- what arrives -----------------------------------------------------------------------------------------------------


async def test_everything_arrives_once_and_in_order(broker: BrokerAddress, ledger: Ledger, tmp_path: Path) -> None:
    records = [record(i, f"s{i % 3}") for i in range(600)]
    async with ingesting(broker, ledger) as ingest:
        options = GatewayOptions(url(broker), tmp_path / "spool", given(tmp_path, records))
        assert await run_gateway(options) == 0
        assert times(ledger) == list(range(600))
        assert ingest.tally == (600, 600, 0, 0)
    for station in ("s0", "s1", "s2"):
        assert ledger.seqs(station) == list(range(1, 201))
    assert sorted(path.name for path in (tmp_path / "spool").iterdir()) == ["lock", "rejected.jsonl"]


async def test_the_command_reads_a_pipe_and_says_how_it_went(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), tmp_path / "spool", "--json") as process:
        out, err = await process.communicate(lines(record(i) for i in range(50)).removesuffix(b"\n"))
        assert process.returncode == 0
    facts = {"read": 50, "sent": 50, "accepted": 50, "refused": 0, "waiting": 0, "finished": True}
    summary = json.loads(out)
    assert facts.items() <= summary.items()
    assert summary["rate_per_s"] > 0
    said = [json.loads(line) for line in err.splitlines()]
    assert said[-1] == summary
    assert len(said) >= 2


async def test_progress_is_for_people_in_their_language(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    async with ingesting(mosquitto_5, ledger):
        for language, words in (("en", "done: 1 read, 1 safe, 0 refused"), ("vi", "xong: đã đọc 1, an toàn 1")):
            async with gateway(url(mosquitto_5), tmp_path / language, EOC_LANG=language) as process:
                out, err = await process.communicate(lines([record(1)]))
            assert out == b""
            assert words in err.decode().splitlines()[-1]


async def test_an_empty_input_needs_no_broker(tmp_path: Path) -> None:
    async with gateway(NOBODY, tmp_path / "spool") as process:
        await process.communicate(b"\n \n")
    assert process.returncode == 0
    closed = await asyncio.create_subprocess_shell(
        f"exec '{EOC}' gateway --mqtt {NOBODY} --spool '{tmp_path / 'spool'}' <&-", stderr=PIPE, cwd=ROOT
    )
    await closed.communicate()
    assert closed.returncode == 0


# -- what is refused --------------------------------------------------------------------------------------------------


async def test_what_is_refused_is_kept_with_its_reason_and_exits_1(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    bad = [b'{"station":"s1",', lines([record(2, data={"level": 1})]).strip(), b"\xff\xfe"]
    conflict = record(1, data={"water_level_m": 42.0})
    future = {"station": "s1", "ts": "2099-01-01T00:00:00Z", "data": {"water_level_m": 1.0}}
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), tmp_path) as process:
        _, err = await process.communicate(b"\n".join([*bad, lines([record(1), conflict, future, record(3)])]))
    assert process.returncode == 1
    assert times(ledger) == [1, 3]
    entries = rejected(tmp_path)
    here, there = entries[:3], entries[3:]
    assert [(each["by"], each["code"]) for each in here] == [
        ("gateway", "json_invalid"),
        ("gateway", "property_unknown"),
        ("gateway", "not_utf8"),
    ]
    assert sorted((each["by"], each["code"]) for each in there) == [("eoc", "conflict"), ("eoc", "in_future")]
    assert [each["line"] for each in here[:2]] == [each.decode() for each in bad[:2]]
    assert entries[1]["params"] == {"property": "level"}
    assert entries[2]["base64"] == "//4="
    again = {each["code"]: json.loads(each["line"]) for each in there}
    assert again["conflict"]["data"] == {"water_level_m": 42.0}
    assert again["conflict"]["station"] == "s1"
    assert again["in_future"]["ts"] == future["ts"]
    assert len(ledger.refused) == 2
    assert "5 refused" in err.decode()
    assert str(tmp_path / "rejected.jsonl") in err.decode()


async def test_a_line_of_any_length_costs_no_more_than_itself(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    endless = b'{"station":"s1","q":{"note":"' + b"x" * 3_000_000 + b'"}}\n'
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), tmp_path) as process:
        await process.communicate(lines([record(1)]) + endless + lines([record(2)]))
    assert process.returncode == 1
    assert times(ledger) == [1, 2]
    (entry,) = rejected(tmp_path)
    assert entry["code"] == "payload_too_large"


async def test_a_torn_line_of_rejections_is_cut_off(mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "rejected.jsonl").write_text('{"code":"whole"}\n{"code":"to')
    async with ingesting(mosquitto_5, ledger):
        options = GatewayOptions(url(mosquitto_5), tmp_path, given(tmp_path, [record(1), {"station": "s1"}]))
        assert await run_gateway(options) == 1
    assert [each["code"] for each in rejected(tmp_path)] == ["whole", "field_missing"]


async def test_records_that_rotted_on_the_disk_are_told(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    spool = Spool.open(tmp_path)
    spool.append([("s1", json.dumps(record(i, seq=i, boot="b")).encode()) for i in range(3)])
    spool.close()
    (segment,) = tmp_path.glob("*.seg")
    segment.write_bytes(segment.read_bytes().replace(b'"seq": 1', b'"seq": 7'))
    async with ingesting(mosquitto_5, ledger):
        assert await run_gateway(GatewayOptions(url(mosquitto_5), tmp_path, given(tmp_path, []))) == 1
    assert times(ledger) == [0, 2]
    (entry,) = rejected(tmp_path)
    assert entry["code"] == "spool_damaged"
    assert '"seq": 7' in entry["line"]


# -- tapes ------------------------------------------------------------------------------------------------------------

TAPE = b"""time_utc,water_level_m,rain_mm
2023-11-14T22:13:20Z,1.5,0
2023-11-14T22:13:21Z,Ice,0.2
2023-11-14T22:13:22Z,,
yesterday,1.0,0
2023-11-14T22:13:24Z,1.25,
"""


@pytest.mark.parametrize("where", ["file", "stdin"])
async def test_a_tape_is_sent_and_what_it_does_not_say_is_told(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path, where: str
) -> None:
    file = tmp_path / "tape.csv"
    file.write_bytes(TAPE)
    spool = tmp_path / "spool"
    options = ["--station", "s1", "--json", *([str(file)] if where == "file" else [])]
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), spool, *options) as process:
        out, _ = await process.communicate(TAPE if where == "stdin" else b"")
    assert process.returncode == 1
    assert {"accepted": 3, "refused": 2, "skipped": 1}.items() <= json.loads(out).items()
    rows = ledger._database.execute("select property, value from reading order by observed_at, property").fetchall()
    assert rows == [("rain_mm", 0), ("water_level_m", 1.5), ("rain_mm", 0.2), ("water_level_m", 1.25)]
    told = [(each["code"], each["line"]) for each in rejected(spool)]
    lines = TAPE.decode().splitlines()
    assert told == [("tape.not_a_number", lines[2]), ("tape.bad_time", lines[4])]
    assert sorted(path.name for path in spool.iterdir()) == ["lock", "rejected.jsonl"]


async def test_one_column_of_a_tape(mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "tape.csv"
    file.write_bytes(TAPE.replace(b"Ice", b"1.6").replace(b"yesterday", b"2023-11-14T22:13:23Z"))
    options = GatewayOptions(url(mosquitto_5), tmp_path / "spool", file, "s1", "water_level_m")
    async with ingesting(mosquitto_5, ledger):
        assert await run_gateway(options) == 0
    assert [row[0] for row in ledger._database.execute("select value from reading")] == [1.5, 1.6, 1.0, 1.25]


# -- what is lost on the way ------------------------------------------------------------------------------------------


async def test_what_the_broker_took_and_nobody_answered_is_sent_again_after_five_seconds(
    mosquitto_5: BrokerAddress, tmp_path: Path
) -> None:
    """A PUBACK is not a receipt: everything is heard, confirmed by the broker, and yet kept and sent once more."""
    moments: list[float] = []
    async with device(mosquitto_5, "peer") as peer, gateway(url(mosquitto_5), tmp_path, "--json") as process:
        await peer.listen("eoc/v1/+/obs")
        assert process.stdin is not None
        process.stdin.write(lines([record(1, seq=7, boot="b")]))
        process.stdin.close()
        while len(moments) < 2:
            await until(lambda: len(peer.heard) > len(moments))
            moments.append(asyncio.get_running_loop().time())
        assert 4.5 < moments[1] - moments[0] < 8
        assert [payload["seq"] for _, payload in peer.heard] == [7, 7]
        await peer.send("eoc/v1/s1/ack", {"boot": "b", "seq": [[7, 7]], "errors": []})
        out, _ = await process.communicate()
        assert process.returncode == 0
        assert json.loads(out)["sent"] == 2


async def test_a_broker_killed_in_the_middle_loses_nothing(
    mosquitto: Mosquitto, ledger: Ledger, tmp_path: Path
) -> None:
    address = at(mosquitto.host, mosquitto.port)
    ledger.slow_s = 0.02
    options = GatewayOptions(url(address), tmp_path / "spool", given(tmp_path, (record(i) for i in range(4_000))))
    async with ingesting(address, ledger):
        running = asyncio.ensure_future(run_gateway(options))
        for mark in (500, 2_500):
            await until(lambda mark=mark: ledger.count >= mark, 60)  # type: ignore[misc]
            mosquitto.kill()
            assert not running.done()
            mosquitto.restart()
        assert await running == 0
    assert times(ledger) == list(range(4_000))
    assert not rejected(tmp_path / "spool")


@pytest.mark.parametrize("killed_at", [300, 2_100])
async def test_a_gateway_killed_at_any_moment_loses_nothing_it_had_taken(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path, killed_at: int
) -> None:
    ledger.slow_s = 0.01
    fed = lines(record(i) for i in range(4_000))
    async with ingesting(mosquitto_5, ledger):
        async with gateway(url(mosquitto_5), tmp_path) as process:
            assert process.stdin is not None
            process.stdin.write(fed)
            await until(lambda: ledger.count >= killed_at)
            process.kill()
            await process.wait()
        spool = Spool.open(tmp_path)
        taken = {json.loads(each.payload)["ts"] for each in spool.read(10_000)}
        spool.close()
        before = set(times(ledger))
        assert taken
        async with gateway(url(mosquitto_5), tmp_path) as process:
            await process.communicate(b"")
            assert process.returncode == 0
        after = times(ledger)
        assert len(after) == len(set(after))
        assert set(after) == before | {(ts - START_MS) // 1000 for ts in taken}
        # It takes the input in order: nothing is missing before the last that it had taken.
        assert after == list(range(len(after)))
        # Whoever feeds it all once more makes no second of anything.
        async with gateway(url(mosquitto_5), tmp_path) as process:
            await process.communicate(fed)
            assert process.returncode == 0
        assert times(ledger) == list(range(4_000))


@pytest.mark.parametrize(("number", "broker_is"), [(signal.SIGTERM, "away"), (signal.SIGINT, "deaf")])
async def test_asked_to_stop_it_says_what_is_left_and_the_next_run_delivers_it(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path, number: signal.Signals, broker_is: str
) -> None:
    first = NOBODY if broker_is == "away" else url(mosquitto_5)
    async with gateway(first, tmp_path, "--json") as process:
        assert process.stdin is not None
        process.stdin.write(lines(record(i) for i in range(50)) + b'{"station":"s1","ts":')
        await told(process, read=50, waiting=50, connected=broker_is == "deaf")
        process.send_signal(number)
        out, err = await process.communicate()
        assert process.returncode == 1
    assert json.loads(out)["waiting"] == 50
    assert f"50 records are still in {tmp_path}" in err.decode()
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), tmp_path) as process:
        await process.communicate(b"")
        assert process.returncode == 0
    assert times(ledger) == list(range(50))
    assert not rejected(tmp_path)


async def test_asked_to_stop_with_nothing_left_it_still_says_that_the_input_went_on(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path
) -> None:
    async with ingesting(mosquitto_5, ledger), gateway(url(mosquitto_5), tmp_path, "--json") as process:
        assert process.stdin is not None
        process.stdin.write(lines([record(1)]))
        await told(process, accepted=1, waiting=0)
        process.terminate()
        _, err = await process.communicate()
        assert process.returncode == 1
    assert "before the input had ended" in err.decode()


async def test_a_full_disk_makes_the_input_wait(
    mosquitto_5: BrokerAddress, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    refusals = iter([True] * 3)
    sync = os.fdatasync

    def full(descriptor: int) -> None:
        if next(refusals, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", full)
    options = GatewayOptions(url(mosquitto_5), tmp_path, given(tmp_path, (record(i) for i in range(20))))
    async with ingesting(mosquitto_5, ledger):
        assert await run_gateway(options) == 0
    assert times(ledger) == list(range(20))
    assert capfd.readouterr().err.count("No space left on device") == 1


# -- wrong usage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mqtt", "options", "code"),
    [
        ("nonsense", [], "invalid.mqtt_url"),
        ("http://127.0.0.1:1", [], "invalid.mqtt_url"),
        (NOBODY, ["none.csv", "--station", "s1"], "tape.not_found"),
        (NOBODY, ["none.jsonl"], "tape.not_found"),
        (NOBODY, ["tape.csv"], "usage.station_missing"),
        (NOBODY, ["tape.csv", "--station", "a/b"], "invalid.station_id"),
        (NOBODY, ["tape.csv", "--station", "s1", "--property", "snow"], "tape.unknown_property"),
        (NOBODY, ["--station", "s1"], "tape.no_time_column"),
    ],
)
async def test_wrong_usage_is_one_clear_line_and_exits_2(
    tmp_path: Path, mqtt: str, options: list[str], code: str
) -> None:
    (tmp_path / "tape.csv").write_bytes(TAPE)
    options = [str(tmp_path / each) if each.endswith(("csv", "jsonl")) else each for each in options]
    async with gateway(mqtt, tmp_path / "spool", *options) as process:
        _, err = await process.communicate(b"level,rain\n1,2\n")
    assert process.returncode == 2
    said = [line for line in err.decode().splitlines() if line.startswith("eoc: ")]
    assert len(said) == 1
    assert code in said[0]
    assert said[0] != f"eoc: {code}"
    assert "Traceback" not in err.decode()


async def test_one_spool_has_one_gateway(tmp_path: Path) -> None:
    async with gateway(NOBODY, tmp_path, "--json") as first:
        await told(first, read=0)
        async with gateway(NOBODY, tmp_path) as second:
            _, err = await second.communicate(lines([record(1)]))
        assert second.returncode == 2
        assert err.decode().startswith("eoc: The folder")
        with pytest.raises(Refused):
            await run_gateway(GatewayOptions(NOBODY, tmp_path))
        assert first.returncode is None


async def test_a_spool_that_is_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("")
    with pytest.raises(Refused) as told:
        await run_gateway(GatewayOptions(NOBODY, tmp_path / "spool"))
    assert told.value.code == "usage.spool_unusable"
    with pytest.raises(Invalid):
        await run_gateway(GatewayOptions("mqtt://", tmp_path / "other"))
    assert not (tmp_path / "other").exists()
