"""A scenario as people play it: `eoc demo` with a real broker, and the same cases as in the process."""

from pathlib import Path
from typing import Any

from tests.product import running, seen

SCENARIO = "lu-quet-suoi-rat"


def hazards(cases: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((case["hazard"], case["area"]) for case in cases)


def test_a_demo_of_a_scenario_opens_its_cases_over_mosquitto(tmp_path: Path) -> None:
    options = ("--scenario", SCENARIO, "--speed", "200000")
    with (
        running(tmp_path / "data", *options, command="demo", EOC_MQTT_BROKER="mosquitto") as product,
        product.client() as admin,
    ):
        seen(lambda: product.log.read_text("utf-8", "replace"), lambda log: "the scenario has ended" in log, 90)
        accepted = seen(lambda: product.metric("eoc_readings_accepted_total"), lambda count: count > 7500, 60)
        assert accepted < 9000
        cases = seen(
            lambda: admin.get("/incidents").json()["items"],
            lambda items: {"river_flood", "flash_flood"} <= {item["hazard"] for item in items},
        )
        assert [each for each in hazards(cases) if each[0] != "landslide"] == [
            ("flash_flood", "25369"),
            ("river_flood", "25369"),
        ]


def test_counts_of_a_demo_reach_the_epidemic_desk(tmp_path: Path) -> None:
    options = ("--scenario", "dich-tay-chan-mieng", "--speed", "2000000")
    with (
        running(tmp_path / "data", *options, command="demo", EOC_MQTT_BROKER="iotcore") as product,
        product.client() as admin,
    ):
        cases = seen(lambda: admin.get("/incidents").json()["items"], bool, 60)
        assert hazards(cases) == [("epidemic", "25201")]
