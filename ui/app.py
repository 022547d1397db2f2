"""The ASGI application: API, live channel, console, and the security headers of every answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from ui import api_docs
from ui.api import (
    auth,
    bulletins,
    devices,
    epidemic,
    errors,
    feeds,
    fire,
    forecast,
    impacts,
    incidents,
    province,
    rain,
    releases,
    reservoirs,
    socket,
    stations,
    warnings,
)
from ui.parts import Parts

WEB_ROOT = Path(__file__).parent / "static" / "app"

_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_MAX_BODY = 1_000_000
_MAX_FILE = 8_100_000
"""For routes that take a file as their body (they end in `/file`)."""

_NOT_BUILT = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>EOC</title>
<h1>Giao diện chưa được dựng</h1><p>API đang chạy. Chạy <code>make setup</code> rồi mở lại trang này.</p>
<p lang="en">The web pages are not built yet; the API is running. Run <code>make setup</code> and reload.</p></html>"""


def create_app(parts: Parts) -> FastAPI:
    """Everything that speaks HTTP, around the running parts; without the role `web` only health and metrics."""
    app = FastAPI(
        title="EOC",
        version="1",
        summary="Real-time emergency operations centre of a province",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    errors.install(app)
    _observe(app, parts)
    if "web" not in parts.settings.roles:
        return app
    app.include_router(_api())
    _document(app)
    _guard(app)
    _serve_pages(app)
    return app


def describe() -> dict[str, Any]:
    """The OpenAPI document, without a running product."""
    app = FastAPI(title="EOC", version="1", summary="Real-time emergency operations centre of a province")
    app.include_router(_api())
    return app.openapi()


def _api() -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    modules = (
        auth,
        incidents,
        stations,
        forecast,
        province,
        warnings,
        rain,
        socket,
        bulletins,
        impacts,
        fire,
        devices,
        feeds,
        epidemic,
        releases,
        reservoirs,
    )
    for module in modules:
        api.include_router(module.router)
    return api


def _observe(app: FastAPI, parts: Parts) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        """The product can work: database reachable, broker connected."""
        missing = await parts.not_ready()
        return JSONResponse({"ready": not missing, "missing": missing}, 200 if not missing else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(parts.metrics), media_type=CONTENT_TYPE_LATEST)


def _document(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """The API's description as a page."""
        return HTMLResponse(api_docs.page(app.openapi()), headers={"Content-Security-Policy": api_docs.POLICY})


def _takes_a_file(request: Request) -> bool:
    """The few routes that read a scan or a picture, after they have looked at who sends it."""
    path = request.url.path
    return (request.method == "PUT" and path.endswith("/file")) or (
        request.method == "POST" and path == "/api/v1/releases/read"
    )


def _guard(app: FastAPI) -> None:
    @app.middleware("http")
    async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if "transfer-encoding" in request.headers and "content-length" not in request.headers:
            return errors.problem(411, "http.411")  # a body of unknown length has no limit
        declared = request.headers.get("content-length", "0")
        longest = _MAX_FILE if _takes_a_file(request) else _MAX_BODY
        if not declared.isdigit() or int(declared) > longest:
            return errors.problem(413, "http.413", {"longest": longest})
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _serve_pages(app: FastAPI) -> None:
    if not (WEB_ROOT / "index.html").exists():

        @app.get("/", include_in_schema=False)
        async def not_built() -> HTMLResponse:
            return HTMLResponse(_NOT_BUILT)

        return
    app.mount("/assets", StaticFiles(directory=WEB_ROOT / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str) -> FileResponse:
        """A file of the build, or the one page of the console for every other path."""
        if path.startswith("api/"):
            raise HTTPException(404)
        wanted = (WEB_ROOT / path).resolve()
        if path and wanted.is_file() and wanted.is_relative_to(WEB_ROOT.resolve()):
            return FileResponse(wanted)
        return FileResponse(WEB_ROOT / "index.html", headers={"Cache-Control": "no-cache"})
