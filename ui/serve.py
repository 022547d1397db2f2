"""Running the product: the web server and the loops side by side, until told to stop."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable

import uvicorn

from ui.app import create_app
from ui.settings import Settings
from ui.wiring import App, build

log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Open the port before anything else, so that a taken one is said at once. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(2048)
    opened.setblocking(False)
    return opened


async def serve(settings: Settings, started: Callable[[App, int], None], opened: socket.socket | None) -> None:
    """Run until SIGINT or SIGTERM. `started` is called once the web port answers (or at once without `web`)."""
    async with build(settings) as app:
        running = asyncio.create_task(app.run(), name="loops")
        stopping = _stop_signal()
        server: asyncio.Task[None] | None = None
        port = 0
        if opened is not None:
            port = opened.getsockname()[1]
            server = asyncio.create_task(_web(app, settings, opened), name="web")
        started(app, port)
        tasks: set[asyncio.Future[object]] = {running, stopping}
        if server is not None:
            tasks.add(server)
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in (running, server):
            if task is not None and task not in done:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        for task in done - {stopping}:
            task.result()


def _stop_signal() -> "asyncio.Future[object]":
    loop = asyncio.get_running_loop()
    stopping: asyncio.Future[object] = loop.create_future()

    def _stop() -> None:
        if not stopping.done():
            stopping.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop)
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
