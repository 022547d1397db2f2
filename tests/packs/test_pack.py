"""A pack in use: dated things, mergers, downstream communes, templates, and more exact outlines from outside."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eoc.errors import Invalid, NotFound
from eoc.packs import Pack, load_pack
from tests.packs.conftest import NOW

Change = Callable[[str, str, str], int]
BEFORE = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)
AFTER = datetime(2025, 6, 30, 17, 0, tzinfo=UTC)  # midnight of 1 July in Việt Nam


@pytest.fixture
def living(copy: Path, change: Change) -> Pack:
    """The demo pack read by the calendar instead of as of 2024."""
    change("pack.yaml", "as_of: 2024-12-31", "")
    return load_pack(copy)


def test_a_pack_of_a_past_case_answers_for_its_own_day(demo: Pack) -> None:
    assert demo.day(NOW) == date(2024, 12, 31)
    sender = demo.sender(NOW)
    assert sender is not None
    assert sender.name.vi == "EOC Bình Phước"
    assert demo.area("25195", NOW).name == "Phường Tân Phú"


def test_the_merger_happens_at_local_midnight(living: Pack) -> None:
    assert living.day(BEFORE) == date(2025, 6, 30)
    assert living.day(AFTER) == date(2025, 7, 1)
    assert len(living.areas_at(BEFORE, "commune")) == 111
    assert len(living.areas_at(AFTER, "commune")) == 40
    assert living.areas_at(AFTER, "district") == ()
    # One code, two territories in turn.
    assert living.area("25195", BEFORE).name == "Phường Tân Phú"
    assert living.area("25195", AFTER).name == "Phường Bình Phước"
    names = [sender.name.vi for sender in (living.sender(BEFORE), living.sender(AFTER)) if sender]
    assert names == ["EOC Bình Phước", "EOC Đồng Nai"]
    assert "bch-tinh" in {body.id for body in living.bodies(BEFORE)}
    assert "bch-tinh" not in {body.id for body in living.bodies(AFTER)}
    assert len(living.signatures(BEFORE)) == 2
    assert living.signatures(AFTER) == ()


def test_communes_along_the_river_follow_the_merger(living: Pack) -> None:
    old = living.communes_along("song-be", 104, 112, BEFORE)
    new = living.communes_along("song-be", 104, 112, AFTER)
    assert old == ("25327", "25255", "25345", "25258")  # Thanh An, Long Hà, Tân Hưng, Long Tân
    assert [living.area(code, AFTER).name for code in new] == ["Xã Tân Hưng", "Xã Long Hà"]
    assert living.communes_along("song-khong-co", 0, 10, AFTER) == ()


def test_what_does_not_exist_is_said(demo: Pack) -> None:
    with pytest.raises(NotFound, match=r"area\.not_found"):
        demo.area("99999", NOW)
    with pytest.raises(NotFound, match="lu-song-be"):
        demo.scenario_path("lu-song-khac")
    assert demo.scenario_path("lu-song-be").is_file()
    assert demo.station("be-khong-co") is None
    assert demo.template("KHONGCO") is None


def test_a_template_refuses_to_leave_a_gap(demo: Pack) -> None:
    template = demo.template("XALU")
    assert template is not None
    with pytest.raises(Invalid) as caught:
        template.render("vi", {"sender": "EOC", "reservoir": "Thác Mơ", "places": " "})
    assert caught.value.code == "template.missing_value"
    assert caught.value.params["names"] == "places, time, hotline"


def test_a_value_cannot_bring_a_gap_of_its_own(demo: Pack) -> None:
    template = demo.template("HUY")
    assert template is not None
    values = {"sender": "{hotline}", "places": "xã Bình Tân", "time": "16h40 22/11", "hotline": "1022"}
    assert template.render("vi", values).startswith("{hotline}: HẾT")


def test_the_hash_names_the_content(copy: Path, demo: Pack, change: Change) -> None:
    assert load_pack(copy).hash == demo.hash
    (copy / ".note").write_text("hidden", encoding="utf-8")
    (copy / "stations.yaml~").write_text("editor's copy", encoding="utf-8")
    assert load_pack(copy).hash == demo.hash
    change("stations.yaml", "bd1: 115.5", "bd1: 115.4")
    assert load_pack(copy).hash != demo.hash


def feature(code: str, name: str, west: float, **more: object) -> dict[str, object]:
    ring = [[west, 11.8], [west + 0.01, 11.8], [west + 0.01, 11.81], [west, 11.81], [west, 11.8]]
    properties = {"code": code, "name": name, "approx": True, **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_more_exact_outlines_replace_the_schematic_ones(copy: Path, tmp_path: Path) -> None:
    geodata = tmp_path / "geodata"
    geodata.mkdir()
    outlines = {
        "communes_2024_exact.geojson": [feature("25217", "Phường Long Thủy", 106.99)],
        # Of another year: another territory under the same code and name must not be taken.
        "communes_2025.geojson": [feature("25378", "Xã Tân Lợi", 107.1, merged_from=["25375", "25378", "25384"])],
        "districts.geojson": [feature("688", "Thị xã Phước Long", 106.98)],
    }
    for name, features in outlines.items():
        (geodata / name).write_text(json.dumps({"features": features}), encoding="utf-8")
    plain, exact = load_pack(copy), load_pack(copy, geodata_dir=geodata)
    ward, district = exact.area("25217", NOW), exact.area("688", NOW)
    assert ward.outline is not None
    assert ward.outline.bounds == pytest.approx((106.99, 11.8, 107.0, 11.81))
    assert not ward.schematic
    assert district.outline is not None
    assert district.outline.bounds[0] == 106.98
    assert exact.area("25378", NOW) == plain.area("25378", NOW)
    assert exact.hash == plain.hash
    assert load_pack(copy, geodata_dir=tmp_path / "nowhere").areas == plain.areas


def test_bounds_come_from_the_outlines_when_nobody_gave_them(copy: Path, change: Change) -> None:
    change("pack.yaml", "bounds: [106.30, 11.00, 107.50, 12.40]", "")
    west, south, east, north = load_pack(copy).bounds or (0, 0, 0, 0)
    assert 106.3 < west < 106.5
    assert 11.2 < south < 11.4
    assert 107.3 < east < 107.5
    assert 12.2 < north < 12.4


def test_a_pack_may_add_hazards_of_its_own_and_plan_for_them(copy: Path, change: Change) -> None:
    names = "  other: {vi: Sự cố khác, en: Other}\n"
    change("hazards.yaml", names, names + "  salt_intrusion: {vi: Xâm nhập mặn, en: Salt intrusion}\n")
    plan = "playbooks:\n  - {id: man-1, hazard: salt_intrusion, level: 1, inform: [eoc], tasks: [{id: do-man, title: "
    plan += "{vi: Đo độ mặn, en: Measure salinity}, owner: eoc, due_min: 60}]}\n\n"
    change("playbooks.yaml", "playbooks:\n", plan)
    added = load_pack(copy)
    assert added.hazards.names["salt_intrusion"].en == "Salt intrusion"
    found = added.playbook("salt_intrusion", 3)
    assert found is not None
    assert found.id == "man-1"
