"""What becomes of a message after an attempt: laws that hold for every outcome."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.delivery import (
    FAIL_OPEN_FROM,
    FINAL,
    STATES,
    Accepted,
    Dead,
    Item,
    Later,
    Outcome,
    Paused,
    Policy,
    TooLate,
    Unasked,
    Unclear,
    backoff_s,
    blind,
    nothing_found,
    settle,
)

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
POLICY = Policy()
ITEM = Item(
    id=1,
    lease="w:1",
    warning="w",
    warning_version=3,
    level=4,
    attempts=1,
    unclear=0,
    ask_first=False,
    ended=False,
    body="x",
    first_attempt_at=NOW,
    lease_until=NOW + timedelta(minutes=1),
    expires_at=NOW + timedelta(hours=1),
    phone_sealed=b"sealed",
)

outcomes = st.one_of(
    st.builds(Accepted, st.just("id")),
    st.builds(Dead, st.just("sms.refused")),
    st.builds(Later, st.just("sms.later"), st.floats(0, 100)),
    st.builds(Paused, st.one_of(st.none(), st.just("sms.down")), st.floats(0, 100)),
    st.builds(Unclear, st.just("sms.lost")),
    st.builds(Unasked, st.just("sms.lookup_failed")),
    st.builds(TooLate, st.just("sms.warning_ended")),
)
items = st.builds(
    lambda level, attempts, unclear, ask: replace(ITEM, level=level, attempts=attempts, unclear=unclear, ask_first=ask),
    st.integers(0, 5),
    st.integers(0, 12),
    st.integers(0, 4),
    st.booleans(),
)


@given(outcome=outcomes, item=items, seed=st.integers(0, 99), can_look_up=st.booleans())
def test_laws(outcome: Outcome, item: Item, seed: int, can_look_up: bool) -> None:
    after = settle(outcome, item, NOW, POLICY, random.Random(seed), can_look_up=can_look_up)
    assert after.state in STATES
    assert after.state != "sending"
    # Final is final, and whoever waits knows for when.
    if after.state in FINAL:
        assert after.due_at is None
    if after.state == "queued":
        assert after.due_at is not None
    if after.due_at is not None:
        assert NOW <= after.due_at <= NOW + timedelta(seconds=300)
    # What was never handed to the provider costs no attempt.
    assert after.attempts == item.attempts + (not isinstance(outcome, Paused | Unasked | TooLate))
    assert (after.state == "sent") == isinstance(outcome, Accepted) == (after.provider_id is not None)
    # A doubt is never forgotten: such a row is looked up before anything else happens to it.
    if isinstance(outcome, Unclear) or (item.ask_first and isinstance(outcome, Paused | Unasked)):
        assert after.state == "unknown"
    if isinstance(outcome, Unclear) and not can_look_up and item.level < FAIL_OPEN_FROM:
        assert after.due_at is None


@given(attempt=st.integers(0, 200), seed=st.integers(0, 1000))
def test_full_jitter(attempt: int, seed: int) -> None:
    pause_s = backoff_s(POLICY, attempt, random.Random(seed))
    assert 0 <= pause_s <= min(POLICY.cap_s, POLICY.base_s * 2**attempt)


def test_jitter_spreads_a_herd() -> None:
    chance = random.Random(1)
    pauses = [backoff_s(POLICY, 5, chance) for _ in range(1000)]
    tenths = [sum(3.2 * n <= pause < 3.2 * (n + 1) for pause in pauses) for n in range(10)]
    assert min(tenths) > 60


def test_tries_end() -> None:
    last = replace(ITEM, attempts=POLICY.most_attempts - 1)
    chance = random.Random(1)
    assert settle(Later("x"), last, NOW, POLICY, chance, can_look_up=True).state == "failed"
    assert settle(Later("x"), replace(last, attempts=4), NOW, POLICY, chance, can_look_up=True).state == "queued"
    # After the last one there is still a look-up, and only then the end.
    doubtful = settle(Unclear("x"), last, NOW, POLICY, chance, can_look_up=True)
    assert (doubtful.state, doubtful.attempts) == ("unknown", POLICY.most_attempts)
    assert doubtful.due_at is not None
    assert nothing_found(replace(last, attempts=doubtful.attempts), POLICY) == Dead("sms.attempts_exhausted")
    assert nothing_found(last, POLICY) is None


@pytest.mark.parametrize(
    ("level", "unclear", "attempts", "ended", "again"),
    [
        (4, 0, 2, False, True),
        (5, 0, 5, False, True),
        (5, 1, 2, False, True),
        (5, 2, 2, False, False),
        (3, 0, 2, False, False),
        (5, 0, 6, False, False),
        (5, 0, 2, True, False),
    ],
)
def test_without_anybody_to_ask(level: int, unclear: int, attempts: int, ended: bool, again: bool) -> None:
    item = replace(ITEM, level=level, unclear=unclear, attempts=attempts, ended=ended, ask_first=True)
    assert (blind(item, POLICY) is None) == again


def test_an_item_does_not_show_the_number() -> None:
    assert "sealed" not in repr(ITEM).replace("phone_sealed", "")
