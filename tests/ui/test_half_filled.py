"""A province that has filled in nothing yet: every screen answers, nothing is invented, and it says what is missing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ui.conftest import PASSWORD, settings_in
from ui.accounts import DEMO_ACCOUNTS
from ui.app import create_app, describe
from ui.wiring import build

EMPTY = Path(__file__).resolve().parents[2] / "packs" / "empty"
#: Asked with something that no empty province has.
WANTED = {"station": "none", "stations": "none", "level": "bd1", "property": "water_level_m"}


@pytest.fixture
async def newcomer(tmp_path: Path) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """The product on the empty pack, with an operator and an administrator."""
    settings = settings_in(tmp_path / "data").model_copy(update={"pack": str(EMPTY)})
    async with build(settings) as app:
        await app.parts.accounts.demo(PASSWORD)
        transport = httpx.ASGITransport(create_app(app.parts))
        clients: dict[str, httpx.AsyncClient] = {}
        for account in ("operator", "supervisor", "admin"):
            assert account in DEMO_ACCOUNTS
            token, _ = await app.parts.accounts.login(account, PASSWORD, cookie=False)
            headers = {"Authorization": f"Bearer {token}"}
            clients[account] = httpx.AsyncClient(transport=transport, base_url="http://eoc.test", headers=headers)
        yield clients
        for client in clients.values():
            await client.aclose()


def readable() -> list[tuple[str, dict[str, Any]]]:
    """Every GET route without an id in its path, and the query it insists on."""
    found = []
    for path, item in describe()["paths"].items():
        if "get" in item and "{" not in path:
            required = [each["name"] for each in item["get"].get("parameters", []) if each.get("required")]
            found.append((path, {name: WANTED.get(name, "none") for name in required}))
    return sorted(found, key=lambda pair: pair[0])


async def test_every_list_is_empty_and_none_fails(newcomer: dict[str, httpx.AsyncClient]) -> None:
    assert len(readable()) > 20
    for path, query in readable():
        answers = [await client.get(path, params=query) for client in newcomer.values()]
        answered = [each for each in answers if each.status_code == 200]
        # Who asks for something that is not there hears so, and nothing worse.
        asked_for_nothing = bool(query) and all(each.status_code in {403, 404, 422} for each in answers)
        assert answered or asked_for_nothing, (path, [each.text[:200] for each in answers])
        for each in answered:
            items = each.json().get("items") if each.headers["content-type"].startswith("application/json") else None
            if items and not path.endswith(("/journal", "/audit", "/users")):
                pytest.fail(f"{path} invents {items[:2]}")
