"""A call or a message that tells somebody to pay, or to do what opens an account: stop first, then the guide."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.emergency import number_for, sounds_like_a_trick
from bot.features.guides import pages
from bot.features.guides.library import Library

from .guide_page import OpenGuide
from .inviting import to_menu
from .start import HandOver
from .strange_links import BEFORE


class CallTalk:
    def __init__(self, library: Library, hand_over: HandOver) -> None:
        self._library = library
        self._hand_over = hand_over

    async def understand(self, ctx: Context, words: str) -> bool:
        """Before the guides, which know how to pay and to install, and would help the cheat."""
        if not sounds_like_a_trick(words) or number_for(words) is not None:
            return False
        said = ctx.t(
            "⚠️ **Bác khoan làm theo.** Gọi hay nhắn rồi giục chuyển tiền, bấm đường dẫn, cài ứng dụng, đọc mã là cách "
            "lừa hay gặp. Bác cúp máy, rồi gọi hỏi lại theo số quen, hoặc hỏi Công an xã."
        )
        offer, person = await self._hand_over(ctx)
        guide = self._library.get(BEFORE)
        title = (
            [] if guide is None else [Button.to(pages.title(guide, ctx.locale, ctx.translate), OpenGuide(guide.slug))]
        )
        ctx.reply(Text.join("\n\n", [said, offer] if offer else [said]), [*title, *person, *to_menu(ctx)], aside=True)
        return True
