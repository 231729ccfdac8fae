"""The stage of the demo: several phones side by side on one page, each on a messenger of its own kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from bot.core.lean.values import replace
from bot.core.machine import chance
from bot.core.platform import Capabilities
from bot.platforms import Kit

from .adapter import RICH_CAPABILITIES, Web
from .pages import mount_chat, page
from .phone import Person, Phone
from .visitor import Visitor, is_own

__all__ = ["PLAIN_CAPABILITIES", "Person", "Phone", "all_phones", "first_phones", "mount_stage"]

EVERYBODY = "demo"
PLATFORM = "web"
PLAIN = "plain"
GROUP = "group"
GROUPS = {"lac-hien": GROUP, "dong-sen": "group-2", "ben-do": "group-3"}
"""Village of the demo → key of the phone that shows its group, also the first half of the group's id."""
OFFICIALS = {
    "leader": "leader", "deputy": "member", "member": "member", "officer": "officer", "chair": "chair",
    "leader-2": "leader-2", "leader-3": "leader-3",
}  # fmt: skip
"""Whose phone takes the private messages of those who have a role."""
RELAYS = {"relay": "relay"}
"""The same on the messenger of text and numbers: of a village whose group takes no bot."""

_HOA, _LEADER = Person("rich", "Hoa"), Person("leader", "Bác Tư (Tổ trưởng)")
GROUP_CAPABILITIES = replace(RICH_CAPABILITIES, hears_everything=False, sees_replies=False)

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


def first_phones(kit: Kit) -> tuple[Phone, ...]:
    """Return a resident's phone on each of the two profiles; their platforms are for the caller to run."""
    rich = Web(PLATFORM, {"private": RICH_CAPABILITIES, "group": GROUP_CAPABILITIES}, kit, "/chat?phone=rich")
    plain = Web(PLAIN, {"private": PLAIN_CAPABILITIES}, kit, "/chat?phone=plain")
    return (
        Phone("rich", rich, "private", "Bà con: có nút bấm", (_HOA,), "rich", "Điện thoại của Hoa, như Telegram"),
        Phone(
            "plain", plain, "private", "Bà con: chỉ có chữ, như Zalo Bot", (Person("plain", "Bình"),), "plain",
            "Điện thoại của Bình: trả lời bằng số hoặc chữ",
        ),
    )  # fmt: skip


def all_phones(kit: Kit) -> tuple[Phone, ...]:
    """Return the two of residents, then the group of their village, its leader, and the commune's office."""
    residents = first_phones(kit)
    rich = residents[0].platform
    group = (_LEADER, Person("deputy", "Chị Mai (Tổ phó)"), _HOA, Person("neighbour", "Ông Sáu"))
    office = (Person("officer", "Cô Lan (công chức)"), Person("chair", "Ông Nam (Chủ tịch)"))
    return (
        *residents,
        Phone(
            GROUP, rich, "group", "Nhóm thôn Lạc Hiền", group, GROUP,
            "Chọn người cầm máy ở dưới. Hỏi bot thì gõ @bot ở đầu câu, ví dụ: @bot menu",
        ),
        Phone("leader", rich, "private", "Tổ trưởng", (_LEADER,), OFFICIALS["leader"], "Điện thoại của bác Tư"),
        Phone(
            "member", rich, "private", "Thành viên Tổ", (group[1], Person("member", "Anh Hùng (thành viên)")),
            OFFICIALS["member"], "Chị Mai hoặc anh Hùng cầm, để nhận việc của Tổ",
        ),
        Phone(
            "official", rich, "private", "Cán bộ xã", office, OFFICIALS["officer"],
            "Máy của văn phòng: cô Lan hoặc ông Nam cầm",
        ),
        Phone("chair", rich, "private", "Chủ tịch xã", office[1:], OFFICIALS["chair"], "Máy của ông Nam, để duyệt"),
        _other_group(rich, "group-2", "Nhóm thôn Đồng Sen (ví dụ)", Person("leader-2", "Bác Hải (Tổ trưởng)")),
        _other_group(rich, "group-3", "Nhóm thôn Bến Đò (ví dụ)", Person("leader-3", "Cô Thủy (Tổ trưởng)")),
        Phone(
            "relay", residents[1].platform, "private", "Trưởng thôn Cầu Đá (ví dụ)",
            (Person("relay", "Chú Phúc (Trưởng thôn)"),), RELAYS["relay"],
            "Nhóm Zalo của thôn không có bot: chú Phúc dán tin của xã vào nhóm",
        ),
    )  # fmt: skip


def _other_group(rich: Web, key: str, title: str, leader: Person) -> Phone:
    return Phone(key, rich, "group", title, (leader,), key, "Một thôn khác, để thấy thông báo tới nhiều nhóm")


def mount_stage(
    kit: Kit,
    shown: Sequence[Phone],
    pages: Sequence[tuple[str, str]] = (),
    anew: Callable[[], None] | None = None,
) -> None:
    """Add `/` with all phones `shown`, and what `mount_chat` adds, to `kit.web`.

    The stage is one room: whoever opens it, in whichever browser, holds the same phones. `pages` are addresses and
    labels of what can be read beside it. `anew` ends this process's demo and begins another one with nothing in it;
    with it there is `/chat/reset`.
    """
    everybody = Visitor(EVERYBODY, "")
    began = "" if anew is None else chance.token_hex(8)

    async def stage(request: web.Request) -> web.StreamResponse:
        # Its links open beside the stage, so that phones and story go on.
        title = "Bản dùng thử bot của xã"
        return await page(request, kit, "stage", title, shown, everybody, began=began, pages=pages)

    async def reset(request: web.Request) -> web.StreamResponse:
        if anew is None or not is_own(request, kit.settings):
            raise web.HTTPForbidden(text="Trang này không được phép xóa dữ liệu dùng thử.")
        anew()
        return web.Response(status=202)

    mount_chat(kit, shown, everybody)
    kit.web.router.add_get("/", stage)
    if anew is not None:
        kit.web.router.add_post("/chat/reset", reset)
