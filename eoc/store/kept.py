"""Small facts the product keeps about itself (installed pack, last verification)."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.store.tables import SettingRow

_SETTING = SettingRow.__table__  # type: ignore[attr-defined]


async def get(connection: AsyncConnection, name: str) -> dict[str, Any] | None:
    found = (await connection.execute(select(_SETTING.c.value).where(_SETTING.c.name == name))).scalar_one_or_none()
    return None if found is None else dict(found)


async def put(connection: AsyncConnection, name: str, value: dict[str, Any]) -> None:
    changed = await connection.execute(update(_SETTING).where(_SETTING.c.name == name).values(value=value))
    if changed.rowcount == 0:
        await connection.execute(insert(_SETTING).values(name=name, value=value))
