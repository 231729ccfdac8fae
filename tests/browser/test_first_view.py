"""The first view of a page on a poor mobile line: few requests, few bytes, all letters in the font of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page, ViewportSize

from tests.processes import bot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MOST_BYTES, MOST_REQUESTS = 45_000, 5
PHONE: ViewportSize = {"width": 360, "height": 740}
LETTERS = (
    "AĂÂBCDĐEÊFGHIJKLMNOÔƠPQRSTUƯVWXYZ ÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ "
    "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ "
    "0123456789 .,:;!?()[]/-–—…“”‘’«»+%@#&*=·•°½²³₫€"
)


class Answer(TypedDict):
    """The head of an answer, as the browser's tools tell it."""

    url: str
    fromDiskCache: bool


class Came(TypedDict):
    requestId: str
    response: Answer


@dataclass
class Wire:
    """What a browser that has never been there asks for, with its sockets, and the bytes that come."""

    page: Page
    cdp: CDPSession
    asked: list[str] = field(default_factory=list)
    bytes: float = 0

    @classmethod
    async def of(cls, chromium: Browser) -> Wire:
        context = await chromium.new_context(viewport=PHONE)
        page = await context.new_page()
        wire = cls(page, await context.new_cdp_session(page))
        page.on("request", lambda request: wire.asked.append(request.url))
        page.on("websocket", lambda socket: wire.asked.append(socket.url))
        wire.cdp.on("Network.loadingFinished", wire._came)
        await wire.cdp.send("Network.enable")
        return wire

    def _came(self, event: dict[str, float]) -> None:
        self.bytes += event["encodedDataLength"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    data: Path = tmp_path_factory.mktemp("demo")
    async with bot("demo", "--port", "0", "--data", str(data)) as running:
        yield running.url


@pytest.mark.parametrize(
    "path", ["/chat", "/huong-dan", "/huong-dan/dvc-dang-nhap-vneid", "/huong-dan/doi-bang-lai-xe", "/thong-bao"]
)
async def test_a_first_view_is_light(demo: str, chromium: Browser, path: str) -> None:
    wire = await Wire.of(chromium)
    await wire.page.goto(f"{demo}{path}", wait_until="networkidle")
    if path == "/chat":
        await wire.page.locator("textarea").wait_for()
    assert 0 < wire.bytes <= MOST_BYTES
    assert len(wire.asked) <= MOST_REQUESTS, wire.asked


async def test_a_second_view_asks_for_the_page_and_the_socket_alone(demo: str, chromium: Browser) -> None:
    wire = await Wire.of(chromium)
    await wire.page.goto(f"{demo}/chat", wait_until="networkidle")
    answered: dict[str, str] = {}
    kept: list[str] = []

    def came(event: Came) -> None:
        answered[event["requestId"]] = event["response"]["url"]
        if event["response"]["fromDiskCache"]:
            kept.append(event["requestId"])

    wire.cdp.on("Network.responseReceived", came)
    wire.cdp.on("Network.requestServedFromCache", lambda event: kept.append(event["requestId"]))
    await wire.page.goto(f"{demo}/chat", wait_until="networkidle")
    await wire.page.locator("textarea").wait_for()
    assert len(answered) > 1
    assert [url for asked, url in answered.items() if asked not in kept] == [f"{demo}/chat"]


@pytest.mark.parametrize("weight", [400, 700])
async def test_all_letters_of_vietnamese_are_in_the_font_of_the_page(demo: str, chromium: Browser, weight: int) -> None:
    """Mechanism: both weights are in one file; the bold letters are wider, so that it shows which are drawn."""
    wire = await Wire.of(chromium)
    page, cdp = wire.page, wire.cdp
    await page.goto(f"{demo}/chat", wait_until="networkidle")
    widths = await page.evaluate(
        """async ([letters, weight]) => {
          const shown = document.createElement('p');
          shown.id = 'letters';
          shown.textContent = letters;
          shown.style.fontWeight = weight;
          document.body.replaceChildren(shown);
          await document.fonts.ready;
          const pen = document.createElement('canvas').getContext('2d');
          return [400, 700].map((one) => {
            pen.font = `${one} 20px "Be Vietnam Pro"`;
            return pen.measureText('Máy trả lời của xã').width;
          });
        }""",
        [LETTERS, weight],
    )
    assert widths[1] > widths[0] * 1.03
    for domain in ("DOM", "CSS"):
        await cdp.send(f"{domain}.enable")
    root = (await cdp.send("DOM.getDocument"))["root"]["nodeId"]
    node = (await cdp.send("DOM.querySelector", {"nodeId": root, "selector": "#letters"}))["nodeId"]
    fonts = (await cdp.send("CSS.getPlatformFontsForNode", {"nodeId": node}))["fonts"]
    assert [(font["familyName"], font["isCustomFont"]) for font in fonts] == [("Be Vietnam Pro", True)]
