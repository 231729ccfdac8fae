"""The ways in which a village works are known by the words that people have for them."""

from __future__ import annotations

import pytest

from bot.features.practices import methods


@pytest.mark.parametrize(
    ("words", "code"),
    [("đến nhà", "den-nha"), ("di tung nha", "den-nha"), ("lớp tối", "lop-toi"), ("chợ", "ngoai-cho"),
     ("nhóm Zalo của thôn", "nhom-chat"), ("nhà văn hóa", "nha-van-hoa"), ("loa", "loa"), ("hội phụ nữ", "doan-the"),
     ("ở gốc đa", ""), ("chở đi xa", ""), ("", "")],
)  # fmt: skip
def test_a_way_is_known_by_its_usual_words(words: str, code: str) -> None:
    assert methods.method_in(words) == code


def test_a_way_of_one_s_own_is_a_few_words_on_one_line() -> None:
    assert methods.own_of(" Tối thứ Năm\n ở đình. ") == "Tối thứ Năm ở đình"
    assert methods.own_of("x" * 61) == ""
    assert methods.own_of(" . ") == ""
