from typing import Any

import pytest
from playwright.sync_api import sync_playwright

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Sông Bé</title><p>Mực nước 29,83 m</p>
<script>document.title += document.createElement('canvas').getContext('webgl2') ? ' vẽ được' : ' không vẽ được'</script>
"""


@pytest.mark.browser
def test_the_browser_starts_shows_vietnamese_and_can_draw_the_map(chromium_launch: dict[str, Any]) -> None:
    with sync_playwright() as playwright, playwright.chromium.launch(**chromium_launch) as browser:
        page = browser.new_page()
        page.set_content(PAGE)
        assert page.inner_text("p") == "Mực nước 29,83 m"
        assert page.title() == "Sông Bé vẽ được"
        assert page.screenshot().startswith(b"\x89PNG")
