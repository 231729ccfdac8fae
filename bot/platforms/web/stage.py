"""The stage of the demo: several phones side by side on one page, each on a messenger of its own kind."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.core.platform import Capabilities
from bot.platforms import Kit

from .adapter import RICH_CAPABILITIES, Web
from .pages import mount_chat, page
from .phone import Person, Phone
from .visitor import Visitor

__all__ = ["PLAIN_CAPABILITIES", "Person", "Phone", "first_phones", "mount_stage"]

EVERYBODY = "demo"

# Zalo Bot at its poorest: text and numbers only.
PLAIN_CAPABILITIES = Capabilities(
    text_limit=2000,
    caption_limit=2000,
    photos="url",
    photo_limit=5 * 1024 * 1024,
    push="always",
    per_second=20,
    per_minute=600,
)

_HEADER = """<div><h1>Bản dùng thử bot của xã</h1>
<p>Kính mời đồng chí dùng thử. Bot chạy ngay trên máy này, không cần tài khoản, không gửi tin cho ai.
Tên người và số liệu chỉ là ví dụ.</p>
<ol><li>Bấm <b>Bắt đầu</b> trên một điện thoại.</li>
<li>Gõ điều bà con hay hỏi, ví dụ <b>cài vneid</b>, có dấu hay không dấu đều được.</li>
<li>Trên điện thoại chỉ có chữ, trả lời bằng <b>số</b> hoặc gõ lại <b>chữ</b> của lựa chọn.</li></ol></div>"""


def first_phones(kit: Kit) -> tuple[Phone, ...]:
    """A resident's phone on each of the two profiles; their platforms are for the caller to run."""
    rich = Web("web", {"private": RICH_CAPABILITIES}, kit, page="/chat?phone=rich")
    plain = Web("plain", {"private": PLAIN_CAPABILITIES}, kit, page="/chat?phone=plain")
    return (
        Phone("rich", rich, "private", "Điện thoại có nút bấm", (Person("rich", "Hoa"),), "rich", "Như Telegram"),
        Phone(
            "plain", plain, "private", "Điện thoại chỉ có chữ, như Zalo Bot", (Person("plain", "Bình"),), "plain",
            "Không có nút bấm: trả lời bằng số hoặc chữ",
        ),
    )  # fmt: skip


def mount_stage(kit: Kit, phones: Sequence[Phone]) -> None:
    """Add `/` with all `phones`, and what `mount_chat` adds, to `kit.web`.

    The stage is one room: whoever opens it, in whichever browser, holds the same phones.
    """
    everybody = Visitor(EVERYBODY, "")

    async def stage(request: web.Request) -> web.StreamResponse:
        return page(request, kit, "stage", "Bản dùng thử bot của xã", _HEADER, phones, everybody)

    mount_chat(kit, phones, everybody)
    kit.web.router.add_get("/", stage)
