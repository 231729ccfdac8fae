"""`/chat?xa=UNIT` on the commune's own site: the visitor is at home there, told once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_link_of_a_village_is_taken_once(tmp_path: Path, chromium: Browser) -> None:
    async with bot("demo", "--port", "0", "--data", str(tmp_path)) as running:
        page = await chromium.new_page()
        await page.goto(f"{running.url}/chat?phone=rich&xa=lac-hien")
        mine = page.locator("article[data-from=me]")
        await expect(mine).to_have_count(1)
        await expect(page.locator("article[data-from=bot]").last).to_contain_text("Bác cần việc gì?")
        await page.reload()
        await page.locator("textarea[name=text]").fill("thôn của tôi")
        await page.locator("button[type=submit]").click()
        await expect(page.locator("article[data-from=bot]").last).to_contain_text("Bác ở thôn Lạc Hiền.")
        await expect(mine).to_have_count(2)
