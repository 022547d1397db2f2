"""What the simulated devices send: in order, accepted by the real codec, the same for the same seed."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eoc.model import Observation
from eoc.packs import Pack
from sensors.codecs.json import JsonCodec
from sensors.simulator import (
    Emission,
    Scenario,
    ScenarioInvalid,
    check_scenario,
    default_start,
    load_scenario,
    run,
)
from tests.simulator.conftest import START


def test_messages_leave_in_order_and_each_device_counts(emissions: list[Emission]) -> None:
    assert [e.at for e in emissions] == sorted(e.at for e in emissions)
    assert emissions[0].at >= START - timedelta(hours=24)
    assert emissions[-1].at <= START + timedelta(hours=36, minutes=1)
    seen: dict[str, int] = {}
    for emission in emissions:
        if emission.topic_suffix == "obs":
            assert emission.payload["seq"] > seen.get(emission.station, 0)
            seen[emission.station] = emission.payload["seq"]
    # Some reports are lost on the way; the counters show the gaps.
    sent = Counter(e.station for e in emissions if e.topic_suffix == "obs")
    lost = sum(seen.values()) - sum(sent.values())
    assert 0 < lost < 0.02 * sum(sent.values())


def test_the_real_codec_takes_every_reading(emissions: list[Emission]) -> None:
    codec = JsonCodec()
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for emission in emissions:
        if emission.topic_suffix != "obs":
            continue
        payload = json.dumps(dict(emission.payload)).encode()
        (record,) = codec.decode(payload, f"eoc/v1/{emission.station}/obs", now)
        assert isinstance(record, Observation), record
        assert record.observed_at == emission.at
        assert dict(record.values) == emission.payload["data"]


def test_every_station_says_first_that_it_is_online(emissions: list[Emission], scenario: Scenario) -> None:
    first: dict[str, Emission] = {}
    for emission in emissions:
        if emission.topic_suffix != "release":
            first.setdefault(emission.station, emission)
    assert {e.topic_suffix for e in first.values()} == {"status"}
    assert all(e.payload["state"] == "online" for e in first.values())
    assert set(first) == {s.id for s in scenario.stations.values() if not s.reference}


def test_gauges_hurry_in_an_alarm(emissions: list[Emission], scenario: Scenario) -> None:
    alarm_m = scenario.alarm_m("be-can-don")
    assert alarm_m is not None
    readings = [e for e in emissions if e.station == "be-can-don" and e.topic_suffix == "obs"]
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for earlier, later in pairwise(readings):
        gaps[earlier.payload["data"]["water_level_m"] >= alarm_m].append((later.at - earlier.at).total_seconds())
    assert Counter(gaps[True]).most_common(1)[0][0] == 300
    assert Counter(gaps[False]).most_common(1)[0][0] == 600
    assert len(gaps[True]) > 100


def test_reservoirs_speak_the_words_of_the_national_utility(emissions: list[Emission]) -> None:
    lakes = [e.payload["data"] for e in emissions if e.station.startswith("ho-") and e.topic_suffix == "obs"]
    for values in lakes:
        assert set(values) == {"htl", "hdbt", "hc", "qve", "qxt", "qxm", "ncxs", "ncxm"}
        assert (values["ncxm"] == 0) == (values["qxm"] == 0)
        assert values["hc"] <= values["htl"] <= values["hdbt"] + 1.0


def test_rain_accumulates_in_whole_tips(emissions: list[Emission]) -> None:
    total = 0.0
    for emission in emissions:
        if emission.station != "mua-bu-gia-map" or emission.topic_suffix != "obs":
            continue
        values = emission.payload["data"]
        assert round(values["rain_mm"] / 0.2, 6) % 1 == 0
        assert values["rain_acc_mm"] >= total
        total = values["rain_acc_mm"]
    assert 60 < total < 200


def test_releases_follow_the_contract(emissions: list[Emission]) -> None:
    given = [e for e in emissions if e.topic_suffix == "release"]
    assert len({e.payload["id"] for e in given}) >= 4
    for emission in given:
        known = {"id", "planned_at", "until", "discharge_m3s", "gates_open", "reason", "sent_at"}
        assert set(emission.payload) <= known
        assert datetime.fromisoformat(emission.payload["sent_at"]) == emission.at
        assert {"id", "planned_at", "discharge_m3s"} <= set(emission.payload)
        planned = datetime.fromisoformat(emission.payload["planned_at"])
        assert planned >= emission.at
        if "until" in emission.payload:
            assert datetime.fromisoformat(emission.payload["until"]) > planned
    # Larger than announced: the same notice again.
    assert Counter(e.payload["id"] for e in given)["ho-thac-mo-20261122-1"] >= 2


def test_the_stream_is_light_enough_for_a_laptop(emissions: list[Emission], scenario: Scenario) -> None:
    live_s = scenario.file.live_h * 3600 / scenario.file.speed
    assert sum(e.at >= START for e in emissions) / live_s < 10
    assert sum(e.at < START for e in emissions) < 5000


def test_again_is_the_same_to_the_last_digit_and_another_seed_is_not(
    scenario: Scenario, emissions: list[Emission]
) -> None:
    assert list(run(scenario, start=START)) == emissions
    other = list(run(scenario, start=START, seed=5))
    assert [e.payload for e in other] != [e.payload for e in emissions]


def test_another_start_moves_everything_and_nothing_else(scenario: Scenario, emissions: list[Emission]) -> None:
    later = list(run(scenario, start=START + timedelta(days=3)))
    assert [e.at - timedelta(days=3) for e in later] == [e.at for e in emissions]
    assert [e.payload.get("data") for e in later] == [e.payload.get("data") for e in emissions]


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-22T02:00:00Z", "2026-11-21T23:00:00Z"),
        ("2026-11-22T16:59:59Z", "2026-11-21T23:00:00Z"),
        ("2026-11-22T17:00:00Z", "2026-11-22T23:00:00Z"),
    ],
)
def test_the_start_is_the_local_morning_of_the_day(scenario: Scenario, now: str, start: str) -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    found = default_start(scenario, datetime.fromisoformat(now), zone)
    assert found == datetime.fromisoformat(start)


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ("  - station: ho-can-don", "  - station: ho-can-dom", "reservoirs[1].station", "scenario.unknown_station"),
        ("{station: mua-bu-gia-map,", "{station: be-can-don,", "rain_gauges[0].station", "scenario.station_kind"),
        ("- reach: be-can-don-cau", "- reach: be-can-don-xau", "chains[0].links[8].reach", "scenario.unknown_link"),
        ("- gauge: be-can-don\n", "- gauge: be-phuoc-long\n", "chains[0].links[9].gauge", "scenario.link_twice"),
        ("- gauge: be-nha-bich", "- {gauge: be-nha-bich, reach: be-1}", "chains[0].links[17]", "scenario.link_not_one"),
        ("[107, 121]", "[107, 71]", "reservoirs[1]", "scenario.curve_not_rising"),
        ("start_level_m: 71.4", "start_level_m: 91.4", "reservoirs[2].start_level_m", "pack.out_of_range"),
        ("step_s: 300", "step_s: 7200", "chains[0].links[3].reach", "scenario.step_too_long"),
        ('start_local: "06:00"', 'start_local: "6 giờ"', "start_local", "pack.bad_format"),
        ("speed: 120", "sped: 120", "sped", "pack.unknown_field_suggest"),
        ("catchment: lv-suoi-rat, factor", "catchment: lv-suoi-rac, factor", "rain_gauges[7].catchment",
         "scenario.unknown_link"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_scenario_is_named(pack: Pack, tmp_path: Path, old: str, new: str, path: str, code: str) -> None:
    text = pack.scenario_path("lu-song-be").read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "lu-song-be.yaml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = check_scenario(broken, pack)
    assert (path, code) in [(problem.path, problem.code) for problem in problems]
    assert all(problem.file == "lu-song-be.yaml" and problem.line for problem in problems)
    with pytest.raises(ScenarioInvalid) as caught:
        load_scenario(broken, pack)
    assert list(caught.value.problems) == problems


def test_a_scenario_that_is_not_there(pack: Pack, tmp_path: Path) -> None:
    (problem,) = check_scenario(tmp_path / "none.yaml", pack)
    assert problem.code == "scenario.not_readable"
    assert check_scenario(pack.scenario_path("lu-song-be"), pack) == []
