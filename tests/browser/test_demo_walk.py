"""`make demo` as an official would try it: a guide from the menu to the result, on both phones, through a power cut."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOTS = os.environ.get("DEMO_SHOTS")
"""A folder for the pictures of the README; none by default."""
GUIDE = "Nhận đơn, đóng gói và cam kết chất lượng"


@dataclass
class Phone:
    """One of the phones on the stage."""

    page: Page
    key: str

    @property
    def place(self) -> Locator:
        return self.page.locator(f"section[data-phone={self.key}]")

    @property
    def newest(self) -> Locator:
        return self.place.locator("article[data-from=bot]").last

    async def says(self, text: str) -> None:
        await self.place.locator("textarea[name=text]").fill(text)
        await self.place.locator("button[type=submit]").click()

    async def picks(self, label: str) -> None:
        """Press the newest button with this label, or type the number that stands before it."""
        if self.key == "rich":
            await self.place.locator("button[data-choice]").get_by_text(label, exact=True).last.click()
            return
        lines = (await self.newest.inner_text()).splitlines()
        number = next(line.split(".")[0] for line in lines if line.strip().endswith(f". {label}"))
        await self.says(number)

    async def hears(self, words: str) -> None:
        await expect(self.newest).to_contain_text(words)


async def _walk(phone: Phone) -> None:
    """Menu, guide, branch, back."""
    await phone.says("menu")
    await phone.hears("Bác cần việc gì?")
    await phone.picks("Hướng dẫn")
    await phone.hears("Bác cần hướng dẫn về việc gì?")
    await phone.says("dong goi hang")
    await phone.hears("Có phải bác cần")
    await phone.picks(GUIDE)
    await phone.hears("Ký bản cam kết")
    await phone.picks("Tiếp")
    await phone.hears("Mở ứng dụng bán hàng mỗi sáng")
    await phone.picks("Tiếp")
    await phone.hears("Đọc đơn: tên hàng")
    await phone.picks("Tiếp")
    await phone.hears("Hàng khách đặt có còn không?")
    await phone.picks("Hết hàng")
    await phone.hears("Báo khách ngay")
    await phone.picks("Quay lại")
    await phone.hears("Hàng khách đặt có còn không?")
    await phone.picks("Còn, là hàng khô")
    await phone.hears("Xác nhận")


async def _quiz(phone: Phone) -> None:
    await phone.says("/start g_nhan-don-dong-goi-cam-ket_cau-1")
    await phone.hears("điều gì giữ khách lâu nhất?")
    await phone.picks("Giao đúng hàng, đúng chất lượng đã cam kết")
    await phone.hears("Đúng rồi!")
    await phone.picks("Tiếp")
    await phone.hears("nhận tiền hàng")
    await phone.picks("Đọc mã OTP vì đó là tiền khách trả cho mình")
    await phone.hears("Chưa đúng.")
    await phone.picks("Tiếp")
    await phone.hears("Chụp ảnh lúc đóng gói để làm gì?")
    await phone.picks("Làm bằng chứng khi khách khiếu nại")
    await phone.hears("Đúng rồi!")
    await phone.picks("Xem kết quả")
    await phone.hears("bác đúng 2/3 câu")


async def test_a_guide_is_followed_to_its_result_on_both_phones_through_a_power_cut(
    chromium: Browser, tmp_path: Path
) -> None:
    size: ViewportSize = {"width": 1280, "height": 900}
    page = await chromium.new_page(viewport=size)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    phones = (Phone(page, "rich"), Phone(page, "plain"))
    async with bot("demo", "--port", "0", "--data", str(tmp_path)) as first:
        await page.goto(first.url)
        await expect(page.get_by_text("Bản dùng thử").first).to_be_visible()
        for phone in phones:
            await _walk(phone)
        await _shoot(page, "demo-1280.png")
        port = str(urlsplit(first.url).port)
        await first.kill()
    async with bot("demo", "--port", port, "--data", str(tmp_path)):
        for phone in phones:
            await phone.says("tiep tuc")
            await phone.hears("Xác nhận")
            await _quiz(phone)
        await page.set_viewport_size({"width": 360, "height": 780})
        await page.evaluate("document.querySelector('[data-phone=rich]').scrollIntoView()")
        await _shoot(page, "demo-360.png")
    assert faults == []
    await page.close()


async def _shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=Path(SHOTS) / name)
