"""Areas as warnings need them: what lies inside, old codes of merged units, names people say, points."""

from dataclasses import replace
from datetime import date

import pytest

from dispatch.gazetteer import bare_name, everything_inside, kind_word, names_for, points, require_known
from eoc.errors import Invalid
from eoc.packs import Area, Pack, load_pack, pack_path
from tests.dispatch.world import NOW, small_pack


def test_everything_inside() -> None:
    pack = small_pack()
    assert everything_inside(pack, ["1"], NOW) == ("1", "10", "101", "102", "103")
    assert everything_inside(pack, ["10", "101"], NOW) == ("10", "101", "102", "103")
    assert everything_inside(pack, ["103"], NOW) == ("103",)
    assert everything_inside(pack, ["gone"], NOW) == ("gone",)


def merged() -> Pack:
    """Communes 201 and 202 became 102 in 2025; the code 103 was given again to somebody else."""
    ended = [
        Area(code, f"Xã Cũ {code}", "commune", "10", None, date(2025, 6, 30), merged_into="102")
        for code in ("201", "202", "103")
    ]
    pack = small_pack()
    now = [replace(area, valid_from=date(2025, 7, 1)) if area.code in ("102", "103") else area for area in pack.areas]
    return replace(pack, areas=(*ended, *now))


def test_people_registered_under_an_old_code_are_inside_the_new_unit() -> None:
    # 103 means another commune today, so it is not taken for an old name of 102.
    assert everything_inside(merged(), ["102"], NOW) == ("102", "201", "202")


def test_unknown_areas_are_named() -> None:
    require_known(small_pack(), ["101", "10"], NOW)
    with pytest.raises(Invalid) as refused:
        require_known(small_pack(), ["101", "999", "998"], NOW)
    assert refused.value.params["area"] == "999"
    with pytest.raises(Invalid):
        require_known(merged(), ["201"], NOW)


@pytest.mark.parametrize(
    ("name", "kind", "bare"),
    [
        ("Xã Bình Tân", "xã", "Bình Tân"),
        ("Thị trấn Thanh Bình", "thị trấn", "Thanh Bình"),
        ("Thị xã Phước Long", "thị xã", "Phước Long"),
        ("Thành phố Đồng Xoài", "thành phố", "Đồng Xoài"),
        ("Phường 5", "phường", "Phường 5"),
        ("Xãm", "", "Xãm"),
        ("Đường 10", "", "Đường 10"),
    ],
)
def test_names_as_people_say_them(name: str, kind: str, bare: str) -> None:
    assert (kind_word(name), bare_name(name)) == (kind, bare)


def test_a_warning_may_be_placed_by_its_areas_their_parents_and_the_water() -> None:
    assert names_for(small_pack(), ["101"], NOW) == ("Thượng", "Bến", "Mẫu", "Sông Mẫu")


def test_points_lie_in_their_areas() -> None:
    pack = load_pack(pack_path("binh-phuoc"))
    found = points(pack, NOW)
    index = pack.area_index(NOW)
    communes = [area for area in pack.areas_at(NOW, "commune") if area.outline is not None]
    assert len(communes) > 100
    assert sum(area.code in index.all_at(*found[area.code]) for area in communes) >= 0.95 * len(communes)
