"""Running the product: the web server and the loops side by side, until told to stop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvicorn

from ui.app import create_app
from ui.settings import Settings
from ui.wiring import App, build


def listen(host: str, port: int) -> socket.socket:
    """Open the port before anything else, so that a taken one is said at once. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(2048)
    opened.setblocking(False)
    return opened


async def serve(
    settings: Settings,
    opened: socket.socket,
    started: Callable[[App, int], None],
    prepare: Callable[[App], Awaitable[None]] | None = None,
    beside: Callable[[App], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM.

    `prepare` runs before anybody may connect, `started` once the port answers, `beside` along with everything else
    (a demo's scenario); when it ends the product goes on.
    """
    async with build(settings) as app:
        if prepare is not None:
            await prepare(app)
        stopping = _stop_signal()
        # Everything made so far stays for good: the collector need not walk it again on every full pass.
        gc.collect()
        gc.freeze()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(app.run(), name="loops")]
            tasks.append(group.create_task(_web(app, settings, opened), name="web"))
            if beside is not None:
                tasks.append(group.create_task(beside(app), name="beside"))
            started(app, opened.getsockname()[1])
            await stopping.wait()
            for task in tasks:
                task.cancel()


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


class _Server(uvicorn.Server):
    """Signals are ours: the loops must stop together with the web."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


async def _web(app: App, settings: Settings, opened: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(app.parts),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=65_536,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        proxy_headers=True,
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
    )
    await _Server(config).serve(sockets=[opened])
