"""`eoc forecast backtest`: the table, the picture, the JSON, and clear refusals."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eoc.forecast.gauge import Series
from tests.forecast.rivers import part, river


def tape_in(folder: Path, series: Series, name: str = "song-thu.csv") -> Path:
    file = folder / name
    moments = (datetime.fromtimestamp(at, UTC) for at in series.times_s)
    rows = (f"{at:%Y-%m-%dT%H:%M:%SZ},{level}\n" for at, level in zip(moments, series.levels_m, strict=True))
    file.write_text("time_utc,water_level_m\n" + "".join(rows), "utf-8")
    return file


def eoc(*arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui", "forecast", "backtest", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "EOC_LANG": language, "HOME": "/tmp", "MPLCONFIGDIR": "/tmp/eoc-mpl"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tape_in(tmp_path_factory.mktemp("tape"), part(river()[0], 60 * 96))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["RISING LIMBS", "persistence", "CRPS (m)"]), ("vi", ["NƯỚC ĐANG LÊN", "giữ nguyên", "Sai số TB (m)"])],
)
def test_it_prints_the_table_and_draws_the_picture(tape: Path, tmp_path: Path, language: str, words: list[str]) -> None:
    picture = tmp_path / "made" / "here.png"
    done = eoc(str(tape), "--plot", str(picture), "--threshold", "1.8", language=language)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in words)
    assert "{{" not in done.stdout
    assert str(picture) in done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000


def test_the_picture_lies_beside_the_tape(tape: Path) -> None:
    done = eoc(str(tape), "--scheme", "others")
    assert done.returncode == 0, done.stderr
    assert tape.with_name("song-thu.forecast.png").exists()


def test_json_has_every_figure(tape: Path) -> None:
    done = eoc(str(tape), "--json", "--no-plot")
    said = json.loads(done.stdout)
    assert said["mean_3_6h"]["rising"]["eoc"]["mae_m"] > 0
    assert {each["contender"] for each in said["scores"]} == {"eoc", "recession", "persistence", "linear"}
    assert len(said["judged"]) + len(said["untrained"]) == said["floods"]
    assert "plot" not in done.stderr


def test_what_cannot_be_judged_is_refused(tape: Path, tmp_path: Path) -> None:
    short = tape_in(tmp_path, part(river()[0], 2 * 96), "short.csv")
    bare = tmp_path / "bare.csv"
    bare.write_text("time_utc,water_level_m\n", "utf-8")
    other = tmp_path / "rain.csv"
    other.write_text("time_utc,rain_mm\n2026-01-01T00:00:00Z,1\n", "utf-8")
    for arguments, code, said in (
        ([str(tape), "--scheme", "sideways"], 2, "invalid.scheme"),
        ([str(short), "--no-plot"], 1, "forecast.too_"),
        ([str(bare), "--no-plot"], 2, "tape."),
        ([str(other), "--no-plot"], 2, "tape."),
        ([str(tmp_path / "none.csv"), "--no-plot"], 2, "tape.not_found"),
    ):
        done = eoc(*arguments)
        assert (done.returncode, said in done.stderr) == (code, True), (arguments, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stdout == ""
