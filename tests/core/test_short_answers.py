"""What a word or two at an open page mean, and when they mean nothing."""

from __future__ import annotations

import pytest

from bot.core.words.short_answers import named, yes_or_no

PLACES = ["Ra quầy làm", "Làm trên mạng", "Nhà không ai dùng điện thoại"]
VEHICLES = ["Xe mới mua ở cửa hàng", "Mua bán, cho xe cũ", "Xe qua nhiều chủ, thiếu giấy"]


@pytest.mark.parametrize(
    ("labels", "said", "meant"),
    [(VEHICLES, "xe cũ", 1), (VEHICLES, "xe cu", 1), (VEHICLES, "dạ xe mới ạ", 0), (VEHICLES, "xe", None),
     (PLACES, "ra xã", 0), (PLACES, "ra ủy ban", 0), (PLACES, "ra trung tam", 0), (PLACES, "trên mạng", 1),
     (PLACES, "điện thoại", None), (PLACES, "không ai dùng điện thoại", 2),
     (["Xin trên VNeID", "Ra Công an xã"], "ra công an", 1),
     (["Cho tôi", "Cho cha mẹ, vợ chồng, con"], "cho con", 1), (["Cho tôi", "Cho cha mẹ"], "cho", None),
     (["Đã mở", "Chưa có"], "mở rồi", 0), (["Đã mở", "Chưa có"], "không", None),
     (PLACES, "nhà tôi ở xa lắm ra xã không tiện", None), (PLACES, "…", None)],
)  # fmt: skip
def test_a_choice_is_named_by_words_that_only_it_has(labels: list[str], said: str, meant: int | None) -> None:
    assert named(labels, said) == meant


@pytest.mark.parametrize(
    ("labels", "said", "meant"),
    [(["Tôi thuộc diện ấy", "Tôi không thuộc diện ấy"], "không", 1),
     (["Tôi thuộc diện ấy", "Tôi không thuộc diện ấy"], "dạ có", 0),
     (["Đã có giấy", "Đã về, chưa có giấy"], "chưa", 1), (["Đã mở", "Chưa có VNeID mức 2"], "dạ rồi", 0),
     (["Đã vào được", "Chưa biết cách vào", "Chưa có VNeID"], "rồi", 0),
     (["Đã vào được", "Chưa biết cách vào", "Chưa có VNeID"], "chưa", None),
     (["Đã nộp xong"], "ừ", 0), (["Đã nộp xong"], "chưa", None), (["Ra quầy", "Làm trên mạng"], "ừ", None),
     (["Đã mở", "Chưa có"], "mai tôi đi", None)],
)  # fmt: skip
def test_yes_and_no_choose_where_one_label_denies_another(labels: list[str], said: str, meant: int | None) -> None:
    assert yes_or_no(labels, said) == meant
