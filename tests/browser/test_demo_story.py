"""“Xem thử”: the demo plays a whole story through the real bot; whoever touches a phone takes over."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = 120_000
"""Milliseconds; the story waits for a reminder, and this machine may be busy."""


async def _hears(page: Page, phone: str, words: str) -> None:
    log = page.locator(f"section[data-phone={phone}] [role=log]")
    await expect(log).to_contain_text(words, timeout=LONG)


@pytest.mark.timeout(600)
async def test_the_story_plays_again_and_again_on_the_same_data_after_whatever_cut_it_short(
    chromium: Browser, tmp_path: Path
) -> None:
    """Mechanism: only what was said since it began counts, a label that was learnt names what belongs to this time,
    and steps for what an earlier time left open."""
    page = await chromium.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    story = page.locator("#story")
    async with bot("demo", "--port", "0", "--data", str(tmp_path)) as first:
        await page.goto(f"{first.url}/?pace=0")
        await page.get_by_role("button", name="Xem thử").click()
        # A neighbour waits for help and a draft is half written when the power fails.
        await _hears(page, "official", "Bà con cần làm gì?")
        port = str(urlsplit(first.url).port)
        await first.kill()
    async with bot("demo", "--port", port, "--data", str(tmp_path)):
        await page.reload()
        await page.get_by_role("button", name="Xem thử").click()
        await expect(story).to_have_attribute("data-state", "playing")

        # A person touches a phone: the story waits for them, and goes on from where it was.
        await page.locator("section[data-phone=leader] textarea").click()
        await expect(story).to_have_attribute("data-state", "paused")
        await expect(story.get_by_role("status")).to_contain_text("Đã tạm dừng")
        await page.get_by_role("button", name="Xem tiếp").click()
        await _plays_to_its_end(page, helped=1, sound=1)

        await page.get_by_role("button", name="Xem lại").click()
        await expect(story).to_have_attribute("data-state", "playing")
        await _plays_to_its_end(page, helped=2, sound=2)
    assert faults == []
    await page.close()


async def _plays_to_its_end(page: Page, *, helped: int, sound: int) -> None:
    """From a question to the receipt and a neighbour's answer; so many times in all."""
    await expect(page.locator("#story")).to_have_attribute("data-state", "over", timeout=LONG)
    assert await _count(page, "official", "Đã xác nhận: 3/3 thôn.") >= 1
    assert await _count(page, "chair", "Đã duyệt cho 3 nhóm") == sound
    for group in ("group", "group-2", "group-3"):
        await expect(page.locator(f"section[data-phone={group}] audio")).to_have_count(sound, timeout=LONG)
    # The village whose own group takes no bot has it through a person, who was asked and says so each time.
    assert await _count(page, "relay", "Nhờ bác chuyển tin") == sound
    assert await _count(page, "relay", "✅ Đã ghi: thôn Cầu Đá") == sound
    await expect(page.locator("section[data-phone=official] a.file")).to_have_count(sound, timeout=LONG)
    # Whoever was asked first did not answer the resident, so another one was, answers, and the resident is helped.
    assert await _count(page, "plain", "Bác ra nhà văn hóa thôn, cháu mang sẵn tờ giấy") == helped
    await _hears(page, "rich", "❌ Xã không gửi thông báo số TB-9999")


async def _count(page: Page, phone: str, words: str) -> int:
    return await page.locator(f"section[data-phone={phone}] article[data-from=bot]").filter(has_text=words).count()


async def test_all_that_was_tried_is_thrown_away_on_request_and_the_demo_begins_anew(
    chromium: Browser, tmp_path: Path
) -> None:
    """Mechanism: the process ends its bot, empties the folder, and begins another one at the same address."""
    page = await chromium.new_page(viewport={"width": 1280, "height": 900})
    async with bot("demo", "--port", "0", "--data", str(tmp_path)) as running:
        await page.goto(running.url)
        rich = page.locator("section[data-phone=rich]")
        await rich.locator("textarea").fill("cai vneid")
        await rich.get_by_role("button", name="Gửi").click()
        await _hears(page, "rich", "Có phải bác cần")
        key = (tmp_path / "secret_key").read_bytes()
        page.on("dialog", lambda asked: asked.accept())
        async with page.expect_event("load", timeout=LONG):
            await page.get_by_role("button", name="Xóa hết, bắt đầu lại").click()
        await expect(rich.get_by_role("button", name="Bắt đầu", exact=True)).to_be_visible()
        await expect(rich.locator("article")).to_have_count(0)
        await expect(page.get_by_role("button", name="Xem thử")).to_be_visible()
        assert (tmp_path / "secret_key").read_bytes() == key
        async with page.expect_popup() as opened:
            await page.get_by_role("link", name="Hàng của bà con").click()
        goods = await opened.value
        await expect(goods.get_by_role("heading", name="Chuối tiêu hồng vườn nhà (ví dụ)")).to_be_visible()
        await goods.get_by_role("link", name="Thông báo", exact=True).click()
        await goods.get_by_role("link", name="Bản dùng thử").click()
        await expect(goods.get_by_role("button", name="Xem thử")).to_be_visible()
    await page.close()
