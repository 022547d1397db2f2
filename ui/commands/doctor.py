"""`eoc doctor`: is everything there that this installation needs, and what to do where it is not."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.doctor_devices import look
from ui.commands.speaking import out

if TYPE_CHECKING:
    from ui.settings import Settings

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `ok`, `warn` (works, with a limit) or `fail`; `advice` says what to do."""

    name: str
    state: str
    detail: str
    advice: str = ""


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Data folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding.")] = False,
) -> None:
    """Look at settings, database, pack, broker, messages, pages and disk; exit 1 when something fails."""
    from ui.commands.settings import read_settings

    settings = read_settings(data_dir=data_dir)
    findings = asyncio.run(_all(settings))
    for each in findings:
        if as_json:
            out({"name": each.name, "state": each.state, "detail": each.detail, "advice": each.advice})
        else:
            typer.echo(
                f"{_MARKS[each.state]}  {each.name}: {each.detail}" + (f" -> {each.advice}" if each.advice else "")
            )
    if any(each.state == "fail" for each in findings):
        raise typer.Exit(1)


async def _all(settings: "Settings") -> list[Finding]:
    return [finding async for finding in _look(settings)]


async def _look(settings: "Settings") -> AsyncIterator[Finding]:
    yield await _database(settings)
    yield _pack(settings)
    async for found in look(settings):
        yield Finding(found.name, found.state, found.detail, found.advice)
    yield _messages(settings)
    yield _pages()
    yield _secret(settings)
    yield _disk(settings)


async def _database(settings: "Settings") -> Finding:
    from eoc.bus import LocalBus
    from eoc.store import journal_log, open_store
    from ui.migrations import upgrade

    kind = "PostgreSQL" if settings.database_url else f"SQLite in {settings.data_dir}"
    try:
        await upgrade(settings.url)
        async with open_store(settings.url, LocalBus()) as store, store.read() as connection:
            audit = await journal_log.audit(connection)
    except Exception as error:
        return Finding("database", "fail", f"{kind}: {type(error).__name__}", "check EOC_DATABASE_URL and the server")
    if not audit.ok:
        return Finding("database", "fail", f"{kind}: the journal's chain is broken", "run: eoc audit verify")
    return Finding("database", "ok", f"{kind}, {audit.rows} journal rows, chain whole")


def _pack(settings: "Settings") -> Finding:
    from eoc.errors import EocError
    from eoc.packs import check_pack, pack_path

    try:
        problems = check_pack(pack_path(settings.pack, settings.data_dir))
    except EocError as error:
        return Finding("pack", "fail", str(error), "choose one with EOC_PACK or --pack")
    mistakes = [each for each in problems if each.severity == "error"]
    if mistakes:
        return Finding(
            "pack", "fail", f"{settings.pack}: {len(mistakes)} mistakes", f"run: eoc pack check {settings.pack}"
        )
    return Finding("pack", "ok", f"{settings.pack}, {len(problems)} notes")


def _messages(settings: "Settings") -> Finding:
    from dispatch.settings import check_allowed
    from eoc.errors import EocError

    try:
        check_allowed(settings.sms, mode=settings.mode, clock=settings.clock)
    except EocError as error:
        return Finding("messages", "fail", str(error), "use the console provider in exercises and replays")
    if settings.sms.provider == "console":
        return Finding("messages", "warn", "console: nobody's phone rings", "set EOC_SMS__PROVIDER for live warnings")
    return Finding("messages", "ok", f"{settings.sms.provider}, {settings.sms.rate_per_s:g} segments/s")


def _pages() -> Finding:
    from ui.app import WEB_ROOT

    if (WEB_ROOT / "index.html").exists():
        return Finding("pages", "ok", "built")
    return Finding("pages", "fail", "not built", "run: make setup")


def _secret(settings: "Settings") -> Finding:
    if settings.secret_key:
        return Finding("secret", "ok", "EOC_SECRET_KEY is set")
    file = settings.data_dir / "secret.key"
    return Finding("secret", "warn", f"kept in {file}", "back it up: without it personal data cannot be opened")


def _disk(settings: "Settings") -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else Path()
    free_gib = shutil.disk_usage(folder).free / 2**30
    state = "ok" if free_gib > 5 else "warn" if free_gib > 1 else "fail"
    return Finding(
        "disk", state, f"{free_gib:.1f} GiB free", "" if state == "ok" else "make room before the next storm"
    )
