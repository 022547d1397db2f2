"""`eoc db`, `eoc audit`, `eoc openapi`, `eoc sms`: looking after what is stored, and small tools for specialists."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.speaking import fail, note, out

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder.")]


def register(app: typer.Typer) -> None:
    database = typer.Typer(help="The database.", no_args_is_help=True)
    journal = typer.Typer(help="The journal.", no_args_is_help=True)
    sms = typer.Typer(help="Text messages.", no_args_is_help=True)
    app.add_typer(database, name="db")
    app.add_typer(journal, name="audit")
    app.add_typer(sms, name="sms")
    database.command("upgrade")(upgrade_database)
    journal.command("verify")(verify)
    sms.command("count")(count)
    app.command("openapi")(openapi)


def upgrade_database(data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema."""
    from ui.commands.settings import read_settings
    from ui.migrations import upgrade

    settings = read_settings(data_dir=data_dir)
    asyncio.run(upgrade(settings.url))
    note("database is at the newest schema")


def verify(data_dir: DataDir = None) -> None:
    """Check the hash chain of the journal: finds a flipped byte, a deleted or a reordered row."""
    from eoc.bus import LocalBus
    from eoc.journal import Audit
    from eoc.store import journal_log, open_store
    from eoc.words import say
    from ui.commands.settings import read_settings
    from ui.commands.speaking import language

    async def _run() -> Audit:
        async with open_store(read_settings(data_dir=data_dir).url, LocalBus()) as store, store.read() as connection:
            return await journal_log.audit(connection)

    audit = asyncio.run(_run())
    flaw = audit.flaw
    out({"ok": audit.ok, "rows": audit.rows, "head": audit.head, "flaw": flaw and {"seq": flaw.seq, "code": flaw.code}})
    if flaw is not None:
        fail(say(flaw.code, {"seq": flaw.seq}, language()))
        raise typer.Exit(1)


def count() -> None:
    """Encoding, units and segments of the text on stdin."""
    from dispatch.sms.segments import measure

    counted = measure(sys.stdin.read().rstrip("\n"))
    out({"encoding": counted.encoding, "units": counted.units, "segments": counted.segments})


def openapi() -> None:
    """The HTTP API as OpenAPI 3.1."""
    from ui.app import describe

    out(describe())
