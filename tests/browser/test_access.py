"""Everybody can use it: axe finds nothing on any screen, in both languages and both themes."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Room
from tests.product import seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = Path(__file__).parents[2] / "ui" / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {runOnly: {type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})
  .then(found => found.violations.map(each => each.id + ': ' + each.nodes.slice(0, 3)
  .map(node => node.target.join(' ')).join(', ')))"""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands; injected past the page's own policy, which stays in force."""
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen(open_page: OpenPage, room: Room, language: str, theme: str) -> None:
    with room.product.client("an") as operator:
        if not operator.get("/incidents").json()["items"]:
            base = room.threshold("bd2")
            room.levels([base - 2, base - 2, base + 0.1, base + 0.1, base + 0.1, base + 0.1])
        (case, *_) = seen(lambda: operator.get("/incidents").json()["items"], bool)
        (warning, *_) = seen(lambda: operator.get("/warnings").json()["items"], bool)
    wanted = json.dumps({"language": language, "theme": theme})
    found: dict[str, list[str]] = {}
    for account, paths in (
        (None, ["/"]),
        ("binh", ["/", f"/incidents/{case['id']}", f"/warnings/{warning['id']}", "/warnings", "/stations", "/inbox"]),
    ):
        page = open_page(account, "/")
        page.evaluate("wanted => localStorage.setItem('eoc.preferences', wanted)", wanted)
        for path in paths:
            page.goto(f"{room.product.url}{path}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            expect(page.get_by_role("main")).to_be_visible()
            found[f"{account} {path}"] = violations(page)
    assert {name: each for name, each in found.items() if each} == {}
