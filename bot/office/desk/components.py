"""Every component of the desk in every state, on one page: to be looked at by light, by night and on paper."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bot.core.text import Text
from bot.i18n import msg

from .visit import Answer, DeskPage, Grade, Sheet, TodayLine, Visit

ADDRESS = "/thanh-phan"
_GRADES: tuple[tuple[Grade, str], ...] = (
    ("bad", msg("hỏng hoặc đỏ")),
    ("late", msg("trễ")),
    ("waits", msg("chờ bác")),
    ("plan", msg("đã xếp lịch")),
    ("fine", msg("ổn")),
)


class ShownReply(Struct, frozen=True):
    """A reply of the conversation as the page shows it; `asks` and attachments are those of real ones."""

    text: Text
    own: bool = False
    buttons: Sequence[tuple[str, str]] = ()
    attachment: None = None


async def _show(visit: Visit) -> Answer:
    long = visit.word("Một dòng rất dài để xem chữ xuống dòng thế nào khi không vừa màn hình của điện thoại nhỏ nhất.")
    words = visit.t("**Đậm**, _nghiêng_, `mã`. {long}", long=long)
    lines = [TodayLine(grade, visit.t(label), f"/ban{ADDRESS}", words) for grade, label in _GRADES]
    shows = {
        "grades": [(grade, visit.word(label)) for grade, label in _GRADES],
        "lines": lines,
        "long": long,
        "answers": [
            ShownReply(visit.t("Lời bác bấm hay gõ"), own=True),
            ShownReply(words, buttons=[(visit.word("Một nút"), ""), (long, "")]),
        ],
        "now": visit.now,
    }
    return Sheet("desk/components.html", visit.t("Thành phần"), shows)


def page() -> DeskPage:
    about = msg("Mọi thành phần của bàn làm việc, mỗi thành phần ở mọi trạng thái. Nút ở đây không làm gì.")
    return DeskPage(ADDRESS, _show, about=about)
