"""What can go wrong, in the words of the domain.

Every error carries a `code` (stable, for programs and for the message catalogue) and `params` (the facts that
fill the sentence). Sentences live in `eoc/messages`, never here; `ui` maps each class to HTTP once.
"""

from collections.abc import Mapping
from typing import Any


class EocError(Exception):
    """Base of every error that a caller is expected to handle."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, Any] = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({facts})"


class NotFound(EocError):
    """The thing named does not exist, or the caller may not know that it does."""


class Conflict(EocError):
    """The caller acted on an old version, or somebody else got there first; `current` is the state now."""

    def __init__(self, code: str, current: object = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.current = current


class Refused(EocError):
    """Understood, but this person, state or mode does not allow it."""


class Invalid(EocError):
    """The input itself is wrong; `params` say where and why."""


class Temporary(EocError):
    """An edge (broker, provider, database) failed in a way that a retry may cure."""


class Permanent(EocError):
    """An edge refused for good; a retry would be refused again."""
