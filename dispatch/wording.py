"""Vietnamese words the checks look for, as data.

The five elements of a public warning (source, hazard, place, time, action) follow the research on warning messages.
The lists are proposals that a native speaker and a commune officer should review. Words that become another word
without diacritics are in `eoc.packs.wording`, because templates are checked for them as well.
"""

from collections.abc import Mapping

HAZARD_WORDS: Mapping[str, tuple[str, ...]] = {
    "river_flood": ("lũ", "lụt", "ngập", "nước sông", "nước dâng", "nước lên"),
    "flash_flood": ("lũ quét", "lũ ống", "lũ", "nước lên"),
    "dam_release": ("xả lũ", "xả nước", "xả tràn", "nước hạ du", "điều tiết nước"),
    "dam_failure": ("vỡ đập", "vỡ hồ", "sự cố đập", "sự cố hồ"),
    "forest_fire": ("cháy rừng", "cháy"),
    "storm": ("bão", "áp thấp", "dông", "lốc", "mưa đá", "mưa lớn", "gió giật", "sét"),
    "landslide": ("sạt lở", "sạt", "trượt lở", "lở đất", "lở núi"),
    "epidemic": ("dịch", "dịch bệnh", "sốt xuất huyết", "bệnh"),
    "fire": ("cháy", "hỏa hoạn"),
    "rescue": ("cứu nạn", "cứu hộ", "mắc kẹt", "mất tích"),
    "drowning": ("đuối nước",),
    "traffic": ("tai nạn", "tắc đường", "ùn tắc", "cấm đường"),
    "industrial": ("rò rỉ", "hóa chất", "hoá chất", "cháy", "nổ", "khí độc"),
    "drought_heat": ("hạn", "hạn hán", "nắng nóng", "thiếu nước", "xâm nhập mặn"),
}
"""What a text must name. A hazard that is not listed (`other`, a pack's own) is not checked for its word."""

ACTION_WORDS = (
    "sơ tán", "di chuyển", "chuyển", "không", "cấm", "tránh", "đóng", "ở trong nhà", "lên cao", "kéo", "neo",
    "ra khỏi", "trở về", "chỉ về", "chờ", "sẵn sàng", "chuẩn bị", "theo dõi", "tắt", "mang theo", "đeo", "uống",
    "kiểm tra", "hạn chế", "vẫn",
)  # fmt: skip

FORBIDDEN = (
    "không phải diễn tập", "không phải là diễn tập", "không phải cuộc diễn tập", "không phải là cuộc diễn tập",
    "không diễn tập", "not a drill", "not an exercise", "no drill",
)  # fmt: skip
"""Said in a drill, these words started a panic (Hawaii 2018): refused in every mode, with or without diacritics."""

DAY_PARTS = ("rạng sáng", "sáng", "trưa", "chiều", "tối", "đêm")
