"""Who is downstream, when the water is there, and who has to answer by when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eoc.hazards.dam_release import (
    Notice,
    clears_at,
    deadlines,
    lateness,
    next_call,
    peaks,
    release_clock,
    rounded_down,
    rounded_up,
    severity,
    worse,
)
from eoc.hazards.downstream import barriers_below, communes_below, downstream_of, travel_time
from eoc.packs import Pack
from eoc.packs.releases import DamRelease
from eoc.packs.waters import Muskingum, Reach, Travel

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reach(
    name: str, from_km: float, to_km: float, travel: tuple[float, float, float] | None, k_h: float | None
) -> Reach:
    earliest, likely, latest = travel or (1, 1, 1)
    return Reach(
        id=name,
        from_km=from_km,
        to_km=to_km,
        muskingum=Muskingum(k_h=k_h, x=0.2, source="unverified") if k_h else None,
        travel_h=Travel(earliest=earliest, likely=likely, latest=latest, source="published") if travel else None,
    )


REACHES = (
    reach("a", 0, 10, (1, 2, 3), 2),
    reach("b", 10, 30, (2, 4, 8), 4),
    reach("c", 30, 40, None, 3),
    reach("d", 40, 50, None, None),
)


def rule(pack: Pack) -> DamRelease:
    found = pack.hazards.rules.dam_release
    assert found is not None
    return found


def test_a_part_of_a_reach_takes_its_share() -> None:
    travel = travel_time(REACHES, 5, 20)
    assert (travel.earliest, travel.likely, travel.latest) == (1.5 * HOUR, 3 * HOUR, 5.5 * HOUR)
    assert (travel.source, travel.why) == ("published", None)
    here = travel_time(REACHES, 5, 5)
    assert (here.earliest, here.why) == (timedelta(), None)


def test_without_a_travel_time_the_earliest_is_not_computed() -> None:
    only_k = travel_time(REACHES, 0, 40)
    assert (only_k.earliest, only_k.likely, only_k.latest) == (None, 9 * HOUR, None)
    assert only_k.why is not None
    assert (only_k.why.code, only_k.why.params["reach"]) == ("reason.no_travel_time", "c")
    assert only_k.source == "unverified"
    nothing = travel_time(REACHES, 0, 45)
    assert (nothing.earliest, nothing.likely, nothing.why) == (None, None, only_k.why)
    beyond = travel_time(REACHES, 0, 60)
    assert beyond.likely is None
    assert beyond.why is not None
    assert beyond.why.code == "reason.no_reach"


@given(st.floats(0, 30), st.floats(0, 30), st.floats(0, 30))
def test_further_down_is_never_sooner(one: float, two: float, three: float) -> None:
    start, near, far = sorted((one, two, three))
    first, second = travel_time(REACHES, start, near), travel_time(REACHES, start, far)
    assert first.earliest is not None
    assert second.earliest is not None
    assert first.earliest <= second.earliest + timedelta(microseconds=2)
    assert second.earliest <= second.likely <= second.latest  # type: ignore[operator]


def test_the_demo_river_ends_the_clock_at_the_next_dam_unless_it_is_full(pack: Pack) -> None:
    below = {each.area: each for each in downstream_of(pack, "ho-thac-mo", NOW)}
    assert below["25217"].travel.earliest == timedelta()  # Long Thủy: the dam stands in it
    assert below["25232"].travel.earliest is not None  # Phước Minh, above Cần Đơn
    held = below["25315"].travel  # Thanh Hòa, below Cần Đơn
    assert (held.earliest, held.why and held.why.code) == (None, "reason.held_by_reservoir")
    full = {each.area: each for each in downstream_of(pack, "ho-thac-mo", NOW, full={"ho-can-don"})}
    assert full["25315"].travel.earliest is not None
    assert [note.params["reservoir"] for note in full["25315"].notes] == ["ho-can-don"]
    assert full["25255"].travel.why is not None  # below Srok Phu Miêng, which holds
    through = downstream_of(pack, "ho-thac-mo", NOW, through=True)
    assert [each.chainage_km for each in through] == sorted(each.chainage_km for each in through)
    # From Nha Bích down no travel time is known, whatever the dams do.
    last = {each.area: each for each in through}["25381"].travel
    assert (last.earliest, last.why and last.why.code) == (None, "reason.no_travel_time")
    assert downstream_of(pack, "be-phuoc-long", NOW)  # any station on a river will do
    assert downstream_of(pack, "mua-bu-dop", NOW) == []
    assert communes_below(pack, "song-khong-co", 0, NOW) == []
    assert [each.station for each in barriers_below(pack, "song-be", 99.5)] == ["ho-phuoc-hoa"]


def test_every_commune_downstream_is_listed_once_whatever_is_known(pack: Pack) -> None:
    for reservoir, at_km in (("ho-thac-mo", 44.2), ("ho-srok-phu-mieng", 99.5)):
        below = [each.area for each in downstream_of(pack, reservoir, NOW)]
        assert sorted(below) == sorted(pack.communes_along("song-be", at_km, 1e3, NOW))
        assert all((each.travel.earliest is None) == (each.travel.why is not None)
                   for each in downstream_of(pack, reservoir, NOW))  # fmt: skip


def test_a_small_lake_passes_water_on(pack: Pack) -> None:
    small = rule(pack).model_copy(update={"holds_from_hm3": 100.0})
    rules = pack.hazards.rules.model_copy(update={"dam_release": small})
    hazards = pack.hazards.model_copy(update={"rules": rules})
    changed = replace(pack, hazards=hazards)
    kept = {each.station: each.holds for each in barriers_below(changed, "song-be", 0)}
    assert kept == {"ho-thac-mo": True, "ho-can-don": True, "ho-srok-phu-mieng": False, "ho-phuoc-hoa": True}


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from([1, 5, 10, 15, 30, 60]))
def test_what_people_are_told_is_never_later_than_the_water(moment: datetime, minutes: int) -> None:
    down = rounded_down(moment, minutes)
    assert moment - timedelta(minutes=minutes) < down <= moment
    assert (down.minute % minutes, down.second, down.microsecond) == (0, 0, 0)
    if moment.year < 9999:
        assert moment <= rounded_up(moment, minutes) < moment + timedelta(minutes=minutes)


def test_the_clock_rounds_the_earliest_down_and_the_latest_up(pack: Pack) -> None:
    begins = datetime(2026, 11, 22, 8, 3, 20, tzinfo=UTC)
    clock = release_clock(downstream_of(pack, "ho-srok-phu-mieng", NOW), begins, 5)
    by_area = {each.place.area: each for each in clock}
    first = by_area["25240"]
    assert first.earliest_at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert first.latest_at == datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
    lower = by_area["25435"]  # Minh Lập, km 120: 0.25 h + 18.5/38.2 of 3 h
    assert lower.earliest_at == rounded_down(begins + timedelta(hours=0.25 + 3 * 18.5 / 38.2), 5)
    assert lower.place.travel.source == "unverified"
    assert by_area["25381"].earliest_at is None
    until = begins + timedelta(hours=6)
    assert clears_at(clock, until, begins) > until + timedelta(hours=5)
    assert clears_at([], until, begins) == until


@pytest.mark.parametrize(
    ("notice_h", "late", "hours"), [(1.0, True, 1.0), (3.99, True, 3.98), (4.0, False, 4.0), (-0.5, True, -0.5)]
)
def test_late_is_what_the_pack_says(pack: Pack, notice_h: float, late: bool, hours: float) -> None:
    judged = lateness(NOW + notice_h * HOUR, NOW, rule(pack))
    assert (judged.late, judged.required_hours, judged.required_source) == (late, 4.0, "unverified")
    assert judged.notice_hours == pytest.approx(hours, abs=0.02)
    assert (judged.reason() is not None) == late
    assert lateness(NOW + notice_h * HOUR, NOW, None).late is False
    assert lateness(None, NOW, rule(pack)).notice_hours is None


@pytest.mark.parametrize(
    ("discharge", "late", "level"),
    [(None, False, 2), (100.0, False, 2), (799.9, False, 2), (800.0, False, 3), (2500.0, False, 4), (100.0, True, 3),
     (2500.0, True, 4), (None, True, 3)],
)  # fmt: skip
def test_severity_is_the_packs(pack: Pack, discharge: float | None, late: bool, level: int) -> None:
    found, reasons = severity(discharge, rule(pack), late=late)
    assert found == level
    assert reasons[0].code.startswith("reason.release_announced")
    assert severity(discharge, None, late=late) == (0, ())


def test_an_update_that_brings_more_or_sooner_asks_everybody_again(pack: Pack) -> None:
    def notice(planned_h: float, flow: float | None, *, cancelled: bool = False) -> Notice:
        return Notice("d", "1", NOW, NOW + planned_h * HOUR, discharge_m3s=flow, cancelled=cancelled)

    base = notice(6, 400)
    assert not worse(base, notice(6, 400), rule(pack))
    assert not worse(base, notice(6, 500), rule(pack))  # exactly the tolerance
    assert worse(base, notice(6, 501), rule(pack))
    assert worse(base, notice(5, 300), rule(pack))
    assert not worse(base, notice(7, 400), rule(pack))
    assert not worse(base, notice(5, 900, cancelled=True), rule(pack))
    assert worse(notice(6, 400, cancelled=True), base, rule(pack))
    assert worse(notice(6, None), base, rule(pack))
    assert not worse(base, notice(6, None), rule(pack))


def test_deadlines_count_back_from_the_earliest_arrival(pack: Pack) -> None:
    due = deadlines(NOW + 6 * HOUR, NOW, rule(pack))
    assert due == {
        "received": NOW + 4 * HOUR,
        "hamlets_told": NOW + 5 * HOUR,
        "bank_clear": NOW + 5.5 * HOUR,
    }
    late = deadlines(NOW + HOUR, NOW, rule(pack))
    assert late["received"] == NOW + timedelta(minutes=10)  # time to answer, however late the notice
    assert late["bank_clear"] == NOW + timedelta(minutes=30)
    there = deadlines(NOW - HOUR, NOW, rule(pack))
    assert set(there.values()) == {NOW}  # the water is there: at once
    soon = deadlines(NOW + timedelta(minutes=5), NOW, rule(pack))
    assert set(soon.values()) == {NOW + timedelta(minutes=5)}
    unknown = deadlines(None, NOW, rule(pack))
    assert unknown["received"] == NOW + timedelta(minutes=15)
    assert deadlines(NOW, NOW, None) == {}
    assert next_call(due, []) == due["received"]
    assert next_call(due, ["received"]) == due["hamlets_told"]
    assert next_call(due, ["hamlets_told"]) == due["bank_clear"]
    assert next_call(due, ["bank_clear"]) is None


def test_the_peak_is_flattened_and_delayed_and_a_long_release_arrives_whole() -> None:
    short = peaks(REACHES, 0, [0, 10, 30, 45], base_m3s=100, discharge_m3s=600, lasts=timedelta(hours=2))
    assert short[3] is None  # below a reach without numbers
    flows = [each.discharge_m3s for each in short[:3] if each is not None]
    times = [each.after for each in short[:3] if each is not None]
    assert len(flows) == 3
    assert flows[0] == 600
    assert 100 < flows[2] < flows[1] < 600
    assert times == sorted(times)
    long = peaks(REACHES, 0, [30], base_m3s=100, discharge_m3s=600, lasts=None)
    assert long[0] is not None
    assert long[0].discharge_m3s == pytest.approx(600, rel=0.01)
    less = peaks(REACHES, 0, [30], base_m3s=600, discharge_m3s=300, lasts=None)
    assert less[0] is not None
    assert less[0].discharge_m3s == 600
