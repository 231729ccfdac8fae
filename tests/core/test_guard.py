"""Secrets that people type are masked before anything is written; what only looks like one is left alone."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import guard
from bot.core.events import (
    BotJoined,
    Chat,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    event_to_json,
)
from bot.core.guard import MASK, NAME_LIMIT, TEXT_LIMIT, TOO_LONG, Guard, mask, only_secret, sanitize
from bot.core.lean.values import replace

CHAT = Chat("fake", "1", "private")
HOA = Sender("1", "Hoa")
AT = datetime(2026, 11, 24, tzinfo=UTC)

DATA = Path(__file__).parents[1] / "data"
UNTOUCHED = [
    # Check-ins of a village: figures, changes, sums, dates.
    "vneid +12, so suc khoe =340",
    "vneid +12, so suc khoe =340, kho khan: loa hỏng 2 tuần",
    "tai khoan vneid +25, ho dung qr =130",
    "tài khoản thanh toán điện tử: 245 người",
    "tài khoản VNeID mức 2 =1.234",
    "mở tài khoản được 120 người, còn 35",
    "tài khoản có 1.234.567 đồng",
    "tai khoan thu duoc 12.345.678 d",
    "định danh mức 2: 1.050/1.200",
    "định danh mức 2 đạt 87,5%",
    "cccd gắn chip =980",
    "căn cước công dân 1.234 thẻ trong 3 ngày",
    "BÁO CÁO: vneid 12 13 14 15 16 17 18 19",
    "thon 1: 120 340 560 780 901 233 450",
    "so ho 1200 1350 990 1010 tong 4550",
    "tổ 1 12; tổ 2 34; tổ 3 56",
    "dt qr +7, hoc otp =45",
    "lớp học về OTP ngày 24-11-2026",
    "lop hoc otp ngay 24.11.2026",
    "lop otp 24/11/2026",
    "đổi mật khẩu có 12 người học",
    "hướng dẫn mật khẩu cho 30 bà con",
    "chu ky so =17, hoc sinh 1.204",
    "thu 1 200 000 000 đồng",
    "1.234.567 đồng",
    "12.345.678.900 đồng",
    "1,234,567,890,123 VND",
    "phí 340.000 đ",
    "kinh phí 15000000 đồng",
    "doanh thu 1.500.000.000.000 đ",
    "+12",
    "=340",
    "340",
    "12345",
    "2026",
    # Dates and times.
    "24/11/2026",
    "từ 24-11-2026 đến 08-12-2026",
    "24-11-2026 08-12-2026",
    "7h30 ngày 20.11.2026",
    "2026-11-24 07:30:00",
    "15/10 - 14/11",
    "tuần 47 năm 2026, quý 4",
    # Telephone numbers, one or many.
    "0912 345 678",
    "0912345678",
    "+84 912 345 678",
    "+84912345678",
    "84912345678",
    "0229.3123.456",
    "02293 123 456",
    "số của cháu 0987-654-321",
    "0912 345 678 0987 654 321",
    "0912345678 0987654321",
    "gọi 0912345678, 0987654321 hoặc 0229 3123 456",
    "tài khoản bị khóa, gọi tôi 0912 345 678",
    "làm căn cước thì gọi 0912 345 678",
    "can cuoc het han, lien he 0229 3123 456",
    "không nhận được otp, gọi 0912 345 678",
    "1900 1234",
    "19001234",
    "đường dây 18000091",
    # Orders, addresses, laws.
    "TB-0123",
    "Nghị định 30/2020/NĐ-CP",
    "Quyết định 1234/QĐ-UBND",
    "số nhà 123456 đường 12",
    "biển số 35B1-234.56",
    "mã hồ sơ H42.15-241124-0012",
    "https://dichvucong.gov.vn/p/home/dvc-trang-chu.html?id=123",
    # Talking about secrets without one.
    "quên mật khẩu thì làm sao",
    "mật khẩu là gì",
    "mật khẩu: ?",
    "otp là gì",
    "mã OTP gửi về máy 3 lần",
    "không cho ai mã otp",
    "số tài khoản của xã là gì",
    "pin yếu 20%",
    "pin còn 1500mAh",
    # Numbers in words.
    "không chín một hai ba bốn năm sáu bảy tám",
    "không nhận được otp, gọi không chín một hai, ba bốn năm, sáu bảy tám",
    "không chín một hai - ba bốn năm sáu bảy tám",
    "thứ hai, ba, tư, năm, sáu, bảy",
    "từ thứ hai ba tư năm sáu bảy",
    "ông Ba, ông Tư, anh Năm",
    "năm hai không hai sáu",
    "gửi thôn 1 2 3 4 5 6",
    "1 2 3 4 5 6",
    "loa 5 lần, vneid 2 người, 0 khó khăn",
    "mã OTP không có, hai ba hôm rồi",
]

SECRETS = [
    ("card", "9704 3668 1234 5678", "97043668"),
    ("card", "thẻ 9704366812345678901 của tôi", "9704366812345678901"),
    ("card", "4111-1111-1111-1111", "4111"),
    ("card", "số thẻ 4111111111111111.", "4111111111111111"),
    ("card", "9704 3668 1234 5678 901", "901"),
    ("card", "3782 822463 10005", "822463"),
    ("id", "037090001234", "037090001234"),
    ("id", "số của tôi là 037 090 001 234 nhé", "090"),
    ("id", "037.090.001.234", "001"),
    ("id", "cccd 037090001234", "037090001234"),
    ("id", "CMND: 164123456", "164123456"),
    ("id", "chứng minh nhân dân số 164 123 456", "164"),
    ("id", "căn cước của bà: 037-090-001-234", "001"),
    ("id", "mã định danh 037090001234 ạ", "037090001234"),
    ("account", "stk 10110044556", "10110044556"),
    ("account", "STK: 1903 5678 9012 34 Techcombank", "5678"),
    ("account", "số tài khoản 123456789", "123456789"),
    ("card", "tài khoản của tôi là 0071000123456", "0071000123456"),
    ("account", "tk 102.345.678.901", "901"),
    ("card", "chuyển vào tài khoản Agribank 3500205012345 giúp", "3500205012345"),
    ("otp", "mã OTP là 482913", "482913"),
    ("otp", "otp 482 913", "913"),
    ("otp", "OTP:4829", "4829"),
    ("otp", "ma xac nhan cua toi 77231", "77231"),
    ("otp", "mã xác thực 4829-13", "4829"),
    ("otp", "mã kích hoạt: 12345678", "12345678"),
    ("otp", "482913", "482913"),
    ("otp", " 482 913 ", "482"),
    ("otp", "mã OTP là bốn tám hai chín một ba", "tám"),
    ("otp", "ma xac nhan cua toi la bon tam hai chin", "tam"),
    ("otp", "mã xác thực 4 tám 2 chín 1 ba", "chín"),
    ("otp", "mã OTP: 4 8 2 9 1 3", "8 2"),
    ("otp", "bốn tám hai chín một ba", "tám"),
    ("otp", "Bốn-tám-hai-chín-một-ba", "tám"),
    ("otp", "họ bảo đọc bốn tám hai chín một ba", "tám"),
    ("password", "pin 4829", "4829"),
    ("password", "passcode: 482913", "482913"),
    ("password", "mật khẩu là hoa1990", "1990"),
    ("password", "mat khau vneid la Hoa@1990!", "1990"),
    ("password", "mk: tinhyeu", "tinhyeu"),
    ("password", "password=qwerty", "qwerty"),
    ("password", "pass : 24111990", "24111990"),
    ("password", "Mật khẩu VNeID của tôi: Hoa1990", "1990"),
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_figures_dates_money_and_telephone_numbers_are_left_alone(text: str) -> None:
    assert mask(text) == (text, ())


@pytest.mark.parametrize("text", [text for text in UNTOUCHED if len(text) > 5])
def test_they_are_left_alone_within_a_sentence_too(text: str) -> None:
    said = f"Báo cáo bác: {text}; cháu Hoa"
    assert mask(said) == (said, ())


@pytest.mark.parametrize(("kind", "text", "secret"), SECRETS)
def test_a_secret_is_masked_and_named(kind: str, text: str, secret: str) -> None:
    masked, findings = mask(text)
    assert findings == (kind,)
    assert secret not in masked
    assert MASK in masked
    assert mask(masked)[0] == masked


@pytest.mark.parametrize(
    "said",
    [
        "4 8 2 9 1 3",
        "4-8-2-9-1-3",
        " 4 8 2 9 1 3 ạ",
        "mã là 4 8 2 9 1 3",
        "Mã: 4.8.2.9.1.3 nhé cháu",
        "4 8 2 9 1 3 5 7",
    ],
)
def test_a_code_with_something_between_its_digits_is_masked_where_it_is_all_that_is_said(said: str) -> None:
    masked, findings = mask(said)
    assert findings == ("otp",)
    assert not any(char.isdigit() for char in masked)


@pytest.mark.parametrize("file", sorted(path.name for path in DATA.glob("*.tsv")))
def test_what_leaders_and_residents_type_goes_on_being_read(file: str) -> None:
    for line in (DATA / file).read_text("utf-8").splitlines():
        for text in line.split("\t") if not line.startswith("#") else []:
            assert "otp" not in mask(text.replace("\\n", "\n"))[1], text


@pytest.mark.parametrize(
    "text",
    [
        "otp 482\u200b913",
        "mã xác nhận 4\u20608\u20602913",
        "otp 482\u00ad913",
        "otp 4\ufe0f\u20e38\ufe0f\u20e32\ufe0f\u20e39",
    ],
)
def test_a_secret_with_something_unseen_between_its_digits_is_masked_too(text: str) -> None:
    """As it is copied from a page or an app."""
    masked, findings = mask(text)
    assert findings == ("otp",)
    assert not any(char.isdigit() for char in masked)


def test_a_message_full_of_secrets_is_read_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: each search goes on where the one before found something, so that nobody else has to wait."""
    begun: list[int] = []

    class Watched:
        def __init__(self, rule: re.Pattern[str]) -> None:
            self._rule, self.groupindex = rule, rule.groupindex

        def search(self, text: str, at: int = 0) -> re.Match[str] | None:
            begun.append(at)
            return self._rule.search(text, at)

    monkeypatch.setattr(guard, "_RULES", [(kind, Watched(rule)) for kind, rule in guard._RULES if kind == "account"])
    masked, findings = mask("stk 1234567 " * 300)
    assert masked.split() == ["stk", *MASK.split()] * 300
    assert findings == ("account",)
    assert begun == sorted(begun)
    assert begun[-1] > 2000


def test_a_number_behind_a_code_that_was_read_out_is_masked_with_it() -> None:
    assert mask("OTP:0 TAM HAI CHIN:0000")[0] == f"OTP:{MASK}:{MASK}"


def test_what_is_unseen_elsewhere_stays() -> None:
    for text in ("👨\u200d👩\u200d👧 3 người", "1\ufe0f\u20e3 Bước một", "trang\u200bweb 12"):
        assert mask(text) == (text, ())


@pytest.mark.parametrize(("kind", "text", "secret"), [row for row in SECRETS if len(row[1]) > 9])
def test_a_secret_is_masked_wherever_it_stands(kind: str, text: str, secret: str) -> None:
    for said in (f"Xin chào, {text}", f"{text}, cảm ơn cháu", f"(Cháu ơi) {text}\nbác Hoa", text.upper()):
        masked, findings = mask(said)
        assert kind in findings, said
        assert secret not in masked
        assert secret.upper() not in masked


digits = st.text(alphabet="0123456789", min_size=12, max_size=12)
around = st.text(alphabet="abcđ ớ,.!?\n", max_size=20)


@given(before=around, after=around, number=digits)
def test_no_digit_of_an_identity_number_is_left(before: str, after: str, number: str) -> None:
    masked, findings = mask(f"{before} cccd 0{number[1:]} {after}")
    assert findings == ("id",)
    assert not any(char.isdigit() for char in masked)


@given(number=st.text(alphabet="0123456789", min_size=13, max_size=19), after=around)
def test_no_digit_of_a_card_is_left(number: str, after: str) -> None:
    masked, findings = mask(f"the {number} {after}")
    assert findings == ("card",)
    assert not any(char.isdigit() for char in masked)


@given(
    text=st.text(max_size=200) | st.lists(st.sampled_from([text for _, text, _ in SECRETS] + UNTOUCHED)).map(" ".join)
)
def test_masking_twice_is_masking_once(text: str) -> None:
    masked, _ = mask(text)
    assert mask(masked)[0] == masked


@given(text=st.text(max_size=300))
def test_any_words_at_all_come_out_of_the_guard(text: str) -> None:
    masked, findings = mask(text)
    assert bool(findings) == (MASK in masked and MASK not in text)


def test_several_secrets_in_one_message_are_all_masked() -> None:
    masked, findings = mask("stk 0011004455, otp 482913, mật khẩu: hoa1990, gọi 0912 345 678")
    assert {"account", "password"} <= set(findings)
    assert masked == f"stk {MASK}, otp {MASK}, mật khẩu: {MASK} gọi 0912 345 678"


def test_digits_of_other_scripts_hide_nothing() -> None:
    assert mask("otp ４８２９１３") == (f"otp {MASK}", ("otp",))
    assert mask("cccd ０３７０９０００１２３４")[0] == f"cccd {MASK}"


def test_invisible_characters_between_digits_hide_nothing() -> None:
    assert mask("mã OTP 48\u200f29\x0013")[0] == f"mã OTP {MASK}"


def test_too_long_a_text_is_refused_whole() -> None:
    assert mask("x" * TEXT_LIMIT) == ("x" * TEXT_LIMIT, ())
    assert mask("otp 482913 " + "x" * TEXT_LIMIT) == ("", (TOO_LONG,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [(MASK, True), (f"otp {MASK}", True), (f"otp {MASK}, bác hỏi cách cài vneid với nhé", False), ("otp", False)],
)
def test_a_message_that_was_only_a_secret_needs_no_other_answer(text: str, *, expected: bool) -> None:
    assert only_secret(text) is expected


@pytest.mark.parametrize(
    "event",
    [
        TextSent("1", CHAT, HOA, AT, text="otp 482913"),
        Edited("1", CHAT, HOA, AT, text="otp 482913", message_id="m"),
        Commanded("1", CHAT, HOA, AT, name="tim", args="otp 482913"),
        PhotoSent("1", CHAT, HOA, AT, (Incoming("r", "image/png"),), caption="otp 482913"),
        FileSent("1", CHAT, HOA, AT, Incoming("r", "application/pdf"), caption="otp 482913"),
    ],
)
def test_whatever_a_person_writes_goes_through_the_guard(event: Event) -> None:
    safe = sanitize(event)
    assert "482913" not in repr(safe)
    assert "findings=('otp',)" in repr(safe)


@pytest.mark.parametrize(
    "event",
    [
        Pressed("1\ud800", CHAT, HOA, AT, data="\udfff|\x00"),
        Commanded("1", CHAT, HOA, AT, name="\ud800", args="\ud800"),
        BotJoined("1", CHAT, Sender("1", "\ud800"), AT, title="Thôn\ud800"),
        FileSent("1", CHAT, HOA, AT, Incoming("r", "a/b", name="\ud800.pdf")),
        PhotoSent("1", CHAT, HOA, AT, (Incoming("r", "a/b", name="\ud800.png"),)),
    ],
)
def test_half_a_character_from_the_network_can_be_stored_wherever_it_stood(event: Event) -> None:
    """Otherwise noting fails, and the messenger sends the same update for ever."""
    json.dumps(event_to_json(sanitize(event)), ensure_ascii=False).encode("utf-8")


def test_a_press_is_left_to_the_codec() -> None:
    event = Pressed("1", CHAT, HOA, AT, data="g|a|b")
    assert sanitize(event) == event


def test_a_name_becomes_one_short_harmless_line() -> None:
    event = TextSent("1", CHAT, Sender("1", "  Hoa\u202e\x00\n <b> " + "x" * 100), AT, text="chào")
    name = sanitize(event).sender.name
    assert name.startswith("Hoa <b> xxx")
    assert len(name) == NAME_LIMIT


_SECRETS = ("mk: abc1 " * 400)[:3_900]


async def test_a_long_text_is_masked_as_a_short_one_is_and_others_are_served_meanwhile() -> None:
    """Red before: everybody waited until it was looked through."""
    at, event = Guard(), TextSent("1", CHAT, HOA, AT, text=_SECRETS)
    served = 0
    masked = asyncio.create_task(at(event))
    while not masked.done():
        await asyncio.sleep(0)
        served += 1
    assert masked.result() == sanitize(event)
    assert served > len(_SECRETS) / 400


async def test_what_follows_a_long_text_in_its_chat_stays_behind_it_and_another_chat_does_not_wait() -> None:
    at, done = Guard(), list[str]()

    async def one(event: Event) -> None:
        await at(event)
        done.append(event.id)

    elsewhere = replace(CHAT, id="elsewhere")
    events = [
        TextSent("long", CHAT, HOA, AT, text=_SECRETS),
        TextSent("short", CHAT, HOA, AT, text="2"),
        TextSent("long too", CHAT, HOA, AT, text=_SECRETS),
        TextSent("last", CHAT, HOA, AT, text="3"),
        TextSent("elsewhere", elsewhere, HOA, AT, text="4"),
    ]
    await asyncio.gather(*map(one, events))
    assert done == ["elsewhere", "long", "short", "long too", "last"]
    assert at._busy == {}


async def test_a_long_text_whose_sender_went_away_holds_nobody_up() -> None:
    at = Guard()
    first = asyncio.create_task(at(TextSent("1", CHAT, HOA, AT, text=_SECRETS)))
    await asyncio.sleep(0)
    second = asyncio.create_task(at(TextSent("2", CHAT, HOA, AT, text="2")))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == "2"
