"""`fire.yaml`: zones by month, what a half-filled one does, the user's forest mask."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from eoc.engine.fire_province import FireProvince, smoke_params
from eoc.hazards.fire_book import FireBook
from eoc.packs import Pack, check_pack, load_pack, pack_path
from eoc.packs.fire import Fire, Zone
from tests.packs.conftest import NOW

Change = Callable[[str, str, str], int]
ZONE = """    - id: toan-tinh
      name: {vi: Toàn tỉnh, en: Whole province}
"""
NORTH = (
    """    - id: phia-bac
      name: {vi: Phía bắc, en: North}
      areas: ["25222", "25267"]
      table: nesterov-vn
      reset_mm: 5
      source: official
      months:
        - {months: [4, 5], reset_mm: 7, source: official}
        - {months: [6, 7, 8], reset_mm: 10, table: nesterov-goc, source: official}
"""
    + ZONE
)


def test_table_and_rain_vary_by_zone_and_month(copy: Path, change: Change) -> None:
    change("fire.yaml", ZONE, NORTH)
    assert [each for each in check_pack(copy) if each.severity == "error"] == []
    province = FireProvince.of(load_pack(copy))
    north = [province.method("25222", month) for month in (3, 4, 6)]
    assert [(each.zone, each.reset_mm, each.table.id) for each in north if each] == [
        ("phia-bac", 5, "nesterov-vn"),
        ("phia-bac", 7, "nesterov-vn"),
        ("phia-bac", 10, "nesterov-goc"),
    ]
    elsewhere = province.method("25205", 6)
    assert elsewhere is not None
    assert (elsewhere.zone, elsewhere.reset_mm, elsewhere.table.upper) == ("toan-tinh", 5, (5000, 10000, 15000, 20000))


def test_a_commune_in_two_zones_and_two_rests_are_mistakes(copy: Path, change: Change) -> None:
    twice = NORTH.replace("phia-bac", "phia-nam").replace(ZONE, "") + ZONE.replace("toan-tinh", "con-lai")
    change(
        "fire.yaml",
        ZONE,
        NORTH.replace(ZONE, "") + twice + "      table: nesterov-vn\n      reset_mm: 5\n      source: demo\n" + ZONE,
    )
    codes = [each.code for each in check_pack(copy) if each.severity == "error"]
    assert codes.count("pack.fire_area_in_two_zones") == 2
    assert codes.count("pack.fire_two_rests") == 1


def test_a_month_stands_once() -> None:
    months = [{"months": [4, 5], "source": "demo"}, {"months": [5], "source": "demo"}]
    given = {"id": "z", "name": {"vi": "a", "en": "b"}, "table": "t", "reset_mm": 5, "source": "demo", "months": months}
    with pytest.raises(ValidationError, match="month twice"):
        Zone.model_validate(given)


def test_the_demo_pack_names_its_fwi_variant_and_its_source(demo: Pack) -> None:
    told = FireProvince.of(demo).constants()
    assert (told["ffmc"], told["dmc_day_length"], told["dc_day_length"]) == ("147.2", "20n", "equator")
    assert told["source"] == "published"
    assert "Lawson" in told["reference"]


def test_by_latitude_and_own_numbers(copy: Path, change: Change) -> None:
    change("fire.yaml", 'dmc: "20n"', "dmc: by_latitude")
    change("fire.yaml", "dc: equator", "dc: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]")
    lengths = FireProvince.of(load_pack(copy)).lengths
    assert lengths is not None
    assert (lengths.dmc_name, lengths.dc_name, lengths.dc[11]) == ("20n", "pack", 12)


def test_without_the_file_everything_is_off_and_said_so(copy: Path) -> None:
    (copy / "fire.yaml").unlink()
    assert "pack.note_no_fire" in [each.code for each in check_pack(copy)]
    pack = load_pack(copy)
    province = FireProvince.of(pack)
    assert pack.fire == Fire()
    assert (province.reading, province.hotspots, province.method("25222", 3)) == (None, None, None)
    assert smoke_params(pack.fire, FireBook()) is None
    assert province.due_day(NOW) is None


def test_an_empty_pack_notes_that_there_is_no_table() -> None:
    codes = [each.code for each in check_pack(pack_path("empty"))]
    assert "pack.note_no_fire_table" in codes


def test_the_smoke_rows_reach_the_rule(demo: Pack) -> None:
    params = smoke_params(demo.fire, FireBook())
    assert params is not None
    assert [params.kind_at(level) for level in (1, 2, 3, 4, 5, None)] == [
        "slow",
        "slow",
        "ordinary",
        "quick",
        "quick",
        "ordinary",
    ]
    assert params.rows["slow"].sources == 2
    assert params.rows["quick"].window == timedelta(minutes=15)


def mask(*ring: tuple[float, float]) -> str:
    feature = {
        "type": "Feature",
        "properties": {"name": "Rừng thử", "drawn_with": "some program"},
        "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ring]]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def test_the_users_forest_is_read_and_checked(copy: Path) -> None:
    file = copy / "forest_mask.geojson"
    file.write_text(mask((107.1, 12.0), (107.3, 12.0), (107.3, 12.3), (107.1, 12.0)), encoding="utf-8")
    assert {"pack.note_no_forest_mask"}.isdisjoint(each.code for each in check_pack(copy))
    forest = FireProvince.of(load_pack(copy)).mask
    assert forest.holds(107.25, 12.1, 0.0)
    assert not forest.holds(106.8, 11.6, 0.5)
    swapped = mask((12.0, 107.1), (12.0, 107.3), (12.3, 107.3), (12.0, 107.1))
    file.write_text(swapped, encoding="utf-8")
    assert "geo.swapped" in [each.code for each in check_pack(copy)]
    file.write_text(file.read_text("utf-8").replace("Polygon", "LineString"), encoding="utf-8")
    assert "pack.geometry_type" in [each.code for each in check_pack(copy)]
