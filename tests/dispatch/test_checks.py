"""What must be in a warning, what must never be, and what only slows people down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.checks import Check, Subject, mentions, review, seconds_to_send
from dispatch.content import Text
from dispatch.sms.segments import plain
from tests.dispatch.world import GOOD_TEXT

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)

#: Messages as a centre would send them, with the place each is about and its hazard.
REAL = [
    (
        (
            "EOC Mẫu: LŨ sông Bé vượt BĐ3, ngập thôn 1-2 xã Bình Tân từ 18h 22/11. SƠ TÁN NGAY tới Trường Bình Tân. "
            "Cấm qua ngầm. Hỏi 1022"
        ),
        "Bình Tân",
        "river_flood",
    ),
    (
        (
            "EOC Mẫu: Nước sông Bé có thể lên BĐ2 tại Phước Long tối 22/11. Chuyển đồ, gia súc lên cao. "
            "Tin kế tiếp lúc 20h. Hỏi 1022"
        ),
        "Phước Long",
        "river_flood",
    ),
    (
        (
            "EOC Mẫu: Thủy điện Thác Mơ XẢ LŨ 15h 22/11, nước hạ du lên nhanh. KHÔNG ở bãi sông, kéo ghe lên bờ "
            "TRƯỚC 15h. Hỏi 1022"
        ),
        "Thác Mơ",
        "dam_release",
    ),
    (
        (
            "EOC Mẫu: CHÁY RỪNG tại Bù Gia Mập 14h 22/11, khói lan xã Đắk Ơ. ĐÓNG CỬA, sẵn sàng sơ tán khi có lệnh. "
            "Cấm đốt lửa. Gọi 114"
        ),
        "Đắk Ơ",
        "forest_fire",
    ),
    (
        (
            "EOC Mẫu: HẾT cảnh báo lũ xã Bình Tân lúc 16h40 22/11. Chỉ về nhà khi xã cho phép, tránh đường sạt lở. "
            "Hỏi 1022"
        ),
        "Bình Tân",
        "river_flood",
    ),
]


def subject(vi: str = GOOD_TEXT, **changes: object) -> Subject:
    text = Text.of(vi)
    made = Subject(
        vi=text.vi,
        vi_plain=text.vi_plain,
        en=None,
        level=3,
        hazard="river_flood",
        sender="EOC Mẫu",
        place_names=("Thượng", "Sông Mẫu"),
        expires_at=NOW + timedelta(hours=6),
        audience=12_480,
        rate_per_s=100.0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def failed(of: Subject) -> set[str]:
    return {check.code for check in review(of, NOW) if not check.ok}


def check(of: Subject, code: str) -> Check:
    return next(check for check in review(of, NOW) if check.code == code)


def test_a_good_text_has_nothing_to_mend() -> None:
    assert failed(subject()) == set()


@pytest.mark.parametrize(("vi", "place", "hazard"), REAL, ids=[vi[9:40] for vi, _, _ in REAL])
def test_real_texts_pass(vi: str, place: str, hazard: str) -> None:
    assert failed(subject(vi, place_names=[place], hazard=hazard)) == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("EOC Mẫu: ", "", "check.source"),
        ("LŨ Sông Mẫu vượt BĐ3, ngập", "Nguy hiểm ở", "check.hazard"),
        ("xã Thượng", "xã nhà", "check.place"),
        ("từ 18h 22/11", "từ tối nay", "check.time"),
        ("từ 18h 22/11", "từ 18h", "check.time"),
        ("từ 18h 22/11", "ngày 22/11", "check.time"),
        ("từ 18h 22/11", "từ 25h61 32/13", "check.time"),
        ("SƠ TÁN NGAY tới nơi xã chỉ định", "Rất nguy hiểm", "check.action"),
        ("SƠ TÁN NGAY", "DỜI NGAY, chuyển đồ,", "check.ambiguous"),
        ("SƠ TÁN NGAY", "ĐỪNG ở lại, sơ tán", "check.ambiguous"),
        ("Hỏi 1022", "Xem eoc.vn", "check.link"),
        ("Hỏi 1022", "https://x.y/z", "check.link"),
    ],
)
def test_what_is_missing_is_named(old: str, new: str, code: str) -> None:
    vi = GOOD_TEXT.replace(old, new)
    assert vi != GOOD_TEXT
    names = ("Thượng",) if code == "check.place" else ("Thượng", "Sông Mẫu")
    calm, grave = subject(vi, place_names=names, level=3), subject(vi, place_names=names, level=4)
    assert code in failed(calm)
    assert check(calm, code).blocking
    assert not check(grave, code).blocking


@pytest.mark.parametrize(
    "phrase",
    [
        "không phải diễn tập",
        "KHÔNG PHẢI DIỄN TẬP",
        "khong phai dien tap",
        "Không phải, diễn tập",
        "không phải là diễn tập",
        "không\nphải   diễn tập",
        "khong phai cuoc dien tap",
    ],
)
@pytest.mark.parametrize("level", [1, 5])
def test_the_words_that_started_a_panic_never_leave(phrase: str, level: int) -> None:
    found = check(subject(f"{GOOD_TEXT} Đây {phrase}.", level=level), "check.forbidden")
    assert not found.ok
    assert found.blocking


def test_nor_in_english_nor_in_the_plain_text_alone() -> None:
    assert "check.forbidden" in failed(subject(en="THIS IS NOT A DRILL!"))
    assert "check.forbidden" in failed(subject(vi_plain=plain(GOOD_TEXT) + " khong phai dien tap"))


@pytest.mark.parametrize("level", [0, 5])
def test_an_unfilled_gap_never_leaves(level: int) -> None:
    found = check(subject(GOOD_TEXT + " {shelter} {discharge}", level=level), "check.gap")
    assert (found.ok, found.blocking, found.params["names"]) == (False, True, "shelter, discharge")
    assert "check.gap" in failed(subject(en="go to {shelter}"))


def test_elements_must_be_in_the_text_that_phones_get() -> None:
    assert "check.source" in failed(subject(vi_plain="Lu xa Thuong tu 18h 22/11, so tan ngay"))


def test_length_is_shown_and_blocks_only_where_there_is_time() -> None:
    long = GOOD_TEXT + " Chuyển đồ đạc, gia súc, giấy tờ lên cao trước khi nước tới." * 2
    calm, grave = check(subject(long, level=3), "check.length"), check(subject(long, level=4), "check.length")
    assert (calm.ok, calm.blocking) == (False, True)
    assert (grave.ok, grave.blocking) == (False, False)
    assert grave.params["segments"] == 2
    assert "check.length_vi" in failed(subject(long, level=3))
    assert not check(subject(long, level=3), "check.length_vi").blocking
    assert grave.params["seconds"] == seconds_to_send(12_480, 2, 100.0) == 250


@pytest.mark.parametrize(
    ("left", "ok", "blocking"),
    [
        (timedelta(0), False, True),
        (timedelta(seconds=-1), False, True),
        (timedelta(seconds=1), True, False),
        (timedelta(hours=24), True, False),
        (timedelta(hours=24, seconds=1), False, False),
    ],
)
def test_the_end_lies_ahead_but_not_far(left: timedelta, ok: bool, blocking: bool) -> None:
    found = check(subject(expires_at=NOW + left), "check.expiry")
    assert (found.ok, found.blocking) == (ok, blocking)


def test_two_forms_that_say_different_things_are_pointed_out() -> None:
    found = check(subject(vi_plain=plain(GOOD_TEXT).replace("18h", "19h")), "check.plain")
    assert (found.ok, found.blocking) == (False, False)


def test_nobody_to_send_to_is_said_but_does_not_block() -> None:
    found = check(subject(audience=0), "check.audience")
    assert (found.ok, found.blocking) == (False, False)


def test_a_hazard_without_known_words_is_not_checked_for_them() -> None:
    assert "check.hazard" not in failed(subject(hazard="other"))


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Lũ trên sông", "lũ", True),
        ("lu tren song", "lũ", True),
        ("Lu trên sông", "lũ", False),  # a text with diacritics means what it writes
        ("Lũng Cú", "lũ", False),
        ("xã Bình Tân.", "Bình Tân", True),
        ("xã Bình Tân.", "Bình", True),
        ("xã Bình Tânh", "Bình Tân", False),
        ("", "lũ", False),
        ("lũ", "", False),
    ],
)
def test_whole_words(text: str, phrase: str, found: bool) -> None:
    assert mentions(text, phrase) == found


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 5))
def test_any_text_can_be_checked(vi: str, en: str, level: int) -> None:
    text = Text.of(vi, en)
    found = review(subject(text.vi, en=text.en, level=level), NOW)
    assert len({check.code for check in found}) == len(found) == 14
    assert all(isinstance(check.as_json()["params"], dict) for check in found)
