"""Who may come in: password login, browser sessions, programs' tokens, the first administrator, demo accounts.

Sessions are rows, not signed tokens, so that revoking one ends it at once. The secret itself is never stored.
Sessions always live on the wall clock, also when the rules follow the data.
"""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from eoc.clock import wall_now
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.events import SYSTEM, Draft
from eoc.store import Store, accounts

ROLES = (
    "operator",
    "dispatcher",
    "supervisor",
    "leader",
    "admin",
    "field",
    "commune",
    "agency",
    "dam_operator",
    "reporter",
    "analyst",
)
SESSION_LIFE = timedelta(hours=12)
TOKEN_LIFE = timedelta(days=7)
MIN_PASSWORD = 8
_CACHE_S = 2.0
_FREE_TRIES = 5
_WORST_WAIT_S = 30.0

DEMO_ACCOUNTS = {
    "admin": ("Quản trị", "admin"),
    "operator": ("Trực ban 1", "operator"),
    "dispatcher": ("Điều phối viên", "dispatcher"),
    "supervisor": ("Trưởng ca A", "supervisor"),
    "supervisor2": ("Trưởng ca B", "supervisor"),
    "leader": ("Lãnh đạo trực", "leader"),
    "field1": ("Đội hiện trường 1", "field"),
    "field2": ("Đội hiện trường 2", "field"),
    "commune1": ("Cán bộ xã", "commune"),
    "agency114": ("Trực 114", "agency"),
    "dam1": ("Trực vận hành hồ", "dam_operator"),
    "reporter1": ("Cán bộ báo cáo", "reporter"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A logged-in account. `until`: when this session ends; `by_cookie`: it came from a browser."""

    name: str
    display_name: str
    role: str
    until: datetime
    by_cookie: bool


class Accounts:
    """Checks passwords and sessions against the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hasher = PasswordHash((Argon2Hasher(),))
        # Checked when there is no such account, so that a wrong name takes as long as a wrong password.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._cache: dict[str, tuple[float, Person | None]] = {}
        self._failures: dict[str, int] = {}

    async def create(self, name: str, role: str, password: str, display_name: str | None = None) -> None:
        """A new account; Conflict when the name is taken, Invalid for an unknown role or a short password."""
        if role not in ROLES:
            raise Invalid("invalid.role", role=role, allowed=", ".join(ROLES))
        if not name or not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(name) > 64:
            raise Invalid("invalid.account_name", name=name)
        hashed = await self._hash(password)
        async with self._store.write() as unit:
            if await accounts.get(unit.connection, name) is not None:
                raise Conflict("conflict.account_exists", name=name)
            now = wall_now()
            await accounts.add(
                unit.connection,
                name=name,
                display_name=display_name or name,
                role=role,
                password_hash=hashed,
                created_at=now,
            )
            await unit.append([Draft("user.created", name, now, {"role": role})])

    async def set_password(self, name: str, password: str) -> None:
        """Change a password and end every session of the account."""
        hashed = await self._hash(password)
        async with self._store.write() as unit:
            if await accounts.get(unit.connection, name) is None:
                raise NotFound("not_found.account", name=name)
            await accounts.change(unit.connection, name, password_hash=hashed)
            await accounts.close_logins_of(unit.connection, name)
            await unit.append([Draft("user.password_changed", name, wall_now())])
        self._cache.clear()

    async def set_access(self, name: str, *, role: str | None, disabled: bool | None, actor: str) -> None:
        """Change a role or lock an account out; its sessions end, because they carry the old rights."""
        if role is not None and role not in ROLES:
            raise Invalid("invalid.role", role=role, allowed=", ".join(ROLES))
        values: dict[str, Any] = {}
        if role is not None:
            values["role"] = role
        if disabled is not None:
            values["disabled"] = disabled
        async with self._store.write() as unit:
            if await accounts.get(unit.connection, name) is None:
                raise NotFound("not_found.account", name=name)
            await accounts.change(unit.connection, name, **values)
            await accounts.close_logins_of(unit.connection, name)
            await unit.append([Draft("user.changed", name, wall_now(), values, actor=actor)])
        self._cache.clear()

    async def every(self) -> list[dict[str, Any]]:
        """Accounts as JSON, without anything secret."""
        async with self._store.read() as connection:
            rows = await accounts.every(connection)
        return [
            {"name": row.name, "display_name": row.display_name, "role": row.role, "disabled": row.disabled}
            for row in rows
        ]

    async def login(self, name: str, password: str, *, cookie: bool) -> tuple[str, Person]:
        """Check a password and open a session; Refused without saying which of the two was wrong.

        After five failures each further one makes the next wait twice as long, up to 30 s: slow for a guesser,
        never a lock-out that somebody else could cause for good.
        """
        failed = self._failures.get(name, 0)
        if failed > _FREE_TRIES:
            await asyncio.sleep(min(_WORST_WAIT_S, 2.0 ** (failed - _FREE_TRIES)))
        async with self._store.read() as connection:
            row = await accounts.get(connection, name)
        stored = self._nobody if row is None else row.password_hash
        right = await asyncio.to_thread(self._hasher.verify, password, stored)
        if row is None or not right or row.disabled:
            self._failures[name] = failed + 1
            async with self._store.write() as unit:
                await unit.append([Draft("access.refused", _account_code(name, row), wall_now())])
            raise Refused("refused.login")
        self._failures.pop(name, None)
        secret = secrets.token_urlsafe(32)
        now = wall_now()
        until = now + (SESSION_LIFE if cookie else TOKEN_LIFE)
        async with self._store.write() as unit:
            await accounts.open_login(
                unit.connection,
                token_hash=_fingerprint(secret),
                account=name,
                kind="cookie" if cookie else "bearer",
                created_at=now,
                expires_at=until,
            )
            await unit.append([Draft("access.login", name, now, {"by": "cookie" if cookie else "bearer"}, actor=name)])
        return secret, Person(row.name, row.display_name, row.role, until, cookie)

    async def logout(self, secret: str) -> None:
        """End a session."""
        async with self._store.write() as unit:
            await accounts.close_login(unit.connection, _fingerprint(secret))
        self._cache.pop(_fingerprint(secret), None)

    async def who(self, secret: str) -> Person | None:
        """The person behind a session secret, or None. Looked up afresh at least every two seconds."""
        key = _fingerprint(secret)
        now = asyncio.get_running_loop().time()
        cached = self._cache.get(key)
        if cached is not None and now - cached[0] < _CACHE_S:
            return _alive(cached[1])
        async with self._store.read() as connection:
            row = await accounts.login(connection, key)
        person = None
        if row is not None and not row.disabled:
            person = Person(row.name, row.display_name, row.role, row.expires_at, row.kind == "cookie")
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[key] = (now, person)
        return _alive(person)

    async def _hash(self, password: str) -> str:
        if len(password) < MIN_PASSWORD:
            raise Invalid("invalid.password_short", shortest=MIN_PASSWORD)
        return await asyncio.to_thread(self._hasher.hash, password)

    async def first_start(self, admin_password: str | None) -> str | None:
        """Make `admin` when there is no account at all; returns the password to print if one was made up."""
        async with self._store.read() as connection:
            if await accounts.count(connection):
                return None
        made_up = None if admin_password else secrets.token_urlsafe(12)
        await self.create("admin", "admin", admin_password or made_up or "", "Quản trị")
        return made_up

    async def demo(self, password: str) -> None:
        """The demo's accounts, all with one password; existing ones get it as well."""
        for name, (display_name, role) in DEMO_ACCOUNTS.items():
            try:
                await self.create(name, role, password, display_name)
            except Conflict:
                await self.set_password(name, password)


def _alive(person: Person | None) -> Person | None:
    return person if person is not None and person.until > wall_now() else None


def _fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _account_code(name: str, row: Any) -> str:
    # What somebody typed into the name field may be a password: the audit names only accounts that exist.
    return name if row is not None else SYSTEM


def same(a: str, b: str) -> bool:
    """Compare secrets without telling how much of them agreed."""
    return hmac.compare_digest(a.encode(), b.encode())
