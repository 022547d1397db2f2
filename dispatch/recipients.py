"""Bringing people onto the list of those who receive warnings: checked, sealed, counted, never logged."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch.sms.numbers import mobile_number
from dispatch.store import recipients as recipient_store
from dispatch.store.recipients import NewRecipient
from eoc.errors import Invalid
from eoc.events import SYSTEM, Draft
from eoc.secrets import Vault
from eoc.store import Store, Unit

CHUNK = 500
_LANGUAGES = frozenset({"vi", "en"})
_CHANNELS = frozenset({"sms", "call"})
_BASES = frozenset({"consent", "emergency", "statutory"})


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: its number in the input (from 1) and why. Never the number of the telephone."""

    row: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Import:
    """What became of the rows: given = added + updated + repeated + refused."""

    added: int = 0
    updated: int = 0
    repeated: int = 0
    refused: tuple[RefusedRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "updated": self.updated,
            "repeated": self.repeated,
            "refused": [row.as_json() for row in self.refused],
        }


async def import_recipients(
    store: Store,
    vault: Vault,
    rows: Sequence[Mapping[str, Any]],
    *,
    source: str,
    now: datetime,
    actor: str = SYSTEM,
    basis: str = "consent",
) -> Import:
    """Put people on the list; a number that is there already has its line brought up to date.

    A row has `phone` and `area`, and may have `language` (vi, en), `channel` (sms, call), `lon`, `lat`, `basis`.
    `source` says where the rows come from ("import"). Written in chunks of at most 500, each with its event.
    """
    done = Import()
    seen: set[str] = set()
    for start in range(0, len(rows), CHUNK):
        chunk = await _prepared(vault, rows, start, source, basis)
        async with store.write() as unit:
            done = await _write(unit, chunk, seen, done, _Report(source, now, actor))
    return done


async def seed_from_pack(store: Store, vault: Vault, people: Sequence[Any], now: datetime) -> Import | None:
    """Bring the pack's people in, all in one transaction; None when somebody is (or was) on the list already.

    `people` are `eoc.packs.recipients.Recipient`; in a demo pack every one of them is invented.
    """
    async with store.read() as connection:
        if await recipient_store.how_many(connection, ended=True):
            return None
    rows = [
        {"phone": each.phone, "area": each.area, "language": each.language, "channel": each.channel} for each in people
    ]
    chunks = [await _prepared(vault, rows, start, "pack", "consent") for start in range(0, len(rows), CHUNK)]
    done = Import()
    seen: set[str] = set()
    async with store.write() as unit:
        for chunk in chunks:
            done = await _write(unit, chunk, seen, done, _Report("pack", now, SYSTEM))
    return done


@dataclass(frozen=True, slots=True)
class _Report:
    """Who brings people in, when, and from where."""

    source: str
    at: datetime
    actor: str


_Prepared = tuple[list[NewRecipient], list[RefusedRow]]


async def _prepared(vault: Vault, rows: Sequence[Mapping[str, Any]], start: int, source: str, basis: str) -> _Prepared:
    """Parsing and sealing 500 numbers takes some 30 ms: not on the loop."""
    return await asyncio.to_thread(_prepare, vault, rows[start : start + CHUNK], start, source, basis)


async def _write(unit: Unit, chunk: _Prepared, seen: set[str], done: Import, report: _Report) -> Import:
    people, turned_away = chunk
    fresh = {each.phone_fingerprint: each for each in people if each.phone_fingerprint not in seen}
    seen.update(fresh)
    # The position of the event below: the list as of a journal position is then the same for everyone.
    seq = (await unit.lock()).seq + 1
    added, updated = await recipient_store.put(unit.connection, list(fresh.values()), seq, report.at)
    reasons = Counter(row.code for row in turned_away)
    data = {"added": added, "updated": updated, "refused": dict(reasons), "source": report.source}
    await unit.append([Draft("config.recipients_imported", "recipients", report.at, data, actor=report.actor)])
    return Import(
        done.added + added,
        done.updated + updated,
        done.repeated + len(people) - len(fresh),
        (*done.refused, *turned_away),
    )


def _prepare(
    vault: Vault, rows: Sequence[Mapping[str, Any]], offset: int, source: str, basis: str
) -> tuple[list[NewRecipient], list[RefusedRow]]:
    people: list[NewRecipient] = []
    refused: list[RefusedRow] = []
    for index, row in enumerate(rows):
        try:
            people.append(_person(vault, row, source, basis))
        except Invalid as error:
            refused.append(RefusedRow(offset + index + 1, error.code, error.params))
    return people, refused


def _person(vault: Vault, row: Mapping[str, Any], source: str, basis: str) -> NewRecipient:
    number = mobile_number(str(row.get("phone") or ""))
    area = str(row.get("area") or "").strip()
    if not area:
        raise Invalid("recipient.no_area")
    return NewRecipient(
        phone_sealed=vault.seal(number),
        phone_fingerprint=vault.fingerprint(number),
        area=area,
        basis=_one_of(row, "basis", _BASES, basis),
        source=source,
        language=_one_of(row, "language", _LANGUAGES, "vi"),
        channel=_one_of(row, "channel", _CHANNELS, "sms"),
        lon=_degrees(row, "lon", 180.0),
        lat=_degrees(row, "lat", 90.0),
    )


def _one_of(row: Mapping[str, Any], name: str, allowed: frozenset[str], otherwise: str) -> str:
    value = str(row.get(name) or otherwise).strip()
    if value not in allowed:
        raise Invalid("recipient.unknown_value", field=name, allowed=", ".join(sorted(allowed)))
    return value


def _degrees(row: Mapping[str, Any], name: str, most: float) -> float | None:
    given = row.get(name)
    if given is None or given == "":
        return None
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = float("nan")
    if not -most <= value <= most:
        raise Invalid("recipient.bad_coordinate", field=name)
    return value
