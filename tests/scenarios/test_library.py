"""Every scenario of the demo pack through the real product: what has to happen happens, and nothing else.

Short ones run always; those of a week and more in the long run, with a short one of each kind in their place here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from benchmarks.alerts_stage import Opened, Played, judge, play, told
from eoc.packs import Pack, load_pack, pack_path
from sensors.simulator.expectations import ExpectedCase
from sensors.simulator.run import default_start
from sensors.simulator.scenario import check_scenario, load_scenario

NOON = datetime(2024, 11, 20, 5, tzinfo=UTC)
SHORT = ["lu-song-be", "lu-quet-suoi-rat", "xa-lu-bao-tre", "dich-tay-chan-mieng"]
LONG = ["tuan-yen-binh", "mua-kho-chay-rung", "bao-loi-cam-bien", "cam-bien-troi"]
#: Where the watches of devices have something to find, or must find nothing; elsewhere they only cost time.
WATCHED = {"bao-loi-cam-bien", "cam-bien-troi", "tuan-yen-binh"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(pack_path("binh-phuoc"))


async def played(pack: Pack, name: str) -> Played:
    scenario = load_scenario(pack.scenario_path(name), pack)
    return await play(pack, name, start=default_start(scenario, NOON, pack.zone), watched=name in WATCHED)


def fits(case: Opened, expected: ExpectedCase) -> bool:
    here = bool(case.stations & set(expected.stations)) or case.incident.area in expected.areas
    return case.incident.hazard == expected.hazard and here and expected.from_h <= case.at_h <= expected.to_h


def shortcomings(run: Played) -> Iterator[str]:
    """Everything that the scenario demands and that did not come, and everything that came without being asked for."""
    expect = run.scenario.file.expect
    for wanted in expect.cases:
        fitting = [case for case in run.cases if fits(case, wanted)]
        if not fitting and not wanted.allowed:
            yield f"no case {wanted.hazard} of {wanted.stations or wanted.areas}"
        for case in fitting:
            if not wanted.least_level <= case.incident.peak_level <= wanted.most_level:
                yield f"another level than wanted: {told(case)}"
    for case in run.cases:
        if not any(fits(case, wanted) for wanted in expect.cases):
            yield f"not asked for: {told(case)}"
    for flag in expect.flags:
        seen = sum(
            count
            for (station, name, code), count in run.flags.items()
            if (station, code) == (flag.station, flag.code) and flag.property in (None, name)
        )
        if seen < flag.least:
            yield f"only {seen} readings of {flag.station} flagged {flag.code}"
    for ticket in expect.tickets:
        opened = [at_h for subject, kind, at_h in run.tickets if (subject, kind) == (ticket.station, ticket.kind)]
        if not opened or min(opened) > ticket.by_h:
            yield f"no ticket {ticket.kind} for {ticket.station} by {ticket.by_h} h: {opened}"
    if run.tickets:
        asked = {(ticket.station, ticket.kind) for ticket in expect.tickets}
        yield from (f"a ticket not asked for: {each}" for each in run.tickets if each[:2] not in asked)
    for release in expect.releases:
        late = {late for (reservoir, _), late in run.releases.items() if reservoir == release.reservoir}
        if release.late not in late:
            yield f"release of {release.reservoir}: late {late or 'unknown'}, wanted {release.late}"
    refused = run.outcomes["quarantined"] + sum(n for code, n in run.outcomes.items() if code.startswith("refused."))
    if run.outcomes["duplicate"] < expect.duplicates:
        yield f"only {run.outcomes['duplicate']} duplicates"
    if refused < expect.refused or (refused and not expect.refused):
        yield f"{refused} refused: {dict(run.outcomes)}"


async def as_written(pack: Pack, name: str) -> None:
    run = await played(pack, name)
    assert list(shortcomings(run)) == []
    against_truth = judge(run)
    assert against_truth.missed == []
    assert [told(case) for case in against_truth.false] == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SHORT)
async def test_a_short_scenario_does_as_it_is_written(pack: Pack, name: str) -> None:
    await as_written(pack, name)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", LONG)
async def test_a_long_scenario_does_as_it_is_written(pack: Pack, name: str) -> None:
    await as_written(pack, name)


def test_every_scenario_is_sound_listed_here_and_has_its_say_in_two_languages(pack: Pack) -> None:
    assert set(pack.scenarios) == {*SHORT, *LONG}
    for name in pack.scenarios:
        path = pack.scenario_path(name)
        assert [problem for problem in check_scenario(path, pack) if problem.severity == "error"] == []
        file = load_scenario(path, pack).file
        assert file.id == name
        assert file.title.vi
        assert file.title.en
        assert "expect:" in path.read_text("utf-8")


async def test_a_demand_that_is_not_met_is_said(pack: Pack) -> None:
    run = await played(pack, "dich-tay-chan-mieng")
    run.tickets.append(("be-nha-bich", "stuck", 3.0))
    run.cases.clear()
    assert list(shortcomings(run)) == [
        "no case epidemic of ('25201',)",
        "a ticket not asked for: ('be-nha-bich', 'stuck', 3.0)",
    ]
    assert [event.hazard for event in judge(run).missed] == ["epidemic"]
