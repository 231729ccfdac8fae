"""Take the pictures of an official's screens for docs/officer.md: `python -m tools.officer_pictures` (Chromium).

They are taken from the demo after its story: the announcement and its receipt, the figures of the villages, the report,
what is due, the state of the machine.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from tests.processes import bot

CHROMIUM = "/usr/bin/chromium"
FOLDER = Path(__file__).parent.parent / "docs" / "img"
OFFICIAL, CHAIR = "official", "chair"
SCREENS = (
    (OFFICIAL, "menu", "officer-menu"),
    (OFFICIAL, "thông báo", "officer-announcements"),
    (OFFICIAL, "tổng hợp", "officer-figures"),
    (OFFICIAL, "/trangthai", "officer-state"),
    (CHAIR, "menu", "chair-menu"),
)
"""On whose phone what is typed, and the name of the picture of the answer."""
_PATIENCE = 60_000
_SIZE = ViewportSize(width=1280, height=900)


def _phone(page: Page, key: str) -> Locator:
    return page.locator(f"section[data-phone={key}]")


async def _ask(page: Page, key: str, words: str) -> Locator:
    phone = _phone(page, key)
    answers = phone.locator("article[data-from=bot]")
    before = await answers.count()
    await phone.locator("textarea[name=text]").fill(words)
    await phone.locator("button[type=submit]").click()
    await expect(answers.nth(before)).to_be_visible(timeout=_PATIENCE)
    return phone


async def main() -> None:
    with TemporaryDirectory() as data:
        async with async_playwright() as playwright, bot("demo", "--port", "0", "--data", data) as running:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(viewport=_SIZE)
            await page.goto(running.url)
            await page.get_by_role("button", name="Xem thử").click()
            await expect(page.locator("#story")).to_have_attribute("data-state", "over", timeout=4 * _PATIENCE)
            for key, words, name in SCREENS:
                phone = await _ask(page, key, words)
                await phone.screenshot(path=FOLDER / f"{name}.png")
            phone = await _ask(page, OFFICIAL, "thông báo")
            answers = phone.locator("article[data-from=bot]")
            before = await answers.count()
            await phone.locator("button[data-choice]").filter(has_text="TB-0001").last.click()
            await expect(answers.nth(before)).to_be_visible(timeout=_PATIENCE)
            # The text of the announcement stands first; what became of it is below.
            await answers.last.evaluate("node => node.scrollIntoView({block: 'end', behavior: 'instant'})")
            await page.wait_for_timeout(500)
            await phone.screenshot(path=FOLDER / "officer-receipt.png")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
