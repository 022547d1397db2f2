"""The hooks run from the checkout's own environment, so they work without a network."""

import subprocess
import sys
from pathlib import Path

import yaml

from tools.check import PYTHON_CHECKS

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"


def test_every_hook_is_local_and_its_program_is_installed() -> None:
    repositories = yaml.safe_load(CONFIG.read_text("utf-8"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {hook["id"] for hook in hooks} == {"ruff", "mypy", "import-rules"}
    for hook in hooks:
        assert hook["language"] == "system"
        program = Path(hook["entry"].split()[0])
        assert program.parent == Path(".venv/bin")
        assert Path(sys.executable).with_name(program.name).exists()


def test_the_hooks_check_what_make_check_checks() -> None:
    hooks = yaml.safe_load(CONFIG.read_text("utf-8"))["repos"][0]["hooks"]
    assert {Path(hook["entry"].split()[0]).name for hook in hooks} == {Path(c.command[0]).name for c in PYTHON_CHECKS}


def test_the_file_is_valid() -> None:
    pre_commit = Path(sys.executable).with_name("pre-commit")
    subprocess.run([pre_commit, "validate-config", CONFIG], check=True, capture_output=True)
