"""The bot as a process, people on fake messengers, real HTTP between: a guide through a power cut, and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.platforms.fake_telegram import FakeTelegram, Person, bad_gateway, drop, too_many
from tests.platforms.fake_zalo import DROP_AFTER, DROP_BEFORE, HTML_502, FakeZalo, error
from tests.ports import unused_port
from tests.processes import Bot, bot

PATIENCE = 30
GUIDE = "Nhận đơn, đóng gói và cam kết chất lượng"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


def _telegram(server: FakeTelegram, folder: Path, mode: str, port: int) -> dict[str, str]:
    return {
        "BOT_PLATFORMS": "telegram",
        "BOT_TELEGRAM_TOKEN": server.token,
        "BOT_TELEGRAM_API_BASE": server.base,
        "BOT_TELEGRAM_MODE": mode,
        "BOT_TELEGRAM_POLL_SECONDS": "2",
        "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
        "BOT_DATA_DIR": str(folder),
        "BOT_PORT": str(port),
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_on_telegram_a_guide_goes_on_after_a_power_cut_and_a_group_turns_pages(tmp_path: Path, mode: str) -> None:
    async with FakeTelegram() as telegram:
        environ = _telegram(telegram, tmp_path, mode, unused_port())
        hoa, lan = telegram.person("Hoa"), telegram.person("Lan")
        group = telegram.group("Thôn Lạc Hiền")

        def hears(words: str, where: object = hoa) -> Callable[[], bool]:
            return lambda: any(words in m.text for m in telegram.shown(where))  # type: ignore[arg-type]

        async with bot("serve", environ=environ) as first:
            await _ready(telegram, mode)
            await telegram.says(hoa, "/start")
            await _until(hears("máy trả lời tự động"))
            await telegram.says(hoa, "dong goi hang")
            await _until(hears("Có phải bác cần"))
            await telegram.presses(hoa, GUIDE)
            await _until(hears("Ký bản cam kết"))
            await telegram.presses(hoa, "Tiếp")
            await _until(hears("Mở ứng dụng bán hàng mỗi sáng"))
            await _cut(first)
        async with bot("serve", environ=environ):
            await telegram.presses(hoa, "Tiếp")
            await _until(hears("Đọc đơn: tên hàng"))
            await telegram.says(lan, "@lang_bot dong goi hang", group)
            await _until(hears("Có phải bác cần", group))
            await telegram.presses(hoa, GUIDE, group)
            await _until(hears("Mở riêng cho bác", group))
            await telegram.presses(lan, "Tiếp", group)
            await _until(hears("Mở ứng dụng bán hàng mỗi sáng", group))
            await telegram.says(lan, "hôm nay trời đẹp", group)
            await telegram.says(hoa, "tiep tuc")
            await _until(lambda: sum("Đọc đơn: tên hàng" in m.text for m in telegram.shown(hoa)) == 2)
        assert len(telegram.called("answerCallbackQuery")) == 5


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_on_zalo_the_same_by_numbers(tmp_path: Path, mode: str) -> None:
    async with FakeZalo() as zalo:
        port = unused_port()
        environ = {
            "BOT_PLATFORMS": "zalo",
            "BOT_ZALO_TOKEN": zalo.token,
            "BOT_ZALO_API_BASE": zalo.base,
            "BOT_ZALO_MODE": mode,
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }

        def hears(words: str, chat: str = "u1", times: int = 1) -> Callable[[], bool]:
            return lambda: sum(words in text for text in zalo.heard(chat)) >= times

        async with bot("serve", environ=environ) as first:
            await _until(lambda: zalo.webhook is not None if mode == "webhook" else "getUpdates" in zalo.calls)
            await zalo.says("xin chào")
            await _until(hears("máy trả lời tự động"))
            await zalo.says("dong goi hang")
            await _until(hears("Có phải bác cần"))
            await zalo.says("1")
            await _until(hears("Ký bản cam kết"))
            await zalo.says("số 1")
            await _until(hears("Mở ứng dụng bán hàng mỗi sáng"))
            await _cut(first)
        async with bot("serve", environ=environ):
            await _until(lambda: mode == "webhook" or zalo.calls.count("getMe") >= 2)
            await zalo.says("tiep")
            await _until(hears("Đọc đơn: tên hàng"))
            await zalo.says("dong goi hang", chat="zgr-1", mention=zalo.account_name, who="u2", name="Lan")
            await _until(hears("Có phải bác cần", "zgr-1"))
            await zalo.says("1", chat="zgr-1", mention=zalo.account_name, who="u2", name="Lan")
            await _until(hears("Ký bản cam kết", "zgr-1"))
            await zalo.says("hôm nay trời đẹp", chat="zgr-1", who="u2", name="Lan")


async def test_through_every_fault_of_telegram_no_press_stays_without_an_answer(tmp_path: Path) -> None:
    """429, HTML for 502, connections lost before and after acceptance, repeats: each press is answered and shown."""
    async with FakeTelegram() as telegram:
        hoa = telegram.person("Hoa")
        async with bot("serve", environ=_telegram(telegram, tmp_path, "polling", unused_port())):
            await telegram.says(hoa, "chữ lớn")
            await _until(lambda: _offered(telegram, hoa, "Chữ thường"))
            telegram.fail(
                "sendMessage", too_many(1), bad_gateway(), drop(accepted=False), drop(accepted=True), too_many(1)
            )
            telegram.fail("getUpdates", bad_gateway(), drop(accepted=False), drop(accepted=True))
            for label in ("Chữ thường", "Chữ lớn", "Chữ thường", "Chữ lớn"):
                before = len(telegram.shown(hoa))
                await telegram.presses(hoa, label)
                following = "Chữ lớn" if label == "Chữ thường" else "Chữ thường"
                await _until(lambda before=before, next=following: _offered(telegram, hoa, next, before))  # type: ignore[misc]
        pressed = len(telegram.called("answerCallbackQuery"))
        assert pressed == 4
        answers = [m.text for m in telegram.shown(hoa) if "Đã về cỡ chữ thường." in m.text]
        lost_after_acceptance = 1
        assert 2 <= len(answers) <= 2 + lost_after_acceptance


async def test_through_the_faults_of_zalo_nothing_is_sent_twice(tmp_path: Path) -> None:
    """A send that may have arrived is not repeated where messages are metered; one that surely did not, is."""
    async with FakeZalo() as zalo:
        environ = {
            "BOT_PLATFORMS": "zalo",
            "BOT_ZALO_TOKEN": zalo.token,
            "BOT_ZALO_API_BASE": zalo.base,
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }
        async with bot("serve", environ=environ):
            await zalo.says("cảm ơn")
            await _until(lambda: any("Không có gì" in text for text in zalo.heard("u1")))
            for fault in (DROP_AFTER, HTML_502, DROP_BEFORE):
                zalo.fail("sendMessage", fault)
                before = zalo.sends
                await zalo.says("cảm ơn")
                await _until(lambda before=before: zalo.sends > before)  # type: ignore[misc]
            zalo.fail("sendMessage", error(400, "bad request"))
            await zalo.says("cảm ơn")
            await zalo.says("menu")
            await _until(lambda: any("Bác cần việc gì?" in text for text in zalo.heard("u1")))
        assert len(zalo.heard("u1")) == len({item.message_id for item in zalo.accepted})
        assert sum("Không có gì" in text for text in zalo.heard("u1")) == 3


def _offered(telegram: FakeTelegram, who: Person, label: str, after: int = 0) -> bool:
    """Whether a message after the first `after` has this button."""
    return any(key.text == label for message in telegram.shown(who)[after:] for key in message.keys)


async def _ready(telegram: FakeTelegram, mode: str) -> None:
    await _until(lambda: telegram.webhook is not None if mode == "webhook" else bool(telegram.called("getUpdates")))


async def _cut(running: Bot) -> None:
    await running.kill()
