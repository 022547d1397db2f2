"""The desk: notices become cases with a clock, communes answer or are called, and everything can be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eoc.clock import wall_now
from eoc.engine.release_answers import CALL_TASKS
from eoc.engine.releases import ReleaseDesk
from eoc.errors import Conflict, Invalid, NotFound, Refused
from eoc.hazards.release_book import Original
from eoc.store import incidents as incident_store
from eoc.store import releases as release_store
from eoc.store import stations as station_store
from tests.releases.conftest import DAM, HOUR, START, Bench, announced

MINUTE = timedelta(minutes=1)


async def test_a_notice_opens_a_case_with_a_clock_for_every_commune(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    release, communes, _ = await bench.book(taken.id)
    assert (release.state, release.version, release.late, release.level) == ("planned", 1, False, 2)
    assert (release.notice_hours, release.required_hours, release.required_source) == (6.0, 4.0, "unverified")
    first = next(each for each in communes if each.area == "25240")
    assert first.earliest_at == START + 6 * HOUR
    last = next(each for each in communes if each.area == "25381")
    assert (last.earliest_at, last.why and last.why.code) == (None, "reason.no_travel_time")
    case, (evidence,), _ = await bench.case(release)
    assert (case.hazard, case.level, case.area) == ("dam_release", 2, "25240")
    assert (evidence.source, evidence.ref) == ("notice", f"{DAM}/tb-1")
    assert [each.code for each in evidence.reasons] == ["reason.release_announced"]
    (noticed,) = await bench.events("station.release_noticed")
    assert noticed.subject == DAM
    assert (noticed.data["notice"], noticed.data["discharge_m3s"], noticed.data["update"]) == ("tb-1", 500, False)


async def test_a_late_notice_is_graver_and_says_so(bench: Bench) -> None:
    taken = await bench.desk.take(announced(planned_h=1))
    assert (taken.late, taken.notice_hours, taken.level) == (True, 1.0, 3)
    _, (evidence,), _ = await bench.case(taken)
    assert "reason.release_late_notice" in [each.code for each in evidence.reasons]


async def test_the_same_words_again_change_nothing_and_other_words_are_a_version(bench: Bench) -> None:
    first = await bench.desk.take(announced())
    assert await bench.desk.take(announced(heard_h=0.1)) == first
    less = await bench.desk.take(announced(flow=450, heard_h=0.2))
    assert (less.id, less.version, less.asked_version) == (first.id, 2, 1)
    more = await bench.desk.take(announced(flow=900, planned_h=5, heard_h=0.3))
    assert (more.version, more.asked_version, more.level) == (3, 3, 3)
    (second, third) = await bench.events("station.release_updated")
    assert second.data["changed"] == {"discharge_m3s": [500, 450]}
    assert third.data["changed"]["planned_at"] == ["2026-11-22T06:00:00Z", "2026-11-22T05:00:00Z"]
    case, evidence, _ = await bench.case(more)
    assert (case.level, len(evidence)) == (3, 1)
    _, communes, _ = await bench.book(first.id)
    assert next(each for each in communes if each.area == "25240").earliest_at == START + 5 * HOUR
    async with bench.store.read() as connection:
        versions = await release_store.versions_of(connection, first.id)
    assert [each.discharge_m3s for each in versions] == [500, 450, 900]


async def test_two_versions_of_one_moment_are_still_two(bench: Bench) -> None:
    await bench.desk.take(announced())
    after = await bench.desk.take(announced(flow=3000))
    case, _, _ = await bench.case(after)
    assert (after.version, case.level) == (2, 4)


async def test_a_withdrawn_notice_stands_the_case_down_and_calls_nobody(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    gone = await bench.desk.take(announced(heard_h=1, cancelled=True))
    assert (gone.state, gone.level, gone.planned_at) == ("cancelled", 0, taken.planned_at)
    case, _, _ = await bench.case(taken)
    assert (case.level, case.stood_down_at) == (0, START + HOUR)
    assert len(await bench.events("station.release_cancelled")) == 1
    await bench.at(START + 5.9 * HOUR)
    await bench.at(START + 20 * HOUR)
    assert await bench.events("station.release_call_due", "station.release_started") == []
    with pytest.raises(Refused):
        await bench.desk.record_step(taken.id, "25240", "received", name="x", channel="phone", actor="an", at=None)
    again = await bench.desk.take(announced(planned_h=30, until_h=40, heard_h=21))
    assert (again.state, again.version, again.asked_version) == ("planned", 3, 3)


async def test_a_release_begins_ends_and_its_case_waits_for_the_last_water(bench: Bench) -> None:
    taken = await bench.desk.take(announced(planned_h=6, until_h=12))
    await bench.at(START + 6.1 * HOUR)
    release, _, _ = await bench.book(taken.id)
    assert (release.state, release.started_at) == ("running", START + 6 * HOUR)
    await bench.at(START + 12.1 * HOUR)
    release, communes, _ = await bench.book(taken.id)
    assert (release.state, release.ended_at, release.level) == ("ended", START + 12 * HOUR, 2)
    case, _, _ = await bench.case(release)
    assert case.level == 2
    slowest = max(each.latest_at for each in communes if each.latest_at) - (START + 6 * HOUR)
    await bench.at(START + 12 * HOUR + slowest - MINUTE)
    assert (await bench.case(release))[0].level == 2
    await bench.at(START + 12 * HOUR + slowest + MINUTE)
    case, _, _ = await bench.case(release)
    assert case.level == 0
    assert [each.kind for each in await bench.events("station.release_started", "station.release_ended")] == [
        "station.release_started",
        "station.release_ended",
    ]


async def test_a_reservoir_that_is_gone_stops_no_timer(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    async with bench.store.write() as unit:
        await station_store.remove(unit.connection, DAM)
    for hours in (4.1, 6.1, 12.1, 40):
        await bench.at(START + hours * HOUR)
    release, _, _ = await bench.book(taken.id)
    assert (release.state, release.level) == ("ended", 0)
    assert (await bench.case(release))[0].level == 0


async def test_who_does_not_answer_is_called_and_who_does_is_not(bench: Bench) -> None:
    """Srok Phu Miêng at hour 6: Long Bình answers, Thanh An (both at the dam) does not."""
    taken = await bench.desk.take(announced())
    await bench.at(START + 3.9 * HOUR)
    # Only those whose arrival cannot be computed are called this early: at once.
    early = {each.data["area"] for each in await bench.events("station.release_call_due")}
    _, communes, _ = await bench.book(taken.id)
    assert early == {each.area for each in communes if each.earliest_at is None and not each.held}

    await bench.desk.record_step(taken.id, "25240", "received", name="Chị Hoa", channel="phone", actor="an", at=None)
    await bench.at(START + 4.01 * HOUR)
    called = {each.data["area"] for each in await bench.events("station.release_call_due")}
    assert "25240" not in called
    assert "25327" in called
    _, _, tasks = await bench.case(taken)
    mine = [each for each in tasks if each.params["area"] == "25327"]
    assert [(each.kind, each.state, each.params["step"], each.params["area_name"]) for each in mine] == [
        (CALL_TASKS[0], "open", "received", "Xã Thanh An")
    ]
    assert mine[0].params["earliest"] == "13h00 22/11"
    late = next(each for each in tasks if each.params["area"] == "25381")
    assert late.kind == CALL_TASKS[1]

    # The next deadline is told as well, with one task still; the answer closes it.
    await bench.at(START + 5.01 * HOUR)
    told = [
        each.data["step"] for each in await bench.events("station.release_call_due") if each.data["area"] == "25327"
    ]
    assert told == ["received", "received"]
    _, _, tasks = await bench.case(taken)
    assert len([each for each in tasks if each.params["area"] == "25327"]) == 1
    await bench.desk.record_step(taken.id, "25327", "hamlets_told", name="Anh Tư", channel="zalo", actor="an", at=None)
    _, _, tasks = await bench.case(taken)
    assert next(each for each in tasks if each.params["area"] == "25327").state == "done"
    added = [each for each in await bench.events("incident.task_added") if each.cause.get("area") == "25327"]
    assert len(added) == 1
    assert "phone" not in added[0].data


async def test_a_wrong_entry_is_taken_back_and_the_call_is_due_again(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    await bench.desk.record_step(taken.id, "25327", "bank_clear", name="Anh Tư", channel="phone", actor="an", at=None)
    with pytest.raises(Conflict):
        await bench.desk.record_step(taken.id, "25327", "bank_clear", name="B", channel="sms", actor="binh", at=None)
    await bench.desk.undo_step(taken.id, "25327", "bank_clear", actor="binh")
    with pytest.raises(NotFound):
        await bench.desk.undo_step(taken.id, "25327", "bank_clear", actor="binh")
    await bench.at(START + 4.01 * HOUR)
    assert "25327" in {each.data["area"] for each in await bench.events("station.release_call_due")}
    _, _, steps = await bench.book(taken.id)
    assert [(each.name, each.recorded_by, each.undone_by) for each in steps] == [("Anh Tư", "an", "binh")]
    # No name of a person is in the journal.
    assert "Anh Tư" not in str([each.data for each in await bench.events()])


async def test_a_larger_update_asks_everybody_again(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    await bench.desk.record_step(taken.id, "25327", "bank_clear", name="A", channel="phone", actor="an", at=None)
    await bench.desk.take(announced(flow=560, heard_h=0.5))  # within the tolerance: the answers stand
    release, communes, steps = await bench.book(taken.id)
    commune = next(each for each in communes if each.area == "25327")
    assert bench.desk.standing_of(release, commune, steps, START + HOUR).done
    await bench.desk.take(announced(flow=1500, heard_h=1))
    release, communes, steps = await bench.book(taken.id)
    commune = next(each for each in communes if each.area == "25327")
    stands = bench.desk.standing_of(release, commune, steps, START + HOUR)
    assert (dict(stands.done), stands.missing) == ({}, "received")
    await bench.at(START + 4.01 * HOUR)
    assert "25327" in {each.data["area"] for each in await bench.events("station.release_call_due")}


async def test_what_cannot_be_is_refused(bench: Bench) -> None:
    with pytest.raises(Invalid, match=r"invalid\.reservoir"):
        await bench.desk.take(announced(reservoir="be-phuoc-long"))
    with pytest.raises(Invalid, match="release_ends_first"):
        await bench.desk.take(announced(planned_h=6, until_h=5))
    with pytest.raises(Invalid, match="release_no_time"):
        await bench.desk.take(replace(announced(), planned_at=None))
    taken = await bench.desk.take(announced())
    step = bench.desk.record_step
    with pytest.raises(NotFound):
        await step(taken.id, "25222", "received", name="A", channel="phone", actor="an", at=None)
    with pytest.raises(NotFound):
        await step("none", "25240", "received", name="A", channel="phone", actor="an", at=None)
    with pytest.raises(Invalid, match="in_future"):
        await step(taken.id, "25240", "received", name="A", channel="phone", actor="an", at=START + HOUR)
    with pytest.raises(Invalid, match="before_notice"):
        await step(taken.id, "25240", "received", name="A", channel="phone", actor="an", at=START - HOUR)
    with pytest.raises(Conflict):
        await bench.desk.take(announced(flow=1), expected_version=7)
    with pytest.raises(NotFound):
        await bench.desk.take(announced(id="other"), read="no-such-original")
    assert len(await bench.events("station.release_noticed")) == 1  # the last one was not half taken


async def test_parties_are_told_and_untold(bench: Bench) -> None:
    taken = await bench.desk.take(announced())
    assert {each.id for each in bench.desk.parties(START)} == {
        "thuy-dien-song-be",
        "bch-binh-duong",
        "bch-tinh",
        "dai-kttv",
    }
    await bench.desk.tell_party(taken.id, "bch-binh-duong", actor="an", at=None)
    async with bench.store.read() as connection:
        assert list(await release_store.parties_of(connection, taken.id)) == ["bch-binh-duong"]
    await bench.desk.tell_party(taken.id, "bch-binh-duong", actor="an", at=None, told=False)
    with pytest.raises(NotFound):
        await bench.desk.tell_party(taken.id, "bch-binh-duong", actor="an", at=None, told=False)
    with pytest.raises(NotFound):
        await bench.desk.tell_party(taken.id, "tong-dai-1022", actor="an", at=None)


async def test_a_full_lake_below_lets_the_clock_go_on(bench: Bench) -> None:
    held = await bench.desk.take(announced(reservoir="ho-thac-mo"))
    _, communes, _ = await bench.book(held.id)
    below = next(each for each in communes if each.area == "25315")
    assert (below.held, below.earliest_at) == (True, None)
    await bench.water("ho-can-don", [(START + HOUR, {"htl": 110.05, "hdbt": 110.0})])
    passing = await bench.desk.take(announced(reservoir="ho-thac-mo", id="tb-2", heard_h=1))
    _, communes, _ = await bench.book(passing.id)
    below = next(each for each in communes if each.area == "25315")
    assert below.earliest_at is not None
    assert [each.code for each in below.notes] == ["reason.passes_reservoir"]


async def test_two_dams_are_two_cases_and_one_dam_is_one(bench: Bench) -> None:
    upper = await bench.desk.take(announced(reservoir="ho-thac-mo"))
    lower = await bench.desk.take(announced())
    again = await bench.desk.take(announced(id="tb-2", planned_h=8))
    assert upper.incident != lower.incident == again.incident


async def test_without_a_rule_a_notice_is_kept_and_judges_nothing(bench: Bench) -> None:
    rules = bench.desk._pack.hazards.rules.model_copy(update={"dam_release": None})
    hazards = bench.desk._pack.hazards.model_copy(update={"rules": rules})
    bare = replace(bench.desk._pack, hazards=hazards)
    desk = ReleaseDesk(bench.store, bench.engine, bare, clock="data")
    taken = await desk.take(announced(planned_h=1))
    assert (taken.late, taken.level, taken.incident, taken.required_hours) == (False, 0, None, None)
    await bench.at(START + 3 * HOUR)
    release, communes, _ = await bench.book(taken.id)
    assert release.state == "running"
    assert any(each.earliest_at for each in communes)
    assert await bench.events("station.release_call_due") == []


async def test_a_replayed_notice_that_comes_after_the_readings_of_its_time_ends_alike(bench: Bench) -> None:
    await bench.at(START + 40 * HOUR)
    late = await bench.desk.take(announced(heard_h=0))
    release, _, _ = await bench.book(late.id)
    assert (late, release.state, release.level) == (release, "ended", 0)
    case, _, tasks = await bench.case(release)
    assert (case.level, case.peak_level, case.observed_at) == (0, 2, START)
    assert {each.params["area"] for each in tasks} >= {"25240", "25381"}
    async with bench.store.read() as connection:
        mine = [each for each in await incident_store.due_timers(connection, START + 99 * HOUR) if "release" in each[1]]
    assert mine == []


async def test_news_of_what_is_over_opens_nothing(bench: Bench) -> None:
    await bench.at(START + 20 * HOUR)
    past = await bench.desk.take(announced(heard_h=20))
    assert (past.state, past.incident) == ("ended", None)


async def test_on_the_wall_a_notice_counts_from_its_arrival(wall_desk: ReleaseDesk) -> None:
    now = wall_now()
    told = replace(announced(), heard_at=now, sent_at=now - 5 * HOUR, planned_at=now + 2 * HOUR, until=now + 3 * HOUR)
    taken = await wall_desk.take(told)
    assert (taken.late, taken.notice_hours, taken.sent_at) == (True, 2.0, now - 5 * HOUR)
    assert taken.received_at == now


async def test_an_original_belongs_to_one_release(bench: Bench) -> None:
    kept = Original("o-1", START, "an", "text", "text/plain", "xả".encode(), "xả", {"fields": {}})
    async with bench.store.write() as unit:
        await release_store.keep_original(unit.connection, kept)
    taken = await bench.desk.take(announced(), read="o-1")
    assert taken.read == "o-1"
    with pytest.raises(NotFound):
        await bench.desk.take(announced(id="tb-2"), read="o-1")
    async with bench.store.read() as connection:
        found = await release_store.original(connection, "o-1")
        assert await incident_store.due_timers(connection, START) == []
    assert found == replace(kept, release=taken.id)
    async with bench.store.write() as unit:
        old = replace(kept, id="o-2")
        await release_store.keep_original(unit.connection, old)
        assert await release_store.forget_originals(unit.connection, START + HOUR) == 1
