"""A dam that may be failing: critical from the first word, with the communes below it and no invented arrival."""

from tests.ui.conftest import Desk


async def test_a_report_of_seepage_is_critical_at_once_and_lists_who_lives_below(desk: Desk) -> None:
    body = {"hazard": "dam_failure", "title": "Thấm nước thân đập", "level": 1, "station": "ho-thac-mo"}
    answer = await desk["operator"].post("/api/v1/incidents", json=body)
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert (case["level"], case["station"], case["hazard"]) == (5, "ho-thac-mo", "dam_failure")
    found = (await desk["operator"].get(f"/api/v1/incidents/{case['id']}")).json()["downstream"]
    assert found["dam"]["name"]
    below = [each["km_below"] for each in found["communes"]]
    assert len(below) >= 5
    assert below == sorted(below)
    assert {each["earliest_at"] for each in found["communes"]} == {None}
    assert found["why"]["code"] == "reason.dam_break_faster"


async def test_a_case_that_names_no_dam_says_so(desk: Desk) -> None:
    body = {"hazard": "dam_failure", "title": "Nghe nói vỡ đập", "area": "25222"}
    case = (await desk["operator"].post("/api/v1/incidents", json=body)).json()
    assert case["level"] == 5
    found = (await desk["operator"].get(f"/api/v1/incidents/{case['id']}")).json()["downstream"]
    assert (found["dam"], found["communes"], found["why"]["code"]) == (None, [], "reason.dam_unknown")


async def test_other_cases_open_as_given_and_have_no_such_list(desk: Desk) -> None:
    body = {"hazard": "salt_intrusion", "title": "Xâm nhập mặn", "level": 2}
    case = (await desk["operator"].post("/api/v1/incidents", json=body)).json()
    assert (case["level"], case["hazard"]) == (2, "salt_intrusion")
    whole = (await desk["operator"].get(f"/api/v1/incidents/{case['id']}")).json()
    assert whole["downstream"] is None


async def test_an_unknown_dam_is_refused(desk: Desk) -> None:
    body = {"hazard": "dam_failure", "title": "x", "station": "ho-khong-co"}
    answer = await desk["operator"].post("/api/v1/incidents", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found.station")
