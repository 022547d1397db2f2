"""Domain events: what the journal records and everyone else reads.

A kind is `<family>.<what happened>`. `access. user. config. pack.` belong to the audit view only; all other
families are for screens. Event data hold ids, codes and public numbers: never a name, a phone or free text, so
that erasing a person leaves the hash chain valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

AUDIT_FAMILIES = frozenset({"access", "user", "config", "pack"})

SYSTEM = "system"
"""The actor of everything that no person did."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is about to be appended: the journal adds its place in the order."""

    kind: str
    subject: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    cause: Mapping[str, Any] = field(default_factory=dict)
    actor: str = SYSTEM


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact: `seq` is strictly increasing without gaps, `hash` chains it to the one before."""

    seq: int
    at: datetime
    kind: str
    subject: str
    actor: str
    data: Mapping[str, Any]
    cause: Mapping[str, Any]
    hash: str

    @property
    def family(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def is_audit(self) -> bool:
        return self.family in AUDIT_FAMILIES
