"""Domain errors to HTTP, once: RFC 9457 problem documents that carry the code and the facts."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from eoc.errors import Conflict, EocError, Invalid, NotFound, Permanent, Refused, Temporary
from eoc.incidents import Incident
from eoc.words import say
from ui.api.shapes import incident_json

log = logging.getLogger(__name__)

STATUS: dict[type[EocError], int] = {
    NotFound: 404,
    Conflict: 409,
    Refused: 403,
    Invalid: 422,
    Temporary: 503,
    Permanent: 502,
}


def problem(status: int, code: str, params: dict[str, Any] | None = None, **extra: Any) -> JSONResponse:
    """A problem document; `title` is the Vietnamese sentence of the catalogue."""
    facts = params or {}
    body = {"type": "about:blank", "title": say(code, facts), "status": status, "code": code, "params": facts, **extra}
    return JSONResponse(body, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(EocError)
    async def _domain(request: Request, error: EocError) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        if error.code == "refused.login" or error.code == "refused.not_logged_in":
            status = 401
        extra: dict[str, Any] = {}
        if isinstance(error, Conflict) and error.current is not None:
            extra["current"] = _current(request, error.current)
        return problem(status, error.code, dict(error.params), **extra)

    @app.exception_handler(RequestValidationError)
    async def _shape(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(str(part) for part in each["loc"]), "problem": each["msg"]} for each in error.errors()
        ]
        return problem(422, "invalid.request", {"fields": ", ".join(each["field"] for each in errors)}, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"http.{error.status_code}")

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unforeseen error in %s %s", request.method, request.url.path, exc_info=error)
        return problem(500, "http.500")


def _current(request: Request, current: object) -> object:
    if isinstance(current, Incident):
        return incident_json(current, request.app.state.parts)
    return current if isinstance(current, dict) else None
