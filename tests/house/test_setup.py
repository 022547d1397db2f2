"""`make setup`: says what it does, does it once, and tells in one line what is wrong."""

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tools import programs, setup
from tools.commands import SetupError
from tools.setup import Machine, Step, carry_out

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A checkout in a temporary folder, with an empty .venv."""
    for name in ("CACHE", "VENV"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setattr(setup, name, folder)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "PYTHON", setup.VENV / "bin" / "python")
    return Machine("run")


def never() -> None:
    raise AssertionError("this step is already done")


def test_steps_that_are_done_are_passed_over_and_the_rest_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    carry_out(
        [
            Step("Already there", lambda: True, never),
            Step("Doing it", lambda: bool(done), lambda: done.append("it")),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert done == ["it"]
    assert lines[0] == "[1/2] Already there ... ready"
    assert lines[1].startswith("[2/2] Doing it ... done (")
    assert lines[2].startswith("Set-up complete (")


def test_when_all_is_done_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    carry_out([Step("Already there", lambda: True, never)] * 5)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Set-up complete (")


def test_a_failure_is_one_clear_line_and_exit_code_1(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise SetupError("There is no network: plug in the cable.")

    monkeypatch.setattr(Machine, "steps", lambda _self: [Step("Fetching", lambda: False, fails)])
    assert setup.main(["--for", "test"]) == 1
    said = capsys.readouterr()
    assert said.out == "[1/1] Fetching ... failed\n"
    assert said.err == "There is no network: plug in the cable.\n"


def test_a_python_without_ensurepip_is_told_what_to_install(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "has_module", lambda name: False)
    monkeypatch.setattr(programs, "apt_install", lambda succeeds, package: False)
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        machine.create_environment()


def test_an_old_python_is_refused_by_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert setup.main([]) == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_a_program_that_fails_is_in_the_log_and_the_advice_names_it(machine: Machine) -> None:
    with pytest.raises(SetupError, match=r"Get a better one\. What happened is at the end of cache/setup\.log\."):
        machine.run([sys.executable, "-c", "print('no such luck'); raise SystemExit(3)"], "Get a better one.")
    assert "no such luck" in machine.log.read_text("utf-8")


def test_a_program_that_is_missing_or_hangs_counts_as_failed(machine: Machine) -> None:
    assert machine.succeeds(["/nowhere/at-all"]) is False
    assert machine.succeeds([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.2) is False


def test_running_after_testing_keeps_the_larger_environment(machine: Machine) -> None:
    assert machine._packages_stamp().startswith("run:")
    machine.remember(packages=Machine("test")._packages_stamp())
    assert machine.has_packages()
    assert Machine("test").has_packages()
    machine.remember(packages="test:of an older lock")
    assert not machine.has_packages()
    assert machine._packages_stamp().startswith("test:")


def test_testing_after_running_asks_for_more(machine: Machine) -> None:
    machine.remember(packages=machine._packages_stamp())
    assert machine.has_packages()
    assert not Machine("test").has_packages()


def test_an_environment_that_was_moved_or_belongs_to_another_python_is_made_anew(machine: Machine) -> None:
    machine.create_environment()
    assert machine.has_environment()
    machine.remember(packages=machine._packages_stamp())
    machine.remember(place="/somewhere/else/.venv")
    assert not machine.has_environment()
    machine.create_environment()
    assert machine.has_environment()
    assert not machine.has_packages()
    machine.remember(python="3.10.0")
    assert not machine.has_environment()


def test_a_damaged_memory_means_doing_it_again(machine: Machine) -> None:
    machine.remember(packages=machine._packages_stamp())
    (setup.VENV / "eoc-setup.json").write_text("{half a fi", "utf-8")
    assert not machine.has_packages()


def test_two_calls_take_turns(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []
    inside, may_leave = threading.Event(), threading.Event()

    def first() -> None:
        with setup.only_one_at_a_time():
            inside.set()
            may_leave.wait(10)
            order.append("first")

    def second() -> None:
        with setup.only_one_at_a_time():
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    may_leave.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]


# -- programs from outside -----------------------------------------------------------------------------------------
@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no program is found; returns the folder on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv("EOC_TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(programs, "search_path", lambda: str(folder))
    monkeypatch.setattr(programs, "BROWSERS", tmp_path / "browsers")
    monkeypatch.setattr(programs, "START_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr("tools.programs.os.geteuid", lambda: 0)
    monkeypatch.setattr("tools.programs.shutil.which", _which_in(folder))
    return folder


def _which_in(folder: Path) -> Callable[..., str | None]:
    def which(name: str, path: str | None = None) -> str | None:
        return str(folder / name) if (folder / name).exists() else None

    return which


def program(folder: Path, name: str) -> None:
    (folder / name).write_text("#!/bin/sh\n", "ascii")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_the_path_is_taken(bare_machine: Path, name: str) -> None:
    assert programs.find_chromium() is None
    program(bare_machine, name)
    assert programs.find_chromium() == str(bare_machine / name)


def test_a_named_browser_goes_before_all_others(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine, "chromium")
    monkeypatch.setenv("EOC_TEST_CHROMIUM", "/opt/my/chrome")
    assert programs.find_chromium() == "/opt/my/chrome"


class Package:
    """Stands for the package client: refuses until the list was fetched, then `install` brings the program."""

    def __init__(self, folder: Path, brings: str | None) -> None:
        self.folder, self.brings, self.commands = folder, brings, list[str]()
        self.policy: list[bool] = []
        program(folder, "apt-get")

    def __call__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_s: float = 0,
    ) -> bool:
        self.commands.append(" ".join(Path(word).name for word in command[:2]))
        self.policy.append(bool(programs.START_POLICY.exists() and programs.START_POLICY.stat().st_mode & stat.S_IXUSR))
        if command[0] != "apt-get":
            return False  # the test runner's own download: no network here
        if command[1] == "install" and "apt-get update" in self.commands and self.brings:
            program(self.folder, self.brings)
            return True
        return command[1] == "update"


def test_mosquitto_is_installed_after_fetching_the_package_list_and_never_started(bare_machine: Path) -> None:
    apt = Package(bare_machine, "mosquitto")
    assert programs.install_mosquitto(apt) == "installed"
    assert apt.commands == ["apt-get install", "apt-get update", "apt-get install"]
    assert apt.policy == [True, True, True], "Debian is told not to start services"
    assert not programs.START_POLICY.exists()


def test_chromium_comes_from_the_distribution_when_the_download_fails(bare_machine: Path) -> None:
    apt = Package(bare_machine, "chromium")
    assert programs.install_chromium(apt, ["playwright"]) == "installed"
    assert apt.commands[0] == "playwright install"


def test_what_cannot_be_installed_is_named(bare_machine: Path) -> None:
    nothing = Package(bare_machine, None)
    with pytest.raises(SetupError, match="Install the package chromium"):
        programs.install_chromium(nothing, ["playwright"])
    with pytest.raises(SetupError, match="Install the package mosquitto"):
        programs.install_mosquitto(nothing)


def test_an_ordinary_user_is_told_instead_of_asked_for_a_password(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.programs.os.geteuid", lambda: 1000)
    apt = Package(bare_machine, "mosquitto")
    with pytest.raises(SetupError, match="Install the package mosquitto"):
        programs.install_mosquitto(apt)
    assert apt.commands == []


# -- make ----------------------------------------------------------------------------------------------------------
def make(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env={**clean, **environment}, capture_output=True, text=True, check=False
    )


def test_make_alone_lists_the_targets() -> None:
    listed = {line.split()[1] for line in make().stdout.splitlines()}
    assert {"setup", "run", "test", "test-long", "check", "bench", "docs", "clean", "lock"} <= listed


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n", "ascii")
        (tmp_path / name).chmod(0o755)
    refused = make("setup", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert refused.returncode == 2
    assert "EOC needs Python 3.11 or newer" in refused.stderr


def test_make_takes_another_python_when_the_first_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n", "ascii")
    (tmp_path / "python3").chmod(0o755)
    (tmp_path / "python3.11").symlink_to(sys.executable)
    planned = make("-n", "setup", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert "python3.11 -m tools.setup" in planned.stdout


@pytest.mark.parametrize("home", ["", "missing"])
def test_without_a_home_folder_caches_stay_in_the_checkout(tmp_path: Path, home: str) -> None:
    missing = str(tmp_path / home) if home else ""
    show = "include Makefile\nshow:\n\t@echo $$HOME\n"
    (tmp_path / "show.mk").write_text(show, "ascii")
    shutil.copy(ROOT / "Makefile", tmp_path)
    assert make("-f", "show.mk", "show", folder=tmp_path, HOME=missing).stdout.strip() == f"{tmp_path}/.cache/home"
    assert make("-f", "show.mk", "show", folder=tmp_path, HOME=str(tmp_path)).stdout.strip() == str(tmp_path)


def test_variables_reach_the_command() -> None:
    planned = make("-n", "run", "PORT=9000", "DATA=elsewhere", f"PYTHON={sys.executable}").stdout
    assert "eoc demo --host 127.0.0.1 --port 9000 --data-dir elsewhere" in planned


def test_the_build_server_runs_what_a_developer_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("ascii")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert script.startswith("#!/usr/bin/env bash\n")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[-2:] == ["export CI=true", "exec make test"]
