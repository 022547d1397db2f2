"""The whole product as a process of its own: started, spoken to, killed, as its users and its enemies would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.services.children import free_port

PASSWORD = "mat-khau-thu"
START_S = 60.0
T = TypeVar("T")


class Product:
    """`eoc run` (or another command) on a data folder; ports stay the same over restarts."""

    def __init__(self, folder: Path, *options: str, command: str = "run", **environment: str) -> None:
        self.folder = folder
        self.port, self.mqtt_port, self.mqtt_v5_port = free_port(), free_port(), free_port()
        self._options = [command, "--port", str(self.port), "--data-dir", str(folder), *options]
        self._environment = {
            **os.environ,
            "EOC_DATA_DIR": str(folder),
            "EOC_MQTT_PORT": str(self.mqtt_port),
            "EOC_MQTT_V5_PORT": str(self.mqtt_v5_port),
            "EOC_ADMIN_PASSWORD": PASSWORD,
            "EOC_DEMO_PASSWORD": PASSWORD,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of the running product."""
        return self._process.pid if self._process is not None else None

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def start(self, *, wait: bool = True) -> "Product":
        """Start it; by default until it says that it is ready."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ui", *self._options],
                env=self._environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        if wait:
            self.until_ready()
        return self

    def until_ready(self) -> None:
        def _ready() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"the product ended:\n{self.tail()}"
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
            return False

        until(_ready, START_S, lambda: f"the product is not ready:\n{self.tail()}")

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is tidied up."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(timeout=30)

    def client(self, account: str = "admin") -> httpx.Client:
        """An HTTP client logged in as `account`."""
        form = {"username": account, "password": PASSWORD}
        answer = httpx.post(f"{self.url}/api/v1/auth/token", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)

    def add_user(self, name: str, role: str) -> None:
        """An account made with the command line beside the running product."""
        self.run("user", "add", name, "--role", role, "--password-stdin", given=PASSWORD + "\n")

    def run(self, *arguments: str, given: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """An `eoc` command on the same data folder."""
        done = subprocess.run(
            [sys.executable, "-m", "ui", *arguments],
            env=self._environment,
            input=given or "",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def credential(self, station: str) -> dict[str, Any]:
        with self.client() as admin:
            answer = admin.post(f"/stations/{station}/credential")
        found: dict[str, Any] = answer.json()
        return found

    @property
    def mqtt_url(self) -> str:
        """The product's own broker, with its credential."""
        facts = json.loads((self.folder / "broker" / "credential.json").read_text())
        return f"mqtt://{facts['username']}:{facts['password']}@127.0.0.1:{facts['v5_port']}?version=5"

    def metrics(self) -> dict[str, float]:
        """Every Prometheus figure, of one moment."""
        lines = httpx.get(f"{self.url}/metrics", timeout=10).text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}

    def metric(self, name: str) -> float:
        """One of them."""
        return self.metrics()[name]


@contextlib.contextmanager
def running(folder: Path, *options: str, command: str = "run", **environment: str) -> Iterator[Product]:
    """A product for the length of the block."""
    product = Product(folder, *options, command=command, **environment)
    try:
        yield product.start()
    finally:
        product.kill()


def until(condition: Callable[[], bool], seconds: float, explain: Callable[[], str] = lambda: "") -> None:
    """Poll until the condition holds; fails with an explanation at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, explain() or f"not within {seconds} s"
        time.sleep(0.05)


def seen(ask: Callable[[], T], good: Callable[[T], bool], seconds: float = 20.0) -> T:
    """Ask until the answer is good; the last answer is part of the failure."""
    answers: list[T] = []

    def _look() -> bool:
        answers[:] = [ask()]
        return good(answers[0])

    until(_look, seconds, lambda: f"last answer: {answers}")
    return answers[0]


def pages(client: httpx.Client, path: str, **params: Any) -> Sequence[dict[str, Any]]:
    """All items of a paged list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = client.get(path, params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return items
