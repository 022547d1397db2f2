"""The WebSocket endpoint: who may connect, and the two tasks of a connection."""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from ui.access import may_see, parts_of, same_origin, secret_of
from ui.live import OVERLOADED, Viewer
from ui.parts import Parts

router = APIRouter()

_RECHECK_S = 3.0
_UNAUTHORISED = 4401
_POLICY = 1008


@router.websocket("/live")
async def live(socket: WebSocket, after: int | None = None) -> None:
    """Numbered events and the newest observations; see the public contract."""
    parts = parts_of(socket)
    secret, by_cookie = secret_of(socket)
    person = await parts.accounts.who(secret) if secret else None
    if person is None or secret is None:
        await socket.close(_UNAUTHORISED, "not logged in")
        return
    if by_cookie and not same_origin(socket):
        await socket.close(_POLICY, "other origin")
        return
    if after is not None and after < 0:
        await socket.close(_POLICY, "after must not be negative")
        return
    await socket.accept()
    async with parts.hub.viewer(may_see(person.role), person.name) as viewer:
        sending = asyncio.create_task(parts.hub.serve(socket, viewer, after))
        watching = [
            asyncio.create_task(_until_gone(socket)),
            asyncio.create_task(_until_revoked(parts, secret, person.role)),
        ]
        done, pending = await asyncio.wait([sending, *watching], return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await _say_goodbye(socket, sending, watching, done, viewer)


async def _say_goodbye(
    socket: WebSocket,
    sending: "asyncio.Task[None]",
    watching: "list[asyncio.Task[None]]",
    done: "set[asyncio.Task[None]]",
    viewer: Viewer,
) -> None:
    gone, revoked = watching
    failure = sending.exception() if sending in done and not sending.cancelled() else None
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
        if gone in done:
            return
        if revoked in done:
            await socket.close(_UNAUTHORISED, "session ended")
        elif failure is not None or viewer.overflowed:
            await asyncio.wait_for(socket.close(OVERLOADED, "too slow"), 1.0)
    if failure is not None and not isinstance(failure, TimeoutError | WebSocketDisconnect | RuntimeError | OSError):
        raise failure


async def _until_gone(socket: WebSocket) -> None:
    """Whatever the client says is read and dropped; returns when it leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _until_revoked(parts: Parts, secret: str, role: str) -> None:
    while True:
        await asyncio.sleep(_RECHECK_S)
        person = await parts.accounts.who(secret)
        if person is None or person.role != role:
            return
