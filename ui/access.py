"""Who may do what: rights by role, checked on the server for every route and every event.

The matrix that is expected lies beside this file (`access.yaml`) and a test tries every route with every role
against it. Administrators run the machine; they neither send warnings nor read what callers said.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection

from eoc.errors import Refused
from eoc.events import Event
from eoc.incidents import Actor
from ui.accounts import Person
from ui.parts import Parts

COOKIE = "eoc_session"

STAFF = frozenset({"operator", "dispatcher", "supervisor", "leader"})
ROOM = STAFF | {"admin"}
TRIAGE = frozenset({"operator", "dispatcher", "supervisor"})
APPROVE = frozenset({"supervisor", "leader"})
ADMIN = frozenset({"admin"})
AUDIT = frozenset({"supervisor", "leader", "admin"})
ANYONE = ROOM | {"field", "commune", "agency", "dam_operator", "reporter", "analyst"}

FOREST = ROOM | {"agency"}
"""Who sees the fire danger: the room, and the ranger service."""
RANGER = APPROVE | {"agency"}
FIRE_DESK = STAFF | {"agency"}
FIRE_RECIPIENT = STAFF | {"agency", "commune"}

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

bearer = HTTPBearer(auto_error=False, description="`POST /api/v1/auth/token`, or the session cookie of a browser")


def parts_of(connection: HTTPConnection) -> Parts:
    parts: Parts = connection.app.state.parts
    return parts


def secret_of(connection: HTTPConnection) -> tuple[str | None, bool]:
    """The session secret of a request and whether a browser's cookie brought it."""
    scheme, value = get_authorization_scheme_param(connection.headers.get("authorization"))
    if scheme.lower() == "bearer" and value:
        return value, False
    return connection.cookies.get(COOKIE), True


async def person_of(request: Request, _documented: Annotated[Any, Depends(bearer)] = None) -> Person:
    """The logged-in person; 401 when there is none, 403 when another site's page sent the request."""
    secret, by_cookie = secret_of(request)
    person = await parts_of(request).accounts.who(secret) if secret else None
    if person is None:
        raise Refused("refused.not_logged_in")
    if by_cookie and request.method in _UNSAFE and not same_origin(request):
        raise Refused("refused.cross_site")
    return person


def same_origin(connection: HTTPConnection) -> bool:
    """A browser names the page a request came from; ours, or none (a program), may pass."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    host = connection.headers.get("host", "")
    public = parts_of(connection).settings.public_url
    return origin.partition("://")[2] == host or (public is not None and origin == public.rstrip("/"))


def allow(roles: frozenset[str]) -> Callable[..., Any]:
    """A dependency that lets only these roles pass and hands the person on."""

    async def _check(person: Annotated[Person, Depends(person_of)]) -> Person:
        if person.role not in roles:
            raise Refused("refused.role", role=person.role)
        return person

    return _check


PartsHere = Annotated[Parts, Depends(parts_of)]
InRoom = Annotated[Person, Depends(allow(ROOM))]
OnStaff = Annotated[Person, Depends(allow(STAFF))]
Triaging = Annotated[Person, Depends(allow(TRIAGE))]
Approving = Annotated[Person, Depends(allow(APPROVE))]
Supervising = Annotated[Person, Depends(allow(APPROVE))]
Administrator = Annotated[Person, Depends(allow(ADMIN))]
Auditing = Annotated[Person, Depends(allow(AUDIT))]
Anyone = Annotated[Person, Depends(allow(ANYONE))]
InForest = Annotated[Person, Depends(allow(FOREST))]
Ranging = Annotated[Person, Depends(allow(RANGER))]
OnFireDesk = Annotated[Person, Depends(allow(FIRE_DESK))]
Acknowledging = Annotated[Person, Depends(allow(FIRE_RECIPIENT))]


async def _nobody_in_particular() -> None:
    """Public on purpose: the route says so by naming this."""


AnyonePublic = Annotated[None, Depends(_nobody_in_particular)]


def actor(person: Person) -> Actor:
    return Actor(person.name, person.role)


def may_see(role: str) -> Callable[[Event], bool]:
    """Which journal events a role may watch live; audit kinds belong to the audit page only."""
    if role in ROOM:
        return lambda event: not event.is_audit
    return lambda _event: False
