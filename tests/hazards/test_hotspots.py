"""Hot spots of satellites: listed always, a sign of fire only in the forest or with a second source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shapely.geometry import box

from eoc.hazards.fire_book import NotifiedBurning
from eoc.hazards.hotspots import (
    ForestMask,
    Hotspot,
    HotspotParams,
    Verdict,
    Witness,
    another_pass,
    confidence_of,
    judge,
)

AT = datetime(2026, 3, 10, 6, 12, tzinfo=UTC)
SPOT = Hotspot("N20", AT, 107.1, 12.1, "nominal", 5.3, "VIIRS", "firms")
FOREST = ForestMask([box(107.0, 12.0, 107.2, 12.2)])
PARAMS = HotspotParams()


def verdict(
    spot: Hotspot = SPOT,
    mask: ForestMask | None = None,
    others: tuple[Hotspot, ...] = (),
    witnesses: tuple[Witness, ...] = (),
    burning: NotifiedBurning | None = None,
) -> Verdict:
    return judge(spot, mask or ForestMask(), others, witnesses, burning, PARAMS, 0.4)


def codes(found: Verdict) -> list[str]:
    return [each.code for each in found.reasons]


def test_without_a_mask_it_is_a_list() -> None:
    found = verdict()
    assert (found.kind, found.level) == ("listed", 0)
    assert "reason.hotspot_no_mask" in codes(found)


def test_inside_the_forest_it_counts_and_outside_it_does_not() -> None:
    assert (verdict(mask=FOREST).kind, verdict(mask=FOREST).level) == ("inside", 2)
    outside = verdict(replace(SPOT, lon=107.5), FOREST)
    assert (outside.kind, outside.level) == ("listed", 0)
    assert "reason.hotspot_outside" in codes(outside)
    # A pixel that lies a little outside may still be forest.
    assert verdict(replace(SPOT, lon=107.203), FOREST).kind == "inside"
    assert verdict(replace(SPOT, lon=107.21), FOREST).kind == "listed"


def test_low_confidence_is_only_listed_even_in_the_forest() -> None:
    found = verdict(replace(SPOT, confidence="low"), FOREST)
    assert (found.kind, found.level) == ("listed", 0)
    assert "reason.hotspot_low_confidence" in codes(found)


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (replace(SPOT, satellite="N", at=AT + timedelta(minutes=50)), True),
        (replace(SPOT, satellite="N"), True),
        (replace(SPOT, at=AT - timedelta(hours=11)), True),
        (replace(SPOT, at=AT + timedelta(minutes=1), lon=107.104), False),
        (replace(SPOT, at=AT - timedelta(hours=13)), False),
        (replace(SPOT, satellite="N", lon=107.15), False),
        (replace(SPOT, satellite="N", confidence="low"), False),
    ],
)
def test_a_second_pass_of_a_satellite_confirms(other: Hotspot, counts: bool) -> None:
    found = verdict(others=(other,))
    assert (found.kind == "second", found.level > 0) == (counts, counts)


def test_smoke_or_a_call_confirms_when_it_is_near() -> None:
    smoke = Witness("station", "kt-1", "Trạm thử", AT - timedelta(hours=1), 107.11, 12.1)
    found = verdict(witnesses=(smoke,))
    assert (found.kind, codes(found)[1]) == ("second", "reason.hotspot_and_smoke")
    call = replace(smoke, kind="case", ref="c1")
    assert codes(verdict(witnesses=(call,)))[1] == "reason.hotspot_and_case"
    assert verdict(witnesses=(replace(smoke, lon=107.2),)).kind == "listed"
    assert verdict(witnesses=(replace(smoke, at=AT - timedelta(hours=13)),)).kind == "listed"


def test_notified_burning_lowers_the_confidence_and_never_drops() -> None:
    burning = NotifiedBurning("b1", "25222", AT - timedelta(hours=1), AT + timedelta(hours=1), 107.1, 12.1)
    found = verdict(mask=FOREST, burning=burning)
    assert (found.kind, found.level, found.confidence) == ("inside", 1, 0.4)
    assert "reason.burning_notified" in codes(found)


def test_the_same_detection_has_the_same_key() -> None:
    again = replace(SPOT, frp_mw=5.4, source="other", at=AT + timedelta(seconds=20))
    assert again.key == SPOT.key
    assert replace(SPOT, lon=107.101).key != SPOT.key
    assert not another_pass(SPOT, again)


def test_confidence_of_modis() -> None:
    assert [confidence_of(value) for value in (0, 29, 30, 79, 80, 100)] == [
        "low",
        "low",
        "nominal",
        "nominal",
        "high",
        "high",
    ]
