"""Everything a fresh machine needs before `make run` or `make test`, in one go.

    python3 -m tools.setup               what `make run` needs
    python3 -m tools.setup --for test    the developers' tools, Chromium and Mosquitto as well

Needs only Python 3.11+ with the standard library. Each step looks first whether its result is already there, so a
second call costs a fraction of a second. What the steps' programs print goes to .cache/setup.log; this program prints
one line for each step and, when something fails, one line that says what to do.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import build_ui, programs
from tools.commands import SetupError

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
REQUIREMENTS = ROOT / "requirements"
OLDEST_PYTHON = (3, 11)
LEVELS = {"run": "run.txt", "test": "dev.txt"}


@dataclass(frozen=True)
class Step:
    """One step: what it is called on screen, whether it is already done, and how it is done."""

    title: str
    done: Callable[[], bool]
    do: Callable[[], object]


class Machine:
    """The state of this checkout's set-up: what was done, remembered in a file inside the environment it describes."""

    def __init__(self, level: str) -> None:
        self.log = CACHE / "setup.log"
        self.level = level
        self.environment = child_environment()

    # -- memory ------------------------------------------------------------------------------------------------
    @property
    def _stamp(self) -> Path:
        return VENV / "eoc-setup.json"

    def remembered(self) -> dict[str, str]:
        try:
            stamps: dict[str, str] = json.loads(self._stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps

    def remember(self, **stamps: str) -> None:
        self._stamp.write_text(json.dumps({**self.remembered(), **stamps}, indent=2) + "\n", "utf-8")

    # -- steps -------------------------------------------------------------------------------------------------
    def steps(self) -> list[Step]:
        steps = [
            Step("Creating the Python environment (.venv)", self.has_environment, self.create_environment),
            Step("Fetching the installer (uv)", self.has_installer, self.install_installer),
            Step("Installing Python packages", self.has_packages, self.install_packages),
            Step("Installing the product itself (editable)", self.has_product, self.install_product),
            Step("Building the web pages", build_ui.is_current, lambda: build_ui.build(self.run)),
        ]
        if self.level == "test":
            steps += [
                Step("Finding Chromium for the browser tests", programs.has_chromium, self.install_chromium),
                Step("Finding the Mosquitto broker", programs.has_mosquitto, self.install_mosquitto),
            ]
        return steps

    def has_environment(self) -> bool:
        memory = self.remembered()
        here = memory.get("python") == sys.version and memory.get("place") == str(VENV)
        return here and os.access(PYTHON, os.X_OK)

    def create_environment(self) -> None:
        if not has_module("ensurepip"):  # Debian and Ubuntu cut it off from their Python
            programs.apt_install(self.succeeds, "python3-venv")
        if not has_module("ensurepip"):
            raise SetupError(
                f"{sys.executable} cannot make environments: its venv module lacks ensurepip. "
                "On Debian and Ubuntu: apt-get install python3-venv (or python3-full), then call make again."
            )
        # Programs in an environment carry its place in their first line: one that was moved is made anew.
        moved = self.remembered().get("place", str(VENV)) != str(VENV)
        clear = ["--clear"] if moved or not self._environment_runs_this_python() else []
        self.run([sys.executable, "-m", "venv", *clear, str(VENV)], "The Python environment could not be created.")
        self.remember(python=sys.version, place=str(VENV), bootstrap="", packages="", product="")

    def _environment_runs_this_python(self) -> bool:
        """Then it is kept: filling it may have taken minutes."""
        check = f"import sys; sys.exit(sys.version_info[:3] != {sys.version_info[:3]!r})"
        return self.succeeds([str(PYTHON), "-c", check])

    def has_installer(self) -> bool:
        return self.remembered().get("bootstrap") == digest(REQUIREMENTS / "bootstrap.txt")

    def install_installer(self) -> None:
        """uv makes the next step several times faster; where it has no build for this machine, pip does that step."""
        pip = [str(PYTHON), "-m", "pip"]
        if not self.succeeds([*pip, "--version"]):
            self.run([str(PYTHON), "-m", "ensurepip"], "pip could not be set up in .venv: remove .venv, call again.")
        file = REQUIREMENTS / "bootstrap.txt"
        if not self.succeeds([*pip, "install", "--require-hashes", "--only-binary=:all:", "-r", str(file)]):
            UV.unlink(missing_ok=True)
        self.remember(bootstrap=digest(file))

    def _target_level(self) -> str:
        """`make run` after `make test` keeps the test tools: their file holds every pin of the other one."""
        installed = self.remembered().get("packages", "").partition(":")[0]
        return "test" if "test" in (self.level, installed) else "run"

    def _packages_stamp(self) -> str:
        level = self._target_level()
        return f"{level}:{digest(REQUIREMENTS / LEVELS[level])}"

    def has_packages(self) -> bool:
        return self.remembered().get("packages") == self._packages_stamp()

    def install_packages(self) -> None:
        """Exactly the pinned packages, by hash; only ready-made wheels, so nothing unpinned runs during a build."""
        file = str(REQUIREMENTS / LEVELS[self._target_level()])
        bootstrap = str(REQUIREMENTS / "bootstrap.txt")
        uv = [str(UV), "pip", "sync", "--python", str(PYTHON), "--require-hashes", "--no-build", bootstrap, file]
        pip = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "-r", file]
        if not (UV.exists() and self.succeeds(uv)):
            self.run(pip, "The Python packages could not be installed. Does this machine reach a package index?")
        self.remember(packages=self._packages_stamp(), product="")

    def has_product(self) -> bool:
        return self.remembered().get("product") == digest(ROOT / "pyproject.toml", ROOT / "hatch_build.py")

    def install_product(self) -> None:
        how = ["install", "--no-build-isolation", "--no-deps", "-e", str(ROOT)]
        uv = [str(UV), "pip", *how, "--python", str(PYTHON)]
        if not (UV.exists() and self.succeeds(uv)):
            self.run([str(PYTHON), "-m", "pip", *how], "The product could not be installed into .venv.")
        self.remember(product=digest(ROOT / "pyproject.toml", ROOT / "hatch_build.py"))

    def install_chromium(self) -> str:
        return programs.install_chromium(self.succeeds, [str(PYTHON), "-m", "playwright"])

    def install_mosquitto(self) -> str:
        return programs.install_mosquitto(self.succeeds)

    # -- child programs ----------------------------------------------------------------------------------------
    def succeeds(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_s: float = 1800,
    ) -> bool:
        """Run a program with its output in the log; False when it fails, is missing or takes too long."""
        with self.log.open("ab") as log:
            log.write(f"\n$ {' '.join(command)}\n".encode())
            log.flush()
            try:
                result = subprocess.run(
                    command,
                    cwd=folder or ROOT,
                    env={**self.environment, **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                log.write(f"{error}\n".encode())
                return False
        return result.returncode == 0

    def run(
        self,
        command: Sequence[str],
        advice: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        if not self.succeeds(command, environment, folder):
            raise SetupError(f"{advice} What happened is at the end of {self.log.relative_to(ROOT)}.")


def child_environment() -> dict[str, str]:
    """The caller's environment without what would lead Python into another one."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    return {**environment, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def has_module(name: str) -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec(name) is not None


def digest(*files: Path) -> str:
    """One hash over the contents of the files; a missing file counts as empty."""
    content = b"\0".join(file.read_bytes() if file.exists() else b"" for file in files)
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Two calls in one checkout (`make run` here, `make test` there) take turns."""
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another set-up is running in this folder; waiting for it ...\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(text, end="", flush=True)


def carry_out(steps: Sequence[Step]) -> None:
    """Run what is not done yet, a line for each step; when all is done, say so in one line."""
    started = time.monotonic()
    waiting = [not step.done() for step in steps]
    if any(waiting):
        for number, step in enumerate(steps, 1):
            say(f"[{number}/{len(steps)}] {step.title} ... ")
            step_started = time.monotonic()
            if step.done():
                say("ready\n")
                continue
            note = step.do()
            say(f"{note or 'done'} ({time.monotonic() - step_started:.1f} s)\n")
    say(f"Set-up complete ({time.monotonic() - started:.1f} s).\n")


def main(arguments: Sequence[str] | None = None) -> int:
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write(f"EOC needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n")
        return 2
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--for", dest="level", choices=LEVELS, default="run", help="what to prepare (default: run)")
    level = parser.parse_args(arguments).level
    CACHE.mkdir(exist_ok=True)
    machine = Machine(level)
    try:
        with only_one_at_a_time():
            machine.log.write_bytes(b"")
            carry_out(machine.steps())
    except SetupError as error:
        say("failed\n")
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        say("interrupted\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
