"""A call or a message that tells somebody to pay, or to do what opens an account: stop first, then the guide."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.search.emergency import sounds_like_a_trick
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.hooks import Offer
from bot.handlers.kit.speaker import to_menu
from bot.understanding.danger import sure

from .links import BEFORE


class CallConversation:
    def __init__(self, library: Library, hand_over: Offer) -> None:
        self._library = library
        self._hand_over = hand_over

    async def understand(self, ctx: Context, words: str) -> bool:
        """Warn of a suspected fraud before the guides, which know how to pay and install and would help the cheat."""
        if not sounds_like_a_trick(words) or sure(words) is not None:
            return False
        reply = ctx.t(
            "⚠️ **Bác khoan làm theo.** Gọi hay nhắn rồi giục chuyển tiền, bấm đường dẫn, cài ứng dụng, đọc mã là cách "
            "lừa hay gặp. Bác cúp máy, rồi gọi hỏi lại theo số quen, hoặc hỏi Công an xã."
        )
        offer, person = await self._hand_over(ctx)
        guide = self._library.get(BEFORE)
        title = (
            [] if guide is None else [Button.to(pages.title(guide, ctx.locale, ctx.translate), OpenGuide(guide.slug))]
        )
        ctx.reply(Text.join("\n\n", [reply, offer] if offer else [reply]), [*title, *person, *to_menu(ctx)], aside=True)
        return True
