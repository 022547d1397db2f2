"""Who helps to judge an instrument."""

from dataclasses import replace

from eoc.model import Station
from eoc.neighbourhood import neighbours

GAUGE = Station("mid", "Giữa", "river", lon=106.8, lat=11.7, river="be", chainage_km=100.0)
UP = replace(GAUGE, id="up", chainage_km=90.0, lat=11.8)
DOWN = replace(GAUGE, id="down", chainage_km=140.0, lat=11.4)
FAR = replace(GAUGE, id="far", chainage_km=190.0, lat=11.0)
OTHER_RIVER = replace(GAUGE, id="other", river="dn", chainage_km=101.0, lon=106.85)
LAKE = replace(GAUGE, id="lake", kind="reservoir", chainage_km=99.0)
RAIN = replace(GAUGE, id="rain", kind="rain", river=None, chainage_km=None, lon=106.81)
FIRE = replace(RAIN, id="fire", kind="fire_weather")
EVERYONE = [GAUGE, UP, DOWN, FAR, OTHER_RIVER, LAKE, RAIN, FIRE, replace(GAUGE, id="siren", kind="siren")]


def test_along_the_river_first_then_around_then_the_rain() -> None:
    found = neighbours(GAUGE, EVERYONE)
    assert [each.station.id for each in found] == ["lake", "up", "down", "other", "rain"]
    assert [(each.relation.code, each.relation.params["km"]) for each in found[:3]] == [
        ("relation.upstream", 1.0),
        ("relation.upstream", 10.0),
        ("relation.downstream", 40.0),
    ]


def test_a_rain_gauge_looks_at_rain_gauges_only() -> None:
    other = replace(RAIN, id="rain-2", lat=11.75)
    assert [each.station.id for each in neighbours(RAIN, [*EVERYONE, other])] == ["rain-2"]


def test_a_station_without_a_place_has_only_its_river() -> None:
    lost = replace(GAUGE, lon=None, lat=None)
    assert [each.station.id for each in neighbours(lost, [UP, OTHER_RIVER, RAIN])] == ["up"]
    assert neighbours(replace(lost, chainage_km=None), EVERYONE) == []


def test_the_nearest_are_kept() -> None:
    many = [replace(RAIN, id=f"r{number}", lon=106.81 + number / 100) for number in range(1, 12)]
    assert [each.station.id for each in neighbours(RAIN, many, most=3)] == ["r1", "r2", "r3"]
