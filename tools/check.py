"""Lint, types and import rules, of the Python and of the web side: all of them run, then the outcome of each is said.

python -m tools.check
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools import build_ui

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """A program that exits 0 when all is well; its output matters only when not."""

    name: str
    command: Sequence[str]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)


PYTHON_CHECKS = [
    Check("ruff", [str(BIN / "ruff"), "check", "."]),
    Check("mypy", [str(BIN / "mypy")]),
    Check("import rules", [str(BIN / "lint-imports"), "--no-logo"]),
]


def web_checks(root: Path = ROOT) -> list[Check]:
    """The web project's own scripts `check` and `test`, where it has them."""
    if not build_ui.has_sources(root):
        return []
    web = build_ui.web_folder(root)
    scripts = json.loads((web / "package.json").read_text("utf-8"))["scripts"]
    environment = {"PATH": build_ui.path_with_node(build_ui.run_visibly)}
    names = {"check": "web: lint and types", "test": "web: tests"}
    return [Check(names[each], ["npm", "run", each], web, environment) for each in names if each in scripts]


def passes(check: Check) -> bool:
    """Run one check and say how it went; what it printed follows when it failed."""
    started = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.folder,
        env={**os.environ, **check.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{check.name}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace"), flush=True)
    return done.returncode == 0


def main() -> int:
    outcomes = [passes(check) for check in [*PYTHON_CHECKS, *web_checks()]]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
