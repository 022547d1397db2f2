"""`eoc pack`: make, check and install a province."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.speaking import fail, note, out

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder.")]


def register(app: typer.Typer) -> None:
    packs = typer.Typer(help="Province packs.", no_args_is_help=True)
    app.add_typer(packs, name="pack")
    packs.command("new")(new)
    packs.command("check")(check)
    packs.command("install")(install)


def new(folder: Path) -> None:
    """Write an empty pack to fill in step by step."""
    from eoc.packs import new_pack

    new_pack(folder)
    note(f"new pack in {folder}; fill it in and run: eoc pack check {folder}")


def check(
    folder: Annotated[str, typer.Argument(help="A folder, or the name of a shipped pack.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per problem.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Name every mistake with file, line and field; exit 1 when there is one. Notes are not mistakes."""
    from eoc.packs import check_pack, pack_path
    from eoc.words import say
    from ui.commands.settings import read_settings
    from ui.commands.speaking import language

    problems = check_pack(pack_path(folder, read_settings(data_dir=data_dir).data_dir))
    mistakes = [each for each in problems if each.severity == "error"]
    for each in problems:
        if as_json:
            out(each.as_json())
        else:
            (fail if each.severity == "error" else note)(f"{each.place()}: {say(each.code, each.params, language())}")
    if mistakes:
        raise typer.Exit(1)
    note(f"pack {folder}: no mistakes")


def install(folder: Path, data_dir: DataDir = None) -> None:
    """Copy a checked pack into the data folder, so that `--pack NAME` finds it."""
    from eoc.packs import install_pack
    from ui.commands.settings import read_settings

    target = install_pack(folder, read_settings(data_dir=data_dir).data_dir)
    note(f"installed in {target}")
