"""How the command line talks: facts on stdout, everything else on stderr, errors in one line."""

import json
import os
import sys
from typing import Any

from eoc.errors import EocError
from eoc.words import Language, say


def language() -> Language:
    """Vietnamese where the terminal's locale says so or `EOC_LANG=vi`; English otherwise."""
    wanted = os.environ.get("EOC_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if wanted.lower().startswith("vi") else "en"


def sentence(error: EocError) -> str:
    """An error as people read it, with its code for programs."""
    said = say(error.code, error.params, language())
    if said == error.code:
        return str(error)
    return f"{said} [{error.code}]"


def fail(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"eoc: {text}\n")


def note(text: str = "") -> None:
    """Progress and hints on stderr: they never mix with output that a program reads."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def out(value: Any) -> None:
    """The answer, as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
