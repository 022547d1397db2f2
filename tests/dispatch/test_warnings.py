"""The life of a warning: every state against every step and role, and two persons whatever happens."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.checks import Check
from dispatch.content import LONGEST_TEXT, Content, Text
from dispatch.warnings import (
    ROLES,
    STATES,
    SYSTEM_ACTOR,
    TRANSITIONS,
    Approve,
    Begin,
    Cancel,
    Command,
    Edit,
    Expire,
    Finish,
    Origin,
    PublicWarning,
    Reject,
    Submit,
    compose,
    decide,
)
from eoc.errors import Conflict, EocError, Invalid, Refused
from eoc.incidents import Actor

NOW = datetime.fromisoformat("2026-11-22T09:31:00+00:00")
FINE = (Check("check.gap", True, True),)
AN, BINH, CHI = Actor("an", "operator"), Actor("binh", "supervisor"), Actor("chi", "leader")

ALL_ROLES = (
    "public", "citizen", "field", "operator", "dispatcher", "supervisor", "leader", "admin", "commune", "agency",
    "dam_operator", "reporter", "analyst", "system",
)  # fmt: skip


def content(**changes: object) -> Content:
    parts = {
        "level": 4,
        "hazard": "river_flood",
        "text": Text.of("Lũ"),
        "areas": ("101",),
        "expires_at": NOW + timedelta(hours=6),
    }
    return Content(**(parts | changes))  # type: ignore[arg-type]


def warning(state: str = "draft", version: int = 5) -> PublicWarning:
    made = compose("w", 1, content(), AN, NOW).warning
    submitted = state not in ("draft", "rejected")
    approved = state in ("approved", "sending", "sent")
    return replace(
        made,
        state=state,
        version=version,
        submitted_by="an" if submitted else None,
        submitted_at=NOW if submitted else None,
        approved_by="chi" if approved else None,
        approved_at=NOW if approved else None,
    )


COMMANDS: dict[str, Command] = {
    "edit": Edit(5, content(level=3)),
    "submit": Submit(5, FINE),
    "approve": Approve(5, 10, 10, FINE),
    "reject": Reject(5, "vì"),
    "cancel": Cancel(5),
    "begin": Begin(),
    "finish": Finish({"sent": 1}),
    "expire": Expire({"sent": 1}),
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(STATES, COMMANDS)))
def test_every_state_against_every_step(state: str, step: str) -> None:
    actor = SYSTEM_ACTOR if "system" in ROLES[step] else BINH
    if (state, step) in TRANSITIONS:
        decision = decide(COMMANDS[step], warning(state), actor, NOW)
        assert decision.warning.state == TRANSITIONS[state, step]
        assert len(decision.events) == 1
        assert decision.events[0].data["state"] == decision.warning.state
        by_a_person = step in ("edit", "submit", "approve", "reject", "cancel")
        assert decision.warning.version == 5 + by_a_person
    else:
        with pytest.raises(Refused) as refused:
            decide(COMMANDS[step], warning(state), actor, NOW)
        assert refused.value.code == "refused.transition"
        assert refused.value.params == {"state": state, "to": step}


def test_the_table_speaks_only_of_known_states_and_steps() -> None:
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert {step for _, step in TRANSITIONS} == set(COMMANDS)
    assert not [step for state, step in TRANSITIONS if state in ("cancelled", "expired")]


@pytest.mark.parametrize(("role", "step"), list(itertools.product(ALL_ROLES, COMMANDS)))
def test_every_role_against_every_step(role: str, step: str) -> None:
    state = next(state for state, other in TRANSITIONS if other == step)
    actor = SYSTEM_ACTOR if role == "system" else Actor("someone", role)
    if role in ROLES[step]:
        decide(COMMANDS[step], warning(state), actor, NOW)
    else:
        with pytest.raises(Refused) as refused:
            decide(COMMANDS[step], warning(state), actor, NOW)
        assert refused.value.code == "refused.role"


def test_administrators_and_the_public_can_do_nothing() -> None:
    for role in ("admin", "public", "citizen", "field", "commune", "agency", "dam_operator", "reporter", "analyst"):
        assert all(role not in roles for roles in ROLES.values())


@pytest.mark.parametrize("state", ["approved", "sending", "sent"])
def test_what_two_have_agreed_on_only_a_supervisor_or_leader_ends(state: str) -> None:
    with pytest.raises(Refused):
        decide(Cancel(5), warning(state), AN, NOW)
    assert decide(Cancel(5), warning(state), BINH, NOW).events[0].data["was"] == state


steps = st.sampled_from(["edit", "submit", "approve", "reject", "cancel"])
people = st.sampled_from(
    [Actor(name, role) for name in ("a", "b", "c") for role in ("operator", "dispatcher", "supervisor", "leader")]
)


@given(author=people, history=st.lists(st.tuples(steps, people), max_size=12), by_system=st.booleans())
def test_whatever_people_try_two_have_agreed(author: Actor, history: list[tuple[str, Actor]], by_system: bool) -> None:
    """Any sequence of steps by any people: an approved warning was written or handed in by somebody else."""
    try:
        now_is = compose("w", 1, content(), SYSTEM_ACTOR if by_system else author, NOW).warning
    except Refused:
        assert author.role == "leader"
        return
    writers = set() if by_system else {author.name}
    for step, actor in history:
        command: dict[str, Command] = {
            "edit": Edit(now_is.version, content()),
            "submit": Submit(now_is.version, FINE),
            "approve": Approve(now_is.version, 3, 3, FINE),
            "reject": Reject(now_is.version, "vì"),
            "cancel": Cancel(now_is.version),
        }
        try:
            now_is = decide(command[step], now_is, actor, NOW).warning
        except EocError:
            continue
        if step == "edit":
            writers.add(actor.name)
        if now_is.state == "approved":
            assert actor.role in ("supervisor", "leader")
            assert now_is.approved_by not in writers
            assert now_is.approved_by != now_is.submitted_by
            assert now_is.submitted_by is not None
            return
    assert now_is.approved_by is None


def test_the_system_drafts_but_neither_submits_nor_approves() -> None:
    drafted = compose("w", 1, content(), SYSTEM_ACTOR, NOW).warning
    for command in (Submit(1, FINE), Edit(1, content())):
        with pytest.raises(Refused, match="role"):
            decide(command, drafted, SYSTEM_ACTOR, NOW)
    handed_in = decide(Submit(1, FINE), drafted, BINH, NOW).warning
    with pytest.raises(Refused, match="same_person"):
        decide(Approve(2, 1, 1, FINE), handed_in, BINH, NOW)
    assert decide(Approve(2, 1, 1, FINE), handed_in, CHI, NOW).warning.approved_by == "chi"


def test_an_account_that_calls_itself_system_gains_nothing() -> None:
    drafted = compose("w", 1, content(), SYSTEM_ACTOR, NOW).warning
    handed_in = decide(Submit(1, FINE), drafted, AN, NOW).warning
    with pytest.raises(Refused, match="same_person"):
        decide(Approve(2, 1, 1, FINE), handed_in, Actor("system", "supervisor"), NOW)


def test_the_count_must_be_the_true_one() -> None:
    for confirmed in (9, 11, 0, -10):
        with pytest.raises(Conflict) as raised:
            decide(Approve(5, confirmed, 10, FINE), warning("submitted"), BINH, NOW)
        assert raised.value.params["count"] == 10
    assert decide(Approve(5, 10, 10, FINE), warning("submitted"), BINH, NOW).warning.confirmed_count == 10


def test_an_old_version_is_told_the_present_state() -> None:
    for command in (Edit(4, content()), Submit(6, FINE), Cancel(4)):
        with pytest.raises(Conflict) as raised:
            decide(command, warning("draft"), BINH, NOW)
        assert raised.value.current == warning("draft")


def test_blocking_checks_stop_a_warning_at_both_doors() -> None:
    bad = (Check("check.gap", False, True), Check("check.length", False, False))
    for command, state in ((Submit(5, bad), "draft"), (Approve(5, 1, 1, bad), "submitted")):
        with pytest.raises(Refused) as refused:
            decide(command, warning(state), BINH, NOW)
        assert refused.value.params["checks"] == ["check.gap"]
    advisory = bad[1:]
    assert decide(Submit(5, advisory), warning("draft"), AN, NOW).events[0].data["open_checks"] == ["check.length"]


def test_the_end_must_lie_ahead() -> None:
    late = NOW + timedelta(hours=7)
    for command, state in ((Submit(5, FINE), "draft"), (Approve(5, 1, 1, FINE), "submitted")):
        with pytest.raises(Refused, match="expiry_past"):
            decide(command, warning(state), BINH, late)
    for moment in (NOW, NOW - timedelta(seconds=1)):
        with pytest.raises(Invalid, match="expiry_past"):
            compose("w", 1, content(expires_at=moment), AN, NOW)
        with pytest.raises(Invalid, match="expiry_past"):
            decide(Edit(5, content(expires_at=moment)), warning(), AN, NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"level": 6}, "invalid.level"),
        ({"level": -1}, "invalid.level"),
        ({"level": True}, "invalid.level"),
        ({"hazard": "Lũ!"}, "invalid.hazard"),
        ({"areas": ()}, "warning.no_area"),
        ({"areas": tuple(map(str, range(501)))}, "warning.too_many_areas"),
        ({"expires_at": datetime(2030, 1, 1)}, "invalid.time_without_zone"),  # noqa: DTZ001 - that is the mistake
        ({"text": Text.of(" \u200b\n ")}, "invalid.text_missing"),
        ({"text": Text.of("x" * (LONGEST_TEXT + 1))}, "invalid.text_too_long"),
        ({"text": Text.of("x", "y" * (LONGEST_TEXT + 1))}, "invalid.text_too_long"),
    ],
)
def test_impossible_content(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        compose("w", 1, content(**changes), AN, NOW)
    assert refused.value.code == code


def test_texts_are_kept_clean() -> None:
    text = Text.of("  Lũ\u202e  sông\x00 Bé\ufeff\ud800.\u00a0\n\n Đi ngay ", " Go  now ")
    assert text == Text("Lũ sông Bé.\nĐi ngay", "Lu song Be.\nDi ngay", "Go now")
    assert Text.of("Lũ", None, "Lu ở xã").vi_plain == "Lu o xa"


def test_an_exercise_cannot_be_edited_away() -> None:
    drill = compose("w", 1, content(), AN, NOW, Origin(drill=True)).warning
    assert drill.content.text.vi == "DIỄN TẬP - Lũ"
    again = decide(Edit(1, content(text=Text.of("Lũ lớn", "Flood"))), drill, AN, NOW).warning.content.text
    assert (again.vi, again.vi_plain, again.en) == ("DIỄN TẬP - Lũ lớn", "DIEN TAP - Lu lon", "EXERCISE - Flood")
    assert decide(Edit(2, content(text=again)), replace(drill, version=2), AN, NOW).warning.content.text == again


def test_a_rejection_needs_a_reason_and_returns_to_the_writers() -> None:
    with pytest.raises(Invalid, match="reason_missing"):
        decide(Reject(5, "  "), warning("submitted"), BINH, NOW)
    rejected = decide(Reject(5, "sai xã"), warning("submitted"), BINH, NOW)
    assert "sai xã" not in str(rejected.events)
    edited = decide(Edit(6, content()), rejected.warning, AN, NOW).warning
    assert (edited.state, edited.rejected_reason, edited.submitted_by) == ("draft", "sai xã", None)
    assert decide(Submit(7, FINE), edited, AN, NOW).warning.rejected_reason is None
