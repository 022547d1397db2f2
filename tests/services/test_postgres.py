import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.services.children import User
from tests.services.postgres import (
    FOLDER_PREFIX,
    EmbeddedPostgres,
    Postgres,
    embedded_postgres,
    sweep_orphans,
    temporary_place,
)
from tests.services.test_children import gone

ROOT = Path(__file__).resolve().parents[2]


async def fetch(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_each_test_gets_an_empty_database_of_its_own(postgres_url: str, postgres_server: Postgres) -> None:
    await fetch(postgres_url, "CREATE TABLE only_here (id int)")
    other = postgres_server.create_database()
    try:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert await fetch(postgres_url, tables) == 1
        assert await fetch(postgres_server.url(other), tables) == 0
    finally:
        postgres_server.drop_database(other)


async def test_a_database_can_be_copied_from_a_prepared_one(postgres_url: str, postgres_server: Postgres) -> None:
    await fetch(postgres_url, "CREATE TABLE prepared (id int)")
    copy = postgres_server.create_database(template=postgres_url.rpartition("/")[2])
    try:
        assert await fetch(postgres_server.url(copy), "SELECT count(*) FROM prepared") == 0
    finally:
        postgres_server.drop_database(copy)


async def test_vietnamese_text_and_safe_commits(postgres_url: str) -> None:
    assert await fetch(postgres_url, "SELECT upper('lũ sông Bé') || ' ' || current_setting('fsync')") is not None
    assert await fetch(postgres_url, "SELECT length('Đồng Xoài')") == 9
    assert await fetch(postgres_url, "SHOW fsync") == "on"


async def test_the_embedded_server_survives_a_kill_and_keeps_what_was_committed() -> None:
    with embedded_postgres() as server:
        database = server.create_database()
        await fetch(server.url(database), "CREATE TABLE kept (id int)")
        await fetch(server.url(database), "INSERT INTO kept VALUES (1)")
        first = server.pid
        server.kill()
        with pytest.raises((OSError, asyncpg.PostgresError)):
            await fetch(server.url(database), "SELECT 1")
        server.restart()
        assert server.pid != first
        assert await fetch(server.url(database), "SELECT count(*) FROM kept") == 1
        assert not Path(f"/proc/{first}").exists()


def test_the_server_never_runs_as_root() -> None:
    with embedded_postgres() as server:
        assert isinstance(server, EmbeddedPostgres)
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_a_temporary_folder_that_nobody_else_may_enter_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tmp_path.chmod(0o700)
    assert temporary_place(User.current()) == tmp_path
    assert temporary_place(User(65534, 65534)) != tmp_path


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.services.postgres.temporary_place", lambda _user: tmp_path)
    dead = tmp_path / f"{FOLDER_PREFIX}999999999-x"
    dead.mkdir()
    alive = tmp_path / f"{FOLDER_PREFIX}{os.getppid()}-x"
    alive.mkdir()
    monkeypatch.setattr(EmbeddedPostgres, "_initialise", _fail)
    with pytest.raises(RuntimeError, match="on purpose"), embedded_postgres():
        raise AssertionError("it cannot start")
    assert [folder.name for folder in tmp_path.iterdir()] == [alive.name]


def _fail(_server: EmbeddedPostgres, _password: str) -> None:
    raise RuntimeError("on purpose")


def test_a_run_that_is_killed_leaves_no_server() -> None:
    script = """
import signal
from tests.services.postgres import embedded_postgres
with embedded_postgres() as server:
    print(server.pid, server._folder, flush=True)
    signal.pause()
"""
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert run.stdout is not None
    with run, run.stdout as output:
        pid, folder = output.readline().split()
        run.kill()
    assert gone(int(pid))
    assert Path(folder).exists()
    sweep_orphans(Path(folder).parent)
    assert not Path(folder).exists()
