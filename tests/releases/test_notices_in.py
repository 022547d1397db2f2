"""From the broker's side: what a device announces reaches the desk, and nonsense is kept among the refused."""

from dataclasses import replace

import msgspec

from eoc.store import quarantine
from eoc.store import releases as release_store
from sensors.notices import ReleaseNotice, read_release
from tests.releases.conftest import DAM, HOUR, START, Bench
from ui.notices import Notices


def notice(station: str = DAM, **more: object) -> ReleaseNotice:
    body = {"id": "r1", "planned_at": "2026-11-22T06:00:00Z", "discharge_m3s": 500, "sent_at": "2026-11-22T00:00:00Z"}
    read = read_release(msgspec.json.encode({**body, **more}), f"eoc/v1/{station}/release", START + 1000 * HOUR)
    assert isinstance(read, ReleaseNotice)
    return read


async def test_a_notice_goes_to_the_desk_once(bench: Bench) -> None:
    notices = Notices(bench.store, bench.engine, bench.desk)
    await notices.take(notice())
    await notices.take(notice())  # the broker repeats itself
    async with bench.store.read() as connection:
        (release,) = await release_store.find(connection)
        (version,) = await release_store.versions_of(connection, release.id)
    # On the data clock the sender's time counts, not a wall that is weeks away.
    assert (release.channel, release.received_at, release.late) == ("mqtt", START, False)
    assert version.raw == notice().raw
    assert DAM in bench.desk.dirty


async def test_what_makes_no_sense_is_kept_as_it_came(bench: Bench) -> None:
    notices = Notices(bench.store, bench.engine, bench.desk)
    await notices.take(notice("khong-co-ho"))
    await notices.take(notice("be-phuoc-long"))
    await notices.take(notice(until="2026-11-22T05:00:00Z"))
    async with bench.store.read() as connection:
        assert await release_store.find(connection) == []
        kept = await quarantine.newest(connection, before=None, limit=10)
    assert {each.code for each in kept} == {"release_no_reservoir", "release_ends_first"}
    assert all(each.raw.startswith(b"{") for each in kept)


async def test_a_withdrawal_of_the_unknown_is_written_down_and_opens_nothing(bench: Bench) -> None:
    notices = Notices(bench.store, bench.engine, bench.desk)
    gone = notice()
    await notices.take(replace(gone, cancelled=True, planned_at=None, discharge_m3s=None))
    async with bench.store.read() as connection:
        (release,) = await release_store.find(connection)
    assert (release.state, release.incident, release.planned_at) == ("cancelled", None, None)
