"""Official bulletins as cases of their own: a storm is announced before any sensor feels it.

Only for the hazards that the pack names; others are no worse for being announced, their cases come from what is
measured. One issuer and one hazard are one case, whatever the number of the bulletin: the next bulletin raises or
lowers it, and when none is in force any more it stands down. Our severity comes from the pack's table and never
replaces the official level, which the case shows above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eoc.clock import iso
from eoc.engine.engine import Engine
from eoc.incidents.bulletins import Bulletin
from eoc.model import Place, Reason, Signal
from eoc.store import Unit, kept

RULE = "bulletin@1"
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class BulletinSeverity:
    """The pack's table of one hazard."""

    by_level: Mapping[int, int] = field(default_factory=dict)
    without_level: int | None = None

    def of(self, bulletin: Bulletin) -> int:
        """0: it opens nothing."""
        if bulletin.official_level is None:
            return self.without_level or 0
        return self.by_level.get(bulletin.official_level, 0)


async def tell(
    engine: Engine, unit: Unit, hazard: str, in_force: Sequence[Bulletin], table: BulletinSeverity, now: datetime
) -> None:
    """Compare what is in force with what was told, per issuer, and tell the difference."""
    name = f"bulletin.told.{hazard}"
    told = dict(await kept.get(unit.connection, name) or {})
    holding = [each for each in in_force if each.valid_until is None or each.valid_until > now]
    signals: list[Signal] = []
    for issuer in sorted({each.issuer for each in holding} | set(told)):
        theirs = [each for each in holding if each.issuer == issuer]
        gravest = max(theirs, key=lambda each: (table.of(each), each.issued_at), default=None)
        level = 0 if gravest is None else table.of(gravest)
        before = told.get(issuer, {"level": 0, "at": iso(now - _TICK)})
        if level == before["level"]:
            continue
        at = max(now, datetime.fromisoformat(before["at"]) + _TICK)
        told[issuer] = {"level": level, "at": iso(at)}
        signals.append(_signal(hazard, issuer, gravest, level, int(before["level"]), at))
    if signals:
        await kept.put(unit.connection, name, told)
        await engine.hear(unit, signals)


def _signal(hazard: str, issuer: str, bulletin: Bulletin | None, level: int, before: int, at: datetime) -> Signal:
    reasons: tuple[Reason, ...] = (Reason("reason.bulletin_over", {"issuer": issuer}),)
    place, title, onset = Place(name=issuer), None, at
    if bulletin is not None:
        facts = {"number": bulletin.number, "issuer": issuer, "level": bulletin.official_level}
        known = bulletin.official_level is not None
        reasons = (Reason("reason.bulletin_level" if known else "reason.bulletin_no_level", facts),)
        title = Reason("title.bulletin", {"number": bulletin.number, "issuer": issuer})
        onset = min(at, bulletin.issued_at)
        if len(bulletin.areas) == 1:
            place = Place(area=bulletin.areas[0], name=issuer)
    return Signal(
        hazard=hazard,
        ref=f"{issuer}/{hazard}",
        level=level,
        previous_level=before,
        at=at,
        onset=onset,
        value=None,
        rule=RULE,
        reasons=reasons,
        source="notice",
        place=place,
        title=title,
    )
