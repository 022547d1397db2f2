"""`eoc user` and `eoc token`: they work beside a running product."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ui.commands.speaking import note, out

if TYPE_CHECKING:
    from ui.accounts import Accounts

T = TypeVar("T")
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder.")]


def register(app: typer.Typer) -> None:
    users = typer.Typer(help="Accounts.", no_args_is_help=True)
    tokens = typer.Typer(help="Tokens of programs.", no_args_is_help=True)
    app.add_typer(users, name="user")
    app.add_typer(tokens, name="token")
    users.command("add")(add)
    users.command("passwd")(passwd)
    users.command("list")(list_users)
    tokens.command("create")(create_token)


def _with_accounts(data_dir: Path | None, work: "Callable[[Accounts], Awaitable[T]]") -> T:
    from eoc.bus import open_bus
    from eoc.store import open_store
    from ui.accounts import Accounts
    from ui.commands.settings import read_settings
    from ui.migrations import upgrade

    async def _run() -> T:
        settings = read_settings(data_dir=data_dir)
        await upgrade(settings.url)
        async with open_bus(settings.redis_url) as bus, open_store(settings.url, bus) as store:
            return await work(Accounts(store))

    return asyncio.run(_run())


def _password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        note("eoc: the two passwords differ")
        raise typer.Exit(2)
    return first


def add(
    name: str,
    role: Annotated[str, typer.Option(help="operator, dispatcher, supervisor, leader, admin, field, ...")],
    display_name: Annotated[str | None, typer.Option(help="Shown instead of the account's name.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add an account."""
    password = _password(password_stdin)
    _with_accounts(data_dir, lambda accounts: accounts.create(name, role, password, display_name))
    note(f"account {name} ({role}) added")


def passwd(
    name: str,
    password_stdin: Annotated[bool, typer.Option("--password-stdin")] = False,
    data_dir: DataDir = None,
) -> None:
    """Change a password; the account's sessions end."""
    password = _password(password_stdin)
    _with_accounts(data_dir, lambda accounts: accounts.set_password(name, password))
    note(f"password of {name} changed")


def list_users(data_dir: DataDir = None) -> None:
    """One JSON line per account."""
    for account in _with_accounts(data_dir, lambda accounts: accounts.every()):
        out(account)


def create_token(
    name: Annotated[str, typer.Argument(help="The account the program acts as.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin")] = False,
    data_dir: DataDir = None,
) -> None:
    """A bearer token for a program, valid seven days."""
    password = _password(password_stdin)
    secret, person = _with_accounts(data_dir, lambda accounts: accounts.login(name, password, cookie=False))
    out({"access_token": secret, "token_type": "bearer", "expires_at": person.until.isoformat()})
