"""Accounts and logins. Only hashes are kept: of passwords (argon2) and of session secrets (SHA-256)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eoc.store.tables import AccountRow, LoginRow

_ACCOUNT = AccountRow.__table__  # type: ignore[attr-defined]
_LOGIN = LoginRow.__table__  # type: ignore[attr-defined]


async def get(connection: AsyncConnection, name: str) -> Any | None:
    return (await connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.name == name))).one_or_none()


async def every(connection: AsyncConnection) -> list[Any]:
    return list(await connection.execute(select(_ACCOUNT).order_by(_ACCOUNT.c.name)))


async def count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(_ACCOUNT))).scalar_one())


async def add(
    connection: AsyncConnection, *, name: str, display_name: str, role: str, password_hash: str, created_at: datetime
) -> None:
    await connection.execute(
        insert(_ACCOUNT).values(
            name=name,
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            disabled=False,
            created_at=created_at,
            version=1,
        )
    )


async def change(connection: AsyncConnection, name: str, **values: Any) -> None:
    """Change fields of an account (role, password_hash, disabled, display_name) and count its version."""
    await connection.execute(
        update(_ACCOUNT).where(_ACCOUNT.c.name == name).values(version=_ACCOUNT.c.version + 1, **values)
    )


async def open_login(
    connection: AsyncConnection,
    *,
    token_hash: str,
    account: str,
    kind: str,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    await connection.execute(delete(_LOGIN).where(_LOGIN.c.expires_at < created_at))
    await connection.execute(
        insert(_LOGIN).values(
            token_hash=token_hash, account=account, kind=kind, created_at=created_at, expires_at=expires_at
        )
    )


async def login(connection: AsyncConnection, token_hash: str) -> Any | None:
    """The account behind a session secret, with the session's end; None when there is no such session."""
    query = (
        select(_ACCOUNT, _LOGIN.c.expires_at, _LOGIN.c.kind)
        .join(_LOGIN, _LOGIN.c.account == _ACCOUNT.c.name)
        .where(_LOGIN.c.token_hash == token_hash)
    )
    return (await connection.execute(query)).one_or_none()


async def close_login(connection: AsyncConnection, token_hash: str) -> None:
    await connection.execute(delete(_LOGIN).where(_LOGIN.c.token_hash == token_hash))


async def close_logins_of(connection: AsyncConnection, account: str) -> None:
    await connection.execute(delete(_LOGIN).where(_LOGIN.c.account == account))
