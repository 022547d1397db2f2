"""`eoc`: the command line. Each command is thin: read options, call the package that does the work, say how it went.

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are one clear line on stderr. Heavy imports happen inside the
commands, so that `eoc --help` answers at once.
"""

import sys
from typing import Any

import typer

from ui.commands import accounts, data, doctor, forecast, hazard, packs, running

app = typer.Typer(
    name="eoc",
    help="Real-time emergency operations centre of a province.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
running.register(app)
packs.register(app)
accounts.register(app)
data.register(app)
forecast.register(app)
hazard.register(app)
doctor.register(app)


def main() -> None:
    """The entry point of the `eoc` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _explain(error)


def _explain(error: Exception) -> Any:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from eoc.errors import EocError, Invalid
    from eoc.packs import PackInvalid
    from ui.commands.speaking import fail, sentence

    if isinstance(error, PackInvalid):
        for problem in error.problems:
            fail(str(problem))
        sys.exit(1)
    if isinstance(error, EocError):
        fail(sentence(error))
        sys.exit(2 if isinstance(error, Invalid) or error.code.startswith("usage.") else 1)
    if isinstance(error, ValidationError):
        for each in error.errors():
            name = "EOC_" + "__".join(str(part) for part in each["loc"]).upper()
            said = each["msg"].removeprefix("Value error, ")
            fail(f"{name}: {said}" if each["loc"] else said)
        sys.exit(2)
    if isinstance(error, SettingsError):
        fail(str(error))
        sys.exit(2)
    if isinstance(error, OSError):
        fail(str(error))
        sys.exit(1)
    raise error
