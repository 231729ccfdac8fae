"""“Xem thử”: the demo plays a whole story through the real bot; whoever touches a phone takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = 120_000
"""Milliseconds; the story waits for a reminder, and this machine may be busy."""


async def _hears(page: Page, phone: str, words: str) -> None:
    log = page.locator(f"section[data-phone={phone}] [role=log]")
    await expect(log).to_contain_text(words, timeout=LONG)


@pytest.mark.timeout(300)
async def test_the_story_goes_from_a_question_to_the_receipt_and_a_neighbour_s_answer(
    chromium: Browser, tmp_path: Path
) -> None:
    page = await chromium.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    story = page.locator("#story")
    async with bot("demo", "--port", "0", "--data", str(tmp_path)) as running:
        await page.goto(f"{running.url}/?pace=0")
        await page.get_by_role("button", name="Xem thử").click()
        await expect(story).to_have_attribute("data-state", "playing")

        # A person touches a phone: the story waits for them, and goes on from where it was.
        await page.locator("section[data-phone=leader] textarea").click()
        await expect(story).to_have_attribute("data-state", "paused")
        await expect(story.get_by_role("status")).to_contain_text("Đã tạm dừng")
        await page.get_by_role("button", name="Xem tiếp").click()

        await _hears(page, "leader", "Có người cần giúp")
        await _hears(page, "chair", "Đã duyệt cho 3 nhóm")
        for group in ("group", "group-2", "group-3"):
            await _hears(page, group, "bão số 5, gió mạnh cấp 9")
            await expect(page.locator(f"section[data-phone={group}] audio")).to_have_count(1, timeout=LONG)
        await _hears(page, "leader", "chưa ai xác nhận")
        await _hears(page, "official", "Đã xác nhận: 3/3 thôn.")
        await expect(page.locator("section[data-phone=official] a.file")).to_have_count(1, timeout=LONG)

        # The leader did not answer the resident, so the deputy was asked, answers, and the resident is helped.
        await _hears(page, "member", "Ký ở đâu, ai giữ tờ giấy?")
        await _hears(page, "plain", "Bác ra nhà văn hóa thôn, cháu mang sẵn tờ giấy")
        await expect(story).to_have_attribute("data-state", "over", timeout=LONG)
        await _hears(page, "rich", "❌ Xã không gửi thông báo số TB-9999")
    assert faults == []
    await page.close()
