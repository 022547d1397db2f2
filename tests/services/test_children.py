"""Nothing that a test run starts may outlive it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services.children import Child, answers, free_port

ROOT = Path(__file__).resolve().parents[2]


def gone(pid: int, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":  # dead; whoever inherited it has not looked yet
            return True
        time.sleep(0.02)
    return False


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from tests.services.children import Child
child = Child([sys.executable, "-c", "import time; time.sleep(600)"], log=Path({str(tmp_path / "log")!r}))
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    with parent, parent.stdout as output:
        pid = int(output.readline())
        assert not gone(pid, within_s=0.2)
        parent.kill()
    assert gone(pid)


def test_readiness_is_awaited_and_an_early_end_is_told_with_its_log(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "print('no such luck'); raise SystemExit(3)"], log=tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"(?s)code 3.*no such luck"):
        child.wait_until(lambda: False)


def test_a_child_that_never_becomes_ready_is_killed(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "import time; time.sleep(600)"], log=tmp_path / "log")
    with pytest.raises(RuntimeError, match="not ready after"):
        child.wait_until(lambda: False, timeout_s=0.3)
    assert not child.running()


def test_a_child_that_ignores_the_polite_request_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    child = Child([sys.executable, "-c", stubborn], log=tmp_path / "log")
    child.wait_until(lambda: "up" in child.log_tail())
    child.stop(signal.SIGTERM, timeout_s=0.3)
    assert not child.running()


def test_free_ports_are_free_and_below_the_range_of_outgoing_connections() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    ports = {free_port() for _ in range(50)}
    assert len(ports) > 40
    assert all(port < lowest_outgoing and not answers(port) for port in ports)


def test_the_leash_runs_a_program_as_the_user_it_is_told(tmp_path: Path) -> None:
    child = Child([sys.executable, "-c", "import os; print('uid', os.getuid())"], log=tmp_path / "log")
    with pytest.raises(RuntimeError, match="code 0"):
        child.wait_until(lambda: False)
    assert child.log_tail() == f"uid {os.getuid()}"
