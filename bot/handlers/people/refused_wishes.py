"""Wishes that nobody may have for the asking: a role, figures of another village, what is another person's."""

from __future__ import annotations

from bot.core.context import Context
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg

_ROLE = msg(
    "Vai trò không trao qua lời nói, để không ai nhận thay người khác. Bác cần mã mời do cán bộ xã đưa; "
    "có mã rồi thì gõ vào đây."
)
_FIGURES = msg(
    "Số liệu của thôn nào do Tổ của thôn ấy báo và sửa. Bác thấy số sai thì nhờ cán bộ xã, hoặc Tổ của thôn ấy xem."
)
_PERSON = msg(
    "Tôi không cho xem, không sửa, không xóa thông tin của người khác. Người ấy tự gõ “xóa dữ liệu” trong cuộc trò "
    "chuyện của mình, hoặc gặp cán bộ xã."
)


def _refuses(name: str, why: str) -> Meaning:
    async def refuse(ctx: Context, words: str) -> bool:
        ctx.reply(ctx.t(why), to_menu(ctx), aside=True)
        return True

    return Meaning(name, does=refuse)


MEANINGS = (_refuses("refuse:role", _ROLE), _refuses("refuse:figures", _FIGURES), _refuses("refuse:person", _PERSON))
