"""The demo flood through a real broker into the whole product: notices, the release clock, the reservoirs watched."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eoc.clock import iso
from eoc.packs import load_pack, pack_path
from sensors.simulator import load_scenario, run
from tests.product import Product, pages, running, seen

SROK = "ho-srok-phu-mieng"
START = datetime(2026, 11, 22, 23, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def published(product: Product, scenario: str) -> None:
    """The whole scenario, as fast as the broker takes it, and until everything is stored and judged."""
    done = product.run("simulate", scenario, "--speed", "0", "--json", "--mqtt", product.mqtt_url)
    assert json.loads(done.stdout)["published"] > 1000
    accepted: list[float] = []

    def _settled() -> bool:
        accepted.append(product.metric("eoc_readings_accepted_total"))
        return len(accepted) > 40 and accepted[-1] == accepted[-40]

    seen(_settled, bool, 240)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("broker", ["mosquitto", "iotcore"])
def test_the_demo_flood_is_announced_clocked_and_watched(tmp_path: Path, broker: str) -> None:
    with running(tmp_path / "data", "--clock", "data", EOC_MQTT_BROKER=broker) as product, product.client() as admin:
        published(product, "lu-song-be")

        def _all() -> dict[str, dict[str, Any]]:
            found = pages(admin, "/releases")
            return {each["reservoir"]: admin.get(f"/releases/{each['id']}").json() for each in found}

        releases = seen(_all, lambda found: len(found) == 4)
        late = {name: (each["late"], each["notice_hours"]) for name, each in releases.items()}
        assert late["ho-thac-mo"] == (True, 1.0)  # announced four hours ahead, then more of it with one hour
        assert releases["ho-thac-mo"]["versions"][0]["discharge_m3s"] < releases["ho-thac-mo"]["discharge_m3s"]
        assert late[SROK] == (True, 1.0)

        # The clock of the late one: for each commune the earliest rounded down, nothing where nothing is known.
        release = releases[SROK]
        assert (release["channel"], release["state"], release["required_hours"]) == ("mqtt", "ended", 4.0)
        first = release["versions"][0]
        assert at(first["planned_at"]) - at(first["heard_at"]) == timedelta(hours=1)
        assert first["sent_at"] is not None
        begins = at(release["planned_at"])
        by_area = {each["area"]: each for each in release["communes"]}
        assert by_area["25240"]["earliest_at"] == release["planned_at"]
        lower = by_area["25435"]  # Minh Lập, km 120
        travel = timedelta(hours=0.25 + 3.0 * (120 - 101.5) / (139.7 - 101.5))
        assert timedelta() <= begins + travel - at(lower["earliest_at"]) < timedelta(minutes=5)
        assert at(lower["earliest_at"]) < at(lower["likely_at"]) < at(lower["latest_at"])
        assert lower["source"] == "unverified"
        assert by_area["25381"]["earliest_at"] is None
        assert by_area["25381"]["why"]["code"] == "reason.no_travel_time"
        held = {each["area"]: each for each in releases["ho-thac-mo"]["communes"]}["25291"]
        assert held["why"]["code"] == "reason.held_by_reservoir"

        # Nobody answered in a scenario: every commune was called for, the case has the tasks.
        case = admin.get(f"/incidents/{release['incident']}").json()
        assert (case["hazard"], case["peak_level"]) == ("dam_release", 3)
        called = {each["params"]["area"] for each in case["tasks"] if each["kind"].startswith("task.release_call")}
        assert called == set(by_area)
        assert {each["source"] for each in case["evidence"]} >= {"notice"}

        # Gates that follow their notices are quiet; the lakes that filled up while water came were said to.
        def _checks() -> dict[str, set[str]]:
            lakes = [admin.get(f"/reservoirs/{name}", params={"hours": 96}).json() for name in releases]
            return {lake["id"]: {each["check"] for each in [*lake["checks"], *lake["past_checks"]]} for lake in lakes}

        checks = seen(_checks, lambda found: all("near_full" in each for each in found.values()), 240)
        assert set().union(*checks.values()) == {"near_full"}
        audit = product.run("audit", "verify")
        assert json.loads(audit.stdout)["ok"] is True


def test_a_dam_that_says_nothing_is_found_out(tmp_path: Path) -> None:
    """The same reservoir's readings through a gateway, and none of its notices."""
    demo = load_pack(pack_path("binh-phuoc"))
    scenario = load_scenario(demo.scenario_path("lu-song-be"), demo)
    told = [each for each in run(scenario, start=START) if each.station == SROK and each.topic_suffix == "obs"]
    lines = "".join(json.dumps({"station": SROK, **each.payload}) + "\n" for each in told)
    with running(tmp_path / "data", "--clock", "data") as product, product.client() as admin:
        product.run("gateway", "--mqtt", product.mqtt_url, "--spool", str(tmp_path / "spool"), given=lines)
        (case,) = seen(lambda: pages(admin, "/incidents", hazard="dam_release"), bool)
        assert (case["station"], case["peak_level"]) == (SROK, 3)
        whole = admin.get(f"/incidents/{case['id']}").json()
        opened = whole["timeline"][0]["cause"]
        assert opened["rule"].startswith("reservoir_checks")
        lake = admin.get(f"/reservoirs/{SROK}", params={"hours": 96}).json()
        found = {each["check"]: each for each in [*lake["checks"], *lake["past_checks"]]}
        gates = next(each for each in told if each.payload["data"]["qxm"] >= 20)
        assert found["unannounced"]["since"] == iso(gates.at)
        assert lake["releases"] == []
