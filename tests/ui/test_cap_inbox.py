"""CAP messages of other authorities in the bulletin inbox."""

from dataclasses import replace
from datetime import timedelta

from eoc.clock import wall_now
from eoc.incidents.bulletins import Bulletin
from eoc.store import bulletins
from sensors.pollers.ports import CapAlert, CapArea, CapInfo
from tests.ui.conftest import Desk
from ui.cap_inbox import CapInbox

SENT = wall_now() - timedelta(minutes=20)
INFO = CapInfo(
    "en", "Flash Flood Warning", "Immediate", "Severe", "Likely", headline="Flash flood", sender_name="NCHMF",
    expires=SENT + timedelta(hours=6), areas=(CapArea("Long Bình", geocodes=(("VN", "25240"),)),),
)  # fmt: skip
ALERT = CapAlert("nchmf", "A-1", "w@example.vn", SENT, "Actual", "Alert", "Public", infos=(INFO,), xml=b"<alert/>")


def inbox(desk: Desk) -> CapInbox:
    return CapInbox(desk.parts.store, desk.parts.bulletins, desk.parts.pack, wall_now())


async def known(desk: Desk) -> list[Bulletin]:
    async with desk.parts.store.read() as connection:
        found = await bulletins.find(connection, states=None, hazard=None, before=None, limit=50)
    return sorted(found, key=lambda each: each.id)


async def test_an_alert_is_a_bulletin_once_with_its_bytes_and_without_a_level(desk: Desk) -> None:
    for _ in range(2):
        await inbox(desk).take([ALERT])
    (made,) = await known(desk)
    assert (made.number, made.issuer, made.hazard, made.areas) == ("A-1", "NCHMF", "flash_flood", ("25240",))
    assert (made.official_level, made.source, made.valid_until) == (None, "cap", INFO.expires)
    assert made.file is not None


async def test_an_update_takes_its_place_and_a_cancel_ends_it(desk: Desk) -> None:
    reference = f"w@example.vn,A-1,{SENT.isoformat()}"
    update = replace(ALERT, identifier="A-2", msg_type="Update", references=(reference,))
    cancel = replace(ALERT, identifier="A-3", msg_type="Cancel", references=(reference.replace("A-1", "A-2"),))
    await inbox(desk).take([ALERT, replace(update, sent=SENT + timedelta(minutes=1))])
    assert [(each.number, each.state) for each in await known(desk)] == [("A-1", "superseded"), ("A-2", "current")]
    await inbox(desk).take([replace(cancel, sent=SENT + timedelta(minutes=2))])
    assert [each.state for each in await known(desk)] == ["superseded", "closed"]


async def test_tests_and_other_places_are_not_ours(desk: Desk) -> None:
    sea = CapArea("Biển Đông", polygons=(((112.0, 10.0), (113.0, 10.0), (113.0, 11.0), (112.0, 10.0)),))
    elsewhere = replace(ALERT, infos=(replace(INFO, areas=(sea,)),))
    over = replace(ALERT, infos=(replace(INFO, expires=SENT + timedelta(minutes=1)),))
    await inbox(desk).take([replace(ALERT, status="Test"), replace(ALERT, status="Exercise"), elsewhere, over])
    assert await known(desk) == []


async def test_a_polygon_means_the_communes_it_touches(desk: Desk) -> None:
    box = (((106.70, 11.70), (106.80, 11.70), (106.80, 11.80), (106.70, 11.80), (106.70, 11.70)),)
    found = inbox(desk).areas([CapArea("", polygons=box)])
    assert found is not None
    assert "25240" in found
    assert len(found) < 20


async def test_words_decide_the_hazard_the_longest_first(desk: Desk) -> None:
    said = {
        "Flood Watch": "river_flood",
        "Lũ quét, sạt lở đất": "flash_flood",
        "Tsunami": "other",
        "Cảnh báo DÔNG": "storm",
    }
    box = inbox(desk)
    assert {event: box.hazard(replace(INFO, event=event)) for event in said} == said
