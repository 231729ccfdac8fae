"""`/bat-dau`: the same questions as pages, for this machine or who has the one-time code, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestClient, TestServer

from bot import platforms
from bot.assembly.founding import site
from bot.assembly.founding.applying import FirstSteps
from bot.assembly.founding.entry import Entry
from bot.assembly.founding.founding import Founding, founding
from bot.assembly.parts import put_together
from bot.features.founding import questions as q
from bot.framework.process import CLOCK
from bot.office.founding_page import PATH
from bot.settings import Settings, environment, load
from tests.platforms.fake_telegram import FakeTelegram

PROXIED = {"X-Forwarded-For": "203.0.113.9"}
"""As nginx passes a stranger on."""


@dataclass
class Open:
    url: str
    begun: Founding
    page: site.FoundingSite
    entry: Entry
    printed: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[Browser]:
        async with ClientSession(headers=headers, cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(self.url, session)


@dataclass
class Browser:
    url: str
    session: ClientSession
    text: str = ""
    status: int = 0

    async def opens(self, query: str = "") -> None:
        async with self.session.get(f"{self.url}{query}") as answer:
            self.status, self.text = answer.status, await answer.text()

    async def sends(self, path: str = "", **fields: str | bytes) -> None:
        token = re.search(r'name="khoa" value="(\w+)"', self.text)
        form = FormData()
        for name, value in {"khoa": token[1] if token else "", **fields}.items():
            if isinstance(value, bytes):
                form.add_field(name, value, filename="nguoi.xlsx")
            else:
                form.add_field(name, value)
        async with self.session.post(f"{self.url}{path}", data=form) as answer:
            self.status, self.text = answer.status, await answer.text()

    @property
    def title(self) -> str:
        found = re.search("<h1>(.*?)</h1>", self.text)
        return found[1] if found else ""


@asynccontextmanager
async def _page(folder: Path, **environ: str) -> AsyncIterator[Open]:
    known = {**environment(folder), "BOT_DATA_DIR": str(folder / "data"), "BOT_PORT": "0", **environ}
    settings, printed = load(known, platforms.names()), list[str]()
    entry = Entry(printed.append)
    with founding(settings, known, folder) as begun:
        async with site.serving(begun, settings, entry, CLOCK) as (address, page):
            yield Open(address, begun, page, entry, printed)


async def test_question_by_question_to_the_chair_s_code(tmp_path: Path) -> None:
    async with (
        FakeTelegram() as telegram,
        _page(tmp_path, BOT_TELEGRAM_API_BASE=telegram.base) as opened,
        opened.browser() as browser,
    ):
        await browser.opens()
        assert browser.title == "Tên xã, phường hoặc đặc khu"
        await browser.sends(cau=q.COMMUNE, tra_loi="huyện Yên Mô")
        assert browser.status == 422
        assert "gõ như “xã Yên Mô”" in browser.text
        assert "huyện Yên Mô" in browser.text, "what was typed stays"
        await browser.sends(cau=q.COMMUNE, tra_loi="xã Yên Mô")
        await browser.sends(cau=q.PROVINCE, tra_loi="Ninh Bình")
        await browser.sends(cau=q.VILLAGES, tra_loi="Lạc Hiền; 120\r\nLạc Hiền\r\nĐông Cao; 5")
        assert "Đã bỏ 1 dòng trùng: dòng 2" in browser.text
        assert browser.title == "Cán bộ xã, Tổ trưởng, thành viên"
        await browser.sends(cau=q.PEOPLE, tra_loi="Nam; Chủ tịch")
        await browser.sends(cau=q.CONTACT, tra_loi="")
        await browser.sends(cau=q.MESSENGER, tra_loi="telegram")
        await browser.sends(cau=q.TOKEN, tra_loi="1:no")
        assert "Telegram không nhận mã này" in browser.text
        await browser.sends(cau=q.TOKEN, tra_loi=telegram.token)
        assert "Telegram: đúng mã của “Làng (@lang_bot)”." in browser.text
        for key, answer in {q.SECOND: q.NONE, q.ADDRESS: "", q.QUIET: "không", q.LETTERHEAD: ""}.items():
            await browser.sends(cau=key, tra_loi=answer)
        await browser.sends(cau=q.FIRST_VILLAGE, tra_loi="thôn Đông Cao")
        await browser.sends(cau=q.FIRST_WORDS, tra_loi="")
        assert browser.title == "Các câu trả lời"
        assert telegram.token not in browser.text, "a secret is not shown again"
        await browser.opens(f"?cau={q.CONTACT}")
        assert browser.title == "Số điện thoại và giờ tiếp bà con", "one thing can be changed"
        await browser.sends(cau=q.CONTACT, tra_loi="0229 3861 234")
        await browser.sends("/ghi")
        steps = opened.page.finished.result()
        assert browser.title == "Đã cài xong cho xã Yên Mô. Còn việc trên điện thoại"
        assert steps.chair is not None
        assert steps.chair.code in browser.text
        assert "<svg" in browser.text
        assert (tmp_path / ".env").exists()


async def test_a_workbook_is_taken_and_a_bad_one_leads_back_to_its_question(tmp_path: Path) -> None:
    async with _page(tmp_path) as opened, opened.browser() as browser:
        answers = {q.COMMUNE: "Yên Mô", q.PROVINCE: "Ninh Bình", q.VILLAGES: "A; 1", q.MESSENGER: q.NONE}
        for key, value in {**answers, q.SECOND: q.NONE}.items():
            await opened.begun.take(key, value)
        await browser.opens()
        await browser.sends(cau=q.PEOPLE, tra_loi="", tep=b"no workbook")
        for key in (q.CONTACT, q.ADDRESS, q.QUIET, q.LETTERHEAD):
            await browser.sends(cau=key, tra_loi="")
        await browser.sends("/ghi")
        assert browser.status == 422
        assert browser.title == "Cán bộ xã, Tổ trưởng, thành viên"
        assert "Tệp Excel: " in browser.text
        await browser.sends(cau=q.PEOPLE, tra_loi="Nam; Chủ tịch")
        await browser.sends("/ghi")
        assert browser.title == "xã Yên Mô đã sẵn sàng"


@pytest.mark.parametrize("headers", [PROXIED, {"Host": "192.168.1.10:8080"}, {"Via": "1.1 proxy"}])
async def test_another_machine_needs_the_code_which_works_once(tmp_path: Path, headers: dict[str, str]) -> None:
    async with _page(tmp_path) as opened, opened.browser(**headers) as browser, opened.browser(**headers) as second:
        await browser.opens()
        assert (browser.status, browser.title) == (403, "Mã một lần")
        await browser.sends(cau=q.COMMUNE, tra_loi="xã Khác")
        assert browser.status == 403
        assert not opened.begun.answers
        code = opened.entry.code
        await browser.sends("/ma", ma="0000 0000")
        assert "Mã không đúng" in browser.text
        await browser.sends("/ma", ma=code)
        assert (browser.status, browser.title) == (200, "Tên xã, phường hoặc đặc khu")
        await second.sends("/ma", ma=code)
        assert second.status == 403
        assert any("Đã có người mở trang cài đặt bằng mã. Mã mới: " in line for line in opened.printed)


async def test_who_guesses_gets_nowhere(tmp_path: Path) -> None:
    async with _page(tmp_path) as opened, opened.browser(**PROXIED) as browser:
        before = opened.entry.code
        for number in range(5):
            await browser.sends("/ma", ma=f"{number:08}")
        assert opened.entry.code != before
        await browser.sends("/ma", ma=before)
        assert browser.status == 403


async def test_a_form_of_another_site_is_not_taken(tmp_path: Path) -> None:
    async with _page(tmp_path) as opened, opened.browser() as browser:
        await browser.opens()
        browser.text = ""  # without the token of a page of ours
        await browser.sends(cau=q.COMMUNE, tra_loi="xã Khác")
        assert browser.status == 403
        assert not opened.begun.answers
        await browser.opens()
        assert browser.title == "Tên xã, phường hoặc đặc khu"


async def test_nothing_that_is_typed_becomes_markup(tmp_path: Path) -> None:
    async with _page(tmp_path) as opened, opened.browser() as browser:
        await browser.opens()
        await browser.sends(cau=q.COMMUNE, tra_loi='xã "><script>x</script>')
        await browser.opens("?cau=tat-ca")
        assert "&lt;script&gt;" in browser.text
        assert "<script>" not in browser.text
        await browser.opens()
        await browser.sends("/ghi")
        assert "Còn câu chưa trả lời" in browser.text


async def test_the_bare_address_leads_there(tmp_path: Path) -> None:
    async with _page(tmp_path) as opened, opened.browser() as browser:
        async with browser.session.get(opened.url.removesuffix(PATH)) as answer:
            assert str(answer.url).endswith(PATH)
        async with browser.session.get(opened.url.replace(PATH, "/healthz")) as answer:
            assert await answer.text() == "ok\n"


async def test_the_bot_that_has_begun_says_at_the_same_address_how_far_it_is(tmp_path: Path) -> None:
    how_far = site.ProgressSite(FirstSteps("xã Yên Mô"), Entry(print), CLOCK.now).routes()
    async with (
        put_together(Settings(data_dir=tmp_path), {}, routes=how_far) as bot,
        TestClient(TestServer(bot.pages)) as client,
    ):
        async with client.get(PATH) as answer:
            assert answer.status == 200
            text = await answer.text()
        for style in re.findall(r'<link rel="stylesheet" href="([^"]+)"', text):
            async with client.get(style) as answer:
                assert answer.headers["Content-Type"].startswith("text/css"), f"{style} is served by the bot's own page"
        assert 'rel="stylesheet"' in text
