"""The public pages in a real browser, without JavaScript, on a small phone, a large screen and paper."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import axe_core_python
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.features.commune.settings import DEMO
from bot.office import styles
from bot.office.library_pages import routes
from bot.office.shelf import Shelf
from tests.conversations import GUIDES, content

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOTS = os.environ.get("BROWSER_SHOTS")
"""A folder for pictures of the pages, to be looked at by a person; none by default."""
AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
SIZES = pytest.mark.parametrize("width", [360, 1280])
PAGES = {
    "list": "/",
    "found": "/?q=cai+vneid",
    "nothing": "/?q=xyzzyq",
    "guide": "/huong-dan/vneid-cai-dat-muc-2",
    "english": "/huong-dan/phong-lua-dao-gia-danh?lang=en",
    "archival": "/huong-dan/pc-covid-luu-tru",
    "missing": "/huong-dan/khong-co",
}


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[str]:
    shipped = content()
    app = web.Application()
    shelf = Shelf(
        shipped.guides,
        shipped.search,
        lambda code: DEMO,
        shipped.catalogues.translate,
        shipped.catalogues.names,
        "/chat",
    )
    app.add_routes(styles.routes())
    app.add_routes(routes(shelf, home=True))
    app.router.add_static("/media/guides/img", GUIDES / "img")
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def opened(chromium: Browser, address: str, width: int, *, scripts: bool = False) -> Page:
    size: ViewportSize = {"width": width, "height": 800}
    context = await chromium.new_context(viewport=size, locale="vi-VN", java_script_enabled=scripts)
    page = await context.new_page()
    await page.goto(address)
    return page


async def violations(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(
        "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
    )
    return found


@SIZES
@pytest.mark.parametrize("name", list(PAGES))
async def test_axe_finds_nothing_and_nothing_sticks_out(chromium: Browser, site: str, name: str, width: int) -> None:
    page = await opened(chromium, site + PAGES[name], width, scripts=True)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    assert await violations(page) == []
    sticking_out: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sticking_out <= 0
    assert errors == []
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/library-{name}-{width}.png")


async def test_a_resident_searches_reads_and_follows_a_branch_without_javascript(chromium: Browser, site: str) -> None:
    page = await opened(chromium, site, 360)
    await page.get_by_label("Tìm bài").fill("cai vneid")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("link", name="Cài và kích hoạt VNeID mức 2").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cài và kích hoạt VNeID mức 2")
    await page.get_by_role("link", name="Không nhớ đã làm chưa").click()
    await expect(page.locator("#khong-nho")).to_be_in_viewport()
    picture = page.get_by_role("img", name="Hai biểu tượng đặt cạnh nhau.")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_be_visible()
    answer = page.locator("#cau-1 details")
    await expect(answer.get_by_text("Mức 2 phải đến công an")).to_be_hidden()
    await answer.get_by_text("Xem câu trả lời").click()
    await expect(answer.get_by_text("Mức 2 phải đến công an")).to_be_visible()


async def test_the_keyboard_jumps_over_the_head_of_the_page(chromium: Browser, site: str) -> None:
    page = await opened(chromium, site + PAGES["guide"], 1280)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    await page.keyboard.press("Enter")
    assert page.url.endswith("#_noi-dung")


async def test_paper_shows_steps_and_answers_but_no_buttons(chromium: Browser, site: str) -> None:
    page = await opened(chromium, site + PAGES["guide"], 1280)
    await page.emulate_media(media="print")
    await expect(page.locator("#cau-1 div.paper")).to_be_visible()
    await expect(page.get_by_role("link", name="Không nhớ đã làm chưa (mục 2)")).to_be_visible()
    await expect(page.locator("#khong-nho h2")).to_have_text("2. Hỏi lại cho chắc")
    await expect(page.get_by_role("link", name="Hỏi máy trả lời từng bước")).to_be_hidden()
    await expect(page.locator("#kho-ung-dung")).to_be_visible()
    if SHOTS:
        await page.pdf(path=f"{SHOTS}/library-guide.pdf", format="A4")


async def test_on_screen_each_step_of_every_guide_has_its_number_and_nothing_that_is_for_paper(
    chromium: Browser, site: str
) -> None:
    """Mechanism: what is for paper is hidden by a rule that no other can outrank."""
    page = await opened(chromium, site, 1280, scripts=True)
    for guide in content().guides:
        await page.goto(f"{site}/huong-dan/{guide.slug}", wait_until="domcontentloaded")
        seen: list[str] = await page.evaluate(
            "[...document.querySelectorAll('.paper')].filter(one => one.getClientRects().length)"
            ".map(one => one.innerText)"
        )
        assert seen == [], f"{guide.slug} shows on the screen what is for paper"
        headings = await page.locator("section.step h2").all_inner_texts()
        numbers = [heading.partition(". ")[0] for heading in headings]
        assert numbers == [str(number) for number in range(1, len(guide.steps) + 1)], guide.slug
