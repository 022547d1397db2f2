"""Lint, types and import rules: all of them run, then the outcome of each is said.

python -m tools.check
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "ruff": ["ruff", "check", "."],
    "mypy": ["mypy"],
    "import rules": ["lint-imports", "--no-logo"],
}


def main() -> int:
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        started = time.monotonic()
        result = subprocess.run(
            [BIN / program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        verdict = "ok" if result.returncode == 0 else "FAILED"
        print(f"{name}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
        if result.returncode != 0:
            failed.append(name)
            print(result.stdout.decode(errors="replace"), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
