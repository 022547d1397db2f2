"""The draft fire bulletin: what it says each afternoon, who signs it, who gets it, who said that they have it.

Source: Decision 18/2021/QĐ-TTg, articles 26 and 27: a bulletin at danger IV-V and what is in it; from which level one
is drafted is the pack's. Ours is a draft of the ranger service's own bulletin: it counts once that service has signed
it. A draft follows the map and the announced levels; what is signed stays as it was signed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from eoc.clock import iso
from eoc.engine.engine import Engine
from eoc.engine.fire_province import FireProvince
from eoc.errors import Conflict, Invalid, NotFound
from eoc.events import Draft
from eoc.hazards.fire_danger import Danger, official_wins
from eoc.ids import Ids
from eoc.incidents import Actor
from eoc.model import Reason
from eoc.store import Store, Unit
from eoc.store import fire as fire_store
from eoc.store.fire import FireBulletin, Recipient

CHANNELS = ("printed", "email", "zalo", "phone", "radio", "fax", "sms")


@dataclass(frozen=True, slots=True)
class Official:
    """A level that the authority announced: number of the bulletin, communes (None = all), until when."""

    id: str
    number: str
    level: int
    communes: frozenset[str] | None
    valid_until: datetime | None

    def holds(self, area: str) -> bool:
        return self.communes is None or area in self.communes


@dataclass(frozen=True, slots=True)
class Judged:
    """A commune's day with the announced level beside ours; `level` is the one that counts."""

    danger: Danger
    level: int | None
    official: Official | None
    mismatch: Reason | None


def judge(danger: Danger, announced: Sequence[Official]) -> Judged:
    """Put the announcement for a commune (the first that covers it) above our own level."""
    official = next((each for each in announced if each.holds(danger.area)), None)
    level, mismatch = official_wins(danger.level, official.level if official else None)
    return Judged(danger, level, official, mismatch)


async def draft(
    unit: Unit, province: FireProvince, day: date, judged: Sequence[Judged], now: datetime, ids: Ids
) -> FireBulletin | None:
    """Make, change or take back the draft of a day; a signed bulletin is left alone."""
    rule = province.fire.bulletin
    if rule is None:
        return None
    current = await fire_store.bulletin_of(unit.connection, day)
    if current is not None and current.state != "draft":
        return current
    grave = [each for each in judged if each.level is not None and each.level >= rule.from_level]
    if not grave:
        if current is not None:
            await fire_store.drop_bulletin(unit.connection, current.id)
            await unit.append([Draft("fire.bulletin_dropped", current.id, now, {"day": day.isoformat()})])
        return None
    body = _body(province, day, judged, grave)
    if current is not None and dict(current.body) == body:
        return current
    made = (
        FireBulletin(ids(), day, "draft", body, now)
        if current is None
        else replace(current, body=body, made_at=now, version=current.version + 1)
    )
    await fire_store.put_bulletin(unit.connection, made)
    await fire_store.set_recipients(unit.connection, made.id, _recipients(province, body))
    kind = "fire.bulletin_drafted" if current is None else "fire.bulletin_redrafted"
    data = {"day": day.isoformat(), "communes": len(grave), "highest": body["highest"], "version": made.version}
    await unit.append([Draft(kind, made.id, now, data)])
    return made


def _body(province: FireProvince, day: date, judged: Sequence[Judged], grave: Sequence[Judged]) -> dict[str, Any]:
    rule = province.fire.bulletin
    assert rule is not None
    level_of = {each.danger.area: each.level for each in grave}
    owners: list[dict[str, Any]] = [
        {"id": owner.id, "areas": [area for area in owner.areas if area in level_of]}
        for owner in province.fire.owners
        if any(area in level_of for area in owner.areas)
    ]
    for owner in owners:
        owner["level"] = max(level_of[area] or 0 for area in owner["areas"])
    counted = Counter(each.level for each in judged if each.level is not None)
    return {
        "day": day.isoformat(),
        "from_level": rule.from_level,
        "highest": max(each.level or 0 for each in grave),
        "levels": {str(level): count for level, count in sorted(counted.items())},
        "not_computed": sum(each.level is None for each in judged),
        "items": [_item(each) for each in sorted(grave, key=lambda one: (-(one.level or 0), one.danger.area))],
        "owners": owners,
        "constants": province.constants(),
    }


def _item(judged: Judged) -> dict[str, Any]:
    danger, official = judged.danger, judged.official
    return {
        "area": danger.area,
        "level": judged.level,
        "computed": danger.level,
        "p": None if danger.p is None else round(danger.p),
        "fwi": None if danger.codes is None else round(danger.codes.fwi, 1),
        "station": danger.station,
        "table": danger.table,
        "source": danger.table_source,
        "why": None if danger.why is None else danger.why.as_json(),
        "official": None if official is None else {"number": official.number, "level": official.level},
        "mismatch": None if judged.mismatch is None else judged.mismatch.as_json(),
    }


def _recipients(province: FireProvince, body: Mapping[str, Any]) -> list[Recipient]:
    rule = province.fire.bulletin
    bodies = [Recipient(each, "body") for each in (rule.recipients if rule else ())]
    communes = [Recipient(each["area"], "commune") for each in body["items"]]
    return [*bodies, *communes, *(Recipient(each["id"], "owner") for each in body["owners"])]


class FireBulletins:
    """What people do to a bulletin: sign, send, acknowledge."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    async def sign(self, bulletin: str, actor: Actor, version: int | None = None) -> FireBulletin:
        """The ranger service makes the draft its own. `version`: what was read, so that nobody signs a changed text."""
        async with self._store.write() as unit:
            found, now = await self._take(unit, bulletin, "draft")
            if version is not None and version != found.version:
                raise Conflict("conflict.version", current=found, version=found.version)
            signed = replace(found, state="signed", signed_by=actor.name, signed_at=now)
            return await self._put(unit, signed, now, "fire.bulletin_signed", {}, actor)

    async def send(self, bulletin: str, actor: Actor, channels: Sequence[str]) -> FireBulletin:
        """It left the house, on these channels; from here each recipient may acknowledge."""
        unknown = [each for each in channels if each not in CHANNELS]
        if unknown or not channels:
            raise Invalid("invalid.fire_channels", channels=", ".join(unknown), allowed=", ".join(CHANNELS))
        async with self._store.write() as unit:
            found, now = await self._take(unit, bulletin, "signed")
            sent = replace(found, state="sent", sent_by=actor.name, sent_at=now, channels=tuple(channels))
            return await self._put(unit, sent, now, "fire.bulletin_sent", {"channels": list(channels)}, actor)

    async def acknowledge(self, bulletin: str, recipient: str, actor: Actor, channel: str) -> FireBulletin:
        """A recipient has it. Saying so twice changes nothing; when all have, the bulletin is acknowledged."""
        if channel not in CHANNELS:
            raise Invalid("invalid.fire_channels", channels=channel, allowed=", ".join(CHANNELS))
        async with self._store.write() as unit:
            found, now = await self._take(unit, bulletin, "sent", "acknowledged")
            people = (await fire_store.recipients(unit.connection, [bulletin]))[bulletin]
            if recipient not in {each.recipient for each in people}:
                raise NotFound("not_found.fire_recipient", id=recipient)
            if not await fire_store.acknowledge(unit.connection, bulletin, recipient, actor.name, now, channel):
                return found
            left = sum(each.acknowledged_at is None for each in people) - 1
            done = replace(found, state="sent" if left else "acknowledged")
            data = {"recipient": recipient, "channel": channel, "left": left}
            return await self._put(unit, done, now, "fire.bulletin_acknowledged", data, actor)

    async def _take(self, unit: Unit, bulletin: str, *states: str) -> tuple[FireBulletin, datetime]:
        await unit.lock()
        found = await fire_store.bulletin(unit.connection, bulletin)
        if found is None:
            raise NotFound("not_found.fire_bulletin", id=bulletin)
        if found.state not in states:
            raise Conflict("conflict.fire_bulletin_state", current=found, state=found.state)
        return found, await self._engine.moment(unit)

    async def _put(
        self, unit: Unit, after: FireBulletin, now: datetime, kind: str, data: Mapping[str, Any], actor: Actor
    ) -> FireBulletin:
        await fire_store.put_bulletin(unit.connection, after)
        facts = {"day": after.day.isoformat(), "at": iso(now), **data}
        await unit.append([Draft(kind, after.id, now, facts, actor=actor.name)])
        return after
