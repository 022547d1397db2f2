"""`make check` runs everything and hides nothing."""

import json
import sys
from pathlib import Path

import pytest

from tests.house.fake_web import plant_web
from tools import check
from tools.check import Check, passes, web_checks


def test_a_check_that_fails_is_shown_with_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert passes(Check("good", [sys.executable, "-c", "print('all quiet')"]))
    assert not passes(Check("bad", [sys.executable, "-c", "print('line 7 is wrong'); raise SystemExit(1)"]))
    said = capsys.readouterr().out
    assert said.startswith("good: ok (")
    assert "all quiet" not in said
    assert "bad: FAILED (" in said
    assert "line 7 is wrong" in said


def test_one_failure_stops_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [Check(str(code), [sys.executable, "-c", f"raise SystemExit({code})"]) for code in (0, 1, 0)]
    monkeypatch.setattr(check, "PYTHON_CHECKS", checks)
    monkeypatch.setattr(check, "web_checks", list)
    assert check.main() == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if ": " in line] == ["0", "1", "0"]


def test_the_web_projects_own_checks_run_where_it_has_them(tmp_path: Path) -> None:
    assert web_checks(tmp_path) == []
    project = plant_web(tmp_path).parent / "package.json"
    assert web_checks(tmp_path) == []
    content = json.loads(project.read_text("utf-8"))
    content["scripts"] |= {"check": "exit 0", "test": "exit 3"}
    project.write_text(json.dumps(content), "utf-8")
    lint, tests = web_checks(tmp_path)
    assert passes(lint)
    assert not passes(tests)
