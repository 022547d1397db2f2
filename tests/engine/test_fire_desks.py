"""The fire desks on a real database and engine: the map by the clock, bulletins, the register, hot spots, smoke."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from shapely.geometry import box

from eoc.bus import LocalBus
from eoc.clock import DataClock
from eoc.engine import BulletinDesk, Engine
from eoc.engine.bulletins import Entry
from eoc.engine.burning import BurningDesk, BurningNotice
from eoc.engine.fire import FIRE_TIMER, FireDesk
from eoc.engine.fire_bulletins import FireBulletins
from eoc.engine.fire_province import FireProvince
from eoc.engine.hotspots import HotspotDesk
from eoc.errors import Conflict, Invalid, NotFound
from eoc.hazards.fire_book import CurrentBook
from eoc.hazards.hotspots import Hotspot
from eoc.hazards.smoke import SmokeParams
from eoc.incidents import Actor
from eoc.model import Observation, Station
from eoc.packs import Pack, load_pack, pack_path
from eoc.secrets import Vault
from eoc.store import Store, journal_log
from eoc.store import fire as fire_store
from eoc.store import fire_signs as sign_store
from eoc.store import incidents as incident_store
from ui.world import stations_of, world_of

PACK: Pack = load_pack(pack_path("binh-phuoc"))
RANGER = Actor("kiem-lam-1", "agency")
STATION = "ktcr-bu-gia-map"
COMMUNE = "25222"  # Bù Gia Mập, where the station stands
FAR = "25360"  # Đồng Nơ: no station within 35 km
DAY_ONE = date(2026, 3, 1)
HOUR = timedelta(hours=1)


def local(day: int, hour: float, month: int = 3) -> datetime:
    """A local time of March 2026."""
    return datetime(2026, month, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 7)


def record(at: datetime, station: str = STATION, **values: float) -> Observation:
    return Observation(station, at, values, at + timedelta(seconds=5), seq=int(at.timestamp()), boot="b", raw=b"{}")


def dry_day(day: int, rain: float = 0.0, skip: Sequence[int] = (), *, hot: bool = False) -> list[Observation]:
    """Every hour of a day: 35 °C and 45 % at 13:00 (40 °C and 30 % on a hot one), rain (if any) at noon."""
    celsius, humidity = (40.0, 30.0) if hot else (35.0, 45.0)
    return [
        record(
            local(day, hour),
            temperature_c=celsius if hour == 13 else 28.0,
            humidity_pct=humidity if hour == 13 else 70.0,
            wind_speed_ms=2.0,
            rain_mm=rain if hour == 12 else 0.0,
        )
        for hour in range(1, 25)
        if hour not in skip
    ]


@dataclass
class Room:
    store: Store
    engine: Engine
    fire: FireDesk
    bulletins: FireBulletins
    burning: BurningDesk
    hotspots: HotspotDesk
    inbox: BulletinDesk
    smoke: SmokeParams

    async def live(self, *batches: Sequence[Observation]) -> None:
        for batch in batches:
            outcomes = await self.engine.observe(batch)
            assert {each.verdict.value for each in outcomes} <= {"accepted", "duplicate"}

    async def level(self, day: date, area: str = COMMUNE) -> int | None:
        async with self.store.read() as connection:
            return (await fire_store.day(connection, day))[area].level

    async def kinds(self) -> list[str]:
        async with self.store.read() as connection:
            return [each.kind for each in await journal_log.read_after(connection, 0, limit=10_000)]

    async def cases(self) -> list[tuple[str, int]]:
        async with self.store.read() as connection:
            return [(each.hazard, each.level) for each in await incident_store.find(connection)]


Open = Callable[..., Awaitable[Room]]


@pytest.fixture
def open_room(store: Store) -> Open:
    async def _open(pack: Pack = PACK) -> Room:
        engine = Engine(store, world_of(pack, datetime(2026, 3, 1, tzinfo=UTC)), DataClock(), LocalBus())
        await engine.start()
        hourly: list[Station] = [replace(each, interval_s=3600.0) for each in stations_of(pack)]
        await engine.install_stations(hourly, pack.hash)
        smoke = engine.world.hazards.smoke
        assert smoke is not None
        assert isinstance(smoke.context, CurrentBook)
        fire = FireDesk(store, engine, FireProvince.of(pack), smoke.context)
        await fire.start()
        vault = Vault.from_secret("a secret that is long enough")
        return Room(
            store,
            engine,
            fire,
            FireBulletins(store, engine),
            BurningDesk(store, engine, fire, vault),
            HotspotDesk(store, engine, fire, smoke),
            BulletinDesk(store, engine),
            smoke,
        )

    return _open


async def dry_weeks(room: Room, days: int, *, hot: bool = False) -> None:
    """The first day has no whole day of rain behind it; each later one adds about 1,080 (2,060 when hot)."""
    for day in range(1, days + 1):
        await room.live(dry_day(day, hot=hot))
    await room.live([record(local(days + 1, 0.5), temperature_c=25.0)])


async def test_the_map_is_computed_each_afternoon_on_the_data_clock(open_room: Open) -> None:
    room = await open_room()
    await room.live(dry_day(1, skip=range(14, 25)))
    assert await _days(room) == set()  # 13:00 has been read, but 14:00 has not come: it could still be replaced
    await room.live([record(local(1, 14.1), temperature_c=34.0)])
    async with room.store.read() as connection:
        first = await fire_store.day(connection, DAY_ONE)
    assert len(first) == 111
    here, far = first[COMMUNE], first[FAR]
    assert (here.level, here.station, here.table) == (None, STATION, "nesterov-vn")
    assert here.why is not None
    assert here.why.params["missing"] == "rain_mm"  # half a day of rain is not a day
    assert (far.level, far.p) == (None, None)
    assert far.why is not None
    assert far.why.code == "reason.fire_no_station"


async def _days(room: Room) -> set[date]:
    async with room.store.read() as connection:
        return {each.day for each in await fire_store.days(connection, DAY_ONE, date(2026, 4, 30))}


async def test_dry_weeks_draft_a_bulletin_and_rain_takes_it_back(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 9, hot=True)
    assert [await room.level(date(2026, 3, day)) for day in (2, 4, 6, 9)] == [1, 2, 3, 4]
    assert await room.cases() == []  # danger opens no case
    async with room.store.read() as connection:
        drafted = await fire_store.bulletin_of(connection, date(2026, 3, 9))
        assert drafted is not None
        people = (await fire_store.recipients(connection, [drafted.id]))[drafted.id]
    assert drafted.state == "draft"
    assert drafted.body["highest"] == 4
    assert COMMUNE in [each["area"] for each in drafted.body["items"]]
    assert [each["id"] for each in drafted.body["owners"] if COMMUNE in each["areas"]] == ["vqg-bu-gia-map"]
    assert {"body", "commune", "owner"} == {each.kind for each in people}
    await room.live(dry_day(10, rain=12.0), [record(local(11, 0.5), temperature_c=25.0)])
    assert await room.level(date(2026, 3, 10)) == 1
    async with room.store.read() as connection:
        assert await fire_store.bulletin_of(connection, date(2026, 3, 10)) is None


async def test_a_bulletin_is_signed_sent_and_acknowledged(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 9, hot=True)
    async with room.store.read() as connection:
        drafted = await fire_store.bulletin_of(connection, date(2026, 3, 9))
        assert drafted is not None
        people = (await fire_store.recipients(connection, [drafted.id]))[drafted.id]
    with pytest.raises(Conflict):
        await room.bulletins.send(drafted.id, RANGER, ["email"])
    with pytest.raises(Conflict):
        await room.bulletins.sign(drafted.id, RANGER, drafted.version + 1)
    assert (await room.bulletins.sign(drafted.id, RANGER, drafted.version)).state == "signed"
    with pytest.raises(Invalid):
        await room.bulletins.send(drafted.id, RANGER, ["pigeon"])
    with pytest.raises(Conflict):
        await room.bulletins.acknowledge(drafted.id, people[0].recipient, RANGER, "phone")
    sent = await room.bulletins.send(drafted.id, RANGER, ["printed", "zalo"])
    assert (sent.state, list(sent.channels), sent.sent_by) == ("sent", ["printed", "zalo"], RANGER.name)
    with pytest.raises(NotFound):
        await room.bulletins.acknowledge(drafted.id, "nobody", RANGER, "phone")
    states = [(await room.bulletins.acknowledge(drafted.id, each.recipient, RANGER, "phone")).state for each in people]
    assert states == ["sent"] * (len(people) - 1) + ["acknowledged"]
    again = await room.bulletins.acknowledge(drafted.id, people[0].recipient, RANGER, "phone")
    assert again.state == "acknowledged"
    kinds = await room.kinds()
    assert kinds.count("fire.bulletin_acknowledged") == len(people)
    # What is signed stays as it was signed, whatever the map says later.
    async with room.store.write() as unit:
        await unit.lock()
        await room.fire.compute(unit, await room.engine.moment(unit))
        assert await fire_store.bulletin(unit.connection, drafted.id) == again


async def test_a_missing_reading_is_no_level_and_late_readings_heal_it(open_room: Open) -> None:
    room = await open_room()
    await room.live(dry_day(1), dry_day(2), dry_day(3, skip=range(12, 16)), dry_day(4))
    await room.live([record(local(5, 0.5), temperature_c=25.0)])
    assert await room.level(date(2026, 3, 3)) is None
    async with room.store.read() as connection:
        day_two, day_three, day_four = [
            (await fire_store.day(connection, date(2026, 3, day)))[COMMUNE] for day in (2, 3, 4)
        ]
    assert day_three.p == day_two.p
    assert (day_four.level, day_four.missed_days) == (1, 1)
    # The gateway was cut off and sends what it kept.
    await room.live([each for each in dry_day(3) if each.observed_at.hour in {5, 6, 7, 8}])
    await room.live(dry_day(5))
    await room.live([record(local(6, 0.5), temperature_c=25.0)])
    assert await room.level(date(2026, 3, 3)) == 1
    async with room.store.read() as connection:
        healed = (await fire_store.day(connection, date(2026, 3, 4)))[COMMUNE]
    assert healed.missed_days == 0
    assert healed.p == pytest.approx(1.5 * (day_four.p or 0))


async def test_what_the_authority_announces_wins_and_the_difference_shows(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 6)
    assert await room.level(date(2026, 3, 6)) == 2
    entry = Entry("12/TB-KL", "Kiểm lâm", "forest_fire", 5, ("691",), local(6, 15), local(8, 15))
    await room.inbox.enter(entry, RANGER)
    await room.fire.follow()
    async with room.store.read() as connection:
        judged = {each.danger.area: each for each in await room.fire.judged(connection, date(2026, 3, 6))}
        drafted = await fire_store.bulletin_of(connection, date(2026, 3, 6))
    assert (judged[COMMUNE].level, judged[COMMUNE].danger.level) == (5, 2)  # a district stands for its communes
    mismatch = judged[COMMUNE].mismatch
    assert mismatch is not None
    assert mismatch.params == {"official": 5, "ours": 2}
    assert judged["25267"].level == 5
    assert judged["25205"].official is None
    assert room.fire.book.danger(COMMUNE, local(7, 9)) == 5
    assert drafted is not None
    assert drafted.body["items"][0]["official"] == {"number": "12/TB-KL", "level": 5}


async def test_smoke_opens_a_case_sooner_when_the_danger_is_high(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 9, hot=True)
    assert room.fire.book.danger(COMMUNE, local(10, 9)) == 4
    smoke = [record(local(10, 9) + timedelta(minutes=2 * index), smoke_ratio=0.7) for index in range(4)]
    await room.live(smoke[:1])
    assert await room.cases() == []
    await room.live(smoke[1:])
    assert await room.cases() == [("forest_fire", 3)]


async def test_the_same_smoke_in_low_danger_needs_longer(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 2)
    assert room.fire.book.danger(COMMUNE, local(3, 9)) == 1
    smoke = [record(local(3, 9) + timedelta(minutes=2 * index), smoke_ratio=0.7) for index in range(20)]
    await room.live(smoke[:10])
    assert await room.cases() == []
    await room.live(smoke[10:])
    assert await room.cases() == [("forest_fire", 2)]


def notice(since: datetime, **changed: object) -> BurningNotice:
    given = BurningNotice(COMMUNE, since, since + 4 * HOUR, "Nguyễn Văn Thử", "+84950000001", "rẫy điều", 0.5)
    return replace(given, lon=107.17, lat=12.12, **changed)  # type: ignore[arg-type]


async def test_notified_burning_is_registered_lowers_smoke_and_can_be_erased(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 2)
    entered = await room.burning.enter(notice(local(3, 8)), RANGER)
    assert (entered.state, entered.danger, entered.flag) == ("notified", 1, None)
    smoke = [record(local(3, 9) + timedelta(minutes=2 * index), smoke_ratio=0.7) for index in range(20)]
    await room.live(smoke)
    assert await room.cases() == [("forest_fire", 1)]  # never dropped
    assert room.burning.phone(entered) == "+84950000001"
    ended = await room.burning.end(entered.id, RANGER)
    assert (ended.state, ended.ended_by) == ("ended", RANGER.name)
    with pytest.raises(Conflict):
        await room.burning.end(entered.id, RANGER)
    erased = await room.burning.erase(entered.id, RANGER)
    assert (erased.person, room.burning.phone(erased), erased.area) == (None, None, COMMUNE)
    async with room.store.read() as connection:
        events = await journal_log.read_after(connection, 0, limit=10_000)
        assert (await journal_log.audit(connection)).ok
    assert "Nguyễn" not in str([each.data for each in events])


async def test_burning_is_refused_from_level_four_and_kept_as_refused(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 9, hot=True)
    entered = await room.burning.enter(notice(local(10, 8)), RANGER)
    assert (entered.state, entered.danger) == ("refused", 4)
    assert entered.flag == {"code": "reason.burning_refused", "params": {"danger": 4, "limit": 4}}
    assert room.fire.book.burning(COMMUNE, 107.17, 12.12, local(10, 9)) is None
    with pytest.raises(Conflict):
        await room.burning.end(entered.id, RANGER)


async def test_what_cannot_be_a_burning(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 1)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"until_at": local(2, 7)}, "invalid.fire_times"),
        ({"until_at": local(20, 8)}, "invalid.fire_times"),
        ({"size_ha": 0.0}, "invalid.burning_size"),
        ({"lon": 12.12, "lat": None}, "invalid.half_a_place"),
        ({"lon": 0.0, "lat": 0.0}, "geo.null_island"),
        ({"area": "99999"}, "invalid.area"),
    ]
    for changed, code in wrong:
        with pytest.raises(Invalid) as told:
            await room.burning.enter(replace(notice(local(2, 8)), **changed), RANGER)  # type: ignore[arg-type]
        assert told.value.code == code
    with pytest.raises(NotFound):
        await room.burning.end("nothing", RANGER)


SPOT = Hotspot("N20", local(3, 13.3), 107.17, 12.125, "nominal", 4.2, "VIIRS", "firms-viirs")


async def test_hot_spots_are_a_list_until_a_second_source_agrees(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 3)
    assert await room.hotspots.accept([SPOT]) == 1
    assert await room.hotspots.accept([SPOT, SPOT]) == 0
    assert await room.cases() == []
    async with room.store.read() as connection:
        listed = await sign_store.hotspots(connection, local(1, 0))
    assert [(each.verdict, each.level, each.area) for each in listed] == [("listed", 0, COMMUNE)]
    # Smoke nearby an hour later: the hot spot is judged again at the next asking, though it brings nothing new.
    await room.live([record(local(3, 14.5) + timedelta(minutes=2 * index), smoke_ratio=0.6) for index in range(3)])
    assert await room.hotspots.accept([]) == 0
    async with room.store.read() as connection:
        again = await sign_store.hotspots(connection, local(1, 0))
    assert [(each.verdict, each.level) for each in again] == [("second", 2)]
    assert again[0].incident is not None
    assert len(await room.cases()) == 1
    await room.hotspots.take([SPOT])
    assert len(await room.cases()) == 1


async def test_a_second_satellite_counts_and_the_first_joins_its_case(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 3)
    await room.hotspots.take([SPOT])
    later = replace(SPOT, satellite="N", at=SPOT.at + timedelta(minutes=50), lon=107.175)
    await room.hotspots.take([later])
    async with room.store.read() as connection:
        both = await sign_store.hotspots(connection, local(1, 0))
    assert {each.verdict for each in both} == {"second"}
    assert len({each.incident for each in both}) == 1
    assert len(await room.cases()) == 1


async def test_inside_the_users_forest_one_hot_spot_is_a_case(open_room: Open) -> None:
    room = await open_room(replace(PACK, forest_mask=(box(107.1, 12.0, 107.3, 12.3),)))
    await dry_weeks(room, 3)
    field = replace(SPOT, lon=106.7, lat=11.6)
    await room.hotspots.take([SPOT, field])
    assert await room.cases() == [("forest_fire", 2)]
    async with room.store.read() as connection:
        found = {each.spot.key: each.verdict for each in await sign_store.hotspots(connection, local(1, 0))}
    assert found == {SPOT.key: "inside", field.key: "listed"}


async def test_half_a_pack_works(open_room: Open) -> None:
    bare = replace(
        PACK, fire=PACK.fire.model_copy(update={"index": None, "bulletin": None, "hotspots": None, "burning": None})
    )
    room = await open_room(bare)
    await dry_weeks(room, 2)
    assert await _days(room) == set()
    await room.hotspots.take([SPOT])
    entered = await room.burning.enter(notice(local(3, 8)), RANGER)
    assert entered.flag == {"code": "reason.burning_danger_unknown", "params": {}}
    async with room.store.read() as connection:
        timers = await incident_store.due_timers(connection, datetime(2100, 1, 1, tzinfo=UTC))
        assert FIRE_TIMER not in {kind for _, kind, _ in timers}
        assert [each.verdict for each in await sign_store.hotspots(connection, local(1, 0))] == ["listed"]


async def test_another_process_reads_the_same_book(open_room: Open) -> None:
    room = await open_room()
    await dry_weeks(room, 6)
    other = await open_room()
    assert other.fire.book.danger(COMMUNE, local(7, 9)) == room.fire.book.danger(COMMUNE, local(7, 9)) == 2
