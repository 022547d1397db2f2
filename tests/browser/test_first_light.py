"""The night shift in a real browser: a river rises, a case is taken, two people warn, the phones show it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Room
from tests.product import PASSWORD, seen

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_logging_in_by_hand_and_a_wrong_password(open_page: OpenPage) -> None:
    page = open_page(None)
    page.get_by_label("Tên đăng nhập").fill("an")
    page.get_by_label("Mật khẩu", exact=True).fill("khong-dung")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="0 sự cố đang mở")).to_be_visible()


def test_the_whole_journey(open_page: OpenPage, room: Room) -> None:
    page = open_page("an")
    expect(page.get_by_role("heading", name="0 sự cố đang mở")).to_be_visible()
    second = open_page("binh")
    base = room.threshold("bd2")
    room.levels([base - 2, base - 2, base - 2, base + 0.1, base + 0.1, base + 0.12, base + 0.15])

    row = page.locator("button[data-id]").first
    expect(row).to_be_visible(timeout=30_000)
    expect(row).to_contain_text("Phước Long")
    expect(row).to_contain_text("Chưa nhận")

    row.click()
    panel = page.get_by_role("region", name="Hồ sơ sự cố")
    expect(panel).to_contain_text("đã đạt hoặc vượt")
    expect(panel.get_by_role("img").first).to_be_visible()
    page.keyboard.press("a")
    expect(panel).to_contain_text("an")
    expect(row).not_to_contain_text("Chưa nhận")
    expect(second.locator("button[data-id]").first).not_to_contain_text("Chưa nhận")
    page.reload()
    expect(page.locator("button[data-id]").first).not_to_contain_text("Chưa nhận")

    with room.product.client("an") as operator:
        (draft, *_) = seen(lambda: operator.get("/warnings?state=draft").json()["items"], bool)
    count = draft["audience"]["count"]
    path = f"/warnings/{draft['id']}"
    drafting = open_page("an", path)
    drafting.get_by_role("button", name=re.compile("Trình duyệt|Gửi duyệt|Trình")).first.click()
    confirm = drafting.get_by_role("dialog").get_by_role("button", name=re.compile("Trình"))
    if confirm.count():
        confirm.first.click()
    expect(drafting.get_by_test_id("own-warning")).to_be_visible()
    assert drafting.get_by_label(re.compile("GỬI")).count() == 0

    approving = open_page("binh", path)
    approving.locator("#confirm-phrase").fill(f"GỬI {count} NGƯỜI")
    approving.locator("#confirm-phrase").press("Enter")
    with room.product.client("binh") as supervisor:
        sent = seen(lambda: supervisor.get(path).json(), lambda each: each["state"] == "sent", 90)
    assert sent["approved_by"] == "binh"
    assert sent["submitted_by"] == "an"

    phones = open_page("an", "/inbox")
    expect(phones.get_by_role("region", name="Danh sách máy")).to_contain_text("•••", timeout=10_000)
    expect(phones.locator("body")).to_contain_text(draft["text"]["vi_plain"][:40])


def test_losing_the_connection_is_said_and_mended(open_page: OpenPage) -> None:
    page = open_page("an")
    expect(page.get_by_role("heading", name=re.compile("sự cố đang mở"))).to_be_visible()
    page.context.set_offline(True)
    banner = page.get_by_test_id("connection-lost")
    expect(banner).to_contain_text("MẤT KẾT NỐI", timeout=15_000)
    page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=15_000)


def test_the_map_draws(open_page: OpenPage) -> None:
    page = open_page("an")
    canvas = page.locator("canvas.maplibregl-canvas").first
    expect(canvas).to_be_visible(timeout=20_000)
    # An empty canvas is a few hundred bytes of PNG; a drawn province is tens of thousands.
    seen(lambda: len(canvas.screenshot()), lambda size: size > 20_000, 30)


def test_times_are_ict_wherever_the_browser_is(open_page: OpenPage) -> None:
    page = open_page("an", timezone_id="America/New_York")
    clock = page.locator("header time").first
    expect(clock).to_be_visible()
    shown = clock.inner_text()
    stamp = clock.get_attribute("datetime")
    assert stamp is not None
    utc_hour = int(stamp[11:13])
    assert f"{(utc_hour + 7) % 24:02}:" in shown


def test_english_is_complete(open_page: OpenPage) -> None:
    page = open_page("an", locale="en-US")
    page.evaluate("localStorage.clear()")
    page.get_by_role("button", name=re.compile("Cài đặt|Settings")).first.click()
    page.get_by_text("English").first.click()
    expect(page.get_by_role("link", name=re.compile("Public warnings|Warnings"))).to_be_visible()


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def test_keyboard_reaches_help_and_search(open_page: OpenPage) -> None:
    page = open_page("an")
    expect(page.get_by_role("heading", name=re.compile("sự cố đang mở"))).to_be_visible()
    keys(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Nhận")
    keys(page, "Escape", "/")
    page.keyboard.type("bu gia map")
    expect(page.get_by_role("option").first).to_contain_text("Bù Gia Mập")
