"""Every route with every role against the expected matrix that lies beside the code."""

import re
import secrets
from pathlib import Path

import httpx
import pytest
import yaml

import ui.access
from tests.ui.conftest import Desk
from ui.accounts import DEMO_ACCOUNTS
from ui.app import describe

EXPECTED: dict[str, str] = yaml.safe_load(Path(ui.access.__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ROLES = {account: role for account, (_, role) in DEMO_ACCOUNTS.items()}
GROUPS = {
    "public": {"", *ROLES.values()},
    "anyone": set(ROLES.values()),
    "room": {"operator", "dispatcher", "supervisor", "leader", "admin"},
    "staff": {"operator", "dispatcher", "supervisor", "leader"},
    "triage": {"operator", "dispatcher", "supervisor"},
    "approve": {"supervisor", "leader"},
    "audit": {"supervisor", "leader", "admin"},
    "admin": {"admin"},
    "forest": {"operator", "dispatcher", "supervisor", "leader", "admin", "agency"},
    "ranger": {"supervisor", "leader", "agency"},
    "fire_desk": {"operator", "dispatcher", "supervisor", "leader", "agency"},
    "fire_recipient": {"operator", "dispatcher", "supervisor", "leader", "agency", "commune"},
}


def routes() -> set[str]:
    """`METHOD /path` of everything in the published description."""
    paths = describe()["paths"]
    return {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, item in paths.items() for method in item}


def test_every_route_is_in_the_matrix_and_nothing_else() -> None:
    assert routes() == set(EXPECTED)


async def attempt(client: httpx.AsyncClient, route: str) -> httpx.Response:
    """A request that no right person could complete: guessed ids, an empty body."""
    method, _, path = route.partition(" ")
    path = re.sub(r"\{\w+\}", lambda _: f"guess-{secrets.token_hex(4)}", path)
    return await client.request(method, f"/api/v1{path}", json={} if method in {"POST", "PUT"} else None)


@pytest.mark.parametrize("account", ["", *ROLES])
async def test_every_route_lets_in_exactly_those_it_should(desk: Desk, account: str) -> None:
    wrong = []
    for route in sorted(set(EXPECTED) - {"POST /auth/logout"}):
        answer = await attempt(desk[account], route)
        allowed = ROLES.get(account, "") in GROUPS[EXPECTED[route]]
        turned_away = answer.status_code in {401, 403}
        if allowed == turned_away or answer.status_code >= 500:
            wrong.append((route, answer.status_code, answer.text[:100]))
    assert wrong == []


async def test_a_role_that_changes_ends_its_sessions(desk: Desk) -> None:
    assert (await desk["operator"].get("/api/v1/incidents")).status_code == 200
    await desk["admin"].put("/api/v1/users/operator", json={"role": "field"})
    assert (await desk["operator"].get("/api/v1/incidents")).status_code == 401


async def test_a_page_of_another_site_cannot_use_a_browsers_session(desk: Desk) -> None:
    credentials = {"username": "operator", "password": "mat-khau-thu"}
    await desk.nobody.post("/api/v1/auth/login", json=credentials)
    body = {"hazard": "fire", "title": "x"}
    foreign = await desk.nobody.post("/api/v1/incidents", json=body, headers={"Origin": "https://evil.test"})
    own = await desk.nobody.post("/api/v1/incidents", json=body, headers={"Origin": "http://eoc.test"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "refused.cross_site")
    assert own.status_code == 201
