"""In danger the first line is the number to call; in everyday talk it stays away."""

from __future__ import annotations

import unicodedata

import pytest

from bot.core.text import Text
from bot.features.emergency import (
    DESPAIR,
    DROWNING,
    FIRE,
    INJURY,
    MISSENT,
    MONEY,
    RANSOM,
    UNKNOWN,
    VIOLENCE,
    Emergency,
    number_for,
)

DANGERS = [
    ("cháy", FIRE),
    ("Cháy nhà rồi bà con ơi!", FIRE),
    ("chay nha", FIRE),
    ("nha chay to lam", FIRE),
    ("nhà ông Ba đang cháy, có người bị ngất", FIRE),
    ("chays nhaf roi", FIRE),
    ("rừng sau nhà cháy lớn", FIRE),
    ("no binh ga", FIRE),
    ("cháu bị đuối nước", DROWNING),
    ("co nguoi duoi nuoc o ao lang", DROWNING),
    ("be roi xuong gieng", DROWNING),
    ("có trẻ đuối nước ngoài sông", DROWNING),
    ("có người ngã xuống sông", DROWNING),
    ("bac hang xom bi tai nan xe may", INJURY),
    ("tai nạn ở ngã ba", INJURY),
    ("goi cap cuu giup toi", INJURY),
    ("bố tôi đột quỵ", INJURY),
    ("ran can vao chan", INJURY),
    ("vợ tôi vỡ ối", INJURY),
    ("cháu đi học bị tai nạn", INJURY),
    ("thẻ bảo hiểm để đâu, mẹ tôi khó thở quá", INJURY),
    ("có đứa gọi bảo là con bà bị tai nạn đang cấp cứu chuyển 20 triệu", RANSOM),
    ("co nguoi goi dien bao chau toi bi bat coc doi chuyen tien", RANSOM),
    ("bệnh viện gọi báo con tôi đang cấp cứu, nộp viện phí gấp", RANSOM),
    ("có người gọi báo con tôi bị tai nạn", INJURY),
    ("tôi muốn chết", DESPAIR),
    ("nó định tự tử", DESPAIR),
    ("no doi tu tu", DESPAIR),
    ("khong muon song nua", DESPAIR),
    ("ông ấy uống thuốc sâu", DESPAIR),
    ("tôi bị đánh", VIOLENCE),
    ("chong danh toi", VIOLENCE),
    ("có trộm vào nhà", VIOLENCE),
    ("bi cuop o dau lang", VIOLENCE),
    ("tôi bị lừa mất tiền", MONEY),
    ("toi bi lua roi", MONEY),
    ("bị lừa đảo thì làm gì", MONEY),
    ("mat tien trong tai khoan", MONEY),
    ("lỡ đọc mã otp cho người lạ", MONEY),
    ("tôi bị mất tiền không biết làm sao", MONEY),
    ("cứu với", UNKNOWN),
    ("cuu toi voi", UNKNOWN),
    ("cứu với, nhà tôi đang bị cướp", VIOLENCE),
    ("cứu với, nhà cháy rồi", FIRE),
    ("tôi vừa đọc mã otp cho nó rồi", MONEY),
    ("tai khoan tu nhien bi tru 5 trieu", MONEY),
    ("tôi trót chuyển tiền cho bọn lừa đảo", MONEY),
    ("tôi vừa chuyển tiền nhầm", MISSENT),
    ("chuyen nham tien vao tai khoan nguoi khac", MISSENT),
    ("bà tôi ngã không dậy được", INJURY),
    ("mẹ tôi méo miệng tay yếu", INJURY),
    ("ông tôi ngất rồi", INJURY),
    ("cháu bé nuốt phải cúc áo", INJURY),
    ("trộm đang ở trong nhà", VIOLENCE),
    ("em gửi nhầm tiền cho số tài khoản lạ", MISSENT),
    ("nó đánh tôi", VIOLENCE),
    ("no danh toi", VIOLENCE),
    ("có người lạ trèo tường vào nhà", VIOLENCE),
    ("tôi chán sống lắm rồi", DESPAIR),
    ("đống rơm bốc cháy rồi", FIRE),
]

EVERYDAY = [
    "",
    "😀",
    "chạy xe ôm",
    "xe chay nhanh qua",
    "may chay roi",
    "mai ăn chay nha",
    "hom nay an chay nha",
    "bán cơm cháy trên mạng",
    "đợt này cháy hàng rồi",
    "phòng cháy chữa cháy",
    "lịch tập huấn phòng cháy",
    "phòng lừa đảo",
    "nhận biết lừa đảo",
    "nhan biet lua dao",
    "cách tránh bị lừa",
    "làm sao để không bị lừa",
    "sợ bị lừa lắm",
    "kẻo bị lừa",
    "phòng tránh đuối nước cho trẻ",
    "kỹ năng phòng tránh tai nạn, đuối nước",
    "ca duoi nuoc",
    "tu tu chau oi",
    "từ từ để bác làm",
    "vo oi may hong roi",
    "cai vneid co mat tien khong",
    "nộp hồ sơ có mất tiền không",
    "lam the nay mat tien khong",
    "nha mat tien duong lien xa",
    "bán nhà mặt tiền",
    "bảo hiểm tai nạn",
    "thủ tục trợ cấp tai nạn",
    "mật khẩu bị đánh cắp",
    "hồ sơ bị đánh giá thấp",
    "giá lúa hôm nay",
    "tu sat dung giay to",
    "toi muon cai vneid",
    "để dành tôi mấy cân gạo",
    "trồng cây chắn sóng",
    "rung chan song",
    "điện thoại rơi xuống ao",
    "thay cái bóng cháy ở nhà văn hóa",
    "cao ngất ngưởng",
    "tôi đã đọc mã hồ sơ rồi",
    "da doc ma qr",
    "chuyển nhầm lớp cho cháu",
    "danh toi cho no",
    "nó đánh răng rồi",
    "kẻo chuyển nhầm tiền",
    "lam sao de khong chuyen nham",
]


def test_the_table_is_wide_enough() -> None:
    assert len(DANGERS) + len(EVERYDAY) >= 60


@pytest.mark.parametrize(("said", "emergency"), DANGERS)
def test_danger_gets_the_number_to_call(said: str, emergency: Emergency) -> None:
    assert number_for(said) == emergency
    assert number_for(said.upper()) == emergency
    assert number_for(unicodedata.normalize("NFD", said)) == emergency


@pytest.mark.parametrize("said", EVERYDAY)
def test_everyday_talk_and_learning_get_no_alarm(said: str) -> None:
    assert number_for(said) is None


@pytest.mark.parametrize("emergency", [FIRE, DROWNING, INJURY, DESPAIR, VIOLENCE, MONEY, MISSENT])
def test_the_line_begins_with_its_numbers_in_their_order(emergency: Emergency) -> None:
    line = Text.of(emergency.line).plain
    places = [line.index("ngân hàng" if number == "bank" else number) for number in emergency.numbers]
    assert places == sorted(places)
    assert places[0] <= len("Gọi ngay ")


def test_a_danger_is_seen_in_a_long_message() -> None:
    assert number_for("bác ơi cho cháu hỏi " * 50 + "nhà cháy rồi") == FIRE
