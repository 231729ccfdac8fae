"""The cookie of the chat in a real browser: the page itself fetches another one when its visitor's rights change."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.text import Text
from tests.kit import MemoryLog, make_kit
from tests.platforms.test_web import running, served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def _cookie(context: BrowserContext) -> str:
    (cookie,) = await context.cookies()
    return str(cookie.get("value"))


async def test_a_page_on_which_somebody_agreed_has_another_cookie_and_goes_on(chromium: Browser) -> None:
    """A cookie that was copied before is a stranger's; the page that agreed shows all that it showed."""
    agreed: set[str] = set()

    async def standing(native_id: str) -> str:
        return "agreed" if native_id in agreed else ""

    log = MemoryLog()

    async def answered(chat_id: str, number: int) -> str | None:
        return log.entries[chat_id][number - 1][0]

    kit = replace(make_kit(log=log), standing=standing, answered=answered)
    async with running(kit, [served(kit)]) as house:
        context = await chromium.new_context()
        page = await context.new_page()
        # A page that has no socket yet sends a form; its rights are then looked at later than this test means.
        async with page.expect_websocket() as opening:
            await page.goto(f"{house.base}/chat")
        assert not (await opening.value).is_closed()
        before = await _cookie(context)
        await page.locator("textarea[name=text]").fill("đồng ý")
        await page.locator("button[type=submit]").click()
        await expect(page.locator("article")).to_have_count(1)
        await expect(page.locator("article").first).to_contain_text("đồng ý")
        while not house.notes.events:
            await page.wait_for_timeout(10)
        event = house.notes.events[-1]
        agreed.add(event.sender.id)
        async with page.expect_response("**/chat/renew*") as renewal:
            await house.platforms["web"].send(event.chat, Message(Text.of("Cảm ơn bác.")), key=event.id)
        assert (await renewal.value).status == 204
        assert await _cookie(context) != before
        await page.reload()
        await expect(page.locator("article")).to_have_count(2)
        thief = await chromium.new_context()
        await thief.add_cookies([{"name": "langso_visitor", "value": before, "url": house.base}])
        stolen = await thief.new_page()
        await stolen.goto(f"{house.base}/chat")
        assert await _cookie(thief) not in (before, await _cookie(context))
        await expect(stolen.locator("article")).to_have_count(0)
