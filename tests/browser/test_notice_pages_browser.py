"""The public announcements in a real browser: small phone, large screen, keyboard and paper."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from bot.core.messages import Attachment
from bot.core.text import Text
from bot.office import styles
from bot.office.notice_pages import routes
from tests.browser.test_library_pages_browser import opened, violations
from tests.office.test_notice_pages import MP3, Kept, announced, board

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOTS = os.environ.get("BROWSER_SHOTS")
PAGES = {
    "list": "/thong-bao",
    "one": "/thong-bao/TB-0010",
    "english": "/thong-bao?lang=en",
    "missing": "/thong-bao/x",
    "poster": "/thong-bao/TB-0009/ap-phich",
    "urgent": "/thong-bao/TB-0006",
    "urgent-poster": "/thong-bao/TB-0006/ap-phich",
}
STORM = announced(
    6, title="Bão số 5", text=Text.verbatim("Từ 18 giờ chằng chống nhà cửa, không ra đồng. " * 8), urgent=True
)
LITTLE = announced(
    7, title="Mời họp thôn " * 3 + "ở đình", text=Text.verbatim("Mời bà con đến đúng 19 giờ 30 thứ Bảy. \n" * 3)
)
LONG = announced(
    8, title="Tổ công nghệ " * 9, text=Text.verbatim("Mời bà con đến nhà văn hóa thôn cài VNeID mức 2.\n" * 9)
)


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[str]:
    paper = Attachment("file", "a.pdf", "Giấy mời họp thôn tháng 11 của Ủy ban nhân dân xã.pdf", 12_345)
    kept = Kept(
        [
            STORM,
            LITTLE,
            LONG,
            announced(9),
            announced(10, corrected_by=11, attachments=(MP3, paper)),
            announced(11, corrects=10),
        ]
    )
    app = web.Application()
    app.add_routes(styles.routes())
    app.add_routes(routes(board(kept)))
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_and_nothing_sticks_out_of_announcements(
    chromium: Browser, site: str, width: int
) -> None:
    for name, path in PAGES.items():
        page = await opened(chromium, site + path, width, scripts=True)
        assert await violations(page) == [], name
        sticking_out: int = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sticking_out <= 0, name
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/notices-{name}-{width}.png")
        await page.context.close()


async def test_a_resident_goes_from_the_wrong_one_to_its_correction_and_prints_it(chromium: Browser, site: str) -> None:
    page = await opened(chromium, site + "/thong-bao", 360)
    await page.get_by_role("link", name="TB-0010: Họp thôn lần 10").click()
    await page.get_by_role("link", name="đã được đính chính").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("TB-0011: Họp thôn lần 11")
    await page.emulate_media(media="print")
    await expect(page.get_by_text("Mời bà con họp lúc")).to_be_visible()
    await expect(page.get_by_role("link", name="Xem tất cả thông báo")).to_be_hidden()


async def test_an_urgent_notice_stands_out_on_screen_and_on_paper(chromium: Browser, site: str) -> None:
    for path, look in (("/thong-bao/TB-0006", "3px"), ("/thong-bao/TB-0006/ap-phich", "3px")):
        page = await opened(chromium, site + path, 1000, scripts=True)
        band = page.locator("article.urgent .band")
        await expect(band).to_be_visible()
        await expect(band).to_have_css("background-color", "rgb(138, 28, 18)")
        await expect(page.locator("article.urgent")).to_have_css("border-top-width", look)
        await page.emulate_media(media="print")
        await expect(band).to_be_visible()
        await expect(band).to_have_css("color", "rgb(0, 0, 0)")
        if SHOTS:
            await page.pdf(path=f"{SHOTS}/urgent{path.count('/')}.pdf", prefer_css_page_size=True)
        await page.context.close()


async def test_a_poster_is_one_sheet_however_long_its_announcement(chromium: Browser, site: str) -> None:
    for number in (6, 7, 8, 9):
        page = await opened(chromium, f"{site}/thong-bao/TB-000{number}/ap-phich", 1000, scripts=True)
        printed = await page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        await page.emulate_media(media="print")
        await expect(page.get_by_text("Quét mã này để đọc trên điện thoại")).to_be_visible()
        await expect(page.get_by_text("Bản ngắn")).to_be_hidden()
        await page.context.close()
