"""The screens of what is measured: stations, the release clock, rain, fire danger, devices, bulletins."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sensors.address import BrokerAddress
from sensors.publish import publish
from sensors.simulator.emission import Emission, Pace
from tests.browser.conftest import STATION, OpenPage, Room
from tests.browser.test_access import violations
from tests.product import seen

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ICT = timezone(timedelta(hours=7))
RAIN = "mua-phuoc-long"
RESERVOIR = "ho-srok-phu-mieng"
PHONE = {"width": 390, "height": 844}


def report(room: Room, station: str, readings: Sequence[tuple[int, Mapping[str, float]]]) -> None:
    """Readings (minutes before now, values) through the product's own broker."""
    now = datetime.now(UTC)
    emissions = []
    for index, (minutes, data) in enumerate(readings):
        at = now - timedelta(minutes=minutes)
        facts = {"ts": at.isoformat(), "seq": index + 1, "boot": f"{station}-{now:%H%M%S%f}", "data": data}
        emissions.append(Emission(at, "obs", station, facts))
    address = BrokerAddress.parse(room.product.mqtt_url)
    # Playwright's synchronous API keeps a loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(publish(address, emissions, Pace(None)))).result()


def ask(room: Room, path: str, account: str = "an") -> Any:
    with room.product.client(account) as client:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def body(page: Page) -> Locator:
    return page.get_by_role("main")


# -- station ----------------------------------------------------------------------------------------------------------
def test_a_station_shows_its_series_its_doubts_and_why_nothing_is_forecast(open_page: OpenPage, room: Room) -> None:
    base = room.threshold("bd1")
    steady = [(minutes, {"water_level_m": base - 1.5}) for minutes in range(200, 9, -10)]
    # One leap up and back within twenty minutes, and a value that this gauge cannot have.
    steady[10] = (steady[10][0], {"water_level_m": base + 3.0})
    steady[14] = (steady[14][0], {"water_level_m": 140.0})
    report(room, STATION, steady)
    flagged = f"/stations/{STATION}/observations?property=water_level_m&limit=1000"
    seen(lambda: [each["quality"] for each in ask(room, flagged)["items"]], lambda found: found.count("suspect") == 2)

    page = open_page("an", f"/stations/{STATION}?range=6h")
    main = body(page)
    expect(main.get_by_role("heading", name="Phước Long", exact=True)).to_be_visible()
    expect(
        main.get_by_role("img", name=re.compile(r"Mực nước trạm Phước Long .* [1-9]\d* số đo nghi ngờ"))
    ).to_be_visible()
    expect(main).to_contain_text("số đo nghi ngờ")
    main.get_by_text(re.compile("số đo nghi ngờ hoặc sai: vì sao")).click()
    expect(main).to_contain_text("ngoài khoảng hợp lý của trạm")
    expect(main).to_contain_text("Không dự báo:")
    expect(main).to_contain_text("Chưa có camera")
    # Every threshold says whose it is; each neighbour has an axis of its own.
    expect(main.get_by_text("số liệu minh họa")).not_to_have_count(0)
    expect(main.get_by_role("heading", name="Trạm lân cận, 24 giờ")).to_be_visible()
    expect(main.get_by_role("link", name="Hồ Thác Mơ")).to_be_visible()
    # What floods is read from the province's table, level by level.
    main.get_by_role("button", name="BĐ3", exact=True).click()
    expect(main).to_contain_text("Thôn Bình Hà")

    page.get_by_role("button", name="7 ngày").click()
    expect(page).to_have_url(re.compile("range=168h"))
    page.get_by_role("button", name="Chọn…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Đến: giờ").fill("00:00")
    dialog.get_by_label("Đến: ngày").fill("01/01/2020")
    dialog.get_by_role("button", name="Xem").click()
    expect(dialog.get_by_role("alert")).to_contain_text("từ trước đến sau")


def test_a_wrong_reading_is_crossed_and_bends_no_line(open_page: OpenPage, room: Room) -> None:
    flows = [400.0, 410.0, 65535.0, 420.0]
    report(
        room, "ho-can-don", [(minutes, {"qve": flow}) for minutes, flow in zip((190, 130, 70, 10), flows, strict=True)]
    )
    path = "/stations/ho-can-don/observations?property=qve&limit=10"
    seen(lambda: [each["quality"] for each in ask(room, path)["items"]], lambda found: found.count("bad") == 1)
    main = body(open_page("an", "/stations/ho-can-don?property=qve"))
    expect(main).to_contain_text("số đo sai, không nối vào đường")
    main.get_by_text("1 số đo nghi ngờ hoặc sai: vì sao").click()
    expect(main).to_contain_text("65.535,0 m³/s · sai: giá trị báo lỗi của thiết bị")


def test_maintenance_is_set_and_ended(open_page: OpenPage, room: Room) -> None:
    page = open_page("an", f"/stations/{STATION}")
    page.get_by_role("button", name="Đặt giờ bảo trì").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Lưu").click()
    expect(dialog.get_by_role("alert")).to_contain_text("lý do")
    dialog.get_by_label("Lý do").fill("Thay ắc-quy")
    dialog.get_by_role("button", name="Lưu").click()
    expect(body(page)).to_contain_text("Thay ắc-quy")
    assert ask(room, f"/stations/{STATION}")["health"]["state"] == "maintenance"
    page.get_by_role("button", name="Sửa giờ bảo trì").click()
    dialog.get_by_role("button", name="Kết thúc bảo trì").click()
    expect(page.get_by_role("button", name="Đặt giờ bảo trì")).to_be_visible()


# -- release ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def notice() -> str:
    begins = datetime.now(ICT) + timedelta(minutes=70)
    return (
        f"🌊 Hồ Srok Phu Miêng sẽ xả lũ từ {begins:%H}h{begins:%M} ngày {begins:%d/%m/%Y}, mở 02 cửa, "
        "tổng lưu lượng 960 m3/s do lưu lượng về hồ tăng nhanh."
    )


def test_a_pasted_notice_is_confirmed_and_its_clock_runs(open_page: OpenPage, room: Room, notice: str) -> None:
    watching = open_page("chi", "/reservoirs")
    expect(body(watching)).to_contain_text("Không có đợt xả nào đang mở")
    assert watching.get_by_role("link", name=re.compile("Thông báo xả mới")).count() == 0

    page = open_page("an", "/reservoirs")
    expect(page.get_by_role("link", name=re.compile("Thông báo xả mới"))).to_be_visible()
    page.keyboard.press("n")
    page.get_by_role("button", name="Dán tin nhắn").click()
    page.get_by_label("Dán nội dung tin nhắn, công văn").fill(notice)
    page.get_by_role("button", name="Đọc tin").click()
    form = page.get_by_role("form")
    # Nothing is stored by reading; every field says the words it was read from, in the text they are marked.
    expect(form.get_by_label("Hồ chứa *")).to_have_value(RESERVOIR)
    expect(form.get_by_label("Tổng lưu lượng xả (m³/s)")).to_have_value("960")
    expect(form.locator('[data-field="discharge_m3s"]')).to_contain_text("960 m3/s")
    expect(form.locator('[data-field="until"]')).to_contain_text("không thấy trong tin")
    form.get_by_label("Số cửa xả mở").focus()
    expect(page.locator("mark.active")).to_contain_text("02 cửa")
    assert ask(room, "/releases")["items"] == []
    form.get_by_role("button", name="Đã đối chiếu, xác nhận và lưu").click()

    clock = page.get_by_role("region", name="Đồng hồ xả lũ")
    expect(clock).to_be_visible()
    rows = clock.locator("[data-area]")
    stored = ask(room, f"/releases/{page.url.rsplit('/', 1)[1]}")
    assert stored["channel"] == "text"
    waiting = [each for each in stored["communes"] if not each["held"]]
    expect(rows).to_have_count(len(waiting))
    # Where the pack has no travel time nobody guesses: those are told first.
    unknown = [each for each in waiting if each["earliest_at"] is None]
    assert unknown
    expect(rows.first).to_contain_text("BÁO NGAY")
    expect(rows.first).to_contain_text("Không tính được giờ tới")
    known = next(each for each in waiting if each["earliest_at"] is not None and each["source"] is not None)
    row = clock.locator(f'[data-area="{known["area"]}"]')
    left = (datetime.fromisoformat(known["earliest_at"]) - datetime.now(UTC)).total_seconds()
    # Rounded down, whatever minute it is by the time it is read.
    shown = row.get_by_role("timer").inner_text()
    hours, minutes = (int(each) for each in re.findall(r"\d+", shown)) if "giờ" in shown else (0, int(shown.split()[0]))
    assert left - 120 <= (hours * 60 + minutes) * 60 <= left + 1
    expect(row).to_contain_text("sớm nhất")
    expect(row).to_contain_text("chưa kiểm chứng")
    expect(body(page)).to_contain_text("báo muộn")

    expect(body(watching)).to_contain_text("Hồ Srok Phu Miêng · 960 m³/s")
    case = ask(room, f"/incidents/{stored['incident']}")
    assert case["hazard"] == "dam_release"


def release_of(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = ask(room, f"/releases/{ask(room, '/releases')['items'][0]['id']}")
    return found


def test_steps_are_recorded_by_key_and_seen_by_others_at_once(open_page: OpenPage, room: Room) -> None:
    release = release_of(room)
    path = f"/releases/{release['id']}"
    page, watching = open_page("an", path), open_page("chi", path)
    clock = page.get_by_role("region", name="Đồng hồ xả lũ")
    expect(clock.locator("[data-area]").first).to_be_visible()
    page.keyboard.press("j")
    expect(clock.locator("[data-area]").first).to_be_focused()
    page.keyboard.press("1")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Ai báo (họ tên, chức vụ)")).to_be_focused()
    dialog.get_by_role("button", name="Ghi nhận").click()
    expect(dialog.get_by_role("alert")).to_contain_text("tên người báo")
    dialog.get_by_label("Ai báo (họ tên, chức vụ)").fill("Ông Thành, CT xã")
    dialog.get_by_role("button", name="Zalo").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert all(step is None for step in release_of(room)["communes"][0]["steps"].values())

    first = clock.locator("[data-area]").first
    first.get_by_role("button", name=re.compile("Xã đã nhận")).click()
    dialog.get_by_label("Ai báo (họ tên, chức vụ)").fill("Ông Thành, CT xã")
    dialog.get_by_role("button", name="Zalo").click()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Ghi nhận").click()
    expect(first).to_contain_text("Ông Thành, CT xã")
    expect(first).to_contain_text("Zalo")
    theirs = watching.get_by_role("region", name="Đồng hồ xả lũ").locator("[data-area]").first
    expect(theirs).to_contain_text("Ông Thành, CT xã", timeout=5000)
    # A leader looks: no button to press.
    expect(theirs.get_by_role("button")).to_have_count(0)
    # The next step of the same commune asks the same person first.
    first.get_by_role("button", name=re.compile("Thôn đã báo")).click()
    expect(dialog.get_by_label("Ai báo (họ tên, chức vụ)")).to_have_value("Ông Thành, CT xã")
    page.keyboard.press("Escape")
    first.get_by_role("button", name=re.compile("bỏ – .*Xã đã nhận")).click()
    expect(first.get_by_role("button", name=re.compile("Xã đã nhận"))).to_be_visible()

    parties = page.get_by_role("region", name="Các bên liên quan")
    tell = parties.get_by_role("button", name=re.compile("Ghi đã báo"))
    before = tell.count()
    tell.first.click()
    expect(parties).to_contain_text("đã báo")
    expect(tell).to_have_count(before - 1)


def test_the_clock_on_a_phone(open_page: OpenPage, room: Room) -> None:
    page = open_page("an", f"/releases/{release_of(room)['id']}", viewport=PHONE)
    clock = page.get_by_role("region", name="Đồng hồ xả lũ")
    expect(clock.get_by_role("timer").first).to_be_visible()
    assert page.evaluate(
        "[...document.querySelectorAll('body, .monitor-body')].map(e => e.scrollWidth - e.clientWidth)"
    ) == [0, 0]
    button = clock.get_by_role("button", name=re.compile("Xã đã nhận")).first.bounding_box()
    assert button is not None
    assert button["height"] >= 44


def test_a_release_is_updated_and_called_off(open_page: OpenPage, room: Room) -> None:
    release = release_of(room)
    page = open_page("an", f"/releases/{release['id']}")
    expect(page.get_by_role("region", name="Đồng hồ xả lũ")).to_be_visible()
    page.keyboard.press("e")
    form = page.get_by_role("form")
    form.get_by_label("Tổng lưu lượng xả (m³/s)").fill("1.200")
    form.get_by_role("button", name="Lưu thông báo").click()
    expect(body(page)).to_contain_text("bản 2")
    expect(body(page)).to_contain_text("1.200 m³/s")
    page.keyboard.press("x")
    page.get_by_role("dialog").get_by_role("button", name="Hủy thông báo này").click()
    expect(body(page)).to_contain_text("đã hủy")
    assert release_of(room)["state"] == "cancelled"
    # What is over runs from nothing and waits for nobody.
    expect(page.get_by_role("timer")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Xã đã nhận"))).to_have_count(0)


def test_a_reservoir_shows_its_level_and_flows(open_page: OpenPage, room: Room) -> None:
    flows = {"htl": 218.2, "qve": 900.0, "qxt": 186.0, "qxm": 240.0}
    report(room, "ho-thac-mo", [(minutes, flows) for minutes in (130, 70, 10)])
    seen(lambda: ask(room, "/reservoirs/ho-thac-mo")["total_m3s"], lambda total: total == 426)
    page = open_page("chi", "/reservoirs/ho-thac-mo")
    expect(body(page)).to_contain_text("cao hơn mực bình thường 0,20 m")
    expect(body(page)).to_contain_text("426 m³/s")
    expect(page.get_by_role("img", name=re.compile("Lưu lượng về hồ, qua máy và qua tràn"))).to_be_visible()


# -- rain and fire ----------------------------------------------------------------------------------------------------
def test_rain_with_a_hole_is_unknown_and_never_zero(open_page: OpenPage, room: Room) -> None:
    report(room, RAIN, [(minutes, {"rain_mm": 2.5}) for minutes in range(90, -1, -10)])
    hour = seen(lambda: {each["station"]: each["windows"]["1"] for each in ask(room, "/rain")["items"]}[RAIN], bool)
    page = open_page("an", "/rain?window=1")
    row = page.locator(f'tr[data-station="{RAIN}"]')
    expect(row).to_contain_text(f"{hour:.1f}".replace(".", ","))
    expect(page.locator("tbody tr").first).to_have_attribute("data-station", RAIN)
    page.get_by_role("button", name="72h").click()
    expect(page).to_have_url(re.compile("window=72"))
    expect(row).to_contain_text("?")
    expect(row).to_contain_text("thiếu")
    expect(row).to_contain_text("≥")
    page.get_by_role("button", name="Theo xã").click()
    expect(page.get_by_role("columnheader", name="Dễ sạt lở")).to_be_visible()
    canvas = page.locator("canvas.maplibregl-canvas").first
    seen(lambda: len(canvas.screenshot()), lambda size: size > 20_000, 30)


def test_fire_danger_by_day_and_burning_that_was_announced(open_page: OpenPage, room: Room) -> None:
    page = open_page("an", "/fire")
    first = page.get_by_role("heading", level=2, name=re.compile("Ngày"))
    day = first.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(first).not_to_have_text(day)
    expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
    page.get_by_role("button", name="Mới nhất").click()
    expect(first).to_have_text(day)

    page.get_by_role("button", name="Đốt có báo").click()
    page.get_by_role("button", name="Khai báo đốt").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Địa bàn").fill("bu gia map")
    dialog.get_by_role("option").first.click()
    dialog.get_by_label("Người đốt, chủ đất").fill("Ông Điểu Nhân")
    dialog.get_by_label("Diện tích (ha)").fill("1,2")
    dialog.get_by_role("button", name="Lưu").click()
    row = page.locator("[data-burning]")
    expect(row).to_contain_text("Xã Bù Gia Mập")
    expect(row).to_contain_text("1,2 ha")
    row.get_by_role("button", name="Đã đốt xong").click()
    expect(row).to_contain_text("đã xong")


def test_the_official_danger_wins_and_the_draft_is_signed_sent_and_acknowledged(
    open_page: OpenPage, room: Room
) -> None:
    now = datetime.now(UTC)
    official = {
        "number": "14/BT-KL",
        "issuer": "Chi cục Kiểm lâm tỉnh",
        "hazard": "forest_fire",
        "official_level": 5,
        "areas": ["25222"],
        "issued_at": (now - timedelta(days=1, hours=1)).isoformat(),
        "valid_until": (now + timedelta(days=1)).isoformat(),
    }
    with room.product.client("an") as operator:
        assert operator.post("/bulletins", json=official).status_code == 201
    page = open_page("an", "/fire")
    row = page.locator('tr[data-area="25222"]')
    expect(row).to_contain_text("cực kỳ nguy hiểm")
    expect(page.get_by_role("link", name="Bản tin 14/BT-KL")).to_be_visible()
    page.get_by_role("button", name="Bản tin", exact=True).click()
    draft = page.locator("[data-bulletin]")
    expect(draft).to_contain_text("Xã Bù Gia Mập")
    expect(draft).to_contain_text("Chờ kiểm lâm")
    expect(draft.get_by_role("button", name="Ký bản tin")).to_have_count(0)

    signing = open_page("binh", "/fire?panel=bulletin")
    theirs = signing.locator("[data-bulletin]")
    theirs.get_by_role("button", name="Ký bản tin").click()
    expect(theirs).to_contain_text("binh ký")
    theirs.get_by_label("Zalo").check()
    theirs.get_by_role("button", name="Gửi bản tin").click()
    # The operator sees it sent without asking, and writes down who has it.
    expect(draft).to_contain_text("đã gửi")
    expect(draft).to_contain_text("bản in, Zalo")
    first = draft.get_by_role("button", name=re.compile("Đã nhận")).first
    before = draft.get_by_role("button", name=re.compile("Đã nhận")).count()
    first.click()
    expect(draft.get_by_role("button", name=re.compile("Đã nhận"))).to_have_count(before - 1)


def test_the_rangers_have_a_room_of_their_own(open_page: OpenPage, room: Room) -> None:
    room.product.add_user("kiemlam", "agency")
    page = open_page("kiemlam")
    expect(page.get_by_role("button", name="Bản tin")).to_be_visible()
    expect(page.get_by_role("link", name="Điều hành")).to_have_count(0)
    page.get_by_role("button", name="Điểm nóng").click()
    expect(body(page)).to_contain_text("Không có điểm nóng nào")


# -- devices and feeds ------------------------------------------------------------------------------------------------
def test_devices_are_counted_and_a_password_is_shown_once(open_page: OpenPage, room: Room) -> None:
    operator = open_page("an", "/devices")
    expect(operator.locator(f'tr[data-station="{STATION}"]')).to_be_visible()
    expect(operator.get_by_role("button", name=re.compile("^Cấp"))).to_have_count(0)
    online = operator.get_by_role("button", name=re.compile(r"^\d+ Hoạt động"))
    online.click()
    expect(operator).to_have_url(re.compile("state=online"))
    states = {each["station"]: each["state"] for each in ask(room, "/devices")["items"]}
    expect(operator.locator("tr[data-station]")).to_have_count(sum(each == "online" for each in states.values()))
    sheet = operator.get_by_role("link", name=re.compile("In phiếu cài đặt"))
    address = sheet.get_attribute("href")
    assert address is not None
    assert operator.context.request.get(f"{room.product.url}{address}").ok

    page = open_page("admin", "/devices")
    page.locator(f'tr[data-station="{STATION}"]').get_by_role("button", name=re.compile("^Cấp")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cấp mật khẩu mới").click()
    password = dialog.get_by_test_id("credential-password").inner_text()
    assert len(password) >= 16
    expect(dialog).to_contain_text("Chỉ hiện một lần")
    dialog.get_by_role("button", name="Đã cất xong").click()
    expect(
        page.locator(f'tr[data-station="{STATION}"]').get_by_role("button", name=re.compile("Cấp lại"))
    ).to_be_visible()
    assert password not in page.content()


def test_feeds_say_how_old_their_last_good_answer_is(open_page: OpenPage, room: Room) -> None:
    page = open_page("an", "/feeds")
    listed = ask(room, "/feeds")["items"]
    expect(page.locator("tr[data-feed]")).to_have_count(len(listed))
    for feed in listed:
        expect(page.locator(f'tr[data-feed="{feed["id"]}"]')).to_contain_text(feed["name"]["vi"])


# -- bulletins and cases ----------------------------------------------------------------------------------------------
def test_an_official_bulletin_is_entered_with_its_file_and_stands_on_the_case(open_page: OpenPage, room: Room) -> None:
    base = room.threshold("bd2")
    room.levels([base - 2, base - 2, base + 0.1, base + 0.1, base + 0.1, base + 0.1])
    floods = lambda: [each for each in ask(room, "/incidents")["items"] if each["hazard"] == "river_flood"]  # noqa: E731
    case = seen(floods, bool)[0]
    page = open_page("an", "/bulletins")
    expect(page.get_by_role("link", name=re.compile("Nhập mới"))).to_be_visible()
    page.keyboard.press("n")
    form = page.get_by_role("form")
    form.get_by_role("button", name="Lưu bản tin").click()
    expect(form.get_by_role("alert")).to_contain_text("số hiệu")
    form.get_by_label("Số hiệu *").fill("DBLU-16/09h00")
    form.get_by_label("Cơ quan ban hành *").fill("Đài KTTV tỉnh")
    form.get_by_label("Loại thiên tai, sự cố *").select_option("river_flood")
    form.get_by_label("Cấp độ rủi ro nêu trong bản tin").select_option("2")
    form.get_by_label("Nội dung").fill("Tin cảnh báo lũ trên sông Bé")
    form.get_by_label("Tệp gốc (PDF, ảnh, văn bản)").set_input_files(
        {"name": "tin-lu.txt", "mimeType": "text/plain", "buffer": "TIN CẢNH BÁO LŨ".encode()}
    )
    form.get_by_role("button", name="Lưu bản tin").click()
    detail = page.get_by_role("article", name="Bản tin DBLU-16/09h00")
    expect(detail).to_contain_text("cấp 2")
    with page.expect_download() as download:
        detail.get_by_role("link", name=re.compile("Mở tệp gốc")).click()
    assert download.value.suggested_filename == "tin-lu.txt"

    console = open_page("an", f"/incidents/{case['id']}")
    panel = console.get_by_role("region", name="Hồ sơ sự cố")
    expect(panel).to_contain_text("CHÍNH THỨC")
    expect(panel.get_by_role("link", name="Bản tin DBLU-16/09h00")).to_be_visible()
    expect(panel).to_contain_text("Chỗ đang ngập")
    expect(panel).to_contain_text("Ngầm Đức Hạnh")

    detail.get_by_role("link", name="Nhập bản tin thay thế").click()
    form.get_by_label("Số hiệu *").fill("DBLU-16/15h00")
    form.get_by_label("Cơ quan ban hành *").fill("Đài KTTV tỉnh")
    form.get_by_label("Loại thiên tai, sự cố *").select_option("river_flood")
    form.get_by_role("button", name="Lưu bản tin").click()
    expect(page.get_by_role("region", name="Danh sách bản tin")).to_contain_text("đã thay thế")
    page.get_by_role("article").get_by_role("button", name="Hết hiệu lực").click()
    expect(page.get_by_role("article")).to_contain_text("hết hiệu lực")


def test_a_supervisor_answers_a_proposal_to_raise_a_case(open_page: OpenPage, room: Room) -> None:
    planned = datetime.now(UTC) + timedelta(hours=1)
    with room.product.client("an") as operator:
        notice = {"reservoir": "ho-thac-mo", "planned_at": planned.isoformat(), "discharge_m3s": 1200}
        assert operator.post("/releases", json=notice).status_code == 201

    def proposed() -> list[tuple[str, dict[str, Any]]]:
        cases = [ask(room, f"/incidents/{each['id']}") for each in ask(room, "/incidents")["items"]]
        return [(case["id"], each) for case in cases for each in case["proposals"] if each["state"] == "open"]

    ((case, proposal), *_) = seen(proposed, bool, 60)
    looking = open_page("an", f"/incidents/{case}")
    mine = looking.get_by_role("region", name=re.compile("Thiên tai tổ hợp"))
    expect(mine).to_contain_text("Chờ trưởng ca quyết định")
    expect(mine.get_by_role("button")).to_have_count(0)

    page = open_page("binh", f"/incidents/{case}")
    box = page.get_by_role("region", name=re.compile("Thiên tai tổ hợp"))
    box.get_by_role("button", name="Không tăng").click()
    expect(box.get_by_role("alert")).to_contain_text("vì sao không tăng")
    box.get_by_role("button", name=re.compile("Tăng lên mức")).click()
    expect(box).to_contain_text("Đã được chấp nhận")
    assert ask(room, f"/incidents/{case}")["level"] >= proposal["to"]


# -- all of them ------------------------------------------------------------------------------------------------------
SCREENS = (
    f"/stations/{STATION}",
    "/reservoirs",
    "/reservoirs/ho-thac-mo",
    "/releases/new",
    "/rain",
    "/fire",
    "/fire?panel=bulletin",
    "/fire?panel=burnings",
    "/fire?panel=spots",
    "/epidemic",
    "/devices",
    "/feeds",
    "/bulletins",
    "/bulletins/new",
)
SMALL = """() => [...document.querySelectorAll('main :is(a, button, select, summary, input:not([type=checkbox]))')]
  .filter(each => each.offsetParent !== null && !each.closest('.visually-hidden'))
  .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < 23.5 || box.width < 23.5)).map(([text]) => text)"""


@pytest.mark.parametrize(("language", "theme"), [("vi", "dark"), ("vi", "light"), ("en", "dark"), ("en", "light")])
def test_axe_finds_nothing_and_every_target_can_be_hit(
    open_page: OpenPage, room: Room, language: str, theme: str
) -> None:
    page = open_page("binh", "/")
    wanted = f'{{"language": "{language}", "theme": "{theme}"}}'
    page.evaluate("wanted => localStorage.setItem('eoc.preferences', wanted)", wanted)
    release = release_of(room)
    if release["communes"][0]["steps"]["received"] is None:
        with room.product.client("an") as operator:
            step = f"/releases/{release['id']}/communes/{release['communes'][0]['area']}/received"
            assert operator.post(step, json={"name": "Ông Thành", "channel": "phone"}).status_code == 201
    found: dict[str, list[str]] = {}
    for path in (*SCREENS, f"/releases/{release['id']}"):
        page.goto(f"{room.product.url}{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        # Until the address has answered there is nothing on the page to find fault with.
        expect(page.get_by_text("Đang tải…" if language == "vi" else "Loading…")).to_have_count(0)
        found[path] = violations(page) + page.evaluate(SMALL)
    assert {path: each for path, each in found.items() if each} == {}


def test_brackets_go_through_the_screens_and_help_lists_the_keys(open_page: OpenPage) -> None:
    page = open_page("an", "/stations")
    tabs = page.get_by_role("navigation", name="Giám sát")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Trạm đo")
    page.keyboard.press("]")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Hồ chứa, xả lũ")
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Nguồn tin")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Màn hình giám sát trước, sau")
