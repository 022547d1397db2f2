"""What becomes of one message after an attempt, pure: sent, tried again, looked up, or given up.

An SMS is not idempotent: after a timeout nobody knows whether the provider took it. The rule is *look up before
trying again*. Where a provider cannot be asked, the highest levels fail open (a second message is better than none)
and all others stay `unknown` for a person to see.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FAIL_OPEN_FROM = 4
"""From this level on a message of unknown fate is sent again even by a provider that cannot look up."""

STATES = ("queued", "sending", "sent", "delivered", "failed", "unknown", "expired")
FINAL = ("sent", "delivered", "failed", "expired")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it. That is all "sent" means: not that a phone showed it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Dead:
    """Refused for good: a retry would be refused again."""

    code: str


@dataclass(frozen=True, slots=True)
class Later:
    """This message was not taken; a retry may help. Counts as an attempt."""

    code: str
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Paused:
    """The provider takes nothing from us at the moment (rate limit, outage, refused account), or the lease was too
    short to begin. The message goes back untouched and the attempt does not count."""

    code: str | None = None
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may or may not have been taken."""

    code: str


@dataclass(frozen=True, slots=True)
class Unasked:
    """The look-up itself got no answer: still unclear, and nothing was sent."""

    code: str


@dataclass(frozen=True, slots=True)
class TooLate:
    """The warning expired or was ended before this message left."""

    code: str


Outcome = Accepted | Dead | Later | Paused | Unclear | Unasked | TooLate


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed row under the lease `lease`.

    `attempts`: those that came to an outcome. A claim whose worker died before one does not count, or a bad night of
    restarts would use up everybody's tries.
    `ask_first`: an earlier attempt has an unknown outcome. `ended`: the warning was cancelled or has expired, so it
    may be looked up but not sent. `phone_sealed` None: the person was erased meanwhile.
    """

    id: int
    lease: str
    warning: str
    warning_version: int
    level: int
    attempts: int
    unclear: int
    ask_first: bool
    ended: bool
    body: str
    first_attempt_at: datetime
    lease_until: datetime
    expires_at: datetime
    phone_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is written back. `due_at` None: nothing more will happen to this row by itself."""

    item: int
    state: str
    attempts: int
    unclear: int
    due_at: datetime | None = None
    provider_id: str | None = None
    error_code: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Retry and lease parameters, seconds unless said otherwise.

    `lookup_after_s`: how long a provider's list needs to show a message that it has just taken.
    """

    most_attempts: int = 6
    base_s: float = 1.0
    cap_s: float = 60.0
    lease_s: float = 60.0
    lookup_after_s: float = 3.0
    reserve_s: float = 15.0
    """A send begins only when this much of the lease is left: the provider's timeout and then some."""


POLICY = Policy()


def backoff_s(policy: Policy, attempt: int, chance: random.Random) -> float:
    """Full jitter: uniform between 0 and min(cap, base x 2^attempt). Spreads a herd better than any fixed step."""
    ceiling = min(policy.cap_s, policy.base_s * 2.0 ** min(attempt, 30))
    return chance.uniform(0.0, ceiling)


def settle(
    outcome: Outcome, item: Item, now: datetime, policy: Policy, chance: random.Random, *, can_look_up: bool
) -> Settlement:
    """The row after an outcome; `now` is wall time."""
    before, tried, unclear = item.attempts, item.attempts + 1, item.unclear

    def at(seconds: float) -> datetime:
        return now + timedelta(seconds=seconds)

    match outcome:
        case Accepted(provider_id):
            return Settlement(item.id, "sent", tried, unclear, provider_id=provider_id, sent_at=now)
        case Dead(code):
            return Settlement(item.id, "failed", tried, unclear, error_code=code)
        case TooLate(code):
            return Settlement(item.id, "expired", before, unclear, error_code=code)
        case Paused(code, after_s):
            state = "unknown" if item.ask_first else "queued"
            return Settlement(item.id, state, before, unclear, due_at=at(after_s), error_code=code)
        case Unasked(code):
            pause = at(policy.lookup_after_s + backoff_s(policy, tried, chance))
            return Settlement(item.id, "unknown", before, unclear, due_at=pause, error_code=code)
        case Later(code, after_s):
            if tried >= policy.most_attempts:
                return Settlement(item.id, "failed", tried, unclear, error_code=code)
            pause = at(max(after_s, backoff_s(policy, tried, chance)))
            return Settlement(item.id, "queued", tried, unclear, due_at=pause, error_code=code)
        case Unclear(code):
            unclear += 1
            again = can_look_up or (item.level >= FAIL_OPEN_FROM and unclear == 1)
            pause = at(policy.lookup_after_s + backoff_s(policy, tried, chance))
            return Settlement(item.id, "unknown", tried, unclear, due_at=pause if again else None, error_code=code)


def nothing_found(item: Item, policy: Policy) -> Outcome | None:
    """After a look-up that found nothing: None means send again, otherwise the end."""
    return Dead("sms.attempts_exhausted") if item.attempts >= policy.most_attempts else None


def blind(item: Item, policy: Policy) -> Outcome | None:
    """The same where nobody can be asked.

    After a worker's death the highest levels are sent again (at most one message too many per person and death); after
    a provider's lost answer once. Everything else stays unknown for a person to see.
    """
    if item.ended or item.level < FAIL_OPEN_FROM or item.unclear > 1:
        return Unclear("sms.outcome_unknown")
    return nothing_found(item, policy)
