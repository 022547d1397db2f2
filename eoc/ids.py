"""Identifiers: UUID version 7 (RFC 9562), so that they sort by time and can also be made offline by a phone."""

import os
from collections.abc import Callable
from uuid import UUID

from eoc.clock import wall_now

Ids = Callable[[], str]
"""Makes a new identifier; tests pass a counter."""


def uuid7() -> str:
    """48 bits of milliseconds, then 74 random bits."""
    stamp_ms = int(wall_now().timestamp() * 1000)
    bits = (stamp_ms << 80) | int.from_bytes(os.urandom(10))
    bits = bits & ~(0xF << 76) | (0x7 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    return str(UUID(int=bits))
