"""`eoc hazard fwi` and `eoc hazard nesterov`: the contract's columns in, codes out, mistakes by line and column."""

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from eoc.errors import Invalid
from eoc.hazards.weather_table import read_table
from tests.hazards.fwi_tables import AT_12_NORTH, DAYS, FULL_PRECISION
from ui.cli import main

HEADER = "date,temperature_c,humidity_pct,wind_speed_kmh,rain_mm\n"
TABLE = HEADER + "".join(
    f"{date(1985, int(month), int(day))},{t:g},{h:g},{w:g},{r:g}\n" for month, day, t, h, w, r in DAYS
)


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: options, standard input, output and exit code as a shell would see them."""
    monkeypatch.setenv("EOC_LANG", "en")

    def _run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["eoc", "hazard", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Done(int(ended.value.code or 0), told.out, told.err)

    return _run


def test_the_published_days_come_out_with_six_codes_appended(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text(TABLE, encoding="utf-8")
    done = run("fwi", str(file))
    assert (done.returncode, "147.2" in done.stderr) == (0, True)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0])[-6:] == ["ffmc", "dmc", "dc", "isi", "bui", "fwi"]
    assert [rows[0]["date"], rows[0]["wind_speed_kmh"]] == ["1985-04-13", "25"]
    for row, expected in zip(rows, FULL_PRECISION, strict=True):
        assert [float(row[name]) for name in list(row)[-6:]] == pytest.approx(expected, rel=1e-3)


def test_latitude_stdin_and_json(run: Run) -> None:
    done = run("fwi", "--lat", "12", "--json", "-", stdin=TABLE)
    told = json.loads(done.stdout)
    assert told["fwi_constants"] == {"ffmc": "147.2", "dmc_day_length": "20n", "dc_day_length": "equator"}
    for item, expected in zip(told["items"], AT_12_NORTH, strict=True):
        assert [item[name] for name in ("ffmc", "dmc", "dc", "isi", "bui", "fwi")] == pytest.approx(expected, rel=1e-3)
    later = json.loads(run("fwi", "--constant", "147.27723", "--json", "-", stdin=TABLE).stdout)
    assert later["items"][0]["ffmc"] == pytest.approx(87.6494, abs=1e-4)


def test_nesterov_takes_the_packs_table(run: Run) -> None:
    dry = "".join(f"2026-03-{day:02},35,45,10,0\n" for day in range(1, 21))
    done = run("nesterov", "-", stdin=HEADER + dry + "2026-03-21,30,80,5,5\n2026-03-22,35,45,10,0\n")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [rows[index]["level"] for index in (0, 17, 18, 19)] == ["1", "4", "5", "5"]
    assert (rows[20]["p"], rows[20]["level"]) == ("0", "1")
    assert float(rows[21]["p"]) == pytest.approx(float(rows[0]["p"]))
    original = run("nesterov", "--table", "nesterov-goc", "-", stdin=HEADER + dry)
    assert list(csv.DictReader(io.StringIO(original.stdout)))[3]["level"] == "4"
    assert run("nesterov", "--table", "no-such", "-", stdin=HEADER + dry).returncode == 1


def test_a_gap_is_told_and_the_sum_goes_on(run: Run) -> None:
    done = run("nesterov", "-", stdin=HEADER + "2026-03-01,35,45,10,0\n2026-03-04,35,45,10,0\n")
    assert "2 day(s) missing" in done.stderr
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("table", "code", "facts"),
    [
        ("", "invalid.table_empty", {}),
        (HEADER, "invalid.table_empty", {}),
        ("date,temperature_c\n2026-03-01,30\n", "invalid.table_columns", {"line": 1}),
        (HEADER.replace("rain_mm", "rain_mm,rain_mm"), "invalid.table_repeated", {"columns": "rain_mm"}),
        (HEADER + "2026-03-01,30,50,10\n", "invalid.table_cells", {"line": 2, "got": 4}),
        (HEADER + "2026-03-01,30,50,10,\n", "invalid.table_missing", {"line": 2, "column": "rain_mm"}),
        (HEADER + '2026-03-01,"30,5",50,10,0\n', "invalid.table_number", {"column": "temperature_c"}),
        (HEADER + "2026-03-01,30,50,10,nan\n", "invalid.table_number", {"column": "rain_mm"}),
        (HEADER + "2026-03-01,86,50,10,0\n", "invalid.table_range", {"column": "temperature_c"}),
        (HEADER + "2026-03-01,30,50,10,-9999\n", "invalid.table_range", {"column": "rain_mm", "line": 2}),
        (HEADER + "01/03/2026,30,50,10,0\n", "invalid.table_date", {"line": 2, "got": "01/03/2026"}),
        (HEADER + "2026-03-02,30,50,10,0\n\n2026-03-02,30,50,10,0\n", "invalid.table_order", {"line": 4}),
        (HEADER + '2026-03-02,30,50,10,"0\n', "invalid.table_syntax", {"line": 2}),
    ],
)
def test_every_mistake_is_named_by_line_and_column(table: str, code: str, facts: dict[str, object]) -> None:
    with pytest.raises(Invalid) as told:
        read_table(table, ("temperature_c", "humidity_pct", "wind_speed_kmh", "rain_mm"))
    assert told.value.code == code
    assert facts.items() <= dict(told.value.params).items()


def test_a_mistake_is_one_clear_line_and_exit_2(run: Run) -> None:
    done = run("fwi", "-", stdin=HEADER + "2026-03-01,30,,10,0\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().splitlines() == [
        "eoc: Line 2, column humidity_pct: empty (missing is not zero) [invalid.table_missing]"
    ]
    assert run("fwi", "no-such-file.csv").returncode == 1
