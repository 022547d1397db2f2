"""The promise of the read-me: a clone, Python and make are enough. Takes minutes and asks the package index."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = {"node", "nodejs", "npm", "npx"}

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "clone"], check=True)
    return tmp_path / "clone"


def path_without(programs: set[str], folder: Path) -> str:
    """A PATH with everything that is on ours, except some programs."""
    folder.mkdir()
    found = {program.name: program for place in ("/usr/sbin", "/usr/bin") for program in Path(place).iterdir()}
    found["python3"] = Path(getattr(sys, "_base_executable", sys.executable))
    for name in found.keys() - programs:
        (folder / name).symlink_to(found[name])
    return str(folder)


def make(clone: Path, target: str, path: str) -> str:
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "NODE_", "npm_"))
    }
    environment = {**kept, "PATH": path, "HOME": str(clone.parent / "no such home")}
    done = subprocess.run(
        ["make", "-s", target], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("missing", [set(), NODE], ids=["with Node", "without Node"])
def test_a_clone_sets_itself_up_without_a_home_folder(clone: Path, tmp_path: Path, missing: set[str]) -> None:
    path = path_without(missing, tmp_path / "bin")
    assert (shutil.which("npm", path=path) is None) == bool(missing)
    said = make(clone, "setup", path)
    assert "[5/5] Building the web pages ... built" in said
    assert not (tmp_path / "no such home").exists()
    assert subprocess.run([clone / ".venv/bin/eoc", "--help"], capture_output=True, check=False).returncode == 0
    assert (clone / "ui/static/app/index.html").exists()

    started = time.monotonic()
    assert make(clone, "setup", path).startswith("Set-up complete (")
    assert time.monotonic() - started < 2
