"""What has arrived from the broker and is not settled yet: bounded in messages and bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """One PUBLISH as it came. `epoch` tells which connection its message id belongs to."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    retained: bool
    received_at: datetime
    epoch: int


class Inbox:
    """First in, first out. `full(True)` is called when no more should come, `full(False)` when there is room again.

    The broker's own limit on unacknowledged messages normally stops it long before; this is for brokers without one.
    """

    def __init__(self, full: Callable[[bool], None], *, most_messages: int, most_bytes: int) -> None:
        self._full = full
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._stopped = False
        self._arrival = asyncio.Event()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        self._messages.append(message)
        self._bytes += len(message.payload)
        if not self._arrival.is_set():
            self._arrival.set()
        crowded = len(self._messages) >= self._most_messages or self._bytes >= self._most_bytes
        if crowded and not self._stopped:
            self._stopped = True
            self._full(True)

    def take(self) -> Message | None:
        """The oldest message, or None."""
        if not self._messages:
            self._arrival.clear()
            return None
        message = self._messages.popleft()
        self._bytes -= len(message.payload)
        if self._stopped and len(self._messages) <= self._most_messages // 2 and self._bytes <= self._most_bytes // 2:
            self._stopped = False
            self._full(False)
        return message

    async def wait(self) -> None:
        """Until there is something to take."""
        await self._arrival.wait()
