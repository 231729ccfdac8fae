"""Messages through the bridge: each once, every answer a decision, and without diacritics where there are none."""

from __future__ import annotations

import logging

import pytest

from bot.core.events import Chat
from bot.core.fit import FitWords, fit
from bot.core.messages import Button, Message
from bot.core.platform import ChatGone, RateLimited, Rejected, Unreachable
from bot.core.text import Text, utf16_len
from bot.platforms.bridge.adapter import READ_AGAIN
from bot.platforms.bridge.capabilities import ascii_text
from bot.platforms.bridge.out import decide
from docs.gateway import sms_parts

from .bridge_rig import HOA, SMS, both, said
from .fake_bridge import SECRET, FakeGateway, Fault, refuse


async def test_a_key_is_the_same_for_the_same_message_and_tells_nothing() -> None:
    async with both(FakeGateway()) as two:
        first = await two.bridge.send(HOA, said("một"), key="row:1")
        assert await two.bridge.send(HOA, said("một"), key="row:1") == first
        await two.bridge.send(HOA, said("hai"), key="row:2")
        assert two.gateway.texts() == ["một", "hai"]
        assert all("row" not in key and "c1" not in key for key in two.gateway.keys)


async def test_numbers_that_come_again_after_a_restored_backup_do_not_swallow_a_new_message() -> None:
    async with both(FakeGateway()) as two:
        await two.bridge.send(HOA, said("tin cũ"), key="row:7")
        await two.bridge.send(HOA, said("tin mới"), key="row:7")
        await two.bridge.send(Chat("bridge", "c2", "private"), said("tin cũ"), key="row:7")
        assert two.gateway.texts() == ["tin cũ", "tin mới", "tin cũ"]


async def test_what_has_no_key_is_never_taken_for_a_repeat() -> None:
    async with both(FakeGateway()) as two:
        await two.bridge.send(HOA, said("chào"))
        await two.bridge.send(HOA, said("chào"))
        assert two.gateway.texts() == ["chào", "chào"]


async def test_a_key_stays_when_the_gateway_can_do_less_in_between() -> None:
    """Else the repeat after a lost answer would be a second message."""
    async with both(FakeGateway()) as two:
        two.gateway.faults.append(Fault(taken=True))
        with pytest.raises(Unreachable):
            await two.bridge.send(HOA, said("tiếng Việt"), replacing="9", key="row:1")
        two.gateway.profile = {"private": {"text_limit": 500, "ascii_only": True}}
        await two.gateway.clock.sleep(READ_AGAIN + 1)
        while two.bridge.capabilities["private"].edit:
            await two.bridge.send(HOA, said("khác"), key="row:2")
        await two.bridge.send(HOA, said("tiếng Việt"), replacing="9", key="row:1")
        assert two.gateway.texts() == ["tiếng Việt", "khác"]


@pytest.mark.parametrize(
    ("status", "body", "decision", "maybe_sent"),
    [
        (404, "<html>", Unreachable, False),
        (404, '{"error": "chat_gone"}', ChatGone, None),
        (403, "", Unreachable, False),
        (302, "", Unreachable, False),
        (409, '{"error": "busy"}', Unreachable, True),
        (408, "", Unreachable, True),
        (413, "<html>", Rejected, None),
        (410, '{"error": "chat_moved"}', Unreachable, False),
        (200, "[]", Unreachable, True),
        (503, '{"error": "chat_gone"}', Unreachable, True),
    ],
)
def test_an_answer_is_one_of_the_decisions(
    status: int, body: str, decision: type[Exception], maybe_sent: bool | None
) -> None:
    made = decide(status, "", body.encode())
    assert type(made) is decision
    if isinstance(made, Unreachable):
        assert made.maybe_sent is maybe_sent


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("12", "", 12),
        ("12", '{"error": "rate_limited", "retry_after": 3}', 3),
        ("Wed, 21 Oct 2026", "", 5),
        ("", '{"error": "rate_limited", "retry_after": -3}', 5),
        ("", '{"error": "rate_limited", "retry_after": NaN}', 5),
        ("9" * 30, "", 86_400),
    ],
)
def test_a_wait_is_one_that_a_person_could_wait(header: str, body: str, seconds: float) -> None:
    limited = decide(429, header, body.encode())
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == seconds


async def test_neither_secret_nor_address_is_told_to_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    async with both(FakeGateway()) as two:
        for fault in (Fault(), refuse(401, "unauthorized"), Fault(500), refuse(422, "rejected")):
            two.gateway.faults.append(fault)
            with pytest.raises(Exception) as error:  # noqa: PT011 - whatever it is
                await two.bridge.send(HOA, said("bí mật của bác"))
            assert SECRET not in str(error.value)
            assert two.gateway.base not in str(error.value)
        assert SECRET not in caplog.text
        assert two.gateway.base not in caplog.text
        assert "bí mật" not in caplog.text


async def test_a_notice_by_sms_has_no_diacritics_no_buttons_and_at_most_three_parts() -> None:
    words = "Mời bà con thôn Đồng Sen họp lúc 19 giờ 30 ở nhà văn hoá – nhớ mang “sổ hộ nghèo”… 👵 " * 9
    message = Message(
        Text.of("**Thông báo.** ") + Text.verbatim(words) + Text.of("[Xem thêm](https://xa.example/t/1)"),
        (Button("Đã đọc", "r|1"),),
    )
    async with both(FakeGateway(SMS)) as two:
        caps = two.bridge.capabilities["private"]
        for part in fit(message, caps, link_to=lambda _: None, words=FitWords()).parts:
            await two.bridge.send(HOA, part)
        texts = two.gateway.texts()
        assert len(texts) >= 2
        assert all(text.isascii() and sms_parts(text) <= 3 for text in texts)
        whole = " ".join(texts)
        assert whole.count('Moi ba con thon Dong Sen hop luc 19 gio 30 o nha van hoa - nho mang "so ho ngheo".') == 9
        assert "https://xa.example/t/1" in whole
        assert "Da doc" not in whole, "nobody could choose"
        assert all(not body.message.buttons for body in two.gateway.delivered)


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)])
def test_an_sms_has_160_letters_or_153_in_each_of_several(length: int, parts: int) -> None:
    assert sms_parts("x" * length) == parts


def test_a_text_never_grows_when_its_diacritics_go() -> None:
    """Else what was fitted would no longer fit."""
    for code in range(0x20, 0x1FFFF):
        if not 0xD800 <= code <= 0xDFFF:
            bare = ascii_text(chr(code))
            assert bare.isascii()
            assert len(bare) <= utf16_len(chr(code)), hex(code)
    assert ascii_text("Đường Nguyễn Huệ, số 5 [Hình: đò] ₫ ộ") == "Duong Nguyen Hue, so 5 (Hinh: do) d o"


def test_a_picture_goes_with_the_space_behind_it_and_words_stay_apart() -> None:
    assert ascii_text("✅ Xong.\n⚠️ Chú ý: a 📷 b, c📷 d, 👍") == "Xong.\nChu y: a b, c d, "


async def test_a_message_that_is_only_a_picture_letter_is_still_a_message() -> None:
    async with both(FakeGateway(SMS)) as two:
        await two.bridge.send(HOA, said("👍"))
        assert two.gateway.texts() == ["-"]
