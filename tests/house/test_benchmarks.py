"""The benchmarks start and explain themselves; what they measure is no test."""

from pathlib import Path

import pytest

from benchmarks import __main__ as bench


def test_the_promised_ones_are_there() -> None:
    assert {"ingest", "latency"} <= set(bench.names())


def test_the_list_says_what_each_measures(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == bench.names()
    assert all(len(line.split()) > 4 for line in lines)


@pytest.mark.parametrize("name", bench.names())
def test_each_explains_itself_and_has_a_quick_form(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main([name, "--help"])
    assert ended.value.code == 0
    assert "--quick" in capsys.readouterr().out


def test_the_readme_has_a_chapter_for_each() -> None:
    readme = (Path(bench.__file__).parent / "README.md").read_text("utf-8").lower()
    assert [name for name in bench.names() if f"\n## {name}" not in readme] == []


@pytest.mark.parametrize("arguments", [["nothing"], ["--fast"], ["--quick", "--fast"]])
def test_a_request_without_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(arguments) == 2
    assert capsys.readouterr().err
