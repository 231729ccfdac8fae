"""The chat page in a real browser: on both phones, by mouse and by keyboard, at 360 and 1280 pixels."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import axe_core_python
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from bot.core.events import Chat, Commanded, Event, PhotoSent, Pressed, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.platforms import Kit
from bot.platforms.web.adapter import RICH_CAPABILITIES, Web
from bot.platforms.web.pages import mount_chat
from bot.platforms.web.stage import Person, Phone, first_phones, mount_stage
from tests.kit import MemoryLog, MemoryMedia, make_kit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHOTS = os.environ.get("BROWSER_SHOTS")
"""A folder for pictures of the pages, to be looked at by a person; none by default."""
AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 360, "height": 740}
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "360"])
STEPS = (
    "Bác mở điện thoại, tìm biểu tượng **CH Play** hoặc **App Store** rồi bấm vào.",
    "Bác gõ **VNeID** vào ô tìm kiếm rồi bấm **Cài đặt**. Việc này mất khoảng 5 phút.",
    "Bác mở VNeID vừa cài. Xem thêm tại [trang của Bộ Công an](https://vneid.gov.vn).",
)


@dataclass
class Stub:
    """A small bot: pages with buttons that replace each other, and a numbered list where there are no buttons."""

    platforms: tuple[Web, ...]
    events: list[Event] = field(default_factory=list)
    failing: int = 0
    gate: asyncio.Event | None = None
    replies: set[asyncio.Task[None]] = field(default_factory=set)

    async def sink(self, events: Sequence[Event]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.failing:
            self.failing -= 1
            raise OSError("disk full")
        self.events.extend(events)
        for event in events:
            task = asyncio.create_task(self.reply(event))
            self.replies.add(task)
            task.add_done_callback(self.replies.discard)

    async def reply(self, event: Event) -> None:
        platform = next(one for one in self.platforms if one.name == event.chat.platform)
        rich = bool(platform.capabilities[event.chat.kind].buttons)
        if isinstance(event, Pressed):
            step = int(event.data.removeprefix("step|"))
            await platform.send(event.chat, page_of(step), replacing=event.message_id)
        elif isinstance(event, Commanded) or (isinstance(event, TextSent) and event.text == "menu"):
            await platform.send(event.chat, menu(rich=rich))
        elif isinstance(event, TextSent) and event.text in ("1", "2"):
            await platform.send(event.chat, Message(Text.of(STEPS[int(event.text) - 1].replace("*", ""))))
        elif isinstance(event, TextSent):
            await platform.send(event.chat, Message(Text.of("Tôi nghe: {words}", words=event.text)))


def menu(*, rich: bool) -> Message:
    hello = "Kính chào bác. Tôi là **máy trả lời** của xã. Bác cần việc gì?"
    if rich:
        return Message(Text.of(hello), (Button("Cài VNeID", "step|0"), Button("Sổ sức khỏe điện tử", "step|1")))
    lines = "\n\n1. Cài VNeID\n2. Sổ sức khỏe điện tử\n\nBác gõ số để chọn."
    return Message(Text.of(hello.replace("*", "") + lines))


def page_of(step: int) -> Message:
    labels = ("Tiếp", "Quay lại", "Đọc lại", "Tôi bị kẹt", "Thoát")
    targets = ((step + 1) % 3, (step - 1) % 3, step, step, 1)
    buttons = tuple(Button(label, f"step|{to}") for label, to in zip(labels, targets, strict=True))
    text = Text.of(f"**Bước {step + 1}/3.** {STEPS[step]}")
    return Message(text, buttons[:2] if step == 1 else buttons, rows=(2,) if step == 1 else (2, 3))


@dataclass
class Site:
    """A running server; `address` ends without a slash. `stop` and `start` are a power cut and its end."""

    kit: Kit
    stub: Stub
    server: TestServer

    @property
    def address(self) -> str:
        return str(self.server.make_url("")).rstrip("/")


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    kit = make_kit(media=MemoryMedia(None))
    phones = first_phones(kit)
    mount_stage(kit, phones)
    stub = Stub(tuple(phone.platform for phone in phones))
    async for running in serving(kit, stub):
        yield running


async def serving(kit: Kit, stub: Stub) -> AsyncIterator[Site]:
    server = TestServer(kit.web)
    await server.start_server()
    listening = [asyncio.create_task(platform.listen(stub.sink)) for platform in stub.platforms]
    yield Site(kit, stub, server)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    for platform in stub.platforms:
        await platform.close()
    await server.close()


async def opened(chromium: Browser, address: str, size: ViewportSize = WIDE) -> Page:
    """A page in a context of its own; its console must stay empty (`quiet`)."""
    context = await chromium.new_context(viewport=size, locale="vi-VN", bypass_csp=False)
    page = await context.new_page()
    await page.goto(address)
    return page


def phone(page: Page, key: str) -> Locator:
    return page.locator(f"section[data-phone={key}]")


def articles(at: Locator, who: str) -> Locator:
    return at.locator(f"[role=log] article[data-from={who}]")


async def say(at: Locator, text: str) -> None:
    await at.locator("textarea[name=text]").fill(text)
    await at.locator("button[type=submit]").click()


async def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA and its good practices. The page's policy lets no test code in
    as an element, so it is evaluated."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(
        "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
    )
    return found


async def shoot(page: Page, name: str, *, whole: bool = False) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}", full_page=whole)


async def fits(page: Page) -> bool:
    """Whether nothing sticks out sideways."""
    wide: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide <= 0


@SIZES
async def test_a_resident_clicks_through_a_guide_on_the_phone_with_buttons(
    chromium: Browser, site: Site, size: ViewportSize
) -> None:
    page = await opened(chromium, site.address, size)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    rich = phone(page, "rich")
    await rich.get_by_role("button", name="Bắt đầu").click()
    await expect(articles(rich, "me")).to_have_text(["Bác:Bắt đầu" + await shown_time(rich)])
    await rich.get_by_role("button", name="Cài VNeID").click()
    message = articles(rich, "bot")
    await expect(message).to_contain_text("Bước 1/3.")
    await expect(message.locator("strong").first).to_have_text("Bước 1/3.")
    before = await message.get_attribute("data-id")
    await rich.get_by_role("button", name="Tiếp").click()
    await expect(message).to_contain_text("Bước 2/3.")
    await rich.get_by_role("button", name="Tiếp").click()
    link = message.get_by_role("link", name="trang của Bộ Công an")
    await expect(link).to_have_attribute("href", "https://vneid.gov.vn")
    await expect(message).to_have_count(1)
    assert await message.get_attribute("data-id") == before
    assert await fits(page)
    await shoot(page, f"stage-{size['width']}.png", whole=True)
    assert errors == []


async def shown_time(at: Locator) -> str:
    return await articles(at, "me").locator("time").inner_text()


@SIZES
async def test_a_resident_answers_by_number_on_the_phone_that_has_only_text(
    chromium: Browser, site: Site, size: ViewportSize
) -> None:
    page = await opened(chromium, site.address, size)
    plain = phone(page, "plain")
    await say(plain, "menu")
    await expect(articles(plain, "bot")).to_contain_text("1. Cài VNeID")
    await expect(plain.locator("button[data-choice]")).to_have_count(0)
    await say(plain, "1")
    await expect(articles(plain, "bot").nth(1)).to_contain_text("CH Play")
    await expect(phone(page, "rich").locator("article")).to_have_count(0)
    await expect(plain.locator("select[name=person]")).to_be_hidden()


async def test_everything_can_be_done_by_keyboard(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat?phone=rich")
    chat = phone(page, "rich")
    await expect(chat.get_by_role("button", name="Bắt đầu")).to_be_visible()
    await press_until(page, "Tab", "Bắt đầu")
    await page.keyboard.press("Enter")
    await expect(articles(chat, "bot")).to_have_count(1)
    await press_until(page, "Tab", "Cài VNeID")
    await page.keyboard.press("Enter")
    await expect(articles(chat, "bot")).to_contain_text("Bước 1/3.")
    await press_until(page, "Shift+Tab", "Tiếp")
    await page.keyboard.press("Space")
    await expect(articles(chat, "bot")).to_contain_text("Bước 2/3.")
    assert await focused(page) == "Tiếp", "the focus stays where the person was"
    await chat.locator("textarea").focus()
    await page.keyboard.type("dòng một")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("dòng hai")
    await page.keyboard.press("Enter")
    await expect(articles(chat, "me").last.locator(".text")).to_have_text("dòng một\ndòng hai")
    await expect(chat.locator("textarea")).to_have_value("")
    await expect(chat.locator("textarea")).to_be_focused()


async def focused(page: Page) -> str:
    text: str = await page.evaluate("document.activeElement.textContent.trim()")
    return text


async def press_until(page: Page, key: str, label: str) -> None:
    for _ in range(20):
        if await focused(page) == label:
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} never reaches {label!r}")


async def test_the_focus_goes_to_what_came_in_place_of_a_pressed_button(chromium: Browser, site: Site) -> None:
    """Regression: with the button its focus vanished, and the keyboard user began again at the top of the page."""
    page = await opened(chromium, f"{site.address}/chat?phone=rich")
    chat = phone(page, "rich")
    await say(chat, "menu")
    await chat.get_by_role("button", name="Cài VNeID").click()
    await chat.get_by_role("button", name="Thoát").focus()
    await page.keyboard.press("Enter")
    await expect(articles(chat, "bot")).to_contain_text("Bước 2/3.")
    inside: bool = await page.evaluate("document.activeElement.closest('article') !== null")
    assert inside


@SIZES
@pytest.mark.parametrize("path", ["/", "/chat"])
async def test_axe_finds_nothing(chromium: Browser, site: Site, size: ViewportSize, path: str) -> None:
    page = await opened(chromium, site.address + path, size)
    rich = phone(page, "rich")
    await expect(rich.get_by_role("button", name="Bắt đầu")).to_be_visible()
    assert await violations(page) == []
    await say(rich, "menu")
    await rich.get_by_role("button", name="Cài VNeID").click()
    await expect(articles(rich, "bot")).to_contain_text("Bước 1/3.")
    assert await violations(page) == []
    await page.get_by_role("button", name="Chữ to hơn").click()
    assert await violations(page) == []
    assert await fits(page)
    await shoot(page, f"big-{path.strip('/') or 'stage'}-{size['width']}.png")


async def test_large_text_is_remembered(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    size = "parseFloat(getComputedStyle(document.querySelector('textarea')).fontSize)"
    before: float = await page.evaluate(size)
    button = page.get_by_role("button", name="Chữ to hơn")
    await button.click()
    assert await page.evaluate(size) == pytest.approx(before * 1.5)
    await page.reload()
    await expect(button).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate(size) == pytest.approx(before * 1.5)


async def test_a_message_for_weak_eyes_has_larger_letters(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat", NARROW)
    chat = phone(page, "rich")
    await say(chat, "menu")
    await expect(articles(chat, "bot")).to_have_count(1)
    large = replace(page_of(0), large=True)
    await site.stub.platforms[0].send(site.stub.events[0].chat, large)
    await expect(articles(chat, "bot")).to_have_count(2)
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    sizes = [await articles(chat, "bot").nth(at).locator(".text").evaluate(size) for at in (0, 1)]
    buttons = [await articles(chat, "bot").nth(at).locator("button").first.evaluate(size) for at in (0, 1)]
    assert sizes[1] == pytest.approx(sizes[0] * 1.5)
    assert buttons[1] == pytest.approx(buttons[0] * 1.5)
    assert await fits(page)
    assert await violations(page) == []
    await shoot(page, "large.png")


async def test_the_second_click_of_a_double_click_turns_no_second_page(chromium: Browser, site: Site) -> None:
    """Also when the answer to the first one is already there: shaky hands are slow."""
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "menu")
    await chat.get_by_role("button", name="Cài VNeID").click()
    again = chat.get_by_role("button", name="Đọc lại")
    await again.click()
    await expect(again).not_to_have_attribute("aria-disabled", "true")
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await say(chat, "xong")
    await expect(articles(chat, "bot").last).to_contain_text("Tôi nghe: xong")
    assert [event.kind for event in site.stub.events] == ["said", "pressed", "pressed", "said"]


async def test_a_button_pressed_again_while_it_is_under_way_is_one_press(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "menu")
    button = chat.get_by_role("button", name="Cài VNeID")
    await expect(button).to_be_visible()
    site.stub.gate = asyncio.Event()
    await button.click()
    await expect(button).to_have_attribute("aria-disabled", "true")
    await button.click(force=True)
    site.stub.gate.set()
    await say(chat, "xong")
    await expect(articles(chat, "bot").last).to_contain_text("Tôi nghe: xong")
    assert [event.kind for event in site.stub.events] == ["said", "pressed", "said"]


async def test_buttons_of_an_older_message_still_work(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "menu")
    await expect(articles(chat, "bot")).to_have_count(1)
    for number in range(8):
        await say(chat, f"tin {number}")
        await expect(articles(chat, "bot").last).to_contain_text(f"tin {number}")
    await chat.get_by_role("button", name="Cài VNeID").click()
    await expect(articles(chat, "bot").first).to_contain_text("Bước 1/3.")


async def test_the_newest_message_is_in_sight(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat", NARROW)
    chat = phone(page, "rich")
    for number in range(8):
        await say(chat, f"tin {number}")
        await expect(articles(chat, "bot").last).to_contain_text(f"tin {number}")
    await expect(articles(chat, "bot").last).to_be_in_viewport(ratio=1)
    await page.reload()
    await expect(articles(chat, "bot")).to_have_count(8)
    await expect(articles(chat, "bot").last).to_be_in_viewport(ratio=1)


async def test_a_message_longer_than_the_screen_is_shown_from_its_beginning(chromium: Browser, site: Site) -> None:
    """The offset was counted from the page, not from the log: on the stage the beginning was far above."""
    page = await opened(chromium, f"{site.address}/")
    chat = phone(page, "rich")
    await say(chat, "chuyện dài " * 150)
    newest = articles(chat, "bot").last
    await expect(newest).to_contain_text("Tôi nghe")
    log, article = await chat.locator("[role=log]").bounding_box(), await newest.bounding_box()
    assert log is not None
    assert article is not None
    assert article["height"] > log["height"]
    assert abs(article["y"] - log["y"]) < 40


async def test_what_could_not_be_noted_is_sent_again_by_itself(
    chromium: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    site.stub.failing = 1
    await say(chat, "xin chào")
    await expect(articles(chat, "bot")).to_contain_text("Tôi nghe: xin chào", timeout=15_000)
    await expect(articles(chat, "me")).to_have_count(1)
    assert len(site.stub.events) == 1
    assert "could not be noted" in caplog.text


async def test_a_lost_line_is_said_and_what_was_typed_meanwhile_arrives(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "menu")
    await expect(articles(chat, "bot")).to_have_count(1)
    await page.context.set_offline(True)
    await asyncio.gather(*(platform.close() for platform in site.stub.platforms))
    await expect(chat.get_by_role("status")).to_have_text("Đang nối lại…")
    await say(chat, "gõ lúc mất mạng")
    await expect(articles(chat, "me").last).to_contain_text("Đang gửi…")
    await shoot(page, "chat-lost.png")
    chat_of = site.stub.events[0].chat
    await site.stub.platforms[0].send(chat_of, Message(Text.of("Tin đến lúc mất mạng")))
    await page.context.set_offline(False)
    await expect(chat.get_by_role("status")).to_have_text("", timeout=20_000)
    await expect(articles(chat, "bot").nth(1)).to_contain_text("Tin đến lúc mất mạng")
    await expect(articles(chat, "bot").nth(2)).to_contain_text("Tôi nghe: gõ lúc mất mạng")
    await expect(articles(chat, "me")).to_have_count(2)
    assert len(site.stub.events) == 2


async def test_what_was_not_acknowledged_survives_a_reload(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    site.stub.failing = 1_000
    await say(chat, "đừng mất nhé")
    await expect(articles(chat, "me")).to_have_count(1)
    site.stub.failing = 0
    await page.reload()
    await expect(articles(chat, "bot")).to_contain_text("Tôi nghe: đừng mất nhé")
    await expect(articles(chat, "me")).to_have_count(1)
    assert len(site.stub.events) == 1


async def test_a_text_that_is_too_long_stays_in_the_box_with_a_word(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "ế" * 5_000)
    await expect(chat.get_by_role("alert")).to_contain_text("ngắn")
    await expect(chat.locator("textarea")).to_have_value("ế" * 5_000)
    await expect(chat.locator("article")).to_have_count(0)
    await say(chat, "menu")
    await expect(chat.get_by_role("alert")).to_have_text("")
    await expect(articles(chat, "bot")).to_have_count(1)


async def test_markup_is_shown_as_it_was_typed(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    typed = "<img src=x onerror=\"document.title='hỏng'\"> **x** </article>"
    await say(chat, typed)
    await expect(articles(chat, "me").locator(".text")).to_have_text(typed)
    await expect(articles(chat, "bot").locator(".text")).to_have_text(f"Tôi nghe: {typed}")
    await expect(chat.locator("img")).to_have_count(0)
    assert await page.title() != "hỏng"


async def test_a_link_with_a_code_opens_what_it_names_once(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat?phone=rich&start=g_cai-vneid")
    chat = phone(page, "rich")
    await expect(articles(chat, "bot")).to_have_count(1)
    await page.reload()
    await expect(articles(chat, "bot")).to_have_count(1)
    (event,) = site.stub.events
    assert isinstance(event, Commanded)
    assert (event.name, event.args) == ("start", "g_cai-vneid")
    await expect(articles(chat, "me").locator(".text")).to_have_text("Bắt đầu")


async def test_photos_sound_and_files_have_words(chromium: Browser, site: Site) -> None:
    page = await opened(chromium, f"{site.address}/chat")
    chat = phone(page, "rich")
    await say(chat, "menu")
    await expect(articles(chat, "bot")).to_have_count(1)
    at = site.stub.events[0].chat
    rich = site.stub.platforms[0]
    await page.route("**/media/anh", lambda route: route.fulfill(body=SCREEN, content_type="image/svg+xml"))
    text = Text.of("Màn hình của bác giống thế này.")
    await rich.send(at, Message(text, attachment=Attachment("photo", "anh", "Màn hình đầu của VNeID")))
    await rich.send(at, Message(Text(), attachment=Attachment("audio", "loi", "Lời đọc bước 1", 420_000)))
    await rich.send(at, Message(Text(), attachment=Attachment("file", "bc", "Báo cáo tuần 47", 1_600_000)))
    await expect(chat.get_by_role("img", name="Màn hình đầu của VNeID")).to_have_attribute("src", "/media/anh")
    await expect(chat.locator("audio[controls]")).to_have_attribute("aria-label", "Lời đọc bước 1")
    await expect(chat.get_by_role("link", name="Tải tệp: Báo cáo tuần 47 (1,5 MB)")).to_have_attribute(
        "href", "/media/bc"
    )
    assert await violations(page) == []
    await shoot(page, "chat-media.png")


SCREEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="360" height="240"><rect width="360" height="240" fill="#b8d8c8"/>'
    '<rect x="60" y="90" width="240" height="60" rx="12" fill="#0b5a45"/></svg>'
)


@SIZES
async def test_a_photo_is_chosen_on_the_page_and_what_cannot_be_taken_is_said(
    chromium: Browser, site: Site, size: ViewportSize
) -> None:
    page = await opened(chromium, f"{site.address}/chat", size)
    at = phone(page, "rich")
    picker = at.locator("input[type=file]")
    await picker.set_input_files({"name": "màn hình.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    await expect(articles(at, "me")).to_have_text(re.compile("màn hình.png"))
    await expect(articles(at, "me").get_by_text("Đang gửi")).to_have_count(0)
    (event,) = site.stub.events
    assert isinstance(event, PhotoSent)
    await at.locator("textarea").fill("hỏng màn hình")
    await picker.set_input_files({"name": "trống.png", "mimeType": "image/png", "buffer": b""})
    await expect(at.get_by_role("alert")).to_have_text("Tệp này không có gì bên trong. Bác chọn lại giúp tôi.")
    await expect(articles(at, "me")).to_have_count(1)
    await expect(at.locator("textarea")).to_have_value("hỏng màn hình")
    await page.context.set_offline(True)
    await picker.set_input_files({"name": "mất mạng.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    await expect(at.get_by_role("alert")).to_have_text(re.compile("Tệp chưa gửi được"))
    await expect(articles(at, "me")).to_have_count(1)
    assert await fits(page)
    await shoot(page, f"upload-{size['width']}.png")


async def test_a_photo_that_could_not_be_noted_stands_once_when_it_is_sent_again(
    chromium: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Mechanism: the page keeps the id of what it could not send, also over a reload."""
    page = await opened(chromium, f"{site.address}/chat")
    at = phone(page, "rich")
    site.stub.failing = 1
    for _ in range(2):
        async with page.expect_response("**/chat/file*"):
            await at.locator("textarea").fill("lớp học")
            picture = FilePayload(name="lớp.png", mimeType="image/png", buffer=b"\x89PNG")
            await at.locator("input[type=file]").set_input_files(picture)
        await expect(articles(at, "me")).to_have_count(1)
        if not site.stub.events:
            await expect(at.get_by_role("alert")).to_have_text("Tệp chưa gửi được. Bác gửi lại giúp tôi.")
            await page.reload()
            await expect(articles(at, "me")).to_have_count(1)
    assert len(site.stub.events) == 1
    assert "could not be noted" in caplog.text


@SIZES
async def test_several_persons_share_a_group_phone(chromium: Browser, size: ViewportSize) -> None:
    kit = make_kit()
    group = Web("web", {"group": RICH_CAPABILITIES}, kit)
    hoa, binh = Person("hoa", "Bác Hoa"), Person("binh", "Anh Bình")
    mount_stage(kit, (Phone("group", group, "group", "Nhóm Zalo thôn Lạc Hiền", (hoa, binh), "nhom", "Gõ @bot"),))
    async for site in serving(kit, Stub((group,))):
        page = await opened(chromium, site.address, size)
        at = phone(page, "group")
        await say(at, "chào cả nhà")
        await expect(articles(at, "me")).to_have_count(1)
        await at.locator("select[name=person]").select_option("binh")
        await say(at, "chào bác")
        await expect(articles(at, "me")).to_contain_text("chào bác")
        await expect(at.locator("article[data-from='Bác Hoa']")).to_contain_text("chào cả nhà")
        assert await violations(page) == []
        assert await fits(page)
        await shoot(page, f"group-{size['width']}.png")
        assert [event.sender.name for event in site.stub.events] == ["Bác Hoa", "Anh Bình"]


async def test_a_page_left_open_while_the_data_were_wiped_shows_the_new_history(chromium: Browser) -> None:
    log = MemoryLog()
    kit = make_kit(log=log)
    platform = Web("web", {"private": RICH_CAPABILITIES}, kit)
    mount_chat(kit, (Phone("resident", platform, "private", "Máy trả lời", (Person("", ""),), ""),))
    async for site in serving(kit, Stub((platform,))):
        page = await opened(chromium, f"{site.address}/chat")
        chat = phone(page, "resident")
        for number in range(3):
            await say(chat, f"cũ {number}")
            await expect(articles(chat, "bot")).to_have_count(number + 1)
        log.entries.clear()
        await platform.close()
        await platform.send(Chat("web", site.stub.events[0].chat.id, "private"), Message(Text.of("Tin đầu tiên")))
        await expect(articles(chat, "bot")).to_have_count(1, timeout=15_000)
        await expect(articles(chat, "bot")).to_contain_text("Tin đầu tiên")
