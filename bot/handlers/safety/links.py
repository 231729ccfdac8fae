"""A link that somebody was sent: the bot cannot look at it, and says what to do before it is pressed, or after."""

from __future__ import annotations

import re

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.text import Text, fold
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.hooks import Offer
from bot.handlers.kit.speaker import to_menu

_LINK = patterns.compile(
    r"(?:https?://|www\.)(?P<host>[^\s/?#]+)|(?<![\w.-])(?P<bare>(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24})/\S",
    re.IGNORECASE,
)
_OF_THE_STATE = ".gov.vn"
_PRESSED = patterns.compile(
    r"\b(?:(?:lo|trot|da|vua) (?:bam|vao|mo|nhap|an|cai)|(?:bam|vao|mo|nhap|cai) (?:\S+ )?roi)\b"
)
BEFORE, _AFTER = "phong-lua-dao-gia-danh", "lo-bam-link-la"
"""The guides, where the commune has them."""


class LinkConversation:
    def __init__(self, library: Library, hand_over: Offer) -> None:
        self._library = library
        self._hand_over = hand_over

    async def understand(self, ctx: Context, words: str) -> bool:
        """Warn of a link, whatever is asked around it; a page of the state is left to the guides."""
        hosts = [found["host"] or found["bare"] for found in _LINK.finditer(words)]
        if all(host.lower().endswith(_OF_THE_STATE) for host in hosts):
            return False
        pressed = _PRESSED.search(fold(_LINK.sub(" ", words))) is not None
        reply = (
            ctx.t(
                "⚠️ Bác đã bấm rồi thì dừng lại, đừng nhập thêm gì. Lỡ nhập mật khẩu, mã OTP hay cài ứng dụng thì gọi "
                "**ngân hàng** theo số in sau thẻ ngay."
            )
            if pressed
            else ctx.t(
                "⚠️ Tôi không mở được đường dẫn nên không biết thật hay giả. Bác **đừng bấm**, đừng nhập mật khẩu, mã "
                "OTP, số thẻ. Ai gửi thì bác gọi hỏi lại theo số quen. Trang của Nhà nước có tên kết thúc bằng "
                "“.gov.vn”."
            )
        )
        offer, person = await self._hand_over(ctx)
        slugs = (_AFTER, BEFORE) if pressed else (BEFORE, _AFTER)
        guides = [guide for slug in slugs if (guide := self._library.get(slug)) is not None]
        buttons = [Button.to(pages.title(one, ctx.locale, ctx.translate), OpenGuide(one.slug)) for one in guides]
        reply = Text.join("\n\n", [reply, offer] if offer else [reply])
        ctx.reply(reply, [*buttons, *person, *to_menu(ctx)], aside=True)
        return True
