"""The short form of the alert-quality table, and that the table can fail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks import alerts
from benchmarks.alerts_stage import judge, play
from eoc.packs import Pack, load_pack, pack_path
from sensors.simulator.flood import compute
from sensors.simulator.run import default_start
from sensors.simulator.scenario import load_scenario
from sensors.simulator.truth import events, reaches_at, station_weeks

NOON = datetime(2024, 11, 20, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(pack_path("binh-phuoc"))


def test_seeds_of_tuning_and_evaluation_are_different_and_the_evaluation_is_long_enough(pack: Pack) -> None:
    weeks = 0.0
    for name, seeds in alerts.EVALUATION.items():
        assert not set(seeds) & set(alerts.TUNING[name])
        assert len(set(seeds)) == len(seeds)
        weeks += len(seeds) * station_weeks(load_scenario(pack.scenario_path(name), pack))
    assert weeks >= 300
    assert set(alerts.TUNING) == set(pack.scenarios)


@pytest.mark.timeout(600)
def test_the_short_table_misses_nothing_and_cries_no_wolf(capsys: pytest.CaptureFixture[str]) -> None:
    assert alerts.main(["--quick"]) == 0
    shown = capsys.readouterr().out
    assert "detection 3 of 3; 0.00 false cases" in shown
    assert "river_flood rat-dong-tam bd3" in shown


async def test_a_case_without_its_truth_is_false_and_a_truth_without_its_case_is_missed(pack: Pack) -> None:
    scenario = load_scenario(pack.scenario_path("dich-tay-chan-mieng"), pack)
    run = await play(pack, "dich-tay-chan-mieng", start=default_start(scenario, NOON, pack.zone), watched=False)
    assert (judge(run).missed, judge(run).false) == ([], [])
    (event,) = run.true
    elsewhere = replace(event, areas=frozenset({"25216"}))
    run.true = [elsewhere]
    verdict = judge(run)
    assert verdict.missed == [elsewhere]
    assert verdict.false == run.cases


def test_the_truth_knows_when_water_reaches_a_threshold(pack: Pack) -> None:
    scenario = load_scenario(pack.scenario_path("lu-quet-suoi-rat"), pack)
    flood = compute(scenario)
    reached = [reaches_at(scenario, flood, "rat-dong-tam", name) for name in ("bd1", "bd2", "bd3")]
    assert all(hours is not None for hours in reached)
    assert reached == sorted(reached, key=lambda hours: hours or 0.0)
    assert reaches_at(scenario, flood, "be-phuoc-hoa", "bd1") is None
    found = events(scenario, flood, {})
    assert {event.hazard for event in found if event.must} == {"river_flood", "flash_flood"}
    assert not any("be-nha-bich" in event.stations for event in found)
