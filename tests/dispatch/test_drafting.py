"""From a case to words: only what is known, local absolute times, and the shipped pack's plans all the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.desk import Desk
from dispatch.drafting import (
    Case,
    Nothing,
    Outlook,
    Proposal,
    clock_en,
    clock_vi,
    list_places,
    outlook,
    propose,
)
from dispatch.store.recipients import Reach
from dispatch.warnings import SYSTEM_ACTOR, compose
from eoc.clock import iso
from eoc.events import Event
from eoc.hazards.release_book import Commune, Release
from eoc.hazards.river_flood import FloodState
from eoc.hazards.rule import Sample
from eoc.incidents.bulletins import Bulletin
from eoc.model import Station, Thresholds
from eoc.packs import Pack, load_pack, pack_path
from eoc.packs.impacts import Impact
from tests.dispatch.world import GAUGE, NOW, HandClock, area, incident, playbook, small_pack, template

WATCH = template(
    "LU_CANH",
    "{sender}: nước {river} có thể lên {threshold} tại {places} {time}. CHUYỂN đồ. Tin kế tiếp {next_time}.",
    placeholders=["sender", "river", "threshold", "places", "time", "next_time"],
)
WATCHED = small_pack(
    playbooks=(playbook(2, "LU_CANH", threshold="next", next_news_h=2),), templates=(WATCH, template())
)


def event(level: int = 4, reached: str | None = "bd3", at: datetime = NOW) -> Event:
    reasons = [{"code": "reason.level_at_or_above", "params": {"threshold": reached}}] if reached else []
    cause = {"observed_at": iso(at - timedelta(minutes=5)), "reasons": reasons}
    data = {"level": level, "hazard": "river_flood"}
    return Event(9, at, "incident.opened", "inc-1", "system", data, cause, "h")


def proposed(case: Case, pack: Pack | None = None, now: datetime = NOW) -> Proposal:
    found = propose(case, pack or small_pack(), now)
    assert isinstance(found, Proposal), found
    return found


def test_all_that_is_known_is_in_the_text() -> None:
    found = proposed(Case(event(), incident(), GAUGE))
    assert found.content.text.vi.startswith("EOC Mẫu: LŨ Sông Mẫu vượt BĐ3, ngập xã Thượng, Trung từ 16h26 22/11.")
    assert found.content.areas == ("101", "102")
    assert (found.origin.incident, found.origin.template, found.origin.trigger_level) == ("inc-1", "LU_THU", 4)


def test_what_is_not_known_stays_a_named_gap() -> None:
    pack = small_pack(rivers=(), templates=(template(defaults={}),))
    found = proposed(Case(event(reached=None), incident(), GAUGE), pack)
    for name in ("river", "threshold", "shelter"):
        assert f"{{{name}}}" in found.content.text.vi
        assert f"{{{name}}}" in found.content.text.vi_plain
    assert found.content.areas == ("101",)


def test_a_watch_names_the_level_ahead_and_when() -> None:
    ahead = Outlook(2, NOW + timedelta(hours=2, minutes=10))
    text = proposed(Case(event(2, "bd1"), incident(), GAUGE, ahead), WATCHED).content.text.vi
    # 16h31 + 2:10, rounded up to the half hour; next news after two hours, on the full hour.
    assert "có thể lên BĐ2 tại xã Thượng, Trung 19h 22/11" in text
    assert "Tin kế tiếp 19h." in text


def test_a_watch_without_an_outlook_does_not_invent_a_time() -> None:
    far = Outlook(2, NOW + timedelta(hours=20))
    for ahead in (None, far):
        text = proposed(Case(event(2, "bd1"), incident(), GAUGE, ahead), WATCHED).content.text.vi
        assert "BĐ2" in text
        assert "{time}" in text


def test_the_outlook_is_the_line_through_the_last_readings() -> None:
    rising = FloodState(last=Sample(NOW, 3.5), recent=(Sample(NOW - timedelta(minutes=30), 3.3), Sample(NOW, 3.5)))
    assert outlook(GAUGE, rising) == Outlook(2, NOW + timedelta(hours=1))
    falling = FloodState(last=Sample(NOW, 3.3), recent=(Sample(NOW - timedelta(minutes=30), 3.5), Sample(NOW, 3.3)))
    assert outlook(GAUGE, falling) is None
    assert outlook(GAUGE, FloodState()) is None


def test_after_midnight_the_next_news_has_a_date() -> None:
    late = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)  # 22h40 local time
    text = proposed(Case(event(2, "bd1", late), incident(), GAUGE), WATCHED, late).content.text.vi
    assert "Tin kế tiếp 1h 23/11." in text


def renamed(pack: Pack, length: int) -> Pack:
    """The same province with longer names of communes."""
    areas = [
        replace(each, name=f"Xã {each.name.split()[-1]}{'g' * length}") if each.kind == "commune" else each
        for each in pack.areas
    ]
    return replace(pack, areas=tuple(areas))


def test_too_many_communes_are_named_as_a_stretch_or_by_their_district() -> None:
    case = Case(event(), incident(), GAUGE)
    assert "ngập các xã ven sông từ Thượnggggg" not in proposed(case).content.text.vi
    pack = small_pack(playbooks=(playbook(4, downstream_km=60),))
    assert "ngập xã Thượnggggg, Trunggggg, Hạgggg từ" in proposed(case, renamed(pack, 4)).content.text.vi
    long = proposed(case, renamed(pack, 16)).content
    assert f"ngập các xã ven sông từ Thượng{'g' * 16} tới Hạ{'g' * 16} từ" in long.text.vi
    assert f"FLOOD at the riverside from Thượng{'g' * 16} to" in (long.text.en or "")
    assert "ngập huyện Bến từ" in proposed(case, renamed(pack, 40)).content.text.vi
    assert long.areas == ("101", "102", "103")
    # A commune that is not on the river has no place in the stretch.
    aside = Case(event(), incident(area="104"), GAUGE)
    more = (*renamed(pack, 16).areas, area("104", "Xã Xa", "10", 106.9, 11.7))
    assert "ngập huyện Bến từ" in proposed(aside, replace(pack, areas=more)).content.text.vi


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (Case(event(2), incident(), GAUGE), "drafting.not_planned"),
        (Case(event(), incident(hazard="storm"), GAUGE), "drafting.not_planned"),
        (Case(event(), incident(state="closed", outcome="resolved"), GAUGE), "drafting.case_closed"),
        (Case(event(), incident(area=None), None), "drafting.no_area"),
    ],
)
def test_when_there_is_nothing_to_propose(case: Case, code: str) -> None:
    found = propose(case, small_pack(), NOW)
    assert isinstance(found, Nothing)
    assert found.code == code


def test_places_are_listed_by_kind() -> None:
    assert list_places(["Xã Bình Tân", "Xã Long Hà", "Thị trấn Thanh Bình", "Phường 5"]) == (
        "xã Bình Tân, Long Hà; thị trấn Thanh Bình; Phường 5",
        "Bình Tân, Long Hà, Thanh Bình, Phường 5",
    )
    assert list_places([]) == ("", "")


def test_times_as_they_are_written() -> None:
    moment = datetime(2026, 12, 1, 7, 5, tzinfo=UTC)
    assert (clock_vi(moment), clock_en(moment)) == ("7h05 1/12", "07:05 on 1/12")
    assert clock_vi(moment.replace(minute=0)) == "7h 1/12"


# -- the pack that ships ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load_pack(pack_path("binh-phuoc"))


FLOOD_LEVELS = [2, 3, 4, 5]
GAUGES = ["be-phuoc-long", "be-can-don", "be-long-binh", "be-nha-bich"]


@pytest.mark.parametrize("level", FLOOD_LEVELS)
@pytest.mark.parametrize("gauge", GAUGES)
def test_every_plan_of_the_shipped_pack_gives_a_sendable_draft(shipped: Pack, level: int, gauge: str) -> None:
    entry = shipped.station(gauge)
    assert entry is not None
    assert entry.thresholds is not None
    thresholds = Thresholds(entry.thresholds.bd1, entry.thresholds.bd2, entry.thresholds.bd3)
    station = Station(
        entry.id, entry.name, entry.kind, entry.lon, entry.lat, entry.area, entry.river, entry.chainage_km, thresholds
    )
    case = Case(
        event(level, {2: "bd1", 3: "bd2", 4: "bd3", 5: "bd3"}[level]),
        incident(level=level, area=entry.area, station=entry.id),
        station,
        Outlook(2, NOW + timedelta(hours=2)),
    )
    found = proposed(case, shipped)
    assert len(found.content.areas) >= 3
    warning = compose("w", 1, found.content, SYSTEM_ACTOR, NOW, found.origin).warning
    desk = Desk(shipped, HandClock(), 10.0)
    failed = [check.code for check in desk.review(warning, Reach(100), NOW) if not check.ok]
    assert set(failed) <= {"check.length_vi"}, warning.content.text.vi


HIT = (
    Impact(station="gauge", level="bd1", kind="shelter", name="Trường Thượng", area="101", source="demo"),
    Impact(station="gauge", level="bd2", kind="hamlet", name="thôn Bến", area="104", people=80, source="demo"),
    Impact(station="gauge", level="bd3", kind="hamlet", name="thôn Cao", area="103", source="demo"),
)


def test_the_impact_table_names_who_is_hit_and_where_to_go() -> None:
    more = (*small_pack().areas, area("104", "Xã Xa", "10", 106.9, 11.7))
    gauge = replace(GAUGE, id="gauge")
    pack = replace(small_pack(), areas=more, impacts=HIT)
    case = Case(event(reached="bd2"), incident(), gauge)
    found = proposed(case, pack)
    assert found.basis == "drafting.impact_table"
    assert found.content.areas == ("104", "101", "102")
    assert "SƠ TÁN NGAY tới nơi xã chỉ định" in found.content.text.vi, "one commune's school is not for three"


def test_a_shelter_is_named_to_its_own_commune() -> None:
    aside = replace(GAUGE, id="gauge", river=None)
    pack = replace(small_pack(), impacts=HIT[:1])
    text = proposed(Case(event(reached="bd1"), incident(area="101"), aside), pack).content.text.vi
    assert "SƠ TÁN NGAY tới Trường Thượng" in text


def test_without_an_entry_whole_communes_are_addressed_and_that_is_said() -> None:
    assert proposed(Case(event(), incident(), GAUGE)).basis == "drafting.whole_commune"


def test_the_bulletin_is_quoted_by_its_number() -> None:
    names = ["sender", "bulletin", "river", "places"]
    quoting = template("LU_THU", "{sender}: {bulletin}. LŨ {river} tại {places}.", placeholders=names)
    pack = small_pack(templates=(quoting,))
    given = Bulletin("b", "12/LULU", "Đài KTTV", "river_flood", 3, (), NOW, NOW, None, None)
    assert "tin 12/LULU Đài KTTV." in proposed(Case(event(), incident(), GAUGE, bulletin=given), pack).content.text.vi


def test_a_release_is_drafted_from_the_notice_for_the_communes_its_water_reaches() -> None:
    xa = template(
        "XALU",
        "{sender}: {reservoir} XẢ LŨ {time} ({discharge} m3/s), nước {places} lên nhanh. KHÔNG ở bãi sông.",
        placeholders=["sender", "reservoir", "time", "discharge", "places"],
        hazards=["dam_release"],
    )
    pack = small_pack(playbooks=(playbook(2, "XALU").model_copy(update={"hazard": "dam_release"}),), templates=(xa,))
    lake = replace(GAUGE, id="ho", name="Hồ Mẫu", kind="reservoir")
    release = Release("r", "ho", "n1", NOW, NOW, planned_at=NOW + timedelta(hours=4), discharge_m3s=384.4)
    below = tuple(
        Commune("r", code, index, 10.0 * index, held=code == "103") for index, code in enumerate(["102", "103"])
    )
    case = Case(event(2, None), incident(hazard="dam_release", area="101"), lake, release=release, downstream=below)
    found = proposed(case, pack)
    assert found.content.areas == ("102",)
    assert "Hồ Mẫu XẢ LŨ 20h31 22/11 (384 m3/s), nước xã Trung lên nhanh" in found.content.text.vi
