"""Leaflets on paper and on a phone, and the file of all guides without a network, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from bot.features.commune.settings import DEMO
from bot.office import leaflet_pages, styles
from bot.office.guide_html import Voice
from bot.office.offline_page import render
from tests.browser.test_library_pages_browser import SHOTS, opened, violations
from tests.conversations import GUIDES, pictures
from tests.office.test_library_pages import SHIPPED, VNEID, shelf

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def leaflet() -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(styles.routes())
    app.add_routes(leaflet_pages.routes(shelf()))
    app.router.add_static("/media/guides/img", GUIDES / "img")
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url(f"/huong-dan/{VNEID}/to-roi"))
    await server.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of the file, as if it was opened from a memory stick."""
    path = tmp_path / "bai.html"
    voice = Voice("vi", SHIPPED.catalogues.translate, DEMO)
    path.write_text(render(SHIPPED.guides, voice, pictures(tmp_path)), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_a_leaflet_and_nothing_sticks_out(
    chromium: Browser, leaflet: str, width: int
) -> None:
    page = await opened(chromium, leaflet, width, scripts=True)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/leaflet-{width}.png")


async def test_paper_is_large_type_on_a4_without_what_is_only_for_the_screen(chromium: Browser, leaflet: str) -> None:
    page = await opened(chromium, leaflet, 1000, scripts=True)
    printed = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 3, "the longest guide of all"
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", printed)
    await page.emulate_media(media="print")
    smallest: float = await page.evaluate(
        "Math.min(...[...document.querySelectorAll('main p, main li, main h1, main h2')]"
        ".filter(one => one.offsetParent).map(one => parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert smallest >= 14 / 72 * 96 - 0.1
    await expect(page.get_by_text("Kính thưa bà con.")).to_be_hidden()
    await expect(page.get_by_text("Ông bà ơi")).to_be_hidden()
    await expect(page.get_by_text("Chưa làm được thì hỏi ai?")).to_be_visible()
    if SHOTS:
        (Path(SHOTS) / "leaflet.pdf").write_bytes(printed)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_file_by_day_and_by_night(chromium: Browser, file: str, scheme: str) -> None:
    context = await chromium.new_context(
        viewport={"width": 360, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", offline=True
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.goto(file)
    # All guides would take axe a minute; one of them has everything that the others have.
    await page.evaluate(f"document.querySelectorAll('.guide:not(#{VNEID})').forEach(one => one.remove())")
    assert await violations(page) == []
    assert errors == []
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if SHOTS:
        await page.screenshot(path=os.path.join(SHOTS, f"offline-{scheme}.png"))


async def test_the_file_is_searched_without_a_network(chromium: Browser, file: str) -> None:
    page = await opened(chromium, file, 360, scripts=True)
    field = page.get_by_label("Tìm bài")
    await field.fill("CÀI vneid")
    contents = page.get_by_role("navigation")
    wanted = contents.get_by_role("link", name="Cài và kích hoạt VNeID mức 2")
    await expect(wanted).to_be_visible()
    await expect(contents.get_by_role("link", name="Giữ mật khẩu")).to_be_hidden()
    await field.fill("doi may")
    bare = await page.get_by_role("status").text_content()
    await field.fill("Đổi máy")
    await expect(page.get_by_role("status")).to_have_text(bare or "")
    await expect(contents.get_by_role("link", name="VNeID: đổi máy mới")).to_be_visible()
    await field.fill("xyzzyq")
    await expect(page.get_by_role("status")).to_have_text("Có 0 bài.")
    await field.fill("")
    await expect(contents.get_by_role("link", name="Giữ mật khẩu")).to_be_visible()
    await wanted.click()
    await page.locator(f"#{VNEID}").get_by_role("link", name="Không nhớ đã làm chưa").click()
    await expect(page.locator(f"#{VNEID}_khong-nho")).to_be_in_viewport()


async def test_without_javascript_the_file_is_a_table_of_contents(chromium: Browser, file: str) -> None:
    page = await opened(chromium, file, 360)
    await expect(page.get_by_label("Tìm bài")).to_be_hidden()
    await page.get_by_role("navigation").get_by_role("link", name="Giữ mật khẩu").click()
    await expect(page.locator("#mat-khau-otp h2")).to_be_in_viewport()
