"""How the set-up tools run other programs, and the one error they report.

`environment` is added to the caller's own; `folder` is the working folder, the checkout when it is not given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class SetupError(Exception):
    """A step cannot be done. The text is one line for the person at the keyboard: what is wrong and what to do."""


class Run(Protocol):
    """Runs a program; raises SetupError with the advice when it fails."""

    def __call__(
        self,
        command: Sequence[str],
        advice: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None: ...


class Succeeds(Protocol):
    """Runs a program and says whether all went well, also within the time."""

    def __call__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_s: float = 1800,
    ) -> bool: ...
