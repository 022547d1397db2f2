"""What the warning desk knows besides its tables: the pack, the clock, the rate, and whether this is an exercise."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.checks import Check, Subject, review, seconds_to_send
from dispatch.gazetteer import names_for
from dispatch.sms.segments import measure
from dispatch.store.recipients import Reach
from dispatch.warnings import PublicWarning
from eoc.clock import EPOCH, Clock, DataClock, from_us, wall_now
from eoc.packs import Pack
from eoc.store import Unit


@dataclass(frozen=True, slots=True)
class Desk:
    """`rate_per_s`: segments a second for everybody together; `drill`: every warning here is an exercise."""

    pack: Pack
    clock: Clock
    rate_per_s: float
    drill: bool = False

    def now(self) -> datetime:
        """The time that expiry is judged by: on the data clock that of the data, once there is any."""
        now = self.clock.now()
        return wall_now() if now <= EPOCH else now

    async def moment(self, unit: Unit) -> datetime:
        """The same inside a transaction that holds the journal's head: nobody's clock is ahead of it."""
        if isinstance(self.clock, DataClock):
            self.clock.advance(from_us((await unit.lock()).data_now))
        return self.now()

    def sender(self, now: datetime) -> str:
        """The name that opens a text; empty when the pack has none, and then nothing passes the source check."""
        sender = self.pack.sender(now)
        return sender.name.vi if sender is not None else ""

    def review(self, warning: PublicWarning, reach: Reach, now: datetime) -> tuple[Check, ...]:
        """Every check of a warning as it stands."""
        content = warning.content
        return review(
            Subject(
                vi=content.text.vi,
                vi_plain=content.text.vi_plain,
                en=content.text.en,
                level=content.level,
                hazard=content.hazard,
                sender=self.sender(now),
                place_names=names_for(self.pack, content.areas, now),
                expires_at=content.expires_at,
                audience=reach.count,
                rate_per_s=self.rate_per_s,
            ),
            now,
        )

    def eta_s(self, warning: PublicWarning, people: int) -> int:
        """Seconds until the last of `people` has been served, counted in the text that most phones get."""
        return seconds_to_send(people, measure(warning.content.text.vi_plain).segments, self.rate_per_s)
