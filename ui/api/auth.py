"""Logging in and out, who am I, and the administrator's list of accounts."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from eoc.clock import iso, wall_now
from ui.access import COOKIE, Administrator, Anyone, PartsHere, secret_of
from ui.accounts import SESSION_LIFE, Person
from ui.parts import Parts

router = APIRouter(tags=["auth"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    display_name: Annotated[str | None, Field(max_length=200)] = None
    role: str
    password: Annotated[str, Field(max_length=1024)]


class AccountChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: str | None = None
    disabled: bool | None = None
    password: Annotated[str | None, Field(max_length=1024)] = None


def me_json(person: Person, parts: Parts) -> dict[str, Any]:
    settings = parts.settings
    return {
        "name": person.name,
        "display_name": person.display_name,
        "role": person.role,
        "mode": settings.mode,
        "clock": settings.clock,
        "now": iso(parts.now()),
        "server_time": iso(wall_now()),
        "demo": settings.demo,
    }


@router.post("/auth/login")
async def login(credentials: Credentials, request: Request, response: Response, parts: PartsHere) -> dict[str, Any]:
    """Open a browser session; the answer is what `/auth/me` says."""
    secret, person = await parts.accounts.login(credentials.username, credentials.password, cookie=True)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or (parts.settings.public_url or "").startswith("https"),
    )
    return me_json(person, parts)


@router.post("/auth/logout", status_code=204)
async def logout(request: Request, response: Response, parts: PartsHere, person: Anyone) -> None:
    """End this session."""
    secret, _ = secret_of(request)
    if secret:
        await parts.accounts.logout(secret)
    response.delete_cookie(COOKIE)


@router.post("/auth/token")
async def token(
    username: Annotated[str, Form(max_length=64)], password: Annotated[str, Form(max_length=1024)], parts: PartsHere
) -> dict[str, Any]:
    """A bearer token for a program."""
    secret, person = await parts.accounts.login(username, password, cookie=False)
    return {"access_token": secret, "token_type": "bearer", "expires_at": iso(person.until)}


@router.get("/auth/me")
async def me(person: Anyone, parts: PartsHere) -> dict[str, Any]:
    """Who am I, in which mode, and what time is it here."""
    return me_json(person, parts)


@router.get("/users")
async def users(person: Administrator, parts: PartsHere) -> dict[str, Any]:
    """All accounts."""
    return {"items": await parts.accounts.every(), "next": None}


@router.post("/users", status_code=201)
async def add_user(account: NewAccount, person: Administrator, parts: PartsHere) -> dict[str, Any]:
    """A new account."""
    await parts.accounts.create(account.name, account.role, account.password, account.display_name)
    return {"name": account.name, "role": account.role}


@router.put("/users/{name}")
async def change_user(name: str, change: AccountChange, person: Administrator, parts: PartsHere) -> dict[str, Any]:
    """Change role, password or lock-out; the account's sessions end at once."""
    if change.role is not None or change.disabled is not None:
        await parts.accounts.set_access(name, role=change.role, disabled=change.disabled, actor=person.name)
    if change.password is not None:
        await parts.accounts.set_password(name, change.password)
    parts.hub.rights_changed(name)
    return {"name": name}
