"""An empty folder in Chromium: `serve` leads to the questions, and from there to the bot that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.platforms.fake_telegram import FakeTelegram
from tests.ports import unused_port
from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TYPED = {
    "xa": "xã Yên Mô",
    "thon": "thôn Lạc Hiền; 120\nthôn Đông Cao; 95",
    "nguoi": "Nguyễn Văn Nam; Chủ tịch",
    "gio_yen_lang": "không",
}
CHOSEN = {"tinh": "Ninh Bình", "ung_dung": "telegram", "cach_zalo": "khong", "thon_dau_tien": "thôn Đông Cao"}


async def test_from_an_empty_folder_to_the_chair_s_code(tmp_path: Path, chromium: Browser) -> None:
    async with FakeTelegram() as telegram:
        own = {"BOT_TELEGRAM_API_BASE": telegram.base, "BOT_PORT": str(unused_port())}
        typed = {**TYPED, "ma_ung_dung": telegram.token}
        async with bot("serve", environ=own, cwd=tmp_path) as running:
            assert running.url.endswith("/bat-dau")
            page = await chromium.new_page()
            await page.goto(running.url)
            for _ in range(15):
                if not await page.locator("input[name=cau]").count():
                    break
                key = await page.locator("input[name=cau]").get_attribute("value") or ""
                if key in typed:
                    await page.locator("[name=tra_loi]").fill(typed[key])
                elif key in CHOSEN and await page.locator("select").count():
                    await page.locator("select").select_option(CHOSEN[key])
                elif key in CHOSEN:
                    await page.locator(f"input[value='{CHOSEN[key]}']").check()
                await page.locator("form button").click()
            await expect(page.locator("h1")).to_have_text("Các câu trả lời")
            await page.locator("form button").click()
            await expect(page.locator("h1")).to_contain_text("Còn việc trên điện thoại")
            await expect(page.locator("h2").first).to_have_text("Mã của Chủ tịch Nguyễn Văn Nam")
            # The page comes again by itself, from the bot that has begun meanwhile.
            await expect(page.locator("ol li").first).to_contain_text("Chủ tịch vào bằng mã QR", timeout=40_000)
            await expect(page.locator("ol li").last).to_contain_text("Thôn Đông Cao xác nhận đã nhận")
