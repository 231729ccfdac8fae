"""Every page of the desk in a real browser: no fault for axe, nothing sticks out, on a phone and at a table, by night.

`make desk` runs it; `BROWSER_SHOTS=folder make desk` keeps a picture of each page to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import axe_core_python
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.difficulties import difficulties
from bot.features.meetings import book
from bot.features.people import people
from bot.features.privacy_requests import register
from bot.features.rights.table import LEADER, MEMBER
from bot.features.tasks import board
from bot.framework.process import CLOCK
from bot.office.desk.visit import HOME
from tests.office.desk.news_room import NewsRoom, commune_id
from tests.office.desk.seats import Office, office

pytestmark = [pytest.mark.browser, pytest.mark.desk_walk, pytest.mark.asyncio(loop_scope="session")]

SHOTS = os.environ.get("BROWSER_SHOTS")
AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
_RUN = "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
GUIDE = "bhyt-vneid-vssid"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def below(desk: Office) -> Sequence[str]:
    """The pages that others lead to: what they are about is there."""
    now, commune = CLOCK.now(), await commune_id()
    officer, day = await desk.person("officer"), today(now)
    place = (await units.villages(commune, day))[0]
    sent = await NewsRoom(desk).sent("Sáng mai bà con mang căn cước đến nhà văn hóa thôn để được hướng dẫn.")
    trouble = await difficulties.raise_one(place.id, "Sóng yếu, không mở được ứng dụng", reporter=None, owner=None,
                                           now=now)  # fmt: skip
    task = await board.draft(place.id, "Phát tờ rơi", "", day, giver=officer, now=now)
    await board.give(task, officer, now, giver=officer)
    async with in_transaction():
        member = await people.create("Ông Tám", now, phone="0912000111", listed=True)
        for role in (LEADER, MEMBER):
            await people.grant(member, role, place.id, now)
        await people.end_all(member, MEMBER, place.id, now)
        meeting = await book.call(place.id, "village", "Họp quý 4", now, "Nhà văn hóa", "Vệ sinh đường làng", by=None,
                                  now=now)  # fmt: skip
        for came in (day - timedelta(days=12), day):
            await register.note(desk.bot.services.audit, commune, "see", "Bà Hoa, thôn Lạc Hiền", "Xin xem tôi có tên "
                                "trong danh sách nào", came, by=officer, now=now)  # fmt: skip
        await book.hold(meeting, 31, ["Quét đường mỗi thứ bảy"], [], now)
    figures = "/so-lieu"
    return [
        f"/thong-bao/{sent.label}/chua-ro", "/chi-tieu/da-doi",
        f"/thong-bao/{sent.label}", "/thong-bao/soan", f"{figures}?xem=het", f"{figures}/sua",
        f"{figures}/sua?noi={place.code}", f"{figures}/o?noi={place.code}&chi-tieu=CQ01", f"{figures}/dan",
        f"{figures}/tien-do", f"{figures}/tien-do?chi-tieu=CQ01", f"{figures}/dot", f"/thon/{place.code}",
        f"/nguoi/{officer}", f"/nguoi/{member}", f"/hop/{meeting.id}", "/phan-mem",
        "/nguoi?tim=Lan", "/nguoi/nhap", f"/kho-khan/{trouble.id}", f"/viec/{task.id}", f"/bai/{GUIDE}",
        f"/bai/{GUIDE}/sua", "/toi", "/thanh-phan",
    ]  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
async def test_every_page_is_whole_for_everybody(
    chromium: Browser, desk: Office, below: Sequence[str], width: int, scheme: str
) -> None:
    size: ViewportSize = {"width": width, "height": 800}
    context = await chromium.new_context(viewport=size, locale="vi-VN", color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(f"{desk.origin}{HOME}")
    await page.click("button >> nth=0")
    addresses = await page.eval_on_selector_all("nav.pages a", "all => all.map(one => one.getAttribute('href'))")
    assert len(addresses) >= 2
    faults: dict[str, object] = {}
    for address in (*addresses, *(HOME + one for one in below)):
        shown = await page.goto(f"{desk.origin}{address}")
        assert shown is not None
        assert shown.status == 200, address
        await page.evaluate(AXE.read_text("utf-8"))  # not as a script of the page: its policy takes none
        found = [*await page.evaluate(_RUN)]
        if wider := await page.evaluate(_WIDER):
            found.append(f"{wider} pixels stick out")
        if found:
            faults[address] = found
        if SHOTS:
            name = re.sub(r"[/?&=]+", "-", address.strip("/"))
            await page.screenshot(path=Path(SHOTS) / f"desk-{name}-{width}.png", full_page=True)
            if scheme == "light":
                await page.pdf(path=Path(SHOTS) / f"desk-{name}.pdf", format="A4")
    assert faults == {}
    assert said == []


async def _signed_in(chromium: Browser, desk: Office) -> Page:
    context = await chromium.new_context(locale="vi-VN")
    page = await context.new_page()
    await page.goto(f"{desk.origin}{HOME}/vao")
    await page.click("button >> nth=0")
    return page


async def test_the_first_view_is_small_and_asks_nobody_else(chromium: Browser, desk: Office) -> None:
    """At most 150 kB and 7 requests to our own host; a later page at most 20 kB, with everything else kept."""
    page = await _signed_in(chromium, desk)
    client = await page.context.new_cdp_session(page)
    await client.send("Network.enable")
    await client.send("Network.clearBrowserCache")
    weights: list[float] = []
    hosts: set[str] = set()
    client.on("Network.loadingFinished", lambda one: weights.append(one["encodedDataLength"]))
    page.on("request", lambda one: hosts.add(one.url))
    await page.goto(f"{desk.origin}{HOME}", wait_until="networkidle")
    assert all(one.startswith((desk.origin, "data:")) for one in hosts)
    assert len(hosts) <= 7, hosts
    assert sum(weights) <= 150_000, weights
    weights.clear()
    hosts.clear()
    await page.goto(f"{desk.origin}{HOME}/tro-ly", wait_until="networkidle")
    assert sum(weights) <= 20_000, weights
    assert len([weight for weight in weights if weight]) == 1, "all but the page itself is kept"


async def test_a_form_without_a_network_keeps_what_was_written(chromium: Browser, desk: Office) -> None:
    """The page stays and says so; when the network is back the same press sends it, and the sentence is gone."""
    page = await _signed_in(chromium, desk)
    await page.goto(f"{desk.origin}{HOME}/tro-ly")
    await page.fill("main textarea, main input[type=text]", "hôm nay còn việc gì")
    await page.context.set_offline(True)
    await page.click("main button.first")
    assert "mất mạng" in await page.inner_text("#offline")
    assert await page.input_value("main textarea, main input[type=text]") == "hôm nay còn việc gì"
    await page.context.set_offline(False)
    await page.wait_for_selector("#offline", state="hidden")
    await page.click("main button.first")
    await page.wait_for_selector(".replies")


async def test_the_slash_goes_to_the_search_of_a_page_unless_one_is_writing(chromium: Browser, desk: Office) -> None:
    page = await _signed_in(chromium, desk)
    await page.goto(f"{desk.origin}{HOME}/nguoi")
    await page.keyboard.press("/")
    search = page.locator("input[type=search] >> nth=0")
    assert await search.evaluate("one => one === document.activeElement")
    await page.keyboard.type("1/2")
    assert await search.input_value() == "1/2"
