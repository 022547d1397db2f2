"""The product built in this process, spoken to over ASGI: everything but sockets and loops."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ui.accounts import DEMO_ACCOUNTS
from ui.app import create_app
from ui.parts import Parts
from ui.settings import Settings
from ui.wiring import build

PASSWORD = "mat-khau-thu"


@dataclass
class Desk:
    """A built product and one HTTP client per account."""

    parts: Parts
    clients: dict[str, httpx.AsyncClient]

    def __getitem__(self, account: str) -> httpx.AsyncClient:
        return self.clients[account]

    @property
    def nobody(self) -> httpx.AsyncClient:
        return self.clients[""]


def settings_in(folder: Path) -> Settings:
    """A demo product on the data clock whose loops are never started."""
    return Settings(
        data_dir=folder, clock="data", demo=True, mqtt_url="mqtt://127.0.0.1:9", admin_password=SecretStr(PASSWORD)
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder with all demo accounts and a token of each, made once: hashing passwords is slow on purpose."""
    folder = tmp_path_factory.mktemp("prepared")
    tokens: dict[str, str] = {}

    async def _prepare() -> None:
        async with build(settings_in(folder)) as app:
            await app.parts.accounts.demo(PASSWORD)
            for account in DEMO_ACCOUNTS:
                tokens[account], _ = await app.parts.accounts.login(account, PASSWORD, cookie=False)

    asyncio.run(_prepare())
    return folder, tokens


@pytest.fixture
async def desk(tmp_path: Path, prepared: tuple[Path, dict[str, str]]) -> AsyncIterator[Desk]:
    """All demo accounts logged in with bearer tokens, on a copy of the prepared folder."""
    source, tokens = prepared
    folder = tmp_path / "data"
    shutil.copytree(source, folder)
    async with build(settings_in(folder)) as app:
        transport = httpx.ASGITransport(create_app(app.parts))
        clients = {"": httpx.AsyncClient(transport=transport, base_url="http://eoc.test")}
        for account, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"}
            clients[account] = httpx.AsyncClient(transport=transport, base_url="http://eoc.test", headers=headers)
        yield Desk(app.parts, clients)
        for client in clients.values():
            await client.aclose()
