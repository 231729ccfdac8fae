"""Written notices as a reader says them into the microphone."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.audio.ear import ON_THE_SCREEN, for_ear
from bot.features.audio.script import reading_seconds, script, syllables

SAID = [
    # Days and months
    ("25/11", "Ngày hai mươi lăm tháng mười một."),
    ("ngày 25/11", "Ngày hai mươi lăm tháng mười một."),
    ("ngày 5/4/2026", "Ngày mùng năm tháng tư năm hai nghìn không trăm hai mươi sáu."),
    ("ngày 5 tháng 11", "Ngày mùng năm tháng mười một."),
    ("01/01/2027", "Ngày mùng một tháng một năm hai nghìn không trăm hai mươi bảy."),
    ("25-27/11", "Ngày hai mươi lăm đến ngày hai mươi bảy tháng mười một."),
    ("ngày 20.11", "Ngày hai mươi tháng mười một."),
    ("25-11-2026", "Ngày hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu."),
    ("tháng 4/2026", "Tháng tư năm hai nghìn không trăm hai mươi sáu."),
    ("thứ 4, thứ Ba", "Thứ tư, thứ Ba."),
    ("quý III", "Quý ba."),
    ("quý IV/2026", "Quý bốn năm hai nghìn không trăm hai mươi sáu."),
    # Times
    ("17:00", "Mười bảy giờ."),
    ("17h30 chiều", "Mười bảy giờ ba mươi phút chiều."),
    ("từ 7h-9h30 sáng", "Từ bảy giờ đến chín giờ ba mươi phút sáng."),
    ("8 giờ 05", "Tám giờ năm phút."),
    ("8g30", "Tám giờ ba mươi phút."),
    ("trực 24/7", "Trực cả ngày lẫn đêm."),
    # Numbers
    ("105 hộ", "Một trăm linh năm hộ."),
    ("1005", "Một nghìn không trăm linh năm."),
    ("21 người, 24 hộ, 55 em, 15 cụ", "Hai mươi mốt người, hai mươi tư hộ, năm mươi lăm em, mười lăm cụ."),
    ("1.250.000 đồng", "Một triệu hai trăm năm mươi nghìn đồng."),
    ("50.000đ", "Năm mươi nghìn đồng."),
    ("2000000000", "Hai tỷ."),
    ("12,5%", "Mười hai phẩy năm phần trăm."),
    ("0,05 ha", "Không phẩy không năm héc ta."),
    ("15-20 người", "Mười lăm đến hai mươi người."),
    ("gió cấp 10-11", "Gió cấp mười đến mười một."),
    ("mưa 100–200 mm", "Mưa một trăm đến hai trăm mi li mét."),
    ("gió 40 km/h", "Gió bốn mươi ki lô mét một giờ."),
    ("38,5°C", "Ba mươi tám phẩy năm độ xê."),
    ("3/4 số hộ", "Ba phần tư số hộ."),
    ("Thôn 3A", "Thôn ba A."),
    # Telephones
    ("Gọi ngay 114, 115", "Gọi ngay một một bốn, một một năm."),
    ("ĐT: 0229 000 0000", "Điện thoại: không hai hai chín, không không không, không không không không."),
    ("0912345678", "Không chín một hai, ba bốn năm, sáu bảy tám."),
    ("tổng đài 1022", "Tổng đài một không hai hai."),
    ("115 hộ", "Một trăm mười lăm hộ."),
    # Papers
    ("TB-0123", "Thông báo số một trăm hai mươi ba."),
    ("Thông báo số TB-0123", "Thông báo số một trăm hai mươi ba."),
    ("Quyết định số 45/QĐ-UBND", "Quyết định số bốn mươi lăm của Ủy ban nhân dân."),
    ("Nghị định 30/2020/NĐ-CP", "Nghị định số ba mươi năm hai nghìn không trăm hai mươi của Chính phủ."),
    # Abbreviations, names, headings
    ("UBND, HĐND xã", "Ủy ban nhân dân, Hội đồng nhân dân xã."),
    ("nộp DVC bằng VNeID mức 2", "Nộp dịch vụ công bằng vi en i ai đi mức hai."),
    ("Tổ CNSCĐ tại NVH thôn", "Tổ công nghệ số cộng đồng tại nhà văn hóa thôn."),
    ("thẻ BHYT, sổ SKĐT, CCCD", "Thẻ bảo hiểm y tế, sổ sức khỏe điện tử, căn cước công dân."),
    ("không đọc mã OTP, không quét mã QR lạ", "Không đọc mã ô tê pê, không quét mã quy rờ lạ."),
    ("nhóm Zalo, Wi-Fi", "Nhóm da lô, oai phai."),
    ("đ/c Hoa v.v.", "Đồng chí Hoa vân vân."),
    ("KHẨN: BÃO SỐ 3", "Khẩn: bão số ba."),
    ("vé BKT", "Vé bê ca tê."),
    ("COVID-19, mạng 5G", "Cô vít mười chín, mạng năm gờ."),
    # What guides and notices are full of: one list for the loudspeaker's ear and for both makers of a voice
    ("VNEID, vneid, VssID, ZALO", "Vi en i ai đi, vi en i ai đi, vi ét ét ai đi, da lô."),
    ("mở CH Play hay App Store, gõ passcode", "Mở xê hát pờ lây hay áp xì to, gõ pát cốt."),
    ("0đ, 0 đồng, 10tr, 50k/người", "Không đồng, không đồng, mười triệu đồng, năm mươi nghìn đồng một người."),
    ("bấm *101#, *#06#", "Bấm sao một không một thăng, sao thăng không sáu thăng."),
    ("tờ khai CT01", "Tờ khai xê tê không một."),
    ("+84 912 345 678", "Không chín một hai, ba bốn năm, sáu bảy tám."),
    ("ĐT 0912-345-678", "Điện thoại không chín một hai, ba bốn năm, sáu bảy tám."),
    ("tổng đài 18001091", "Tổng đài một tám không không, một không chín một."),
    ("số 079123456789", "Số không bảy chín, một hai ba, bốn năm sáu, bảy tám chín."),
    ("mã 048213, 01 bản", "Mã không bốn tám hai một ba, một bản."),
    ("T2 – T6, T7 và CN", "Thứ hai đến thứ sáu, thứ bảy và chủ nhật."),
    ("trực 24/24 giờ", "Trực cả ngày lẫn đêm."),
    ("TP.HCM, TP. Ninh Bình", "Thành phố Hồ Chí Minh, thành phố Ninh Bình."),
    ("QĐ của UBND, MST, HKTT", "Quyết định của Ủy ban nhân dân, mã số thuế, hộ khẩu thường trú."),
    ("rét -5°C", "Rét âm năm độ xê."),
    # What is looked at and not read
    ("xem https://dichvucong.gov.vn/a?b=1 nhé", "Xem địa chỉ ghi trong tin nhắn ở nhóm của thôn nhé."),
    ("trang dichvucong.gov.vn", "Trang địa chỉ ghi trong tin nhắn ở nhóm của thôn."),
    ("✅ Mang theo:\n• căn cước\n- sổ hộ nghèo", "Mang theo:\nCăn cước.\nSổ hộ nghèo."),
    ("Họp dân – nội dung (ví dụ): thu rác", "Họp dân, nội dung, ví dụ: thu rác."),
    ("Họp thôn. ĐT: 115 hộ. đúng giờ", "Họp thôn. Điện thoại: một một năm hộ. Đúng giờ."),
    ("😀 ***", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), SAID, ids=[written[:30] for written, _ in SAID])
def test_people_hear_words(written: str, said: str) -> None:
    assert for_ear(written) == said
    assert for_ear(unicodedata.normalize("NFD", written)) == said


def test_a_guide_says_where_its_own_reader_sees_an_address() -> None:
    assert for_ear("Mở dichvucong.gov.vn", address=ON_THE_SCREEN) == "Mở địa chỉ ghi trên màn hình."


def test_no_abbreviation_stands_twice_in_the_list_and_each_is_said_in_words() -> None:
    lines = (files("bot.features.audio") / "spoken.tsv").read_text("utf-8").splitlines()[1:]
    written, said = zip(*(line.split("\t") for line in lines), strict=True)
    assert len(set(written)) == len(written)
    assert not [words for words in said if not re.fullmatch(r"(?:[^\W\d_]+ ?)+", words)]


def test_a_whole_notice_is_read_without_a_figure_or_an_abbreviation() -> None:
    notice = (
        "UBND xã Yên Mô thông báo: 19h30 ngày 25/11/2026 (thứ 4) họp thôn tại NVH.\n"
        "Nội dung: 1. Kích hoạt VNeID; 2. Thu quỹ 50.000đ/hộ. ĐT: 0229 000 0000."
    )
    said = for_ear(notice)
    assert "mười chín giờ ba mươi phút ngày hai mươi lăm tháng mười một" in said
    assert not re.search(r"\d|[A-ZĐ]{2}", said)


@given(st.text(max_size=200))
def test_whatever_is_typed_no_figure_is_left_and_nothing_breaks(typed: str) -> None:
    assert not re.search(r"[0-9]", for_ear(typed))


def test_a_short_notice_is_said_twice_of_a_long_one_the_first_sentence() -> None:
    short = script("Tối nay 19h họp thôn.")
    assert short.count("Tối nay mười chín giờ họp thôn.") == 2
    assert short.startswith("Kính thưa bà con.")
    long = script("Tối nay 19h họp thôn. " + "Bà con đi đông đủ. " * 30)
    assert long.count("Tối nay mười chín giờ họp thôn.") == 2
    assert long.count("Bà con đi đông đủ.") == 30
    assert script("🙂 …") == ""


def test_reading_takes_as_long_as_a_slow_reader_takes() -> None:
    spoken = script("Mời bà con ra nhà văn hóa thôn họp lúc bảy giờ tối nay.")
    assert syllables(spoken) == 43
    assert reading_seconds(spoken) == 20
