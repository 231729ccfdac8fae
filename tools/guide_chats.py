"""Every page of a guide in the phones of a running demo, without walking there: the page's socket is answered here.

What is shown is what the bot would send, fitted to the phone and drawn by the demo's own page; a conversation of a
thousand pages would take the demo half an hour, since it holds back who asks for much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, WebSocketRoute

from bot.assembly.installation import read_content
from bot.core.platform import Capabilities
from bot.features.commune import settings as commune
from bot.features.guides.preview import Previewed
from bot.handlers.guides.page import PageReader
from bot.handlers.guides.preview import preview
from bot.platforms.web.adapter import RICH_CAPABILITIES
from bot.platforms.web.frames import bot_entry, numbered, person_entry
from bot.platforms.web.stage import PLAIN_CAPABILITIES
from bot.settings import Settings
from tools.photo_sheets import LOADED

PHONES = {"rich": RICH_CAPABILITIES, "plain": PLAIN_CAPABILITIES}
_SOCKET = re.compile(r"/chat/ws\b")
_AT = datetime(2026, 11, 28, tzinfo=UTC)
_WHOLE = """
html, body, main, .phone, [role="log"] { height: auto !important; max-height: none !important;
  min-height: 0 !important; overflow: visible !important; }
form, .top { display: none !important; }
"""
"""A log as long as what is in it, so that one photograph has all of it."""


def pages_of(folder: Path, locale: str) -> Sequence[Previewed]:
    """Return the pages of all guides as the demo's commune has them."""
    content = read_content(Settings(guides_dir=folder, data_dir=Path("/nonexistent")), default=commune.DEMO)
    profiles: dict[str, Capabilities] = {**PHONES}
    return preview(content.guides, PageReader(locale, content.catalogues.translate, content.commune.values), profiles)


async def photograph(browser: Browser, url: str, phone: str, one: Previewed, faults: str) -> tuple[bytes, list[str]]:
    """Return a photograph of all pages of a guide, and what the script `faults` finds wrong there.

    Each page stands below its step's id, as if somebody had asked for it.
    """
    log = list(_log(phone, one))

    def answer(socket: WebSocketRoute) -> None:
        def heard(frame: str | bytes) -> None:
            if "since" in json.loads(frame):
                for number, entry in enumerate(log, 1):
                    socket.send(numbered(number, entry))

        socket.on_message(heard)

    page = await browser.new_page(viewport={"width": 360, "height": 780}, bypass_csp=True)
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", lambda got: found.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    await page.route_web_socket(_SOCKET, answer)
    await page.goto(f"{url}/chat?phone={phone}")
    await page.add_style_tag(content=_WHOLE)
    await page.wait_for_function(f"document.querySelectorAll('article').length === {len(log)}")
    await page.evaluate(LOADED)
    found += await page.evaluate(faults)
    photo = await page.screenshot(full_page=True)
    await page.close()
    return photo, found


def _log(phone: str, one: Previewed) -> Iterator[str]:
    for step, by_phone in one.pages.items():
        yield person_entry(phone, "", f"{one.guide.slug} / {step}", _AT, step)
        for message in by_phone[phone]:
            file = message.attachment
            address = None if file is None else f"/media/{file.media}"
            yield bot_entry(message, _AT, attachment_url=address, replaces=None)
