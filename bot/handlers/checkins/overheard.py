"""A report that a leader types in the village group without calling the bot: it has not counted, and they are told."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.text import Text
from bot.features.checkins.reading.figures import read
from bot.i18n import msg

from .common import CheckinService

_NOT_COUNTED = msg(
    "Bác vừa gõ số liệu trong nhóm thôn mà không gọi tên tôi: “{words}”. Tin ấy **chưa được tính**.\n"
    "Bác gõ lại ngay tại đây là được. Báo trong nhóm thì nhắc tên tôi ở đầu tin."
)
_LONGEST_QUOTE = 200


class OverheardFiguresConversation:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def report(self, ctx: Context) -> None:
        """Tell the reporter in private, once a day, that figures said to the neighbours in a group do not count."""
        found = await self._service.scope(ctx)
        words = ctx.event.text if isinstance(ctx.event, TextSent) else ""
        if ctx.stale or found is None or found.who.person_id is None:
            return
        if not read(words, found.lexicon(await self._service.indicators()), asked=True):
            return
        quote = " ".join(words.split())
        quote = quote if len(quote) <= _LONGEST_QUOTE else f"{quote[:_LONGEST_QUOTE]}…"
        async with ctx.changes():
            key = f"overheard-{ctx.now:%Y%m%d}"
            await self._service.tell([found.who.person_id], Text.of(_NOT_COUNTED, words=quote), key, ctx.now)
