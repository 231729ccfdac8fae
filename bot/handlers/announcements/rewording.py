"""`đổi … thành …`: changing words of a draft without typing all of it, once asked for its text or below its card."""

from __future__ import annotations

from bot.core.actions import Codec, UnknownAction
from bot.core.context import Context
from bot.core.events import TextSent
from bot.features.announcements.actions import ChangeDraft
from bot.features.announcements.model import Announcement
from bot.features.announcements.writing import wording
from bot.features.announcements.writing.draft import NEWER
from bot.features.announcements.writing.wording import Reworded
from bot.features.people.people import Who
from bot.i18n import msg

from .common import FLOW, AnnouncementService

TEXT, EDIT = "text", "edit"
"""The part of a draft, and the step at which its new words are awaited."""
_CODEC = Codec((ChangeDraft,))
_CHANGED = msg("Đã đổi “{old}” thành “{new}”, {places} chỗ.")
_NOT_THERE = msg(
    "Tôi không thấy “{old}” trong tin. Bác gõ đúng như trong tin, hoặc gõ lại toàn bộ nội dung. "
    "Nếu câu vừa rồi chính là nội dung mới, bác gửi lại câu ấy."
)


class RewordConversation:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service

    async def at_question(self, ctx: Context, who: Who, one: Announcement) -> bool:
        """Apply it where the text is awaited; said twice without a match it is the new text itself."""
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return False
        answer = ctx.event.text.strip()
        meant = wording.swaps(answer)
        if not meant:
            return False
        done = wording.reworded(one.title, one.text, meant)
        if done is not None:
            await self._write(ctx, who, one, done)
        elif flow.data.get("said") == answer:
            return False
        else:
            ctx.wait_for(FLOW, EDIT, {**flow.data, "said": answer})
            ctx.reply(ctx.t(_NOT_THERE, old=meant[0].old), expects="text")
        return True

    async def understand(self, ctx: Context, words: str) -> bool:
        """Apply it to the draft whose card was shown last."""
        meant = wording.swaps(words)
        if not meant or (shown := _shown(ctx)) is None:
            return False
        found = await self._service.mine(ctx, shown.announcement, shown.version)
        if found is None:
            return True
        done = wording.reworded(found[1].title, found[1].text, meant)
        if done is not None:
            await self._write(ctx, *found, done)
        return done is not None

    async def understand_at_last(self, ctx: Context, words: str) -> bool:
        """Say that the words to change are not in that draft; asked after the guides, which may be meant."""
        meant = wording.swaps(words)
        if not meant or (shown := _shown(ctx)) is None:
            return False
        waits = {"id": str(shown.announcement), "version": str(shown.version), "part": TEXT, "said": words.strip()}
        ctx.wait_for(FLOW, EDIT, waits)
        ctx.reply(ctx.t(_NOT_THERE, old=meant[0].old), expects="text")
        return True

    async def _write(self, ctx: Context, who: Who, one: Announcement, done: Reworded) -> None:
        async with ctx.changes():
            refusal = await self._service.features.drafts.set_words(one, who, done.title, done.text, ctx.now)
            if refusal is not None and refusal.why != NEWER:
                ctx.reply(ctx.t(refusal.why, **refusal.values), expects="text")
                return
            ctx.leave_flow()
            note = ctx.t(_CHANGED, old=done.swap.old, new=done.swap.new, places=done.places)
            await self._service.changed(ctx, one, refusal, note)


def _shown(ctx: Context) -> ChangeDraft | None:
    """Return the button of the open card of a draft, unless something else waits for words."""
    if not ctx.private or ctx.flow is not None:
        return None
    for item in reversed(ctx.session.lists):
        for button in item.buttons:
            try:
                found = _CODEC.unpack(button.data)
            except UnknownAction:
                continue
            if isinstance(found, ChangeDraft):
                return found
    return None
