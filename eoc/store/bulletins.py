"""Official bulletins and their files in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, SmallInteger, Text, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from eoc.incidents.bulletins import Bulletin, BulletinFile
from eoc.store.base import Json


class BulletinRow(SQLModel, table=True):
    __tablename__ = "bulletin"
    __table_args__ = (
        CheckConstraint("official_level between 1 and 5", name="official_level"),
        CheckConstraint("state in ('current', 'superseded', 'expired', 'closed')", name="state"),
    )

    id: str = Field(primary_key=True)
    number: str
    issuer: str
    hazard: str = Field(index=True)
    official_level: int | None = Field(default=None, sa_type=SmallInteger)
    areas: list[Any] = Field(default_factory=list, sa_type=Json)
    issued_at: datetime = Field(index=True)
    received_at: datetime
    valid_until: datetime | None = None
    next_due_at: datetime | None = None
    text: str = Field(default="", sa_type=Text)
    state: str = Field(default="current", index=True)
    source: str = "person"
    entered_by: str = ""
    supersedes: str | None = None
    overdue_at: datetime | None = None
    version: int = 1


class BulletinFileRow(SQLModel, table=True):
    """The bulletin as issued: kept as it came, never opened by us."""

    __tablename__ = "bulletin_file"

    bulletin: str = Field(primary_key=True, foreign_key="bulletin.id")
    name: str
    media_type: str
    sha256: str
    data: bytes = Field(sa_type=LargeBinary)


_BULLETIN = BulletinRow.__table__  # type: ignore[attr-defined]
_FILE = BulletinFileRow.__table__  # type: ignore[attr-defined]
_NAMES = [column.name for column in _BULLETIN.columns]
_JOINED = select(_BULLETIN, _FILE.c.name.label("file_name"), _FILE.c.media_type, _FILE.c.sha256).outerjoin(
    _FILE, _FILE.c.bulletin == _BULLETIN.c.id
)


def _bulletin(row: Any) -> Bulletin:
    values = {name: getattr(row, name) for name in _NAMES} | {"areas": tuple(row.areas)}
    file = BulletinFile(row.file_name, row.media_type, row.sha256) if row.sha256 is not None else None
    return Bulletin(**values, file=file)


def _values(bulletin: Bulletin) -> dict[str, Any]:
    return {name: getattr(bulletin, name) for name in _NAMES} | {"areas": list(bulletin.areas)}


async def get(connection: AsyncConnection, bulletin: str) -> Bulletin | None:
    row = (await connection.execute(_JOINED.where(_BULLETIN.c.id == bulletin))).one_or_none()
    return None if row is None else _bulletin(row)


async def add(connection: AsyncConnection, bulletin: Bulletin) -> None:
    await connection.execute(insert(_BULLETIN).values(_values(bulletin)))


async def save(connection: AsyncConnection, bulletin: Bulletin) -> Bulletin:
    """Write a changed bulletin under its next version."""
    after = replace(bulletin, version=bulletin.version + 1)
    await connection.execute(update(_BULLETIN).where(_BULLETIN.c.id == bulletin.id).values(_values(after)))
    return after


async def current(connection: AsyncConnection, hazard: str | None = None) -> list[Bulletin]:
    """Bulletins in force as far as anybody said."""
    query = _JOINED.where(_BULLETIN.c.state == "current")
    if hazard is not None:
        query = query.where(_BULLETIN.c.hazard == hazard)
    return [_bulletin(row) for row in await connection.execute(query.order_by(_BULLETIN.c.id))]


async def find(
    connection: AsyncConnection, *, states: Sequence[str] | None, hazard: str | None, before: str | None, limit: int
) -> list[Bulletin]:
    """Newest entries first (ids are ordered by time), continuing before an id."""
    query = _JOINED.order_by(_BULLETIN.c.id.desc()).limit(limit)
    if states:
        query = query.where(_BULLETIN.c.state.in_(states))
    if hazard:
        query = query.where(_BULLETIN.c.hazard == hazard)
    if before:
        query = query.where(_BULLETIN.c.id < before)
    return [_bulletin(row) for row in await connection.execute(query)]


async def same(connection: AsyncConnection, issuer: str, number: str) -> Bulletin | None:
    """The bulletin that this issuer gave this number, not superseded by a correction of it."""
    query = _JOINED.where(
        _BULLETIN.c.issuer == issuer, _BULLETIN.c.number == number, _BULLETIN.c.state != "superseded"
    ).order_by(_BULLETIN.c.id.desc())
    row = (await connection.execute(query.limit(1))).one_or_none()
    return None if row is None else _bulletin(row)


async def put_file(connection: AsyncConnection, bulletin: str, file: BulletinFile, data: bytes) -> bool:
    """Keep the file of a bulletin; False when it has one already, which stays."""
    known = await connection.execute(select(_FILE.c.bulletin).where(_FILE.c.bulletin == bulletin))
    if known.one_or_none() is not None:
        return False
    values = {
        "bulletin": bulletin, "name": file.name, "media_type": file.media_type, "sha256": file.sha256, "data": data,
    }  # fmt: skip
    await connection.execute(insert(_FILE).values(values))
    return True


async def file_of(connection: AsyncConnection, bulletin: str) -> tuple[BulletinFile, bytes] | None:
    row = (await connection.execute(select(_FILE).where(_FILE.c.bulletin == bulletin))).one_or_none()
    return None if row is None else (BulletinFile(row.name, row.media_type, row.sha256), row.data)
