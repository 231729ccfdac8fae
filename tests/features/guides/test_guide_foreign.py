"""A guide speaks Vietnamese: other words stand only where a screen shows them; the checker knows them by their form."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.features.guides.checking.check import check
from bot.features.guides.checking.foreign import foreign_words


@pytest.mark.parametrize(
    "text",
    [
        "Nghe loa, xem bao nhiêu, rồi quay lại trang kia; khuya quen nguy nan, huynh, xoong, ghi, gieo, qua, quy.",
        "Bác xem video, mang thẻ gắn chip, đi 5 km, mua 2 kg.",
        "Mở dichvucong.gov.vn hoặc https://vneid.gov.vn/abc, gửi tới so.xa@example.vn, tệp huong-dan.docx.",
        "Ra xã {xa}, gọi {sdt}. VNeID, Zalo, Facebook, eTax Mobile, iPhone, OTP.",
    ],
)
def test_vietnamese_names_addresses_and_placeholders_are_not_foreign(text: str) -> None:
    assert foreign_words(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bác refresh lại rồi logout.", ["refresh", "logout"]),
        ("Xem popup, đóng popup, vào setting (trên cùng).", ["popup", "setting"]),
        ("Nhóm chat của thôn", ["chat"]),
        ("Làm on-line cho nhanh", ["on-line"]),
    ],
)
def test_a_word_that_no_vietnamese_syllable_looks_like_is_foreign(text: str, words: list[str]) -> None:
    assert foreign_words(text) == words


def test_words_on_a_screen_and_words_of_a_wrong_answer_may_be_foreign(tmp_path: Path) -> None:
    fixture = Path(__file__).parent / "fixtures" / "foreign-word" / "huong-dan.md"
    guide = tmp_path / "huong-dan.md"
    body = fixture.read_text(encoding="utf-8").replace("rồi refresh lại", "rồi **refresh** hoặc `logout`")
    guide.write_text(
        f"{body}\n# Bấm gì? {{#hoi}}\n\n- [ ] Bấm refresh\n- [x] Bấm “reload”\n\n> Thế là xong.\n", "utf-8"
    )
    assert check(tmp_path) == []
